"""A plausible shape for a model of which only the parameter counts are known.

Heads of 128, SwiGLU, and the proportions of a family of models (`Build`); the feed-forward width
meets the counts. Mixtures are deeper and narrower than dense models, with wider attention, and the
more of them idles, the finer are their experts.
Source: Llama 3 report 2024, table 3 (h/L = 128, 102, 130; f/h = 3.25 to 3.5); medians of the 57
published configurations of mixtures among the vectors of the tests.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from math import ceil, log

from frontiercost.core.frozen import frozen
from frontiercost.physics.blocks.attention import Attention
from frontiercost.physics.blocks.dense import Dense
from frontiercost.physics.blocks.mixture import Mixture
from frontiercost.physics.model_shape import CLOSE, Architecture, active_params, total_params

SMALLEST_MODEL = 1e6  # parameters
HEAD_DIM = 128
COARSE_BELOW = 4.5  # total / active parameters: Mixtral, Grok-1, DBRX and Jamba have 3.6 to 4.3
FFN_STEP = 16  # matrix widths come in such multiples
SMALL_HIDDEN = (128, 256, 384, 512, 768)
HIDDEN_STEP = 1024
VOCAB_BY_SIZE = ((1e9, 128256), (3e7, 32000), (0.0, 1024))  # parameters from which, vocabulary
TIED_BELOW = 4e9  # parameters; Llama 3.2 1B and 3B are tied, 8B is not


@frozen(kw_only=True)
class Build:
    """The proportions of a family of models; widths are those that work for one token.

    Source: medians of published shapes.
    """

    aspect: float  # h / L
    attention: float  # a d / h
    kv_heads: int
    feed_forward: float  # f / h
    experts_per_token: int = 0
    shared: bool = False

    @property
    def layer_area(self) -> float:
        """Active parameters of a layer over h^2: 2 a d/h + 3 f/h.  Source: definition."""
        return 2 * self.attention + 3 * self.feed_forward


DENSE = Build(aspect=128, attention=1, kv_heads=8, feed_forward=3.5)
COARSE = Build(aspect=112, attention=1, kv_heads=8, feed_forward=7, experts_per_token=2)
FINE = Build(aspect=88, attention=1.5, kv_heads=4, feed_forward=3, experts_per_token=8, shared=True)


@lru_cache(maxsize=64)
def derive(total_params: float, active_params: float = 0, *, vocab: int = 0) -> Architecture:
    """A plausible architecture with these parameter counts (both embeddings counted).

    Dense: f from N = 2 V h + L (2 h^2 + 2 g d h + 3 h f).  Mixture (active < total): the shape of
    the active count, k of E experts, E and f_e from the two counts; few wide experts where the
    total is below 4.5 times the active count, else 8 of many and a shared one.
    A guess: real models of one size differ by about 2x in depth.
    Source: Llama 3 report, table 3; published configurations of mixtures.
    """
    active = active_params or total_params
    if active > total_params:
        raise ValueError("active parameters cannot exceed total parameters")
    if active < SMALLEST_MODEL:
        raise ValueError("a model needs at least 1 million active parameters")
    vocab = vocab or _usual_vocab(active)
    if active == total_params:
        return _body(active, vocab, DENSE)
    build = COARSE if total_params < COARSE_BELOW * active else FINE
    try:
        return _with_experts(_body(active, vocab, build), total_params, active, build)
    except ValueError:
        if build is FINE:
            raise
        return _with_experts(_body(active, vocab, FINE), total_params, active, FINE)


def _usual_vocab(params: float) -> int:
    """The vocabulary of models of this size."""
    return next(vocab for smallest, vocab in VOCAB_BY_SIZE if params >= smallest)


def _body(params: float, vocab: int, build: Build) -> Architecture:
    """The dense shape nearest to a build's proportions that has these parameters."""
    candidates = [
        (layers, hidden, ffn)
        for hidden in _hidden_sizes(params, build)
        for layers, others in _without_ffn(hidden, params, vocab, build)
        if (ffn := _width(params - others, layers, hidden)) > 0
    ]
    if not candidates:
        raise ValueError(f"{params:.3g} parameters are too few for a vocabulary of {vocab}")
    layers, hidden, ffn = min(candidates, key=lambda shape: _shape_penalty(shape, build))
    body = _bare(layers, hidden, params, vocab, build)
    return replace(body, feed_forwards=(Dense(count=layers, width=ffn),))


def _without_ffn(
    hidden: int, params: float, vocab: int, build: Build
) -> Iterator[tuple[int, float]]:
    """Depths to try with the parameters outside feed-forward blocks, so many more a layer."""
    of_one, of_two = (total_params(_bare(n, hidden, params, vocab, build)) for n in (1, 2))
    for layers in _depths(hidden, build):
        yield layers, of_one + (layers - 1) * (of_two - of_one)


def _hidden_sizes(params: float, build: Build) -> list[int]:
    """Hidden sizes to try: within 2x of the h of N = (P_layer/h^2) L h^2, or small ones."""
    usual = (params * build.aspect / build.layer_area) ** (1 / 3)
    first = max(1, int(usual / 2 / HIDDEN_STEP))
    last = int(2 * usual / HIDDEN_STEP) + 1
    return [*SMALL_HIDDEN, *(HIDDEN_STEP * step for step in range(first, last + 1))]


def _depths(hidden: int, build: Build) -> range:
    """Layer counts to try: half to twice the usual, in even steps that a pipeline can divide."""
    usual = max(2, int(hidden // build.aspect))
    step = 2 ** (usual.bit_length() - 3) if usual >= 32 else 2
    return range(max(2, usual // (2 * step) * step), 2 * usual + step, step)


def _bare(layers: int, hidden: int, params: float, vocab: int, build: Build) -> Architecture:
    """The shape of this depth and width before its feed-forward blocks have one."""
    heads = int(build.attention * hidden) // HEAD_DIM
    attention = Attention(
        count=layers, heads=heads, kv_heads=min(build.kv_heads, heads), head_dim=HEAD_DIM
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


def _shape_penalty(candidate: tuple[int, int, int], build: Build) -> float:
    """Squared log distance from the proportions of a build."""
    layers, hidden, ffn = candidate
    aspect, feed_forward = hidden / (build.aspect * layers), ffn / (build.feed_forward * hidden)
    return log(aspect) ** 2 + log(feed_forward) ** 2


def _with_experts(body: Architecture, total: float, active: float, build: Build) -> Architecture:
    """Turn the dense block into k of E experts, and a shared one, meeting both counts.

    E - k = (total - active)/(3 h L f_e) with f_e = f/(k + shared); the shared expert takes the
    remainder, or f_e does.
    """
    layer_width = 3 * body.hidden * body.layers
    ffn = body.feed_forwards[0].active_width
    working = build.experts_per_token
    idle = ceil((total - active) / (layer_width * ffn / (working + build.shared)))
    experts = working + idle
    moe_ffn = max(1, round((total - active) / (layer_width * idle)))
    router_width = experts / 3  # h E parameters, in feed-forward columns of 3 h
    shared_ffn = round(ffn - router_width - working * moe_ffn)
    if build.shared and shared_ffn < 1:
        raise ValueError(f"{total:.3g} parameters are too many for {active:.3g} active ones")
    mixture = Mixture(
        count=body.layers,
        experts=experts,
        experts_per_token=working,
        width=moe_ffn,
        shared_width=max(shared_ffn, 0),
    )
    return _checked(replace(body, feed_forwards=(mixture,)), total, active)


def _checked(shape: Architecture, total: float, active: float) -> Architecture:
    """The shape, if it meets both counts within 2 %."""
    misses = (total_params(shape) / total - 1, active_params(shape) / active - 1)
    if max(map(abs, misses)) > CLOSE:
        raise ValueError(f"no plausible mixture has {total:.3g} total and {active:.3g} active")
    return shape
