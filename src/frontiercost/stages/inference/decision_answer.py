"""To buy or to run, beside the sentence: the table of ways, and what falling prices do."""

from typing import Any

from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Sentence, Table
from frontiercost.core.units import PER_MILLION
from frontiercost.cost.market_prices import USUAL_VENDORS
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference.decision import (
    MONTHS,
    decision,
    mean_of_falling,
    price_decline,
)
from frontiercost.stages.inference.workload import Demand, Service

NEVER, UNKNOWN = Cell("never"), Cell("")


def without_reasoning(e: Evaluation[Any], demand: Demand) -> Sentence:
    """What the sentence leaves out of a model that thinks first, of which nobody says how long."""
    is_given = e.inputs["reasoning_tokens"].set_by != "default"
    if is_given or demand.reasoning.high or not (e.model and e.model.reasoning):
        return []
    return ["; it reasons before it answers, of which nothing is counted: see --reasoning-tokens"]


def ways_table(e: Evaluation[Service]) -> Table:
    """The ways to get this demand served: bought, and on chips of one's own."""
    found, s = decision(e), e.detail
    rows: list[tuple[Cell, ...]] = []
    if offer := found.offer:
        other = "" if offer.same_model else " (another model)"
        name = f"API: {offer.name}{other}"
        rows.append(_way(name, offer.usd_per_year.median, offer.usd_per_token))
    for own in reversed(found.owned):
        least = ", cheapest widely quoted" if own == found.cheapest else ""
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


def of_which_chips(e: Evaluation[Service]) -> str:
    """Among which chips the cheapest was looked for."""
    if decision(e).cheapest is None:
        return ""
    return (
        f"the cheapest chip is of those that {USUAL_VENDORS} vendors or more quoted within a year; "
        "`chip` asks for any other"
    )


def if_prices_fall(e: Evaluation[Service]) -> str:
    """What chips that are paid for mean while tokens get cheaper."""
    found = decision(e)
    share = mean_of_falling(e)
    if found.offer is None or share == 1:
        return ""
    above = found.asked.wins_above_falling
    wins = f"above {format_quantity(above, 'request/day')}" if above is not None else "never"
    decline = f"{price_decline(e).value:g} times cheaper a year"
    falling = f"tokens of the same quality got {decline}: if they go on"
    if "price_decline" in e.inputs:
        falling = f"if tokens of the same quality get {decline}"
    return (
        f"{falling}, an API asks {100 * share:.0f}% of today's price in the mean while "
        f"these chips are paid for, and running it is cheaper {wins}"
    )
