"""Words and cells that every answer shares."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from frontiercost.document.numbers import Drawn
from frontiercost.evaluation import Evaluation
from frontiercost.facts import Interval
from frontiercost.report import Cell, Sentence

if TYPE_CHECKING:
    from frontiercost.facts import Number

ALMOST = 0.5
ABLE = ("yes", "likely")
BASIS_WORDS = {"rent": "rented", "amortised": "amortised", "own": "owned", "buy": "bought"}
PROGRAMME_WORDS = {
    "follower": "whole programme of a follower",
    "explorer": "whole programme of an explorer",
    "final-run": "final run only",
    "serving": "a year of serving",
    "preparation": "without training",
}


def capitalised(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def how(e: Evaluation) -> str:
    """Basis, programme and date, in words."""
    basis, programme = BASIS_WORDS[e.terms.basis], PROGRAMME_WORDS[e.terms.programme]
    return f"{basis}, {programme}, prices of {e.terms.date}"


def money(e: Evaluation, number: "Number", unit: str = "USD") -> Sentence:
    """A sum with its interval."""
    interval = e.draws.summary(number)
    return [Cell(interval.median, unit), *range_of(interval, unit)]


def range_of(interval: Interval, unit: str) -> Sentence:
    """The interval in brackets; nothing where there is none."""
    if interval.low is None or interval.low == interval.high:
        return []
    return [" (90 %: ", Cell(interval.low, unit), " to ", Cell(interval.high, unit), ")"]


def per_cent(probability: float) -> str:
    """A probability in whole per cent that claims neither never nor always."""
    percent = 100 * probability
    certain = "<1" if percent < ALMOST else ">99" if percent > 100 - ALMOST else f"{percent:.0f}"
    return f"{certain}%"


def interval_cells(e: Drawn, number: "Number", unit: str) -> tuple[Cell, Cell, Cell]:
    """Low, median and high as cells."""
    low, median, high = e.draws.summary(number)
    return Cell(low, unit), Cell(median, unit), Cell(high, unit)


def plain(notes: Iterable[Sentence]) -> list[str]:
    """Notes as plain texts."""
    return ["".join(str(part) for part in note) for note in notes]
