"""What states and central banks publish by place and date: rates, grids, laws."""

from collections.abc import Callable
from typing import TypeVar

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import DataError
from frontiercost.core.facts import Fact, bounded
from frontiercost.core.frozen import frozen
from frontiercost.core.provenance import provenance
from frontiercost.core.units import check_date, not_after

Read = TypeVar("Read")
NAMES = {2: "country", 3: "code"}
"""The columns that name a country in so many letters; a longer text is its name."""


@frozen
class LegalThreshold:
    """From how much training compute a law treats a model, or a modification of one, otherwise."""

    id: str
    jurisdiction: str
    act: str
    quantity: Fact
    """Training compute [FLOP], or that of a modification over that of its base [x]."""
    since: str
    until: str
    """The day it was revoked; empty for one that stands."""
    applies_to: str
    """model: all its training, post-training too; modification: training on a base of others."""
    means: str

    def in_force(self, date: str) -> bool:
        """Whether it is in force at a date, which may name only its month or year."""
        return not_after(self.since, date) and not (self.until and not_after(self.until, date))


def exchange_rate(catalogue: Catalogue, currency: str, date: str) -> Fact:
    """Return units of a currency for a dollar: the mean of a date's month, else the newest before.

    Raises ValueError with the first month where the date is before it.
    """
    rows = sorted(
        catalogue.rows("exchange_rates.csv", currency=currency), key=lambda row: row["month"]
    )
    in_time = [row for row in rows if not_after(row["month"], date)]
    if not in_time:
        since = f"the first is of {rows[0]['month']}" if rows else "there is none"
        raise ValueError(f"no rate of {currency} is known for {date}: {since}; write dollars")
    month = in_time[-1]["month"]
    path, unit = f"exchange_rates/{currency}/{month}", f"{currency}/USD"
    return _fact(path, in_time[-1], ("per_usd",), unit)


def grid_carbon(catalogue: Catalogue, country: str, date: str) -> Fact | None:
    """Return the emissions of a country's electricity in the year of a date, else the nearest year.

    Life-cycle emissions of what is generated there [gCO2e/kWh]; ignores imports, hours and
    contracts for power. None for a country that is not known.
    """
    rows = _grid_rows(catalogue, country)
    in_time = [row for row in rows if row["year"] <= date[:4]] or rows[:1]
    return _grid_from(in_time[-1]) if in_time else None


def _grid_rows(catalogue: Catalogue, country: str) -> list[dict[str, str]]:
    """Return the years of a country, which is named by its name or code."""
    name = country.strip().casefold()
    column = NAMES.get(len(name), "name")
    return [row for row in catalogue.rows("grid_carbon.csv") if row[column].casefold() == name]


def _grid_from(row: dict[str, str]) -> Fact:
    path = f"grid_carbon/{row['country']}/{row['year']}"
    ends = ("low", "g_per_kwh", "high")
    return _fact(path, row, ends, "gCO2e/kWh", at=row["name"])


def grids(catalogue: Catalogue) -> list[Fact]:
    """Return the emissions of electricity of every country and year; `at` is the country's name."""
    return [_grid_from(row) for row in catalogue.rows("grid_carbon.csv")]


def grids_of(catalogue: Catalogue, country: str) -> list[Fact]:
    """Return the emissions of a country's electricity in every year; none if it is not known."""
    return [_grid_from(row) for row in _grid_rows(catalogue, country)]


def countries(catalogue: Catalogue) -> list[str]:
    """Return the names of all countries whose grid is known."""
    return sorted({row["name"] for row in catalogue.rows("grid_carbon.csv")})


def legal_thresholds(catalogue: Catalogue) -> list[LegalThreshold]:
    """Return every threshold of law on training compute, in force or not."""
    return [_threshold_from(row) for row in catalogue.rows("legal_thresholds.csv")]


def _threshold_from(row: dict[str, str]) -> LegalThreshold:
    """Read a threshold; a law's number is exact."""
    path = f"legal_thresholds/{row['id']}"
    at, note = row["at"], row["note"]
    for date in filter(None, (row["since"], row["until"])):
        _check(path, check_date, date)
    texts = ("id", "jurisdiction", "act", "since", "until", "applies_to", "means")
    return LegalThreshold(
        quantity=_fact(path, row, ("value",), row["unit"], at=at, note=note),
        **{key: row[key] for key in texts},
    )


def _fact(
    path: str,
    row: dict[str, str],
    columns: tuple[str, ...],
    unit: str,
    at: str = "",
    note: str = "",
) -> Fact:
    """Return the fact in a row: low, value and high, or one column that is exact."""
    origin = provenance(path, row)
    ends = [_check(path, float, row[column]) for column in columns]
    low, value, high = ends[0], ends[len(ends) // 2], ends[-1]
    return bounded(path, value, low, high, unit, origin, at, note)


def _check(path: str, reader: Callable[[str], Read], text: str) -> Read:
    """Read a cell; raise DataError that names its row."""
    try:
        return reader(text)
    except ValueError:
        raise DataError(f"{path}: '{text}' cannot be read") from None


def facts(catalogue: Catalogue) -> dict[str, Fact]:
    """Return every fact of these tables by its path; of a currency, the newest rate."""
    currencies = {row["currency"] for row in catalogue.rows("exchange_rates.csv")}
    newest = [exchange_rate(catalogue, currency, "9999") for currency in sorted(currencies)]
    laws = [threshold.quantity for threshold in legal_thresholds(catalogue)]
    return {fact.path: fact for fact in (*newest, *grids(catalogue), *laws)}
