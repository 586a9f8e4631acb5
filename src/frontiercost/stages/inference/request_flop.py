"""FLOP of a request, the part of it that grows with its length squared, and plain attention."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from frontiercost.physics.arrays import FLOP_PER_PARAMETER
from frontiercost.physics.blocks.attention import Attention
from frontiercost.physics.model_shape import Architecture, matmul_params
from frontiercost.physics.serving_memory import Request
from frontiercost.physics.token_flop import decode_flop_per_token, forward_flop_per_token

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

PLAIN_HEAD_DIM = 128
"""Of attention in the place of mixers that have none."""


def model_flop(
    architecture: Architecture, prompt: "Number", output: "Number", cached: "Number" = 0.0
) -> "Number":
    """Return the exact FLOP of a request: F1(P) P - F1(h) h + sum over the output's steps.

    The first h tokens of the prompt are in the cache. Steps are counted at the context half-way
    through the output.
    """
    steps: Number = output * decode_flop_per_token(architecture, prompt + output / 2)
    read: Number = prompt * forward_flop_per_token(architecture, prompt)
    if isinstance(cached, float) and not cached:
        return read + steps
    cached_flop: Number = cached * forward_flop_per_token(architecture, cached)
    return read + steps - cached_flop


def attention_share(architecture: Architecture, request: Request) -> float:
    """Return the part of a request's FLOP that grows with the square of its length.

    1 - 2 N (P - h + O) / C, with N the parameters each token is multiplied with.
    """
    tokens = request.prompt - request.cached + request.output
    linear = FLOP_PER_PARAMETER * matmul_params(architecture) * tokens
    total_flop = model_flop(architecture, request.prompt, request.output, request.cached)
    return float(1 - linear / total_flop)


def plain_attention(architecture: Architecture) -> Architecture:
    """Return the model with full grouped-query attention where it has something thriftier.

    Windows become full, latents keys and values of every head, what remembers in a state or
    compresses becomes attention in the mould of the widest that the model has.
    """
    return replace(architecture, mixers=tuple(_plain_mixers(architecture)))


def _plain_mixers(architecture: Architecture) -> Iterator[Attention]:
    """Yield full attention of as many heads for each kind of mixer; else of the widest kind."""
    widest = max(architecture.mixers, key=lambda mixer: mixer.scores * mixer.key_width)
    for mixer in architecture.mixers:
        like = mixer if mixer.key_width else widest
        dim = like.key_width or PLAIN_HEAD_DIM
        heads = like.scores or max(architecture.hidden // dim, 1)
        yield Attention(
            count=mixer.count,
            heads=heads,
            kv_heads=like.cache_ways if isinstance(like, Attention) else heads,
            head_dim=dim,
            v_head_dim=max(like.output_width // heads, 1),
        )
