"""Why one training costs less than another: each change with its factor, in place of lines."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from frontiercost.analysis.scenario_diff import ScenarioDiff
from frontiercost.analysis.why import Change
from frontiercost.core.report import Cell, Chart, Later, Report, Screen, Sentence, Table
from frontiercost.core.wording import interval_cells, ratio_cell
from frontiercost.stages.evaluation import AnyEvaluation
from frontiercost.stages.pretrain.inputs import made_from

MOST_TOLD = 3
"""Changes that the sentence names."""
LEAST = 0.005
"""Logarithm of a factor from which on it is told."""


def with_why(
    report: Report, pairs: Sequence[ScenarioDiff], changes: Sequence[Sequence[Change]]
) -> Report:
    """Return the report of pairs with what their ratios are made of, one list a pair."""
    made_of = [*zip(pairs, changes, strict=True)]
    tables = tuple(why_table(*each) for each in made_of)
    notes = (*_whose(pairs), _order(pairs[0].first))
    return replace(
        report,
        headline=[
            *report.headline[:-1],
            *(part for each in made_of for part in _largest(*each, alone=len(made_of) == 1)),
            ".",
        ],
        tables=tables,
        notes=tuple([note] for note in notes),
        further=Later(
            lambda: (
                *(waterfall_table(*each) for each in made_of),
                *(evidence_table(*each) for each in made_of),
                *report.tables,
                *report.further,
            )
        ),
        document=lambda: _with_changes(report.document(), made_of),
        screen=lambda: Screen(tables, notes=notes),
    )


def _largest(pair: ScenarioDiff, changes: Sequence[Change], *, alone: bool) -> Sentence:
    """Say which changes do most."""
    differ = [change for change in changes if abs(math.log(change.usual)) >= LEAST]
    whose = "it" if alone else f"it for {pair.other.name}"
    if not differ:
        return [f"; no part of {whose} differs"]
    ranked = sorted(differ, key=lambda change: abs(math.log(change.usual)), reverse=True)
    said: list[str | Cell] = [f"; most of {whose}: "]
    for place, change in enumerate(ranked[:MOST_TOLD]):
        label = change.label.partition(":")[0].partition(",")[0].lower()
        said += [", " if place else "", f"{label} ", ratio_cell(change.usual)]
    return said


def _whose(pairs: Sequence[ScenarioDiff]) -> Iterator[str]:
    """Say of which models the pre-training is another's, so that what was added is not compared."""
    every = (pairs[0].first, *(pair.other for pair in pairs))
    said = dict.fromkeys(made_from(e.model, e.catalogue) for e in every if e.model)
    yield from (f"{each} is compared, and nothing that was done after." for each in said if each)


def _order(first: AnyEvaluation) -> str:
    return (
        "One change after the other, in this order, those above it made; the product is the ratio. "
        "Attention: FLOP over 6ND. Utilisation: of the peak in the first's number format. "
        "Sources: --format html or json. "
        f"Edition {first.catalogue.edition['edition']}, seed {first.draws.seed}."
    )


def why_table(pair: ScenarioDiff, changes: Sequence[Change]) -> Table:
    """What each change makes of the cost, one after the other, and what it rests on."""
    rows = [
        (
            Cell(change.label),
            *map(Cell, change.words),
            Cell(next(iter(change.evidence), "").partition(":")[0]),
            ratio_cell(change.usual),
            ratio_cell(change.after),
        )
        for change in changes
    ]
    last = (
        Cell("Total"),
        Cell(""),
        Cell(""),
        Cell(""),
        *[ratio_cell(changes[-1].after)] * 2,
    )
    columns = ("Change", "First", "Other", "Known", "Factor", "So far")
    title = f"Why {pair.other.name} costs another sum than {pair.first.name} (first)"
    return Table(title, columns, (*rows, last), texts=4, wraps=(3,), bare=True)


def waterfall_table(pair: ScenarioDiff, changes: Sequence[Change]) -> Table:
    """What each change takes away or adds, of what the first costs, down to the other."""
    before = (1.0, *(change.after for change in changes))
    parts = [
        (Cell(change.label), ratio_cell(change.after - so_far))
        for change, so_far in zip(changes, before, strict=False)
    ]
    last = (Cell(pair.other.name), ratio_cell(changes[-1].after))
    rows = ((Cell(pair.first.name), ratio_cell(1.0)), *parts, last)
    title = f"From {pair.first.name} to {pair.other.name}, one change after the other"
    return Table(title, ("Change", "Of the first's cost"), rows, chart=Chart(kind="waterfall"))


def evidence_table(pair: ScenarioDiff, changes: Sequence[Change]) -> Table:
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


def _with_changes(
    document: Mapping[str, Any], made_of: Sequence[tuple[ScenarioDiff, Sequence[Change]]]
) -> dict[str, Any]:
    """Return a document whose pairs tell what their ratios are made of."""
    entries = [
        {**entry, "why": [_change(pair, change) for change in of_pair]}
        for entry, (pair, of_pair) in zip(document["versus"], made_of, strict=True)
    ]
    return {**document, "versus": entries}


def _change(pair: ScenarioDiff, change: Change) -> dict[str, Any]:
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
