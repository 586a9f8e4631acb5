"""An answer on one screen: what is left of it where all would take more lines."""

from collections.abc import Sequence
from dataclasses import replace

from frontiercost.core.report import Cell, Report, Screen, Table
from frontiercost.render.table import LINES, on_screen, render, tables_of

FEWEST_ROWS = 3
"""Rows that a table keeps, whatever else stands beside it."""
HIGHEST_ROW = 4
"""Lines of a row of much text: fewer rows are taken away at once than would be too many."""


def shortened(report: Report, screen: Screen, *, width: int | None, colour: bool) -> str:
    """Return the first of shorter and shorter answers that fits, else the shortest.

    First points give way, then rows, then tables after the first, at last every point.
    """

    def drawn(tables: Sequence[Table], left_out: str = "") -> str:
        shown = on_screen(report, screen, tables, points, left_out)
        return render(shown, width=width, colour=colour)

    every, points = tables_of(report, screen), screen.points
    text = drawn(every)
    for name in screen.gives_way:
        if _over(text) > 0 and name in dict(points):
            points = tuple(point for point in points if point[0] != name)
            text = drawn(every)
    for count in range(len(every), 0, -1):
        tables, rows = every[:count], 0
        while (over := _over(text)) > 0 and any(map(_rows_to_spare, tables)):
            for _ in range(over // HIGHEST_ROW + 1):
                longest = max(tables, key=_rows_to_spare)
                if _rows_to_spare(longest):
                    tables = [_without_a_row(t) if t is longest else t for t in tables]
                    rows += 1
            text = drawn(tables, _left_out(len(every) - count, rows))
        if over <= 0:
            return text
        if count > 1:
            text = drawn(every[: count - 1], _left_out(len(every) - count + 1, 0))
    points = ()
    return drawn(tables, _left_out(len(every) - 1, rows))


def _over(text: str) -> int:
    return text.count("\n") - LINES


def _left_out(tables: int, rows: int) -> str:
    """Say how much of what was asked for stands in the whole answer alone."""
    counts = {"table": tables, "row": rows}
    named = [f"{n} more {what}{'s' * (n > 1)}" for what, n in counts.items() if n]
    return f"{' and '.join(named)}: --more" if named else ""


def whole(report: Report, screen: Screen) -> Report:
    """Return all of it below what a screen shows, nothing twice."""
    shown = [table.rows for table in screen.tables]
    tables = [table for table in report.tables if table.rows not in shown]
    short = tuple([note] for note in screen.notes)
    said = "\n".join(screen.notes)
    notes = [note for note in report.notes if "".join(map(str, note)) not in said]
    points = [screen.point_table] if screen.points else []
    every = (*screen.tables, *points, *tables)
    return replace(report, tables=every, notes=(*notes, *short, [screen.last]))


def _rows_to_spare(table: Table) -> int:
    return max(len(table.rows) - FEWEST_ROWS, 0)


def _without_a_row(table: Table) -> Table:
    """Return a table without its last row that is no total."""
    *rows, last = table.rows
    kept = [*rows[:-1], last] if last[0] == Cell("Total") else rows
    return replace(table, rows=tuple(kept))
