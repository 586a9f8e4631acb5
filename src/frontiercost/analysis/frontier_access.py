"""Who can come near the frontier, in which year, with what money, and what more of it buys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from frontiercost.analysis import forecast
from frontiercost.analysis.best_model import trend_values
from frontiercost.analysis.pathways import TYPICAL, Pathway, PathwayModel, Row, paths_of
from frontiercost.catalogue.types import Actor
from frontiercost.core.errors import InputError
from frontiercost.core.frozen import frozen
from frontiercost.core.units import decimal_year
from frontiercost.physics import scaling_laws

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

NEAR = 12.0  # months behind that still count as near the frontier
TOP = 5


@frozen
class Near:
    """Ultimate parents that can come near the frontier: on any path, and without open weights."""

    any_path: frozenset[str]
    without_open: frozenset[str]


@frozen
class PathwayTable:
    """Rows of actors on paths, with what they are set against."""

    comparer: PathwayModel
    paths: Sequence[Pathway]
    rows: Sequence[Row]
    near: Near
    money: Mapping[str, float]
    """What each ultimate parent could spend on one model."""
    of_kind: bool = False
    """Whether each row stands for a category."""
    before: Sequence[Row] = ()
    """The rows without the levers, where any is pulled."""
    years: Sequence[int] = ()


def reachable(comparer: PathwayModel, paths: list[Pathway], actors: Iterable[Actor]) -> Near:
    """Return who can reach a level at most a year behind, at central values.

    Members of one parent count once, as the one that can spend most.
    """
    near = [path for path in paths if _is_near(comparer, path)]
    own = [path for path in near if not path.open]
    each = list(actors)

    def parents(candidates: list[Pathway]) -> frozenset[str]:
        able = (a for a in each if any(_central(comparer, path, a) for path in candidates))
        return frozenset(actor.parent or actor.name for actor in able)

    return Near(parents(near), parents(own))


def _is_near(comparer: PathwayModel, path: Pathway) -> bool:
    level = comparer.level(path, TYPICAL)
    return level is not None and comparer.draws.summary(level.months_behind).median <= NEAR


def _central(comparer: PathwayModel, path: Pathway, actor: Actor) -> bool:
    """Whether an actor's central budget and share cover the median cost of a path."""
    costing, budget = comparer.cost(path, actor.category), actor.budget(comparer.date)
    if isinstance(costing, str) or budget is None:
        return False
    years = comparer.draws.summary(costing[1].project_years).median if budget.flow else 1.0
    return comparer.draws.summary(costing[0]).median <= budget.spendable * max(years, 1.0)


def top_share(money: Mapping[str, float]) -> float:
    """Return what the five richest hold of all that could be spent."""
    ranked = sorted(money.values(), reverse=True)
    return sum(ranked[:TOP]) / sum(ranked) if sum(ranked) else 0.0


# --- when -----------------------------------------------------------------------------------------


def affordability_dates(
    comparer: PathwayModel, row: Row, path: Pathway, years: Sequence[int]
) -> dict[str, Any]:
    """Return when an actor can afford today's level, that year's frontier, and a past one."""
    draws, now = comparer.draws, decimal_year(comparer.date)
    cell = next(cell for cell in row.cells if cell.path.name == path.name)
    if cell.cost is None:
        nothing = forecast.When(None, None, None, 1.0)
        empty = dict.fromkeys(("level", "frontier", "past"), nothing)
        return {**empty, "chances": [0.0 for _ in years]}
    growth = forecast.growth_of(comparer.drawn)
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


def returns(comparer: PathwayModel, sums: Iterable[float]) -> list[Returns]:
    """Return what each sum buys; compute in proportion to money at the fast follower's price.

    Ignores that small runs and huge ones cost more by FLOP.
    """
    (follow,) = paths_of(comparer.catalogue, ["follow"])
    costing = comparer.cost(follow, TYPICAL)
    if isinstance(costing, str):
        raise InputError(costing)
    draws = comparer.draws
    usd_per_flop = draws.summary(costing[0] / costing[1].model_flop).median
    law = scaling_laws.from_facts(
        {key: fact.value for key, fact in trend_values(comparer.catalogue, "loss_").items()}
    )
    return [_returned(comparer, usd, usd / usd_per_flop, law) for usd in sums]


def _returned(
    comparer: PathwayModel, usd: float, flop: float, law: scaling_laws.LossLaw
) -> Returns:
    level = comparer.level_of(flop)
    loss = float(scaling_laws.optimal_loss(law, flop))
    return Returns(usd, flop, loss, level.index, level.months_behind)
