"""What one token costs a model: FLOP, and bytes of what is kept of a sequence, from its shape.

F = 2 x (parameters multiplied with) + the FLOP of mixers outside their matrices.
Sequence lengths, token counts and bytes may be floats or numpy arrays of them.
Source: Kaplan et al. 2020; Narayanan et al. 2021; DeepSeek-V3 hardware paper 2025 (causal count).
"""

from collections.abc import Iterable

from frontiercost.core.facts import Number
from frontiercost.physics.blocks.block import FLOP_PER_MULTIPLY_ADD, Mixer, smaller
from frontiercost.physics.model_shape import (
    Architecture,
    block_params,
    head_params,
    matmul_params,
)

FORWARD_PASSES_PER_TRAINING_STEP = 3  # one forward, a backward worth two


def attention_core_flop_per_token(
    arch: Architecture, seq_len: Number, *, causal: bool = True
) -> Number:
    """FLOP a token spends forward outside of matrices: sum over mixers of count x core.

    Not causal, it is the cost of decoding at context s. Ignores softmax and document masks; the
    formulas stand with the kinds of `blocks`.  Source: Narayanan et al. 2021 appendix.
    """
    return core_flop(arch.mixers, seq_len, causal=causal)


def core_flop(mixers: Iterable[Mixer], seq_len: Number, *, causal: bool = True) -> Number:
    """FLOP of a token in some mixers, outside of matrices.  Source: definition."""
    return sum(mixer.count * mixer.core_flop(seq_len, causal=causal) for mixer in mixers)


def forward_flop_per_token(arch: Architecture, seq_len: Number, *, causal: bool = True) -> Number:
    """FLOP of one forward pass per token, as in prefill: F1 = 2 (sum P_active + V h) + core.

    Ignores norms, activations and softmax.  Source: Kaplan et al. 2020, section 2.1.
    """
    core = attention_core_flop_per_token(arch, seq_len, causal=causal)
    return FLOP_PER_MULTIPLY_ADD * matmul_params(arch) + core


def decode_flop_per_token(arch: Architecture, context: Number) -> Number:
    """FLOP to generate one token after this context: 2 N_active + core at the end of it.

    Ignores norms, activations and speculative tokens.  Source: Kaplan et al. 2020, section 2.1.
    """
    return forward_flop_per_token(arch, context, causal=False)


def training_flop_per_token(arch: Architecture, seq_len: Number, *, causal: bool = True) -> Number:
    """Model FLOP of training per token: F = 3 F1 + multi-token prediction.

    The backward pass costs two forward passes. Ignores recomputation and the optimiser.
    Source: Kaplan et al. 2020, section 2.1.
    """
    forward = forward_flop_per_token(arch, seq_len, causal=causal)
    extra = prediction_flop_per_token(arch, seq_len, causal=causal)
    return FORWARD_PASSES_PER_TRAINING_STEP * forward + extra


def prediction_flop_per_token(
    arch: Architecture, seq_len: Number, *, causal: bool = True
) -> Number:
    """Training FLOP of multi-token prediction: 6 (P_blocks + depth x (2 h^2 + V h)) + 3 core.

    Each depth is a mixer, a feed-forward, a 2h-to-h projection and the shared head; 0 without.
    Ignores its norms.  Source: DeepSeek-V3 section 2.2.
    """
    blocks = (*arch.prediction_mixers, *arch.prediction_feed_forwards)
    ends = arch.prediction_blocks * (2 * arch.hidden**2 + head_params(arch))
    core = core_flop(arch.prediction_mixers, seq_len, causal=causal)
    forward = FLOP_PER_MULTIPLY_ADD * (block_params(arch, blocks) + ends) + core
    return FORWARD_PASSES_PER_TRAINING_STEP * forward


def kv_bytes(arch: Architecture, context: Number, bytes_per_element: Number = 2) -> Number:
    """Bytes kept of one sequence: b (cached T + windowed min(T, window)) + states.

    States of recurrent mixers keep their own format. Ignores page rounding.
    Source: DeepSeek-V3 hardware paper 2025, table 1; Gemma 3 report section 5.2.
    """
    return kv_elements(arch, context) * bytes_per_element + state_bytes(arch)


def kv_elements(arch: Architecture, context: Number) -> Number:
    """Elements in the cache of a sequence: cached T + windowed min(T, window).

    Source: Gemma 3 report, section 5.2.
    """
    in_windows = (
        mixer.count * mixer.windowed * smaller(context, mixer.kept_window)
        for mixer in arch.mixers
        if mixer.windowed
    )
    return kv_elements_full(arch) * context + sum(in_windows)


def kv_elements_read(arch: Architecture, context: Number) -> Number:
    """Cache elements that decoding one token reads: of sparse attention, those it chose.

    Source: definition.
    """
    return sum(mixer.count * mixer.read(context) for mixer in arch.mixers)


def kv_elements_full(arch: Architecture) -> float:
    """Cached elements per token that never leave the cache.  Source: definition."""
    return sum(mixer.count * mixer.cached for mixer in arch.mixers)


def kv_elements_local(arch: Architecture) -> float:
    """Cached elements per token that leave the cache once outside a window.

    Source: Gemma 3 report, section 5.2.
    """
    return sum(mixer.count * mixer.windowed for mixer in arch.mixers)


def state_bytes(arch: Architecture) -> int:
    """Bytes of the states of a sequence, whatever its length.  Source: definition."""
    return sum(mixer.count * mixer.state_bytes for mixer in arch.mixers)
