"""Inference that is bought: a model without a published shape, at the list price of its API."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from frontiercost.catalogue.types import ApiPrice, Model
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Sentence, Table
from frontiercost.core.units import DAYS_PER_YEAR, PER_MILLION, not_after
from frontiercost.core.wording import CARRIED, drawn_cell, interval
from frontiercost.cost.api_prices import api_prices, confidence, end_of_sale
from frontiercost.cost.api_prices import interval as interval_of
from frontiercost.cost.bill import Line
from frontiercost.cost.choices import Programme
from frontiercost.cost.programme import ProgrammeCosts
from frontiercost.cost.terms import Terms
from frontiercost.cost.workload import Workload
from frontiercost.scenario.resolver import DEFAULT_CHIP, Resolver
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference.answer import offer_tables
from frontiercost.stages.inference.decision_answer import without_reasoning
from frontiercost.stages.inference.document import offer_entries
from frontiercost.stages.inference.economics import Offer, YearOfTokens, offers_for
from frontiercost.stages.inference.inputs import demand_of
from frontiercost.stages.inference.workload import Demand
from frontiercost.stages.stage import Answer, Stage, StageResult
from frontiercost.stages.verdict_words import answered

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

ON_CHIPS = (
    *("chip", "chips", "precision", "kv_precision", "tokens_per_second", "ttft", "utilisation"),
    *("development", "token_price", "demand_growth", "price_decline", "price", "commitment"),
    *("vendor", "own_chips", "electricity_price", "as_built", "pay", "measured", "engine"),
    *("speculative", "prompts"),
)
"""What only a service on chips of one's own reads."""
UNKNOWN = {"low": None, "median": None, "high": None}


@frozen
class Purchase:
    """A year of a demand at a list price; every number is a float or draws."""

    demand: Demand
    requests: Fact
    price: ApiPrice
    facts: dict[str, Fact]
    """The price of a token: read, read from the cache, written."""
    requests_per_year: "Number"
    read: "Number"
    """Tokens read for a request, those of the cache left out."""
    cached: "Number"
    written: "Number"


def result(r: Resolver) -> StageResult[Purchase]:
    """Buy a year of the demand from whoever sells the model for least."""
    assert r.model is not None
    label = r.model.label
    why = "as asked (`bought`)" if r.model.open_shape else "its shape is not published"
    r.because(f"{label} is bought from an API: {why}", *ON_CHIPS)
    for key in ("by", "break_even"):
        if r.scenario.has(key):
            raise InputError(
                f"`{key}`: {label} is bought from an API, {why}, so its serving cannot be "
                "modelled; give `params` (and `active_params`)"
            )
    demand = demand_of(r)
    price = _cheapest(r.model, demand, r)
    facts = _facts(price, r.date)
    sample = r.draws.sample
    hit, prompt = sample(demand.cache_hit), sample(demand.prompt)
    written = sample(demand.answer) + sample(demand.reasoning)
    requests = _requests(demand, f"{label} is bought from an API, {why}")
    yearly = sample(requests) * DAYS_PER_YEAR
    purchase = Purchase(
        demand, requests, price, facts, yearly, (1 - hit) * prompt, hit * prompt, written
    )
    workload = _without_chips(yearly * (prompt + written))

    def programme_costs(terms: Terms) -> ProgrammeCosts:
        return ProgrammeCosts(_lines(purchase, r))

    chip = r.catalogue.chip(DEFAULT_CHIP)
    return StageResult(chip, "", workload, purchase, programme_costs)


def _requests(demand: Demand, why: str) -> Fact:
    """Return the requests; raise InputError where they follow from users or chips instead."""
    if demand.requests is None:
        key = "requests" if demand.users else "chips"
        raise InputError(
            f"`{key}`: {why}, so how many are under way at once is not known; give `requests` as a "
            "rate, for example 1M/day"
        )
    return demand.requests


def _cheapest(model: Model, demand: Demand, r: Resolver) -> ApiPrice:
    """Return the list price in force at which such a request costs least.

    A price that nobody checked counts only where no other is known. Raises InputError where the
    model could not be had yet or no longer, no list has it, or none takes requests of this length.
    """
    if model.release and not not_after(model.release, r.date):
        raise InputError(f"`date` {r.date}: {model.label} could not be had before {model.release}")
    listed = api_prices(r.catalogue, model.name, r.date, demand.prompt.value)
    own = [price for price in listed if price.model == model.name and price.kind != "batch"]
    if not own:
        raise InputError(_not_sold(model, r))
    length = demand.request.prompt + demand.request.output
    able = [price for price in own if price.context >= length]
    if not able:
        longest = format_quantity(max(price.context for price in own), "token")
        raise InputError(
            f"`input_tokens`: {format_quantity(length, 'token')} are more than the {longest} that "
            f"{model.label} takes"
        )
    asked = demand.request
    checked = [price for price in able if price.confidence != "judged"]
    return min(
        checked or able, key=lambda price: price.of(asked.prompt, asked.cached, asked.output)
    )


def _not_sold(model: Model, r: Resolver) -> str:
    """Say why nobody sells a model at a date, and what to ask instead."""
    instead = "leave out `bought`" if model.open_shape else "give `params` (and `active_params`)"
    if last := end_of_sale(r.catalogue, model.name, r.date):
        return (
            f"`date` {r.date}: {model.label} is sold no longer, by {last.provider} until "
            f"{last.until}; give an earlier `date`, or {instead}"
        )
    neither = "no API price" if model.open_shape else "no shape and no API price"
    return f"{neither} of {model.label} is published at {r.date}; {instead}"


def _facts(price: ApiPrice, date: str) -> dict[str, Fact]:
    """Return the prices of a list as facts that move together, as sure as the list is."""
    path, sure = f"prices/api/{price.id}", confidence(price, date)
    facts = {}
    for key in ("input", "cached", "output"):
        usd = getattr(price, key)
        low, _, high = interval_of(price, usd, date)
        facts[key] = Fact(
            path=f"{path}/{key}",
            value=usd,
            low=low if low is not None else usd,
            high=high if high is not None else usd,
            unit="USD/token",
            source=price.source,
            confidence=sure,
            as_of=price.checked or price.listed,
            shared=path,
            correlation=1.0,
        )
    return facts


def _lines(purchase: Purchase, r: Resolver) -> tuple[Line, ...]:
    """Return what tokens cost: read, read from the cache where some are, and written."""
    amounts = {
        "input": ("Tokens read", purchase.read),
        "cached": ("Tokens read from the cache", purchase.cached),
        "output": ("Tokens written, reasoning included", purchase.written),
    }
    if not purchase.demand.cache_hit.high:
        del amounts["cached"]
    yearly, facts = purchase.requests_per_year, purchase.facts
    return tuple(
        Line(
            f"api-{key}",
            label,
            yearly * tokens * r.draws.sample(facts[key]),
            "requests × tokens × list price",
            (purchase.requests, facts[key]),
        )
        for key, (label, tokens) in amounts.items()
    )


def _without_chips(tokens: "Number") -> Workload:
    """Return a year of tokens; what it takes of chips and power, only the provider knows."""
    return Workload(
        model_flop=0.0,
        mfu=0.0,
        chip_hours=0.0,
        chips=0.0,
        wall_days=DAYS_PER_YEAR,
        energy_kwh=0.0,
        carbon_t=0.0,
        tokens=tokens,
        person_years=0.0,
        project_years=1.0,
        held=True,
    )


# --- the answer -----------------------------------------------------------------------------------


def headline(e: Evaluation[Purchase]) -> Sentence:
    """What a year costs, and a request of it."""
    purchase = e.detail
    price, demand = purchase.price, Cell(purchase.requests.value, "request/day")
    bought = f", from {price.provider} at {_as_of(price, e.terms.date)}"
    costs = [f"{e.name} costs "]
    prices: Sentence = [
        "; that is ",
        Cell(purchase.price.input, "USD/token"),
        " read, ",
        Cell(purchase.price.output, "USD/token"),
        " written, ",
        Cell(e.drawn.median(_request(e)), "USD", figures=CARRIED),
        " a request",
    ]
    beside = [*prices, *without_reasoning(e, purchase.demand)]
    return answered(e, costs, [" to use for ", demand, bought], "USD/year", beside)


def _as_of(price: ApiPrice, date: str) -> str:
    """Return when a price held, as far as is known: a list without days is taken back in time."""
    read = price.checked or price.listed
    is_later = not price.date and not not_after(read, date)
    return f"prices read {read}, taken for {date}" if is_later else f"{date} prices"


def _request(e: Evaluation[Purchase]) -> "Number":
    return e.bill.total / e.detail.requests_per_year


def tables(e: Evaluation[Purchase]) -> list[Table]:
    """What is bought, and from whom."""
    purchase = e.detail
    price, written = purchase.price, e.drawn.median(purchase.written)
    entries = [
        ("List", Cell(f"{price.label}, {price.provider}")),
        ("Last checked at the provider", Cell(price.checked or "never")),
        ("A million tokens read", Cell(price.input, "USD/token")),
        ("A million tokens read from the cache", Cell(price.cached, "USD/token")),
        ("A million tokens written", Cell(price.output, "USD/token")),
        ("Tokens read for a request", Cell(purchase.demand.prompt.value, "count")),
        ("Tokens written, reasoning included", Cell(written, "count")),
        ("A request", drawn_cell(e, _request(e), "USD")),
    ]
    rows = tuple((Cell(name), cell) for name, cell in entries)
    return [Table("What is bought", ("", ""), rows), *offer_tables(e, _offers(e))]


def _offers(e: Evaluation[Purchase]) -> list[Offer]:
    p = e.detail
    load = YearOfTokens(p.requests_per_year, p.read + p.cached, p.cached, p.written)
    return offers_for(e, p.demand.request, load)


def notes(e: Evaluation[Purchase]) -> Iterable[str]:
    """Say why nothing is said of chips and power, and when the sale ends where that is known."""
    yield "what it takes of chips and electricity is not published"
    if until := e.detail.price.until:
        yield f"the sale by {e.detail.price.provider} ends on {until}"


def entries(e: Evaluation[Purchase]) -> dict[str, Any]:
    """Return unit costs, and unknowns for what only the provider knows."""
    purchase = e.detail
    unknown = ("model_flop", "mfu", "chip_hours", "energy_mwh", "emissions_tco2e")
    workload = dict.fromkeys(unknown, UNKNOWN) | {
        "chips": None,
        "wall_days": interval(e, e.workload.wall_days),
        "tokens": interval(e, e.workload.tokens),
        "staff_person_years": interval(e, 0.0),
        "project_years": interval(e, 1.0),
    }
    price = purchase.price
    return {
        "chip": None,
        "precision": None,
        "workload": workload,
        "plan": {"provider": price.provider, "api": price.id, "checked": price.checked or None},
        "api_offers": offer_entries(_offers(e)),
        "metrics": {
            "usd_per_million_input_tokens": interval(e, PER_MILLION * price.input),
            "usd_per_million_cached_tokens": interval(e, PER_MILLION * price.cached),
            "usd_per_million_output_tokens": interval(e, PER_MILLION * price.output),
            "usd_per_request": interval(e, _request(e)),
            "requests_per_year": interval(e, purchase.requests_per_year),
        },
    }


def _answer() -> Answer[Purchase]:
    return Answer(
        headline=headline, tables=tables, explained=lambda e: [], notes=notes, entries=entries
    )


STAGE = Stage(
    name="inference",
    result=result,
    answer=_answer,
    programme=Programme("serving", "a year of serving"),
    paid="at list prices",
    leaves_out=("making the model", "staff", "what providers charge for writing a cache"),
)
