"""Moments of a history as a screen tells of them, worked out or kept."""

from collections.abc import Sequence
from typing import Protocol

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Interval
from frontiercost.core.frozen import frozen

DATES = ("2020-06", "2022-06", "2023-06", "2024-06", "2025-06")
"""Shown where no years are asked for, before the date of the answer."""
TARGETS = ("gpt-3", "gpt-4")
"""Models whose levels are fixed targets; the last is the one that the answer is about."""
COUNTED = ("adapt", "rebuild", "lead")
"""Rungs of which it is said how many could."""
PRICED = ("use", *COUNTED, *TARGETS)
SHOWN = ("run-small", "run", *PRICED)
"""What is told of a date; of what is run, the level alone."""
BASIS = "rent"
"""On which everything is priced where no other is asked for: what anybody pays, or forgoes."""


@frozen
class Could:
    """How many could, likely and perhaps, of those who were there and whose money is known."""

    likely: int
    perhaps: int
    there: int


@frozen
class Shown:
    """What a screen tells of a rung, or of a fixed level, at a date."""

    label: str
    """Of the model that it takes; empty where nobody could."""
    priced_as: str = ""
    """The model that is priced in its place."""
    months: Interval | None = None
    cost: float | None = None
    could: Could | None = None


class ShownMoment(Protocol):
    """A date, worked out or kept."""

    @property
    def date(self) -> str:
        """Which."""

    def shown(self, name: str) -> Shown:
        """Return what a screen tells of a rung or a fixed level."""


class ShownHistory(Protocol):
    """Moments from the oldest, worked out or kept."""

    @property
    def catalogue(self) -> Catalogue:
        """What is known."""

    @property
    def basis(self) -> str:
        """On which everything is priced."""

    @property
    def seed(self) -> int:
        """Of its draws."""

    @property
    def moments(self) -> Sequence[ShownMoment]:
        """From the oldest."""

    @property
    def now(self) -> ShownMoment:
        """The last one."""

    @property
    def since(self) -> ShownMoment:
        """The first at which the level could be made that the answer is about."""

    @property
    def target(self) -> str | None:
        """That level; None where none could be made earlier."""

    def times(self, name: str) -> float | None:
        """Return the median of the change of a cost since then."""
