"""Deployments of a served model on one kind of chip: which fit, how fast, how many requests.

The whole grid of tensor x data x expert x context ways, pipeline stages and requests in flight is
one array evaluation; deployments whose weights and cache do not fit in memory are masked. Prompts
and steps share chips, or prompts have chips of their own.
Source: Pope et al. 2022; DeepSeek-V3 inference overview 2025; DistServe (Zhong et al. 2024).
"""

from collections.abc import Mapping
from dataclasses import fields
from itertools import product

import numpy as np
from numpy.typing import NDArray

from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact, Number
from frontiercost.core.frozen import frozen
from frontiercost.physics import forward_pass, serving_queue
from frontiercost.physics.arrays import BF16_BYTES, Array, Index, indexed
from frontiercost.physics.model_shape import Architecture, head_params, total_params
from frontiercost.physics.number_formats import Formats
from frontiercost.physics.serving_machine import ANY_ENGINE, machine_on, rates_on
from frontiercost.physics.token_flop import kv_bytes, kv_elements, state_bytes

USABLE_MEMORY = 0.9
WORKSPACE = 4e9  # bytes a chip keeps for activations and buffers
LARGEST_REPLICA = 256  # chips
TENSOR_WAYS = (1, 2, 4, 8)
MORE_WAYS = tuple(2**k for k in range(9))  # data and context ways, pipeline stages
IN_FLIGHT = 2.0 ** np.arange(0, 10.5, 0.5)  # requests per group of chips, to 1,024


@frozen(kw_only=True)
class Request:
    """Mean lengths of a request [token]; `cached` of the prompt are in the cache already."""

    prompt: float
    output: float
    cached: float = 0.0


@frozen(kw_only=True)
class Served:
    """Deployments that fit, as arrays. Times in seconds, chip-seconds of one request.

    `chips` is the smallest unit: a replica; where prompts have chips of their own, `prompt_chips`
    is the unit of those, else 0.
    """

    deployment: forward_pass.Deployment
    in_flight: Array
    time_per_token: Array
    time_to_first_token: Array
    chips: Array
    step_seconds: Array
    prompt_chips: Array
    prompt_seconds: Array

    @property
    def chip_seconds(self) -> Array:
        """Chip-seconds of a request: those of its steps and of its prompt.  Source: definition."""
        return self.step_seconds + self.prompt_seconds

    @property
    def smallest(self) -> Array:
        """Chips of the smallest whole unit.  Source: definition."""
        return self.chips + self.prompt_chips

    def chips_for(self, requests: Number) -> Array:
        """Chips that so many requests per second keep busy, in whole units, at least one.

        Source: Little's law.
        """
        apart = self.prompt_chips > 0
        seconds = np.where(apart, self.step_seconds, self.chip_seconds)
        prompts = np.where(apart, self.prompt_seconds, 0.0)
        return _whole(requests * seconds, self.chips) + _whole(
            requests * prompts, self.prompt_chips
        )

    def __getitem__(self, index: Index) -> "Served":
        """The deployments at an index."""
        own = [f.name for f in fields(self) if f.name != "deployment"]
        columns = {name: getattr(self, name)[index] for name in own}
        return Served(deployment=indexed(self.deployment, index), **columns)


def _whole(busy: Number, unit: Number) -> Array:
    """Busy chips rounded up to whole units; one unit at least."""
    each = np.maximum(unit, 1.0)
    return np.asarray(unit * np.maximum(np.ceil(busy / each - 1e-9), 1.0), np.float64)


def replica_memory(
    arch: Architecture,
    deployment: forward_pass.Deployment,
    in_flight: Number,
    request: Request,
) -> Number:
    """Bytes on a chip: (dense / t + experts / n) / p + embeddings / t + caches / ways + workspace.

    The cache holds prompt and output of every request in flight; every pipeline stage has as many
    in flight. Ignores paging, and prefixes kept for later requests.
    Source: Pope et al. 2022, section 3.3.
    """
    expert = sum(b.stored * b.experts * b.expert(arch.hidden) for b in arch.mixtures)
    embeddings = head_params(arch)
    dense = total_params(arch) - expert - embeddings
    layers = dense * deployment.weight_bytes / deployment.tensor
    layers = layers + expert * deployment.expert_bytes / deployment.stage_chips
    ways = np.minimum(deployment.tensor, arch.cache_ways)
    cache = kv_elements(arch, request.prompt + request.output) * deployment.cache_bytes / ways
    state = state_bytes(arch) / deployment.tensor
    return (
        layers / deployment.pipeline
        + embeddings * BF16_BYTES / deployment.tensor
        + in_flight * (cache + state) / deployment.context
        + WORKSPACE
    )


def served(
    arch: Architecture,
    request: Request,
    chip: Chip,
    formats: Formats,
    rates: Mapping[str, Fact],
    engine: str = ANY_ENGINE,
    largest: int = LARGEST_REPLICA,
    slowest_first: float = np.inf,
) -> Served:
    """Every deployment on up to so many chips that fits, with what it reaches under load.

    Prompts on chips of their own take the cheapest that meet the time to the first token.
    Raises InputError with the reason when none fits.  Source: exhaustive search.
    """
    deployment, in_flight = _grid(arch, formats, largest)
    used = replica_memory(arch, deployment, in_flight, request)
    room = USABLE_MEMORY * chip.fact("memory").value
    fitting = np.flatnonzero(used <= room)
    if not len(fitting):
        raise InputError(_no_room(arch, request, chip, formats, largest, float(np.min(used))))
    rate = rates_on(chip, formats, rates, engine)
    machine = machine_on(chip, formats, rate)
    kept, count = indexed(deployment, fitting), in_flight[fitting]
    times = serving_queue.times_under_load(
        forward_pass.prefill(arch, 1.0, request.prompt, request.cached),
        forward_pass.decode(arch, count, request.prompt + request.output / 2),
        kept,
        machine,
        rate,
        count,
        request.output,
    )
    together = _together(request, kept, count, times)
    passed = kv_bytes(arch, request.prompt, formats.cache_bytes) / machine.network_bandwidth
    apart = _apart(request, kept, count, times, rate, passed, slowest_first, largest)
    return _joined(together, apart)


def _no_room(
    arch: Architecture, request: Request, chip: Chip, formats: Formats, largest: int, used: float
) -> str:
    """Say what is missing, and the fewest chips that would do."""
    room = USABLE_MEMORY * chip.fact("memory").value
    reason = (
        f"{largest} {chip.name}: the model and one request need at least {used / 1e9:.0f} GB a "
        f"chip, and {room / 1e9:.0f} GB is usable; "
    )
    wider, count = _grid(arch, formats, LARGEST_REPLICA)
    enough = replica_memory(arch, wider, count, request) <= room
    if not np.any(enough):
        return reason + "take chips with more memory, or a narrower number format"
    fewest = float(np.min(np.asarray(wider.chips)[enough]))
    return reason + f"it fits on {fewest:.0f}, or on chips with more memory"


def _grid(
    arch: Architecture, formats: Formats, largest: int
) -> tuple[forward_pass.Deployment, Array]:
    """Ways x requests in flight; a mixture spreads its experts or splits each of them.

    Data ways, which only a mixture gains from, are not combined with stages or context ways.
    """
    spread = (False, True) if arch.experts else (False,)
    dense = ((t, 1, 1, p, c) for t, p, c in product(TENSOR_WAYS, MORE_WAYS, MORE_WAYS))
    wide = ((t, d, 1, 1, 1) for t, d in product(TENSOR_WAYS, MORE_WAYS) if arch.experts)
    ways = dict.fromkeys(
        (t, d, t * d * c if apart else 1, p, c)
        for t, d, _, p, c in (*dense, *wide)
        for apart in spread
        if t * d * c * p <= largest and (apart or d == 1) and p <= arch.layers
    )
    columns = np.repeat(np.array(list(ways), np.float64), len(IN_FLIGHT), axis=0).T
    names = ("tensor", "data", "expert", "pipeline", "context")
    deployments = forward_pass.Deployment(**dict(zip(names, columns, strict=True)), **formats.sizes)
    return deployments, np.tile(IN_FLIGHT, len(ways))


def _together(
    request: Request,
    deployment: forward_pass.Deployment,
    count: Array,
    times: serving_queue.LoadTimes,
) -> Served:
    """Prompts interrupt the steps of the same chips."""
    first, per_token = np.asarray(times.first), np.asarray(times.per_token)
    chips = np.asarray(deployment.chips)
    concurrency = count * deployment.data * deployment.pipeline
    seconds = chips / serving_queue.request_rate(concurrency, first, per_token, request.output)
    prompt = np.minimum(
        chips * np.asarray(times.alone) / (deployment.data * deployment.pipeline),
        seconds * serving_queue.MOST_LOAD,
    )
    return Served(
        deployment=deployment,
        in_flight=count,
        time_per_token=per_token,
        time_to_first_token=first,
        chips=chips,
        step_seconds=seconds - prompt,
        prompt_chips=np.zeros_like(chips),
        prompt_seconds=prompt,
    )


def _apart(
    request: Request,
    deployment: forward_pass.Deployment,
    count: Array,
    times: serving_queue.LoadTimes,
    rate: Mapping[str, float],
    passed: Number,
    slowest_first: float,
    largest: int,
) -> Served:
    """Steps on some chips, prompts on others, the cache handed over through the network.

    For each deployment of the steps, the cheapest for prompts that is soon enough; where none is,
    the soonest.
    """
    chips, step = np.asarray(deployment.chips), np.asarray(times.step)
    busy = rate["prompt_utilisation"]
    alone = np.flatnonzero(count == 1)
    slowed = rate["prompt_factor"] * np.asarray(times.alone)[alone]
    handed = passed / np.asarray(deployment.tensor * deployment.context)[alone]
    first = rate["first_token_overhead"] + slowed * (1 + rate["queue"] * busy / (1 - busy)) + handed
    ways = np.asarray(deployment.data * deployment.pipeline)[alone]
    seconds = chips[alone] * slowed / (ways * busy)
    order = np.argsort(first, kind="stable")
    best = _best_so_far(seconds[order])
    soon = np.searchsorted(first[order], slowest_first - step, side="right") - 1
    chosen = order[best[np.maximum(soon, 0)]]
    separate = Served(
        deployment=deployment,
        in_flight=count,
        time_per_token=step,
        time_to_first_token=first[chosen] + step,
        chips=chips,
        step_seconds=chips
        * request.output
        * step
        / (count * deployment.data * deployment.pipeline),
        prompt_chips=chips[alone][chosen],
        prompt_seconds=seconds[chosen],
    )
    return separate[separate.smallest <= largest]


def _best_so_far(values: Array) -> NDArray[np.intp]:
    """For each place, that of the smallest value up to it."""
    smallest = np.minimum.accumulate(values)
    fresh = np.r_[True, smallest[1:] < smallest[:-1]]
    return np.maximum.accumulate(np.where(fresh, np.arange(len(values)), 0))


def _joined(first: Served, second: Served) -> Served:
    columns = {
        f.name: np.concatenate([getattr(first, f.name), getattr(second, f.name)])
        for f in fields(Served)
        if f.name != "deployment"
    }
    ways = {
        f.name: np.concatenate(
            [
                np.broadcast_to(getattr(d, f.name), len(s.chips))
                for d, s in ((first.deployment, first), (second.deployment, second))
            ]
        )
        for f in fields(forward_pass.Deployment)
    }
    return Served(deployment=forward_pass.Deployment(**ways), **columns)


def frontier(deployments: Served) -> Served:
    """Deployments that none is both faster to its user and cheaper than, fastest first.

    Source: definition (Pareto).
    """
    order = np.lexsort((deployments.chip_seconds, deployments.time_per_token))
    cheapest = np.minimum.accumulate(deployments.chip_seconds[order])
    first = np.r_[True, cheapest[1:] < cheapest[:-1]]
    return deployments[order[first]]


def cheapest(
    deployments: Served, slowest_token: float, slowest_first: float, requests: float = np.inf
) -> Served:
    """The deployment that serves so many requests per second on the fewest chips, in both times.

    Of equals the one of fewest chip-seconds; without end of requests those alone count.
    Raises InputError naming the fastest when none meets the times.  Source: exhaustive search.
    """
    meets = (deployments.time_per_token <= slowest_token) & (
        deployments.time_to_first_token <= slowest_first
    )
    if not meets.any():
        raise InputError(_too_slow(deployments, slowest_token))
    kept = np.flatnonzero(meets)
    seconds = deployments.chip_seconds[kept]
    chips = deployments[kept].chips_for(requests) if np.isfinite(requests) else seconds
    return deployments[int(kept[np.lexsort((seconds, chips))[0]])]


def _too_slow(deployments: Served, slowest_token: float) -> str:
    """Name the nearest that can be had: the fastest, or the soonest of those fast enough."""
    token, first = np.min(deployments.time_per_token), np.min(deployments.time_to_first_token)
    fast = deployments.time_per_token <= slowest_token
    if fast.any():
        soonest = np.min(deployments.time_to_first_token[fast])
        return (
            "no deployment is that soon: at this speed the first token comes after "
            f"{soonest:.2g} s at best, at any speed after {first:.2g} s"
        )
    return (
        f"no deployment gives a user {1 / slowest_token:,.0f} tokens per second: the fastest gives "
        f"{1 / token:.0f}"
    )
