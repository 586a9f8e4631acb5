"""What serving costs per unit, how that moves with length, speed and demand, and what repays it.

Unit costs spread the year's bill over its requests. Tables that vary one thing keep the cost of a
chip-hour and search the deployment again for each row, at central values.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from frontiercost.catalogue.types import ApiPrice
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Interval
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR, HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR
from frontiercost.cost.api_prices import api_prices, confidence, interval
from frontiercost.cost.compute_cost import break_even_volume
from frontiercost.physics.serving_choice import frontier, in_time
from frontiercost.physics.serving_deployment import Served
from frontiercost.physics.serving_memory import Request
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference import workload as inference
from frontiercost.stages.inference.request_flop import plain_attention
from frontiercost.stages.inference.workload import Inputs, Service

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

REASONING = (0, 500, 2_000, 8_000, 32_000)
CONTEXTS = (8_192, 32_768, 131_072, 1_048_576, 10_485_760)
DEMANDS = (100.0, 1e4, 1e6, 1e8, 2.5e9)
"""Requests a day; the last is ChatGPT's of July 2025."""
VOLUMES = (0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
COST_GROWTH = (1.0, 2.0, 5.0, 10.0)
MOST_SPEEDS = 7


@frozen
class UnitCosts:
    """The year's bill over its units; each a float or draws."""

    chip_hour: "Number"
    request: "Number"
    input_token: "Number"
    output_token: "Number"
    user_year: "Number"
    all_on_output: "Number"
    """The whole cost over the tokens written, as many providers count."""


def unit_costs(e: Evaluation[Service]) -> UnitCosts:
    """Return the cost per unit: request = bill / requests; tokens by the chips' time they take."""
    s = e.detail
    request = e.bill.total / s.requests_per_year
    per_user = e.draws.sample(e.catalogue.assumption("requests_per_user")) * DAYS_PER_YEAR
    return UnitCosts(
        chip_hour=e.bill.total / e.workload.chip_hours,
        request=request,
        input_token=request * s.prompt_share / s.prompt_tokens,
        output_token=request * (1 - s.prompt_share) / s.output_tokens,
        user_year=request * per_user,
        all_on_output=request / s.output_tokens,
    )


# --- one thing moved, at central values -----------------------------------------------------------


@frozen
class Point:
    """One row of a table that moves one thing: what was moved, the deployment, and its cost.

    None for what no deployment reaches.
    """

    value: float
    chosen: Served | None
    cost: float | None
    """USD per request at the utilisation asked for."""
    request: Request


def _chip_second(e: Evaluation[Service]) -> float:
    """Return what a busy second of a chip costs: a held hour / (3600 utilisation)."""
    hour = e.drawn.median(e.bill.total / e.workload.chip_hours)
    return hour / SECONDS_PER_HOUR / e.detail.inputs.utilisation.value


def _point(e: Evaluation[Service], value: float, inputs: Inputs, request: Request) -> Point:
    """Search the deployment of a large service again, for other lengths."""
    try:
        deployments = inference.deployments(inputs, request, e.catalogue)
        best = inference.chosen_for(inputs, deployments)
    except InputError:
        return Point(value, None, None, request)
    return Point(value, best, float(best.chip_seconds) * _chip_second(e), request)


def by_speed(e: Evaluation[Service]) -> list[Point]:
    """Return the frontier of cost against tokens per second to a user, fastest first."""
    edge = frontier(e.detail.found)
    count = len(edge.chips)
    places = sorted({round(i * (count - 1) / (MOST_SPEEDS - 1)) for i in range(MOST_SPEEDS)})
    request = e.detail.inputs.request
    return [
        Point(
            1 / float(edge.time_per_token[i]),
            edge[i],
            float(edge.chip_seconds[i]) * _chip_second(e),
            request,
        )
        for i in places
    ]


def by_reasoning(e: Evaluation[Service]) -> list[Point]:
    """Return the cost of an answer with ever more tokens written before it."""
    inputs = e.detail.inputs
    request = inputs.request
    lengths = sorted({*REASONING, round(inputs.reasoning.value)})
    return [_point(e, r, inputs, replace(request, output=inputs.answer.value + r)) for r in lengths]


def by_context(e: Evaluation[Service], *, plain: bool = False) -> list[Point]:
    """Return the cost of a request whose prompt fills ever longer contexts of the model.

    With `plain`, for the same model with full grouped-query attention in every layer.
    """
    inputs = e.detail.inputs
    if plain:
        inputs = replace(inputs, architecture=plain_attention(inputs.architecture))
    return [_point(e, c, inputs, _filling(inputs, c)) for c in _contexts(e)]


def _contexts(e: Evaluation[Service]) -> Iterable[float]:
    """Return the contexts up to the model's longest, which is the last; all, where unknown."""
    longest = e.model.facts.get("max_context") if e.model else None
    if longest is None:
        return CONTEXTS
    return sorted({*(c for c in CONTEXTS if c < longest.value), longest.value})


def _filling(inputs: Inputs, context: float) -> Request:
    output = min(inputs.output, context / 2)
    prompt = context - output
    return Request(prompt=prompt, output=output, cached=prompt * inputs.cache_hit.value)


@frozen
class Scale:
    """A demand served on whole units: chips, cost, and the handicap against a large service."""

    requests_per_day: float
    users: float
    chips: float
    usd_per_year: float
    usd_per_request: float
    handicap: float
    busy: float
    """Share of the chips' time at work."""


def by_demand(e: Evaluation[Service]) -> list[Scale]:
    """Return the cost of ever larger demands at the same speed, from one user to all of them."""
    s = e.detail
    per_user = e.catalogue.assumption("requests_per_user").value
    large = inference.chosen_for(s.inputs, s.found)
    least = float(large.chip_seconds) * _chip_second(e)
    hour = e.drawn.median(e.bill.total / e.workload.chip_hours)
    demands = sorted({per_user, *DEMANDS, s.requests_per_day})
    return [_scale(s, demand, per_user, hour, least) for demand in demands]


def _scale(s: Service, demand: float, per_user: float, hour: float, least: float) -> Scale:
    rate = demand / SECONDS_PER_DAY
    best = inference.chosen_for(s.inputs, s.found, rate / s.inputs.utilisation.value)
    chips = float(best.chips_for(rate / s.inputs.utilisation.value))
    yearly = chips * hour * DAYS_PER_YEAR * HOURS_PER_DAY
    request = yearly / (demand * DAYS_PER_YEAR)
    busy = rate * float(best.chip_seconds) / chips
    handicap = request / least if least else 1.0  # what is free is so at every scale
    return Scale(demand, demand / per_user, chips, yearly, request, handicap, busy)


# --- beside: what others sell ---------------------------------------------------------------------


@frozen
class Offer:
    """The same demand at a list price, with the interval of a price that may have moved."""

    price: ApiPrice
    same_model: bool
    usd_per_year: Interval
    confidence: str
    multiple: float | None
    """Over what it costs here, at the medians; None where that is nothing."""


def offers(e: Evaluation[Service]) -> list[Offer]:
    """Return what the demand of a service costs where it is bought instead."""
    return offers_for(e, e.detail.inputs.request)


def offers_for(e: Evaluation[Any], request: Request) -> list[Offer]:
    """Return the year's demand at each list price in force: of this model, then of others.

    Requests of this length choose the tier. A model whose context is too short for them is left
    out.
    """
    yearly = e.drawn.median(e.detail.requests_per_year)
    name = e.model.name if e.model else ""
    own = e.drawn.median(e.bill.total)
    listed = []
    for price in api_prices(e.catalogue, name, e.terms.date, request.prompt):
        if price.context < request.prompt + request.output:
            continue
        cost = yearly * price.of(request.prompt, request.cached, request.output)
        within = (
            interval(price, cost, e.terms.date) if e.draws.count else Interval(None, cost, None)
        )
        sure, multiple = confidence(price, e.terms.date), cost / own if own else None
        is_same = price.model == name != ""
        listed.append(Offer(price, is_same, within, sure, multiple))
    return listed


@frozen
class Alternative:
    """The cheapest API for the same demand, and the demand above which own chips cost less."""

    offer: Offer
    own_wins_above: float | None
    """Requests a day; None where no deployment on this chip ever costs less."""


def alternative(e: Evaluation[Service]) -> Alternative | None:
    """Return the cheapest list price of the model, else of another; None where there is none.

    Of whole units of yearly cost C that serve Q requests a year at the utilisation asked for, with
    an API's price a of a request, k + 1 cost less than it from (k + 1) C / a on, and more than it
    at k Q where k < C / (a Q - C).  Ignores people, spares and batches.
    """
    immediate = [offer for offer in offers(e) if offer.price.kind != "batch"]
    of_model = [offer for offer in immediate if offer.same_model] or immediate
    if not of_model:
        return None
    offer = min(of_model, key=lambda offer: offer.usd_per_year.median)
    yearly = e.drawn.median(e.detail.requests_per_year)
    return Alternative(offer, _own_wins_above(e, offer.usd_per_year.median / yearly))


def _own_wins_above(e: Evaluation[Service], price: float) -> float | None:
    """Return the requests a day above which own chips always cost less than a price each [USD]."""
    s = e.detail
    soon = in_time(s.found, s.inputs.slowest_token, s.inputs.slowest_first)
    hour = e.drawn.median(e.bill.total / e.workload.chip_hours)
    unit = soon.smallest * hour * HOURS_PER_DAY
    sold = price * soon.rate_on(soon.smallest) * s.inputs.utilisation.value * SECONDS_PER_DAY
    wins = sold > unit
    if not price or not wins.any():
        return None
    cost, margin = unit[wins], (sold - unit)[wins]
    units = -(-cost // margin)  # rounded up: while fewer are full, one more costs too much
    return float((units * cost / price).min())


# --- the railroad: what repays a development ------------------------------------------------------


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
    yearly_tokens: "Number"
    probability_repaid: float | None
    growth: float


def break_even(e: Evaluation[Service]) -> BreakEven:
    """Return the volume and time that repay a development: Q = F / (p - c), t = Q / V.

    With demand that grows by a factor a year, g = ln(factor): t = ln(1 + g Q / V) / g.
    Ignores interest, and that price and cost fall with time.
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
    return BreakEven(
        development=spent,
        price=sold,
        marginal=marginal,
        volume=volume,
        years=_years(volume / yearly, growth),
        yearly_tokens=yearly,
        probability_repaid=draws.share(sold > marginal),
        growth=growth,
    )


def _repaying(fixed: "Number", price: "Number", marginal: "Number") -> "Number":
    """Return F / (p - c) where p > c, else infinity."""
    import numpy as np

    margin = np.asarray(price - marginal)
    volume = break_even_volume(fixed, np.where(margin > 0, margin, 1.0), 0.0)
    repaying_volume = np.where(margin > 0, volume, np.inf)
    return float(repaying_volume) if repaying_volume.ndim == 0 else repaying_volume


def _years(ratio: "Number", growth: float) -> "Number":
    """Return the years to sell Q at V a year that grows: ln(1 + g Q/V) / g; Q/V without growth.

    Infinite where a demand that shrinks ends before.
    """
    if growth == 1:
        return ratio
    import numpy as np

    g = math.log(growth)
    grown = 1 + g * np.asarray(ratio)
    is_sold = grown > 0
    years = np.where(is_sold, np.log(np.where(is_sold, grown, 1.0)) / g, np.inf)
    return float(years) if years.ndim == 0 else years


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
