"""The answer to a question of serving: to buy or to run, in a sentence and on a screen."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Sentence, Table
from frontiercost.core.units import DAYS_PER_YEAR, PER_MILLION, SECONDS_PER_DAY
from frontiercost.core.wording import CARRIED, money, per_cent
from frontiercost.cost.affordability import word_of
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference import economics
from frontiercost.stages.inference.decision import MONTHS, Decision, Own, decision
from frontiercost.stages.inference.decision_answer import if_prices_fall, without_reasoning
from frontiercost.stages.inference.economics import Offer
from frontiercost.stages.inference.workload import Service
from frontiercost.stages.verdict_words import answered

if TYPE_CHECKING:
    from frontiercost.core.facts import Number
    from frontiercost.stages.inference.break_even import BreakEven

LONGEST_YEARS = 5.0
"""For which a model is sold at most: what takes longer is told with the demand that does not."""
OFFERS = 2
"""The most offers that a screen shows."""


def headline(e: Evaluation[Service]) -> Sentence:
    """Whether to buy or to run it, what each costs a year, and from when running costs less.

    Where a purse was named, its verdict leads; where a price, when that repays a development.
    """
    repaid, (first, *rest) = _repaid(e), _bought_or_run(e)
    if not repaid:
        return [first, *rest]
    opening = str(first)
    is_name = opening.startswith(e.name)
    return [*repaid, "; ", opening if is_name else f"{opening[:1].lower()}{opening[1:]}", *rest]


def _repaid(e: Evaluation[Service]) -> Sentence:
    """Say when a development is repaid, where that was asked."""
    if "break-even" not in e.views:
        return []
    from frontiercost.stages.inference.break_even import break_even

    b, median = break_even(e), e.drawn.median
    cost: list[str | Cell] = [Cell(median(b.development), "USD", figures=CARRIED), " are "]
    years, falling = median(b.years), median(b.years_falling)
    if not math.isfinite(years):
        return [*cost, _why_not_repaid(e, b)]
    volume = Cell(median(b.volume), "token", figures=CARRIED)
    days = Cell(years * DAYS_PER_YEAR, "day", figures=CARRIED)
    sooner: Sentence = []
    if years > LONGEST_YEARS:
        daily = e.detail.requests_per_day * years / LONGEST_YEARS
        within = f" (in {LONGEST_YEARS:.0f} years at "
        sooner = [within, Cell(daily, "request/day", figures=CARRIED), ")"]
    when: Sentence = ["repaid in ", days, " of this demand", *sooner, ", by ", volume, " sold"]
    if math.isfinite(falling):
        return [*cost, *when]
    return [*cost, *when, f" at today's price, and never at one that {_falls(e, b)}"]


def _why_not_repaid(e: Evaluation[Service], b: "BreakEven") -> str:
    """Say what keeps a development from being repaid: its price, its fall, a demand that ends."""
    if math.isfinite(e.drawn.median(b.volume)):
        return "never repaid: a demand that shrinks so ends before"
    if not b.probability_repaid or word_of(b.probability_repaid) == "no":
        return "never repaid: a token is sold for less than it costs"
    return (
        f"repaid in {per_cent(b.probability_falling or 0.0)} of all cases: today a token sells for "
        f"more than it costs in {per_cent(b.probability_repaid)}, and its price {_falls(e, b)}"
    )


def _falls(e: Evaluation[Service], b: "BreakEven") -> str:
    """Say how the price of a token falls, and its cost."""
    price, cost = (
        format_quantity(e.drawn.median(factor), "x", CARRIED)
        for factor in (b.price_decline, b.cost_decline)
    )
    return f"falls {price} a year, its cost {cost}"


def _bought_or_run(e: Evaluation[Service]) -> Sentence:
    """Say whether to buy or to run it; with a purse, whether that is enough."""
    found, s = decision(e), e.detail
    chips: Sentence = [" on ", Cell(s.chips, "count"), f" {e.chip.name}"]
    reasoning = without_reasoning(e, s.inputs)
    if found.offer is None or e.verdicts:
        costs = [f"{e.name} costs "]
        beside = [*_api_beside(found.offer), *reasoning]
        return answered(e, costs, [" to serve ", *load(s), *chips], "USD/year", beside)
    said = _to_buy if found.buys else _to_run
    return [*said(e, found, found.offer, chips), *reasoning, "."]


def _to_buy(e: Evaluation[Service], found: Decision, offer: Offer, chips: Sentence) -> Sentence:
    """Say that an API costs less, and up to which demand."""
    other = _whose(offer, " of ", "")
    return [
        f"Buy it: an API{other} ({offer.name}) serves ",
        *load(e.detail),
        " for ",
        *_yearly(offer),
        f"; running {e.name} yourself costs ",
        *money(e, e.bill.total, "USD/year"),
        *chips,
        f", {e.in_words}",
        *_from(e, found, ", and less", ", and on these never less"),
    ]


def _to_run(e: Evaluation[Service], found: Decision, offer: Offer, chips: Sentence) -> Sentence:
    """Say that chips of one's own cost less, and from which demand."""
    name = f"{_whose(offer, ' of ', '')} ({offer.name})"
    return [
        *_run(e, found.better_chip),
        *money(e, e.bill.total, "USD/year"),
        *([] if found.better_chip else [" to serve ", *load(e.detail)]),
        *chips,
        f", {e.in_words}; an API{name} asks ",
        *_yearly(offer),
        *_but_for_batches(e),
        *_from(e, found, ", and running it always costs less", ""),
    ]


def _but_for_batches(e: Evaluation[Service]) -> Sentence:
    """Say that the API answers at once, where one that answers in a day costs less than running."""
    own = e.drawn.median(e.bill.total)
    late = (o for o in economics.offers(e) if o.price.kind == "batch" and not o.is_other)
    return [" to answer at once"] if any(o.usd_per_year.median < own for o in late) else []


def _run(e: Evaluation[Service], better: Own | None) -> Sentence:
    """Say what is run; where only another chip is cheaper than an API, that one and its cost."""
    name = e.name
    if better is None:
        return [f"Run it: {name} costs "]
    cost = Cell(better.usd_per_year, "USD", figures=CARRIED)
    where: Sentence = ["Run it on ", Cell(better.chips, "count"), f" {better.chip.name}: {name}"]
    return [*where, " costs ", cost, " a year to serve ", *load(e.detail), ", and "]


def _whose(offer: Offer, before: str, after: str) -> str:
    """Say whose API it is where nobody sells the model itself."""
    if offer.same_model:
        return ""
    other = "one at least as capable" if offer.as_capable else "another model"
    return f"{before}{other}{after}"


def _yearly(offer: Offer) -> Sentence:
    year = offer.usd_per_year.median
    return [
        Cell(year, "USD", figures=CARRIED),
        " a year (",
        Cell(year / MONTHS, "USD", figures=CARRIED),
        " a month)",
    ]


def _from(e: Evaluation[Service], found: Decision, less: str, never: str) -> Sentence:
    """Say from which demand on chips of one's own cost less, and which if not those asked for."""
    own = found.wins_first
    if own is None or own.wins_above is None:
        return [never]
    chip = "" if own.chip == e.chip else f" with {own.chip.name}"
    return [f"{less} from ", Cell(own.wins_above, "request/day", figures=CARRIED), f" on{chip}"]


def _api_beside(offer: Offer | None) -> Sentence:
    """What an API asks for the same, after a verdict."""
    if offer is None:
        return []
    other = _whose(offer, " (", ")")
    year = Cell(offer.usd_per_year.median, "USD", figures=CARRIED)
    return [f"; an API, {offer.name}{other}, asks ", year, " a year"]


def from_an_api(e: Evaluation[Service], usd: float) -> Iterable[str]:
    """Yield what of the demand a sum a year buys from the API that would be chosen."""
    if (offer := decision(e).offer) is None:
        return
    year, name = offer.usd_per_year.median, f"from an API ({offer.name})"
    if year <= usd:
        yield f"all of it {name}"
    else:
        daily = e.detail.requests_per_day * usd / year
        yield f"{format_quantity(daily, 'request/day', CARRIED)} {name}"


def load(s: Service) -> Sentence:
    """The demand, and what makes it where it was not asked for."""
    daily = Cell(s.requests_per_day, "request/day")
    if s.inputs.requests:
        return [daily]
    use = Cell(s.inputs.utilisation.value, "%")
    if s.inputs.users:
        users = format_quantity(s.inputs.users.value, "user")
        return [f"{users} at once, ", daily, " at ", use, " use"]
    return [daily, ", ", use, " of the most they can,"]


# --- one screen -----------------------------------------------------------------------------------


def screen(e: Evaluation[Service]) -> list[Table]:
    """The ways to have it served: chips of one's own, and the cheapest offers."""
    found = decision(e)
    own = [
        _row(f"Run on {o.chip.name}", o.usd_per_year, o.usd_per_token, o.tokens_per_second)
        for o in found.owned
    ]
    chosen = [found.offer] if found.offer is not None else []
    others = sorted(economics.offers(e), key=lambda o: (not o.same_model, o.usd_per_year.median))
    offers = [*chosen, *(offer for offer in others if offer not in chosen)]
    rows = [*own, *(_offer_row(offer) for offer in offers[:OFFERS])]
    columns = ("Ways to have it served", "A month", "A year", "$/M written", "Tokens/s")
    return [Table("", columns, tuple(rows), bare=True)]


def _offer_row(offer: Offer) -> tuple[Cell, ...]:
    other = "" if offer.same_model else "another: "
    kind = ", batch" if offer.price.kind == "batch" else ""
    unchecked = ", unchecked" if offer.confidence == "judged" else ""
    label = f"{other}{offer.name}{kind}{unchecked}"
    return _row(label, offer.usd_per_year.median, offer.usd_per_token)


def _row(label: str, year: float, written: float, speed: float | None = None) -> tuple[Cell, ...]:
    return (
        Cell(label),
        Cell(year / MONTHS, "USD", figures=CARRIED),
        Cell(year, "USD", figures=CARRIED),
        Cell(PER_MILLION * written, "USD", figures=CARRIED),
        Cell(speed, "count", figures=CARRIED),
    )


def points(e: Evaluation[Service]) -> list[tuple[str, str]]:
    """What it takes to serve the demand, how fast it is, and what a year of it comes to."""
    s, median = e.detail, e.drawn.median

    def count(number: "Number") -> str:
        return format_quantity(median(number), "count", CARRIED)

    def wait(number: "Number") -> str:
        return format_quantity(median(number) / SECONDS_PER_DAY, "day", CARRIED)

    request = format_quantity(median(economics.unit_costs(e).request), "USD", CARRIED)
    low, year, high = (format_quantity(end, "USD", CARRIED) for end in e.total)
    total = f"{year} a year (90%: {low} to {high})" if e.draws.count else f"{year} a year"
    speed, alone = count(1 / s.token_seconds), count(s.alone_tokens_per_second)
    also = f", {alone} to one alone" if alone != speed else ""
    served = (
        f"{speed} tokens/s to a user at this load after {wait(s.first_seconds)}{also}; full: "
        f"{count(s.full_tokens_per_second)}{_least(s)} after {wait(s.full_first_seconds)}, "
        f"{count(s.most_requests)} requests/s, {count(s.most_users)} at once"
    )
    falling = if_prices_fall(e) if "price_decline" in dict(e.question) else ""
    told = (("Total", f"{total}, {request} a request"), ("Speed", served), ("Prices", falling))
    return [point for point in told if point[1]]


def _least(s: Service) -> str:
    """What was asked for as the least speed, which full chips keep at central values."""
    asked = s.inputs.speed
    return f" ({format_quantity(asked.value, 'count')} asked)" if asked else ""
