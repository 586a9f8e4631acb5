"""A bill: lines that sum to the total, draw by draw."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from frontiercost.core.facts import Fact, mean
from frontiercost.core.frozen import frozen

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


WHO_WORKS = ("staff", "people")
"""Ids of lines of pay, of training and of serving: each is called by both."""


@frozen
class Line:
    """One line of a bill: its cost, how it came about, and the facts it rests on."""

    id: str
    label: str
    cost: "Number"
    formula: str
    facts: tuple[Fact, ...] = ()
    compute: bool = False
    """Whether experiments multiply it."""
    beside: "Number" = 0.0
    """The part of a line of compute that they do not: labels, tasks, environments."""
    of_chips: bool = False
    """Whether it is a part of what the chips cost on their basis."""
    equipment: bool = False
    """Whether it is equipment or a building, on which a grant pays no indirect costs."""

    @property
    def multiplied(self) -> "Number":
        """The part of it that experiments multiply."""
        return self.cost - self.beside if self.compute else 0.0

    @property
    def name(self) -> str:
        """What it is called on its own: its id or, if that is shorter, its label."""
        return min(self.id, self.label, key=len)

    def is_called(self, names: Iterable[str]) -> bool:
        """Whether one of the names is its id, or its label in any case."""
        ids = WHO_WORKS if self.id in WHO_WORKS else (self.id,)
        return any(name.casefold() in (*ids, self.label.casefold()) for name in names)

    @property
    def sources(self) -> tuple[str, ...]:
        """The ids of the sources of its facts."""
        return tuple(sorted({id for fact in self.facts for id in fact.source.split(";")}))


def total(lines: Iterable[Line]) -> "Number":
    """Add the costs of lines, draw by draw."""
    result: Number = 0.0
    for line in lines:
        result = result + line.cost
    return result


@frozen
class Bill:
    """Lines that sum to the total, draw by draw."""

    lines: tuple[Line, ...]
    left_out: tuple[Line, ...] = ()
    """Lines that were asked to be left out."""
    experiments: "Number" = 0.0
    """Compute of experiments over that of the final run."""

    @property
    def total(self) -> "Number":
        """The sum of the lines."""
        return total(self.lines)

    def has(self, *ids: str) -> bool:
        """Whether any of these lines is there."""
        return any(line.id in ids for line in self.lines)

    @property
    def final_run(self) -> "Number":
        """The compute of the final run alone."""
        zero: Number = 0.0
        return sum((line.multiplied for line in self.lines), zero)

    @property
    def shares(self) -> list[float]:
        """Each line's mean over the total's mean, so that shares add up to 1."""
        whole = mean(self.total)
        return [mean(line.cost) / whole if whole else 0.0 for line in self.lines]

    @property
    def final_share(self) -> float:
        """The mean of the final runs' compute over the mean of the total."""
        return mean(self.final_run) / mean(self.total) if mean(self.total) else 0.0

    def with_experiments(self, line: Line) -> "Number":
        """Return a line with its part of the experiments."""
        return line.cost + line.multiplied * self.experiments
