"""Inference: from a model, its requests and a speed to the cheapest deployment and a year of it."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import SERVER_CHIPS, Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR, HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR
from frontiercost.cost.energy_and_pay import carbon_t, power_kw
from frontiercost.cost.workload import Workload
from frontiercost.physics.arrays import FLOP_PER_PARAMETER
from frontiercost.physics.blocks.attention import Attention
from frontiercost.physics.model_shape import Architecture, matmul_params
from frontiercost.physics.number_formats import Formats
from frontiercost.physics.serving_deployment import (
    LARGEST_REPLICA,
    Request,
    Served,
    cheapest,
    served,
)
from frontiercost.physics.token_flop import decode_flop_per_token, forward_flop_per_token, kv_bytes

if TYPE_CHECKING:
    from frontiercost.core.facts import Number
    from frontiercost.physics.arrays import Array

LONG_REQUEST = 8192
"""Tokens from which a guessed shape is wrong by its cache and not by its weights."""
PLAIN_HEAD_DIM = 128
"""Of attention in the place of mixers that have none."""


@frozen
class Inputs:
    """What is served: a model on a chip, requests of some lengths, and how fast users get them."""

    architecture: Architecture
    chip: Chip
    precision: str
    formats: Formats
    prompt: Fact
    """Tokens read for one request, those in the cache included."""
    answer: Fact
    """Tokens the user sees."""
    reasoning: Fact
    """Tokens written before the answer, which the user waits for."""
    cache_hit: Fact
    """Share of the prompt whose keys and values are in the cache already."""
    requests: Fact
    """Mean demand [request/day]."""
    utilisation: Fact
    """Mean demand over what the chips could serve."""
    speed: Fact | None = None
    """Least tokens per second for one user."""
    first_token: Fact | None = None
    """Longest wait for the first token, reasoning not counted [day]."""
    chips: Fact | None = None
    pue: str = "pue"
    derived_shape: bool = False
    """Whether the architecture is a guess from parameter counts."""

    @property
    def output(self) -> float:
        """Tokens written for one request, at the central values."""
        return self.answer.value + self.reasoning.value

    @property
    def request(self) -> Request:
        """The lengths of a request at the central values."""
        cached = self.prompt.value * self.cache_hit.value
        return Request(prompt=self.prompt.value, output=self.output, cached=cached)

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
    prompt_tokens: "Number"
    output_tokens: "Number"
    requests_per_year: "Number"
    prompt_seconds: "Number"
    output_seconds: "Number"
    workload: Workload
    catalogue: Catalogue

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
    service_key = (inputs.architecture, request, inputs.chip.name, inputs.formats)
    return _deployments(catalogue, *service_key, largest, inputs.slowest_first)


@lru_cache(maxsize=64)
def _deployments(
    catalogue: Catalogue,
    architecture: Architecture,
    request: Request,
    chip: str,
    formats: Formats,
    largest: int,
    slowest_first: float,
) -> Served:
    """Worked out once for all actors: they differ in how many requests they have, not in one."""
    rates = catalogue.constants("serving_rates")
    return served(
        architecture,
        request,
        catalogue.chip(chip),
        formats,
        rates,
        largest=largest,
        slowest_first=slowest_first,
    )


def requests_per_second(inputs: Inputs, catalogue: Catalogue) -> float:
    """Return the rate the chips must be able to serve: mean demand / utilisation."""
    return inputs.requests.value / SECONDS_PER_DAY / inputs.utilisation.value


def chosen_for(inputs: Inputs, candidates: Served, rate: float = math.inf) -> Served:
    """Return the deployment of fewest chips that is fast enough; see `cheapest`."""
    return cheapest(candidates, inputs.slowest_token, inputs.slowest_first, rate)


def service(inputs: Inputs, drawn: DrawnCatalogue) -> Service:
    """Return the cheapest deployment for the demand, and what it needs in a year.

    The search runs at central values; the chip-seconds of a request are then drawn:
    t = t_prompt P/P0 e + t_step O/O0 e, with e the error that held-out models showed.
    Raises InputError when nothing fits, is fast enough, or the chips given are too few.
    """
    candidates = deployments(inputs, inputs.request, drawn.catalogue)
    best = chosen_for(inputs, candidates, requests_per_second(inputs, drawn.catalogue))
    error = _error(inputs, best, drawn)
    prompt, output = (
        drawn.sample(inputs.prompt),
        drawn.sample(inputs.answer) + drawn.sample(inputs.reasoning),
    )
    fresh = _fresh(inputs, drawn.draws)
    per_prompt = error * float(best.prompt_seconds) * fresh * prompt / inputs.prompt.value
    per_output = error * float(best.step_seconds) * output / inputs.output
    daily = drawn.sample(inputs.requests)
    busy = replace(best, prompt_seconds=_array(per_prompt), step_seconds=_array(per_output))
    needed_chips = busy.chips_for(daily / SECONDS_PER_DAY / drawn.sample(inputs.utilisation))
    chips = _held(inputs, _plain(needed_chips), drawn.draws)
    yearly = daily * DAYS_PER_YEAR
    workload = _workload(inputs, chips, yearly, (prompt, output), per_prompt + per_output, drawn)
    return Service(
        inputs=inputs,
        found=candidates,
        chosen=best,
        prompt_tokens=prompt,
        output_tokens=output,
        requests_per_year=yearly,
        prompt_seconds=per_prompt,
        output_seconds=per_output,
        workload=workload,
        catalogue=drawn.catalogue,
    )


def _fresh(inputs: Inputs, draws: Draws) -> "Number":
    """Return the share of prompts that is really read, over its central value."""
    if inputs.cache_hit.exact:
        return 1.0
    return (1 - draws.sample(inputs.cache_hit)) / (1 - inputs.cache_hit.value)


def _held(inputs: Inputs, needed_chips: "Number", draws: Draws) -> "Number":
    """Return the chips that are held: those given, if they suffice, else those wanted."""
    if inputs.chips is None:
        return needed_chips
    needed = draws.summary(needed_chips).median
    if needed > inputs.chips.value:
        share = inputs.chips.value / needed
        raise InputError(
            f"`chips` {inputs.chips.value:.0f}: the demand needs about {needed:.0f} chips; these "
            f"serve {share * inputs.requests.value:,.0f} requests a day at this speed and use"
        )
    return inputs.chips.value


def _error(inputs: Inputs, best: Served, drawn: DrawnCatalogue) -> "Number":
    """Return what chip-seconds stray from the prediction, wider where no row was near."""
    rates = drawn.catalogue.constants("serving_rates")
    error = drawn.sample(rates["serving_error_request_throughput"])
    if is_beyond_measured(inputs, best, drawn.catalogue):
        error = error * drawn.sample(rates["serving_error_beyond"])
    if inputs.derived_shape:
        length = inputs.prompt.value + inputs.output
        kind = "long" if length > LONG_REQUEST else "short"
        error = error * drawn.value(f"derived_shape_error_{kind}")
    return error


def is_beyond_measured(inputs: Inputs, best: Served, catalogue: Catalogue) -> bool:
    """Whether no published row is near: several servers, prompts apart, or another chip family."""
    own = f"attention_rate_{inputs.chip.generation.lower()}"
    unfitted = own not in catalogue.constants("serving_rates")
    return bool(best.smallest > SERVER_CHIPS or best.prompt_chips > 0 or unfitted)


def _workload(
    inputs: Inputs,
    chips: "Number",
    yearly: "Number",
    tokens: tuple["Number", "Number"],
    seconds: "Number",
    drawn: DrawnCatalogue,
) -> Workload:
    """Return a year in which the chips are held, busy or not."""
    hours = chips * DAYS_PER_YEAR * HOURS_PER_DAY
    busy = yearly * seconds / SECONDS_PER_HOUR / hours
    energy = hours * _mean_power(inputs, busy, drawn)
    hit = inputs.cache_hit.value
    cached = hit * tokens[0] if hit else 0.0
    flop = yearly * model_flop(inputs.architecture, *tokens, cached)
    peak = drawn.sample(inputs.chip.peak("bf16"))
    return Workload(
        model_flop=flop,
        mfu=flop / (peak * hours * SECONDS_PER_HOUR),
        chip_hours=hours,
        chips=drawn.median(chips),
        wall_days=DAYS_PER_YEAR,
        energy_kwh=energy,
        carbon_t=carbon_t(energy, drawn),
        tokens=yearly * (tokens[0] + tokens[1]),
        person_years=0.0,
        project_years=1.0,
        held=True,
    )


def _mean_power(inputs: Inputs, busy: "Number", drawn: DrawnCatalogue) -> "Number":
    """Return kW at the meter of a chip: loaded x (idle + (1 - idle) busy) x PUE."""
    loaded = power_kw(inputs.chip, drawn) * drawn.value(inputs.pue, inputs.chip.kind)
    idle = drawn.value("idle_draw")
    return loaded * (idle + (1 - idle) * busy)


def model_flop(
    architecture: Architecture, prompt: "Number", output: "Number", cached: "Number" = 0.0
) -> "Number":
    """Return the exact FLOP of a request: F1(P) P - F1(h) h + sum over the output's steps.

    The first h tokens of the prompt are in the cache. Steps are counted at the context half-way
    through the output.
    """
    steps: Number = output * decode_flop_per_token(architecture, prompt + output / 2)
    read: Number = prompt * forward_flop_per_token(architecture, prompt)
    if isinstance(cached, float) and not cached:
        return read + steps
    cached_flop: Number = cached * forward_flop_per_token(architecture, cached)
    return read + steps - cached_flop


def attention_share(architecture: Architecture, request: Request) -> float:
    """Return the part of a request's FLOP that grows with the square of its length.

    1 - 2 N (P - h + O) / C, with N the parameters each token is multiplied with.
    """
    tokens = request.prompt - request.cached + request.output
    linear = FLOP_PER_PARAMETER * matmul_params(architecture) * tokens
    total_flop = model_flop(architecture, request.prompt, request.output, request.cached)
    return float(1 - linear / total_flop)


def plain_attention(architecture: Architecture) -> Architecture:
    """Return the model with full grouped-query attention where it has something thriftier.

    Windows become full, latents keys and values of every head, what remembers in a state or
    compresses becomes attention in the mould of the widest that the model has.
    """
    return replace(architecture, mixers=tuple(_plain_mixers(architecture)))


def _plain_mixers(architecture: Architecture) -> Iterator[Attention]:
    """Yield full attention of as many heads for each kind of mixer; else of the widest kind."""
    widest = max(architecture.mixers, key=lambda mixer: mixer.scores * mixer.key_width)
    for mixer in architecture.mixers:
        like = mixer if mixer.key_width else widest
        dim = like.key_width or PLAIN_HEAD_DIM
        heads = like.scores or max(architecture.hidden // dim, 1)
        yield Attention(
            count=mixer.count,
            heads=heads,
            kv_heads=like.cache_ways if isinstance(like, Attention) else heads,
            head_dim=dim,
            v_head_dim=max(like.output_width // heads, 1),
        )


def _array(value: "Number") -> "Array":
    import numpy as np

    return np.asarray(value)


def _plain(value: "Array") -> "Number":
    """Return a float for an array of no dimensions."""
    return value if value.shape else float(value)
