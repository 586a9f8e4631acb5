"""HTML: the tables of the terminal as a page of its own, without scripts, fonts or links."""

from dataclasses import replace

from frontiercost.core.report import Report
from frontiercost.render.table import HEAT, recorded

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>frontiercost</title>
<style>
{stylesheet}
body {{ color: {foreground}; background-color: {background}; }}
pre {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }}
</style>
</head>
<body>
<pre><code style="font-family:inherit">{code}</code></pre>
</body>
</html>
"""


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return the page; coloured always, verdicts as a map of heat, as wide as asked or a page."""
    whole = replace(report, tables=(*report.tables, *report.further))
    return recorded(whole, width, HEAT).export_html(code_format=PAGE)
