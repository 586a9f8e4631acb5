"""To buy or to run: an API, the chip asked for, the cheapest chip that many rent out; from when.

All of one demand at one date, at the medians.
"""

import math
from contextlib import suppress
from dataclasses import field
from functools import cached_property, lru_cache

import numpy as np

from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR, SECONDS_PER_DAY
from frontiercost.cost.bill import Bill
from frontiercost.cost.choices import TERM_YEARS
from frontiercost.cost.market_prices import USUAL_VENDORS, quoted_by
from frontiercost.physics.serving_memory import room_on, weight_memory
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference.economics import (
    UNLIMITED,
    CostByDemand,
    Offer,
    cost_by_demand,
    offers,
)
from frontiercost.stages.inference.serving_error import is_unfitted
from frontiercost.stages.inference.workload import Service

MOST_TRIED = 4
"""Other chips that are worked out, for each takes a tenth of the time of an answer."""
PRICE_DECLINE = "inference_price_decline_a16z"
"""How many times cheaper a year tokens of the same quality became."""
FINE, COARSE, FEW_DRAWS, HALVINGS = 3000, 60, 64, 5
"""Demands that are tried where costs go up by whole units, and where draws smooth them."""
MONTHS = 12
"""Of a year."""


@frozen
class Own:
    """The demand on chips of one's own, of one kind, at the medians."""

    chip: Chip
    chips: float
    usd_per_year: float
    usd_per_token: float
    """That over the tokens written in a year, at the medians of both, as of an offer."""
    tokens_per_second: float
    """Of a user."""
    asked: float
    """Requests a day."""
    sold: tuple[float, float] | None
    """What an API asks for a year of one request a day, today and while the chips are paid for."""
    by_demand: CostByDemand = field(compare=False)

    @cached_property
    def wins_above(self) -> float | None:
        """Requests a day above which it costs less than the API; None where it never does."""
        return wins_above(self.by_demand, self.asked, self.sold[0]) if self.sold else None

    @cached_property
    def wins_above_falling(self) -> float | None:
        """The same where prices go on falling while the chips are paid for."""
        return wins_above(self.by_demand, self.asked, self.sold[1]) if self.sold else None


@frozen
class Decision:
    """What the same demand costs, bought and on chips of one's own."""

    offer: Offer | None
    """The cheapest that answers at once: of the model, else of another."""
    asked: Own
    cheapest: Own | None
    """On the chip on which it costs least of those that many rent out; None where not looked for.
    """

    @property
    def owned(self) -> tuple[Own, ...]:
        """The ways on chips of one's own: as asked, and on the cheapest chip if that is another."""
        if self.cheapest is None or self.cheapest == self.asked:
            return (self.asked,)
        return (self.asked, self.cheapest)

    @property
    def wins_first(self) -> Own | None:
        """The way on chips of one's own that costs less than the API from the least demand on."""
        wins = [own for own in self.owned if own.wins_above is not None]
        return min(wins, key=lambda own: own.wins_above or 0.0, default=None)

    @property
    def buys(self) -> bool:
        """Whether an API costs less than running it, on the cheapest chip too."""
        if self.offer is None:
            return False
        own = min((self.cheapest or self.asked).usd_per_year, self.asked.usd_per_year)
        return self.offer.usd_per_year.median < own

    @property
    def better_chip(self) -> Own | None:
        """The cheapest chip where it costs less than the API and the chip asked for does not."""
        if self.buys or self.offer is None or self.cheapest is None:
            return None
        sold = self.offer.usd_per_year.median
        return (
            self.cheapest if self.cheapest.usd_per_year < sold < self.asked.usd_per_year else None
        )


@lru_cache(maxsize=1)
def decision(e: Evaluation[Service]) -> Decision:
    """Return the ways to get a demand served; what an answer asks again is worked out once."""
    offer = cheapest_offer(e)
    asked = _own(e, e.detail, e.bill, offer)
    return Decision(offer, asked, _cheapest(e, asked, offer))


def cheapest_offer(e: Evaluation[Service]) -> Offer | None:
    """Return the cheapest API of the model, else of one as capable, else of any that is listed.

    Batches answer too late. A price that nobody checked counts only where no other is known.
    """
    immediate = [offer for offer in offers(e) if offer.price.kind != "batch"]
    of_model = [offer for offer in immediate if offer.same_model]
    alike = [offer for offer in immediate if offer.as_capable]
    found = of_model or alike or immediate
    found = [offer for offer in found if offer.confidence != "judged"] or found
    return min(found, key=lambda offer: offer.usd_per_year.median, default=None)


def _own(e: Evaluation[Service], s: Service, bill: Bill, offer: Offer | None) -> Own:
    sold = None
    if offer is not None:
        each = offer.usd_per_year.median / e.detail.requests_per_day
        sold = (each, mean_of_falling(e) * each)
    usd_per_year = e.drawn.median(bill.total)
    return Own(
        chip=s.inputs.chip,
        chips=s.chips,
        usd_per_year=usd_per_year,
        usd_per_token=usd_per_year / e.drawn.median(s.requests_per_year * s.output_tokens),
        tokens_per_second=1 / e.drawn.median(s.token_seconds),
        asked=e.detail.requests_per_day,
        sold=sold,
        by_demand=cost_by_demand(s, bill, e.drawn),
    )


def wins_above(cost: CostByDemand, asked: float, price: float) -> float | None:
    """Return the requests a day above which own chips always cost less than an API.

    Its price is that of a year of one request a day [USD]. The last demand of a grid, with the one
    asked in it, at which own chips cost more, and from there to where they no longer do; some of
    the draws say about where. None where they cost more without end.  Ignores batches.
    """

    def loses(requests: float) -> bool:
        return bool(cost.median(requests) >= price * requests)

    if not price or loses(UNLIMITED):
        return None
    draws = int(np.size(cost.per_chip))
    grid = np.geomspace(1, UNLIMITED, FINE if draws == 1 else COARSE)
    demands = np.sort(np.r_[grid, min(asked, UNLIMITED)])
    roughly = cost.sparse(max(draws // FEW_DRAWS, 1)).median(demands) >= price * demands
    lost = np.flatnonzero(roughly | ((demands == asked) & loses(asked)))
    place = min(int(lost[-1]), len(demands) - 2) if len(lost) else 0
    while loses(demands[place + 1]):
        place += 1
    while place and not loses(demands[place]):
        place -= 1
    low, high = demands[place], demands[place + 1]
    for _ in range(HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if loses(middle) else (low, middle)
    return float(high)


def price_decline(e: Evaluation[Service]) -> Fact:
    """Return the yearly fall of what tokens are sold for: given, else that of the record."""
    given = e.inputs.get("price_decline")
    return given.fact if given else e.catalogue.trends[PRICE_DECLINE]


def mean_of_falling(e: Evaluation[Service]) -> float:
    """Return the mean price over the time that chips are paid for, over that at its start.

    (1 - e^-dT) / (d T): d the yearly fall of ln(price) of tokens of the same quality, T the term of
    a contract, or the life of chips that are bought.
    """
    years = TERM_YEARS.get(e.terms.commitment, 0.0)
    if e.terms.basis != "rent":
        years = e.catalogue.assumption("chip_life").value / DAYS_PER_YEAR
    fallen = math.log(price_decline(e).value) * years
    return (1 - math.exp(-fallen)) / fallen if fallen else 1.0


# --- the cheapest chip ----------------------------------------------------------------------------


def _cheapest(e: Evaluation[Service], asked: Own, offer: Offer | None) -> Own | None:
    """Return the demand on the cheapest chip; None where none was looked for.

    Chips are tried from the one that looks cheapest on, as long as what they look like, corrected
    by what the chip asked for costs, is less than the cheapest so far. Where the price of a
    chip-hour, chips that are owned or a computer at a desk is given, another chip is no answer.
    """
    s, terms = e.detail, e.terms
    if terms.price is not None or terms.own_chips is not None or e.chip.kind == "desktop":
        return None
    quoted = quoted_by(e.catalogue, e.terms.date)
    guessed = {
        name: _guess(e, e.catalogue.chip(name), usd)
        for name, (usd, vendors) in quoted.items()
        if vendors >= USUAL_VENDORS or name == e.chip.name
    }
    best, of_guess = asked, asked.usd_per_year / guessed.get(e.chip.name, math.inf)
    for name in sorted(guessed.keys() - {e.chip.name}, key=guessed.__getitem__)[:MOST_TRIED]:
        if guessed[name] * of_guess >= best.usd_per_year:
            break
        with suppress(InputError, NotEvaluatedError):  # it does not fit, or not at this speed
            best = min(best, _own(e, *s.on_chip(name), offer), key=lambda own: own.usd_per_year)
    return best


def _guess(e: Evaluation[Service], chip: Chip, usd: float) -> float:
    """Return about what an hour costs: of the chips that hold the weights, or that do the work.

    Prompts take time by peak, steps by bandwidth. Infinite on chips without fitted rates, which
    nobody measured.
    """
    if is_unfitted(chip, e.catalogue.constants("serving_rates")):
        return math.inf
    s, inputs = e.detail, e.detail.inputs

    def ratio(key: str) -> float:
        here, there = (c.facts.get(key) or c.fact("peak_bf16") for c in (e.chip, chip))
        return here.value / there.value

    prompts = float(s.chosen.prompt_seconds) * ratio(f"peak_{inputs.formats.family}")
    steps = float(s.chosen.step_seconds) * ratio("memory_bandwidth")
    rate = s.requests_per_day / SECONDS_PER_DAY / inputs.utilisation.value
    ways = s.chosen.deployment.stage_chips * s.chosen.deployment.pipeline
    weights = ways * float(weight_memory(inputs.architecture, s.chosen.deployment))
    holding = weights / room_on(chip, inputs.formats.software)
    unit = 2.0 ** max(math.ceil(math.log2(holding)), 0)
    return usd * max(rate * (prompts + steps), unit)
