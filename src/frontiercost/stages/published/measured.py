"""One's own measured rows, from a file or from a scenario's own facts, and those on one chip."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.frozen import frozen
from frontiercost.core.row_table import parse_table, read_table
from frontiercost.scenario.scenario import Scenario
from frontiercost.stages.published.cells import Cells
from frontiercost.stages.published.own_rows import OwnRows, columns_of_all, own_rows, rows_of

INLINE = "measured.csv"
NAMED = "`measured`"
Reader = Callable[[Sequence[Cells], Catalogue], tuple[Sequence[Any], Mapping[str, str]]]
"""Turns rows into cases; also says why each other row was left out."""


@frozen
class MeasuredCases:
    """Cases of one's own rows by the stage that they test, and how many rows say nothing here."""

    by_stage: Mapping[str, Sequence[Any]]
    passed_over: int = 0
    fault: str = ""
    """What is wrong with the first row that could not be read."""

    def on(self, chip: Chip) -> "MeasuredCases":
        """Return those on a chip; the others are passed over."""
        return self.where(lambda case: case.chip.name == chip.name)

    def where(self, says: Callable[[Any], bool]) -> "MeasuredCases":
        """Return those that say something here; the others are passed over."""
        there = {stage: [*filter(says, cases)] for stage, cases in self.by_stage.items()}
        left = self.passed_over + self.rows - sum(map(len, there.values()))
        return MeasuredCases(there, left, self.fault)

    @property
    def rows(self) -> int:
        """How many rows speak."""
        return sum(map(len, self.by_stage.values()))


def measured_tables(scenario: Scenario, catalogue: Catalogue) -> list[OwnRows]:
    """Return the tables of measured rows that a scenario names or holds.

    Raises InputError for what is no table of published results.
    """
    columns = columns_of_all(catalogue)
    tables = []
    if path := scenario.text("measured"):
        tables.append((read_table(Path(path), NAMED, columns), f"{NAMED} '{path}'"))
    if INLINE in catalogue.files:
        text = catalogue.files[INLINE]
        tables.append((parse_table(text, "own.measured", columns), "own.measured"))
    return [rows_of(table, None, catalogue, where) for table, where in tables]


def measured_file(file: Path, catalogue: Catalogue) -> OwnRows:
    """Return the table of measured rows in a file."""
    return own_rows(file, None, catalogue, NAMED)


def measured_cases(
    tables: Iterable[OwnRows], readers: Mapping[str, Reader], what: str, catalogue: Catalogue
) -> MeasuredCases:
    """Return the cases of tables, each read by the reader of its stage.

    Raises InputError where no row of a table can be read, and for tables of other stages than
    those that speak of `what`.
    """
    by_stage: dict[str, list[Any]] = {stage: [] for stage in readers}
    passed_over, faults = 0, list[str]()
    for table in tables:
        if table.stage not in readers:
            raise InputError(f"{NAMED}: its columns are those of {table.stage}, not of {what}")
        read, skipped = readers[table.stage](table.rows, catalogue)
        faults += [f"line {table.lines[id]}: {reason}" for id, reason in skipped.items()]
        if skipped and not read:
            raise InputError(f"{table.where or NAMED}: no row can be read: {faults[-len(skipped)]}")
        by_stage[table.stage] += read
        passed_over += len(skipped)
    return MeasuredCases(by_stage, passed_over, next(iter(faults), ""))


def said_of(measured: MeasuredCases, chip: Chip, what: str) -> str:
    """Say how many measured rows were used, and how many were not.  Source: definition."""
    others = f"; {measured.passed_over} others are not used" if measured.passed_over else ""
    others += f" ({measured.fault})" if measured.fault else ""
    return f"measured rows on {chip.name} that are read for {what}: {measured.rows}{others}"
