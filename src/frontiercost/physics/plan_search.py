"""The fastest plan that fits in memory, its runners-up, and the smallest cluster that fits at all.

Every legal plan is evaluated at once as arrays; plans that do not fit are masked.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from frontiercost.core.errors import InputError
from frontiercost.core.facts import Condition, Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import indexed, unstacked
from frontiercost.physics.layer_load import LayerWork, layer_work_of
from frontiercost.physics.model_shape import Architecture
from frontiercost.physics.parallel_plan import (
    FULL,
    MASTER_AND_MOMENTS,
    RECOMPUTE,
    SELECTIVE,
    Plan,
    candidate_plans,
)
from frontiercost.physics.training_machine import Machine, Software
from frontiercost.physics.training_memory import Memory, fits, gathered_weights, memory, states
from frontiercost.physics.training_method import EVERY_WEIGHT, Method, method_flop_per_token
from frontiercost.physics.training_step import StepTime, step_time

RUNNERS_UP = 3
LARGEST_CLUSTER = 2**20


@frozen(kw_only=True)
class Step:
    """One plan with the step time and memory predicted for it."""

    plan: Plan
    seconds: float
    terms: StepTime
    memory: Memory


@frozen(kw_only=True)
class TrainingStep:
    """The best plan for a model on a cluster, what a step takes, and the next best plans.

    mfu is against the BF16 peak, mfu_own against the peak of the precision used; both are of the
    step alone, before failures and restarts.
    """

    best: Step
    runners_up: tuple[Step, ...]
    tokens: int
    mfu: float
    mfu_own: float
    chip_seconds_per_token: float


def training_step(
    arch: Architecture,
    seq_len: int,
    batch_tokens: float,
    chips: int,
    machine: Machine,
    software: Software,
    fixed: Mapping[str, int] | None = None,
    runners_up: int = RUNNERS_UP,
    method: Method = EVERY_WEIGHT,
    attended: float | None = None,
) -> TrainingStep:
    """The best plan and step time of a model on a cluster, with utilisation: F B/(t n peak).

    The batch is rounded to whole sequences, at least one. attended: how much of a sequence a token
    may attend to, where examples are packed. Raises InputError when no plan is legal or none fits.
    Source: Narayanan et al. 2021; `step_time` and `memory`.
    """
    sequences = max(round(batch_tokens / seq_len), 1)
    load, most = layer_work_of(arch, seq_len, method, attended), 1 + runners_up
    fixed = {**_optimiser_of(method), **(fixed or {})}
    best, *others = best_steps(load, chips, sequences, machine, software, fixed, most)
    tokens = sequences * seq_len
    flop = method_flop_per_token(arch, attended or seq_len, method)
    flop_rate = flop * tokens / (best.seconds * chips)
    return TrainingStep(
        best=best,
        runners_up=tuple(others),
        tokens=tokens,
        mfu=flop_rate / float(machine.peak_bf16),
        mfu_own=flop_rate / float(machine.peak),
        chip_seconds_per_token=best.seconds * chips / tokens,
    )


def _optimiser_of(method: Method) -> dict[str, int]:
    """What a method fixes of the plan: the bytes of its optimiser, where they are not the usual."""
    usual = method.optimiser_bytes == MASTER_AND_MOMENTS
    return {} if usual else {"optimiser_bytes": method.optimiser_bytes}


def best_steps(
    load: LayerWork,
    chips: int,
    sequences: int,
    machine: Machine,
    software: Software,
    fixed: Mapping[str, int] | None = None,
    count: int = 1 + RUNNERS_UP,
) -> list[Step]:
    """The fastest plans that fit in memory, fastest first; raise InputError when there is none.

    Source: exhaustive search.
    """
    if int(load.heads) % (ways := int((fixed or {}).get("tensor", 1))):
        raise InputError(heads_do_not_divide(int(load.heads), ways))
    every = candidate_plans(load, chips, sequences, float(machine.scaleup_domain), fixed)
    if not np.any(every.legal(sequences)):
        raise InputError(no_plan(chips, sequences, fixed))
    plans = _roomy(load, every, machine, software)
    used = memory(load, plans, machine, software, sequences)
    fitting = np.asarray(plans.legal(sequences) & fits(used, machine, software))
    if not fitting.any():
        used = memory(load, every, machine, software, sequences)
        raise InputError(does_not_fit(used, every.legal(sequences), machine, software, chips))
    places = np.argwhere(_lightest(fitting))
    plans = plans[tuple(places.T)]
    if "recompute" not in (fixed or {}):
        room = software.usable_memory * machine.memory
        plans = replace(plans, recompute=_least_redone(plans, load, used, places, room))
    terms = step_time(load, plans, machine, software, sequences)
    order = np.argsort(terms.total, kind="stable")[:count]
    plans = plans[order]
    chosen, times = unstacked(plans), unstacked(indexed(terms, order))
    held = unstacked(indexed(memory(load, plans, machine, software, sequences), slice(None)))
    return [
        Step(plan=plan, seconds=float(seconds.total), terms=seconds, memory=bytes_held)
        for plan, seconds, bytes_held in zip(chosen, times, held, strict=True)
    ]


def _roomy(load: LayerWork, plans: Plan, machine: Machine, software: Software) -> Plan:
    """Plans less the placements whose states alone do not fit, which are most of a large model."""
    held = np.asarray(states(load, plans) + gathered_weights(load, plans) + software.workspace)
    return plans.placed(held[:, 0, 0] <= software.usable_memory * machine.memory)


def _lightest(fitting: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of plans alike but for recomputation, the first that fits: to compute more never pays."""
    lighter_too = fitting.cumsum(axis=-1, dtype=np.int8) > 1
    return fitting & ~lighter_too


def _least_redone(
    plans: Plan, load: LayerWork, used: Memory, places: NDArray[np.intp], room: Number
) -> Number:
    """Where all is computed again, do so in no more of a stage's layers than memory asks for.

    s = (M_selective - room)/(M_selective - M_full), up to whole layers; recompute = 1 + s.
    Source: Korthikanti et al. 2022, section 5 (checkpointing some layers).
    """
    *placement, _ = places.T
    total = np.broadcast_to(used.total, (*used.total.shape[:-1], len(RECOMPUTE)))
    light, whole = (total[(*placement, kind)] for kind in (SELECTIVE, FULL))
    layers = plans.layers_of_stage(load.layers)
    share = np.ceil(layers * (light - room) / (light - whole)) / layers
    return np.where(plans.recompute == FULL, SELECTIVE + np.clip(share, 0, 1), plans.recompute)


def smallest_cluster(
    load: LayerWork, sequences: int, machine: Machine, software: Software
) -> tuple[int, Plan]:
    """The fewest chips on which a step fits, and the plan that needs least memory there.

    Tries 1, 2, 4, 8 and then 2^k, 1.25, 1.5 and 1.75 times that; the batch is rounded up to a
    multiple of the replicas.  Raises InputError with the reason when nothing fits.
    Source: exhaustive search.
    """
    reason = ""
    for chips in _sizes():
        rounded = _rounded(sequences, chips)
        plans = candidate_plans(load, chips, rounded, float(machine.scaleup_domain))
        legal = plans.legal(rounded)
        if not np.any(legal):
            continue
        used = memory(load, plans, machine, software, sequences)
        if np.any(legal & fits(used, machine, software)):
            return chips, unstacked(plans[_least(used, legal)])[0]
        reason = does_not_fit(used, legal, machine, software, chips)
    raise InputError(reason or no_plan(LARGEST_CLUSTER, sequences, None))


def heads_do_not_divide(heads: int, ways: int) -> str:
    """Why tensor parallelism is refused, with the nearest ways that do divide."""
    near = [n for n in range(1, 2 * ways + 1) if heads % n == 0 and (n < ways or n <= heads)]
    choices = sorted(
        {max(n for n in near if n < ways), min((n for n in near if n > ways), default=1)}
    )
    divisors = " or ".join(map(str, choices))
    return f"{heads} heads cannot be split over {ways} chips; tensor ways {divisors} divide them"


def no_plan(chips: int, sequences: int, fixed: Mapping[str, int] | None) -> str:
    """Why no plan is legal, in one line."""
    chosen = ", ".join(f"{key} {value}" for key, value in (fixed or {}).items()) or "no dimension"
    ways = math.prod((fixed or {}).get(key, 1) for key in ("tensor", "pipeline", "context"))
    if chips % ways:
        near = [n for n in (chips // ways * ways, (chips // ways + 1) * ways) if n]
        sizes = " or ".join(str(n) for n in near)
        return f"{_count(chips)}: {chosen} fixed needs a multiple of {ways} chips, such as {sizes}"
    return (
        f"{_count(chips)}: no parallel plan divides {sequences} sequences among them with {chosen} "
        "fixed; change the number of chips, the batch, or free a dimension"
    )


def does_not_fit(
    used: Memory, legal: Condition, machine: Machine, software: Software, chips: int
) -> str:
    """Why nothing fits: the least memory any plan needs, what fills it, and what there is."""
    least = unstacked(indexed(used, _least(used, legal)))[0]
    parts = {f.name: getattr(least, f.name) for f in fields(used)}
    largest = max(parts, key=lambda name: parts[name])
    return (
        f"{_count(chips)}: the least any plan needs is {least.total / 1e9:.0f} GB a chip, "
        f"mostly {largest} ({parts[largest] / 1e9:.0f} GB), and "
        f"{software.usable_memory * machine.memory / 1e9:.0f} GB is usable"
    )


def _count(chips: int) -> str:
    return f"{chips} chip{'s' * (chips != 1)}"


def _least(used: Memory, legal: Condition) -> tuple[NDArray[np.intp], ...]:
    """Where the legal plan stands that needs least memory: one index for each axis."""
    total = np.where(legal, used.total, np.inf)
    return np.unravel_index([total.argmin()], total.shape)


def _sizes() -> list[int]:
    quarters = [2**k * q // 4 for k in range(3, 21) for q in (4, 5, 6, 7)]
    return [1, 2, 4, *quarters]


def _rounded(sequences: int, chips: int) -> int:
    return chips * max(-(-sequences // chips), 1)
