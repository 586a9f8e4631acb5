"""In which year an actor can be on a rung."""

from collections.abc import Mapping, Sequence
from typing import Any

from frontiercost.analysis import forecast
from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.ladder_rows import RungCell
from frontiercost.core.units import decimal_year

TOP = 5


def top_share(money: Mapping[str, float]) -> float:
    """Return what the five richest hold of all that could be spent."""
    ranked = sorted(money.values(), reverse=True)
    return sum(ranked[:TOP]) / sum(ranked) if sum(ranked) else 0.0


# --- when -----------------------------------------------------------------------------------------


def affordability_dates(ladder: Ladder, cell: RungCell, years: Sequence[int]) -> dict[str, Any]:
    """Return when an actor can afford today's level, that year's frontier, and a past one."""
    draws, now = ladder.draws, decimal_year(ladder.date)
    if cell.cost is None:
        nothing = forecast.When(None, None, None, 1.0)
        empty = dict.fromkeys(("level", "frontier", "past"), nothing)
        return {**empty, "chances": [0.0 for _ in years]}
    growth = forecast.growth_of(ladder.drawn)
    pair = (cell.cost, cell.available)
    return {
        "level": forecast.when(forecast.years_to_level(*pair, growth), now, draws),
        "frontier": forecast.when(forecast.years_to_frontier(*pair, growth), now, draws),
        "past": forecast.when(
            forecast.years_to_past(*pair, growth, forecast.PAST_YEARS), now, draws
        ),
        "chances": forecast.chances_by_year(*pair, growth, now, list(years), draws),
    }
