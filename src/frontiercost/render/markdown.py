"""Markdown for reports and comments: deterministic, without times."""

import re

from frontiercost.core.report import Report, Table
from frontiercost.core.safe_text import inert
from frontiercost.render.words import cell_text, sentence_text

# what would start code, emphasis, a link, a cell, a tag or an entity; 2 * 3 and a_b stay readable
_MARKS = re.compile(
    r"[\\`*~\[|]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)"
    r"|^(?:[>=]|#(?=[#\s]|$)|[+-](?=[-\s]|$)|\d+(?=[.)](?:\s|$)))"
)
_MENTION = re.compile(r"(?<=[@#])(?=\w)")  # a person or an issue that a forge would call


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return the report as GitHub-flavoured Markdown; width and colour do not matter."""
    parts = [f"**{_escape(sentence_text(report.headline))}**"]
    parts += [render_table(table) for table in (*report.tables, *report.further)]
    if report.notes:
        parts.append("\n".join(f"- {_escape(sentence_text(note))}" for note in report.notes))
    return "\n\n".join(parts) + "\n"


def render_table(table: Table) -> str:
    """Return one table under its title."""
    rule = [":--" if i < table.texts else "--:" for i in range(len(table.columns))]
    rows = [_row([_escape(inert(name)) for name in table.columns]), _row(rule)]
    rows += [_row([_escape(cell_text(cell)) for cell in row]) for row in table.rows]
    return f"### {_escape(inert(table.title))}\n\n" + "\n".join(rows)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line."""
    marked = _MARKS.sub(_backslash, text)
    return _MENTION.sub("&#8203;", marked).replace("\n", "<br>")


def _backslash(match: re.Match[str]) -> str:
    mark = match[0]
    return f"{mark}\\" if mark.isdecimal() else f"\\{mark}"
