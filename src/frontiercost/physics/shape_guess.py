"""A plausible shape for a model of which only the parameter counts are known.

h about 128 L, heads of 128, 8 key-value heads, SwiGLU; the feed-forward width meets the counts.
Source: Llama 3 report 2024, table 3 (h/L = 128, 102, 130; f/h = 3.25 to 3.5); DeepSeek-V3 2024.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from math import ceil, log

from frontiercost.physics.blocks.attention import Attention
from frontiercost.physics.blocks.dense import Dense
from frontiercost.physics.blocks.mixture import Mixture
from frontiercost.physics.model_shape import CLOSE, Architecture, active_params, total_params

SMALLEST_MODEL = 1e6  # parameters
HEAD_DIM = 128
KV_HEADS = 8
ASPECT = 128  # hidden / layers of Llama 3
FFN_RATIO = 3.5  # ffn / hidden of Llama 3
PARAMS_PER_LAYER_AREA = 12.5  # P_layer / h^2: 2 for attention, 3 x 3.5 for the feed-forward block
EXPERTS_PER_TOKEN = 8
FFN_STEP = 16  # matrix widths come in such multiples
SMALL_HIDDEN = (128, 256, 384, 512, 768)
HIDDEN_STEP = 1024
VOCAB_BY_SIZE = ((1e9, 128256), (3e7, 32000), (0.0, 1024))  # parameters from which, vocabulary
TIED_BELOW = 4e9  # parameters; Llama 3.2 1B and 3B are tied, 8B is not


@lru_cache(maxsize=64)
def derive(total_params: float, active_params: float = 0, *, vocab: int = 0) -> Architecture:
    """A plausible architecture with these parameter counts (both embeddings counted).

    Dense: f from N = 2 V h + L (2 h^2 + 2 g d h + 3 h f).  Mixture (active < total): the shape of
    the active count, 8 of E experts and one shared, E and f_e from the two counts.
    A guess: real models of one size differ by about 2x in depth.  Source: Llama 3 report, table 3.
    """
    active = active_params or total_params
    if active > total_params:
        raise ValueError("active parameters cannot exceed total parameters")
    if active < SMALLEST_MODEL:
        raise ValueError("a model needs at least 1 million active parameters")
    body = _dense(active, vocab or _usual_vocab(active))
    return body if active == total_params else _with_experts(body, total_params, active)


def _usual_vocab(params: float) -> int:
    """The vocabulary of models of this size."""
    return next(vocab for smallest, vocab in VOCAB_BY_SIZE if params >= smallest)


def _dense(params: float, vocab: int) -> Architecture:
    """The candidate nearest to h = 128 L and f = 3.5 h that has these parameters."""
    candidates = [
        (layers, hidden, ffn)
        for hidden in _hidden_sizes(params)
        for layers, others in _without_ffn(hidden, params, vocab)
        if (ffn := _width(params - others, layers, hidden)) > 0
    ]
    if not candidates:
        raise ValueError(f"{params:.3g} parameters are too few for a vocabulary of {vocab}")
    layers, hidden, ffn = min(candidates, key=_shape_penalty)
    body = _bare(layers, hidden, params, vocab)
    return replace(body, feed_forwards=(Dense(count=layers, width=ffn),))


def _without_ffn(hidden: int, params: float, vocab: int) -> Iterator[tuple[int, float]]:
    """Depths to try with the parameters outside feed-forward blocks, so many more a layer."""
    of_one, of_two = (total_params(_bare(layers, hidden, params, vocab)) for layers in (1, 2))
    yield from ((layers, of_one + (layers - 1) * (of_two - of_one)) for layers in _depths(hidden))


def _hidden_sizes(params: float) -> list[int]:
    """Hidden sizes to try: within 2x of the h of N = 12.5 L h^2 at h = 128 L, or small ones."""
    usual = (params * ASPECT / PARAMS_PER_LAYER_AREA) ** (1 / 3)
    first = max(1, int(usual / 2 / HIDDEN_STEP))
    last = int(2 * usual / HIDDEN_STEP) + 1
    return [*SMALL_HIDDEN, *(HIDDEN_STEP * step for step in range(first, last + 1))]


def _depths(hidden: int) -> range:
    """Layer counts to try: half to twice h/128, in even steps that a pipeline can divide."""
    usual = max(2, hidden // ASPECT)
    step = 2 ** (usual.bit_length() - 3) if usual >= 32 else 2
    return range(max(2, usual // (2 * step) * step), 2 * usual + step, step)


def _bare(layers: int, hidden: int, params: float, vocab: int) -> Architecture:
    """The dense shape of this depth and width before its feed-forward blocks have one."""
    heads = hidden // HEAD_DIM
    attention = Attention(
        count=layers, heads=heads, kv_heads=min(KV_HEADS, heads), head_dim=HEAD_DIM
    )
    return Architecture(
        hidden=hidden,
        vocab=vocab,
        mixers=(attention,),
        feed_forwards=(Dense(count=layers, width=0),),
        tied_embeddings=params < TIED_BELOW,
    )


def _width(params: float, layers: int, hidden: int) -> int:
    """Feed-forward width that takes up so many parameters: P/(3 L h), rounded to 16."""
    return FFN_STEP * round(params / (3 * layers * hidden * FFN_STEP))


def _shape_penalty(candidate: tuple[int, int, int]) -> float:
    """Squared log distance from h = 128 L and f = 3.5 h."""
    layers, hidden, ffn = candidate
    return log(hidden / (ASPECT * layers)) ** 2 + log(ffn / (FFN_RATIO * hidden)) ** 2


def _with_experts(body: Architecture, total: float, active: float) -> Architecture:
    """Turn the dense block into 8 of E experts and a shared one, meeting both counts.

    E - 8 = (total - active)/(3 h L f_e) with f_e = f/9; the shared expert takes the remainder.
    """
    layer_width = 3 * body.hidden * body.layers
    ffn = body.feed_forwards[0].active_width
    usual_ffn = ffn / (EXPERTS_PER_TOKEN + 1)
    idle = ceil((total - active) / (layer_width * usual_ffn))
    experts = EXPERTS_PER_TOKEN + idle
    moe_ffn = max(1, round((total - active) / (layer_width * idle)))
    router_width = experts / 3  # h E parameters, in feed-forward columns of 3 h
    shared_ffn = round(ffn - router_width - EXPERTS_PER_TOKEN * moe_ffn)
    if shared_ffn < 1:
        raise ValueError(f"{total:.3g} parameters are too many for {active:.3g} active ones")
    mixture = Mixture(
        count=body.layers,
        experts=experts,
        experts_per_token=EXPERTS_PER_TOKEN,
        width=moe_ffn,
        shared_width=shared_ffn,
    )
    return _checked(replace(body, feed_forwards=(mixture,)), total, active)


def _checked(shape: Architecture, total: float, active: float) -> Architecture:
    """The shape, if it meets both counts within 2 %."""
    misses = (total_params(shape) / total - 1, active_params(shape) / active - 1)
    if max(map(abs, misses)) > CLOSE:
        raise ValueError(f"no plausible mixture has {total:.3g} total and {active:.3g} active")
    return shape
