"""What was read, with the figures it takes to tell it from its bound.

Read as printed, every comparison has the verdict of the exact numbers, and keeps it where a number
is moved a little: so what differs also looks different.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from frontiercost.checks.expressions import Amount, Node, comparisons, evaluate, names
from frontiercost.core import units
from frontiercost.core.errors import NotEvaluatedError
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell

USUAL = 0
FIGURES = (USUAL, 3, 4, 5, 6)
NUDGE = 1e-9
"""Far more than floats err, far less than the last figure that is printed."""
PER_CENT = 100
CELL_UNITS = {"USD", "%", "day"}
"""Units whose numbers are printed with them; the others are clear from their names."""

Read = tuple[Node, Mapping[str, Amount]]
"""A condition, and the amounts that it read."""


def cell_of(amount: Amount, figures: Mapping[str, int] | None = None) -> Cell:
    """Return an amount as it is shown, with the figures that its unit takes."""
    return Cell(*_base(amount), figures=(figures or {}).get(amount.unit, USUAL))


def words_of(amount: Amount, figures: Mapping[str, int]) -> str:
    """Return an amount as `cell_of` shows it."""
    value, unit = _base(amount)
    return format_quantity(value, unit, figures.get(amount.unit, USUAL))


def figures_of(conditions: Iterable[Read]) -> dict[str, int]:
    """Return by unit the fewest figures that keep every verdict of conditions on one scenario."""
    compared = [(each, read) for node, read in conditions if read for each in comparisons(node)]
    figures = {}
    for unit in {read[name].unit for each, read in compared for name in names(each)}:
        beside = [(c, read) for c, read in compared if any(read[n].unit == unit for n in names(c))]
        enough = (
            count
            for count in FIGURES
            if all(_kept(*compared_pair, count) for compared_pair in beside)
        )
        figures[unit] = next(enough, FIGURES[-1])
    return figures


def _kept(comparison: Node, read: Mapping[str, Amount], figures: int) -> bool:
    """Whether a comparison has the same verdict for the numbers as they are printed."""
    holds = evaluate(comparison, read.__getitem__)
    equal = evaluate(replace(comparison, what="=="), read.__getitem__)
    printed = {name: _printed(read[name], figures) for name in names(comparison)}
    tried = [printed] if equal else _near(printed)
    with suppress(NotEvaluatedError):
        return all(evaluate(comparison, amounts.__getitem__) == holds for amounts in tried)
    return False


def _near(amounts: Mapping[str, Amount]) -> Iterator[Mapping[str, Amount]]:
    """Yield amounts with each in turn a little smaller and a little larger."""
    for name, (value, unit) in amounts.items():
        for factor in (1 - NUDGE, 1 + NUDGE):
            yield {**amounts, name: Amount(factor * value, unit)}


def _printed(amount: Amount, figures: int) -> Amount:
    """Return an amount as one reads it where it is shown."""
    value, unit = _base(amount)
    text = format_quantity(abs(value), unit, figures)
    sign, read = (-1 if value < 0 else 1), units.parse(text, unit).value
    return Amount(sign * read * (PER_CENT if amount.unit == "per cent" else 1), amount.unit)


def _base(amount: Amount) -> tuple[float, str]:
    """Return a number and the unit that it is printed in."""
    if amount.unit == "per cent":
        return amount.value / PER_CENT, "%"
    return amount.value, amount.unit if amount.unit in CELL_UNITS else "count"
