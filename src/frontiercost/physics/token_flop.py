"""What one token costs a transformer: FLOP, and bytes of key-value cache, from its shape alone.

F = 2 x (parameters multiplied with) + attention core, 1 multiply-add = 2 FLOP.
Sequence lengths, token counts and bytes may be floats or numpy arrays of them.
Source: Kaplan et al. 2020; Narayanan et al. 2021; DeepSeek-V3 hardware paper 2025 (causal count).
"""

from frontiercost.core.facts import Number, magnitude
from frontiercost.physics.model_shape import (
    Architecture,
    full_attention_params,
    head_params,
    kv_width,
    layer_ffn_params,
    matmul_params,
)

FLOP_PER_MULTIPLY_ADD = 2
SCORE_AND_MIX_PASSES = 3  # gated DeltaNet: read the old value, write the new, read the output
FORWARD_PASSES_PER_TRAINING_STEP = 3  # one forward, a backward worth two


def attention_core_flop_per_token(
    arch: Architecture, seq_len: Number, *, causal: bool = True
) -> Number:
    """FLOP a token spends forward on scores and weighted values, in all layers.

    full 2 a (d + v) s_eff, local likewise within the window, linear 6 H d^2, indexer 2 I d_i s_eff;
    s_eff = s/2 causal, s otherwise.  Not causal, it is the cost of decoding at context s.
    Ignores softmax, document masks, chunk-wise overhead of linear attention and the absorbed form
    of latent attention; a compressed cache (DeepSeek-V4) is read whole, without its top-k choice.
    Source: Narayanan et al. 2021 appendix; Yang et al. 2024; DeepSeek-V3.2 section 2.
    """
    return (
        arch.full_attn_layers * _full_layer_core(arch, seq_len, causal)
        + arch.local_layers * _local_layer_core(arch, seq_len, causal)
        + arch.linear_layers * _linear_layer_core(arch)
    )


def forward_flop_per_token(arch: Architecture, seq_len: Number, *, causal: bool = True) -> Number:
    """FLOP of one forward pass per token, as in prefill: F1 = 2 (sum P_active + V h) + core.

    Ignores norms, activations and softmax.  Source: Kaplan et al. 2020, section 2.1.
    """
    core = attention_core_flop_per_token(arch, seq_len, causal=causal)
    return FLOP_PER_MULTIPLY_ADD * matmul_params(arch) + core


def decode_flop_per_token(arch: Architecture, context: Number) -> Number:
    """FLOP to generate one token after this context: 2 N_active + 2 a (d + v) T L.

    Ignores norms, activations and speculative tokens.  Source: Kaplan et al. 2020, section 2.1.
    """
    return forward_flop_per_token(arch, context, causal=False)


def training_flop_per_token(arch: Architecture, seq_len: Number, *, causal: bool = True) -> Number:
    """Model FLOP of training per token: F = 3 F1 + multi-token prediction.

    The backward pass costs two forward passes. Ignores recomputation and the optimiser.
    Source: Kaplan et al. 2020, section 2.1.
    """
    forward = forward_flop_per_token(arch, seq_len, causal=causal)
    extra = mtp_flop_per_token(arch, seq_len, causal=causal)
    return FORWARD_PASSES_PER_TRAINING_STEP * forward + extra


def mtp_flop_per_token(arch: Architecture, seq_len: Number, *, causal: bool = True) -> Number:
    """Training FLOP of multi-token prediction: depth x (6 (P_layer + 2 h^2 + V h) + 3 core).

    Each block is one full-attention layer like the last one, a 2h-to-h projection and the shared
    head; 0 without such blocks.  Ignores its norms.  Source: DeepSeek-V3 section 2.2.
    """
    layer = full_attention_params(arch) + layer_ffn_params(arch, arch.experts_per_token)
    block = layer + 2 * arch.hidden**2 + head_params(arch)
    core = _full_layer_core(arch, seq_len, causal)
    forward = FLOP_PER_MULTIPLY_ADD * block + core
    return FORWARD_PASSES_PER_TRAINING_STEP * arch.mtp_layers * forward


def kv_bytes(arch: Architecture, context: Number, bytes_per_element: Number = 2) -> Number:
    """Cache bytes of one sequence: b (full T + local min(T, window) + linear state).

    A compressed cache keeps its last `sliding_window` tokens whole besides.
    Ignores page rounding, the indexer's keys, and that linear states often stay in 32 bits.
    Source: DeepSeek-V3 hardware paper 2025, table 1; Gemma 3 report section 5.2.
    """
    in_window = _smaller(context, arch.sliding_window)
    uncompressed = arch.full_attn_layers * _full_layer_elements(arch) * _is_compressed(arch)
    growing = kv_elements_full(arch) * context
    windowed = (kv_elements_local(arch) + uncompressed) * in_window
    return (growing + windowed + kv_elements_state(arch)) * bytes_per_element


def kv_elements_full(arch: Architecture) -> float:
    """Cached elements per token that never leave the cache: L_full g (d + v), or L_full (c + r).

    Times (1/m_1 + 1/m_2)/2 if the cache is compressed.  Source: DeepSeek-V2 section 2.1.4.
    """
    return arch.full_attn_layers * _full_layer_elements(arch) * _kept_share(arch)


def kv_elements_local(arch: Architecture) -> int:
    """Cached elements per token in the sliding-window layers: L_local g (d + v).

    They are dropped once outside the window.  Source: Gemma 3 report, section 5.2.
    """
    per_head = arch.local_head_dim + arch.local_v_head_dim
    return arch.local_layers * arch.local_kv_heads * per_head


def kv_elements_state(arch: Architecture) -> int:
    """Elements of the fixed state of the linear layers, per sequence: L_linear H d^2.

    Ignores the few tokens of convolution state.  Source: Yang et al. 2024.
    """
    return arch.linear_layers * arch.linear_value_heads * arch.linear_head_dim**2


def _full_layer_core(arch: Architecture, seq_len: Number, causal: bool) -> Number:
    """2 a (d + v) s_eff, plus the indexer's 2 I d_i over every earlier token."""
    per_key = FLOP_PER_MULTIPLY_ADD * arch.heads * (arch.head_dim + arch.v_head_dim)
    indexer = FLOP_PER_MULTIPLY_ADD * arch.indexer_heads * arch.indexer_dim
    return per_key * _keys_full(arch, seq_len, causal) + indexer * _keys(seq_len, causal)


def _local_layer_core(arch: Architecture, seq_len: Number, causal: bool) -> Number:
    """2 a (d + v) s_eff with s_eff inside the window or the chunk."""
    per_key = FLOP_PER_MULTIPLY_ADD * arch.heads * (arch.local_head_dim + arch.local_v_head_dim)
    if arch.chunked_window:
        return per_key * _keys(_smaller(seq_len, arch.sliding_window), causal)
    return per_key * _keys_in_window(seq_len, arch.sliding_window, causal)


def _linear_layer_core(arch: Architecture) -> int:
    """Three passes over a d x d state per value head: 6 H d^2, whatever the context."""
    state = arch.linear_value_heads * arch.linear_head_dim**2
    return FLOP_PER_MULTIPLY_ADD * SCORE_AND_MIX_PASSES * state


def _keys_full(arch: Architecture, seq_len: Number, causal: bool) -> Number:
    """Keys a query of a full layer attends to, on average."""
    if arch.sparse_topk:
        return _keys_in_window(seq_len, arch.sparse_topk, causal)
    recent = _is_compressed(arch) * _keys_in_window(seq_len, arch.sliding_window, causal)
    return _keys(seq_len, causal) * _kept_share(arch) + recent


def _keys(seq_len: Number, causal: bool) -> Number:
    """s/2 if causal, s if not."""
    return seq_len / 2 if causal else seq_len


def _keys_in_window(seq_len: Number, window: int, causal: bool) -> Number:
    """Mean of min(position, window): m - m^2/(2 s) with m = min(s, window); m if not causal."""
    inside = _smaller(seq_len, window)
    return inside - inside**2 / (2 * seq_len) if causal else inside


def _smaller(left: Number, right: Number) -> Number:
    """min(x, y) = (x + y - |x - y|)/2, which works on arrays too."""
    return (left + right - magnitude(left - right)) / 2


def _full_layer_elements(arch: Architecture) -> int:
    """Cached elements of one token in one full layer, before compression."""
    latent = arch.kv_lora_rank + arch.qk_rope_dim
    return latent if arch.kv_lora_rank else arch.kv_heads * kv_width(arch)


def _kept_share(arch: Architecture) -> float:
    """Cache entries per token: the mean of the two compressions, 1 without any."""
    return (1 / arch.light_compression + 1 / arch.heavy_compression) / 2


def _is_compressed(arch: Architecture) -> int:
    """1 for a compressed cache, 0 for a plain one."""
    return int(arch.heavy_compression > 1)
