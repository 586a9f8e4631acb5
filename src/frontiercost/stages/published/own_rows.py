"""Rows of a file of one's own, as cells by the names that they are read by."""

from collections.abc import Mapping
from pathlib import Path

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.decimal_marks import decimal_mark, with_point
from frontiercost.core.errors import InputError
from frontiercost.core.frozen import frozen
from frontiercost.core.row_table import Row, RowTable, read_table
from frontiercost.stages.published.case_reading import FAULT
from frontiercost.stages.published.cells import COLUMNS
from frontiercost.stages.published.table_kinds import (
    KINDS,
    TableKind,
    check_columns,
    kind_of,
    unread,
)

LONGEST_CELL = 10_000
"""Characters."""


@frozen
class OwnRows:
    """The stage that a file's rows test, the rows, on which line each stands, what to know."""

    stage: str
    rows: list[dict[str, str]]
    lines: Mapping[str, int]
    """By the ids of the rows: an id of its own is the row's, else the line."""
    note: str
    where: str = ""
    """The flag and the file, for errors."""


def own_rows(file: Path, stage: str | None, catalogue: Catalogue, named: str = "`runs`") -> OwnRows:
    """Read a file of one stage's rows, or of the stage that its columns are like.

    A row that cannot be read is there with what is wrong with it. Raises InputError for a file
    that is no table, or lacks the columns of its stage.
    """
    table = read_table(file, named, columns_of_all(catalogue))
    return rows_of(table, stage, catalogue, f"{named} '{file}'")


def columns_of_all(catalogue: Catalogue) -> set[str]:
    """Return every column that some kind of table has."""
    return {name for kind in KINDS for name in kind.known(catalogue)}


def rows_of(table: RowTable, stage: str | None, catalogue: Catalogue, where: str) -> OwnRows:
    """Read the rows of a table; raise InputError that says where, for one of no known kind."""
    try:
        kind = kind_of(stage, _filled(table))
        columns_known = kind.known(catalogue)
        check_columns(kind, table.columns, columns_known)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    rows = [_cells(row, table.columns, columns_known, kind) for row in table.rows]
    _write_points(rows, table.delimiter)
    lines: dict[str, int] = {}
    for row, read in zip(rows, table.rows, strict=True):
        row["id"] = _new_id(row.get("id", ""), read.line, lines)
        lines[row["id"]] = read.line
    return OwnRows(kind.stage, rows, lines, unread(table.columns, columns_known), where)


def _filled(table: RowTable) -> set[str]:
    """Columns that hold something; all of them where there is no row."""
    rows = [row.cells for row in table.rows if row.cells]
    if not rows:
        return set(table.columns)
    return {name for place, name in enumerate(table.columns) if any(cells[place] for cells in rows)}


def _cells(row: Row, columns: list[str], known: set[str], kind: TableKind) -> dict[str, str]:
    """Return the known cells of a row, or what is wrong with it."""
    if row.fault:
        return {FAULT: row.fault}
    cells = {
        column: cell.strip()
        for column, cell in zip(columns, row.cells, strict=True)
        if column in known
    }
    for column, cell in cells.items():
        if len(cell) > LONGEST_CELL:
            return {FAULT: f"column {column}: {len(cell):,} characters, more than {LONGEST_CELL:,}"}
    return kind.renamed(cells)


def _write_points(rows: list[dict[str, str]], delimiter: str) -> None:
    """Write the decimal marks of all numbers as points, or what is wrong with one into its row."""
    numbers = [(row, name, row[name]) for row in rows for name in row if name in COLUMNS]
    mark = decimal_mark((text for _, _, text in numbers), delimiter)
    for row, name, text in numbers:
        try:
            row[name] = with_point(text, mark)
        except ValueError as error:
            row.setdefault(FAULT, f"column {name}: {error}")


def _new_id(own: str, line: int, taken: Mapping[str, int]) -> str:
    """Return the id of a row, with its line where it has none or shares it."""
    if not own:
        return f"line {line}"
    return f"{own} (line {line})" if own in taken else own
