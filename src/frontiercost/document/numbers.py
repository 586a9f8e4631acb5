"""Uncertain numbers in the document."""

from typing import TYPE_CHECKING, Protocol

from frontiercost.facts import Draws

if TYPE_CHECKING:
    from frontiercost.facts import Number


class Drawn(Protocol):
    """What numbers were drawn with: an evaluation, or a comparer of paths."""

    @property
    def draws(self) -> Draws:
        """The draws behind its numbers."""


def interval(e: Drawn, number: "Number | None") -> dict[str, float | None] | None:
    """Low, median and high of a number; None where it is unknown."""
    if number is None:
        return None
    low, median, high = e.draws.summary(number)
    return {"low": low, "median": median, "high": high}
