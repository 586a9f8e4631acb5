"""Memory of a training step on one chip: model states, activations, logits.

Total = states + activations + logits + workspace; a plan fits if that is within the usable part.
Source: Rajbhandari et al. 2020 (ZeRO); Korthikanti et al. 2022.
"""

import numpy as np

from frontiercost.core.facts import Condition, Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import BF16_BYTES
from frontiercost.physics.layer_load import LayerWork
from frontiercost.physics.parallel_plan import MASTER_AND_MOMENTS, Plan
from frontiercost.physics.training_machine import Machine, Software

WEIGHT_BYTES = 2  # BF16
GRADIENT_BYTES = 4  # FP32, as accumulated over micro-batches
SHARDED_GRADIENT_BYTES = 2  # BF16, as fully sharded stacks keep them
LOGIT_BYTES = 4
GATHERED_LAYERS = 2  # fully sharded weights: the layer at work and the next one


@frozen(kw_only=True)
class Memory:
    """Bytes on the fullest chip, by what they hold.  Source: the formulas below."""

    states: Number
    activations: Number
    logits: Number
    workspace: Number

    @property
    def total(self) -> Number:
        """Bytes in all: states + activations + logits + workspace.  Source: definition."""
        return self.states + self.activations + self.logits + self.workspace


def memory(
    load: LayerWork, plan: Plan, machine: Machine, software: Software, sequences: Number
) -> Memory:
    """Memory of one chip of the first or last pipeline stage under a plan.

    Ignores fragmentation and communication buffers beyond the workspace.
    Source: Korthikanti et al. 2022, sections 4 and 5; Rajbhandari et al. 2020, section 3.
    """
    tokens = plan.micro_batch * load.seq_len / plan.context
    in_flight = np.minimum(plan.micro_batches(sequences) / plan.pipeline, 1)
    stage = plan.layers_of_stage(load.layers) * plan.pipeline
    layers = stage * in_flight * interleaving_factor(plan.pipeline, plan.virtual)
    per_token = saved_bytes(load, plan, machine.operand_bytes)
    return Memory(
        states=states(load, plan) + gathered_weights(load, plan),
        activations=tokens * per_token * layers / plan.tensor,
        logits=LOGIT_BYTES * tokens * load.vocab / plan.tensor,
        workspace=software.workspace,
    )


def fits(used: Memory, machine: Machine, software: Software) -> Condition:
    """Whether a step fits: total <= usable share x memory.  Source: definition."""
    return used.total <= software.usable_memory * machine.memory


def states(load: LayerWork, plan: Plan) -> Number:
    """Bytes of weights, gradients and Adam states on a chip, dense and expert parts.

    P_dense = (L P_layer/p + V h)/t over d c ranks; P_expert = L P_e/(p max(e, t)) over the rest.
    Weights that are frozen are held, in their own format, and adapters have states instead.
    Ignores that stages hold unequal shares, and the buffers through which states are offloaded.
    Source: Rajbhandari et al. 2020, figure 1; Hu et al. 2021; Ren et al. 2021.
    """
    dense_ranks, expert_ranks = plan.data * plan.context, expert_replicas(plan)
    dense = _trained_states(trained_dense_params(load, plan), dense_ranks, load, plan)
    experts = _trained_states(trained_expert_params(load, plan), expert_ranks, load, plan)
    return dense + experts + load.frozen * frozen_weights(load, plan)


def _trained_states(params: Number, ranks: Number, load: LayerWork, plan: Plan) -> Number:
    on_chip = zero_states(params, ranks, plan.zero, plan.optimiser_bytes)
    weights = params * WEIGHT_BYTES / np.where(np.asarray(plan.zero) >= 3, ranks, 1)
    return np.where(np.asarray(load.offloaded), weights, on_chip)


def frozen_weights(load: LayerWork, plan: Plan) -> Number:
    """Bytes of weights that are not trained: w of a matrix in a block, 2 of an embedding.

    Sharded over all ranks from ZeRO stage 3 on.  Source: Dettmers et al. 2023, section 3.
    """
    embedded = embedding_params(load, plan)
    dense = load.weight_bytes * (dense_params(load, plan) - embedded) + WEIGHT_BYTES * embedded
    expert = load.weight_bytes * expert_params(load, plan)
    sharded = np.asarray(plan.zero) >= 3
    dense_ways = np.where(sharded, plan.data * plan.context, 1)
    return dense / dense_ways + expert / np.where(sharded, expert_replicas(plan), 1)


def trained_dense_params(load: LayerWork, plan: Plan) -> Number:
    """Parameters of the first stage that have gradients: all, or those of adapters.

    Ignores routed experts.  Source: Hu et al. 2021.
    """
    adapters = plan.layers_of_stage(load.layers) * load.adapter_params / plan.tensor
    return np.where(np.asarray(load.frozen), adapters, dense_params(load, plan))


def trained_expert_params(load: LayerWork, plan: Plan) -> Number:
    """The same of routed experts on a chip.  Source: Hu et al. 2021."""
    adapters = plan.layers_of_stage(load.layers) * load.expert_adapter_params
    adapters = adapters / np.maximum(plan.expert, plan.tensor)
    return np.where(np.asarray(load.frozen), adapters, expert_params(load, plan))


def zero_states(
    params: Number,
    ranks: Number,
    stage: Number,
    optimiser_bytes: Number = MASTER_AND_MOMENTS,
    gradient_bytes: Number = GRADIENT_BYTES,
) -> Number:
    """Bytes of P parameters over d ranks: P (2/z3 + g/z2 + 12/z1), z = d from that ZeRO stage on.

    g = 4 bytes of gradient; from stage 2 on they are sharded and reduced in 2.
    Source: Rajbhandari et al. 2020, section 3.
    """
    weights = WEIGHT_BYTES / np.where(stage >= 3, ranks, 1)
    gradients = np.where(stage >= 2, SHARDED_GRADIENT_BYTES / ranks, gradient_bytes)
    optimiser = optimiser_bytes / np.where(stage >= 1, ranks, 1)
    return params * (weights + gradients + optimiser)


def dense_params(load: LayerWork, plan: Plan) -> Number:
    """Parameters of the first stage outside the routed experts: (L P/p + V h)/t.

    Without a pipeline the same chip holds both embeddings, or one where they are tied.
    Source: Narayanan et al. 2021.
    """
    layers = plan.layers_of_stage(load.layers) * load.dense_params
    return layers / plan.tensor + embedding_params(load, plan)


def embedding_params(load: LayerWork, plan: Plan) -> Number:
    """Parameters of the embeddings on a chip of the first stage: V h/t, or both of them.

    Source: Narayanan et al. 2021.
    """
    tables = load.embedding_params * np.where(plan.pipeline > 1, 1, load.embeddings)
    return tables / plan.tensor


def expert_params(load: LayerWork, plan: Plan) -> Number:
    """Parameters of routed experts on a chip: L P_e/(p e), or /(p t) without expert parallelism.

    Source: Liu et al. 2025 (MoE parallel folding).
    """
    layers = plan.layers_of_stage(load.layers)
    return layers * load.expert_params / np.maximum(plan.expert, plan.tensor)


def expert_replicas(plan: Plan) -> Number:
    """Copies of an expert in a stage: t c d/max(e, t).  Source: Liu et al. 2025."""
    ways = np.maximum(plan.expert, plan.tensor)
    return np.maximum(plan.tensor * plan.context * plan.data / ways, 1)


def gathered_weights(load: LayerWork, plan: Plan) -> Number:
    """Bytes of the two layers that fully sharded weights are gathered for, with their gradients.

    2 x (2 + 2) bytes x layer parameters, or 2 x 2 of frozen ones, from ZeRO stage 3 on.
    Source: Zhao et al. 2023.
    """
    ways = np.maximum(plan.expert, plan.tensor)
    layer = load.dense_params / plan.tensor + load.expert_params / ways
    kept = WEIGHT_BYTES + SHARDED_GRADIENT_BYTES * (1 - load.frozen)
    gathered = GATHERED_LAYERS * kept * layer
    return gathered * (np.asarray(plan.zero) >= 3)


def saved_bytes(load: LayerWork, plan: Plan, operand_bytes: Number) -> Number:
    """Activation bytes a layer keeps per token: 2 saved + b inputs, less what is computed again.

    b = 1 for FP8 and below. Selective recomputation drops norms and activation products, full
    keeps the layer's input of 2h bytes, in the share of the layers where it is done.
    Source: Korthikanti et al. 2022, section 4.
    """
    input_bytes = np.maximum(np.minimum(operand_bytes, BF16_BYTES), 1)
    everything = BF16_BYTES * load.saved_width + input_bytes * load.input_width
    light = input_bytes * load.redone_width
    whole = everything - BF16_BYTES * load.hidden
    return everything - plan.lightly_redone * light - plan.wholly_redone * whole


def interleaving_factor(pipeline: Number, virtual: Number) -> Number:
    """Extra activations of interleaved schedules: 1 + (p - 1)/(p v), 1 if v = 1.

    Source: Korthikanti et al. 2022, section 4.2.3.
    """
    return 1 + np.where(np.asarray(virtual) > 1, (pipeline - 1) / (pipeline * virtual), 0.0)
