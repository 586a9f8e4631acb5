"""What a command answers, as cells and sentences: the only thing that renderers know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cell:
    """A number with its unit, or a word; `tone` is a verdict word that a renderer may colour."""

    value: float | str | None
    unit: str = ""
    tone: str = ""


Sentence = Sequence[str | Cell]


@dataclass(frozen=True)
class Table:
    """Rows of cells under column titles: the first `texts` columns hold words, the rest numbers.

    `wraps` names the columns of words that may break over lines where space is short.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    texts: int = 1
    wraps: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Report:
    """One sentence that answers, tables, notes, and the same as a document."""

    headline: Sentence
    tables: tuple[Table, ...]
    notes: tuple[Sentence, ...]
    document: Mapping[str, Any]
