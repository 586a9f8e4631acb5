"""Scenarios side by side under common draws: each line, the ratio, which is cheaper how often."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from frontiercost.core.frozen import frozen
from frontiercost.cost.bill import Line
from frontiercost.stages.evaluation import AnyEvaluation

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

SAME = 0.005
"""Relative difference of medians below which a line counts as unchanged."""


@frozen
class Difference:
    """One line of two bills: the first's, the other's, difference and ratio of the medians."""

    label: str
    first: float
    other: float
    unchanged: bool

    @property
    def change(self) -> float:
        """The other less the first [USD]."""
        return self.other - self.first

    @property
    def ratio(self) -> float | None:
        """The other over the first; None where there is no first."""
        return self.other / self.first if self.first else None


@frozen
class ScenarioDiff:
    """The first scenario against another."""

    first: AnyEvaluation
    other: AnyEvaluation
    lines: tuple[Difference, ...]
    total: Difference
    ratio: "Number"
    first_cheaper: float | None
    """Probability that the first costs less, under common draws."""


def compare_scenarios(evaluations: Sequence[AnyEvaluation]) -> list[ScenarioDiff]:
    """Compare the first evaluation with each of the others."""
    first, *others = evaluations
    return [_pair(first, other) for other in others]


def _pair(first: AnyEvaluation, other: AnyEvaluation) -> ScenarioDiff:
    first_lines = {line.id: line for line in first.bill.lines}
    other_lines = {line.id: line for line in other.bill.lines}
    lines = tuple(
        _difference(first, first_lines.get(id), other_lines.get(id))
        for id in dict.fromkeys([*first_lines, *other_lines])
    )
    first_usd, other_usd = (e.draws.summary(e.bill.total).median for e in (first, other))
    return ScenarioDiff(
        first=first,
        other=other,
        lines=lines,
        total=Difference("Total", first_usd, other_usd, _close(first_usd, other_usd)),
        ratio=other.bill.total / first.bill.total,
        first_cheaper=first.draws.share(first.bill.total < other.bill.total),
    )


def _difference(e: AnyEvaluation, first_line: Line | None, other_line: Line | None) -> Difference:
    label = next(line.label for line in (first_line, other_line) if line is not None)
    first_usd, other_usd = (
        e.draws.summary(line.cost).median if line else 0.0 for line in (first_line, other_line)
    )
    return Difference(label, first_usd, other_usd, _close(first_usd, other_usd))


def _close(first: float, other: float) -> bool:
    return abs(other - first) <= SAME * max(abs(first), abs(other))
