import pytest

from frontiercost.physics import token_flop as arch
from published_checks import checks

OWN_AREAS = {"flop", "params", "kv"}
CHECKS = checks(*OWN_AREAS, ids=("C170", "C171"))


def dense(x):
    return arch.Architecture(
        layers=x["L"],
        hidden=x["h"],
        heads=x["heads"],
        kv_heads=x["kv"],
        head_dim=x["dh"],
        ffn=x["ff"],
        vocab=x["V"],
    )


def latent(x):
    return arch.Architecture(
        attention="mla",
        layers=x["L"],
        hidden=x["h"],
        heads=x["heads"],
        kv_heads=x["heads"],
        head_dim=x["nope"] + x["rope"],
        v_head_dim=x["v"],
        q_lora_rank=x["q_rank"],
        kv_lora_rank=x["kv_rank"],
        qk_rope_dim=x["rope"],
        qk_nope_dim=x["nope"],
        ffn=x["ff"],
        vocab=x["V"],
        experts=x["experts"],
        experts_per_token=x["topk"],
        shared_experts=x["shared"],
        moe_ffn=x["moe_ff"],
        first_dense_layers=x["dense_layers"],
    )


def measured(x, column):
    return arch.flop_per_token_measured(x[column] * 1e12, x["gpus"], x["tokens_per_day"])


def share(x):
    return arch.attention_share(x["N"], x["L"], x["heads"], x["dh"], x["seq"])


def bare(x, **cache):
    """Only what a cache formula needs."""
    return arch.Architecture(
        layers=x["L"], hidden=1, heads=1, head_dim=x.get("dh", 0), vocab=1, **cache
    )


def gqa_cache(x):
    return arch.kv_bytes_per_token(bare(x, kv_heads=x["kv_heads"]), x["bytes"])


def mla_cache(x):
    model = bare(x, kv_heads=1, kv_lora_rank=x["kv_rank"], qk_rope_dim=x["rope"])
    return arch.kv_bytes_per_token(model, x["bytes"])


def crossover(x, active, qk, v):
    return arch.crossover_context(x[active], x["L"], x["heads"], x[qk], x[v])


QUANTITIES = {
    "6ND": lambda x: arch.six_nd(x["N"], x["D"]),
    "train FLOP per token (causal)": lambda x: measured(x, "tflops_causal"),
    "train FLOP per token (non-causal)": lambda x: measured(x, "tflops_noncausal"),
    "train FLOP per token from architecture (causal, no MTP)": lambda x: (
        arch.training_flop_per_token(latent(x), x["seq"])
    ),
    "attention share of model FLOP, causal: 6 L a dh s /(6N + 6 L a dh s)": share,
    "attention share of model FLOP, causal": share,
    "HFU/MFU with full recompute": lambda x: arch.hfu_over_mfu(x["fwd"], x["bwd"], x["recompute"]),
    "12 l h^2 (1+13/12h+(V+s)/12lh)": lambda x: arch.gpt_params(x["l"], x["h"], x["V"], x["s"]),
    "SwiGLU GQA untied parameters with norms": lambda x: arch.total_params(dense(x)),
    "total parameters (main model, without MTP)": lambda x: arch.total_params(latent(x)),
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
