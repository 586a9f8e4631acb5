"""What an import changes: its rows set beside those of the catalogue, and what is new of them.

Nothing is overwritten: rows are added. Each table has its own rule of what then holds.
"""

from typing import NamedTuple

from frontiercost.core.frozen import frozen
from frontiercost.upstream.reading import Row

SAME = 0.005
"""Relative difference below which two figures say the same, rounded otherwise."""


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


class New(NamedTuple):
    """An entry that the catalogue does not have, and what is known of it."""

    name: str
    label: str
    date: str
    known: str


@frozen
class Renewal:
    """What is new, changed and withdrawn, and the rows that say so."""

    new: list[New]
    changed: list[Change]
    withdrawn: list[Change]
    rows: list[Row]


def same(before: float | None, now: float | None) -> bool:
    """Whether two figures say the same; none is no figure."""
    if before is None or now is None:
        return before is now
    return abs(before - now) <= SAME * max(abs(before), abs(now))
