"""Cells and sentences as words: the one place where digits are formatted."""

from frontiercost.report import Cell, Sentence
from frontiercost.units import format_quantity


def cell_text(cell: Cell) -> str:
    """Return a cell as people read it: words as they are, numbers with 2 to 3 figures."""
    if cell.value is None:
        return "–"
    return cell.value if isinstance(cell.value, str) else format_quantity(cell.value, cell.unit)


def sentence_text(sentence: Sentence) -> str:
    """Return a sentence with its numbers formatted."""
    return "".join(cell_text(part) if isinstance(part, Cell) else part for part in sentence)
