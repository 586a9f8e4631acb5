"""The terminal: rich tables that never cut a number, in colour only where wanted."""

from io import StringIO

from rich import box
from rich.console import Console
from rich.measure import Measurement
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
            drawn = _rich_table(table)
            unbounded = console.options.update(max_width=UNLIMITED)
            needed = Measurement.get(console, unbounded, drawn).minimum
            console.print()
            console.print(drawn, width=max(console.width, needed), crop=False)
        console.print()
        for note in report.notes:
            console.print(Text(sentence_text(note), style="dim"))
    lines = captured.get().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _rich_table(table: Table) -> RichTable:
    drawn = RichTable(
        title=table.title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_header=any(table.columns),
        collapse_padding=True,
        pad_edge=False,
    )
    for position, name in enumerate(table.columns):
        wraps = position in table.wraps
        longest = max((len(cell_text(row[position])) for row in table.rows), default=0)
        drawn.add_column(
            name,
            justify="left" if position < table.texts else "right",
            overflow="fold",
            no_wrap=not wraps,
            min_width=min(longest, NARROWEST) if wraps else max(longest, len(name)),
        )
    for row in table.rows:
        end = row is table.rows[-1] and cell_text(row[0]) == "Total"
        drawn.add_row(*map(_rich_cell, row), style="bold" if end else "")
    return drawn


def _rich_cell(cell: Cell) -> Text:
    return Text(cell_text(cell), style=TONES.get(cell.tone, ""))
