"""What repays a development, in tables."""

import math
from typing import TYPE_CHECKING

from frontiercost.core.report import Cell, Chart, Table
from frontiercost.core.units import DAYS_PER_YEAR
from frontiercost.core.wording import CARRIED, interval_cells, per_cent
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference import break_even as repaid
from frontiercost.stages.inference.workload import Service

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


def tables_of(e: Evaluation[Service]) -> list[Table]:
    """The railroad: development cost, marginal cost and price; volume, time, average cost."""
    b = repaid.break_even(e)
    entries: list[tuple[str, Number, str]] = [
        ("Development, F", b.development, "USD"),
        ("Price of a million tokens written, p", b.price, "USD/token"),
        ("Cost of serving them, c", b.marginal, "USD/token"),
        ("Tokens that repay it, F / (p − c)", b.volume, "count"),
        ("Years at this demand, at today's price", b.years * DAYS_PER_YEAR, "day"),
        ("A price falls by, a year", b.price_decline, "x"),
        ("Costs fall by, a year", b.cost_decline, "x"),
        ("Years at this demand, both falling", b.years_falling * DAYS_PER_YEAR, "day"),
    ]
    rows = [
        (Cell(name), *(_or_never(cell) for cell in interval_cells(e, number, unit)))
        for name, number, unit in entries
    ]
    chances = {
        "Chance that p is above c": b.probability_repaid,
        "Chance that it is repaid, both falling": b.probability_falling,
    }
    for name, chance in chances.items():
        shown = Cell("unknown") if chance is None else Cell(per_cent(chance))
        rows.append((Cell(name), Cell(""), shown, Cell("")))
    costs = tuple(
        (Cell(volume, "count", figures=CARRIED), Cell(cost, "USD/token", figures=CARRIED))
        for volume, cost in repaid.average_costs(b, e.draws)
    )
    cost = e.drawn.median(b.marginal)
    growth = tuple(
        (
            Cell(factor, "x"),
            Cell(factor * cost, "USD/token", figures=CARRIED),
            _or_never(Cell(years * DAYS_PER_YEAR, "day", figures=CARRIED)),
        )
        for factor, years in repaid.when_inference_grows(b, e.draws)
    )
    return [
        Table("Break-even", ("", "Low", "Median", "High"), tuple(rows)),
        Table(
            "Average cost, F / Q + c",
            ("Tokens sold, Q", "A million of them"),
            costs,
            texts=0,
            chart=Chart(kind="curve", logarithmic=True),
        ),
        Table("When serving gets dearer", ("Dearer by", "Cost, c", "Repaid in"), growth, texts=0),
    ]


def _or_never(cell: Cell) -> Cell:
    infinite = isinstance(cell.value, float) and not math.isfinite(cell.value)
    return Cell("never") if infinite else cell
