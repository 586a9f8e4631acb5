"""In which year: tables and entries of the document."""

from typing import TYPE_CHECKING, Any

from frontiercost.analysis import forecast
from frontiercost.analysis.ladder import COST_TREND, Ladder
from frontiercost.analysis.ladder_rows import Row
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.outlook import affordability_dates
from frontiercost.analysis.rungs import Rung
from frontiercost.core.facts import Fact
from frontiercost.core.report import Cell, Chart, Table
from frontiercost.core.wording import share_cell
from frontiercost.reporting.json_document import when_entry

if TYPE_CHECKING:
    from frontiercost.analysis.forecast import When

FALL_TRENDS = ("algorithmic_efficiency_pretraining", "rental_default_drift_forward")
"""What a fixed level's fall is made of: algorithms over the drift of rents."""
CURVES = 5
"""The most that one chart can tell apart."""
SIGNS = ((0.8, "●"), (0.2, "◐"), (0.0, "·"))


# --- when -----------------------------------------------------------------------------------------


def rung_of_years(table: LadderTable) -> Rung:
    """Return the rung that years are asked about: leading where it is shown, else the first."""
    return next((rung for rung in table.rungs if rung.choose == "leader"), table.rungs[0])


def years_sentence(table: LadderTable) -> str:
    """Say how many of those who are shown could likely reach today's level by the last year."""
    rung, last = rung_of_years(table), table.years[-1]
    chances = [dates["chances"][-1] or 0.0 for _, dates in _dated_rows(table)]
    able = sum(chance >= SIGNS[0][0] for chance in chances)
    who = f"{able} of the {len(chances)} shown" if len(chances) > 1 else table.rows[0].label
    likely = "likely could" if able or len(chances) > 1 else "could hardly"
    if len(chances) == 1 and not able and chances[0] >= SIGNS[1][0]:
        likely = "perhaps could"
    return f"By {last} {who} {likely} {rung.doing} at the level of {table.ladder.date}."


def _dated_rows(table: LadderTable) -> list[tuple[Row, dict[str, Any]]]:
    """Each who is shown with the years of what it can."""
    rung, years = rung_of_years(table), table.years
    return [
        (row, affordability_dates(table.ladder, row.cell(rung.name), years)) for row in table.rows
    ]


def when_tables(table: LadderTable) -> list[Table]:
    """The year of today's level, of that year's frontier, and of a past one; and a chart."""
    rung, years, dated_rows = rung_of_years(table), table.years, _dated_rows(table)
    dates = tuple(
        (Cell(row.label), *(Cell(when_text(when[key])) for key in ("level", "frontier", "past")))
        for row, when in dated_rows
    )
    chart = tuple(
        (Cell(row.label), Cell("  ".join(map(sign, when["chances"])))) for row, when in dated_rows
    )
    past = f"Frontier of {forecast.PAST_YEARS:.0f} years before"
    columns = (f"To {rung.doing}", "Today's level", "That year's frontier", past)
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
        (Cell(str(year)), *(share_cell(chance) for chance in of_year))
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


def all_growth_words(ladder: Ladder) -> str:
    """Say what a year does by trend to the frontier's cost, to a fixed level's, and to money."""
    trends, money = ladder.catalogue.trends, ladder.catalogue.assumption("budget_growth")
    algorithms, rents = (_span(trends[name]) for name in FALL_TRENDS)
    return (
        f"By trend, a year: the frontier's cost × {_span(trends[COST_TREND])}; a fixed level ÷ "
        f"{algorithms} by algorithms, × {rents} by rents; money × {_span(money)}."
    )


def _span(fact: Fact) -> str:
    return f"{fact.value:g} ({fact.low:g}-{fact.high:g})"


def when_entries(table: LadderTable) -> list[dict[str, Any]]:
    """Return the years of each row as entries."""
    return [_when(table, row) for row in table.rows] if table.years else []


def _when(table: LadderTable, row: Row) -> dict[str, Any]:
    cell = row.cell(rung_of_years(table).name)
    affordable = affordability_dates(table.ladder, cell, table.years)
    dates = {key: when_entry(affordable[key]) for key in ("level", "frontier", "past")}
    chances = dict(zip(map(str, table.years), affordable["chances"], strict=True))
    return {"actors": [actor.name for actor in row.actors], **dates, "probability_by_year": chances}
