"""Shapes of an SVG picture, and the cells of a chart as numbers."""

import math
from collections.abc import Iterable, Sequence
from html import escape

from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Chart, Table
from frontiercost.core.safe_text import inert
from frontiercost.render.scale import Scale, scale_of
from frontiercost.render.words import cell_text

Shapes = list[str]
WIDTH = 420.0
LEFT, RIGHT = 8.0, 412.0
LETTER = 6.4
"""About the width of a letter, to break lines by."""
ROUND_MARK = 3
"""Figures of a mark of an axis, which is round."""
STYLE = """
.chart { background: #fff; }
.chart text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #222; }
.chart .title { font-weight: bold; font-size: 13px; }
.chart .small { font-size: 11px; fill: #555; }
.chart .bar { fill: #1b5e9e; } .chart .sum { fill: #555; }
.chart .interval { stroke: #c4550d; stroke-width: 1.5; }
.chart .grid { stroke: #ddd; } .chart .axis { stroke: #888; }
.chart .mark { stroke: #b00020; stroke-width: 2; stroke-dasharray: 4 2; }
.chart .yes { fill: #1b7837; } .chart .likely { fill: #7fbf7b; }
.chart .toss-up { fill: #fdd87a; } .chart .unlikely { fill: #f4a582; }
.chart .no { fill: #ca3b3b; } .chart .unknown { fill: #ddd; }
.chart .on-yes, .chart .on-no { fill: #fff; }
"""


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """Return words at a place."""
    named = f' class="{kind}"' if kind else ""
    turned = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named}{turned}>{escape(inert(words))}</text>'


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """Return a straight line."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def box(kind: str, x: float, y: float, width: float, height: float) -> str:
    """Return a filled rectangle."""
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
    )


def dot(x: float, y: float, colour: str, radius: float = 2.5) -> str:
    """Return a point."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>'


def path(colour: str, points: Iterable[tuple[float, float]], *, closed: bool = False) -> str:
    """Return a line through points, or the pale area within them."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    if closed:
        return f'<polygon fill="{colour}" fill-opacity="0.15" points="{places}"/>'
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{places}"/>'


def lines_of(words: str, width: float) -> list[str]:
    """Return words as lines that are about as wide as a place; long words are broken."""
    import textwrap

    return textwrap.wrap(inert(words), max(int(width / LETTER), 4)) or [""]


def number(cell: Cell) -> float | None:
    """Return the number of a cell, also where it is a year in words; None where there is none."""
    value = cell.value
    if isinstance(value, str):
        value = float(value) if value.isdecimal() else None
    return value if value is not None and math.isfinite(value) else None


def chart_of(table: Table) -> Chart:
    """Return what is drawn of a table that is drawn."""
    assert table.chart is not None, table.title
    return table.chart


def name_of(row: Sequence[Cell]) -> str:
    """Return what a row is called, without what stands below its name."""
    return cell_text(row[0]).split("\n")[0]


def unit_of(table: Table, columns: Sequence[int]) -> str:
    """Return the unit of what is drawn."""
    units = (row[column].unit for row in table.rows for column in columns)
    return next(filter(None, units), "")


def mark_words(value: float, unit: str) -> str:
    """Return what a mark of an axis stands for; per what, the title says."""
    return format_quantity(value, unit or "count", ROUND_MARK).partition("/")[0]


def scale(table: Table, columns: Iterable[int], *, zero: bool = True) -> Scale:
    """Return the axis of the numbers in columns, and of what they are compared with."""
    chart = chart_of(table)
    found = [number(row[column]) for row in table.rows for column in columns]
    compared = [number(chart.mark)] if chart.mark else []
    return scale_of([*found, *compared], logarithmic=chart.logarithmic, zero=zero)
