"""A service in tables: unit costs, speed against cost, API prices, and what moves the cost."""

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from frontiercost.core.number_format import format_quantity
from frontiercost.core.provenance import SPREADS
from frontiercost.core.report import Cell, Chart, Table
from frontiercost.core.units import HOURS_PER_YEAR, PER_MILLION, SECONDS_PER_DAY
from frontiercost.core.wording import CARRIED, drawn_cell, interval_cells, ratio_cell
from frontiercost.cost.energy_and_pay import GRAMS_PER_TONNE, WATTS_PER_KW
from frontiercost.physics.number_formats import FORMATS
from frontiercost.physics.serving_deployment import Served
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.inference import economics
from frontiercost.stages.inference import workload as inference
from frontiercost.stages.inference.decision_answer import if_prices_fall, of_which_chips, ways_table
from frontiercost.stages.inference.document import VIEW_ENTRIES, entries
from frontiercost.stages.inference.drawn_times import is_beyond_measured
from frontiercost.stages.inference.economics import Offer, Point, Scale
from frontiercost.stages.inference.headline import from_an_api, headline, points, screen
from frontiercost.stages.inference.request_flop import attention_share
from frontiercost.stages.inference.workload import Service
from frontiercost.stages.stage import Answer

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

NONE = Cell("none")
CHIPS_ALONE = "cost without people and left-over chips"
"""What a row with another deployment costs: of the bill only what grows with its work."""
UNSURE = {
    confidence: f"{when} may be {SPREADS[confidence]:g} times off"
    for confidence, when in (
        ("estimated", "checked over a year ago or only against a second list"),
        ("judged", "never checked"),
    )
}
"""What to say of list prices that are less than stated."""


def tables(e: Evaluation[Service]) -> list[Table]:
    """The tables of a service after its bill."""
    return [
        ways_table(e),
        unit_table(e),
        service_table(e),
        speed_table(e),
        *offer_tables(e, economics.offers(e)),
    ]


def explained(e: Evaluation[Service]) -> list[Table]:
    """What --explain adds: every table that moves one thing."""
    return [table for name in ("reasoning", "context", "demand") for table in VIEWS[name](e)]


def notes(e: Evaluation[Service]) -> Iterable[str]:
    """How far the prediction reaches, and what the tables leave out."""
    s = e.detail
    if is_beyond_measured(s.inputs, s.chosen, s.catalogue):
        yield (
            "several servers, prompts on chips of their own or a chip without published rows: "
            "beyond what was measured, so the interval is wider"
        )
    if s.inputs.spot:
        yield "spot: what stands in for servers that are taken back is among the spares"
    yield "read or written apart, a token costs by the chips' time it takes"
    if not e.draws.count:
        yield "every input at its centre: the median over their intervals is higher where they skew"
    yield from filter(None, (of_which_chips(e), if_prices_fall(e)))
    if not s.inputs.speculative:
        yield "one token a step: `speculative` asks for several"
    elif not s.inputs.architecture.prediction_mixers:
        yield (
            "speculation as measured with prediction layers, of which this model publishes none: a "
            "draft model has to do"
        )
    unsure = sorted({offer.confidence for offer in economics.offers(e)} & UNSURE.keys())
    if unsure:
        yield f"API prices {', '.join(UNSURE[name] for name in unsure)}"


# --- the service ----------------------------------------------------------------------------------


def unit_table(e: Evaluation[Service]) -> Table:
    """What one of each unit costs, and the electricity of a request."""
    u, s = economics.unit_costs(e), e.detail
    grams = GRAMS_PER_TONNE * e.workload.carbon_t / s.requests_per_year
    entries: list[tuple[str, Number, str]] = [
        ("A million tokens written, prompts included", u.all_on_output, "USD/token"),
        ("  apart: a million tokens read", u.input_token, "USD/token"),
        ("  apart: a million tokens written", u.output_token, "USD/token"),
        ("A request", u.request, "USD"),
        ("A user for a year", u.user_year, "USD"),
        ("A chip-hour, busy or not", u.chip_hour, "USD"),
        ("Electricity of a request", s.kwh_per_request, "kWh"),
        ("Emissions of a request, g CO2e", grams, "count"),
    ]
    rows = tuple((Cell(name), *interval_cells(e, number, unit)) for name, number, unit in entries)
    return Table("What a unit costs", ("", "Low", "Median", "High"), rows)


def service_table(e: Evaluation[Service]) -> Table:
    """What the demand needs: the deployment, its speed, chips, power and use."""
    s = e.detail
    request, best, workload = s.inputs.request, s.chosen, e.workload
    power = e.drawn.median(workload.energy_kwh) / HOURS_PER_YEAR * WATTS_PER_KW
    entries = [
        ("Tokens read for a request", Cell(request.prompt, "count")),
        ("Tokens written, reasoning included", Cell(request.output, "count")),
        ("Tokens per second for a user, at this load", _ranged(e, 1 / s.token_seconds, "count")),
        (
            "  when full, which the speed asked for limits",
            _ranged(e, s.full_tokens_per_second, "count"),
        ),
        ("  for one alone", _ranged(e, s.alone_tokens_per_second, "count")),
        ("Wait for the first token", _ranged(e, s.first_seconds / SECONDS_PER_DAY, "day")),
        *_wait_for_answer(s),
        ("Deployment", Cell(deployment_words(best))),
        ("Weights and cache", Cell(_formats(s))),
        ("Smallest whole unit, chips", Cell(float(best.smallest), "count")),
        ("Chips held, without spares", Cell(s.chips, "count")),
        ("Share of their time at work", Cell(s.busy, "%", figures=CARRIED)),
        ("Requests a second, at full use", Cell(s.most_requests, "count")),
        ("Requests at once, at most", Cell(s.most_users, "count")),
        ("Tokens of cache that fit", Cell(s.cache_room, "count")),
        ("Power at the meter, mean", Cell(power, "W", figures=CARRIED)),
        ("Electricity in a year", drawn_cell(e, workload.energy_kwh, "kWh")),
        ("Emissions in a year, t CO2e", drawn_cell(e, workload.carbon_t, "count")),
        ("Cache of a request at its end", Cell(s.cache_bytes, "B")),
        ("FLOP that grow with length squared", Cell(_quadratic(s), "%", figures=CARRIED)),
    ]
    rows = tuple((Cell(name), cell) for name, cell in entries)
    return Table("How it is served", ("", ""), rows)


def _ranged(e: Evaluation[Service], number: "Number", unit: str) -> Cell:
    """A number with its interval behind it."""
    low, median, high = (format_quantity(end, unit) for end in e.draws.summary(number))
    return Cell(f"{median} ({low} to {high})" if e.draws.count else median)


def _formats(s: inference.Service) -> str:
    cache = next(
        name for name, (_, size) in FORMATS.items() if size == s.inputs.formats.cache_bytes
    )
    return f"{s.inputs.precision}, {cache}"


def _quadratic(s: inference.Service) -> float:
    return attention_share(s.inputs.architecture, s.inputs.request)


def _wait_for_answer(s: inference.Service) -> list[tuple[str, Cell]]:
    """The wait for the answer itself, where the model thinks first."""
    thinking = s.inputs.reasoning.value
    if not thinking:
        return []
    wait = float(s.loaded.time_to_first_token) + thinking * float(s.loaded.time_per_token)
    return [("Wait for the answer's first token", Cell(wait / SECONDS_PER_DAY, "day"))]


def deployment_words(best: Served) -> str:
    """The ways of a deployment, those of one left out: `8 tensor × 2 stages`."""
    names = {"tensor": "tensor", "data": "data", "expert": "expert"}
    names |= {"context": "context", "pipeline": "stages"}
    ways = {word: float(getattr(best.deployment, name)) for name, word in names.items()}
    parts = [f"{number:.0f} {word}" for word, number in ways.items() if number > 1]
    apart = f"; prompts on {float(best.prompt_chips):.0f}" if best.prompt_chips > 0 else ""
    return (" × ".join(parts) or "one chip") + apart


def speed_table(e: Evaluation[Service]) -> Table:
    """The frontier: what a faster answer costs, at the same utilisation."""
    points = economics.by_speed(e)
    cheapest = min(point.cost or math.inf for point in points)
    rows = tuple(_speed_row(point, cheapest) for point in points)
    columns = ("Tokens/s", "First token", "Chips", "A request", "$/M written", "× cheapest")
    return Table(
        "Speed for a user against the cost of chips, where demand fills them",
        columns,
        rows,
        texts=0,
        wraps=(),
        chart=Chart(kind="curve", values=(4,)),
    )


def _speed_row(point: Point, cheapest: float) -> tuple[Cell, ...]:
    best, cost = point.chosen, point.cost
    assert best is not None
    assert cost is not None
    written = cost / point.request.output
    return (
        Cell(point.value, "count"),
        Cell(float(best.time_to_first_token) / SECONDS_PER_DAY, "day"),
        Cell(float(best.smallest), "count"),
        Cell(cost, "USD", figures=CARRIED),
        Cell(PER_MILLION * written, "USD", figures=CARRIED),
        ratio_cell(cost / cheapest),
    )


# --- beside: an API -------------------------------------------------------------------------------


def offer_tables(e: Evaluation[Any], offers: Iterable[Offer]) -> list[Table]:
    """The same demand at API list prices: of this model, and of others for comparison."""
    if not offers:
        return []
    columns = ("Model", "Provider", "Checked", "In", "Out", "A year", "× serving")
    rows = tuple(_offer_row(offer) for offer in offers)
    title = f"The same demand bought from an API at {e.terms.date}, list prices, $/M tokens"
    return [Table(title, columns, rows, texts=3)]


def _offer_row(offer: Offer) -> tuple[Cell, ...]:
    price = offer.price
    kind = {"batch": ", batch"}.get(price.kind, ", mean of a week" if price.peak_share else "")
    other = "" if offer.same_model else " (another model)"
    return (
        Cell(f"{price.label}{kind}{other}"),
        Cell(price.provider),
        Cell(price.checked[: len("2026-11")] or "never"),
        Cell(PER_MILLION * price.input, "USD"),
        Cell(PER_MILLION * price.output, "USD"),
        Cell(offer.usd_per_year.median, "USD", figures=CARRIED),
        ratio_cell(offer.multiple),
    )


# --- one thing moved ------------------------------------------------------------------------------


def reasoning_tables(e: Evaluation[Service]) -> list[Table]:
    """What thinking before the answer multiplies its cost by."""
    points = economics.by_reasoning(e)
    base = points[0].cost
    rows = tuple(_reasoning_row(point, base) for point in points)
    columns = ("Reasoning tokens", "Wait for the answer", "An answer", "× without")
    curve = Chart(kind="curve", values=(2,))
    title = f"Chain of thought before the answer; {CHIPS_ALONE}"
    return [Table(title, columns, rows, texts=0, wraps=(), chart=curve)]


def _reasoning_row(point: Point, base: float | None) -> tuple[Cell, ...]:
    best, cost = point.chosen, point.cost
    if best is None or cost is None:
        return Cell(point.value, "count"), NONE, NONE, NONE
    wait = float(best.time_to_first_token) + point.value * float(best.time_per_token)
    return (
        Cell(point.value, "count"),
        Cell(wait / SECONDS_PER_DAY, "day", figures=CARRIED),
        Cell(cost, "USD", figures=CARRIED),
        ratio_cell(cost / base) if base else NONE,
    )


def context_tables(e: Evaluation[Service]) -> list[Table]:
    """What a longer context costs, and what plain attention would cost instead."""
    inputs = e.detail.inputs
    plain = economics.by_context(e, plain=True)
    rows = tuple(
        (
            Cell(point.value, "count"),
            Cell(attention_share(inputs.architecture, point.request), "%", figures=CARRIED),
            Cell(inference.cache_bytes(inputs, point.request), "B"),
            Cell(float(point.chosen.smallest), "count") if point.chosen else NONE,
            Cell(point.cost, "USD", figures=CARRIED) if point.cost else NONE,
            Cell(other.cost, "USD", figures=CARRIED) if other.cost else NONE,
        )
        for point, other in zip(economics.by_context(e), plain, strict=True)
    )
    columns = ("Context", "Quadratic", "Cache", "Chips", "A request", "Plain attention")
    curves = Chart(kind="curve", values=(4, 5))
    title = f"Context window: a prompt that fills it; {CHIPS_ALONE}"
    return [Table(title, columns, rows, texts=0, wraps=(), chart=curves)]


def demand_tables(e: Evaluation[Service]) -> list[Table]:
    """What scale does: whole units make a small service dear."""
    rows = tuple(_scale_row(scale) for scale in economics.by_demand(e))
    columns = ("Requests/day", "Users", "Chips", "A year", "A request", "At work", "× large")
    curve = Chart(kind="curve", values=(4,), logarithmic=True)
    title = "Scale: the same speed for few and for many"
    return [Table(title, columns, rows, texts=0, wraps=(), chart=curve)]


def _scale_row(scale: Scale) -> tuple[Cell, ...]:
    return (
        Cell(scale.requests_per_day, "count"),
        Cell(scale.users, "count", figures=CARRIED),
        Cell(scale.chips, "count"),
        Cell(scale.usd_per_year, "USD", figures=CARRIED),
        Cell(scale.usd_per_request, "USD", figures=CARRIED),
        Cell(scale.busy, "%", figures=CARRIED),
        ratio_cell(scale.handicap),
    )


def break_even_tables(e: Evaluation[Service]) -> list[Table]:
    """The railroad: development cost, marginal cost and price; volume, time, average cost."""
    from frontiercost.stages.inference.break_even_answer import tables_of

    return tables_of(e)


VIEWS: dict[str, Callable[[Evaluation[Service]], list[Table]]] = {
    "reasoning": reasoning_tables,
    "context": context_tables,
    "demand": demand_tables,
    "break-even": break_even_tables,
}

ANSWER = Answer(
    headline=headline,
    tables=tables,
    explained=explained,
    notes=notes,
    points=points,
    fits=from_an_api,
    screen=screen,
    entries=entries,
    views=VIEWS,
    view_entries=VIEW_ENTRIES,
)
