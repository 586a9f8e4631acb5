"""Facts of one's own in a scenario file: `[own.chips.z1]`, `[[own.prices.rental]]`.

They become files of the catalogue's own layout and lie on top of it, so that there is one way to
read a fact. A quantity may be a plain text; it is then marked as one's own, without a source.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from frontiercost.catalogue.parsing import (
    BUILT_FACTS,
    CHIP_FACTS,
    CHIP_TEXTS,
    LEAST_PRICES,
    MODEL_FACTS,
    MODEL_TEXTS,
)
from frontiercost.catalogue.store import Catalogue, at
from frontiercost.catalogue.types import SCOPES, STANDINGS, Model
from frontiercost.core import units
from frontiercost.core.errors import DataError, InputError, nearest, refused
from frontiercost.core.limits import check
from frontiercost.core.number_format import format_quantity
from frontiercost.core.provenance import GIVEN, Provenance
from frontiercost.cost.choices import COMMITMENTS, TIERS
from frontiercost.scenario.readers import filled, quantity
from frontiercost.scenario.scenario import Scenario

SOURCE = "own"
DatedExchange = Callable[..., float]
"""Dollars for one of a currency at a date."""
THINGS = {
    "chips": (CHIP_FACTS, CHIP_TEXTS),
    "models": (MODEL_FACTS, MODEL_TEXTS | {"shape", "built"}),
}
"""Tables whose entries are things with names: the units of their facts, and their other keys."""
ROWS = {
    "actors": ("name", "label", "category"),
    "budgets": ("actor", "date", "usd", "kind"),
    "prices.rental": ("date", "chip", "usd_per_chip_hour"),
    "prices.purchase": ("date", "chip", "usd_per_chip"),
    "sources": ("id", "title"),
}
"""Tables whose entries are rows, with the columns that each must give."""
MEASURED = "measured"
"""Rows of one's own steps or runs, with the columns of a table of published ones."""
USUAL = {
    "source": SOURCE,
    "confidence": GIVEN,
    "share_confidence": GIVEN,
    "share": "1",
    "tier": "specialist",
    "commitment": "1y",
    "vendor": "own offer",
    "standing": "body",
}
"""What a row says where it leaves a column out: what one types oneself is taken as exact."""
CHOICES = {"kind": ("stock", "flow"), "tier": TIERS, "commitment": COMMITMENTS}
CHOICES |= {"standing": STANDINGS}
EXTENTS = {"budgets": tuple(SCOPES), "prices.purchase": ("chip", "server", "device")}
"""What an amount may be the whole of, by table; the first is meant where nothing is said."""
AMOUNTS = {
    "usd": quantity("USD"),
    "usd_per_chip_hour": quantity("USD/chip-hour", LEAST_PRICES["usd_per_chip_hour"]),
    "usd_per_chip": quantity("USD", LEAST_PRICES["usd_per_chip"]),
    **dict.fromkeys(("share", "share_low", "share_high"), quantity("%")),
    "years": quantity("x", 1e-3, 100),
}
"""How the amounts of rows are read."""
NEEDED = {
    "chips": ("peak_bf16", "memory", "memory_bandwidth", "chips_per_server"),
    "models": ("total_params",),
}
"""What a thing must say of itself, without which no cost follows."""


def catalogue_of(scenario: Scenario, usual: Catalogue | None = None) -> Catalogue:
    """Return the catalogue a scenario asks for, else the usual one, with its own facts on top.

    Raises InputError for an unknown table, column or key, a missing one, or an unreadable number.
    """
    folder = scenario.text("catalogue")
    catalogue = at(folder) if folder or usual is None else usual
    if not scenario.own:
        return catalogue
    date = scenario.peek("date") or catalogue.edition["edition"]
    catalogue = catalogue.with_files(dict(_files(scenario.own, catalogue, date, scenario.exchange)))
    for name in scenario.own.get("chips", ()):
        with _named(f"chips.{name}"):
            catalogue.chip(name)
    for name in scenario.own.get("models", ()):
        with _named(f"models.{name}"):
            _check_shape(catalogue.model(name))
    if "budgets" in scenario.own:
        with _named("budgets"):
            _ = catalogue.actors
    return catalogue


def _check_shape(model: Model) -> None:
    """Raise ValueError for a shape that no model has, or that differs from the model's own counts.

    Active parameters are counted with both embeddings, the head alone, or none.
    """
    from frontiercost.physics.model_shape import CLOSE, active_params, shape_of, total_params

    shape = shape_of(model)
    if shape is None:
        return
    conventions = [(True, True), (False, True), (False, False)]
    active = [active_params(shape, input_embedding=i, output_head=o) for i, o in conventions]
    for key, counts in (("total_params", [total_params(shape)]), ("active_params", active)):
        stated = model.facts.get(key)
        if stated and all(abs(count / stated.value - 1) > CLOSE for count in counts):
            ours, theirs = (
                format_quantity(count, "parameter") for count in (counts[0], stated.value)
            )
            raise ValueError(f"its shape has {ours}, its {key} says {theirs}: over 2% apart")


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Say of own facts that cannot be read where they stand."""
    try:
        yield
    except (DataError, TypeError, ValueError) as error:
        raise InputError(f"own.{what}: {error}") from None


def _files(
    own: Mapping[str, Any], catalogue: Catalogue, date: str, exchange: DatedExchange
) -> Iterator[tuple[str, str]]:
    """Yield a file's name and text for each thing, and for each table of rows.

    What one says of things without a date of its own is so at the date one asks about.
    """
    import tomli_w

    origin = Provenance(SOURCE, date, GIVEN)._asdict()
    for kind, table in _tables(own):
        if kind in THINGS:
            for name, entry in table.items():
                data = _thing(f"own.{kind}.{name}", entry, origin, *THINGS[kind])
                if missing := [key for key in NEEDED[kind] if key not in data]:
                    raise InputError(f"own.{kind}.{name}: has no {missing[0]}")
                yield f"{kind}/{name}.toml", tomli_w.dumps({"name": name, "label": name} | data)
        elif kind == MEASURED:
            yield f"{MEASURED}.csv", _measured(table)
        else:
            file = f"{kind.replace('.', '/')}.csv"
            columns = catalogue.columns(file)
            choices = CHOICES | {"category": tuple(catalogue.categories)}
            choices |= {"scope": EXTENTS.get(kind, ("",))}
            yield file, _as_csv(f"own.{kind}", table, columns, ROWS[kind], choices, exchange)


def _tables(own: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for kind, table in own.items():
        if kind == "prices" and isinstance(table, Mapping):
            yield from _tables({f"prices.{name}": rows for name, rows in table.items()})
            continue
        if kind not in (*THINGS, *ROWS, MEASURED):
            choices = [*THINGS, *ROWS, MEASURED]
            raise InputError(f"own.{kind}: unknown table; {nearest(kind, choices)}")
        wanted = Mapping if kind in THINGS else list
        if not isinstance(table, wanted):
            raise InputError(f"own.{kind}: write " + _heading(kind))
        yield kind, table


def _heading(kind: str) -> str:
    return f"[own.{kind}.NAME]" if kind in THINGS else f"[[own.{kind}]] before each entry"


def _thing(
    where: str,
    entry: object,
    origin: Mapping[str, str],
    expected: Mapping[str, str],
    others: set[str],
) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        raise InputError(f"{where}: must be a table of facts")
    for key in entry.keys() - expected.keys() - others:
        raise InputError(f"{where}: unknown key '{key}'; {nearest(key, [*expected, *others])}")
    data = _facts(where, entry, origin, expected)
    shape, built = data.get("shape"), data.get("built")
    if isinstance(shape, Mapping):
        data["shape"] = {**origin, **shape}
    if isinstance(built, Mapping):
        data["built"] = _facts(f"{where}.built", built, origin, BUILT_FACTS)
    return data


def _facts(
    where: str, entry: Mapping[str, Any], origin: Mapping[str, str], expected: Mapping[str, str]
) -> dict[str, Any]:
    """Return an entry with where its facts are from, so far as they do not say it."""
    return {
        key: {**origin, **_fact(f"{where}.{key}", value, expected[key])}
        if key in expected
        else value
        for key, value in entry.items()
    }


def _fact(where: str, value: object, unit: str) -> Mapping[str, object]:
    """Return a plain text as the entry of a fact; a table as it is."""
    if isinstance(value, Mapping):
        return value
    try:
        quantity = units.parse(str(value), unit)
        check(quantity, unit)
    except ValueError as error:
        raise refused(where, value, error) from None
    ends = {"value": quantity.value, "low": quantity.low, "high": quantity.high}
    kept = ends if quantity.low < quantity.high else {"value": quantity.value}
    # a bare B is a billion
    scale, name = (1e9, "GB") if unit == "B" else (1.0, unit)
    return {end: f"{number / scale!r} {name}" for end, number in kept.items()}


def _as_csv(
    where: str,
    rows: list[Any],
    columns: list[str],
    needed: Iterable[str],
    choices: Mapping[str, tuple[str, ...]],
    exchange: DatedExchange,
) -> str:
    """Return rows as a table; money of another currency is converted at the date of its row."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for number, row in enumerate(rows, 1):
        place = f"{where}, entry {number}"
        if not isinstance(row, Mapping):
            raise InputError(f"{place}: must be a table")
        for column in row.keys() - set(columns):
            raise InputError(f"{place}: unknown key '{column}'; {nearest(column, columns)}")
        for column in needed:
            if column not in row:
                raise InputError(f"{place}: has no {column}")
        given = {column: filled(value, f"{place} {column}") for column, value in row.items()}
        usual = USUAL | {"scope": choices["scope"][0]}
        cells = {c: given.get(c, usual.get(c, "")) for c in columns}
        dated = partial(exchange, date=cells.get("date", ""))
        writer.writerow(
            {c: _cell(f"{place} {c}", c, one, choices, dated) for c, one in cells.items()}
        )
    return text.getvalue()


def has_measured(scenario: Scenario) -> bool:
    """Whether a scenario names or holds measured rows of one's own."""
    return scenario.has(MEASURED) or MEASURED in scenario.own


def _measured(rows: list[Any]) -> str:
    """Return measured rows as a table; what their columns are is for its reader to say."""
    text = io.StringIO(newline="")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise InputError(f"own.{MEASURED}, entry {number}: must be a table")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _cell(
    where: str,
    column: str,
    text: str,
    choices: Mapping[str, tuple[str, ...]],
    exchange: units.Exchange,
) -> str:
    """Return the text of a cell, an amount as a plain number; raise InputError with its place."""
    try:
        if column in choices and text not in choices[column]:
            raise ValueError(nearest(text, choices[column]))
        if column == "date":
            return units.check_date(text)
    except ValueError as error:
        raise refused(where, text, error) from None
    if column not in AMOUNTS or not text:
        return text
    amount = AMOUNTS[column].quantity(text, where, exchange)
    return repr(amount.value) if amount else text
