"""To buy or to run: an API, the chip asked for, the cheapest chip that many rent out; from when.

All of one demand at one date, at the medians.
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from statistics import median

import numpy as np

from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR, SECONDS_PER_DAY, not_after
from frontiercost.cost.bill import Bill
from frontiercost.cost.choices import TERM_YEARS
from frontiercost.physics.serving_memory import room_on, weight_memory
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference.economics import Offer, YearlyCost, offers, yearly_cost
from frontiercost.stages.inference.serving_error import is_unfitted
from frontiercost.stages.inference.workload import Service, fast_enough

USUAL_VENDORS = 5
"""Vendors that quoted a chip within a year: with so many it can be had by whoever wants it."""
PRICE_DECLINE = "inference_price_decline_a16z"
"""How many times cheaper a year tokens of the same quality became."""
MONTHS = 12
"""Of a year."""


@frozen
class Own:
    """The demand on chips of one's own, of one kind, at the medians."""

    chip: Chip
    chips: float
    usd_per_year: float
    usd_per_token: float
    """Written, prompts included."""
    tokens_per_second: float
    """Of a user."""
    wins_above: float | None
    """Requests a day above which it costs less than the API; None where it never does."""
    wins_above_falling: float | None
    """The same where prices go on falling while the chips are paid for."""


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
    cost = yearly_cost(s, bill, e.drawn)
    above: list[float | None] = [None, None]
    if offer is not None:
        price = offer.usd_per_year.median / e.drawn.median(e.detail.requests_per_year)
        above = own_wins_above(s, cost, [price, mean_of_falling(e) * price])
    return Own(
        chip=s.inputs.chip,
        chips=s.chips,
        usd_per_year=float(cost.of(s.chips)),
        usd_per_token=e.drawn.median(bill.total / s.requests_per_year / s.output_tokens),
        tokens_per_second=1 / e.drawn.median(s.token_seconds),
        wins_above=above[0],
        wins_above_falling=above[1],
    )


def own_wins_above(s: Service, cost: YearlyCost, prices: Iterable[float]) -> list[float | None]:
    """Return the requests a day above which own chips always cost less than each price [USD].

    Units cost C a year and serve Q requests of it at the utilisation asked for, F is paid at any
    size: with an API's price a, k + 1 of them cost less from (F + (k + 1) C) / a on, and more than
    it at k Q where k < (F + C) / (a Q - C).  Ignores batches.
    """
    soon = fast_enough(s.inputs, s.found)
    unit = soon.smallest * cost.per_chip
    served = soon.rate_on(soon.smallest) * cost.seconds

    def above(price: float) -> float | None:
        margin = price * served - unit
        wins = margin > 0
        if not price or not wins.any():
            return None
        each = unit[wins]
        units = np.ceil((cost.fixed + each) / margin[wins])  # of fewer, one more costs too much
        return float(((cost.fixed + units * each) / price).min()) / DAYS_PER_YEAR

    return [above(price) for price in prices]


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
    """Return the demand on the chip that looks cheapest, if it is; None where none was looked for.

    Where the price of a chip-hour, chips that are owned or a computer at a desk is given, another
    chip is no answer.
    """
    s, terms = e.detail, e.terms
    if terms.price is not None or terms.own_chips is not None or e.chip.kind == "desktop":
        return None
    quoted = _quoted(e)
    guessed = {
        name: _guess(e, e.catalogue.chip(name), usd)
        for name, (usd, vendors) in quoted.items()
        if vendors >= USUAL_VENDORS or name == e.chip.name
    }
    best = min(guessed, key=guessed.__getitem__, default=e.chip.name)
    if best == e.chip.name:
        return asked
    try:
        other, bill = s.on_chip(best)
    except (InputError, NotEvaluatedError):  # it does not fit, or not at this speed
        return asked
    found = _own(e, other, bill, offer)
    return min(asked, found, key=lambda own: own.usd_per_year)


def _quoted(e: Evaluation[Service]) -> dict[str, tuple[float, int]]:
    """Return the median quote of each chip in the year before the date, and how many quoted it."""
    date = e.terms.date
    since = f"{int(date[:4]) - 1}{date[4:]}"
    quotes: dict[str, list[tuple[float, str]]] = {}
    for row in e.catalogue.sourced_rows("prices/rental.csv"):
        if row["date"] >= since and not_after(row["date"], date):
            quote = (float(row["usd_per_chip_hour"]), row["vendor"])
            quotes.setdefault(row["chip"], []).append(quote)
    return {
        chip: (median(usd for usd, _ in known), len({vendor for _, vendor in known}))
        for chip, known in quotes.items()
    }


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
    holding = math.ceil(weights / room_on(chip, inputs.formats.software))
    return usd * max(rate * (prompts + steps), holding)
