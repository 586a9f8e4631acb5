"""In which year an actor can be on a rung, and what more of its money buys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from frontiercost.analysis import forecast
from frontiercost.analysis.best_model import trend_values
from frontiercost.analysis.frontier import frontier_flop
from frontiercost.analysis.ladder import Ladder, RungCell
from frontiercost.core.errors import InputError
from frontiercost.core.facts import positive_part
from frontiercost.core.frozen import frozen
from frontiercost.core.units import decimal_year
from frontiercost.physics import capability_index, scaling_laws

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

COMPUTE_TREND = "training_compute_frontier"
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


# --- what more money buys -------------------------------------------------------------------------


@frozen
class Returns:
    """What a sum buys at the price of a fast follower's compute: loss, index, and lag."""

    usd: float
    flop: float
    loss: float
    index: "Number"
    months_behind: "Number"


def returns(ladder: Ladder, sums: Iterable[float]) -> list[Returns]:
    """Return what each sum buys; compute in proportion to money at the price of rebuilding.

    Ignores that small runs and huge ones cost more by FLOP.
    """
    rebuild = ladder.every_rung["rebuild"]
    cost = ladder.cost(rebuild, ladder.usual(rebuild))
    if cost.total is None or cost.workload is None:
        raise InputError(cost.reason)
    usd_per_flop = ladder.draws.summary(cost.total / cost.workload.model_flop).median
    law = scaling_laws.from_facts(
        {key: fact.value for key, fact in trend_values(ladder.catalogue, "loss_").items()}
    )
    return [_returned(ladder, usd, usd / usd_per_flop, law) for usd in sums]


def _returned(ladder: Ladder, usd: float, flop: float, law: scaling_laws.LossLaw) -> Returns:
    """Return what compute buys: by the line through published models, for a model trained now."""
    facts = trend_values(ladder.catalogue, "capability_")
    trend = capability_index.from_facts({k: ladder.draws.sample(f) for k, f in facts.items()})
    growth = ladder.draws.sample(ladder.catalogue.trends[COMPUTE_TREND])
    frontier = frontier_flop(ladder.drawn, ladder.date, growth)
    months = positive_part(capability_index.months_behind(trend, flop, frontier, growth))
    index = capability_index.capability(trend, flop, decimal_year(ladder.date))
    return Returns(usd, flop, float(scaling_laws.optimal_loss(law, flop)), index, months)
