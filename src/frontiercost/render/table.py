"""The terminal: rich tables that never cut a number, in colour only where wanted."""

from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from frontiercost.render.words import cell_text, sentence_text
from frontiercost.report import Cell, Report, Table

TONES = {
    "yes": "bold green",
    "likely": "green",
    "toss-up": "yellow",
    "unlikely": "red",
    "no": "bold red",
}
NARROWEST = 12
UNLIMITED = 10_000


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return the report for a terminal of this width, or for a pipe when width is None."""
    console = Console(
        file=StringIO(),
        width=width or UNLIMITED,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    with console.capture() as captured:
        console.print(Text(sentence_text(report.headline), style="bold"))
        for table in report.tables:
            console.print()
            console.print(_rich_table(table))
        console.print()
        for note in report.notes:
            console.print(Text(sentence_text(note), style="dim"))
    lines = captured.get().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _rich_table(table: Table) -> RichTable:
    drawn = RichTable(
        title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD
    )
    for position, name in enumerate(table.columns):
        words = position < table.texts
        drawn.add_column(
            name,
            justify="left" if words else "right",
            overflow="fold",
            min_width=NARROWEST if words and position in table.wraps else None,
            no_wrap=not words or position not in table.wraps,
        )
    for row in table.rows:
        end = row is table.rows[-1] and cell_text(row[0]) == "Total"
        drawn.add_row(*map(_rich_cell, row), style="bold" if end else "")
    return drawn


def _rich_cell(cell: Cell) -> Text:
    return Text(cell_text(cell), style=TONES.get(cell.tone, ""))
