"""Cells and sentences as words: the one place where digits and controls are dealt with."""

import math
import re

from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Sentence

DIGITS = 6
PICTURES = 0x2400  # where Unicode has a visible picture of each control character
DELETE = 0x7F
# what moves a cursor, reorders or hides text, or XML and UTF-8 cannot hold; a newline stays
HIDDEN = (
    "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufff9-\ufffc\ufffe\uffff\U000e0000-\U000e007f"
)
_CONTROL = re.compile(f"[\x00-\x09\x0b-\x1f{HIDDEN}]")
# where `::error` (GitHub; at the start of a line, and lines wrap) or `##[`, `##vso[` would command
_COMMAND = re.compile(r"(?<=:)(?=:)|(?<=#)(?=#+(?:vso)?\[)", re.IGNORECASE)


def inert(text: str) -> str:
    """Return a text that commands neither a terminal nor a CI runner, with nothing hidden."""
    return _COMMAND.sub(" ", _CONTROL.sub(_picture, text))


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < ord(" "):
        return chr(PICTURES + code)
    return "␡" if code == DELETE else "�"


def cell_text(cell: Cell) -> str:
    """Return a cell as people read it: words as they are, numbers with 2 to 3 figures."""
    if cell.value is None:
        return "–"
    if isinstance(cell.value, str):
        return inert(cell.value)
    return format_quantity(cell.value, cell.unit)


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
