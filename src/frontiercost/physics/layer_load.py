"""What one training token asks of one layer: FLOP by kind, parameters and bytes, from the shape.

A layer here is the average over the model's layers, multi-token prediction blocks included.
Source: Korthikanti et al. 2022, section 4; Narayanan et al. 2021, appendix.
"""

import math
from collections.abc import Callable, Iterable
from typing import TypeVar

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import BF16_BYTES, FLOP_PER_PARAMETER
from frontiercost.physics.blocks.block import Block, FeedForward, Mixer
from frontiercost.physics.blocks.mixture import Mixture
from frontiercost.physics.model_shape import Architecture, block_params, head_params
from frontiercost.physics.token_flop import core_flop
from frontiercost.physics.training_method import EVERY_WEIGHT, Method, adapted_widths

B = TypeVar("B", bound=Block)


@frozen(kw_only=True)
class LayerWork:
    """One token's work in an average layer and at the head; every field a number or an array.

    FLOP are forward, per token. Widths are in elements per token, parameters are counts.
    Source: the formulas in `layer_work_of`.
    """

    seq_len: Number
    layers: Number
    hidden: Number
    dense_flop: Number  # projections, dense and shared feed-forward, router
    expert_flop: Number  # routed experts
    core_flop: Number  # scores and weighted values
    scores: Number  # attention scores of a token, if they are all written out
    head_flop: Number  # output head, once per model (and per prediction block)
    vocab: Number
    dense_params: Number
    expert_params: Number
    embedding_params: Number
    embeddings: Number  # 1 where the output head is the input embedding, else 2
    heads: Number  # that tensor parallelism must divide; 0: there are none
    saved_width: Number  # activations kept for the backward pass, but for the inputs below
    input_width: Number  # inputs of the matrix products
    redone_width: Number  # norms and activation products: cheap to compute again
    scanned_width: Number  # channels of recurrences
    kv_width: Number  # keys and values that context parallelism passes on
    routed_width: Number  # what is sent to experts x experts per token, averaged over all layers
    expert_width: Number  # feed-forward width of one routed expert
    moe_share: Number  # layers that are mixtures
    experts: Number
    experts_per_token: Number
    weight_bytes: Number = BF16_BYTES  # of a weight in a matrix of a block
    frozen: Number = 0  # 1: the weights are, and adapters are trained beside them
    offloaded: Number = 0  # 1: gradients and optimiser states lie in the host's memory
    adapter_params: Number = 0  # outside routed experts
    expert_adapter_params: Number = 0
    adapted_width: Number = 0  # inputs and outputs of the matrices that have adapters


def layer_work_of(
    arch: Architecture,
    seq_len: float,
    method: Method = EVERY_WEIGHT,
    attended: float | None = None,
) -> LayerWork:
    """The work of one token of a sequence this long, per average layer.

    dense = 2 (P_blocks - P_routed)/L, routed = 2 sum(k m l f)/L, core from the causal count, all
    with the prediction blocks counted as further layers. attended: the length of an example where
    several are packed into a sequence and none attends to another.
    Ignores norms and rotary embedding.
    Source: Kaplan et al. 2020, section 2.1; Korthikanti et al. 2022, section 4.1.
    """
    mixers = (*arch.mixers, *arch.prediction_mixers)
    feed_forwards = (*arch.feed_forwards, *arch.prediction_feed_forwards)
    mixtures = [block for block in feed_forwards if isinstance(block, Mixture)]
    layers = arch.layers + arch.prediction_blocks
    usual = arch.mixtures[0] if arch.mixtures else None
    matmul = block_params(arch, (*mixers, *feed_forwards))
    active_routed = _mean(mixtures, lambda b: b.working * b.expert(arch.hidden), 1)
    moe_share = sum(block.count for block in mixtures) / layers
    saved, inputs, redone = _activation_widths(arch.hidden, mixers, feed_forwards, layers)
    adapted, in_experts, in_working = adapted_widths(arch, method)
    example = min(attended or seq_len, seq_len)
    return LayerWork(
        seq_len=seq_len,
        layers=layers,
        hidden=arch.hidden,
        dense_flop=FLOP_PER_PARAMETER * (matmul - active_routed) / layers,
        expert_flop=FLOP_PER_PARAMETER * active_routed / layers,
        core_flop=core_flop(mixers, example) / layers,
        scores=_mean(mixers, lambda b: b.scores, layers) * example,
        head_flop=FLOP_PER_PARAMETER * head_params(arch) * (1 + arch.prediction_blocks),
        vocab=arch.vocab,
        dense_params=(matmul - active_routed) / layers,
        expert_params=_mean(mixtures, lambda b: b.experts * b.expert(arch.hidden), layers),
        embedding_params=head_params(arch),
        embeddings=1 if arch.tied_embeddings else 2,
        heads=math.gcd(*(block.scores for block in mixers)),
        saved_width=saved,
        input_width=inputs,
        redone_width=redone,
        scanned_width=_mean(mixers, lambda b: b.scanned_width, layers),
        kv_width=_mean(mixers, lambda b: b.exchanged_width, layers),
        routed_width=_mean(mixtures, lambda b: b.working * b.sent_width(arch.hidden), layers),
        expert_width=usual.width if usual else 1,
        moe_share=moe_share,
        experts=usual.experts if usual else 1,
        experts_per_token=usual.working if usual else 1,
        weight_bytes=method.weight_bytes,
        frozen=float(method.frozen),
        offloaded=float(method.offloaded),
        adapter_params=method.rank * adapted / layers,
        expert_adapter_params=method.rank * in_experts / layers,
        adapted_width=(adapted + in_working) / layers,
    )


def _mean(blocks: Iterable[B], of: Callable[[B], float], layers: int) -> float:
    """The sum over blocks of something of each, for one of so many layers."""
    return sum(block.count * of(block) for block in blocks) / layers


def _activation_widths(
    hidden: int, mixers: Iterable[Mixer], feed_forwards: Iterable[FeedForward], layers: int
) -> tuple[float, float, float]:
    """Elements a layer keeps per token: others, product inputs, and of all these the cheap ones.

    A residual and a norm of h for each block; of a mixer what stands between its projections, of a
    feed-forward (k - 1) f; product inputs h + a v and h + f. A mixture gathers k l of rows.
    """
    mixers, feed_forwards = list(mixers), list(feed_forwards)
    gathered = [b for b in feed_forwards if isinstance(b, Mixture)]
    blocks = _mean([*mixers, *feed_forwards], lambda b: hidden, layers)
    product = _mean(feed_forwards, lambda b: b.active_width, layers)
    saved = _mean(mixers, lambda b: b.inner_width, layers)
    saved += _mean(feed_forwards, lambda b: b.kept_width, layers)
    inputs = _mean(mixers, lambda b: b.output_width, layers) + product
    inputs += _mean(gathered, lambda b: b.working * b.sent_width(hidden), layers)
    return blocks + saved, blocks + inputs, blocks + product
