"""What serving costs per unit, how that moves with length, speed and demand, and what others ask.

Unit costs spread the year's bill over its requests. Tables that vary one thing keep the cost of a
chip-hour and search the deployment again for each row, at central values; by demand, as drawn.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.types import ApiPrice
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Interval, mean
from frontiercost.core.frozen import frozen
from frontiercost.core.units import (
    DAYS_PER_YEAR,
    HOURS_PER_YEAR,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
)
from frontiercost.cost.api_prices import api_prices, confidence, interval
from frontiercost.cost.bill import Bill, total
from frontiercost.physics.arrays import median_of_rows
from frontiercost.physics.serving_choice import frontier
from frontiercost.physics.serving_deployment import Served
from frontiercost.physics.serving_memory import Request
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference import workload as inference
from frontiercost.stages.inference.choices import Choices, choices
from frontiercost.stages.inference.request_flop import plain_attention
from frontiercost.stages.inference.upkeep import PEOPLE
from frontiercost.stages.inference.workload import Inputs, Service

if TYPE_CHECKING:
    from frontiercost.core.facts import Number
    from frontiercost.physics.arrays import Array

REASONING = (0, 500, 2_000, 8_000, 32_000)
CONTEXTS = (8_192, 32_768, 131_072, 1_048_576, 10_485_760)
DEMANDS = (100.0, 1e4, 1e6, 1e8, 2.5e9)
"""Requests a day; the last is ChatGPT's of July 2025."""
UNLIMITED = 1e12
"""Requests a day beyond which nothing gets cheaper."""
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
    """The whole cost over the tokens written: what a million of them takes, prompts included."""


def chip_hour(e: Evaluation[Service]) -> "Number":
    """Return what an hour of a chip costs, busy or not; nobody's pay is in it."""
    return total(e.costing.compute()) / e.workload.chip_hours


def unit_costs(e: Evaluation[Service]) -> UnitCosts:
    """Return the cost per unit: request = bill / requests; tokens by the chips' time they take."""
    s = e.detail
    request = e.bill.total / s.requests_per_year
    per_user = e.draws.sample(e.catalogue.assumption("requests_per_user")) * DAYS_PER_YEAR
    return UnitCosts(
        chip_hour=chip_hour(e),
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
    return e.drawn.median(chip_hour(e)) / SECONDS_PER_HOUR / e.detail.inputs.utilisation.value


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
class CostByDemand:
    """What a year of any demand costs on the deployment that it takes, as the answer is drawn.

    F + n c [USD], of which F is the people whom any service takes; a chip costs what it does in the
    bill, with its spares and the people it takes. Ignores that power grows with use.
    """

    choices: Choices
    peak: "Number"
    """Requests a second that chips must be able to serve, for one a day."""
    fixed: "Number"
    per_chip: "Number"

    def at(self, requests_per_day: "Number") -> "tuple[Array, Array, Array]":
        """Return which deployment serves so many requests, its chips, and what a year costs.

        Of several demands each has a row of draws.
        """
        asked = np.asarray(requests_per_day)[..., None, None]
        best, chips = self.choices.least(asked * self.peak)
        return best, chips, np.asarray(self.fixed + chips * self.per_chip)

    def median(self, requests_per_day: "Number") -> "Array":
        """Return what a year costs at the median."""
        _, _, cost = self.at(requests_per_day)
        return median_of_rows(cost)

    def sparse(self, every: int) -> "CostByDemand":
        """Return the same of one in so many draws."""

        def some(number: "Number") -> "Array":
            return np.atleast_1d(number)[..., ::every]

        drawn = self.choices.drawn
        seconds = (some(drawn.prompt_seconds), some(drawn.step_seconds))
        few = replace(drawn, prompt_seconds=seconds[0], step_seconds=seconds[1])
        numbers = map(some, (self.peak, self.fixed, self.per_chip))
        fewer = Choices(self.choices.each, few, some(self.choices.price))
        return CostByDemand(fewer, *numbers)


def cost_by_demand(s: Service, bill: Bill, drawn: DrawnCatalogue) -> CostByDemand:
    """Return how a bill grows with demand; lines that were left out of it are not in it."""
    asked, persons = s.inputs.requests, s.workload.person_years
    varied = drawn.sample(asked) / asked.value if asked else 1.0
    paid = total(line for line in bill.lines if line.id == PEOPLE)
    fixed = paid * s.upkeep.people / persons if mean(persons) else 0.0
    serving = s.workload.chip_hours / HOURS_PER_YEAR / (1 + s.upkeep.spare_share)
    return CostByDemand(
        choices=choices(s.inputs, s.found, drawn),
        peak=varied / SECONDS_PER_DAY / drawn.sample(s.inputs.utilisation),
        fixed=fixed,
        per_chip=(bill.total - fixed) / serving,
    )


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
    cost = cost_by_demand(s, e.bill, e.drawn)
    per_user = e.catalogue.assumption("requests_per_user").value
    least = float(cost.median(UNLIMITED)) / UNLIMITED / DAYS_PER_YEAR
    demands = sorted({per_user, *DEMANDS, s.requests_per_day})
    return [_scale(cost, demand, per_user, least) for demand in demands]


def _scale(cost: CostByDemand, demand: float, per_user: float, least: float) -> Scale:
    place, drawn_chips, drawn_cost = cost.at(demand)
    best = cost.choices.each[int(place)]
    chips, yearly = (float(median_of_rows(drawn)) for drawn in (drawn_chips, drawn_cost))
    request = yearly / (demand * DAYS_PER_YEAR)
    busy = demand / SECONDS_PER_DAY * float(best.chip_seconds) / chips
    handicap = request / least if least else 1.0  # what is free is so at every scale
    return Scale(demand, demand / per_user, chips, yearly, request, handicap, busy)


# --- beside: what others sell ---------------------------------------------------------------------


@frozen
class Offer:
    """The same demand at a list price, with the interval of a price that may have moved."""

    price: ApiPrice
    same_model: bool
    as_capable: bool
    """Whether it stands for a model that nobody sells: the cheapest as capable."""
    usd_per_year: Interval
    usd_per_token: float
    """That over the tokens written in a year, at the medians of both."""
    confidence: str
    multiple: float | None
    """Over what it costs here, at the medians; None where that is nothing."""

    @property
    def is_other(self) -> bool:
        """Whether it is a model that does not stand for this one."""
        return not (self.same_model or self.as_capable)

    @property
    def name(self) -> str:
        """The model and who sells it."""
        return f"{self.price.label} by {self.price.provider}"


def _as_sure_as(price: ApiPrice, cost: Interval, date: str) -> Interval:
    """Return the interval of a drawn load at a list price: both are off, one without the other."""
    low, usual, high = cost
    if low is None or high is None or not low:
        return cost
    listed = math.log(interval(price, 1.0, date).high or 1.0)
    below, above = (math.hypot(math.log(ratio), listed) for ratio in (usual / low, high / usual))
    return Interval(usual * math.exp(-below), usual, usual * math.exp(above))


@lru_cache(maxsize=1)
def offers(e: Evaluation[Service]) -> tuple[Offer, ...]:
    """Return what the demand of a service costs where it is bought instead; worked out once."""
    s, request = e.detail, e.detail.inputs.request
    cached = request.cached / request.prompt * s.prompt_tokens if request.cached else 0.0
    load = YearOfTokens(s.requests_per_year, s.prompt_tokens, cached, s.output_tokens)
    return tuple(offers_for(e, request, load))


@frozen
class YearOfTokens:
    """A year of a demand as an API counts it; every number is a float or draws."""

    requests: "Number"
    read: "Number"
    """For a request, those of the cache among them."""
    cached: "Number"
    written: "Number"


def offers_for(e: Evaluation[Any], request: Request, load: YearOfTokens) -> list[Offer]:
    """Return a year's load at each list price in force: of this model, then of others.

    It is the load that is served on chips of one's own, draw by draw. Others are the cheapest that
    is as capable, where nobody sells this one, and reference models. Requests of this length choose
    the tier. A model whose context is too short for them is left out.
    """
    date, name, other = e.terms.date, e.model.name if e.model else "", ""
    listed = api_prices(e.catalogue, name, date, request.prompt)
    if not any(price.model == name != "" for price in listed):
        from frontiercost.stages.inference.level_offers import as_capable

        reasons = e.inputs["reasoning_tokens"].fact.value > 0
        other = as_capable(e.catalogue, name, date, request, reasons=reasons)
        prices = api_prices(e.catalogue, other, date, request.prompt)
        listed += [p for p in prices if p.model == other != "" and p not in listed]
    length = request.prompt + request.output
    return [_offer(e, price, load, other) for price in listed if price.context >= length]


def _offer(e: Evaluation[Any], price: ApiPrice, load: YearOfTokens, other: str) -> Offer:
    each = price.of(load.read, load.cached, load.written)
    usd_per_year = _as_sure_as(price, e.draws.summary(load.requests * each), e.terms.date)
    cost, own = usd_per_year.median, e.drawn.median(e.bill.total)
    return Offer(
        price=price,
        same_model=e.model is not None and price.model == e.model.name,
        as_capable=price.model == other != "",
        usd_per_year=usd_per_year,
        usd_per_token=cost / e.drawn.median(load.requests * load.written),
        confidence=confidence(price, e.terms.date),
        multiple=cost / own if own else None,
    )
