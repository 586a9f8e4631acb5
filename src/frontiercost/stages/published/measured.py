"""One's own measured rows, from a file or from a scenario's own facts."""

from pathlib import Path

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.row_table import parse_table, read_table
from frontiercost.scenario.scenario import Scenario
from frontiercost.stages.published.own_rows import OwnRows, columns_of_all, rows_of

INLINE = "measured.csv"


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
