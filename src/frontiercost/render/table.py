"""The terminal: rich tables that never cut a number, in colour only where wanted."""

import re
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from frontiercost.core.report import Report, Screen, Table
from frontiercost.core.safe_text import inert
from frontiercost.render.bars import WIDTH as BAR_WIDTH
from frontiercost.render.bars import bars_of
from frontiercost.render.words import cell_text, sentence_text

TONES = {
    "yes": "bold green",
    "likely": "green",
    "toss-up": "yellow",
    "unlikely": "red",
    "no": "bold red",
}
SPACE, HYPHEN, WORD = (re.compile(ends) for ends in (r"\s+", r"\s+|(?<=-)", r"\S+"))
NARROWEST = 12
GAP = 2  # between columns, and at both ends of a row
UNLIMITED = 10_000
PROSE = 80
"""Columns of sentences where there is no terminal, whose tables are as wide as they need."""

LINES = 22
"""Of a screen of 24, with the prompt and what was typed."""


def on_screen(
    report: Report,
    screen: Screen,
    tables: Sequence[Table] | None = None,
    points: tuple[tuple[str, str], ...] | None = None,
    left_out: str = "",
) -> Report:
    """Return what a screen shows of a report: some of its tables and points, else all."""
    tables = tables_of(report, screen) if tables is None else tables
    points = screen.points if points is None else points
    notes = [[note] for note in (left_out, *screen.notes, screen.last) if note]
    widest = max((len(name) for name, _ in screen.points), default=0)  # as where all are shown
    named = tuple((f"{name:<{widest}}", words) for name, words in points)
    below = (replace(screen, points=named).point_table,) if points else ()
    return replace(report, tables=(*tables, *below), notes=notes)


def tables_of(report: Report, screen: Screen) -> list[Table]:
    """Return the tables of a screen: those that were asked for by name, else its own."""
    asked = [replace(table, bare=True, headed=not table.bare) for table in report.asked]
    return asked or [*screen.tables]


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return the report for a terminal of this width, or for a pipe when width is None."""
    console = _console(UNLIMITED, colour)
    with console.capture() as captured:
        _draw(report, console, width or UNLIMITED, width or PROSE)
    lines = captured.get().splitlines()
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _console(width: int, colour: bool) -> Console:
    return Console(
        file=StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def _draw(report: Report, console: Console, space: int, prose: int) -> None:
    console.print(Text(sentence_text(report.headline), style="bold"), width=prose)
    for table in report.tables:
        if table.bare and table is not report.tables[0]:
            console.print()
        if not table.bare or table.headed:
            above = "" if table.bare else "\n"
            console.print(above, Text(inert(table.title), style="bold"), sep="", width=space)
        drawn = _rich_table(table, prose if table.bare else space)
        console.print(drawn, width=UNLIMITED, crop=False)
    if report.notes and not (report.tables and report.tables[-1].bare):
        console.print()  # a screen has no line to spare
    notes = "\n".join(sentence_text(note) for note in report.notes)
    console.print(Text(notes, style="dim"), width=prose)


def _rich_table(table: Table, space: int) -> RichTable:
    texts = _texts(table)
    columns = [inert(name) for name in table.columns]
    widths = _widths(table, texts, space)
    drawn = RichTable(
        box=box.SIMPLE_HEAD,
        show_header=any(table.columns),
        show_edge=not table.bare,
        collapse_padding=True,
        pad_edge=False,
    )
    for position, (name, width) in enumerate(zip(columns, widths, strict=True)):
        drawn.add_column(
            name,
            justify="left" if position < table.texts else "right",
            overflow="fold",
            no_wrap=position not in table.wraps,
            width=width,
        )
    for row, words in zip(table.rows, texts, strict=True):
        end = row is table.rows[-1] and words[0] == "Total"
        cells = (
            Text(_broken(word, width), style=TONES.get(cell.tone, ""))
            for cell, word, width in zip(row, words, widths, strict=True)
        )
        drawn.add_row(*cells, style="bold" if end else "")
    return drawn


def _longest(texts: Sequence[str], ends: re.Pattern[str]) -> int:
    """Return the width of the longest part of some texts."""
    return max((cell_len(part) for text in texts for part in ends.split(text)), default=0)


def _broken(text: str, width: int) -> str:
    """Return a text whose words end at a hyphen where they are wider than their column."""

    def in_parts(word: re.Match[str]) -> str:
        if cell_len(word[0]) <= width:
            return word[0]
        from textwrap import wrap

        return "\n".join(wrap(word[0], width))

    return WORD.sub(in_parts, text)


def _texts(table: Table) -> list[list[str]]:
    """Return the cells as words, numbers that have a bar behind it."""
    texts = [[cell_text(cell) for cell in row] for row in table.rows]
    if table.bar is not None:
        longest = max((cell_len(row[table.bar]) for row in texts), default=0)
        for row, drawn in zip(texts, bars_of(table), strict=True):
            row[table.bar] = f"{drawn:<{BAR_WIDTH}} {row[table.bar]:>{longest}}"
    return texts


def _widths(table: Table, texts: list[list[str]], space: int) -> list[int]:
    """Return the width of each column: what it needs, unless columns that wrap must give way.

    Known beforehand, so that the table is not measured cell by cell, which takes as long as
    drawing it.
    """
    columns = list(zip(map(inert, table.columns), *texts, strict=True))
    widths = [max(cell_len(line) for text in c for line in text.split("\n")) for c in columns]
    over = sum(widths) + GAP * len(widths) - space
    wraps = table.wraps if over > 0 else ()
    words, parts = ({i: _longest(columns[i], ends) for i in wraps} for ends in (SPACE, HYPHEN))
    while over > 0 and (able := [i for i in wraps if widths[i] > NARROWEST]):
        for longest in (parts, words):  # names end at a hyphen, words are cut, only where they must
            able = [i for i in able if widths[i] > longest[i]] or able
        first = [i for i in able if i not in table.last] or able
        widths[max(first, key=widths.__getitem__)] -= 1
        over -= 1
    return widths
