"""To buy or to run, in words: the first sentence, the table of ways, and what falling prices do."""

from typing import Any

from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Sentence, Table
from frontiercost.core.units import PER_MILLION
from frontiercost.core.wording import capitalised, range_of
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference import economics
from frontiercost.stages.inference.decision import (
    MONTHS,
    PRICE_DECLINE,
    Own,
    decision,
    mean_of_falling,
)
from frontiercost.stages.inference.economics import Offer
from frontiercost.stages.inference.workload import Demand, Service

NEVER, UNKNOWN = Cell("never"), Cell("")


def headline(e: Evaluation[Service]) -> Sentence:
    """Whether to buy it or to run it, what a year costs either way, and from when that turns."""
    return [*_verdict(e), *without_reasoning(e, e.detail.inputs)]


def _verdict(e: Evaluation[Service]) -> Sentence:
    found, load = decision(e), _load(e.detail)
    offer = found.offer
    served = [*_cost(e), " to serve ", *load, *_means(e)]
    if offer is None:
        return [f"{capitalised(e.name)} costs ", *served, ". No API of it is known."]
    sold: Sentence = [_named(offer), ", asks ", *_yearly(offer.usd_per_year.median)]
    if not offer.same_model:
        alike = "one at least as capable" if offer.as_capable else "another model"
        own = [f"{capitalised(e.name)} costs ", *served, f". No API sells it; {alike}, "]
        return [*own, *sold, *_better(found.better_chip), "; ", *_turn(found.asked), "."]
    if not found.buys:
        own = [f"Run it: {e.name} costs ", *served, "; an API, "]
        return [*own, *sold, *_better(found.better_chip), "; ", *_turn(found.asked), "."]
    bought = ["Buy it: an API, ", _named(offer), f", serves {e.name}, ", *load, ", for "]
    running = ["; running it costs ", *_cost(e), *_means(e), "; "]
    return [*bought, *_yearly(offer.usd_per_year.median), *running, *_turn(found.asked), "."]


def without_reasoning(e: Evaluation[Any], demand: Demand) -> Sentence:
    """What the sentence leaves out of a model that thinks first, of which nobody says how long."""
    is_given = e.inputs["reasoning_tokens"].set_by != "default"
    if is_given or demand.reasoning.high or not (e.model and e.model.reasoning):
        return []
    return [" It reasons before it answers, of which nothing is counted: see --reasoning-tokens."]


def _named(offer: Offer) -> str:
    return f"{offer.price.label} by {offer.price.provider}"


def _yearly(usd: float) -> Sentence:
    return [Cell(usd, "USD/year"), ", ", Cell(usd / MONTHS, "USD"), " a month"]


def _cost(e: Evaluation[Service]) -> Sentence:
    """The total; of a purchase there is no month."""
    total: Sentence = [Cell(e.total.median, "USD/year"), *range_of(e.total, "USD/year")]
    if e.terms.basis == "buy":
        return total
    return [*total, ", ", Cell(e.total.median / MONTHS, "USD"), " a month,"]


def _means(e: Evaluation[Service]) -> Sentence:
    """The chips, how they are paid, and what a million tokens and a request cost on them."""
    units = economics.unit_costs(e)
    return [
        " on ",
        Cell(e.detail.chips, "count"),
        f" {e.chip.name}, {e.in_words}: ",
        Cell(e.drawn.median(units.all_on_output), "USD/token"),
        " written, prompts included, ",
        Cell(e.drawn.median(units.request), "USD"),
        " a request",
    ]


def _better(own: Own | None) -> Sentence:
    if own is None:
        return []
    chips: Sentence = ["; on ", Cell(own.chips, "count"), f" {own.chip.name}, the cheapest chip,"]
    return [*chips, " it costs ", Cell(own.usd_per_year, "USD/year")]


def _turn(own: Own) -> Sentence:
    if own.wins_above is None:
        return ["chips of one's own never cost less on these terms"]
    return ["chips of one's own cost less above ", Cell(own.wins_above, "request/day")]


def _load(s: Service) -> Sentence:
    """The demand, and what makes it where it was not asked for."""
    daily = Cell(s.requests_per_day, "request/day")
    if s.inputs.requests:
        return [daily]
    use = Cell(s.inputs.utilisation.value, "%")
    if s.inputs.users:
        users = format_quantity(s.inputs.users.value, "user")
        return [f"{users} at once, ", daily, " at ", use, " use"]
    return [daily, ", ", use, " of the most they can"]


def ways_table(e: Evaluation[Service]) -> Table:
    """The ways to get this demand served: bought, and on chips of one's own."""
    found, s = decision(e), e.detail
    rows: list[tuple[Cell, ...]] = []
    if offer := found.offer:
        other = "" if offer.same_model else " (another model)"
        rows.append(
            _way(f"API: {_named(offer)}{other}", offer.usd_per_year.median, offer.usd_per_token)
        )
    owned = [found.asked]
    if found.cheapest is not None and found.cheapest != found.asked:
        owned.insert(0, found.cheapest)
    for own in owned:
        least = ", the cheapest chip" if own == found.cheapest else ""
        name = f"{e.basis.capitalize()}: {own.chips:,.0f} {own.chip.name}{least}"
        speed = Cell(own.tokens_per_second, "count")
        above = NEVER if own.wins_above is None else Cell(own.wins_above, "count")
        rows.append(_way(name, own.usd_per_year, own.usd_per_token, speed, above))
    load = format_quantity(s.requests_per_day, "request/day")
    columns = ("", "A month", "A year", "$/M written", "Tokens/s", "Wins above/day")
    return Table(f"Ways to serve {load}", columns, tuple(rows))


def _way(
    name: str, yearly: float, token: float, speed: Cell = UNKNOWN, above: Cell = UNKNOWN
) -> tuple[Cell, ...]:
    money = (yearly / MONTHS, yearly, PER_MILLION * token)
    return (Cell(name), *(Cell(usd, "USD") for usd in money), speed, above)


def if_prices_fall(e: Evaluation[Service]) -> str:
    """What chips that are paid for mean while tokens get cheaper."""
    found = decision(e)
    share = mean_of_falling(e)
    if found.offer is None or share == 1:
        return ""
    above = found.asked.wins_above_falling
    wins = f"above {format_quantity(above, 'request/day')}" if above is not None else "never"
    decline = e.catalogue.trends[PRICE_DECLINE].value
    return (
        f"tokens of the same quality got {decline:g} times cheaper a year: if they go on, an API "
        f"asks {100 * share:.0f} % of today's price in the mean while these chips are paid for, "
        f"and own chips are cheaper {wins}"
    )
