"""Charts of bars: each under its name and beside its number, so that a narrow page holds them."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from frontiercost.core.report import Cell, Table
from frontiercost.render.scale import Scale, scale_of
from frontiercost.render.shapes import (
    LEFT,
    LETTER,
    RIGHT,
    WIDTH,
    Shapes,
    box,
    chart_of,
    line,
    lines_of,
    mark_words,
    name_of,
    number,
    scale,
    text,
    unit_of,
)
from frontiercost.render.words import cell_text

ROW, BELOW, BAR, FOOT = 34.0, 17.0, 10.0, 22.0
"""Of a row, of the words above a bar, of the bar, of the words of the axis."""

Row = Sequence[Cell]


def bars(table: Table, top: float) -> tuple[float, Shapes]:
    """Return bars from zero, with their interval as a line."""
    chart = chart_of(table)
    column = chart.values[0]
    axis = scale(table, [column, *chart.ends])
    shapes = _frame(table, axis, top)
    for y, row in _rows(table, top):
        shapes += _words(row, cell_text(row[column]), y)
        if (value := number(row[column])) is not None:
            shapes.append(_bar(axis, axis.least, value, y, _kind(row)))
        shapes += _interval(axis, [number(row[end]) for end in chart.ends], y)
    return _bottom(table, top) + FOOT, shapes


def ranges(table: Table, top: float) -> tuple[float, Shapes]:
    """Return bars from one number to another: what an answer becomes at the ends of an input."""
    columns = chart_of(table).ends
    axis = scale(table, columns, zero=False)
    shapes = _frame(table, axis, top)
    for y, row in _rows(table, top):
        ends = sorted(end for c in columns if (end := number(row[c])) is not None)
        shapes += _words(row, " to ".join(cell_text(row[c]) for c in columns), y)
        if ends:
            shapes.append(_bar(axis, ends[0], ends[-1], y, "bar"))
    return _bottom(table, top) + FOOT, shapes


def waterfall(table: Table, top: float) -> tuple[float, Shapes]:
    """Return parts that each begin where the last one ended, and their sum, the last row."""
    column = chart_of(table).values[0]
    rows = list(_rows(table, top))
    places = list(accumulate((number(row[column]) or 0.0 for _, row in rows[:-1]), initial=0.0))
    axis = scale_of(places, logarithmic=False)
    shapes = _frame(table, axis, top)
    spans = [*pairwise(places), (0.0, places[-1])]
    for (y, row), (start, end) in zip(rows, spans, strict=False):
        shapes += _words(row, cell_text(row[column]), y)
        kind = "sum" if row is rows[-1][1] else "bar"
        shapes.append(_bar(axis, min(start, end), max(start, end), y, kind))
    return _bottom(table, top) + FOOT, shapes


def _drawn_rows(table: Table) -> list[Row]:
    return [row for row in table.rows if not cell_text(row[0]).startswith(" ")]


def _rows(table: Table, top: float) -> Iterator[tuple[float, Row]]:
    for place, row in enumerate(_drawn_rows(table)):
        yield top + ROW * place, row


def _bottom(table: Table, top: float) -> float:
    return top + ROW * len(_drawn_rows(table))


def _kind(row: Row) -> str:
    return "sum" if row[0].value == "Total" else "bar"


def _words(row: Row, value: str, y: float) -> Shapes:
    first, *more = lines_of(name_of(row), RIGHT - LEFT - LETTER * (len(value) + 5))
    name = f"{first} …" if more else first  # the table has it whole
    return [text(LEFT, y + 12, name), text(RIGHT, y + 12, value, anchor="end")]


def _bar(axis: Scale, start: float, end: float, y: float, kind: str) -> str:
    left = _along(axis, start)
    return box(kind, left, y + BELOW, max(_along(axis, end) - left, 1.0), BAR)


def _interval(axis: Scale, ends: Sequence[float | None], y: float) -> Shapes:
    places = [_along(axis, end) for end in ends if end is not None]
    if len(places) < 2:
        return []
    middle = y + BELOW + BAR / 2
    ticks = [line("interval", place, middle - 4, place, middle + 4) for place in places]
    return [line("interval", places[0], middle, places[-1], middle), *ticks]


def _frame(table: Table, axis: Scale, top: float) -> Shapes:
    """Return the lines that bars are read off by, with what they stand for below them."""
    chart, bottom = chart_of(table), _bottom(table, top)
    unit = unit_of(table, [*chart.values, *chart.ends])
    shapes = []
    for mark in axis.marks():
        x = _along(axis, mark)
        anchor = "start" if x < LEFT + 20 else "end" if x > RIGHT - 20 else "middle"
        shapes.append(line("grid", x, top, x, bottom))
        shapes.append(text(x, bottom + 14, mark_words(mark, unit), "small", anchor))
    return [*shapes, *_compared(table, axis, top)]


def _compared(table: Table, axis: Scale, top: float) -> Shapes:
    """Return what each bar is compared with: a stroke across it, named above the first."""
    chart = chart_of(table)
    value = number(chart.mark) if chart.mark else None
    if value is None:
        return []
    x = _along(axis, value)
    anchor = "end" if x > WIDTH / 2 else "start"
    strokes = [line("mark", x, y + BELOW - 3, x, y + BELOW + BAR + 3) for y, _ in _rows(table, top)]
    return [*strokes, text(x, top - 2, f"┆ {chart.mark_label}", "small", anchor)]


def _along(axis: Scale, value: float) -> float:
    return LEFT + (RIGHT - LEFT) * axis.place(value)
