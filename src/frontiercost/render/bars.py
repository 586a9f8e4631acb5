"""Bars in text: eighths of a column, as long as a number is beside the largest."""

from collections.abc import Callable, Sequence

from frontiercost.core.report import Cell, Table

WIDTH = 6
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
    place = _powers(numbers) if table.chart and table.chart.logarithmic else _shares(numbers)
    return ["" if number is None else bar(place(number)) for number in numbers]


def _shares(numbers: Sequence[float | None]) -> Callable[[float], float]:
    largest = max((number for number in numbers if number), default=1.0)
    return lambda number: max(number, 0.0) / largest


def _powers(numbers: Sequence[float | None]) -> Callable[[float], float]:
    from frontiercost.render.scale import scale_of

    return scale_of(numbers, logarithmic=True).place


def _number(row: tuple[Cell, ...], column: int) -> float | None:
    value = row[column].value
    return None if isinstance(value, str) or row[0].value == "Total" else value
