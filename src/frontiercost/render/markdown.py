"""Markdown for reports and comments: deterministic, without times."""

from frontiercost.render.words import cell_text, sentence_text
from frontiercost.report import Cell, Report, Table


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return the report as GitHub-flavoured Markdown; width and colour do not matter."""
    parts = [f"**{sentence_text(report.headline)}**"]
    parts += [render_table(table) for table in report.tables]
    parts.append("\n".join(f"- {sentence_text(note)}" for note in report.notes))
    return "\n\n".join(parts) + "\n"


def render_table(table: Table) -> str:
    """Return one table under its title."""
    rule = [":--" if i < table.texts else "--:" for i in range(len(table.columns))]
    rows = [_row(table.columns), _row(rule)]
    rows += [_row([_escape(cell) for cell in row]) for row in table.rows]
    return f"### {table.title}\n\n" + "\n".join(rows)


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(cell: Cell) -> str:
    return cell_text(cell).replace("|", "\\|").replace("\n", "<br>")
