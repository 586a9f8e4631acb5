"""HTML: the report as a page of its own, tables and charts, without scripts, fonts or links."""

from collections.abc import Iterable
from html import escape

from frontiercost.core.report import Cell, Report, Table, charted
from frontiercost.core.safe_text import inert
from frontiercost.render.chart import svg_of
from frontiercost.render.shapes import STYLE as CHART_STYLE
from frontiercost.render.words import cell_text, sentence_text

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>frontiercost</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
STYLE = """
body { font: 16px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #222;
  background: #fff; max-width: 72rem; margin: 0 auto; padding: 1rem; }
.answer { font-size: 1.15rem; font-weight: 600; max-width: 60rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr));
  gap: 1.5rem; align-items: start; }
.charts svg { width: 100%; max-width: 34rem; height: auto; }
.wide { overflow-x: auto; margin: 1.75rem 0; }
table { border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .35rem; }
th, td { padding: .2rem .6rem; text-align: right; vertical-align: top; white-space: nowrap;
  border-bottom: 1px solid #e4e4e4; font-variant-numeric: tabular-nums; }
th { border-bottom: 2px solid #888; vertical-align: bottom; }
.word { text-align: left; overflow-wrap: anywhere; }
.wraps { white-space: normal; min-width: 8rem; max-width: 26rem; }
.about { color: #555; font-size: .85em; } .sum { font-weight: 600; }
.yes { background: #1b7837; color: #fff; } .likely { background: #a6dba0; }
.toss-up { background: #fee79b; } .unlikely { background: #f7c1a5; }
.no { background: #ca3b3b; color: #fff; }
.notes { color: #444; font-size: .9rem; max-width: 60rem; padding-left: 1.2rem; }
@media (max-width: 30rem) { body { padding: .6rem; } .answer { font-size: 1.05rem; }
  table { font-size: .76rem; } th, td { padding: .2rem .3rem; } .wraps { min-width: 5.5rem; } }
@media print { body { font-size: 11px; max-width: none; } .wide { overflow: visible; }
  .charts { grid-template-columns: 1fr 1fr; } svg, tr { break-inside: avoid; }
  td, rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return the page; always coloured, and as wide as its reader's window."""
    charts = "".join(svg_of(table) for table in charted(report))
    parts = [
        f'<p class="answer">{_escaped(sentence_text(report.headline))}</p>',
        *([f'<div class="charts">\n{charts}</div>'] if charts else []),
        *map(_table, (*report.tables, *report.further)),
        *_notes(sentence_text(note) for note in report.notes),
    ]
    return PAGE.format(style=STYLE + CHART_STYLE, body="\n".join(parts))


def _notes(notes: Iterable[str]) -> Iterable[str]:
    if items := [f"<li>{_escaped(note)}</li>" for note in notes]:
        yield '<ul class="notes">\n' + "\n".join(items) + "\n</ul>"


def _table(table: Table) -> str:
    """Return a table under its title; its column of names may break where a window is narrow."""
    heads = [_cell("th", table, i, name) for i, name in enumerate(table.columns)]
    head = f"<thead>{_row(heads)}</thead>\n" if any(table.columns) else ""
    rows = "\n".join(_row(_cells(table, row), of_sum=row[0].value == "Total") for row in table.rows)
    caption = f"<caption>{_escaped(inert(table.title))}</caption>\n"
    return f'<div class="wide"><table>\n{caption}{head}<tbody>\n{rows}\n</tbody></table></div>'


def _row(cells: Iterable[str], *, of_sum: bool = False) -> str:
    start = '<tr class="sum">' if of_sum else "<tr>"
    return f"{start}{''.join(cells)}</tr>"


def _cells(table: Table, row: tuple[Cell, ...]) -> Iterable[str]:
    for place, cell in enumerate(row):
        yield _cell("td", table, place, cell_text(cell), cell.tone)


def _cell(tag: str, table: Table, place: int, words: str, tone: str = "") -> str:
    """Return a cell; what stands on a line of its own under a name is about it."""
    kinds = ["word"] * (place < table.texts) + ["wraps"] * (place in table.wraps)
    kinds += [tone] if tone else []
    said, _, about = inert(words).partition("\n")
    below = f'<div class="about">{_escaped(about.strip())}</div>' if about else ""
    named = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<{tag}{named}>{_escaped(said)}{below}</{tag}>"


def _escaped(words: str) -> str:
    """Return words as a page shows them, an indent and a line's end too."""
    body = words.lstrip(" ")
    indent = "&nbsp;" * (len(words) - len(body))
    return indent + escape(body).replace("\n", "<br>")
