"""One's own measured rows, from a file or from a scenario's own facts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError
from frontiercost.core.row_table import parse_table, read_table
from frontiercost.scenario.scenario import Scenario
from frontiercost.stages.published.cells import Cells
from frontiercost.stages.published.own_rows import OwnRows, columns_of_all, rows_of

INLINE = "measured.csv"
Reader = Callable[[Sequence[Cells], Catalogue], tuple[Sequence[Any], Mapping[str, str]]]
"""Turns rows into cases, and says by id why each other row is none."""


def measured_tables(scenario: Scenario, catalogue: Catalogue) -> list[OwnRows]:
    """Return the tables of measured rows that a scenario names or holds.

    Raises InputError for what is no table of steps or runs.
    """
    columns = columns_of_all(catalogue)
    tables = []
    if path := scenario.text("measured"):
        tables.append((read_table(Path(path), "`measured`", columns), f"`measured` '{path}'"))
    if INLINE in catalogue.files:
        text = catalogue.files[INLINE]
        tables.append((parse_table(text, "own.measured", columns), "own.measured"))
    return [rows_of(table, None, catalogue, where) for table, where in tables]


def measured_cases(
    tables: Iterable[OwnRows], readers: Mapping[str, Reader], of: str, catalogue: Catalogue
) -> Iterator[tuple[str, Sequence[Any], int]]:
    """Yield for each table the stage of its rows, its cases, and how many rows are none.

    Raises InputError for tables of stages that `of` is not told by, and where no row can be read.
    """
    for table in tables:
        if table.stage not in readers:
            raise InputError(f"`measured`: its columns are those of {table.stage}, not of {of}")
        read, skipped = readers[table.stage](table.rows, catalogue)
        if skipped and not read:
            raise InputError(f"`measured`: no row can be read: {next(iter(skipped.values()))}")
        yield table.stage, read, len(skipped)
