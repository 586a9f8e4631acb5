"""List prices of model APIs by pydantic/genai-prices (MIT): its wheel, its `data.py`, its JSON.

The module of the package is read as text and never run. Prices are per million tokens; what is
charged by other things (pages, hours, requests) has no place in the catalogue and is named.
Source: https://github.com/pydantic/genai-prices.
"""

import ast
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError
from frontiercost.core.safe_files import read_bytes
from frontiercost.core.units import HOURS_PER_DAY, HOURS_PER_WEEK, PER_MILLION
from frontiercost.upstream.reading import (
    Entry,
    Publisher,
    Reading,
    Row,
    Unread,
    plain_text,
    slug,
    written,
)

LARGEST = 32 * 2**20
"""Bytes, also of what a wheel holds packed."""
MODULE = "genai_prices/data.py"
ZIP = b"PK\x03\x04"
MOST_USD = 1e3 * PER_MILLION
"""Per million tokens."""
LONGEST_CONTEXT = 1e12
PRICES = {"read": "input_mtok", "cached": "cache_read_mtok", "written": "output_mtok"}
BATCH = {"processing": "batch"}


def read(path: Path, catalogue: Catalogue, as_of: str) -> Reading:
    """Return a row of `prices/api.csv` for each price of each model and provider."""
    providers = _providers(path)
    unread: list[Unread] = []
    known_to = catalogue.edition["as_of"]
    rows = [row for entry in _entries(providers, unread) if (row := _row(entry, catalogue))]
    newest = max((row["date"] for row in rows if row["date"] <= known_to), default="")
    as_of = as_of or newest or known_to
    count = sum(len(_list(provider.get("models"))) for provider in providers)
    return Reading(as_of, count, [{**row, "listed": as_of} for row in rows], unread)


def _providers(path: Path) -> list[Mapping[str, Any]]:
    """Return the providers of a file; raise InputError for a file of another kind."""
    raw = read_bytes(path, "FILE", LARGEST)
    try:
        text = (_unpacked(raw) if raw.startswith(ZIP) else raw).decode("utf-8-sig")
        document = json.loads(text) if text.lstrip()[:1] in ("[", "{") else _of_module(text)
    except (
        ValueError,
        TypeError,
        SyntaxError,
        RecursionError,
        MemoryError,
        zipfile.BadZipFile,
    ) as error:
        raise InputError(f"FILE '{path}': is no data of genai-prices: {error}") from None
    document = document.get("providers") if isinstance(document, dict) else document
    providers: list[Mapping[str, Any]] = [
        provider
        for provider in _list(document)
        if isinstance(provider, dict) and "models" in provider
    ]
    if not providers:
        raise InputError(
            f"FILE '{path}': is no data of genai-prices: it has no providers with models; "
            f"give the wheel of `pip download genai-prices`, its {MODULE}, or its data.json"
        )
    return providers


def _unpacked(raw: bytes) -> bytes:
    """Return the module of a wheel."""
    with zipfile.ZipFile(io.BytesIO(raw)) as wheel:
        if MODULE not in wheel.namelist():
            raise ValueError(f"there is no {MODULE} in it")
        if wheel.getinfo(MODULE).file_size > LARGEST:
            raise ValueError(f"its {MODULE} is too large")
        return wheel.read(MODULE)


def _of_module(text: str) -> object:
    """Return what a module assigns to `providers`, as lists, dictionaries and texts."""
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "providers" for target in targets):
            return _plain(getattr(node, "value", None))
    raise ValueError("it assigns nothing to providers")


def _plain(node: ast.AST | None) -> object:
    """Return a literal; a call becomes the dictionary of what it is given by name."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_plain(part) for part in node.elts]
    if isinstance(node, ast.Dict):
        return {str(_plain(k)): _plain(v) for k, v in zip(node.keys, node.values, strict=True)}
    return _called(node) if isinstance(node, ast.Call) else None


def _called(node: ast.Call) -> object:
    """Return a record as a dictionary, `Decimal('3')` as its text, a date as 2026-11-24."""
    arguments, what = [_plain(part) for part in node.args], ast.unparse(node.func)
    numbers = [part if isinstance(part, int) else 0 for part in arguments]
    if what.endswith("time"):
        return ":".join(f"{part:02d}" for part in numbers)
    if node.keywords and not arguments:
        return {str(word.arg): _plain(word.value) for word in node.keywords}
    if what.endswith("date"):
        return date(*numbers).isoformat()
    return arguments[0] if len(arguments) == 1 else arguments


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _entries(providers: list[Mapping[str, Any]], unread: list[Unread]) -> Iterator[Entry]:
    """Yield the prices of each model: one for each kind, date and length of prompt."""
    for provider in providers:
        maker = plain_text(str(provider.get("id") or ""))
        for number, model in enumerate(_list(provider["models"]), 1):
            fields = _dict(model)
            name = plain_text(str(fields.get("id") or ""))
            about = {"id": name, "provider": maker, "label": fields.get("name")}
            about |= {"context": fields.get("context_window")}
            about |= {"checked": fields.get("prices_checked")}
            for prices in _price_lists(fields):
                cells = {key: str(v) for key, v in {**about, **prices}.items() if v is not None}
                yield Entry(number, f"{maker}/{name}", cells, unread)


def _price_lists(model: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """Yield prices with what they are for: the date, hours and processing, and the prompt."""
    prices, variants = model.get("prices"), _list(model.get("price_variants"))
    standard = [_dict(entry) for entry in _list(prices)] or [{"prices": prices}]
    for listed in (*standard, *map(_dict, variants)):
        rule, when = _dict(listed.get("constraint")), _dict(listed.get("when"))
        limits = {"date": rule.get("start_date"), "when": _words(when)}
        if rule.get("start_time"):
            limits |= {"kind": "peak", "hours": _hours(rule)}
        if when == BATCH:
            limits |= {"kind": "batch", "when": None}
        yield from ({**limits, **tier} for tier in _tiers(_dict(listed.get("prices"))))


def _words(when: Mapping[str, Any]) -> str | None:
    return ", ".join(f"{key}={value}" for key, value in when.items()) or None


def _hours(rule: Mapping[str, Any]) -> float | None:
    """Return the hours of a week between two times of the day, written 01:00."""
    times = [str(rule.get(end)).split(":") for end in ("start_time", "end_time")]
    try:
        start, end = (int(hour) + int(minute) / 60 for hour, minute, *_ in times)
    except ValueError:
        return None
    return (end - start) % HOURS_PER_DAY / HOURS_PER_DAY * HOURS_PER_WEEK


def _tiers(prices: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """Yield prices by the catalogue's columns, once for each length of prompt that has its own."""
    prices_by_column = {column: prices.get(key) for column, key in PRICES.items()}
    tiers = {column: _list(_dict(price).get("tiers")) for column, price in prices_by_column.items()}
    starts = {tier["start"] for of in tiers.values() for tier in map(_dict, of) if "start" in tier}
    for above in (0, *sorted(start for start in starts if isinstance(start, int))):
        usd = {column: _price_above(price, above) for column, price in prices_by_column.items()}
        yield {**usd, "above": above, "charged": ", ".join(sorted(prices))}


def _price_above(price: object, above: int) -> object:
    """Return the price of a prompt just longer than so much."""
    if not isinstance(price, dict):
        return price
    tiers = [tier for tier in map(_dict, _list(price.get("tiers"))) if "price" in tier]
    reached = [tier for tier in tiers if isinstance(tier.get("start"), int)]
    reached = [tier for tier in reached if tier["start"] <= above]
    return max(reached, key=lambda tier: tier["start"])["price"] if reached else price.get("base")


def _row(entry: Entry, catalogue: Catalogue) -> Row | None:
    """Return the row of a price, unless it is of something else than tokens."""
    if not entry.text("id") or not entry.text("provider"):
        entry.refuse("id", "no model or no provider")
        return None
    if "when" in entry.cells:
        entry.refuse("when", "a way of processing that the catalogue has no price for")
        return None
    usd = {column: entry.number(column, 0.0, MOST_USD) for column in PRICES}
    if usd["read"] is None or usd["written"] is None:
        charged = entry.text("charged") or "nothing"
        entry.refuse("prices", f"no price of tokens in and out: it has {charged}")
        return None
    label, checked = entry.text("label"), entry.date("checked")
    return {
        "id": entry.text("id"),
        "provider": entry.text("provider"),
        "label": label,
        "model": _model(catalogue, entry.text("id"), label),
        "date": entry.date("date"),
        "kind": entry.text("kind") or "standard",
        "peak_hours_per_week": written(entry.number("hours", 0, HOURS_PER_WEEK)),
        "above_tokens": written(entry.number("above", 0, LONGEST_CONTEXT) or None),
        "context_tokens": written(entry.number("context", 1, LONGEST_CONTEXT)),
        **{f"usd_per_mtoken_{column}": written(price) for column, price in usd.items()},
        "checked": checked,
        "confidence": "stated" if checked else "estimated",
        "source": "genai-prices",
    }


def _model(catalogue: Catalogue, *names: str) -> str:
    """Return the catalogue's model that is offered, where it is one."""
    models = (catalogue.find("model", slug(name.rpartition("/")[2])) for name in names if name)
    return next(filter(None, models), "")


PUBLISHER = Publisher(
    title="pydantic/genai-prices, list prices of model APIs",
    table="prices",
    sources=frozenset({"genai-prices"}),
    read=read,
)
