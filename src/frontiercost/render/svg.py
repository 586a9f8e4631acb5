"""SVG: the chart that shows the answer, as a picture of its own."""

from frontiercost.core.errors import InputError
from frontiercost.core.report import Report, charted
from frontiercost.render.chart import svg_of
from frontiercost.render.shapes import STYLE
from frontiercost.render.words import sentence_text


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return the picture; always coloured, and as wide as its place.

    Raises InputError where nothing can be drawn.
    """
    tables = charted(report)
    if not tables:
        raise InputError(
            "--format svg: this answer has no chart; html and markdown have its tables"
        )
    return svg_of(tables[0], sentence_text(report.headline), f"<style>{STYLE}</style>\n")
