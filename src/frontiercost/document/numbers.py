"""Uncertain numbers in the document."""

from typing import TYPE_CHECKING

from frontiercost.evaluation import Evaluation

if TYPE_CHECKING:
    from frontiercost.facts import Number


def interval(e: Evaluation, number: "Number | None") -> dict[str, float | None] | None:
    """Low, median and high of a number; None where it is unknown."""
    if number is None:
        return None
    low, median, high = e.draws.summary(number)
    return {"low": low, "median": median, "high": high}
