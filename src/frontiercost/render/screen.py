"""An answer on one screen: what is left of it where all would take more lines.

What was asked for by name comes first, in that order; what else there is to say has the room that
is left.
"""

from collections.abc import Sequence
from dataclasses import replace

from frontiercost.core.report import Cell, Report, Screen, Table
from frontiercost.render.table import LINES, on_screen, render, tables_of

FEWEST_ROWS = 3
"""Rows of a table below which it is left out; the first keeps so many whatever they take."""
HIGHEST_ROW = 4
"""Lines of a row of much text: fewer rows are taken away at once than would be too many."""

Points = tuple[tuple[str, str], ...]


def shortened(report: Report, screen: Screen, *, width: int | None, colour: bool) -> str:
    """Return as much of a screen as fits: of its tables the first rows, then of its points."""
    every = tables_of(report, screen)

    def drawn(tables: Sequence[Table], points: Points = ()) -> str:
        left_out = _left_out(every, tables)
        shown = on_screen(report, screen, tables, points, left_out)
        return render(shown, width=width, colour=colour)

    tables: list[Table] = []
    for table in every:
        kept = table
        while (over := _over(drawn([*tables, kept]))) > 0 and len(kept.rows) > FEWEST_ROWS:
            kept = _without(kept, min(over // HIGHEST_ROW + 1, len(kept.rows) - FEWEST_ROWS))
        if over > 0 and tables:
            break
        tables.append(kept)
    points: Points = ()
    for name in _by_weight(screen):
        for each in dict.fromkeys(point for point in screen.points if point[0] == name):
            more = tuple(point for point in screen.points if point == each or point in points)
            points = more if _over(drawn(tables, more)) <= 0 else points
    return drawn(tables, points)


def whole(report: Report, screen: Screen) -> Report:
    """Return all of it below what a screen shows, nothing twice."""
    shown = [table.rows for table in screen.tables]
    tables = [table for table in report.tables if table.rows not in shown]
    short = tuple([note] for note in screen.notes)
    points_said = (f"{name} {words}" for name, words in screen.points)
    said = "\n".join((*screen.notes, *points_said))
    notes = [note for note in report.notes if "".join(map(str, note)) not in said]
    points = [screen.point_table] if screen.points else []
    every = (*screen.tables, *points, *tables)
    last = ([screen.last],) if screen.last else ()
    return replace(report, tables=every, notes=(*notes, *short, *last))


def _over(text: str) -> int:
    return text.count("\n") - LINES


def _by_weight(screen: Screen) -> list[str]:
    """Return the names of points, what must be said first, what gives way last."""
    names = [name for name, _ in screen.points]
    light = [name for name in reversed(screen.gives_way) if name in names]
    rest = [name for name in names if name not in light]
    return [*rest[-2:], *rest[:-2], *light]


def _left_out(every: Sequence[Table], shown: Sequence[Table]) -> str:
    """Say how much of what was asked for stands in the whole answer alone."""
    rows = sum(len(a.rows) - len(b.rows) for a, b in zip(every, shown, strict=False))
    counts = {"table": len(every) - len(shown), "row": rows}
    named = [f"{n} more {what}{'s' * (n > 1)}" for what, n in counts.items() if n]
    return f"{' and '.join(named)}: --more" if named else ""


def _without(table: Table, count: int) -> Table:
    """Return a table without so many of its last rows that are no total."""
    *rows, last = table.rows
    total = [last] if last[0] == Cell("Total") else []
    rows = rows if total else [*rows, last]
    return replace(table, rows=(*rows[: len(rows) - count], *total))
