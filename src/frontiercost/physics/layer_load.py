"""What one training token asks of one layer: FLOP by kind, parameters and bytes, from the shape.

A layer here is the average over the model's layers, multi-token prediction blocks included.
Source: Korthikanti et al. 2022, section 4; Narayanan et al. 2021, appendix.
"""

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import FLOP_PER_PARAMETER
from frontiercost.physics.model_shape import (
    Architecture,
    full_attention_params,
    head_params,
    layer_ffn_params,
    matmul_params,
)
from frontiercost.physics.token_flop import attention_core_flop_per_token


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
    saved_width: Number  # activations kept for the backward pass, but for the inputs below
    input_width: Number  # inputs of the matrix products
    redone_width: Number  # norms and activation products: cheap to compute again
    kv_width: Number  # keys and values that context parallelism passes on
    routed_width: Number  # hidden x experts per token, averaged over all layers
    expert_width: Number  # feed-forward width of one routed expert
    moe_share: Number  # layers that are mixtures
    experts: Number
    experts_per_token: Number


def layer_work_of(arch: Architecture, seq_len: float) -> LayerWork:
    """The work of one token of a sequence this long, per average layer.

    dense = 2 (P_matmul - P_head - P_routed)/L, routed = 2 top k h f_e L_moe/L, core from the
    causal count, both with the prediction blocks counted as further layers.
    Ignores norms, rotary embedding and document masks.
    Source: Kaplan et al. 2020, section 2.1; Korthikanti et al. 2022, section 4.1.
    """
    layers = arch.layers + arch.mtp_layers
    routed = arch.ffn_matrices * arch.hidden * arch.moe_ffn
    moe_layers = arch.moe_layers + (arch.mtp_layers if arch.experts else 0)
    block = full_attention_params(arch) + layer_ffn_params(arch, arch.experts_per_token)
    matmul = matmul_params(arch) - head_params(arch) + arch.mtp_layers * block
    active_routed = routed * arch.experts_per_token * moe_layers
    core = attention_core_flop_per_token(arch, seq_len)
    core += arch.mtp_layers * core / arch.layers
    saved, inputs, redone = _activation_widths(arch, moe_layers / layers)
    return LayerWork(
        seq_len=seq_len,
        layers=layers,
        hidden=arch.hidden,
        dense_flop=FLOP_PER_PARAMETER * (matmul - active_routed) / layers,
        expert_flop=FLOP_PER_PARAMETER * active_routed / layers,
        core_flop=core / layers,
        scores=arch.heads * seq_len,
        head_flop=FLOP_PER_PARAMETER * head_params(arch) * (1 + arch.mtp_layers),
        vocab=arch.vocab,
        dense_params=(matmul - active_routed) / layers,
        expert_params=routed * arch.experts * moe_layers / layers,
        embedding_params=head_params(arch),
        saved_width=saved,
        input_width=inputs,
        redone_width=redone,
        kv_width=_exchanged_width(arch),
        routed_width=arch.hidden * arch.experts_per_token * moe_layers / layers,
        expert_width=max(arch.moe_ffn, 1),
        moe_share=moe_layers / layers,
        experts=max(arch.experts, 1),
        experts_per_token=max(arch.experts_per_token, 1),
    )


def _activation_widths(arch: Architecture, moe_share: float) -> tuple[float, float, float]:
    """Elements a layer keeps per token: others, product inputs, and of all these the cheap ones.

    2h residuals and norms, queries, keys and values, (k - 1) f of the activation; product inputs
    2h + a v + f. A mixture keeps top f_e + shared, and top h of gathered rows.
    """
    routed = arch.experts_per_token * arch.moe_ffn
    shared = arch.shared_experts * arch.shared_ffn
    ffn = (1 - moe_share) * arch.ffn + moe_share * (routed + shared)
    gathered = moe_share * arch.experts_per_token * arch.hidden
    query_key_value = arch.heads * arch.head_dim + _key_value_width(arch)
    saved = 2 * arch.hidden + query_key_value + (arch.ffn_matrices - 1) * ffn
    inputs = 2 * arch.hidden + arch.heads * arch.v_head_dim + ffn + gathered
    return saved, inputs, 2 * arch.hidden + ffn


def _key_value_width(arch: Architecture) -> int:
    """Keys and values of one token in one layer; latent attention unfolds them for every head."""
    heads = arch.heads if arch.kv_lora_rank else arch.kv_heads
    return heads * (arch.head_dim + arch.v_head_dim)


def _exchanged_width(arch: Architecture) -> int:
    """What context parallelism passes on: keys and values, or the latent they come from."""
    return arch.kv_lora_rank + arch.qk_rope_dim if arch.kv_lora_rank else _key_value_width(arch)
