"""Scenarios side by side in tables: lines that differ, unchanged ones folded."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from frontiercost.analysis.scenario_diff import Difference, ScenarioDiff
from frontiercost.core.facts import Interval
from frontiercost.core.report import Cell, Later, Report, Screen, Sentence, Table
from frontiercost.core.wording import (
    CARRIED,
    INTERVAL_BARS,
    capitalised,
    interval,
    interval_cells,
    per_cent,
    plain,
    range_of,
    ratio_cell,
)
from frontiercost.reporting.json_document import document
from frontiercost.reporting.notes import environment_points, evaluation_notes, last_line
from frontiercost.reporting.screen import least_sure
from frontiercost.stages.evaluation import AnyEvaluation
from frontiercost.stages.verdict_words import FEW, verdict_word

COMMON_DRAWS = "Differences are under common draws, so what scenarios share does not blur them."


def of_scenario_diff(pairs: Sequence[ScenarioDiff]) -> Report:
    """Report the first scenario against the others, line by line under common draws."""
    first = pairs[0].first
    notes = Later(lambda: ([COMMON_DRAWS], *evaluation_notes(first)))
    evaluations = [first, *(pair.other for pair in pairs)]
    return Report(
        headline=[*_sentence(pairs), *_affordable(evaluations), "."],
        tables=Later(lambda: [*_verdict_tables(evaluations), *map(_table, pairs)]),
        notes=notes,
        further=Later(lambda: [_total_table(evaluations)]),
        document=lambda: document(
            evaluations, "compare", plain(notes), versus=[_entry(pair) for pair in pairs]
        ),
        screen=lambda: _screen(pairs, evaluations),
        doubts=tuple(doubt for e in evaluations for doubt in e.doubts),
    )


def _screen(pairs: Sequence[ScenarioDiff], evaluations: Sequence[AnyEvaluation]) -> Screen:
    """Return two line by line, or what each of more costs."""
    first = evaluations[0]
    points = [*environment_points(first.question), *least_sure(first)]
    table = _table(pairs[0]) if len(pairs) == 1 else _total_table(evaluations)
    left = ("Left out", ", ".join(first.excluded))
    return Screen((replace(table, bare=True),), (*points, left), last=last_line(first.drawn))


def _sentence(pairs: Sequence[ScenarioDiff]) -> Sentence:
    """Say what each costs beside the first, and how sure it is which is cheaper."""
    sentence: list[str | Cell] = []
    for place, pair in enumerate(pairs):
        low, median, high = pair.first.draws.summary(pair.ratio)
        sure = 0 if low is None or low == high else CARRIED
        sentence += [
            f"{'; ' if place else ''}{capitalised(pair.other.name)} costs ",
            Cell(pair.total.other, "USD", figures=CARRIED),
            ", ",
            Cell(median, "x", figures=sure),
            *range_of(Interval(low, median, high), "x"),
            f" what {pair.first.name} costs (",
            Cell(pair.total.first, "USD", figures=CARRIED),
            ")",
        ]
        if pair.first_cheaper is not None:
            chance = per_cent(pair.first_cheaper)
            sentence.append(f"; {pair.first.name} is cheaper with probability {chance}")
    return sentence


def _purses(evaluations: Sequence[AnyEvaluation]) -> dict[str, list[tuple[str, str, str]]]:
    """Return by purse what it was asked to pay for, the words, and how they are coloured."""
    by_purse: dict[str, list[tuple[str, str, str]]] = {}
    for e in evaluations:
        for verdict in e.verdicts:
            of_purse = by_purse.setdefault(verdict.funds.label, [])
            of_purse.append((e.name, verdict_word(e, verdict), verdict.word))
    return by_purse


def _affordable(evaluations: Sequence[AnyEvaluation]) -> Sentence:
    """Say for each of a few purses which of them it is enough for."""
    by_purse = _purses(evaluations)
    if len(by_purse) > FEW:
        return []
    return [
        f"; {label}: {', '.join(f'{words} for {name}' for name, words, _ in of_purse)}"
        for label, of_purse in by_purse.items()
    ]


def _verdict_tables(evaluations: Sequence[AnyEvaluation]) -> Iterable[Table]:
    """Yield who could afford which, where money was named."""
    rows = tuple(
        (Cell(label if not place else ""), Cell(name), Cell(words, tone=tone))
        for label, of_purse in _purses(evaluations).items()
        for place, (name, words, tone) in enumerate(of_purse)
    )
    if rows:
        yield Table("Can they afford it?", ("Who", "What", "Verdict"), rows, texts=3)


def _table(pair: ScenarioDiff) -> Table:
    changed = [line for line in pair.lines if not line.unchanged]
    same = [line for line in pair.lines if line.unchanged]
    rows = [_row(line) for line in changed]
    if same:
        folded = Difference(
            f"{len(same)} unchanged",
            sum(line.first for line in same),
            sum(line.other for line in same),
            unchanged=True,
        )
        rows.append(_row(folded))
    rows.append(_row(pair.total))
    columns = ("", "First", "Other", "Difference", "Ratio")
    return Table(f"{pair.first.name} (first) and {pair.other.name}", columns, tuple(rows))


def _total_table(evaluations: Sequence[AnyEvaluation]) -> Table:
    rows = tuple((Cell(e.name), *interval_cells(e, e.bill.total, "USD")) for e in evaluations)
    columns = ("", "Low", "Median", "High")
    return Table("What each costs", columns, rows, chart=INTERVAL_BARS)


def _row(line: Difference) -> tuple[Cell, ...]:
    return (
        Cell(line.label),
        Cell(line.first, "USD", figures=CARRIED),
        Cell(line.other, "USD", figures=CARRIED),
        Cell(line.change, "USD", figures=CARRIED),
        ratio_cell(line.ratio),
    )


def _entry(pair: ScenarioDiff) -> dict[str, Any]:
    return {
        "first": pair.first.name,
        "other": pair.other.name,
        "ratio": interval(pair.first, pair.ratio),
        "probability_first_cheaper": pair.first_cheaper,
        "lines": [
            {"label": x.label, "first_usd": x.first, "other_usd": x.other, "unchanged": x.unchanged}
            for x in pair.lines
        ],
    }
