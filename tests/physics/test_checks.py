"""Published vectors of parameters, FLOP and cache, through the functions the program uses."""

import pytest

from frontiercost.physics import token_flop
from frontiercost.physics.blocks.attention import Attention
from frontiercost.physics.blocks.latent_attention import LatentAttention
from frontiercost.physics.literature import hfu_over_mfu, six_nd
from frontiercost.physics.model_shape import Architecture, total_params
from frontiercost.stages.pretrain.workload import chip_hours
from published_checks import checks
from shapes import deepseek, transformer

OWN_AREAS = {"flop", "params", "kv"}
CHECKS = checks(*OWN_AREAS, ids=("C170", "C171"))


def dense(x):
    return transformer(
        layers=x["L"],
        hidden=x["h"],
        heads=x["heads"],
        kv_heads=x["kv"],
        head_dim=x["dh"],
        ffn=x["ff"],
        vocab=x["V"],
    )


def gpt(x):
    """Multi-head attention, a block of width 4h with biases, tied embeddings, learned positions."""
    return transformer(
        layers=x["l"],
        hidden=x["h"],
        heads=1,
        ffn=4 * x["h"],
        plain=True,
        vocab=x["V"],
        qkv_bias=True,
        tied_embeddings=True,
        learned_positions=x["s"],
    )


def measured(x, column):
    """FLOP of a token, if the tokens of a day take the FLOP of a day."""
    return 24 * x["gpus"] / chip_hours(x["tokens_per_day"], 1.0, x[column] * 1e12)


def share(x):
    core = 3 * token_flop.attention_core_flop_per_token(bare(x), x["seq"])
    return core / (six_nd(x["N"], 1) + core)


def bare(x, **mixer):
    """Only attention and its cache."""
    given = {"heads": x.get("heads", 1), "head_dim": x.get("dh", 0)} | mixer
    attention = Attention(count=x["L"], **({"kv_heads": given["heads"]} | given))
    return Architecture(hidden=1, vocab=1, mixers=(attention,))


def gqa_cache(x):
    return token_flop.kv_bytes(bare(x, heads=x["kv_heads"]), 1, x["bytes"])


def mla_cache(x):
    widths = {"kv_rank": x["kv_rank"], "rope_dim": x["rope"], "nope_dim": 0, "v_head_dim": 0}
    latent = LatentAttention(count=x["L"], heads=1, **widths)
    model = Architecture(hidden=1, vocab=1, mixers=(latent,))
    return token_flop.kv_bytes(model, 1, x["bytes"])


def crossover(x, active, qk, v):
    """Decoding attends to every earlier token: FLOP of weights over those of one of them."""
    model = bare(x, head_dim=x[qk], v_head_dim=x[v])
    return 2 * x[active] / token_flop.attention_core_flop_per_token(model, 1, causal=False)


QUANTITIES = {
    "6ND": lambda x: six_nd(x["N"], x["D"]),
    "train FLOP per token (causal)": lambda x: measured(x, "tflops_causal"),
    "train FLOP per token (non-causal)": lambda x: measured(x, "tflops_noncausal"),
    "train FLOP per token from architecture (causal, no MTP)": lambda x: (
        token_flop.training_flop_per_token(deepseek(x), x["seq"])
    ),
    "attention share of model FLOP, causal: 6 L a dh s /(6N + 6 L a dh s)": share,
    "attention share of model FLOP, causal": share,
    "HFU/MFU with full recompute": lambda x: hfu_over_mfu(x["fwd"], x["bwd"], x["recompute"]),
    "12 l h^2 (1+13/12h+(V+s)/12lh)": lambda x: total_params(gpt(x)),
    "SwiGLU GQA untied parameters with norms": lambda x: total_params(dense(x)),
    "total parameters (main model, without MTP)": lambda x: total_params(deepseek(x)),
    "2 L kv dh bytes": gqa_cache,
    "L (kv_rank+rope) bytes": mla_cache,
    "context where attention FLOP equals weight FLOP: 2N/(4 L a dh)": lambda x: crossover(
        x, "N", "dh", "dh"
    ),
    "same for DeepSeek-V3 (naive MLA)": lambda x: crossover(x, "N_act", "qk", "v"),
}


def test_every_area_has_checks():
    assert {check.area for check in CHECKS} == OWN_AREAS | {"ownership"}


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_published_value(check):
    assert check.quantity in QUANTITIES, f"no formula for {check.quantity!r}"
    assert QUANTITIES[check.quantity](check.inputs) == check.expected
