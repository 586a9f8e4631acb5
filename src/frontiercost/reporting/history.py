"""Then and now in a sentence, a table of dates, and years to come by trends."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from frontiercost.analysis.history import Ahead, History, Moment
from frontiercost.analysis.ladder import COST_TREND
from frontiercost.analysis.moments import SHOWN, TARGETS
from frontiercost.core.facts import Fact
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Chart, Later, Report, Screen, Sentence, Table
from frontiercost.core.wording import SHORT, interval, interval_cells, plain
from frontiercost.reporting.history_screen import (
    cost_cell,
    could_cell,
    headline,
    moments_table,
    short_note,
    target_label,
)
from frontiercost.reporting.json_document import drawn_envelope
from frontiercost.reporting.notes import to_reproduce
from frontiercost.reporting.outlook import FALL_TRENDS, all_growth_words

CURVES = ("lead", "rebuild", *TARGETS)
"""What is drawn by year."""
MOST_DATES = 6
"""Columns of dates that a screen holds."""


def of_history(history: History) -> Report:
    """Report what it took then and now, and where years to come are asked for, what it will."""
    return Report(
        headline=headline(history),
        tables=Later(lambda: _tables(history)),
        notes=Later(lambda: (short_note(history), *_notes(history))),
        screen=lambda: _screen(history),
        question=tuple(pair for pair in history.asked.question() if pair[0] != "history"),
        document=lambda: document(history, [short_note(history), *_notes(history)]),
        further=Later(lambda: (curves_table(history), details_table(history))),
        doubts=history.now.ladder.doubts,
    )


def _tables(history: History) -> Iterable[Table]:
    """Yield the dates, as many in a table as a screen holds, and years to come."""
    for first in range(0, len(history.moments), MOST_DATES):
        yield moments_table(history, history.moments[first : first + MOST_DATES])
    if history.ahead:
        yield ahead_table(history)


def _screen(history: History) -> Screen:
    """Return the newest dates, where years to come are asked for with what these are about."""
    moments = history.moments[-MOST_DATES:]
    left = len(history.moments) - len(moments)
    earlier = [f"{left} earlier date{'s' * (left > 1)}: --more. "] if left else []
    notes = ("".join(map(str, [*earlier, *short_note(history)])),)
    if not history.ahead:
        return Screen((moments_table(history, moments),), notes=notes)
    asked_about = ("lead", history.target or TARGETS[-1])
    ahead = replace(ahead_table(history), bare=True)
    growth = all_growth_words(history.now.ladder)
    return Screen((moments_table(history, moments, asked_about), ahead), notes=(*notes, growth))


# --- tables ---------------------------------------------------------------------------------------


def curves_table(history: History) -> Table:
    """What leading, following and the fixed levels cost by year: curves on one axis."""
    target = history.target or TARGETS[-1]
    known = [
        (Cell(moment.date[:4]), *(cost_cell(moment.shown(name)) for name in CURVES))
        for moment in history.moments
    ]
    ahead = [
        (Cell(str(year.year)), *(_in_year(history, year, name, target) for name in CURVES))
        for year in history.ahead
    ]
    labels = (f"{target_label(history, name)}'s level" for name in TARGETS)
    columns = ("Year", "To lead", "To rebuild", *labels)
    curves = Chart(kind="curve", values=tuple(range(1, len(columns))), logarithmic=True)
    title = f"What it costs by year, on {history.basis}"
    return Table(title, columns, (*known, *ahead), chart=curves)


def _in_year(history: History, year: Ahead, name: str, target: str) -> Cell:
    cost = {"lead": year.lead, target: year.level}.get(name)
    return Cell(
        None if cost is None else history.now.ladder.drawn.median(cost), "USD", figures=SHORT
    )


def details_table(history: History) -> Table:
    """Each date and rung: its model, its level, what it costs with its interval, how many could."""
    rows = [_detail(history, moment, name) for moment in history.moments for name in SHOWN]
    columns = ("Date", "What", "Model", "Priced as", "Index", "Low", "Cost", "High", "Could")
    return Table("Each date with its models", columns, tuple(rows), texts=4, wraps=(2, 3))


def _detail(history: History, moment: Moment, name: str) -> tuple[Cell, ...]:
    ladder, rung, choice = moment.ladder, moment.rung(name), moment.choice(name)
    cost, level = moment.cost(name), choice.level
    ends = (Cell(None),) * 3 if cost is None else interval_cells(ladder, cost, "USD")
    label = f"{target_label(history, name)}'s level" if name in TARGETS else rung.label
    return (
        Cell(moment.date),
        Cell(label),
        Cell(level.label if level else "none"),
        Cell(choice.priced.label if choice.priced else ""),
        Cell(level.index.value if level else None, "count"),
        *ends,
        could_cell(moment.shown(name)),
    )


def ahead_table(history: History) -> Table:
    """Years to come: leading, the fixed level, and how many could, by trends."""
    ladder = history.now.ladder
    label = target_label(history, history.target or TARGETS[-1])
    rows = tuple(
        (
            Cell(str(year.year)),
            *interval_cells(ladder, year.lead, "USD"),
            Cell(float(year.could_lead), "count"),
            *interval_cells(ladder, year.level, "USD"),
            Cell(float(year.could_level), "count"),
        )
        for year in history.ahead
    )
    columns = (
        "Year",
        "Low",
        "To lead",
        "High",
        "Could",
        "Low",
        f"{label}'s level",
        "High",
        "Could",
    )
    return Table("Years to come, by trends", columns, rows)


# --- notes ----------------------------------------------------------------------------------------


def _notes(history: History) -> Iterable[Sentence]:
    yield [growth_words(history)]
    if beyond := _beyond_the_world(history):
        yield [beyond]
    if observed := _observed(history):
        yield [observed]
    yield [
        "What recipes ask for is priced, not texts that stronger models wrote for them, nor what "
        "was learnt from others without being published."
    ]
    yield [to_reproduce(history.now.ladder.drawn, history.now.date)]


def growth_words(history: History) -> str:
    """Say both growth rates, and in which years each was found."""
    algorithms, rents = (_trend_words(history, name) for name in FALL_TRENDS)
    return (
        f"By trends, to lead costs {_trend_words(history, COST_TREND)} more; a fixed level falls "
        f"with algorithms, {algorithms}, over the drift of rents, {rents}."
    )


def _beyond_the_world(history: History) -> str:
    """Say from which year on a trend asks for more than the world produces."""
    world, median = history.catalogue.assumption("world_product"), history.now.ladder.drawn.median
    years = [year.year for year in history.ahead if median(year.lead) > world.value]
    if not years:
        return ""
    product = format_quantity(world.value, "USD")
    return (
        f"From {years[0]} on to lead would take more than the world produced in "
        f"{world.as_of[:4]} ({product}, {world.source}): the trend must have broken before."
    )


def _trend_words(history: History, name: str) -> str:
    trend: Fact = history.catalogue.trends[name]
    (row,) = history.catalogue.rows("trends.csv", id=name)
    ends = f"{trend.low:g} to {trend.high:g}"
    return f"{trend.value:g} times a year ({ends}; {row['period']}, {trend.source})"


def _observed(history: History) -> str:
    """Say what both were between the dates shown."""
    lead, level = history.yearly("lead"), history.yearly(history.target) if history.target else None
    if not lead or not level:
        return ""
    return (
        f"Between {history.since.date} and {history.now.date} as priced here: to lead {lead:.2g} "
        f"times more a year, the level {1 / level:.2g} times less."
    )


# --- the document ---------------------------------------------------------------------------------


def document(history: History, notes: Sequence[Sentence]) -> dict[str, Any]:
    """Return every date with what each rung took, and years to come."""
    ladder = history.now.ladder
    return {
        **drawn_envelope(ladder.drawn, "compare", history.asked.question()),
        "history": {
            "basis": history.basis,
            "since": history.since.date,
            "target": history.target,
            "lead_ratio": interval(ladder, history.change("lead")),
            "target_ratio": interval(ladder, history.change(history.target))
            if history.target
            else None,
            "dates": [
                {
                    "date": moment.date,
                    "counted": moment.there,
                    "entries": [_entry(moment, name) for name in SHOWN],
                }
                for moment in history.moments
            ],
            "ahead": [_ahead_entry(history, year) for year in history.ahead],
            "notes": [*plain(notes), *ladder.doubts],
        },
    }


def _entry(moment: Moment, name: str) -> dict[str, Any]:
    ladder, rung, choice = moment.ladder, moment.rung(name), moment.choice(name)
    months = moment.months_behind(name)
    counted = moment.could(name)
    index = choice.level.index if choice.level else None
    return {
        "rung": name,
        "model": choice.model,
        "priced_as": choice.priced.name if choice.priced else None,
        "command": ladder.costs.command(rung, ladder.usual(rung)) if choice.exists else None,
        "index": {"low": index.low, "median": index.value, "high": index.high} if index else None,
        "months_behind": months._asdict() if months else None,
        "cost_usd": interval(ladder, moment.cost(name)),
        "could": counted.likely if counted else None,
        "perhaps": counted.perhaps if counted else None,
        "reason": choice.reason or None,
        "sources": index.source.split(";") if index else [],
    }


def _ahead_entry(history: History, year: Ahead) -> dict[str, Any]:
    ladder = history.now.ladder
    return {
        "year": year.year,
        "lead_usd": interval(ladder, year.lead),
        "could_lead": year.could_lead,
        "target_usd": interval(ladder, year.level),
        "could_target": year.could_level,
    }
