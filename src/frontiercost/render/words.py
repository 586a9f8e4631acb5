"""Cells and sentences as words: the one place where digits and controls are dealt with."""

import math

from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Sentence
from frontiercost.core.safe_text import inert

DIGITS = 6


def cell_text(cell: Cell) -> str:
    """Return a cell as people read it: words as they are, numbers with 2 to 3 figures."""
    if cell.value is None:
        return "–"
    if isinstance(cell.value, str):
        return inert(cell.value)
    return format_quantity(cell.value, cell.unit, cell.figures)


def sentence_text(sentence: Sentence) -> str:
    """Return a sentence with its numbers formatted, on one line."""
    parts = (cell_text(part) if isinstance(part, Cell) else part for part in sentence)
    return inert("".join(parts)).replace("\n", " ")


def plain_number(value: float) -> float | int | None:
    """Return a number for machines: 6 significant digits, whole ones without a point, never NaN."""
    if not math.isfinite(value):
        return None
    rounded = float(f"{value:.{DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded
