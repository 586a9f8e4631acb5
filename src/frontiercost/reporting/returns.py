"""What ten times the compute bought, in a sentence and a table of pairs."""

import math
import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any

from frontiercost.analysis.returns import SLOPE, Returned, returns
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.report import Cell, Chart, Report, Sentence, Table
from frontiercost.core.wording import interval, interval_cells, listed, plain, ratio_cell
from frontiercost.reporting.json_document import drawn_envelope
from frontiercost.reporting.notes import to_reproduce
from frontiercost.scenario.resolver import Resolver

DISPUTED = ("gpt-4", "gpt-4.5")
"""The pair about whose compute several have said something."""
DISPUTED_BY = ("OpenAI", "the essay")
"""Whose words on it are told and not drawn."""


def of_returns(resolver: Resolver) -> Report:
    """Report what compute bought, and what else did."""
    drawn, date = resolver.drawn, resolver.date
    pairs = returns(drawn, date)
    return Report(
        headline=_headline(drawn, pairs) if pairs else [f"No pair was observed by {date}."],
        tables=(pairs_table(drawn, pairs),),
        question=tuple(pair for pair in resolver.scenario.question() if pair[0] != "returns"),
        notes=(_short_note(drawn),),
        further=(points_table(drawn, pairs), details_table(drawn, pairs)),
        document=lambda: _document(resolver, pairs, list(_notes(resolver))),
    )


# --- the sentence ---------------------------------------------------------------------------------


def _headline(drawn: DrawnCatalogue, pairs: Sequence[Returned]) -> Sentence:
    """Say what compute bought in families, of the disputed pair, and where the rest is from."""
    parts = [*_families(drawn, pairs), *_disputed(drawn, pairs), *_other_gains(drawn, pairs)]
    return [f"{'; '.join(parts)}."]


def _families(drawn: DrawnCatalogue, pairs: Sequence[Returned]) -> Iterable[str]:
    """Of sizes that came out on one day, else of all: points for ten times the compute."""
    every = [p for p in pairs if _tenfold(drawn, p) is not None and not p.by]
    steps = [pair for pair in every if pair.first.date == pair.other.date] or every
    if steps:
        bought = [f"{_tenfold(drawn, pair):.0f} points from {_step(pair)}" for pair in steps]
        yield f"Ten times the compute bought {listed(bought)}"


def _disputed(drawn: DrawnCatalogue, pairs: Sequence[Returned]) -> Iterable[str]:
    """Of the disputed pair: points, for the compute that each says."""
    said = [pair for pair in pairs if (pair.first.model, pair.other.model) == DISPUTED]
    if said:
        times = [f"{drawn.median(pair.compute):.0f} times ({pair.by})" for pair in said]
        points = _gained(said[0])
        yield f"{_step(said[0])} brought {points:.0f} for {listed(times, 'or')}"


def _other_gains(drawn: DrawnCatalogue, pairs: Sequence[Returned]) -> Iterable[str]:
    """Of the pair with hardly more compute that gained most a month: what else bought it."""
    rest = [p for p in pairs if _tenfold(drawn, p) is None and drawn.median(p.compute) >= 1]
    if rest:
        points = _gained(rest[0])
        more = drawn.median(rest[0].compute) - 1
        yield (
            f"post-training, data and thinking at answer time did the rest: {_step(rest[0])} "
            f"brought {points:.0f} for {100 * more:.0f}% more"
        )


def _step(pair: Returned) -> str:
    """The two models, the second by what tells it from the first."""
    first, other = pair.labels
    words = zip(*(re.findall(r"[^ -]+[ -]?", label) for label in pair.labels), strict=False)
    shared = "".join(one for one, two in takewhile(lambda pair: pair[0] == pair[1], words))
    return f"{first} to {other.removeprefix(shared)}"


def _tenfold(drawn: DrawnCatalogue, pair: Returned) -> float | None:
    return pair.per_tenfold(_decades(drawn, pair))


def _decades(drawn: DrawnCatalogue, pair: Returned) -> float:
    return math.log10(drawn.median(pair.compute))


# --- tables ---------------------------------------------------------------------------------------


def pairs_table(drawn: DrawnCatalogue, pairs: Sequence[Returned]) -> Table:
    """Each pair: how much more compute, how much later, what it came with, and what explains it."""
    rows = tuple(
        (
            Cell(f"{_step(pair)}{f', {pair.by}' if pair.by else ''}"),
            ratio_cell(drawn.median(pair.compute)),
            Cell(f"{pair.months:.0f}"),
            Cell(f"{_gained(pair):+.1f}"),
            Cell("-" if (tenfold := _tenfold(drawn, pair)) is None else f"{tenfold:.1f}"),
            Cell(f"{drawn.median(pair.by_compute):+.1f}"),
            Cell(f"{drawn.median(pair.rest):+.1f}"),
        )
        for pair in pairs
    )
    columns = ("From, to", "Compute", "Months", "Points", "A tenfold", "By compute", "Rest")
    return Table("What ten times the compute bought", columns, rows, bare=True)


def points_table(drawn: DrawnCatalogue, pairs: Sequence[Returned]) -> Table:
    """Points over compute: a point for each pair of which one estimate is told."""
    rows = tuple(
        (
            Cell(_step(pair)),
            ratio_cell(drawn.median(pair.compute)),
            Cell(_gained(pair), "count"),
        )
        for pair in pairs
        if pair.by not in DISPUTED_BY and _tenfold(drawn, pair) is not None
    )
    scatter = Chart(kind="scatter", values=(2,), across=1) if rows else None
    title = "Points of the index for so many times the compute"
    return Table(title, ("From, to", "Compute", "Points"), rows, chart=scatter)


def _gained(pair: Returned) -> float:
    return pair.other.index.value - pair.first.index.value


def details_table(drawn: DrawnCatalogue, pairs: Sequence[Returned]) -> Table:
    """Each pair with the interval of its points and of the rest, and where it is from."""
    rows = tuple(
        (
            Cell(f"{' to '.join(pair.labels)}{f', {pair.by}' if pair.by else ''}"),
            Cell(pair.note),
            Cell(
                f"{pair.provenance.source}, {pair.provenance.as_of}, {pair.provenance.confidence}"
            ),
            *interval_cells(drawn, pair.points, "count"),
            *interval_cells(drawn, pair.rest, "count"),
        )
        for pair in pairs
    )
    columns = ("From, to", "What", "Source", "Low", "Points", "High", "Low", "Rest", "High")
    return Table("Points with their intervals", columns, rows, texts=3, wraps=(0, 1, 2))


# --- notes and the document -----------------------------------------------------------------------


def _short_note(drawn: DrawnCatalogue) -> Sentence:
    slope = drawn.fact(SLOPE)
    return [
        f"By compute: {slope.value:g} points a tenfold ({slope.low:g} to {slope.high:g}), the line "
        "through published models at one date; rest: post-training, data, compute at answer time, "
        "and the errors of two indices (some 5 points each way). GPT-4's compute and GPT-4.5's are "
        f"outside estimates. Edition {drawn.catalogue.edition['edition']}, seed {drawn.draws.seed}."
    ]


def _notes(resolver: Resolver) -> Iterable[Sentence]:
    yield _short_note(resolver.drawn)
    yield [to_reproduce(resolver.drawn, resolver.date)]


def _document(
    resolver: Resolver, pairs: Sequence[Returned], notes: Sequence[Sentence]
) -> dict[str, Any]:
    drawn = resolver.drawn
    return {
        **drawn_envelope(drawn, "compare", resolver.scenario.question()),
        "returns": {
            "date": resolver.date,
            "points_per_tenfold": interval(drawn, drawn.value(SLOPE)),
            "pairs": [_entry(drawn, pair) for pair in pairs],
            "notes": plain(notes),
        },
    }


def _entry(drawn: DrawnCatalogue, pair: Returned) -> dict[str, Any]:
    return {
        "first": pair.first.model,
        "other": pair.other.model,
        "by": pair.by or None,
        "compute_ratio": interval(drawn, pair.compute),
        "months": pair.months,
        "points": interval(drawn, pair.points),
        "points_per_tenfold": _tenfold(drawn, pair),
        "by_compute": interval(drawn, pair.by_compute),
        "rest": interval(drawn, pair.rest),
        "source": pair.provenance.source,
        "confidence": pair.provenance.confidence,
        "note": pair.note,
    }
