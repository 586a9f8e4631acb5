"""The terminal: tables that never cut a number, in colour only where wanted.

Of rich it takes how wide characters are; its console is a seventh of an answer's time to load.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.cells import cell_len, chop_cells

from frontiercost.core.report import Report, Table
from frontiercost.core.safe_text import inert
from frontiercost.render.bars import WIDTH as BAR_WIDTH
from frontiercost.render.bars import bars_of
from frontiercost.render.words import cell_text, sentence_text

BOLD, DIM = "1", "2"
"""Styles, as terminals know them."""
TONES = {"yes": "1;32", "likely": "32", "toss-up": "33", "unlikely": "31", "no": "1;31"}
"""Bold green, green, yellow, red, bold red."""
NARROWEST = 12
GAP = 2  # between columns, and at both ends of a row
UNLIMITED = 10_000
PROSE = 80
"""Columns of sentences where there is no terminal, whose tables are as wide as they need."""
_WORD = re.compile(r"\s*\S+\s*")

Paint = Callable[[str, str], str]
"""What puts a text into a style."""


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return the report for a terminal of this width, or for a pipe when width is None."""
    lines = _drawn(report, width or UNLIMITED, width or PROSE, _painted if colour else _plain)
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _painted(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if text and style else text


def _plain(text: str, style: str) -> str:
    return text


def _drawn(report: Report, space: int, prose: int, paint: Paint) -> Iterator[str]:
    for line in folded(sentence_text(report.headline), prose):
        yield paint(line, BOLD)
    for table in report.tables:
        if table.bare and table is not report.tables[0]:
            yield ""
        if not table.bare:
            yield ""
            for line in folded(inert(table.title), space):
                yield paint(line, BOLD)
        yield from _table_lines(table, prose if table.bare else space, paint)
    if report.notes and not (report.tables and report.tables[-1].bare):
        yield ""  # a screen has no line to spare
    for note in report.notes:
        for line in folded(sentence_text(note), prose):
            yield paint(line, DIM)


def folded(text: str, width: int) -> list[str]:
    """Return a text as lines that end at words; a word that is longer than a line is cut."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in _WORD.findall(paragraph):
            length = cell_len(word.rstrip())
            if cell_len(line) + length <= width:
                line += word
                continue
            *full, last = chop_cells(word, width) if length > width else [word]
            lines += [line, *full] if line else full
            line = last
        lines.append(line)
    return [line.rstrip() for line in lines]


def _table_lines(table: Table, space: int, paint: Paint) -> Iterator[str]:
    """Yield the lines of a table: titles over a rule, then rows; with edges unless it is bare."""
    texts = _texts(table)
    widths = _widths(table, texts, space)
    edges, margin = ([], "") if table.bare else ([""], " ")
    yield from edges
    if any(table.columns):
        for cells in _lines_of(table, [*map(inert, table.columns)], widths, at_bottom=True):
            yield margin + paint(_beside(cells), BOLD)
        yield margin + "─" * (sum(widths) + GAP * (len(widths) - 1))
    for row, words in zip(table.rows, texts, strict=True):
        is_total = row is table.rows[-1] and words[0] == "Total"
        tones = [TONES.get(cell.tone, "") for cell in row]
        for cells in _lines_of(table, words, widths):
            yield margin + paint(_beside(map(paint, cells, tones)), BOLD if is_total else "")
    yield from edges


def _beside(cells: Iterable[str]) -> str:
    return (" " * GAP).join(cells).rstrip()


def _lines_of(
    table: Table, texts: Sequence[str], widths: Sequence[int], *, at_bottom: bool = False
) -> Iterator[tuple[str, ...]]:
    """Return the lines of a row, cell by cell as wide as their column: words left, numbers right.

    A cell of fewer lines stands at the top, or at the bottom.
    """
    cells = [
        folded(text, width if place in table.wraps else UNLIMITED)
        for place, (text, width) in enumerate(zip(texts, widths, strict=True))
    ]
    height = max(map(len, cells))
    for place, (lines, width) in enumerate(zip(cells, widths, strict=True)):
        missing = [""] * (height - len(lines))
        full = missing + lines if at_bottom else lines + missing
        pads = [" " * (width - cell_len(line)) for line in full]
        pairs = zip(full, pads, strict=True)
        cells[place] = [line + pad if place < table.texts else pad + line for line, pad in pairs]
    return zip(*cells, strict=True)


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
    columns = zip(map(inert, table.columns), *texts, strict=True)
    widths = [max(cell_len(line) for text in c for line in text.split("\n")) for c in columns]
    over = sum(widths) + GAP * len(widths) - space
    while over > 0 and (able := [i for i in table.wraps if widths[i] > NARROWEST]):
        first = [i for i in able if i not in table.last] or able
        widths[max(first, key=widths.__getitem__)] -= 1
        over -= 1
    return widths
