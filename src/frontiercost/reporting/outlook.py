"""In which year, and what more money buys: tables and entries of the document."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from frontiercost.analysis import forecast
from frontiercost.analysis.ladder import COST_TREND, Ladder, Row
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.outlook import Returns, affordability_dates, returns
from frontiercost.analysis.rungs import Rung
from frontiercost.core.report import Cell, Chart, Table
from frontiercost.core.wording import interval, interval_cells

if TYPE_CHECKING:
    from frontiercost.analysis.forecast import When
    from frontiercost.core.facts import Number

CURVES = 5
"""The most that one chart can tell apart."""
SIGNS = ((0.8, "●"), (0.2, "◐"), (0.0, "·"))
SUMS = (1e6, 1e7, 1e8, 1e9, 1e10)
OBSERVED = 11.7
"""Index points from GPT-4 to GPT-4.5: 125.7 to 137.4 (levels.csv)."""


# --- when -----------------------------------------------------------------------------------------


def rung_of_years(table: LadderTable) -> Rung:
    """Return the rung that years are asked about: leading where it is shown, else the first."""
    return next((rung for rung in table.rungs if rung.choose == "leader"), table.rungs[0])


def when_tables(table: LadderTable) -> list[Table]:
    """The year of today's level, of that year's frontier, and of a past one; and a chart."""
    rung, years = rung_of_years(table), table.years
    dated_rows = [
        (row, affordability_dates(table.ladder, row.cell(rung.name), years)) for row in table.rows
    ]
    dates = tuple(
        (Cell(row.label), *(Cell(when_text(when[key])) for key in ("level", "frontier", "past")))
        for row, when in dated_rows
    )
    chart = tuple(
        (Cell(row.label), Cell("  ".join(map(sign, when["chances"])))) for row, when in dated_rows
    )
    past = f"Frontier of {forecast.PAST_YEARS:.0f} years before"
    columns = ("Who", "Today's level", "That year's frontier", past)
    heads = " ".join(f"{year % 100:02d}" for year in years)
    return [
        Table(f"In which year: {rung.label.lower()}", columns, dates, texts=4, wraps=(0, 1, 2, 3)),
        Table("Today's level by year: ● likely, ◐ toss-up, · not", ("Who", heads), chart, texts=2),
    ]


def chance_table(table: LadderTable) -> Table:
    """The chance of today's level by year, a curve for each of a few."""
    rung, rows = rung_of_years(table), table.rows[:CURVES]
    chances = [
        affordability_dates(table.ladder, row.cell(rung.name), table.years)["chances"]
        for row in rows
    ]
    body = tuple(
        (Cell(str(year)), *(Cell(chance, "%") for chance in of_year))
        for year, *of_year in zip(table.years, *chances, strict=True)
    )
    columns = ("Year", *(row.label for row in rows))
    curves = Chart(kind="curve", values=tuple(range(1, len(columns))))
    title = f"Chance to {rung.label.lower()} at today's level, by year"
    return Table(title, columns, body, chart=curves)


def when_text(when: "When") -> str:
    """A year with its interval, or never by the last year with its probability."""
    if when.median is None:
        chance = "" if when.never is None else f" ({100 * when.never:.0f}%)"
        return f"not by {forecast.LAST}{chance}"
    ends = [when.low, when.high]
    if when.low is None:
        return f"{when.median:.0f}"
    shown = "–".join("later" if end is None else f"{end:.0f}" for end in ends)
    return f"{when.median:.0f} ({shown})"


def sign(chance: float | None) -> str:
    """One sign for a probability."""
    return next(sign for least, sign in SIGNS if (chance or 0.0) >= least)


def growth_words(ladder: Ladder) -> str:
    """Say how fast the frontier's cost grows, and in which years that was found."""
    growth = ladder.catalogue.trends[COST_TREND]
    (row,) = ladder.catalogue.rows("trends.csv", id=COST_TREND)
    times = f"{growth.value:g} times a year ({growth.low:g} to {growth.high:g})"
    return f"its cost grew {times} in {row['period']}"


def when_entries(table: LadderTable) -> list[dict[str, Any]]:
    """Return the years of each row as entries."""
    return [_when(table, row) for row in table.rows] if table.years else []


def _when(table: LadderTable, row: Row) -> dict[str, Any]:
    cell = row.cell(rung_of_years(table).name)
    affordable = affordability_dates(table.ladder, cell, table.years)
    dates = {
        key: {
            "low": affordable[key].low,
            "median": affordable[key].median,
            "high": affordable[key].high,
            "probability_never": affordable[key].never,
        }
        for key in ("level", "frontier", "past")
    }
    chances = dict(zip(map(str, table.years), affordable["chances"], strict=True))
    return {"actors": [actor.name for actor in row.actors], **dates, "probability_by_year": chances}


# --- what more money buys -------------------------------------------------------------------------


def returns_tables(table: LadderTable) -> list[Table]:
    """What ten times the money buys, the worked example, and the lag each actor's money buys."""
    ladder = table.ladder
    behind = tuple(
        (
            Cell(row.label),
            Cell(bought.usd, "USD"),
            *interval_cells(ladder, bought.months_behind, "count"),
        )
        for row, bought in _own_returns(table)
    )
    columns = ("Who", "Could spend", "Low", "Median", "High")
    title = "Months behind the frontier that an actor's own money buys"
    own = [Table(title, columns, behind)] if behind else []
    return [_bought_table(ladder), _example_table(ladder), *own]


def _own_returns(table: LadderTable) -> list[tuple[Row, Returns]]:
    """Return what the money of each who has some buys."""
    summary = table.ladder.draws.summary
    spends = [(row, summary(row.cells[0].available).median) for row in table.rows]
    able = [(row, money) for row, money in spends if money]
    bought = returns(table.ladder, [money for _, money in able])
    return list(zip([row for row, _ in able], bought, strict=True))


def _bought_table(ladder: Ladder) -> Table:
    rows = tuple(
        (
            Cell(bought.usd, "USD"),
            Cell(bought.flop, "FLOP"),
            Cell(f"{bought.loss:.3f}"),
            *interval_cells(ladder, bought.index, "count"),
            Cell(ladder.drawn.median(bought.months_behind), "count"),
        )
        for bought in returns(ladder, SUMS)
    )
    columns = ("Money", "Compute", "Loss", "Low", "Index", "High", "Months behind")
    title = "What ten times the money buys, as a fast follower"
    return Table(title, columns, rows, texts=0, wraps=())


def _example_table(ladder: Ladder) -> Table:
    """GPT-4 to GPT-4.5: ten times the compute by most estimates, a hundred by a disputed one."""
    slope = ladder.draws.sample(ladder.catalogue.assumption("capability_per_decade"))
    cases: list[tuple[str, Number]] = [
        ("10 times the compute, as most estimate: by the trend", slope),
        ("100 times, a disputed figure: by the trend", 2 * slope),
        ("As observed, from 125.7 to 137.4", OBSERVED),
    ]
    rows = tuple((Cell(label), *interval_cells(ladder, x, "count")) for label, x in cases)
    return Table("From GPT-4 to GPT-4.5, index points", ("", "Low", "Median", "High"), rows)


def returns_entries(table: LadderTable) -> Mapping[str, Any]:
    """Return what sums of money buy, and what the money of each buys."""
    ladder = table.ladder
    own: Sequence[dict[str, Any]] = [
        {"actors": [actor.name for actor in row.actors], **_bought(ladder, bought)}
        for row, bought in _own_returns(table)
    ]
    return {"sums": [_bought(ladder, bought) for bought in returns(ladder, SUMS)], "actors": own}


def _bought(ladder: Ladder, one: Returns) -> dict[str, Any]:
    return {
        "usd": one.usd,
        "flop": one.flop,
        "loss": one.loss,
        "index": interval(ladder, one.index),
        "months_behind": interval(ladder, one.months_behind),
    }
