"""CSV for spreadsheets and scripts: one line per cell, numbers in their base unit (RFC 4180)."""

import csv
from collections.abc import Iterator
from io import StringIO

from frontiercost.core.report import Cell, Report, Table
from frontiercost.core.safe_text import FORMULA, inert
from frontiercost.render.words import cell_text, plain_number, sentence_text

HEADER = ("table", "row", "label", "column", "value", "unit")
ANSWER = "Answer"
UNITS = {"%": "fraction", "x": "ratio"}
"""Base units whose sign would suggest that the number is a percentage."""


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return a header and one line per cell; width and colour do not matter.

    The row number holds cells of one row together; an unknown value is empty.
    """
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerow((ANSWER, 1, "headline", "", _text(sentence_text(report.headline)), ""))
    for table in (*report.tables, *report.further):
        writer.writerows(_lines(table))
    for number, note in enumerate(report.notes, start=2):
        writer.writerow((ANSWER, number, "note", "", _text(sentence_text(note)), ""))
    return file.getvalue()


def _lines(table: Table) -> Iterator[tuple[object, ...]]:
    """Yield the cells of a table; the first of a row is its label, and a line too if a number."""
    title = _text(inert(table.title))
    columns = [_text(inert(name)) for name in table.columns]
    for number, row in enumerate(table.rows, start=1):
        label = _value(row[0])
        first = 1 if isinstance(row[0].value, str) else 0
        for column, cell in list(zip(columns, row, strict=True))[first:]:
            yield title, number, label, column, _value(cell), UNITS.get(cell.unit, cell.unit)


def _value(cell: Cell) -> object:
    if cell.value is None or isinstance(cell.value, str):
        return _text(cell_text(cell)) if cell.value else ""
    return plain_number(cell.value)


def _text(text: str) -> str:
    """Return a text on one line, marked as text where a spreadsheet would compute it."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(FORMULA) else line
