"""Bars in text: eighths of a column, as long as a number is beside the largest."""

from frontiercost.core.report import Cell, Table
from frontiercost.render.scale import scale_of

WIDTH = 8
"""Columns of the longest bar."""
EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(length: float, width: int = WIDTH) -> str:
    """Return a bar of a share of the width; what is not nothing is at least an eighth."""
    eighths = round(8 * width * length)
    if length > 0:
        eighths = max(eighths, 1)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (EIGHTHS[rest] if rest else "")


def bars_of(table: Table) -> list[str]:
    """Return a bar for each row of a table that asks for them; a row of totals has none."""
    if table.bar is None:
        return []
    numbers = [_number(row, table.bar) for row in table.rows]
    powers = table.chart is not None and table.chart.logarithmic
    scale = scale_of(numbers, logarithmic=powers)
    return ["" if number is None else bar(scale.place(number)) for number in numbers]


def _number(row: tuple[Cell, ...], column: int) -> float | None:
    value = row[column].value
    return None if isinstance(value, str) or row[0].value == "Total" else value
