"""What an import changes: its rows set beside those of the catalogue, and what is new of them.

Nothing is overwritten: rows are added. Each table has its own rule of what then holds.
"""

from dataclasses import field
from typing import NamedTuple

from frontiercost.core.frozen import frozen
from frontiercost.upstream.reading import Row

SAME = 0.005
"""Relative difference below which two figures say the same, rounded otherwise."""


FAR = 1.5
"""Factor beyond which an answer that moves with a figure is another one."""


class Change(NamedTuple):
    """A figure that differs: what the catalogue has, what the file has, and which now holds."""

    name: str
    figure: str
    unit: str
    before: float | None
    now: float | None
    holds: str
    """`file` or `catalogue`."""
    why: str

    @property
    def factor(self) -> float | None:
        """The new figure over the old one; None where there is only one, or the old is nothing."""
        return self.now / self.before if self.before and self.now is not None else None

    @property
    def is_far(self) -> bool:
        """Whether the figures lie further apart than rounding or another source explains."""
        return self.factor is not None and not 1 / FAR <= self.factor <= FAR


class New(NamedTuple):
    """An entry that the catalogue does not have, and what is known of it."""

    name: str
    label: str
    date: str
    known: str


@frozen
class Renewal:
    """What is new, differs and is gone, and the rows that say so."""

    new: list[New] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    """Figures that differ, whichever holds."""
    withdrawn: list[Change] = field(default_factory=list)
    """Figures that the publisher no longer gives of what its file still has."""
    absent: list[Change] = field(default_factory=list)
    """Figures of what the file does not have at all: withdrawn, renamed, or of another table."""
    rows: list[Row] = field(default_factory=list)


def same(before: float | None, now: float | None) -> bool:
    """Whether two figures say the same; none is no figure."""
    if before is None or now is None:
        return before is now
    return abs(before - now) <= SAME * max(abs(before), abs(now))
