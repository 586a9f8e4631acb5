"""Deployments of a served model on one kind of chip: which fit, how fast, how many requests.

The whole grid of tensor x data x expert x context ways, pipeline stages and requests in flight is
one array evaluation; deployments whose weights and cache do not fit in memory are masked. Prompts
and steps share chips, or prompts have chips of their own.
Source: Pope et al. 2022; DeepSeek-V3 inference overview 2025; DistServe (Zhong et al. 2024).
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from frontiercost.catalogue.types import SERVER_CHIPS, Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact, Number
from frontiercost.core.frozen import frozen
from frontiercost.physics import forward_pass, serving_queue
from frontiercost.physics.arrays import Array, Index, indexed
from frontiercost.physics.local_serving import (
    LocalMachine,
    local_machine,
    prompt_seconds,
    step_seconds,
)
from frontiercost.physics.model_shape import Architecture
from frontiercost.physics.number_formats import Formats
from frontiercost.physics.serving_machine import ANY_ENGINE, machine_on, rates_on
from frontiercost.physics.serving_memory import Request, replica_memory, room_on, still_cached
from frontiercost.physics.token_flop import kv_bytes

LARGEST_REPLICA = 256  # chips
TENSOR_WAYS = (1, 2, 4, 8)
MORE_WAYS = tuple(2**k for k in range(9))  # data and context ways, pipeline stages
SHORTEST_SLICE = 1024  # tokens: of shorter ones no deployment gains
ROUNDING = 1e-9  # of whole units, which a sum of floats may miss
IN_FLIGHT = 2.0 ** np.arange(0, 10.5, 0.5)  # requests per group of chips, to 1,024


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
    cached: Array
    """Tokens of the prompt that the cache still holds."""

    @property
    def chip_seconds(self) -> Array:
        """Chip-seconds of a request: those of its steps and of its prompt.  Source: definition."""
        return self.step_seconds + self.prompt_seconds

    @property
    def smallest(self) -> Array:
        """Chips of the smallest whole unit.  Source: definition."""
        return self.chips + self.prompt_chips

    @property
    def is_spread(self) -> NDArray[np.bool_]:
        """Whether they span servers, or read prompts on chips of their own.  Source: definition."""
        return np.asarray((self.smallest > SERVER_CHIPS) | (self.prompt_chips > 0))

    @property
    def concurrency(self) -> Array:
        """Requests in flight in a replica: n d p.  Source: definition."""
        return np.asarray(self.in_flight * self.deployment.data * self.deployment.pipeline)

    def latency(self, output: float) -> Array:
        """Seconds until a request is answered: TTFT + o TPOT.  Source: definition."""
        return self.time_to_first_token + output * self.time_per_token

    def slowed(self, first: float, per_token: Number, output: float) -> "Served":
        """The same with both times so many times as long, and chip-seconds as the latency.

        Source: Little's law.
        """
        slower = replace(
            self,
            time_to_first_token=first * self.time_to_first_token,
            time_per_token=per_token * self.time_per_token,
        )
        longer = slower.latency(output) / self.latency(output)
        scale = np.where(self.prompt_chips > 0, per_token, longer)
        steps, prompts = scale * self.step_seconds, scale * self.prompt_seconds
        return replace(slower, step_seconds=steps, prompt_seconds=prompts)

    def rate_on(self, chips: Number) -> Array:
        """Requests per second that so many chips serve, in whole units; 0 where none fits.

        Where prompts have chips of their own, they get the share that they take of the time.
        Source: Little's law.
        """
        apart = self.prompt_chips > 0
        share = np.where(apart, self.step_seconds / self.chip_seconds, 1.0)
        fewer = np.maximum(_whole_units(share * chips, self.chips), self.chips)
        rates = [self._rate(steps, chips) for steps in (fewer, fewer + apart * self.chips)]
        return np.where(self.smallest <= chips, np.maximum(*rates), 0.0)

    def _rate(self, steps: Array, chips: Number) -> Array:
        """Requests per second when so many of the chips make steps, the others reading prompts."""
        prompts = _whole_units(np.maximum(chips - steps, 0.0), self.prompt_chips)
        apart = np.minimum(steps / self.step_seconds, prompts / self.prompt_seconds)
        return np.where(self.prompt_chips > 0, apart, steps / self.chip_seconds)

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


def _whole_units(chips: Array, unit: Array) -> Array:
    """Chips rounded down to whole units."""
    return np.asarray(unit * np.floor(chips / np.maximum(unit, 1.0)))


def _whole(busy: Number, unit: Number) -> Array:
    """Busy chips rounded up to whole units; one unit at least."""
    each = np.maximum(unit, 1.0)
    return np.asarray(unit * np.maximum(np.ceil(busy / each - ROUNDING), 1.0), np.float64)


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
    deployment, in_flight = _grid(arch, formats, largest, request)
    used = replica_memory(arch, deployment, in_flight, request)
    room = room_on(chip, formats.software)
    fitting = np.flatnonzero(used <= room)
    if not len(fitting):
        raise InputError(_no_room(arch, request, chip, formats, largest, float(np.min(used))))
    kept, count = indexed(deployment, fitting), in_flight[fitting]
    cached = still_cached(arch, kept, count, request, room - np.asarray(used)[fitting])
    rate = rates_on(chip, formats, rates, engine)
    machine = machine_on(chip, formats, rate)
    if formats.software:
        times = local_times(arch, request, kept, count, local_machine(chip, rate), rate, cached)
        return _together(request, kept, count, times, cached)
    times = times_of(arch, request, kept, count, machine, rate, cached)
    together = _together(request, kept, count, times, cached)
    passed = kv_bytes(arch, request.prompt, formats.cache_bytes) / machine.network_bandwidth
    apart = _apart(request, kept, count, times, cached, rate, passed, slowest_first, largest)
    return _joined(together, apart)


def times_of(
    arch: Architecture,
    request: Request,
    deployment: forward_pass.Deployment,
    in_flight: Number,
    machine: forward_pass.ServingMachine,
    rate: Mapping[str, float],
    cached: Number = 0.0,
    prompts: Number = 1.0,
) -> serving_queue.LoadTimes:
    """Seconds of a deployment under load; a step is taken half-way through the output.

    So many `prompts` are read together.

    Source: `times_under_load`.
    """
    return serving_queue.times_under_load(
        forward_pass.prefill(arch, prompts, request.prompt, cached),
        forward_pass.decode(arch, in_flight, request.prompt + request.output / 2),
        deployment,
        machine,
        rate,
        in_flight,
        request.output,
    )


def local_times(
    arch: Architecture,
    request: Request,
    deployment: forward_pass.Deployment,
    in_flight: Number,
    device: LocalMachine,
    rate: Mapping[str, float],
    cached: Number = 0.0,
) -> serving_queue.LoadTimes:
    """The same on devices at home, by llama.cpp.  Source: `local_serving`, `under_load`."""
    halfway = request.prompt + request.output / 2
    alone = prompt_seconds(arch, request.prompt, cached, deployment, device)
    once = step_seconds(arch, in_flight, halfway, deployment, device)
    return serving_queue.under_load(alone, once, rate, in_flight, request.output)


def _no_room(
    arch: Architecture, request: Request, chip: Chip, formats: Formats, largest: int, used: float
) -> str:
    """Say what is missing, and the fewest chips that would do."""
    room = room_on(chip, formats.software)
    reason = (
        f"{largest} {chip.name}: the model and one request need at least {used / 1e9:.0f} GB a "
        f"chip, and {room / 1e9:.0f} GB is usable; "
    )
    wider, count = _grid(arch, formats, LARGEST_REPLICA, request)
    enough = replica_memory(arch, wider, count, request) <= room
    if not np.any(enough):
        return reason + "take chips with more memory, or a narrower number format"
    fewest = float(np.min(np.asarray(wider.chips)[enough]))
    return reason + f"it fits on {fewest:.0f}, or on chips with more memory"


def _grid(
    arch: Architecture, formats: Formats, largest: int, request: Request
) -> tuple[forward_pass.Deployment, Array]:
    """Ways x requests in flight; a mixture spreads its experts or splits each of them.

    Data ways, which only a mixture gains from, are not combined with stages or context ways, of
    which none holds less than SHORTEST_SLICE of a sequence.
    """
    slices = max((request.prompt + request.output) // SHORTEST_SLICE, 1)
    spread = (False, True) if arch.experts else (False,)
    if formats.software:  # it gives each device whole layers
        places = [(1, 1, 1, p, 1) for p in MORE_WAYS if p <= min(largest, arch.layers)]
        return _columns(places, formats)
    contexts = [c for c in MORE_WAYS if c <= slices]
    dense = ((t, 1, 1, p, c) for t, p, c in product(TENSOR_WAYS, MORE_WAYS, contexts))
    wide = ((t, d, 1, 1, 1) for t, d in product(TENSOR_WAYS, MORE_WAYS) if arch.experts)
    ways = dict.fromkeys(
        (t, d, t * d * c if apart else 1, p, c)
        for t, d, _, p, c in (*dense, *wide)
        for apart in spread
        if t * d * c * p <= largest and (apart or d == 1) and p <= arch.layers
        if all(mixer.splits_over(t) for mixer in arch.mixers)
    )
    return _columns(list(ways), formats)


def _columns(
    ways: Sequence[tuple[int, ...]], formats: Formats
) -> tuple[forward_pass.Deployment, Array]:
    """Each of these ways with each number of requests in flight."""
    columns = np.repeat(np.array(ways, np.float64), len(IN_FLIGHT), axis=0).T
    names = ("tensor", "data", "expert", "pipeline", "context")
    deployments = forward_pass.Deployment(**dict(zip(names, columns, strict=True)), **formats.sizes)
    return deployments, np.tile(IN_FLIGHT, len(ways))


def _together(
    request: Request,
    deployment: forward_pass.Deployment,
    count: Array,
    times: serving_queue.LoadTimes,
    cached: Number,
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
        cached=np.broadcast_to(cached, chips.shape),
    )


def _apart(
    request: Request,
    deployment: forward_pass.Deployment,
    count: Array,
    times: serving_queue.LoadTimes,
    cached: Number,
    rate: Mapping[str, float],
    passed: Number,
    slowest_first: float,
    largest: int,
) -> Served:
    """Steps on some chips, prompts on others, the cache handed over through the network.

    For each deployment of the steps and each number of chips, the cheapest for prompts that is soon
    enough, if none of fewer chips is as cheap; where none is soon enough, the soonest.
    """
    chips, step = np.asarray(deployment.chips), np.asarray(times.step)
    busy = rate["prompt_utilisation"]
    alone = np.flatnonzero(count == 1)
    slowed = rate["prompt_factor"] * np.asarray(times.alone)[alone]
    handed = passed / np.asarray(deployment.tensor * deployment.context)[alone]
    first = rate["first_token_overhead"] + slowed * (1 + rate["queue"] * busy / (1 - busy)) + handed
    ways = np.asarray(deployment.data * deployment.pipeline)[alone]
    seconds = chips[alone] * slowed / (ways * busy)
    steps, prompts = _paired(chips[alone], first, seconds, slowest_first - step)
    separate = Served(
        deployment=indexed(deployment, steps),
        in_flight=count[steps],
        time_per_token=step[steps],
        time_to_first_token=first[prompts] + step[steps],
        chips=chips[steps],
        step_seconds=(
            chips * request.output * step / (count * deployment.data * deployment.pipeline)
        )[steps],
        prompt_chips=chips[alone][prompts],
        prompt_seconds=seconds[prompts],
        cached=np.broadcast_to(cached, chips.shape)[alone][prompts],
    )
    return separate[separate.smallest <= largest]


def _paired(
    chips: Array, first: Array, seconds: Array, within: Array
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of steps and of what reads prompts for them, `first` within so long; see `_apart`."""
    soonest = np.full(len(within), np.argmin(first))
    least = np.full(len(within), np.inf)
    steps, prompts = [], []
    for size in sorted({*chips.tolist()}):
        places = np.flatnonzero(chips == size)
        order = places[np.argsort(first[places], kind="stable")]
        best = order[_best_so_far(seconds[order])]
        soon = np.searchsorted(first[order], within, side="right") - 1
        chosen = best[np.maximum(soon, 0)]
        cheaper = np.flatnonzero((soon >= 0) & (seconds[chosen] < least))
        least[cheaper] = seconds[chosen[cheaper]]
        steps.append(cheaper)
        prompts.append(chosen[cheaper])
    late = np.flatnonzero(np.isinf(least))
    return np.concatenate([*steps, late]), np.concatenate([*prompts, soonest[late]])


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
