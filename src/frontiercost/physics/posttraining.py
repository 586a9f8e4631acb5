"""Time of the machine work of one post-training phase: supervised passes, sampling, RL steps.

Training passes are those of `training`, sampled tokens those of `serving`; what is added here is
what only post-training has: a batch of answers that ends with its longest one, passes that read
answers again, weights that travel to the samplers, and which of these wait for each other.
Source: Ouyang et al. 2022 (RLHF); Shao et al. 2024 (GRPO); Sheng et al. 2024 (HybridFlow).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from frontiercost.errors import InputError
from frontiercost.facts import Fact
from frontiercost.physics import serving
from frontiercost.physics.architecture import (
    Architecture,
    forward_flop_per_token,
    total_params,
    training_flop_per_token,
)
from frontiercost.physics.deployment import (
    ANY_ENGINE,
    BY_CHIP,
    BY_ENGINE,
    USABLE_MEMORY,
    Formats,
    Request,
    peaks_of,
    rate_name,
    replica_memory,
)
from frontiercost.physics.load import BF16_BYTES, indexed
from frontiercost.physics.machine import Machine, Software, number
from frontiercost.physics.search import training_step
from frontiercost.records import Chip

TRAINING_PASSES = 3  # forward, and a backward pass of twice its work
LORA_PASSES = 2  # the backward pass sends no gradient to frozen weights: Hu et al. 2021
SHARDED = {"tensor": 1, "pipeline": 1, "context": 1, "zero": 3}
REPLICA_CHIPS = (1, 2, 4, 8, 16, 32, 64)
WIDEST_TENSOR = 16
POINTS = 33  # at which the drain of a batch is evaluated
BISECTIONS = 60
LARGEST_SCALE = 1e3  # of the limit: practically every answer runs into it
OFFLOADED = (1, 2, 4, 8, 16)  # times the chips whose memory would do
SPLITS = tuple(k / 16 for k in range(1, 16))  # of the chips, between sampling and training

SHORT, LONG = "short", "long"  # classes of training sequences
SHORT_SEQUENCE = 2048  # tokens: below, a sequence at a time does not fill a chip

COLOCATED, SPLIT, SPLIT_SYNCHRONOUS, STREAM = MODES = (
    "colocated",
    "split",
    "split-synchronous",
    "stream",
)

OFFLINE = "offline"  # sampling without training

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Rollouts:
    """What one RL step samples: answers, mean lengths and the limit on an answer [token]."""

    count: float
    prompt: float
    response: float
    longest: float
    samples_per_prompt: float = 1.0
    trained_share: float = 1.0
    """Of the answers: those of groups whose rewards differ."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """The machine that trains and samples: chip, its rates for both, and the software's.

    Source: `training_rates.toml`, `serving_rates.toml`.
    """

    chip: Chip
    machine: Machine
    software: Software
    rates: Mapping[str, Fact]
    """Of serving."""
    formats: Formats


# --- supervised passes -----------------------------------------------------------------------------


def supervised_mfu(
    arch: Architecture,
    seq_len: float,
    sequences: float,
    chips: int,
    work: Work,
    at_once: int = 1,
) -> float:
    """Utilisation of a fine-tuning step: fully sharded data parallelism, few sequences at a time.

    The habit of fine-tuning stacks, which do not pack: each chip gathers all weights for every
    example, which is one sequence, or the two answers of a pair. Where the batch has fewer examples
    than chips, or memory does not do, any plan.
    Ignores padding and offloading.  Source: Rajbhandari et al. 2020 (ZeRO 3); `training.step_time`.
    """
    length = max(round(seq_len), 1)
    batch = max(sequences, 1.0) * length
    for fixed in (SHARDED | {"micro_batch": at_once}, {}):
        try:
            return training_step(
                arch, length, batch, chips, work.machine, work.software, fixed
            ).mfu
        except InputError as error:
            reason = error
    raise reason


def length_class(seq_len: float) -> str:
    """Whether training sequences are short or long: what runs realise differs.

    Source: definition.
    """
    return SHORT if seq_len < SHORT_SEQUENCE else LONG


def supervised_flop(arch: Architecture, seq_len: float, lora: bool = False) -> float:
    """Model FLOP of a trained token: F(s), or two thirds with LoRA, whose base gets no gradients.

    Ignores the adapters themselves, below 1 %.  Source: Hu et al. 2021, section 4.2.
    """
    flop = float(training_flop_per_token(arch, max(seq_len, 1.0)))
    return flop * LORA_PASSES / TRAINING_PASSES if lora else flop


def preference_flop(arch: Architecture, seq_len: float, reference: bool = True) -> float:
    """Model FLOP of a token of a pair: training, and a forward pass of the frozen reference.

    ORPO and reward models read no reference.  Source: Rafailov et al. 2023 (DPO), section 4.
    """
    return supervised_flop(arch, seq_len) + reference * reading_flop(arch, seq_len)


def reading_flop(arch: Architecture, seq_len: float) -> float:
    """Model FLOP of a token that is read, or sampled: one forward pass.  Source: Kaplan 2020."""
    return float(forward_flop_per_token(arch, max(seq_len, 1.0)))


def chip_hours(flop: float, mfu: float, chip: Chip) -> float:
    """Chip-hours of so much model FLOP: C / (3600 P MFU).  Source: definition."""
    return flop / (3600 * chip.peak("bf16").value * mfu)


# --- sampling --------------------------------------------------------------------------------------


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


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """Replicas that fit, as arrays: how each is spread, what it holds, seconds of a batch."""

    deployment: serving.Deployment
    chips: Array
    batch_seconds: Array
    """Until the last answer of the batch."""
    flow_seconds: Array
    """Of the same answers in an endless stream, which waits for none."""


def sampling(arch: Architecture, rollouts: Rollouts, chips: int, work: Work) -> Sampling:
    """Every replica that fits on the chips and how long it takes for its share of the answers.

    Batch = waves that memory forces + integral of step(n(t)) P(any left at t) dt, with n(t) what is
    left of a group's answers; flow = L step(n) per answer in flight. Raises InputError if no replica
    fits.  Source: `serving.pass_time`; continuous batching, Yu et al. 2022 (Orca).
    """
    deployment = _replicas(arch, chips, work)
    groups = chips / deployment.chips * deployment.data
    per_group = rollouts.count / groups
    request = Request(prompt=rollouts.prompt, output=rollouts.response)
    one = replica_memory(arch, deployment, 1.0, request)
    none = replica_memory(arch, deployment, 0.0, request)
    room = USABLE_MEMORY * work.chip.fact("memory").value
    fitting = np.flatnonzero(one <= room)
    if not len(fitting):
        raise InputError(
            f"{chips} {work.chip.name}: a sampler needs at least {np.min(one) / 1e9:.0f} GB a chip, "
            f"and {room / 1e9:.0f} GB is usable; take more chips or chips with more memory"
        )
    held = np.maximum((room - none) / (one - none), 1.0)
    kept, most, wanted = indexed(deployment, fitting), held[fitting], per_group[fitting]
    together = np.minimum(wanted, most)
    machine, software = _server(work, kept)
    flow = _step(arch, kept, machine, software, together, rollouts) * rollouts.response
    reading = _reading(arch, kept, machine, software, rollouts)
    waves = np.maximum(wanted / most - 1, 0.0)
    drain = _drain(arch, kept, machine, software, together, rollouts)
    prompts = wanted / rollouts.samples_per_prompt * reading
    return Sampling(
        deployment=kept,
        chips=np.asarray(kept.chips, np.float64) * np.ones_like(most),
        batch_seconds=prompts + waves * flow + drain,
        flow_seconds=prompts + wanted / together * flow,
    )


def _replicas(arch: Architecture, chips: int, work: Work) -> serving.Deployment:
    """Tensor and, for mixtures, data ways of every size of replica up to the chips."""
    rows = [
        (tensor, size // tensor, size if arch.experts else 1)
        for size in REPLICA_CHIPS
        if size <= chips
        for tensor in REPLICA_CHIPS
        if tensor <= min(size, WIDEST_TENSOR) and (arch.experts or tensor == size)
    ]
    if not rows:
        raise InputError(f"{chips} chips cannot hold a sampler")
    tensor, data, expert = np.array(rows, np.float64).T
    sizes = work.formats.sizes
    return serving.Deployment(tensor=tensor, data=data, expert=expert, **sizes)


def _server(
    work: Work, deployment: serving.Deployment
) -> tuple[serving.ServingMachine, serving.ServingSoftware]:
    """The chip as a server: beyond its scale-up domain a replica talks over the network."""
    known, chip = work.rates, work.chip
    rate = {name: number(fact) for name, fact in known.items()} | {
        kind: number(known[rate_name(kind, work.formats, chip.generation, ANY_ENGINE, known)])
        for kind in (*BY_CHIP, *BY_ENGINE)
    }
    peaks: dict[str, object] = dict(peaks_of(chip, work.formats))
    domain = chip.facts["scaleup_domain"].value if "scaleup_domain" in chip.facts else 1.0
    inside = np.asarray(deployment.chips) <= domain
    peaks["link_bandwidth"] = np.where(
        inside, peaks["link_bandwidth"], work.machine.scaleout_bandwidth
    )
    names = serving.ServingSoftware.__dataclass_fields__
    machine = serving.ServingMachine(**peaks, **{name: rate[name] for name in BY_CHIP})
    return machine, serving.ServingSoftware(**{name: rate[name] for name in names})


def _step(
    arch: Architecture,
    deployment: serving.Deployment,
    machine: serving.ServingMachine,
    software: serving.ServingSoftware,
    sequences: Array,
    rollouts: Rollouts,
) -> Array:
    """Seconds of a decode step of a full stream, at the mean context of an answer under way."""
    context = rollouts.prompt + rollouts.response / 2
    step = serving.decode(arch, sequences, context)
    return np.asarray(serving.pass_time(step, deployment, machine, software).total)


def _reading(
    arch: Architecture,
    deployment: serving.Deployment,
    machine: serving.ServingMachine,
    software: serving.ServingSoftware,
    rollouts: Rollouts,
) -> Array:
    """Seconds to read one prompt, without the host's overhead of a pass."""
    bare = replace(software, step_overhead=0.0, sequence_overhead=0.0)
    prompt = serving.prefill(arch, 1.0, max(rollouts.prompt, 1.0))
    return np.asarray(serving.pass_time(prompt, deployment, machine, bare).total)


def _drain(
    arch: Architecture,
    deployment: serving.Deployment,
    machine: serving.ServingMachine,
    software: serving.ServingSoftware,
    together: Array,
    rollouts: Rollouts,
) -> Array:
    """Seconds until the last of the answers in flight ends: the tail runs with few at once."""
    tokens = np.linspace(0, rollouts.longest, POINTS)[:, None]
    left = still_writing(tokens, rollouts)
    left[-1] = still_writing(tokens[-2:-1], rollouts)
    step = serving.decode(arch, np.maximum(together * left, 1.0), rollouts.prompt + tokens)
    seconds = serving.pass_time(step, deployment, machine, software).total
    any_left = 1 - (1 - np.minimum(left, 1.0)) ** max(rollouts.count, 1.0)
    return np.asarray(np.trapezoid(seconds * any_left, tokens[:, 0], axis=0), np.float64)


# --- reinforcement learning ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a step is trained: epochs over the batch, updates per step, readings per answer.

    readings: log-probabilities under the old policy and under the reference; a critic of its own
    size trains and reads too, `critic` being its size over the policy's.
    """

    epochs: float = 1.0
    updates: float = 1.0
    readings: float = 1.0
    critic: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Which chips sample and which train, and how fast weights reach the samplers [B/s]."""

    chips: int
    transfer_rate: float
    mode: str = COLOCATED
    sampling_chips: int | None = None
    """Of split chips; None: the split with the shortest step."""


@dataclass(frozen=True, kw_only=True)
class RLStep:
    """Seconds of one RL step by cause, on chips that share it or are split.

    Source: `rl_step`.
    """

    chips: int
    sampling_chips: int
    generation: float
    reading: float
    update: float
    transfer: float
    overlapped: bool

    @property
    def seconds(self) -> float:
        """One after the other: the sum. Overlapped: the longer of sampling and training + transfer.

        Source: Noukhovitch et al. 2024 (asynchronous RLHF); Fu et al. 2025 (AReaL).
        """
        training = self.reading + self.update
        together = max if self.overlapped else _sum
        return float(together(self.generation, training)) + self.transfer


def _sum(one: float, other: float) -> float:
    return one + other


def rl_step(
    arch: Architecture, rollouts: Rollouts, recipe: Recipe, layout: Layout, work: Work
) -> RLStep:
    """Seconds of one step: sample, read again, update, send the weights to the samplers.

    Colocated phases share all chips and follow each other. Split chips sample the next batch whole
    while the last one trains, or wait for each other (`split-synchronous`). A stream samples
    without end and replaces weights on the way, so that no tail is waited for.
    Raises InputError when the model does not fit.
    Source: Sheng et al. 2024 (HybridFlow); Fu et al. 2025 (AReaL).
    """
    if layout.mode != COLOCATED and layout.sampling_chips is None:
        return _best_split(arch, rollouts, recipe, layout, work)
    samplers = layout.sampling_chips if layout.mode != COLOCATED else layout.chips
    trainers = layout.chips - samplers if layout.mode != COLOCATED else layout.chips
    found = sampling(arch, rollouts, samplers, work)
    batches = found.flow_seconds if layout.mode == STREAM else found.batch_seconds
    reading, update = training_seconds(arch, rollouts, recipe, trainers, work)
    return RLStep(
        chips=layout.chips,
        sampling_chips=samplers,
        generation=float(np.min(batches)),
        reading=reading,
        update=update,
        transfer=BF16_BYTES * total_params(arch) / layout.transfer_rate,
        overlapped=layout.mode in (SPLIT, STREAM),
    )


def _best_split(
    arch: Architecture, rollouts: Rollouts, recipe: Recipe, layout: Layout, work: Work
) -> RLStep:
    """The split of the chips between sampling and training with the shortest step."""
    found: list[RLStep] = []
    reason = InputError(f"{layout.chips} chips cannot be split between sampling and training")
    for samplers in sorted({round(layout.chips * share) for share in SPLITS}):
        if not 0 < samplers < layout.chips:
            continue
        try:
            split = replace(layout, sampling_chips=samplers)
            found.append(rl_step(arch, rollouts, recipe, split, work))
        except InputError as error:
            reason = error
    if not found:
        raise reason
    return min(found, key=lambda step: step.seconds)


def training_seconds(
    arch: Architecture, rollouts: Rollouts, recipe: Recipe, chips: int, work: Work
) -> tuple[float, float]:
    """Seconds to read a batch of answers again, and to train on it.

    One reading is a third of a training pass. A critic adds its size over the policy's to both.
    Ignores padding.  Source: `training.step_time`.
    """
    length = max(round(rollouts.prompt + rollouts.response), 1)
    tokens = rollouts.count * rollouts.trained_share * length
    step = training_step(
        arch, length, tokens / recipe.updates, chips, work.machine, work.software
    )
    once = step.chip_seconds_per_token * tokens / chips
    with_critic = 1 + recipe.critic
    reading = once / TRAINING_PASSES * (recipe.readings + recipe.critic)
    return reading, once * recipe.epochs * with_critic


def fitting_rl_seconds(
    arch: Architecture,
    rollouts: Rollouts,
    recipe: Recipe,
    layout: Layout,
    work: Work,
    mix: float = 0.0,
    teacher: Architecture | None = None,
) -> float:
    """Seconds of a step with what is trained and read beside it, offloaded if it does not fit.

    mix: pre-training tokens trained per token of an answer. teacher: reads every answer once.
    Offloading takes the chip-seconds of the smallest cluster, in doublings, on which it fits.
    Ignores the traffic of offloading.  Source: Ouyang et al. 2022, appendix C (PPO-ptx); Agarwal
    et al. 2023 (on-policy distillation).
    """
    for times in OFFLOADED:
        larger = replace(
            layout,
            chips=layout.chips * times,
            sampling_chips=layout.sampling_chips and layout.sampling_chips * times,
        )
        try:
            seconds = rl_step(arch, rollouts, recipe, larger, work).seconds
            if mix:
                plain = Recipe(epochs=mix, updates=recipe.updates, readings=0.0)
                seconds += training_seconds(arch, rollouts, plain, larger.chips, work)[1]
            if teacher is not None:
                once = Recipe(updates=recipe.updates, readings=1.0)
                seconds += training_seconds(teacher, rollouts, once, larger.chips, work)[0]
            return seconds * times
        except InputError as error:
            reason = error
    raise reason


def stream_seconds(arch: Architecture, rollouts: Rollouts, chips: int, work: Work) -> float:
    """Seconds to sample all answers as a stream, on the fastest replicas that fit.

    Source: `sampling`.
    """
    return float(np.min(sampling(arch, rollouts, chips, work).flow_seconds))


def rl_flop(
    arch: Architecture,
    rollouts: Rollouts,
    recipe: Recipe,
    mix: float = 0.0,
    teacher: Architecture | None = None,
) -> float:
    """Model FLOP of one step: S T (sampled 2N + trained share ((2N readings + 6N epochs) (+ critic))).

    T is answer and prompt; `mix` and `teacher` as in `fitting_rl_seconds`.
    Source: the terms of `rl_step`.
    """
    length = rollouts.prompt + rollouts.response
    once, whole = reading_flop(arch, length), supervised_flop(arch, length)
    kept = once * (recipe.readings + recipe.critic)
    kept += whole * (recipe.epochs * (1 + recipe.critic) + mix)
    kept += reading_flop(teacher, length) if teacher is not None else 0.0
    return rollouts.count * length * (once + rollouts.trained_share * kept)


def sampled_groups(trained: float, kept_share: float) -> float:
    """Prompts to sample so that enough groups have mixed rewards: trained / kept share.

    Source: Yu et al. 2025 (DAPO), dynamic sampling.
    """
    return trained / kept_share
