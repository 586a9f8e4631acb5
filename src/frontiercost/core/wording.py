"""Words, cells and JSON numbers that every answer shares."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

from frontiercost.core.facts import Draws, Interval
from frontiercost.core.report import Cell, Chart, Sentence

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

ALMOST = 0.5
CARRIED = 2
"""Significant figures that draws carry: other seeds move the third."""
SHORT = 2
"""Significant figures of a cost in a table that has to fit a screen."""
ABLE = ("yes", "likely")
NEAR_ONE = 0.5
TENTH = 0.1
INTERVAL_BARS = Chart(kind="bars", values=(2,), low=1, high=3)
"""How a table is drawn whose rows are a name and `interval_cells`."""


class Drawn(Protocol):
    """What numbers were drawn with: an evaluation, or a comparer of paths."""

    @property
    def draws(self) -> Draws:
        """The draws behind its numbers."""


def capitalised(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words as a list: one, two and three."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def first_of(names: Sequence[str], width: int) -> str:
    """The first of many names, one or what so many columns hold, and how many are left."""
    ends = accumulate(len(name) + len(", ") for name in names)
    fit = sum(end < width for end in ends)
    shown = names[: max(fit, 1)]
    left = len(names) - len(shown)
    return ", ".join([*shown, *([f"{left} more"] if left else [])])


def money(e: Drawn, number: "Number", unit: str = "USD") -> Sentence:
    """A sum with its interval."""
    interval = e.draws.summary(number)
    return [Cell(interval.median, unit, figures=figures_of(interval)), *range_of(interval, unit)]


def range_of(interval: Interval, unit: str) -> Sentence:
    """The interval in brackets; nothing where there is none."""
    if interval.low is None or interval.low == interval.high:
        return []
    low, high = (Cell(end, unit, figures=CARRIED) for end in (interval.low, interval.high))
    return [" (90%: ", low, " to ", high, ")"]


def figures_of(interval: Interval) -> int:
    """Significant figures that a number has: those that draws carry; of a sure one, the usual."""
    return 0 if interval.low is None or interval.low == interval.high else CARRIED


def per_cent(probability: float) -> str:
    """A probability in whole per cent that claims neither never nor always."""
    percent = 100 * probability
    certain = "<1" if percent < ALMOST else ">99" if percent > 100 - ALMOST else f"{percent:.0f}"
    return f"{certain}%"


def months_words(months: Interval | None, *, ends: bool = True, unit: str = " months") -> str:
    """Months behind, with their interval where that is wanted; unmeasured where nobody can tell."""
    if months is None:
        return "-"
    low, median, high = months
    if not ends or low is None or high is None or round(low) == round(high):
        return f"{median:.0f}{unit}"
    return f"{median:.0f}{unit} ({low:.0f}-{high:.0f})"


def ratio_cell(ratio: float | None) -> Cell:
    """A ratio in as many figures as draws carry; near one in those that tell it from that."""
    near_one = ratio is not None and NEAR_ONE <= ratio < 1 / NEAR_ONE
    return Cell(ratio, "x", figures=0 if near_one else CARRIED)


def drawn_cell(e: Drawn, number: "Number", unit: str) -> Cell:
    """The median of a number as a cell, in as many figures as draws carry."""
    interval = e.draws.summary(number)
    return Cell(interval.median, unit, figures=figures_of(interval))


def interval_cells(e: Drawn, number: "Number", unit: str) -> tuple[Cell, Cell, Cell]:
    """Low, median and high as cells."""
    interval = e.draws.summary(number)
    low, median, high = (Cell(end, unit, figures=figures_of(interval)) for end in interval)
    return low, median, high


def share_cell(share: float | None) -> Cell:
    """A share in as many figures as draws carry of it: a small one in one."""
    is_small = share is not None and abs(share) < TENTH
    return Cell(share, "%", figures=1 if is_small else CARRIED)


def plain(notes: Iterable[Sentence]) -> list[str]:
    """Notes as plain texts."""
    return ["".join(str(part) for part in note) for note in notes]


def interval(e: Drawn, number: "Number | None") -> dict[str, float | None] | None:
    """Low, median and high of a number; None where it is unknown."""
    if number is None:
        return None
    low, median, high = e.draws.summary(number)
    return {"low": low, "median": median, "high": high}
