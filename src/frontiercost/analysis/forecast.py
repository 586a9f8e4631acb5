"""In which year an actor can afford a level: fixed, that of the year, or that of some years ago.

Costs of a fixed level fall by algorithms and by the drift of rents, never by purchase prices; the
frontier's cost grows; with some probability its growth breaks. Each is one draw.
"""

from statistics import NormalDist
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.facts import Draws
from frontiercost.core.frozen import frozen

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

PAST_YEARS = 2.0
NEVER = 1e-12
"""A probability that no draw reaches."""
LAST = 2040
"""Years beyond which an answer is "never by then"."""


@frozen
class Growth:
    """Factors a year, as draws: the frontier's cost, a fixed level's fall, an actor's money."""

    frontier_cost: "Number"
    level_fall: "Number"
    money: "Number"


def growth_of(drawn: DrawnCatalogue) -> Growth:
    """Return the growth rates: fall = algorithms / drift of rents, and a break of the trend."""
    cost = drawn.sample(drawn.catalogue.trends["training_cost_frontier"])
    algorithms = drawn.sample(drawn.catalogue.trends["algorithmic_efficiency_pretraining"])
    drift = drawn.sample(drawn.catalogue.trends["rental_default_drift_forward"])
    return Growth(
        frontier_cost=_broken(cost, drawn),
        level_fall=algorithms / drift,
        money=drawn.value("budget_growth"),
    )


def _broken(cost: "Number", drawn: DrawnCatalogue) -> "Number":
    """Return the growth of cost with a share of draws in which it has slowed down."""
    if not drawn.draws.count:
        return cost
    import numpy as np

    slow = drawn.value("trend_break_growth")
    share = min(max(drawn.fact("trend_break_probability").value, NEVER), 1 - NEVER)
    breaks = drawn.draws.standard("horizon/trend-break") < NormalDist().inv_cdf(share)
    return np.where(breaks, slow, cost)


def years_to_level(cost: "Number", money: "Number", growth: Growth) -> "Number":
    """Return years until a fixed level is affordable: ln(C/B) / (ln fall + ln g_B); 0 if it is."""
    import numpy as np

    rate = np.log(growth.level_fall) + np.log(growth.money)
    return _years(_gap(cost, money), rate)


def years_to_frontier(cost: "Number", money: "Number", growth: Growth) -> "Number":
    """Return years until that year's frontier is affordable: ln(C/B) / (ln g_B - ln g_C).

    Never where money does not outgrow cost.  Source: arXiv 2405.21015.
    """
    import numpy as np

    return _years(_gap(cost, money), np.log(growth.money) - np.log(growth.frontier_cost))


def years_to_past(cost: "Number", money: "Number", growth: Growth, past: float) -> "Number":
    """Return years until the frontier of k years before is affordable.

    Its cost is C g_C^(t-k) fall^-k: (ln(C/B) - k ln(g_C fall)) / (ln g_B - ln g_C).
    """
    import numpy as np

    behind = past * (np.log(growth.frontier_cost) + np.log(growth.level_fall))
    rate = np.log(growth.money) - np.log(growth.frontier_cost)
    return _years(_gap(cost, money) - behind, rate)


def _gap(cost: "Number", money: "Number") -> "Number":
    """Return ln(C/B); infinite without money, and minus that where it is free."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.where(np.equal(cost, 0), -np.inf, np.log(cost) - np.log(money))
    return gap if gap.shape else float(gap)


def _years(gap: "Number", rate: "Number") -> "Number":
    """Return gap / rate where both are positive, 0 where there is no gap, else infinity."""
    import numpy as np

    gap, rate = np.broadcast_arrays(np.asarray(gap, float), np.asarray(rate, float))
    years = np.full(gap.shape, np.inf)
    closing = (gap > 0) & (rate > 0)
    years[closing] = gap[closing] / rate[closing]
    years[gap <= 0] = 0.0
    return years if years.shape else float(years)


def chances_by_year(
    cost: "Number", money: "Number", growth: Growth, now: float, years: list[int], draws: Draws
) -> list[float | None]:
    """Return the probability that today's level is affordable in each year."""
    closing = growth.level_fall * growth.money
    return [draws.share(cost <= money * closing ** (year + 0.5 - now)) for year in years]


@frozen
class When:
    """The year of something for an actor, and the probability that it does not come by LAST."""

    low: float | None
    median: float | None
    high: float | None
    never: float | None


def when(years: "Number", now: float, draws: Draws) -> When:
    """Return low, median and high as calendar years; None for never by LAST."""
    low, median, high = draws.summary(years)
    limit = LAST - now

    def calendar(value: float | None) -> float | None:
        return None if value is None or value > limit else float(int(now + value))

    return When(calendar(low), calendar(median), calendar(high), draws.share(years > limit))
