"""Tables of rows as people save them: by commas, semicolons or tabs, quoted, with any line ends.

A row that cannot be read keeps its line and the reason, and costs no other row. No row is looked
for in more than a few lines, so that reading takes time in proportion to the bytes, whatever they
are.
"""

import csv
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from frontiercost.core.errors import InputError
from frontiercost.core.frozen import frozen
from frontiercost.core.safe_files import read_bytes

LARGEST_TABLE = 16 * 2**20
"""Bytes."""
MOST_ROWS = 10_000
MOST_LINES = 50
"""Of one row: its quotes may hold line ends."""
DELIMITERS = (",", ";", "\t", "|")
_SAID = re.compile(r"sep=([,;\t|])")
"""What a spreadsheet may write above the header."""
SHOWN = 40
"""Characters of a name that an error repeats."""


class Row(NamedTuple):
    """The cells of a row, or what is wrong with it, and the line on which it begins."""

    line: int
    cells: list[str]
    fault: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether it says nothing."""
        return not self.fault and not any(map(str.strip, self.cells))


@frozen
class RowTable:
    """Columns, in lower case and with underscores for spaces; rows; and what parts their cells."""

    columns: list[str]
    rows: list[Row]
    delimiter: str


def read_table(
    path: Path, what: str, columns: Collection[str], most_lines: int = MOST_LINES
) -> RowTable:
    """Return the rows of a file; cells are parted by what finds the most known columns.

    Raises InputError for what is no table at all.
    """
    raw = read_bytes(path, what, LARGEST_TABLE, stdin=True)
    try:
        return _table(_decoded(raw), columns, most_lines)
    except ValueError as error:
        raise InputError(f"{what} '{path}': {error}") from None


def parse_table(text: str, what: str, columns: Collection[str]) -> RowTable:
    """Return the rows of a text; raises InputError for what is no table at all."""
    try:
        return _table(text, columns, MOST_LINES)
    except ValueError as error:
        raise InputError(f"{what}: {error}") from None


def _decoded(raw: bytes) -> str:
    raw = raw.removeprefix(BOM_UTF8)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        at = f"byte {error.start} (0x{raw[error.start]:02x}), line {line}"
        raise ValueError(f"not UTF-8 at {at}; save it as CSV in UTF-8") from None


def _table(text: str, columns: Collection[str], most_lines: int) -> RowTable:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    separator = _SAID.fullmatch(lines[0])
    start = next((n for n in range(bool(separator), len(lines)) if lines[n].strip()), None)
    if start is None:
        raise ValueError("empty")
    headers = [
        (delimiter, *_row(lines, start, delimiter, most_lines))
        for delimiter in (separator[1] if separator else DELIMITERS)
    ]
    delimiter, header, start = max(headers, key=lambda h: _fitness(h[1], columns))
    if header.fault:
        raise ValueError(f"line {header.line}: {header.fault}")
    _refuse_duplicates(header)
    rows = _rows(lines, start, delimiter, len(header.cells), most_lines)
    return RowTable(_names(header), rows, delimiter)


def _fitness(header: Row, columns: Collection[str]) -> tuple[int, int]:
    names = _names(header)
    return len({*names} & {*columns}), len(names)


def _names(header: Row) -> list[str]:
    return [re.sub(r"[\s-]+", "_", name.strip().lower()) for name in header.cells]


def _refuse_duplicates(header: Row) -> None:
    twice = [name for name, count in Counter(_names(header)).items() if name and count > 1]
    if twice:
        column = twice[0][:SHOWN]
        raise ValueError(f"line {header.line}: two columns are called {column}; rename or drop one")


def _rows(lines: list[str], start: int, delimiter: str, width: int, most_lines: int) -> list[Row]:
    """Return the rows below the header that say anything."""
    rows: list[Row] = []
    while start < len(lines):
        row, start = _row(lines, start, delimiter, most_lines)
        if not row.is_blank:
            rows.append(_of_width(row, width, delimiter))
        if len(rows) > MOST_ROWS:
            raise ValueError(f"more than {MOST_ROWS:,} rows; split it")
    return rows


def _row(lines: list[str], start: int, delimiter: str, most_lines: int) -> tuple[Row, int]:
    """Return the row that begins on a line, and where the next one does; the next line if faulty.

    Only a line with quotes takes a reader of quotes.
    """
    line = lines[start]
    if "\0" in line:
        return Row(start + 1, [], "a zero byte, which no text holds"), start + 1
    if '"' not in line:
        return Row(start + 1, line.split(delimiter)), start + 1
    few = [f"{line}\n" for line in lines[start : start + most_lines]]
    reader = csv.reader(few, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        return Row(start + 1, next(reader)), start + reader.line_num
    except csv.Error as error:
        return Row(start + 1, [], f"its quotes do not match ({error})"), start + 1


def _of_width(row: Row, width: int, delimiter: str) -> Row:
    """Return a row with a cell for each column, or with what is wrong; blank cells beyond go."""
    if row.fault or (len(row.cells) >= width and not any(map(str.strip, row.cells[width:]))):
        return row._replace(cells=row.cells[:width])
    advice = f"; quote a cell that holds '{delimiter}'" if len(row.cells) > width else ""
    return Row(row.line, [], f"{len(row.cells)} cells where the header has {width}{advice}")
