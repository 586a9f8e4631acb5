"""Inference: from a model, its requests and a speed to the cheapest deployment and a year of it."""

import math
from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import (
    DAYS_PER_YEAR,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
)
from frontiercost.cost.bill import Bill
from frontiercost.cost.workload import Workload
from frontiercost.physics.arrays import median_of_rows, plain
from frontiercost.physics.model_shape import Architecture
from frontiercost.physics.number_formats import Formats
from frontiercost.physics.serving_choice import (
    cheapest,
    fullest,
    least_crowded,
)
from frontiercost.physics.serving_deployment import LARGEST_REPLICA, ROUNDING, Served
from frontiercost.physics.serving_machine import ANY_ENGINE
from frontiercost.physics.serving_memory import Request, cache_tokens
from frontiercost.physics.token_flop import kv_bytes
from frontiercost.stages.inference.candidates import deployments_on
from frontiercost.stages.inference.choices import choices, fast_enough
from frontiercost.stages.inference.drawn_times import drawn_error, drawn_served
from frontiercost.stages.inference.held_chips import HeldChips, a_year
from frontiercost.stages.inference.request_flop import model_flop
from frontiercost.stages.inference.serving_error import NONE_MEASURED, OwnTimes
from frontiercost.stages.inference.upkeep import Upkeep, upkeep_of

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


@frozen
class Demand:
    """What is asked of a service: how long requests are, and how many."""

    prompt: Fact
    """Tokens read for one request, those in the cache included."""
    answer: Fact
    """Tokens the user sees."""
    reasoning: Fact
    """Tokens written before the answer, which the user waits for."""
    cache_hit: Fact
    """Share of the prompt whose keys and values are in the cache already."""
    requests: Fact | None
    """Mean demand [request/day]; without it what the users at once, or the chips, make it."""
    users: Fact | None
    """Requests in flight at once, at most."""
    sessions: Fact
    """Sessions whose prefix is kept for each request in flight, its own among them."""

    @property
    def output(self) -> float:
        """Tokens written for one request, at the central values."""
        return self.answer.value + self.reasoning.value

    @property
    def request(self) -> Request:
        """The lengths of a request at the central values."""
        cached = self.prompt.value * self.cache_hit.value
        sessions = self.sessions.value if cached else 1.0
        prompt, output = self.prompt.value, self.output
        return Request(prompt=prompt, output=output, cached=cached, sessions=sessions)


@frozen
class Inputs(Demand):
    """What is served: a model on a chip, requests of some lengths, and how fast users get them."""

    architecture: Architecture
    chip: Chip
    precision: str
    formats: Formats
    utilisation: Fact
    """Mean demand over what the chips could serve."""
    speed: Fact | None = None
    """Least tokens per second for one user."""
    first_token: Fact | None = None
    """Longest wait for the first token, reasoning not counted [day]."""
    chips: Fact | None = None
    engine: str = ANY_ENGINE
    own: OwnTimes = NONE_MEASURED
    """What one's own benchmark of the model on the chip says."""
    speculative: bool = False
    prompts: str = ""
    """Whether prompts are read together with steps or apart; empty: whatever costs less."""
    pue: str = "pue"
    spot: bool = False
    """Whether servers can be taken back."""
    derived_shape: bool = False
    """Whether the architecture is a guess from parameter counts."""

    @property
    def slowest_token(self) -> float:
        """Longest time per token that is still fast enough [s]."""
        return 1 / self.speed.value if self.speed else math.inf

    @property
    def slowest_first(self) -> float:
        """Longest wait for the first token [s]."""
        return self.first_token.value * SECONDS_PER_DAY if self.first_token else math.inf


@frozen
class Service:
    """The deployment that was chosen, and what a year of the demand needs of it.

    Chip-seconds are those of one request at full use; every number is a float or draws.
    """

    inputs: Inputs
    found: Served
    chosen: Served
    loaded: Served
    """The same with as few requests in flight as the load asked for has at its peak."""
    alone: Served
    """The same with one request in flight."""
    requests_per_day: float
    """Mean demand, at the median."""
    prompt_tokens: "Number"
    output_tokens: "Number"
    requests_per_year: "Number"
    prompt_seconds: "Number"
    output_seconds: "Number"
    token_seconds: "Number"
    """Per token that a user reads under the load asked for, with its error."""
    first_seconds: "Number"
    """To the first token, with its error."""
    chips: float
    """Chips that serve, at the median; spares are not among them."""
    upkeep: Upkeep
    workload: Workload
    catalogue: Catalogue
    on_chip: "Callable[[str], tuple[Service, Bill]]" = field(compare=False)
    """The same demand on another chip, with its bill."""

    @property
    def most_requests(self) -> float:
        """Requests that the chips serve in a second at full use, at central values."""
        return float(self.chosen.rate_on(self.chips))

    @property
    def busy(self) -> float:
        """Share of the time of the chips that serve in which they work, at central values."""
        rate = self.requests_per_day / SECONDS_PER_DAY
        return rate * float(self.chosen.chip_seconds) / self.chips

    @property
    def most_users(self) -> float:
        """Requests under way at once then, those whose prompts are read among them."""
        return self.most_requests * float(self.chosen.latency(self.inputs.output))

    @property
    def full_tokens_per_second(self) -> "Number":
        """Tokens a second of a user when the chips are full, which the speed asked for limits."""
        slower = float(self.chosen.time_per_token) / float(self.loaded.time_per_token)
        return 1 / (slower * self.token_seconds)

    @property
    def full_first_seconds(self) -> "Number":
        """Seconds to the first token then."""
        slower = float(self.chosen.time_to_first_token) / float(self.loaded.time_to_first_token)
        return slower * self.first_seconds

    @property
    def alone_tokens_per_second(self) -> "Number":
        """Tokens a second of a user whom nobody shares the chips with."""
        slower = float(self.loaded.time_per_token) / float(self.alone.time_per_token)
        return slower / self.token_seconds

    @property
    def cache_room(self) -> float:
        """Tokens whose keys and values fit beside the weights, on the chips that make steps."""
        inputs, best = self.inputs, self.chosen
        asked = (inputs.architecture, best.deployment, inputs.request, inputs.chip)
        of_one = cache_tokens(*asked, inputs.formats.software)
        steps = self.most_requests * float(
            best.step_seconds if best.prompt_chips else best.chip_seconds
        )
        return float(of_one) * math.ceil(steps / float(best.chips) - ROUNDING)

    @property
    def prompt_share(self) -> "Number":
        """Share of the chips' time that prompts take."""
        return self.prompt_seconds / (self.prompt_seconds + self.output_seconds)

    @property
    def kwh_per_request(self) -> "Number":
        """Electricity at the meter of one request [kWh]."""
        return self.workload.energy_kwh / self.requests_per_year

    @cached_property
    def cache_bytes(self) -> float:
        """Key-value cache of one request at its end [B]."""
        return cache_bytes(self.inputs, self.inputs.request)


def cache_bytes(inputs: Inputs, request: Request) -> float:
    """Return the key-value cache of one request at its end [B]."""
    length, element_bytes = request.prompt + request.output, inputs.formats.cache_bytes
    return float(kv_bytes(inputs.architecture, length, element_bytes))


def deployments(inputs: Inputs, request: Request, catalogue: Catalogue) -> Served:
    """Return every deployment that fits, with its times under load at central values."""
    largest = int(min(inputs.chips.value, LARGEST_REPLICA)) if inputs.chips else LARGEST_REPLICA
    kind = (inputs.engine, inputs.own, inputs.speculative, inputs.prompts)
    service_key = (inputs.architecture, request, inputs.chip.name, inputs.formats)
    return deployments_on(catalogue, *service_key, *kind, largest, inputs.slowest_first)


def chosen_for(inputs: Inputs, candidates: Served, rate: float = math.inf) -> Served:
    """Return the deployment of fewest chips that is fast enough; see `cheapest`."""
    return cheapest(fast_enough(inputs, candidates), rate)


def _chosen(inputs: Inputs, candidates: Served, drawn: DrawnCatalogue) -> tuple[Served, float]:
    """Return the deployment, and the requests a second that its chips must be able to serve.

    Asked for by demand (mean demand / utilisation), by users at once, or as what given chips serve.
    """
    soon = fast_enough(inputs, candidates)
    if inputs.users:
        users, output = inputs.users.value, inputs.output
        best = cheapest(soon, users / soon.latency(output))
        return best, users / float(best.latency(output))
    if inputs.requests is None and inputs.chips:
        best = fullest(soon, inputs.chips.value)
        return best, float(best.rate_on(inputs.chips.value))
    assert inputs.requests
    rate, peak = (
        inputs.requests.value / SECONDS_PER_DAY / inputs.utilisation.value,
        _peak(inputs, drawn),
    )
    found = choices(inputs, soon, drawn)
    if inputs.chips:  # the median of what is needed must not be more
        needed = median_of_rows(found.drawn.chips_for(peak))
        return found.each[int(np.argmin(needed))], rate
    place, _ = found.least(peak)
    return found.each[int(place)], rate


def _peak(inputs: Inputs, drawn: DrawnCatalogue) -> "Number":
    """Return the requests a second that chips must be able to serve, as drawn."""
    assert inputs.requests
    daily, use = drawn.sample(inputs.requests), drawn.sample(inputs.utilisation)
    return daily / SECONDS_PER_DAY / use


def service(
    inputs: Inputs, drawn: DrawnCatalogue, on_chip: "Callable[[str], tuple[Service, Bill]]"
) -> Service:
    """Return the deployment of fewest chips for the demand, and what it needs in a year.

    Raises InputError when nothing fits, is fast enough, or the chips given are too few.
    """
    candidates = deployments(inputs, inputs.request, drawn.catalogue)
    best, rate = _chosen(inputs, candidates, drawn)
    drawn_best = drawn_served(inputs, best, drawn)
    daily, needed_chips = _demand(inputs, best, drawn_best, rate, drawn)
    chips = _held(inputs, needed_chips, rate, drawn.draws)
    usual_chips = drawn.median(chips)
    loaded = _loaded(inputs, candidates, best, usual_chips, rate)
    yearly = daily * DAYS_PER_YEAR
    prompt = drawn.sample(inputs.prompt)
    output = drawn.sample(inputs.answer) + drawn.sample(inputs.reasoning)
    per_prompt, per_output = plain(drawn_best.prompt_seconds), plain(drawn_best.step_seconds)
    on = (inputs.chip, usual_chips, drawn)
    upkeep = upkeep_of(*on, chips_given=inputs.chips is not None, spot=inputs.spot)
    held = HeldChips(chips, yearly * (per_prompt + per_output) / SECONDS_PER_HOUR, upkeep)
    hit = float(best.cached) / inputs.prompt.value
    cached = hit * prompt if hit else 0.0
    flop = yearly * model_flop(inputs.architecture, prompt, output, cached)
    workload = a_year(held, flop, yearly * (prompt + output), inputs.chip, inputs.pue, drawn)
    return Service(
        inputs=inputs,
        found=candidates,
        chosen=best,
        loaded=loaded,
        alone=least_crowded(candidates, best, usual_chips),
        requests_per_day=drawn.median(daily),
        prompt_tokens=prompt,
        output_tokens=output,
        requests_per_year=yearly,
        prompt_seconds=per_prompt,
        output_seconds=per_output,
        token_seconds=float(loaded.time_per_token) * drawn_error(inputs, "tpot", drawn),
        first_seconds=float(loaded.time_to_first_token) * drawn_error(inputs, "ttft", drawn),
        chips=usual_chips,
        upkeep=upkeep,
        workload=workload,
        catalogue=drawn.catalogue,
        on_chip=on_chip,
    )


def _demand(
    inputs: Inputs, best: Served, drawn_best: Served, rate: float, drawn: DrawnCatalogue
) -> tuple["Number", "Number"]:
    """Return requests a day, and the chips they take: as asked for, else what so many serve."""
    if inputs.requests:
        needed = drawn_best.chips_for(_peak(inputs, drawn))
        return drawn.sample(inputs.requests), plain(needed)
    slower = plain(drawn_best.chip_seconds / best.chip_seconds)
    use = drawn.sample(inputs.utilisation)
    return rate * SECONDS_PER_DAY * use / slower, plain(best.chips_for(rate))


def _loaded(inputs: Inputs, candidates: Served, best: Served, chips: float, rate: float) -> Served:
    """Return the chosen deployment as crowded as so many requests a second, or users, make it."""
    if inputs.users is None:
        return least_crowded(candidates, best, chips, rate)
    return least_crowded(
        candidates, best, chips, inputs.users.value / candidates.latency(inputs.output)
    )


def _held(inputs: Inputs, needed_chips: "Number", rate: float, draws: Draws) -> "Number":
    """Return the chips that are held: those given, if they suffice, else those wanted."""
    if inputs.chips is None:
        return needed_chips
    needed = draws.summary(needed_chips).median
    if needed > inputs.chips.value:
        share = inputs.chips.value / needed
        daily = share * rate * SECONDS_PER_DAY * inputs.utilisation.value
        raise InputError(
            f"`chips` {inputs.chips.value:.0f}: the demand needs about {needed:.0f} chips; these "
            f"serve {daily:,.0f} requests a day at this speed and use"
        )
    return inputs.chips.value
