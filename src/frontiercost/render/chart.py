"""A chart as SVG: shapes and words, without scripts, fonts or links; readable at 400 pixels."""

from collections.abc import Callable
from html import escape

from frontiercost.core.report import Table
from frontiercost.core.safe_text import inert
from frontiercost.render.chart_bars import bars, ranges, waterfall
from frontiercost.render.chart_plots import curve, heat_map, scatter
from frontiercost.render.shapes import LEFT, RIGHT, WIDTH, Shapes, chart_of, lines_of, text

LINE = 16.0
TITLE_LETTERS = 0.8
"""Bold letters are wider, so fewer of them fit."""
DRAWERS: dict[str, Callable[[Table, float], tuple[float, Shapes]]] = {
    "bars": bars,
    "ranges": ranges,
    "waterfall": waterfall,
    "curve": curve,
    "scatter": scatter,
    "heat-map": heat_map,
}


def svg_of(table: Table, said: str = "", style: str = "") -> str:
    """Return a chart as an SVG element that is as wide as its place, under what it says.

    A picture by itself holds its style; a page has it once for all.
    """
    chart, title = chart_of(table), table.title
    lines = [(line, "title") for line in lines_of(title, TITLE_LETTERS * (RIGHT - LEFT))]
    lines += [(line, "small") for line in lines_of(said, RIGHT - LEFT)] if said else []
    words = [text(LEFT, LINE * (i + 1), line, kind) for i, (line, kind) in enumerate(lines)]
    height, shapes = DRAWERS[chart.kind](table, LINE * len(lines) + LINE)
    return (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 {WIDTH:.0f} {height:.0f}">\n'
        f"<title>{escape(inert(title))}</title>\n{style}"
        + "\n".join([*words, *shapes])
        + "\n</svg>\n"
    )
