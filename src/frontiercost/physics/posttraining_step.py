"""Time of the machine work of one post-training phase: supervised passes and RL steps.

Training passes are those of `training_step`, sampled tokens of `bulk_sampling`; added here is what
only post-training has: passes that read answers again, weights that travel to the samplers, and
which of these wait for each other.
Source: Ouyang et al. 2022 (RLHF); Shao et al. 2024 (GRPO); Sheng et al. 2024 (HybridFlow).
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from frontiercost.catalogue.fine_tuning import COLOCATED, SPLIT, STREAM
from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.core.units import SECONDS_PER_HOUR
from frontiercost.physics.arrays import BF16_BYTES
from frontiercost.physics.bulk_sampling import RLMachine, Rollouts, sampling
from frontiercost.physics.model_shape import Architecture, total_params
from frontiercost.physics.plan_search import training_step
from frontiercost.physics.token_flop import forward_flop_per_token
from frontiercost.physics.training_machine import Machine, Software
from frontiercost.physics.training_method import (
    EVERY_WEIGHT,
    ONLY_READ,
    Method,
    adapter_params,
    method_flop_per_token,
)

REPLICATED = {"tensor": 1, "pipeline": 1, "context": 1}
SHARDED = REPLICATED | {"zero": 3}
SPLITS = tuple(k / 16 for k in range(1, 16))  # of the chips, between sampling and training

SHORT, LONG, ADAPTERS = "short", "long", "adapters"  # classes of training passes
SHORT_SEQUENCE = 2048  # tokens: below, a sequence at a time does not fill a chip

OVERLAPPED = (SPLIT, STREAM)
OFFLINE = "offline"  # sampling without training
SYNCHRONOUS, ASYNCHRONOUS = "synchronous", "asynchronous"  # classes of RL steps


# --- supervised passes ---------------------------------------------------------------------------


def supervised_mfu(
    arch: Architecture,
    seq_len: float,
    sequences: float,
    chips: int,
    rl_machine: RLMachine,
    at_once: int = 1,
    method: Method = EVERY_WEIGHT,
    attended: float | None = None,
) -> float:
    """Utilisation of a fine-tuning step: fully sharded data parallelism, few sequences at a time.

    The habit of fine-tuning stacks: each chip gathers all weights for every sequence, an example
    alone, the two answers of a pair, or a window packed with examples that `attended` is the length
    of. Frozen weights lie whole on every chip where they fit. Where the batch has fewer sequences
    than chips, or memory does not do, any plan.
    Ignores padding.  Source: Rajbhandari et al. 2020 (ZeRO 3); `step_time`.
    """
    length = max(round(seq_len), 1)
    batch = max(sequences, 1.0) * length
    asked = (rl_machine.machine, rl_machine.software)
    usual = REPLICATED if method.frozen else SHARDED
    for fixed in (usual | {"micro_batch": at_once}, {}):
        try:
            return training_step(arch, length, batch, chips, *asked, fixed, 0, method, attended).mfu
        except InputError as error:
            reason = error
    raise reason


def pass_class(seq_len: float, method: Method) -> str:
    """Whether training passes are over short or long sequences, or train adapters.

    What predictions err by differs.  Source: definition.
    """
    if method.frozen:
        return ADAPTERS
    return SHORT if seq_len < SHORT_SEQUENCE else LONG


def rl_class(mode: str) -> str:
    """Whether sampling and training of an RL step overlap.  Source: definition."""
    return ASYNCHRONOUS if mode in OVERLAPPED else SYNCHRONOUS


def supervised_flop(arch: Architecture, seq_len: float, method: Method = EVERY_WEIGHT) -> float:
    """Model FLOP of a trained token, of a sequence of at least one.

    Source: `method_flop_per_token`.
    """
    return method_flop_per_token(arch, max(seq_len, 1.0), method)


def preference_flop(
    arch: Architecture, seq_len: float, reference: bool = True, method: Method = EVERY_WEIGHT
) -> float:
    """Model FLOP of a token of a pair: training, and a forward pass of the frozen reference.

    ORPO and reward models read no reference; of adapters it is the base without them.
    Source: Rafailov et al. 2023 (DPO), section 4.
    """
    return supervised_flop(arch, seq_len, method) + reference * reading_flop(arch, seq_len)


def reading_flop(arch: Architecture, seq_len: float) -> float:
    """Model FLOP of a token that is read, or sampled: one forward pass.  Source: Kaplan 2020."""
    return float(forward_flop_per_token(arch, max(seq_len, 1.0)))


def chip_hours(flop: Number, mfu: float, chip: Chip) -> Number:
    """Chip-hours of so much model FLOP: C / (3600 P MFU).  Source: definition."""
    return flop / (SECONDS_PER_HOUR * chip.peak("bf16").value * mfu)


# --- reinforcement learning ----------------------------------------------------------------------


@frozen(kw_only=True)
class Recipe:
    """How a step is trained: epochs over the batch, updates per step, readings per answer.

    readings: log-probabilities under the old policy and under the reference; a critic of its own
    size trains and reads too, `critic` being its size over the policy's.
    """

    epochs: float = 1.0
    updates: float = 1.0
    readings: float = 1.0
    critic: float = 0.0
    method: Method = EVERY_WEIGHT


@frozen(kw_only=True)
class Layout:
    """Which chips sample and which train, and how fast weights reach the samplers [B/s]."""

    chips: int
    transfer_rate: float
    mode: str = COLOCATED
    sampling_chips: int | None = None
    """Of split chips; None: the split with the shortest step."""


@frozen(kw_only=True)
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


def _sum(first: float, second: float) -> float:
    return first + second


def rl_step(
    arch: Architecture, rollouts: Rollouts, recipe: Recipe, layout: Layout, rl_machine: RLMachine
) -> RLStep:
    """Seconds of one step: sample, read again, update, send the weights to the samplers.

    Colocated phases share all chips and follow each other. Split chips sample the next batch whole
    while the last one trains, or wait for each other (`split-synchronous`). A stream samples
    without end and replaces weights on the way, so that no tail is waited for. Where groups without
    a mixed reward are sampled again, batch follows batch: 1/trained share of them.
    Raises InputError when the model does not fit.
    Source: Sheng et al. 2024 (HybridFlow); Fu et al. 2025 (AReaL); Yu et al. 2025 (DAPO).
    """
    if layout.mode != COLOCATED and layout.sampling_chips is None:
        return _best_split(arch, rollouts, recipe, layout, rl_machine)
    apart = layout.mode != COLOCATED and layout.sampling_chips is not None
    samplers = layout.sampling_chips or layout.chips if apart else layout.chips
    trainers = layout.chips - samplers if apart else layout.chips
    share = rollouts.trained_share
    samplings = sampling(
        arch, replace(rollouts, count=rollouts.count * share), samplers, rl_machine
    )
    batches = samplings.flow_seconds if layout.mode == STREAM else samplings.batch_seconds
    reading, update = training_seconds(arch, rollouts, recipe, trainers, rl_machine)
    return RLStep(
        chips=layout.chips,
        sampling_chips=samplers,
        generation=float(np.min(batches)) / share,
        reading=reading,
        update=update,
        transfer=BF16_BYTES * sent_params(arch, recipe.method) / layout.transfer_rate,
        overlapped=layout.mode in OVERLAPPED,
    )


def sent_params(arch: Architecture, method: Method) -> float:
    """Parameters that samplers are sent after a step: all, or adapters, which they merge.

    Source: definition.
    """
    return adapter_params(arch, method) if method.frozen else float(total_params(arch))


def _best_split(
    arch: Architecture, rollouts: Rollouts, recipe: Recipe, layout: Layout, rl_machine: RLMachine
) -> RLStep:
    """The split of the chips between sampling and training with the shortest step."""
    steps: list[RLStep] = []
    reason = InputError(f"{layout.chips} chips cannot be split between sampling and training")
    for samplers in sorted({round(layout.chips * share) for share in SPLITS}):
        if not 0 < samplers < layout.chips:
            continue
        try:
            split = replace(layout, sampling_chips=samplers)
            steps.append(rl_step(arch, rollouts, recipe, split, rl_machine))
        except InputError as error:
            reason = error
    if not steps:
        raise reason
    return min(steps, key=lambda step: step.seconds)


def training_seconds(
    arch: Architecture, rollouts: Rollouts, recipe: Recipe, chips: int, rl_machine: RLMachine
) -> tuple[float, float]:
    """Seconds to read a batch of answers again, and to train on it.

    One reading is a forward pass at the speed of training: a third of a full pass, about half of
    one that trains adapters. A critic adds its size over the policy's to both.
    Ignores padding.  Source: `step_time`.
    """
    length = max(round(rollouts.prompt + rollouts.response), 1)
    tokens = rollouts.count * rollouts.trained_share * length
    machine, method = (rl_machine.machine, rl_machine.software), recipe.method
    per_token = _chip_seconds(arch, length, tokens / recipe.updates, chips, *machine, method)
    once = per_token * tokens / chips
    with_critic = 1 + recipe.critic
    passes = supervised_flop(arch, length, method) / reading_flop(arch, length)
    reading = once / passes * (recipe.readings + recipe.critic)
    return reading, once * recipe.epochs * with_critic


@lru_cache(maxsize=512)
def _chip_seconds(
    arch: Architecture,
    length: int,
    batch: float,
    chips: int,
    machine: Machine,
    software: Software,
    method: Method,
) -> float:
    """Chip-seconds of a trained token under the fastest plan; asked again for other facts."""
    step = training_step(arch, length, batch, chips, machine, software, runners_up=0, method=method)
    return step.chip_seconds_per_token


def rl_seconds(
    arch: Architecture,
    rollouts: Rollouts,
    recipe: Recipe,
    layout: Layout,
    rl_machine: RLMachine,
    mix: float = 0.0,
    teacher: Architecture | None = None,
) -> float:
    """Seconds of a step with what is trained and read beside it.

    mix: pre-training tokens trained per token of an answer. teacher: reads every answer once.
    Source: Ouyang et al. 2022, appendix C (PPO-ptx); Agarwal et al. 2023 (on-policy distillation).
    """
    seconds = rl_step(arch, rollouts, recipe, layout, rl_machine).seconds
    if mix:
        plain = replace(recipe, epochs=mix, readings=0.0, critic=0.0)
        seconds += training_seconds(arch, rollouts, plain, layout.chips, rl_machine)[1]
    if teacher is not None:
        once = Recipe(updates=recipe.updates, readings=1.0, method=ONLY_READ)
        seconds += training_seconds(teacher, rollouts, once, layout.chips, rl_machine)[0]
    return seconds


def rl_flop_per_token(
    arch: Architecture,
    rollouts: Rollouts,
    recipe: Recipe,
    mix: float = 0.0,
    teacher: Architecture | None = None,
) -> tuple[float, float]:
    """Model FLOP of a token that is sampled, and further ones of one that is trained on.

    Source: the terms of `rl_step`.
    """
    length = rollouts.prompt + rollouts.response
    read, trained = reading_flop(arch, length), supervised_flop(arch, length, recipe.method)
    kept = read * (recipe.readings + recipe.critic)
    kept += trained * (recipe.epochs * (1 + recipe.critic) + mix)
    kept += reading_flop(teacher, length) if teacher is not None else 0.0
    return read, kept


def sampled_groups(trained: float, kept_share: float) -> float:
    """Prompts to sample so that enough groups have mixed rewards: trained / kept share.

    Source: Yu et al. 2025 (DAPO), dynamic sampling.
    """
    return trained / kept_share
