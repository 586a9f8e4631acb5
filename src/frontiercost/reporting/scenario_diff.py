"""Scenarios side by side in tables: lines that differ, unchanged ones folded."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from frontiercost.analysis.scenario_diff import Difference, ScenarioDiff
from frontiercost.core.facts import Interval
from frontiercost.core.report import Cell, Chart, Report, Screen, Sentence, Table
from frontiercost.core.wording import (
    CARRIED,
    INTERVAL_BARS,
    capitalised,
    interval,
    interval_cells,
    per_cent,
    plain,
    range_of,
)
from frontiercost.reporting.json_document import document
from frontiercost.reporting.notes import environment_points, evaluation_notes, last_line
from frontiercost.reporting.screen import least_sure
from frontiercost.stages.evaluation import AnyEvaluation

if TYPE_CHECKING:
    from frontiercost.analysis.why import Change

MOST_TOLD = 3
"""Changes that the sentence names."""


def of_scenario_diff(
    pairs: Sequence[ScenarioDiff], changes: "Sequence[Sequence[Change]]" = ()
) -> Report:
    """Report the first scenario against the others, line by line under common draws.

    With `changes`, one list a pair, what the ratio is made of, in place of the lines.
    """
    first = pairs[0].first
    notes: list[Sentence] = [
        ["Differences are under common draws, so what scenarios share does not blur them."],
        *evaluation_notes(first),
    ]
    evaluations = [first, *(pair.other for pair in pairs)]
    lines = tuple(_table(pair) for pair in pairs)
    made_of = [*zip(pairs, changes, strict=bool(changes))]
    return Report(
        headline=[part for pair in pairs for part in _sentence(pair)]
        + [part for _, of_pair in made_of for part in _largest(of_pair)],
        tables=tuple(why_table(*each) for each in made_of) or lines,
        notes=([_order(first)],) if changes else tuple(notes),
        further=(
            *(waterfall_table(*each) for each in made_of),
            *(evidence_table(*each) for each in made_of),
            *(lines if changes else ()),
            _total_table(evaluations),
        ),
        document=lambda: document(
            evaluations, "compare", plain(notes), versus=_entries(pairs, changes)
        ),
        screen=None if changes else lambda: _screen(pairs, evaluations),
        doubts=tuple(doubt for e in evaluations for doubt in e.doubts),
    )


def _screen(pairs: Sequence[ScenarioDiff], evaluations: Sequence[AnyEvaluation]) -> Screen:
    """Return two line by line, or what each of more costs."""
    first = evaluations[0]
    points = [*environment_points(first.question), *least_sure(first)]
    table = _table(pairs[0]) if len(pairs) == 1 else _total_table(evaluations)
    left = ("Left out", ", ".join(first.excluded))
    return Screen((replace(table, bare=True),), (*points, left), last=last_line(first.drawn))


def _largest(changes: "Sequence[Change]") -> Sentence:
    """Say which changes do most."""
    ranked = sorted(changes, key=lambda change: abs(math.log(change.usual)), reverse=True)
    said: list[str | Cell] = ["Most of it: "]
    for place, change in enumerate(ranked[:MOST_TOLD]):
        label = change.label.partition(":")[0].partition(",")[0].lower()
        said += [", " if place else "", f"{label} ", Cell(change.usual, "x")]
    return [*said, ". "]


def _order(first: AnyEvaluation) -> str:
    return (
        "One change after the other, in this order, those above it made; the product is the ratio. "
        "Attention: FLOP over 6ND. Utilisation: of the peak in the first's number format. "
        "Sources: --format html or json. "
        f"Edition {first.catalogue.edition['edition']}, seed {first.draws.seed}."
    )


def _sentence(pair: ScenarioDiff) -> Sentence:
    low, median, high = pair.first.draws.summary(pair.ratio)
    sure = 0 if low is None or low == high else CARRIED
    sentence: list[str | Cell] = [
        f"{capitalised(pair.other.name)} costs ",
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
        sentence += [f"; {pair.first.name} is cheaper with probability {chance}"]
    return [*sentence, ". "]


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
        Cell(line.first, "USD"),
        Cell(line.other, "USD"),
        Cell(line.change, "USD"),
        Cell(line.ratio, "x"),
    )


def why_table(pair: ScenarioDiff, changes: "Sequence[Change]") -> Table:
    """What each change makes of the cost, one after the other, and what it rests on."""
    rows = [
        (
            Cell(change.label),
            *map(Cell, change.words),
            Cell(next(iter(change.evidence), "").partition(":")[0]),
            Cell(change.usual, "x"),
            Cell(change.after, "x"),
        )
        for change in changes
    ]
    last = (Cell("Total"), Cell(""), Cell(""), Cell(""), *[Cell(changes[-1].after, "x")] * 2)
    columns = ("Change", "First", "Other", "Known", "Factor", "So far")
    title = f"Why {pair.other.name} costs another sum than {pair.first.name} (first)"
    return Table(title, columns, (*rows, last), texts=4, wraps=(3,), bare=True)


def waterfall_table(pair: ScenarioDiff, changes: "Sequence[Change]") -> Table:
    """What each change takes away or adds, of what the first costs, down to the other."""
    before = (1.0, *(change.after for change in changes))
    parts = [
        (Cell(change.label), Cell(change.after - so_far, "%"))
        for change, so_far in zip(changes, before, strict=False)
    ]
    last = (Cell(pair.other.name), Cell(changes[-1].after, "%"))
    rows = ((Cell(pair.first.name), Cell(1.0, "%")), *parts, last)
    title = f"From {pair.first.name} to {pair.other.name}, one change after the other"
    return Table(title, ("Change", "Of the first's cost"), rows, chart=Chart(kind="waterfall"))


def evidence_table(pair: ScenarioDiff, changes: "Sequence[Change]") -> Table:
    """Each factor with its interval and all that it rests on."""
    rows = tuple(
        (
            Cell(change.label),
            Cell("; ".join(change.evidence)),
            *interval_cells(pair.first, change.factor, "x"),
        )
        for change in changes
    )
    columns = ("Change", "Evidence", "Low", "Median", "High")
    return Table("What each factor rests on", columns, rows, texts=2, wraps=(1,))


def _entries(
    pairs: Sequence[ScenarioDiff], changes: "Sequence[Sequence[Change]]"
) -> list[dict[str, Any]]:
    made_of = [{"why": [_change(pairs[i], x) for x in of]} for i, of in enumerate(changes)]
    return [{**_entry(pair), **(made_of[i] if changes else {})} for i, pair in enumerate(pairs)]


def _change(pair: ScenarioDiff, change: "Change") -> dict[str, Any]:
    low, _, high = pair.first.draws.summary(change.factor)
    return {
        "change": change.id,
        "label": change.label,
        "first": change.words.first,
        "other": change.words.other,
        "factor": {"low": low, "median": change.usual, "high": high},
        "after": change.after,
        "evidence": list(change.evidence),
    }


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
