"""The answer on one screen: the bill in a few lines, and what would change it."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from frontiercost.core.facts import mean
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Screen, Table
from frontiercost.core.wording import CARRIED, figures_of, share_cell
from frontiercost.cost.bill import Line, total
from frontiercost.reporting.fact_words import fact_words
from frontiercost.reporting.notes import (
    cash_point,
    commitment_point,
    emissions_point,
    environment_points,
    last_line,
)
from frontiercost.stages.evaluation import AnyEvaluation

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

GIVES_WAY = ("Other terms", "Commitment", "Done before", "Shape", "It takes")
"""Points that go first where tables that were asked for leave no room for all."""
LINES = 4
"""The most lines of a bill beside the total; what is left is one more."""
FLAG_OF = {"owned": "own", "bought": "buy"}
SMALL = 0.01
"""The share of a bill below which a line is told with others."""

Point = tuple[str, str]
Fits = Callable[[AnyEvaluation], Iterable[Point]]


def nothing_fits(e: AnyEvaluation) -> Iterable[Point]:
    """Say nothing of what would fit."""
    return ()


def screen_of(e: AnyEvaluation, fits: Fits = nothing_fits) -> Screen:
    """Return what fits a screen: the bill, and what it takes, rests on and leaves out."""
    answer = e.stage.answer()
    points = [
        *answer.points(e),
        *fits(e),
        *_other_terms(e),
        *commitment_point(e),
        *environment_points(e.question),
        *cash_point(e),
        *emissions_point(e),
        *([("Shape", "derived from its counts, so less sure")] if e.derived_shape else []),
        *least_sure(e),
        ("Left out", ", ".join(e.excluded)),
    ]
    tables = answer.screen(e) or [short_bill(e)]
    last = last_line(e.drawn, "--explain sources")
    return Screen(tuple(tables), tuple(points), gives_way=GIVES_WAY, last=last)


def short_bill(e: AnyEvaluation) -> Table:
    """The lines that carry the bill, largest median first, with bars beside their shares.

    What costs nothing is no line here.
    """
    shares = dict(zip((line.id for line in e.bill.lines), e.bill.shares, strict=True))
    ranked = sorted(filter(_costs, e.bill.lines), key=lambda line: -shares[line.id])
    lines = LINES - e.derived_shape  # which takes a line to say
    shown = [line for line in ranked[:lines] if shares[line.id] >= SMALL]
    if len(left := ranked[len(shown) :]) == 1:
        shown, left = ranked, []
    shown = sorted(shown, key=lambda line: -e.drawn.median(line.cost))
    rows = [_row(e, line.label, line.cost, shares[line.id]) for line in shown]
    if left:
        share = sum(shares[line.id] for line in left)
        rows.append(_row(e, f"{len(left)} smaller lines", total(left), share))
    rows.append(_row(e, "Total", e.bill.total, 1.0))
    columns = ("What it costs", "Median", "90% interval", "Share")
    return Table("", columns, tuple(rows), bare=True, bar=3)


def _costs(line: Line) -> bool:
    return bool(mean(line.cost))


def _row(e: AnyEvaluation, label: str, cost: "Number", share: float) -> tuple[Cell, ...]:
    interval = e.draws.summary(cost)
    figures = figures_of(interval)
    low, median, high = (format_quantity(end, "USD", figures) for end in interval)
    return Cell(label), Cell(median), Cell(f"{low} – {high}" if figures else ""), share_cell(share)


def _other_terms(e: AnyEvaluation) -> Iterable[Point]:
    """The total on the other bases and commitments, in one line; nothing where none matters."""

    def shown(cost: "Number") -> str:
        return format_quantity(e.drawn.median(cost), "USD", CARRIED)

    costs = {_short(label): shown(cost) for label, cost in e.other_terms}
    if {*costs.values()} - {shown(e.bill.total)}:
        yield "Other terms", ", ".join(f"{terms} {cost}" for terms, cost in costs.items())


def _short(label: str) -> str:
    """Return the terms as a flag names them: `rented 3y, the rest …` is `3y`."""
    words = label.partition(" (")[0].partition(",")[0].removeprefix("rented ")
    return FLAG_OF.get(words, words)


def least_sure(e: AnyEvaluation) -> Iterable[Point]:
    """The facts that carry most of the spread, with their share of it and their date."""
    shares: dict[tuple[str, str], float] = {}
    for fact, share in e.drivers:  # facts that are called the same are one
        called = fact_words(fact.path), _dated(fact.as_of)
        shares[called] = shares.get(called, 0.0) + share
    spread = [" of the spread", *[""] * len(shares)]
    named = [
        f"{words} ({100 * share:.0f}%{of}{dated})"
        for ((words, dated), share), of in zip(shares.items(), spread, strict=False)
    ]
    yield "Least sure", ", ".join(named) or "nothing is drawn"


def _dated(as_of: str) -> str:
    return f"; {as_of[: len('2026-11')]}" if as_of else ""
