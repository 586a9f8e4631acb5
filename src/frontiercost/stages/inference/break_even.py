"""The railroad: which volume repays a development, at what price and cost of a token, and when.

A token costs what it does in every other answer: the whole cost of serving over the tokens written.
"""

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws
from frontiercost.core.frozen import frozen
from frontiercost.cost.compute_cost import break_even_volume
from frontiercost.physics.arrays import Array, plain
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference.decision import price_decline
from frontiercost.stages.inference.economics import unit_costs
from frontiercost.stages.inference.workload import Service

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

VOLUMES = (0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
COST_GROWTH = (1.0, 2.0, 5.0, 10.0)
COST_DECLINE = "hw_price_performance_fp16"
"""How many times more computing a dollar buys every year: what serving follows, at least."""
LONGEST_YEARS = 100.0
HALVINGS = 50
STEADY = 1e-9


@frozen
class BreakEven:
    """A development cost F against price p and marginal cost c per token written.

    Volumes in tokens; draws in which p <= c never repay, and have infinite volume.
    """

    development: "Number"
    price: "Number"
    marginal: "Number"
    volume: "Number"
    years: "Number"
    """At the price and the cost of today."""
    price_decline: "Number"
    cost_decline: "Number"
    """By which factor a token gets cheaper in a year, to its buyer and to its maker."""
    years_falling: "Number"
    """With both falling; infinite where the price is down to the cost before it is repaid."""
    yearly_tokens: "Number"
    probability_repaid: float | None
    """That p is above c today."""
    probability_falling: float | None
    """That it is repaid with both falling."""
    growth: float


@lru_cache(maxsize=1)
def break_even(e: Evaluation[Service]) -> BreakEven:
    """Return the volume and time that repay a development: Q = F / (p - c), t = Q / V.

    With demand that grows by a factor a year, g = ln(factor): t = ln(1 + g Q / V) / g. With a price
    that falls by a factor d a year and costs by k: F = V int_0^t e^(g s) (p d^-s - c k^-s) ds.
    Ignores interest. What an answer asks again is worked out once.
    """
    fixed, price = e.inputs.get("development"), e.inputs.get("token_price")
    if fixed is None or price is None:
        raise InputError(
            "`break_even`: needs `development` '$100M' and `price` '$10/Mtok', for tokens sold"
        )
    grown = e.inputs.get("demand_growth")
    s, draws = e.detail, e.draws
    marginal = unit_costs(e).all_on_output
    spent, sold = draws.sample(fixed.fact), draws.sample(price.fact)
    volume = _repaying(spent, sold, marginal)
    yearly = s.requests_per_year * s.output_tokens
    growth = grown.fact.value if grown else 1.0
    decline = draws.sample(price_decline(e))
    cheaper = draws.sample(e.catalogue.trends[COST_DECLINE])
    falling = _years_falling(spent / yearly, (sold, marginal), (decline, cheaper), growth)
    return BreakEven(
        development=spent,
        price=sold,
        marginal=marginal,
        volume=volume,
        years=_years(volume / yearly, growth),
        price_decline=decline,
        cost_decline=cheaper,
        years_falling=falling,
        yearly_tokens=yearly,
        probability_repaid=draws.share(sold > marginal),
        probability_falling=draws.share(falling < math.inf),
        growth=growth,
    )


def _repaying(fixed: "Number", price: "Number", marginal: "Number") -> "Number":
    """Return F / (p - c) where p > c, else infinity."""
    margin = np.asarray(price - marginal)
    volume = break_even_volume(fixed, np.where(margin > 0, margin, 1.0), 0.0)
    repaying_volume = np.where(margin > 0, volume, np.inf)
    return plain(repaying_volume)


def _years(ratio: "Number", growth: float) -> "Number":
    """Return the years to sell Q at V a year that grows: ln(1 + g Q/V) / g; Q/V without growth.

    Infinite where a demand that shrinks ends before.
    """
    if growth == 1:
        return ratio
    g = math.log(growth)
    grown = 1 + g * np.asarray(ratio)
    is_sold = grown > 0
    years = np.where(is_sold, np.log(np.where(is_sold, grown, 1.0)) / g, np.inf)
    return plain(years)


def _years_falling(
    ratio: "Number",
    price_and_cost: tuple["Number", "Number"],
    declines: tuple["Number", "Number"],
    growth: float,
) -> "Number":
    """Return t with F / V = p E(g - ln d, t) - c E(g - ln k, t), E(r, t) = (e^(r t) - 1) / r.

    Sold until the price is down to the cost, LONGEST_YEARS at most; infinite where that is too
    soon.  Source: bisection of the integral of what a token earns.
    """
    price, cost = (np.asarray(number, np.float64) for number in price_and_cost)
    fall, cheaper = (np.log(np.asarray(number, np.float64)) for number in declines)
    g = math.log(growth)

    def earned(t: Array) -> Array:
        return price * _integral(g - fall, t) - cost * _integral(g - cheaper, t)

    with np.errstate(divide="ignore", invalid="ignore"):
        met = np.log(price / cost) / (fall - cheaper)
    last = np.where(price <= cost, 0.0, np.where(fall > cheaper, met, LONGEST_YEARS))
    last = np.minimum(np.where(np.isnan(last), LONGEST_YEARS, last), LONGEST_YEARS)
    low, high = np.zeros_like(last), last
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        enough = earned(middle) >= ratio
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    years = np.where(earned(last) >= ratio, high, np.inf)
    return plain(years)


def _integral(rate: Array, t: Array) -> Array:
    """Return (e^(r t) - 1) / r, t for no rate."""
    steady = np.abs(rate) < STEADY
    safe = np.where(steady, 1.0, rate)
    return np.asarray(np.where(steady, t, np.expm1(safe * t) / safe))


def average_costs(b: BreakEven, draws: Draws) -> list[tuple[float, float]]:
    """Return volume and average cost F/Q + c around the break-even volume, at the medians.

    Where there is nothing to repay, or to repay it with, around what is sold in a year.
    """
    fixed, marginal, price, yearly = (
        draws.summary(x).median for x in (b.development, b.marginal, b.price, b.yearly_tokens)
    )
    margin = price - marginal if price > marginal else price
    centre = fixed / margin if fixed and margin else yearly
    return [(share * centre, fixed / (share * centre) + marginal) for share in VOLUMES]


def when_inference_grows(b: BreakEven, draws: Draws) -> list[tuple[float, float]]:
    """Return what happens to the years when each answer costs more to serve at the same price."""
    fixed, price, marginal, yearly = (
        draws.summary(x).median for x in (b.development, b.price, b.marginal, b.yearly_tokens)
    )
    years_by_factor = []
    for factor in COST_GROWTH:
        margin = price - factor * marginal
        years = _years(fixed / margin / yearly, b.growth) if margin > 0 else math.inf
        years_by_factor.append((factor, float(years)))
    return years_by_factor
