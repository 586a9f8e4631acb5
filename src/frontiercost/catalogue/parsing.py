"""Entries and rows of files become records; every number has its unit and its source."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from frontiercost.catalogue.types import (
    CHIP_KINDS,
    SCOPES,
    STANDINGS,
    Actor,
    ApiPrice,
    Budget,
    Chip,
    DataSource,
    Level,
    Model,
    Quote,
    Run,
)
from frontiercost.core.errors import DataError, nearest
from frontiercost.core.facts import Fact, bounded, read_fact
from frontiercost.core.provenance import SPREADS, provenance
from frontiercost.core.units import HOURS_PER_WEEK, PER_MILLION, check_date

CHIP_FACTS = {
    "peak_bf16": "FLOP/s",
    "peak_fp8": "FLOP/s",
    "peak_fp4": "FLOP/s",
    "peak_fp32": "FLOP/s",
    "peak_fp16_accumulate": "FLOP/s",
    "memory": "B",
    "memory_shown": "B",
    "usable_memory": "%",
    "memory_bandwidth": "B/s",
    "scaleup_bandwidth": "B/s",
    "scaleup_domain": "chip",
    "scaleout_bandwidth": "B/s",
    "tdp": "W",
    "system_power": "W",
    "chips_per_server": "chip",
}
CHIP_TEXTS = {"name", "label", "vendor", "release", "generation", "kind", "note"}
MODEL_FACTS = {
    "total_params": "parameter",
    "active_params": "parameter",
    "tokens": "token",
    "seq_len": "token",
    "max_context": "token",
    "training_flop": "FLOP",
    "contributors": "person",
    "project_time": "day",
    "reasoning_tokens": "token",
    "posttraining_hours": "chip-hour",
    "posttraining_cost": "USD",
}
SHAPE_FACTS = ("total_params", "active_params", "max_context")
"""What models of one shape have in common."""
OWN_FACTS = ("training_flop", "reasoning_tokens", "posttraining_hours", "posttraining_cost")
"""What a model never has from the one it was made from."""
BUILT_FACTS = {
    "chips": "chip",
    "chip_hours": "chip-hour",
    "wall_time": "day",
    "energy": "kWh",
    "pue": "x",
    "carbon_intensity": "gCO2e/kWh",
    "cost": "USD",
}
ROW_FACTS = ("total_params", "active_params", "tokens", "training_flop")
ROW_BUILT_FACTS = ("chips", "chip_hours", "wall_time")
"""What a row of `models.csv` may give of a model, in base units."""
BUILT_TEXTS = {"chip", "precision", "vendor", "country"}
MODEL_TEXTS = {
    *("name", "label", "organization", "release", "family", "weights", "note", "base", "recipe"),
}
MODEL_SWITCHES = ("estimate", "reasoning")
DATA_FACTS = {
    "unique_tokens": ("tokens", "token"),
    "yield": ("yield", "%"),
    "raw_bytes": ("raw", "B/token"),
    "tokens_per_page": ("page", "token/page"),
}
LEAST_PRICES = {"usd_per_chip_hour": 0.001, "usd_per_chip": 1.0}
"""Prices are not nothing: their spread is one of ratios."""
DATA_PATHS = ("crawl", "text", "ready", "ocr", "generate")
"""How a source becomes tokens: from web archives, from text, refined already, read, written."""


def _check_keys(path: str, data: Mapping[str, object], valid_keys: set[str]) -> None:
    for key in data:
        if key not in valid_keys:
            raise DataError(f"{path}: unknown key '{key}'; {nearest(key, valid_keys)}")


def _read_facts(
    path: str, data: Mapping[str, object], expected: Mapping[str, str]
) -> dict[str, Fact]:
    return {
        key: read_fact(f"{path}/{key}", data[key], unit)
        for key, unit in expected.items()
        if key in data
    }


def _sourced_shape(path: str, shape: object) -> Mapping[str, object] | None:
    """Return a shape as it stands; its integers share one source, date and confidence."""
    if shape is None:
        return None
    if not isinstance(shape, Mapping):
        raise DataError(f"{path}/shape: must be a table")
    provenance(f"{path}/shape", shape)
    return shape


def _row_fact(path: str, row: Mapping[str, str], value: str, unit: str, **ends: str) -> Fact:
    """Make a fact from columns of a CSV row; `ends` name the columns of its interval."""
    origin = provenance(path, dict(row) | {"confidence": row[ends.get("confidence", "confidence")]})
    number = _number(f"{path}: {value}", row[value])
    low, high = (
        _number(f"{path}: {ends[end]}", row[ends[end]]) if row.get(ends.get(end, "")) else None
        for end in ("low", "high")
    )
    at, note = row.get("at", ""), row.get("note", "")
    return bounded(path, number, low, high, unit, origin, at, note)


def _number(path: str, text: str) -> float:
    """Read a plain number of a CSV file; raise DataError for any other text."""
    try:
        return float(text)
    except ValueError:
        raise DataError(f"{path} '{text}': is not a plain number, for example 2.50") from None


def _one_of(path: str, word: str, vocabulary: Collection[str]) -> None:
    """Raise DataError, with the nearest one, for a word of no closed vocabulary."""
    if word not in vocabulary:
        raise DataError(f"{path} '{word}': {nearest(word, vocabulary)}")


def _dated(path: str, date: str) -> str:
    """Return a date of the calendar, or none; raise DataError for any other text."""
    try:
        return check_date(date) if date else ""
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def chip_from(path: str, data: Mapping[str, Any]) -> Chip:
    """Read a chip from its file."""
    _check_keys(path, data, CHIP_TEXTS | CHIP_FACTS.keys())
    texts = {key: str(data.get(key, "")) for key in CHIP_TEXTS}
    _dated(f"{path}/release", texts["release"])
    if texts["kind"] not in CHIP_KINDS:
        hint = nearest(texts["kind"], CHIP_KINDS[1:])
        raise DataError(f"{path}/kind: unknown kind '{texts['kind']}'; {hint}")
    return Chip(facts=_read_facts(path, data, CHIP_FACTS), **texts)


def model_from(path: str, data: Mapping[str, Any], like: Model | None = None) -> Model:
    """Read a model from its file; `like` is the one it was made from, or whose shape it has.

    What the file leaves out is its base's: counts, shape, tokens, how it was built; of a model that
    only has the same shape, counts and shape.
    """
    valid_keys = {*MODEL_TEXTS, *MODEL_SWITCHES, *MODEL_FACTS, "shape", "shape_of", "built"}
    _check_keys(path, data, valid_keys)
    built = data.get("built", {})
    _check_keys(f"{path}/built", built, BUILT_TEXTS | BUILT_FACTS.keys())
    texts = {key: str(data.get(key, "")) for key in MODEL_TEXTS}
    _dated(f"{path}/release", texts["release"])
    model = Model(
        facts=_read_facts(path, data, MODEL_FACTS),
        shape=_sourced_shape(path, data.get("shape")),
        built=_read_facts(f"{path}/built", built, BUILT_FACTS),
        built_chip=built.get("chip", ""),
        precision=built.get("precision", ""),
        vendor=built.get("vendor", ""),
        country=built.get("country", ""),
        shape_name=texts["name"],
        built_release=texts["release"],
        estimate=bool(data.get("estimate", False)),
        reasoning=bool(data.get("reasoning", False)),
        **texts,
    )
    return _filled(model, like) if like else model


def _filled(model: Model, like: Model) -> Model:
    """Return a model with what it leaves out from the one it was made from, or has the shape of."""
    keys = like.facts.keys() - set(OWN_FACTS) if model.base else SHAPE_FACTS
    facts = {key: fact for key, fact in like.facts.items() if key in keys} | dict(model.facts)
    weights = model.weights or like.weights
    filled = replace(model, facts=facts, weights=weights)
    if model.shape is None:
        filled = replace(filled, shape=like.shape, shape_name=like.shape_name)
    if not model.base or model.built:
        return filled
    built = ("built", "built_chip", "precision", "vendor", "country", "built_release")
    return replace(filled, **{key: getattr(like, key) for key in built})


def model_with(model: Model | None, row: dict[str, str]) -> Model:
    """Return a model with what a row says of it laid on top; a new one where none is known."""
    path = f"models/{row['name']}"
    if model is None:
        release = _dated(f"{path}/release", row["release"])
        texts = (row["name"], row["label"], row["organization"], release)
        model = Model(*texts, {}, shape_name=row["name"], built_release=release, note=row["note"])
    return replace(
        model,
        facts={**model.facts, **_row_facts(path, row, ROW_FACTS, MODEL_FACTS)},
        built={**model.built, **_row_facts(f"{path}/built", row, ROW_BUILT_FACTS, BUILT_FACTS)},
        built_chip=row["chip"] or model.built_chip,
        precision=row["precision"] or model.precision,
        estimate=row["estimate"] == "yes" or model.estimate,
    )


def _row_facts(
    path: str, row: Mapping[str, str], keys: Iterable[str], units: Mapping[str, str]
) -> dict[str, Fact]:
    """Make facts from the columns of a row that are filled, with their intervals where it has."""
    return {
        key: _row_fact(f"{path}/{key}", row, key, units[key], low=f"{key}_low", high=f"{key}_high")
        for key in keys
        if row[key]
    }


def budget_from(row: dict[str, str]) -> Budget:
    """Read one dated budget of an actor."""
    path = f"actors/{row['actor']}/{row['date']}/{row['scope']}"
    _dated(path, row["date"])
    _one_of(path, row["scope"], SCOPES)
    flow = row["kind"] == "flow"
    return Budget(
        money=_row_fact(f"{path}/budget", row, "usd", "USD/year" if flow else "USD"),
        share=_row_fact(
            f"{path}/share",
            row,
            "share",
            "%",
            low="share_low",
            high="share_high",
            confidence="share_confidence",
        ),
        flow=flow,
        years=float(row["years"]) if row["years"] else None,
        scope=row["scope"],
        covers=row["covers"],
    )


def actor_from(row: dict[str, str], budgets: Mapping[str, list[Budget]]) -> Actor:
    """Read an actor, with its budgets."""
    path = f"actors/{row['name']}"
    _one_of(path, row["standing"], STANDINGS)
    return Actor(
        name=row["name"],
        label=row["label"],
        category=row["category"],
        parent=row["parent"],
        members=tuple(row["members"].split(";")) if row["members"] else (),
        organization=row["organization"],
        standing=row["standing"],
        since=_dated(f"{path}/since", row["since"]),
        until=_dated(f"{path}/until", row["until"]),
        own_chips=row["own_chips"],
        budgets=tuple(budgets.get(row["name"], ())),
        note=row["note"],
    )


def data_source_from(row: dict[str, str]) -> DataSource:
    """Read one source of training data."""
    path = f"data/{row['name']}"
    _one_of(path, row["path"], DATA_PATHS)
    facts = {
        key: _row_fact(
            f"{path}/{key}", row, column, unit, low=f"{column}_low", high=f"{column}_high"
        )
        for key, (column, unit) in DATA_FACTS.items()
        if row[column]
    }
    if row["price_unit"]:
        unit = row["price_unit"]
        facts["price"] = _row_fact(
            f"{path}/price", row, "price", unit, low="price_low", high="price_high"
        )
    texts = ("name", "label", "kind", "pool", "path", "licence", "note")
    return DataSource(facts=facts, **{key: row[key] for key in texts})


def quote_from(row: dict[str, str], price: str) -> Quote:
    """Read one price; `price` names its column."""
    path = f"price of {row['chip']} on {row['date']}"
    origin = provenance(path, row)
    usd = _number(path, row[price])
    if not LEAST_PRICES[price] <= usd < math.inf:
        raise DataError(f"{path}: ${usd:g} is outside its range: ${LEAST_PRICES[price]:g} or more")
    return Quote(
        date=_dated(path, row["date"]),
        chip=row["chip"],
        vendor=row.get("vendor", ""),
        tier=row.get("tier") or row["scope"],
        commitment=row.get("commitment", ""),
        usd=usd,
        source=origin.source,
        at=row["at"],
        confidence=origin.confidence,
        note=row["note"],
        times_off=_times_off(path, row, origin.confidence),
    )


def _times_off(path: str, row: Mapping[str, str], confidence: str) -> float:
    """Return how many times off a price may be: half of its interval in ln, else by confidence."""
    if not (row.get("low") and row.get("high")):
        return SPREADS[confidence]
    low, high = (_number(path, row[end]) for end in ("low", "high"))
    if not 0 < low <= high:
        raise DataError(f"{path}: low {low:g} and high {high:g} are no interval")
    return math.sqrt(high / low)


def api_price_from(row: dict[str, str], until: str) -> ApiPrice:
    """Read one list price; where none is given for cached tokens, they cost as much as others."""
    path = f"price of {row['id']}"
    read, cached, written = (row[f"usd_per_mtoken_{key}"] for key in ("read", "cached", "written"))
    usd, usd_cached, usd_written = (
        _number(path, text) / PER_MILLION for text in (read, cached or read, written)
    )
    released, date, checked, listed = (
        _dated(path, row[key]) for key in ("released", "date", "checked", "listed")
    )
    return ApiPrice(
        **{key: row[key] for key in ("id", "provider", "model", "kind", "confidence", "source")},
        label=row["label"] or row["id"].rpartition("/")[2],
        released=released,
        until=_dated(path, until),
        date=date,
        peak_share=_number(path, row["peak_hours_per_week"] or "0") / HOURS_PER_WEEK,
        above=_number(path, row["above_tokens"] or "0"),
        input=usd,
        cached=usd_cached,
        output=usd_written,
        context=_number(path, row["context_tokens"] or "inf"),
        checked=checked,
        listed=listed,
        reference=row["reference"] == "yes",
    )


def run_from(row: dict[str, str]) -> Run:
    """Read one published run."""
    return Run(
        id=row["id"],
        model=row["model"],
        organization=row["organization"],
        chip=row["chip"],
        generation=row["generation"],
        moe=row["moe"] == "1",
        precision=row["precision"],
        mfu=float(row["mfu_exact"]) if row["mfu_exact"] else None,
        mfu_predicted=float(row["mfu_predicted"]) if row.get("mfu_predicted") else None,
        mfu_of_steps=float(row["mfu_of_steps"]) if row.get("mfu_of_steps") else None,
        total_params=float(row["total_params"]),
        training_flop=6 * float(row["active_params"]) * float(row["tokens"]),
        chip_hours=float(row["chip_hours"]) if row["chip_hours"] else None,
        chips=float(row["chips"] or row.get("chips_assumed") or 0.0),
        date=row["date"],
        source=row["source"],
        excluded=row["excluded"],
    )


def level_from(row: dict[str, str]) -> Level:
    """Read how capable one model was found; the index is as old as its vintage."""
    path = f"levels/{row['label']}"
    date, vintage = _dated(path, row["date"]), _dated(path, row["vintage"])
    index = _row_fact(path, row | {"date": vintage}, "index", "index", low="low", high="high")
    return Level(row["model"], row["label"], date, index, row["access"], row["kind"])


def trend_from(row: dict[str, str]) -> Fact:
    """Read one growth rate, a factor per year."""
    return _row_fact(f"trends/{row['id']}", row, "value", "x", low="low", high="high")
