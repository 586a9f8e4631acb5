"""Sampling answers in bulk: which replicas fit, and how long a batch takes until its last answer.

A decode step is that of `forward_pass`; added is a batch whose answers end at different times, so
that its tail runs with few of them at once.
Source: Yu et al. 2022 (Orca, continuous batching); Sheng et al. 2024 (HybridFlow).
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics import forward_pass
from frontiercost.physics.arrays import Array, indexed
from frontiercost.physics.model_shape import Architecture
from frontiercost.physics.number_formats import Formats
from frontiercost.physics.serving_deployment import IN_FLIGHT
from frontiercost.physics.serving_machine import ANY_ENGINE, machine_on, rates_on
from frontiercost.physics.serving_memory import Request, replica_memory, room_on
from frontiercost.physics.training_machine import Machine, Software

REPLICA_CHIPS = (1, 2, 4, 8, 16, 32, 64)
POINTS = 33  # at which the drain of a batch is evaluated
BISECTIONS = 60
LARGEST_SCALE = 1e3  # of the limit: practically every answer runs into it


@frozen(kw_only=True)
class Rollouts:
    """What one RL step samples: answers, mean lengths and the limit on an answer [token]."""

    count: float
    prompt: float
    response: float
    longest: float
    samples_per_prompt: float = 1.0
    trained_share: float = 1.0
    """Of the answers: those of groups whose rewards differ."""


@frozen(kw_only=True)
class RLMachine:
    """The machine that trains and samples: chip, its rates for both, and the software's.

    Source: `training_rates.toml`, `serving_rates.toml`.
    """

    chip: Chip
    machine: Machine
    software: Software
    rates: Mapping[str, Fact]
    """Of serving."""
    formats: Formats


def length_scale(mean: float, longest: float) -> float:
    """Scale s of exponential answer lengths cut at a limit c with this mean: s (1 - e^(-c/s)) = L.

    The exponential is the law of a length that nothing is known of but its mean.
    Source: maximum entropy; bisection.
    """
    low, high = mean, LARGEST_SCALE * longest
    if mean >= high * -math.expm1(-longest / high):
        return high
    for _ in range(BISECTIONS):
        middle = math.sqrt(low * high)
        short = -middle * math.expm1(-longest / middle) < mean
        low, high = (middle, high) if short else (low, middle)
    return middle


def still_writing(tokens: Array, rollouts: Rollouts) -> Array:
    """Share of answers longer than so many tokens: e^(-t/s).  Source: `length_scale`."""
    return np.exp(-tokens / length_scale(rollouts.response, rollouts.longest))


@frozen(kw_only=True)
class Sampling:
    """Replicas that fit, as arrays: how each is spread, what it holds, seconds of a batch."""

    deployment: forward_pass.Deployment
    chips: Array
    batch_seconds: Array
    """Until the last answer of the batch."""
    flow_seconds: Array
    """Of the same answers in an endless stream, which waits for none."""


def sampling(arch: Architecture, rollouts: Rollouts, chips: int, rl_machine: RLMachine) -> Sampling:
    """Every replica that fits on the chips and how long it takes for its share of the answers.

    Batch = waves that memory forces + integral of step(n(t)) P(any left at t) dt, with n(t) what is
    left of a group's answers; flow = L step(n) per answer in flight. Raises InputError if no
    replica fits.  Source: `pass_time`; continuous batching, Yu et al. 2022 (Orca).
    """
    deployment = _replicas(arch, chips, rl_machine)
    groups = chips / deployment.chips * deployment.data
    per_group = np.asarray(rollouts.count / groups)
    request = Request(prompt=rollouts.prompt, output=rollouts.response)
    with_one = replica_memory(arch, deployment, 1.0, request)
    with_none = replica_memory(arch, deployment, 0.0, request)
    room = room_on(rl_machine.chip)
    fitting = np.flatnonzero(with_one <= room)
    if not len(fitting):
        raise InputError(
            f"{chips} {rl_machine.chip.name}: a sampler needs at least "
            f"{np.min(with_one) / 1e9:.0f} GB a chip, and {room / 1e9:.0f} GB is usable; "
            "take more chips or chips with more memory"
        )
    held = np.clip((room - with_none) / (with_one - with_none), 1.0, max(IN_FLIGHT))
    kept, most, answers = indexed(deployment, fitting), held[fitting], per_group[fitting]
    together = np.minimum(answers, most)
    machine, software = _server(rl_machine)
    flow = _step(arch, kept, machine, software, together, rollouts) * rollouts.response
    reading = _reading(arch, kept, machine, software, rollouts)
    waves = np.maximum(answers / most - 1, 0.0)
    drain = _drain(arch, kept, machine, software, together, rollouts)
    prompts = answers / rollouts.samples_per_prompt * reading
    return Sampling(
        deployment=kept,
        chips=np.asarray(kept.chips, np.float64) * np.ones_like(most),
        batch_seconds=prompts + waves * flow + drain,
        flow_seconds=prompts + answers / together * flow,
    )


def _replicas(arch: Architecture, chips: int, rl_machine: RLMachine) -> forward_pass.Deployment:
    """Tensor and, for mixtures, data ways of every size of replica up to the chips."""
    rows = [
        (tensor, size // tensor, size if arch.experts else 1)
        for size in REPLICA_CHIPS
        if size <= chips
        for tensor in REPLICA_CHIPS
        if tensor <= size and (arch.experts or tensor == size)
    ]
    if not rows:
        raise InputError(f"{chips} chips cannot hold a sampler")
    tensor, data, expert = np.array(rows, np.float64).T
    sizes = rl_machine.formats.sizes
    return forward_pass.Deployment(tensor=tensor, data=data, expert=expert, **sizes)


def _server(
    rl_machine: RLMachine,
) -> tuple[forward_pass.ServingMachine, forward_pass.ServingSoftware]:
    """The chip as a server.

    Samplers of training stacks use general collectives, which reach the same share of the network
    as of a link, and hide no traffic behind computing.
    """
    rate = rates_on(rl_machine.chip, rl_machine.formats, rl_machine.rates, ANY_ENGINE)
    general = {**rate, "network_share": rate["link_share"]}
    software = replace(forward_pass.software_from(rate), hidden_exchange=0.0)
    return machine_on(rl_machine.chip, rl_machine.formats, general), software


def _step(
    arch: Architecture,
    deployment: forward_pass.Deployment,
    machine: forward_pass.ServingMachine,
    software: forward_pass.ServingSoftware,
    sequences: Array,
    rollouts: Rollouts,
) -> Array:
    """Seconds of a decode step of a full stream, at the mean context of an answer under way."""
    context = rollouts.prompt + rollouts.response / 2
    step = forward_pass.decode(arch, sequences, context)
    return np.asarray(forward_pass.pass_time(step, deployment, machine, software).total)


def _reading(
    arch: Architecture,
    deployment: forward_pass.Deployment,
    machine: forward_pass.ServingMachine,
    software: forward_pass.ServingSoftware,
    rollouts: Rollouts,
) -> Array:
    """Seconds to read one prompt, without the host's overhead of a pass."""
    bare = replace(software, step_overhead=0.0, sequence_overhead=0.0)
    prompt = forward_pass.prefill(arch, 1.0, max(rollouts.prompt, 1.0))
    return np.asarray(forward_pass.pass_time(prompt, deployment, machine, bare).total)


def _drain(
    arch: Architecture,
    deployment: forward_pass.Deployment,
    machine: forward_pass.ServingMachine,
    software: forward_pass.ServingSoftware,
    together: Array,
    rollouts: Rollouts,
) -> Array:
    """Seconds until the last of the answers in flight ends: the tail runs with few at once."""
    tokens = np.linspace(0, rollouts.longest, POINTS)[:, None]
    left = still_writing(tokens, rollouts)
    left[-1] = still_writing(tokens[-2:-1], rollouts)
    step = forward_pass.decode(arch, np.maximum(together * left, 1.0), rollouts.prompt + tokens)
    seconds = forward_pass.pass_time(step, deployment, machine, software).total
    any_left = 1 - (1 - np.minimum(left, 1.0)) ** max(rollouts.count, 1.0)
    return np.asarray(np.trapezoid(seconds * any_left, tokens[:, 0], axis=0), np.float64)


def stream_seconds(
    arch: Architecture, rollouts: Rollouts, chips: int, rl_machine: RLMachine
) -> float:
    """Seconds to sample all answers as a stream, on the fastest replicas that fit.

    Source: `sampling`.
    """
    return float(np.min(sampling(arch, rollouts, chips, rl_machine).flow_seconds))
