"""SVG: the tables of the terminal as a picture of its own, without scripts, fonts or links."""

from rich.terminal_theme import DEFAULT_TERMINAL_THEME

from frontiercost.core.report import Report
from frontiercost.render.table import recorded

NAME = "frontiercost"
"""Prefix of the classes, fixed so that the same report gives the same bytes."""
PICTURE = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>frontiercost</title>
<style>
.{unique_id}-matrix {{
    font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
    font-size: {char_height}px;
    line-height: {line_height}px;
}}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return the picture; coloured always, as wide as asked or as a page."""
    console = recorded(report, width)
    console.print()  # rich gives the last line no clip path
    return console.export_svg(
        title=NAME, theme=DEFAULT_TERMINAL_THEME, code_format=PICTURE, unique_id=NAME
    )
