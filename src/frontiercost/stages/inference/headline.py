"""The answer to a question of serving: to buy or to run, in a sentence and on a screen."""

import math
from typing import TYPE_CHECKING

from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Sentence, Table
from frontiercost.core.units import DAYS_PER_YEAR, PER_MILLION, SECONDS_PER_DAY
from frontiercost.core.wording import CARRIED, capitalised, money
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference import economics
from frontiercost.stages.inference.economics import Alternative, Offer
from frontiercost.stages.inference.workload import Service
from frontiercost.stages.verdict_words import answered

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

MONTHS = 12
OFFERS = 2
"""The most offers that a screen shows."""


def headline(e: Evaluation[Service]) -> Sentence:
    """Whether to buy or to run it, what each costs a year, and from when running costs less.

    Where a purse was named, its verdict leads; where a price, when that repays a development.
    """
    return [*_repaid(e), *_bought_or_run(e)]


def _repaid(e: Evaluation[Service]) -> Sentence:
    """Say when a development is repaid, where that was asked."""
    if "break-even" not in e.views:
        return []
    b, median = economics.break_even(e), e.drawn.median
    cost: list[str | Cell] = [Cell(median(b.development), "USD", figures=CARRIED), " are "]
    years = median(b.years)
    if not math.isfinite(years):
        return [*cost, "never repaid: a token is sold for less than it costs. "]
    volume = Cell(median(b.volume), "token", figures=CARRIED)
    days = Cell(years * DAYS_PER_YEAR, "day", figures=CARRIED)
    return [*cost, "repaid in ", days, " of this demand, by ", volume, " sold. "]


def _bought_or_run(e: Evaluation[Service]) -> Sentence:
    """Say whether to buy or to run it; with a purse, whether that is enough."""
    found = economics.alternative(e)
    chips: Sentence = [" on ", Cell(e.workload.chips, "count"), f" {e.chip.name}"]
    if found is None or e.verdicts:
        costs = [f"{capitalised(e.name)} costs "]
        sentence = answered(e, costs, [" to serve ", *load(e.detail), *chips], "USD/year")
        return [*sentence, *_api_beside(found)]
    return _to_buy(e, found, chips) if _is_cheaper(e, found.offer) else _to_run(e, found, chips)


def _is_cheaper(e: Evaluation[Service], offer: Offer) -> bool:
    return offer.usd_per_year.median < e.drawn.median(e.bill.total)


def _to_buy(e: Evaluation[Service], found: Alternative, chips: Sentence) -> Sentence:
    """Say that an API costs less, and up to which demand."""
    offer = found.offer
    other = "" if offer.same_model else " of another model"
    return [
        f"Buy it: an API{other} ({offer.price.label} by {offer.price.provider}) serves ",
        *load(e.detail),
        " for ",
        *_yearly(offer),
        f"; running {capitalised(e.name)} yourself costs ",
        *money(e, e.bill.total, "USD/year"),
        *chips,
        f", {e.in_words}",
        *_from(found, ", and less "),
        ".",
    ]


def _to_run(e: Evaluation[Service], found: Alternative, chips: Sentence) -> Sentence:
    """Say that chips of one's own cost less, and from which demand."""
    offer = found.offer
    other = "" if offer.same_model else " of another model"
    return [
        f"Run it: {capitalised(e.name)} costs ",
        *money(e, e.bill.total, "USD/year"),
        " to serve ",
        *load(e.detail),
        *chips,
        f", {e.in_words}; an API{other}, {offer.price.label} by {offer.price.provider}, asks ",
        *_yearly(offer),
        *_from(found, ", and chips of one's own cost less "),
        ".",
    ]


def _yearly(offer: Offer) -> Sentence:
    year = offer.usd_per_year.median
    return [
        Cell(year, "USD", figures=CARRIED),
        " a year (",
        Cell(year / MONTHS, "USD", figures=CARRIED),
        " a month)",
    ]


def _from(found: Alternative, words: str) -> Sentence:
    """Say from which demand on chips of one's own cost less."""
    if found.own_wins_above is None:
        return [f"{words.replace(' less', ' never less').rstrip()}"]
    return [f"{words}from ", Cell(found.own_wins_above, "request/day", figures=CARRIED), " on"]


def _api_beside(found: Alternative | None) -> Sentence:
    """What an API asks for the same, after a verdict."""
    if found is None:
        return []
    offer = found.offer
    name = f"{offer.price.label} by {offer.price.provider}"
    other = "" if offer.same_model else " (another model)"
    year = Cell(offer.usd_per_year.median, "USD", figures=CARRIED)
    return [f" An API, {name}{other}, asks ", year, " a year."]


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
    units, year = economics.unit_costs(e), e.drawn.median(e.bill.total)
    speed = e.drawn.median(1 / e.detail.token_seconds)
    own = _row(f"Run on {e.chip.name}", year, e.drawn.median(units.output_token), speed)
    offers = sorted(economics.offers(e), key=lambda o: (not o.same_model, o.usd_per_year.median))
    rows = [own, *(_offer_row(offer) for offer in offers[:OFFERS])]
    columns = ("Ways to have it served", "A month", "A year", "$/M written", "Tokens/s")
    return [Table("", columns, tuple(rows), bare=True)]


def _offer_row(offer: Offer) -> tuple[Cell, ...]:
    price = offer.price
    other = "" if offer.same_model else "another: "
    kind = ", batch" if price.kind == "batch" else ""
    return _row(
        f"{other}{price.label} by {price.provider}{kind}", offer.usd_per_year.median, price.output
    )


def _row(label: str, year: float, written: float, speed: float | None = None) -> tuple[Cell, ...]:
    return (
        Cell(label),
        Cell(year / MONTHS, "USD", figures=CARRIED),
        Cell(year, "USD", figures=CARRIED),
        Cell(PER_MILLION * written, "USD"),
        Cell(speed, "count", figures=CARRIED),
    )


def points(e: Evaluation[Service]) -> list[tuple[str, str]]:
    """What it takes to serve the demand, how fast it is, and what a year of it comes to."""
    s, median = e.detail, e.drawn.median

    def count(number: "Number") -> str:
        return format_quantity(median(number), "count", CARRIED)

    first = format_quantity(median(s.first_seconds) / SECONDS_PER_DAY, "day", CARRIED)
    request = format_quantity(median(economics.unit_costs(e).request), "USD", CARRIED)
    low, year, high = (format_quantity(end, "USD", CARRIED) for end in e.total)
    total = f"{year} a year (90 %: {low} to {high})" if e.draws.count else f"{year} a year"
    served = (
        f"{count(1 / s.token_seconds)} tokens/s to a user after {first}; at most "
        f"{count(s.most_requests)} requests/s, {count(s.most_users)} at once"
    )
    return [("Total", f"{total}, {request} a request"), ("Speed", served)]
