"""Charts of two directions: curves, points, and maps of heat."""

from collections.abc import Iterable, Iterator, Sequence

from frontiercost.core.report import Cell, Table
from frontiercost.render.scale import scale_of
from frontiercost.render.shapes import (
    LEFT,
    LETTER,
    RIGHT,
    WIDTH,
    Shapes,
    box,
    chart_of,
    dot,
    line,
    lines_of,
    mark_words,
    name_of,
    number,
    path,
    scale,
    text,
    unit_of,
)
from frontiercost.render.words import cell_text

PLOT = 200.0
"""Height of curves and points."""
MARGIN = 62.0
"""Left of the words of a vertical axis."""
INSET = 12.0
LINE = 14.0
COLOURS = ("#1b5e9e", "#c4550d", "#2e7d32", "#7b3fa0", "#8a6d00")
WIDE = 50.0
"""Above which ratio of the ends an axis across counts powers of ten."""
MOST_NAMES = 12
NAMES = 150.0
"""Width of the names of a heat map."""


# --- curves and points --------------------------------------------------------------------------


def curve(table: Table, top: float) -> tuple[float, Shapes]:
    """Return a line for each column of values, with the band of an interval."""
    plot, chart = Plot(table, top), chart_of(table)
    shapes = plot.frame()
    if chart.low is not None and chart.high is not None:
        around = [*plot.points(chart.high), *reversed(plot.points(chart.low))]
        shapes.append(path(COLOURS[0], around, closed=True))
    for column, colour in zip(chart.values, COLOURS, strict=False):
        points = plot.points(column)
        shapes.append(path(colour, points))
        shapes += [dot(x, y, colour) for x, y in points]
    names = plot.legend()
    return plot.bottom + 34 + LINE * len(names) / 2, [*shapes, *names]


def scatter(table: Table, top: float) -> tuple[float, Shapes]:
    """Return a point for each row, beside its name where there are few."""
    plot, chart = Plot(table, top), chart_of(table)
    points = plot.points(chart.values[0])
    shapes = [*plot.frame(), *(dot(x, y, COLOURS[0], 4) for x, y in points)]
    if chart.across and len(points) <= MOST_NAMES:
        for (x, y), name in zip(points, plot.names(chart.values[0]), strict=True):
            anchor = "end" if x > WIDTH / 2 else "start"
            shapes.append(text(x + (-7 if anchor == "end" else 7), y + 4, name, "small", anchor))
    return plot.bottom + 30, shapes


class Plot:
    """The frame of curves and points: numbers across, numbers upward."""

    def __init__(self, table: Table, top: float) -> None:
        self._table, self._chart, self._top = table, chart_of(table), top + 4
        self.bottom = self._top + PLOT
        self._upward = scale(table, [*self._chart.values, *self._chart.ends])
        places = [number(row[self._chart.across]) for row in table.rows]
        known = [place for place in places if place is not None]
        wide = bool(known) and min(known) > 0 and max(known) / min(known) > WIDE
        self._across = scale_of(places, logarithmic=wide, zero=False)

    def points(self, column: int) -> list[tuple[float, float]]:
        """Return the places of a column's numbers; what is unknown has none."""
        return [(self._x(x), self._y(y)) for x, y, _ in self._known(column)]

    def names(self, column: int) -> list[str]:
        """Return the names of the rows that have a place."""
        return [name for _, _, name in self._known(column)]

    def _known(self, column: int) -> Iterator[tuple[float, float, str]]:
        for row in self._table.rows:
            x, y = number(row[self._chart.across]), number(row[column])
            if x is not None and y is not None:
                yield x, y, name_of(row)

    def frame(self) -> Shapes:
        """Return axes, their marks, and what they count."""
        shapes = []
        unit = unit_of(self._table, self._chart.values)
        for mark in self._upward.marks():
            y = self._y(mark)
            shapes.append(line("grid", MARGIN, y, RIGHT, y))
            shapes.append(text(MARGIN - 4, y + 4, mark_words(mark, unit), "small", "end"))
        shapes.append(line("axis", MARGIN, self.bottom, RIGHT, self.bottom))
        if len(self._chart.values) == 1:
            name = self._table.columns[self._chart.values[0]]
            shapes.append(text(LEFT, self._top - 8, name, "small"))
        return [*shapes, *self._below()]

    def _below(self) -> Iterable[str]:
        """Yield the marks across that have room, and what they count."""
        last = 0.0
        for value, words in sorted(self._marks_across()):
            half = LETTER * len(words) / 2
            place = min(self._x(value), RIGHT - half)
            if place - half > last + LETTER or not last:
                last = place + half
                yield text(place, self.bottom + 14, words, "small", "middle")
        name = self._table.columns[self._chart.across]
        yield text(RIGHT, self.bottom + 27, name, "small", "end")

    def _marks_across(self) -> list[tuple[float, str]]:
        """Return round numbers below points, and below a curve the numbers that it goes through."""
        across = self._chart.across
        if self._chart.kind == "scatter":
            unit = unit_of(self._table, [across])
            return [(mark, mark_words(mark, unit)) for mark in self._across.marks()]
        cells = (row[across] for row in self._table.rows)
        return [(value, cell_text(c)) for c in cells if (value := number(c)) is not None]

    def legend(self) -> Shapes:
        """Return the names of the curves, where there are several."""
        shapes: Shapes = []
        columns = self._chart.values if len(self._chart.values) > 1 else ()
        for place, (column, colour) in enumerate(zip(columns, COLOURS, strict=False)):
            y = self.bottom + 42 + LINE * place
            shapes.append(dot(MARGIN, y - 4, colour, 4))
            shapes.append(text(MARGIN + 10, y, self._table.columns[column]))
        return shapes

    def _x(self, value: float) -> float:
        return MARGIN + INSET + (RIGHT - MARGIN - 2 * INSET) * self._across.place(value)

    def _y(self, value: float) -> float:
        return self.bottom - PLOT * self._upward.place(value)


# --- maps of heat -------------------------------------------------------------------------------


def heat_map(table: Table, top: float) -> tuple[float, Shapes]:
    """Return the rows that have a tone as coloured fields, under the names of their columns."""
    columns = chart_of(table).values
    field = (RIGHT - NAMES) / len(columns)
    heads = [lines_of(table.columns[column], field) for column in columns]
    shapes = [
        text(NAMES + field * (place + 0.5), top + LINE * n, word, "small", "middle")
        for place, head in enumerate(heads)
        for n, word in enumerate(head)
    ]
    legend = enumerate(table.columns[0].split("\n"))
    shapes += [text(LEFT, top + LINE * n, words, "small") for n, words in legend]
    y = top + LINE * max(map(len, heads)) - 6
    for row in table.rows:
        if any(row[column].tone for column in columns):
            height, fields = _heat_row(row, columns, field, y)
            shapes += fields
            y += height
    return y + 6, shapes


def _heat_row(
    row: Sequence[Cell], columns: Sequence[int], field: float, y: float
) -> tuple[float, Shapes]:
    """Return the height of a row of a heat map, and its name and fields."""
    names = lines_of(name_of(row), NAMES - LEFT)
    height = LINE * len(names) + 8
    shapes = [text(LEFT, y + LINE * (n + 1), name) for n, name in enumerate(names)]
    for place, column in enumerate(columns):
        tone, x = row[column].tone or "unknown", NAMES + field * place
        words = cell_text(row[column]).strip()
        shapes.append(box(tone, x, y + 1, field - 2, height - 2))
        shapes.append(text(x + field / 2 - 1, y + height / 2 + 4, words, f"on-{tone}", "middle"))
    return height, shapes
