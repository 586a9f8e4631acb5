"""Step time of a parallel plan, term by term: what computing takes, and what of the rest shows.

Step = micro-batches x stage time + bubble + exposed communication + optimiser, times stragglers.
Fields of all records may be floats or numpy arrays that broadcast against each other.
Source: Narayanan et al. 2021; Korthikanti et al. 2022; Jiang et al. 2024 (MegaScale); DeepSeek-V3.
"""

import numpy as np

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import BF16_BYTES, sum_of_fields
from frontiercost.physics.collectives import (
    all_reduce_seconds,
    all_to_all_seconds,
    shard_exchange_seconds,
)
from frontiercost.physics.layer_load import LayerWork
from frontiercost.physics.parallel_plan import FULL, SELECTIVE, Plan
from frontiercost.physics.training_machine import Machine, Software
from frontiercost.physics.training_memory import (
    GRADIENT_BYTES,
    SHARDED_GRADIENT_BYTES,
    WEIGHT_BYTES,
    dense_params,
    expert_params,
    expert_replicas,
    trained_dense_params,
    trained_expert_params,
)

BACKWARD = 2  # a backward pass computes and sends twice what a forward pass does
TRAINING = 1 + BACKWARD
PRODUCTS = ("gemm", "experts", "head")  # of weights, which where frozen get no gradient
ALL_REDUCES_PER_LAYER = 2  # one after attention, one after the feed-forward block
DISPATCH_AND_COMBINE_BYTES = 1 + BF16_BYTES  # tokens travel to experts in FP8, back in BF16
GRADIENT_AND_WEIGHT_TRAFFIC = 2 * GRADIENT_BYTES + WEIGHT_BYTES
CONTENTION_FROM = 256  # chips: the size of a pod in which the network is not shared


@frozen(kw_only=True)
class StepTime:
    """Seconds of one optimiser step by cause; communication is what computing does not hide.

    Source: the formulas in `step_time`.
    """

    gemm: Number
    experts: Number
    head: Number
    attention: Number
    elementwise: Number
    overhead: Number
    recompute: Number
    tensor_traffic: Number
    context_traffic: Number
    expert_traffic: Number
    pipeline_traffic: Number
    bubble: Number
    imbalance: Number
    data_traffic: Number
    optimiser: Number
    stragglers: Number

    @property
    def total(self) -> Number:
        """Seconds of the step: the sum of all terms.  Source: definition."""
        return sum_of_fields(self)


def step_time(
    load: LayerWork, plan: Plan, machine: Machine, software: Software, sequences: Number
) -> StepTime:
    """Time of one step over this many sequences.

    T = m (stage) + (p - 1)/v (stage) + max(exposed data traffic) + optimiser, x stragglers.
    Ignores failures, data loading, checkpoints and evaluation: those are goodput.
    Source: Narayanan et al. 2021, section 2; Jiang et al. 2024.
    """
    micro_batches = plan.micro_batches(sequences)
    forward = _forward(load, plan, machine, software)
    passes = {name: TRAINING - (name in PRODUCTS) * load.frozen for name in forward}
    compute = {name: passes[name] * micro_batches * seconds for name, seconds in forward.items()}
    waiting = _launching(forward, passes, load, plan, software)
    compute["overhead"] = compute["overhead"] + micro_batches * waiting
    redone = software.recompute_cost * micro_batches * _recomputed(forward, plan)
    links = {
        name: micro_batches * seconds
        for name, seconds in _stage_traffic(load, plan, machine, software, forward).items()
    }
    hand_over = links["pipeline_traffic"]
    busy = sum(compute.values()) + redone + sum(links.values()) - hand_over
    bubble = busy * bubble_share(plan.pipeline, micro_batches, plan.virtual)
    imbalance = compute["head"] * _head_excess(load, plan)
    data = data_traffic(load, plan, machine, software, sequences)
    exposed = np.maximum(data - busy, _shown(software, software.hidden_data) * data)
    optimiser = _optimiser(load, plan, machine, software)
    late = straggler_share(plan.chips, software.straggler_sigma)
    everything = busy + hand_over + bubble + imbalance + exposed + optimiser
    return StepTime(
        **compute,
        **links,
        recompute=redone,
        bubble=bubble,
        imbalance=imbalance,
        data_traffic=exposed,
        optimiser=optimiser,
        stragglers=late * everything,
    )


def bubble_share(pipeline: Number, micro_batches: Number, virtual: Number = 1) -> Number:
    """Idle over ideal time of a 1F1B pipeline: (p - 1)/(v m).

    Source: Narayanan et al. 2021, section 2.2.2.
    """
    return (pipeline - 1) / (virtual * micro_batches)


def straggler_share(chips: Number, sigma: Number) -> Number:
    """How much later the slowest of n chips is: sigma sqrt(2 ln n).

    Source: expected maximum of normal draws, leading term.
    """
    normal: Number = np.sqrt(2 * np.log(np.maximum(chips, 1)))
    return sigma * normal


def network_bandwidth(machine: Machine, software: Software, chips: Number) -> Number:
    """Scale-out bandwidth of a chip in a shared network: W/(1 + c log2(n/256)) beyond 256 chips.

    Source: judged; Jiang et al. 2024 describe the collisions it stands for.
    """
    doublings = np.log2(np.maximum(chips / CONTENTION_FROM, 1))
    return machine.scaleout_bandwidth / (1 + software.contention * doublings)


def data_traffic(
    load: LayerWork, plan: Plan, machine: Machine, software: Software, sequences: Number
) -> Number:
    """Seconds of weight and gradient exchange per step if nothing hid it.

    V = P (4 + 2) per step; ZeRO-2 reduces P 2 per micro-batch, ZeRO-3 gathers P 2 twice too. First
    inside the scale-up domain, (i - 1)/i V/W_up, then across, (o - 1)/o V/(i W_out).
    Of frozen weights only adapters have gradients, and what is gathered is as they are held.
    Ignores latency.  Source: Rajbhandari et al. 2020, section 7; Wang et al. 2023 (hierarchical).
    """
    ranks, replicas = plan.data * plan.context, expert_replicas(plan)
    rounds = plan.micro_batches(sequences)
    gradients = np.where(plan.zero >= 2, SHARDED_GRADIENT_BYTES * rounds, GRADIENT_BYTES)
    gathered = np.where(plan.zero >= 3, 2 * rounds, 0)
    sent = np.where(plan.zero >= 3, 0, WEIGHT_BYTES) + gradients
    inside = np.maximum(machine.scaleup_domain / plan.tensor, 1)
    experts_inside = np.maximum(machine.scaleup_domain / np.maximum(plan.expert, plan.tensor), 1)
    held = gathered * np.where(np.asarray(load.frozen), load.weight_bytes, WEIGHT_BYTES)
    dense = sent * trained_dense_params(load, plan) + held * dense_params(load, plan)
    expert = sent * trained_expert_params(load, plan) + held * expert_params(load, plan)
    return _hierarchical(dense, ranks, inside, machine, software, plan.chips) + _hierarchical(
        expert, replicas, experts_inside, machine, software, plan.chips
    )


def _hierarchical(
    volume: Number,
    ranks: Number,
    inside: Number,
    machine: Machine,
    software: Software,
    chips: Number,
) -> Number:
    inner = np.minimum(inside, ranks)
    outer = ranks / inner
    up = machine.scaleup_bandwidth * software.scaleup_share
    network = network_bandwidth(machine, software, chips) * software.ring_share
    within = shard_exchange_seconds(volume, inner, up)
    return within + shard_exchange_seconds(volume / inner, outer, network)


def _forward(
    load: LayerWork, plan: Plan, machine: Machine, software: Software
) -> dict[str, Number]:
    """Seconds a stage computes forward on one micro-batch, by cause."""
    tokens = plan.micro_batch * load.seq_len / (plan.context * plan.tensor)
    layers = plan.layers_of_stage(load.layers)
    rate = machine.peak * machine.gemm_rate
    memory_rate = machine.memory_bandwidth * software.memory_bandwidth_share
    width = load.saved_width + load.input_width
    quantised = software.quantise_passes * _quantised(machine, software)
    routed = software.routing_passes * load.routed_width
    passed = software.elementwise_passes * width + quantised * load.input_width + routed
    passed = passed + software.adapter_passes * load.adapted_width
    touched = BF16_BYTES * passed + software.scan_bytes * load.scanned_width
    copied = _copied_bytes(load, software) * layers / memory_rate
    wide = load.expert_width / (load.expert_width + software.narrow_width)
    fixed = software.layer_overhead + load.moe_share * software.routing_overhead
    core_rate = machine.peak_bf16 * machine.attention_rate * software.attention_speed
    scores = BF16_BYTES * software.score_passes * load.scores / memory_rate
    bf16 = machine.peak_bf16
    seconds: dict[str, Number] = {
        "gemm": tokens * layers * load.dense_flop / rate + copied * load.dense_params / plan.tensor,
        "experts": tokens * layers * load.expert_flop / (rate * machine.expert_rate * wide)
        + copied * load.expert_params / np.maximum(plan.expert, plan.tensor),
        "head": tokens * load.head_flop / (plan.pipeline * bf16 * machine.head_rate),
        "attention": tokens * layers * (load.core_flop / core_rate + scores),
        "elementwise": tokens * layers * touched / memory_rate,
        "overhead": layers * fixed,
    }
    mixture = np.where(np.asarray(load.moe_share) > 0, machine.novelty, 0.0)
    slower: Number = software.young_mixture**mixture
    return {name: slower * each for name, each in seconds.items()}


def _launching(
    forward: dict[str, Number],
    passes: dict[str, Number],
    load: LayerWork,
    plan: Plan,
    software: Software,
) -> Number:
    """Seconds that a stage waits for the host to launch one micro-batch of adapters.

    They are many small products: of few tokens they run faster than they are launched. Each pass
    waits for its own launches, so that a faster chip never takes longer.
    """
    launched = load.frozen * plan.layers_of_stage(load.layers) * software.adapter_launches
    backward = sum((passes[name] - 1) * seconds for name, seconds in forward.items())
    ahead = np.maximum(launched - sum(forward.values()), 0.0)
    ahead = ahead * (1 + (np.asarray(plan.recompute) == FULL))
    waiting: Number = ahead + np.maximum(BACKWARD * launched - backward, 0.0)
    return waiting


def _quantised(machine: Machine, software: Software) -> Number:
    """How often the inputs of products are quantised, relative to 8 bits; never in 16."""
    operand = np.asarray(machine.operand_bytes)
    return np.where(operand < BF16_BYTES, np.where(operand < 1, software.fp4_quantise, 1.0), 0.0)


def _copied_bytes(load: LayerWork, software: Software) -> Number:
    """Bytes of memory traffic to make a BF16 copy of a weight in 4 bits, for each product."""
    narrow = np.asarray(load.weight_bytes) < WEIGHT_BYTES
    return np.where(narrow, software.dequantise_passes * (load.weight_bytes + WEIGHT_BYTES), 0.0)


def _recomputed(forward: dict[str, Number], plan: Plan) -> Number:
    """Seconds of one more forward pass (full), or of its norms and products alone (selective)."""
    full = sum(forward.values()) - forward["head"]
    light = forward["elementwise"]
    kind = np.asarray(plan.recompute)
    return np.where(kind == FULL, full, np.where(kind == SELECTIVE, light, 0.0))


def _stage_traffic(
    load: LayerWork,
    plan: Plan,
    machine: Machine,
    software: Software,
    forward: dict[str, Number],
) -> dict[str, Number]:
    """Exposed seconds of a stage's communication on one micro-batch, forward and backward."""
    tokens = plan.micro_batch * load.seq_len / plan.context
    layers = plan.layers_of_stage(load.layers)
    passes = 1 + 1 + (np.asarray(plan.recompute) == FULL)
    up = machine.scaleup_bandwidth * software.scaleup_share
    out = network_bandwidth(machine, software, plan.chips) * software.alltoall_share
    reduced = all_reduce_seconds(BF16_BYTES * tokens * load.hidden, plan.tensor, up)
    context = _context_seconds(load, plan, machine, tokens, up, out)
    core = forward["attention"] / layers
    expert = _expert_seconds(load, plan, machine, tokens, up, out)
    sent = BF16_BYTES * tokens * load.hidden / plan.tensor
    crosses = plan.pipeline > 1
    hand_over = 2 * plan.virtual * crosses * sent / out
    return {
        "tensor_traffic": layers
        * passes
        * ALL_REDUCES_PER_LAYER
        * reduced
        * _shown(software, software.hidden_tensor),
        "context_traffic": layers * passes * np.maximum(context - core, 0),
        "expert_traffic": layers * passes * expert * (1 - software.hidden_expert),
        "pipeline_traffic": hand_over * _shown(software, software.hidden_pipeline),
    }


def _shown(software: Software, hidden: Number) -> Number:
    """Share of traffic that computing does not hide: all of it before software overlapped them."""
    return 1 - hidden * software.hides_traffic


def _context_seconds(
    load: LayerWork,
    plan: Plan,
    machine: Machine,
    tokens: Number,
    up: Number,
    out: Number,
) -> Number:
    """Seconds to pass a layer's keys and values round the context ring: 2 g d b s (c - 1)/c /t."""
    link = np.where(plan.tensor * plan.context <= machine.scaleup_domain, up, out)
    return BF16_BYTES * load.kv_width * tokens * (plan.context - 1) / (plan.tensor * link)


def _expert_seconds(
    load: LayerWork,
    plan: Plan,
    machine: Machine,
    tokens: Number,
    up: Number,
    out: Number,
) -> Number:
    """Seconds to send a layer's tokens to their experts and back, forward.

    Inside the domain rows h top 3 (e - 1)/e /W_up; across, each token goes once to every domain
    that holds one of its experts, o (1 - (1 - 1/o)^top) of o.
    """
    inner = np.minimum(plan.expert, machine.scaleup_domain)
    outer = plan.expert / inner
    rows = DISPATCH_AND_COMBINE_BYTES * tokens / plan.tensor
    domains = outer * (1 - (1 - 1 / outer) ** load.experts_per_token)
    per_copy = load.routed_width / load.experts_per_token
    within = all_to_all_seconds(rows * load.routed_width, 1 / inner, up)
    return within + all_to_all_seconds(rows * per_copy * domains, 1 / outer, out)


def _head_excess(load: LayerWork, plan: Plan) -> Number:
    """Extra time of the slowest stage relative to the head's even share, if layers are whole.

    The head can be made up for by fewer layers in its stage only in steps of a layer; on average
    half a layer remains, and never more than the head itself.
    """
    layer = load.dense_flop + load.expert_flop + load.core_flop
    left = np.minimum(load.head_flop, layer / 2)
    return np.where(plan.pipeline > 1, left / load.head_flop * (plan.pipeline - 1), 0.0)


def _optimiser(load: LayerWork, plan: Plan, machine: Machine, software: Software) -> Number:
    """Seconds to read and write the optimiser's states: 34 P/d bytes, or to have the host do so."""
    shard = trained_dense_params(load, plan) / (plan.data * plan.context)
    shard = shard + trained_expert_params(load, plan) / expert_replicas(plan)
    rate = machine.memory_bandwidth * software.memory_bandwidth_share
    slower = np.where(np.asarray(load.offloaded), rate / software.host_bandwidth, 1.0)
    return (2 * plan.optimiser_bytes + GRADIENT_AND_WEIGHT_TRAFFIC) * shard / rate * slower
