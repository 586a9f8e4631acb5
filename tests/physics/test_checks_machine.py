import pytest

from frontiercost.physics import collectives, reported, token_flop, training_memory, training_step
from published_checks import checks

AREAS = {"memory", "performance", "pipeline", "collective"}
CHECKS = checks(*AREAS)
GIBI, GIGA, TERA, PETA, MILLI, DAY, HOUR = 2.0**30, 1e9, 1e12, 1e15, 1e-3, 86400, 3600


def in_pipeline(x, per_layer):
    return per_layer * x["L"] * training_memory.interleaving_factor(x["p"], x["v"]) / GIBI


def unfused(x):
    layer = training_memory.unfused_activation_bytes(x["s"], x["b"], x["h"], x["heads"], x["t"])
    return in_pipeline(x, layer)


def selective(x):
    return in_pipeline(
        x, training_memory.selective_activation_bytes(x["s"], x["b"], x["h"], x["t"])
    )


def states(x):
    return (
        training_memory.gpt_state_bytes(x["L"], x["h"], x["t"], x["p"], x["bytes_per_param"]) / GIBI
    )


def zero(stage):
    """ZeRO's own account keeps 2-byte gradients."""
    return lambda x: (
        training_memory.zero_states(x["P"], x.get("dp", 1), stage, gradient_bytes=2) / GIGA
    )


def share(x):
    return reported.share_of_peak(x["tflops"], x["peak"])


def gpt_mfu(x):
    flop = reported.gpt_step_flop(x["L"], x["h"], x["V"], x["s"], x["batch"])
    return reported.share_of_peak(flop / x["seconds"] / x["gpus"], x["peak"])


def palm_mfu(x):
    flop = reported.palm_flop_per_token(x["N"], x["L"], x["H"], x["Q"], x["T"])
    return reported.share_of_peak(x["tokens_per_s"] * flop / x["chips"], x["peak"])


def shape(x):
    latent = {
        "v_head_dim": x.get("v", 0),
        "q_lora_rank": x.get("q_rank", 0),
        "kv_lora_rank": x.get("kv_rank", 0),
        "qk_rope_dim": x.get("rope", 0),
        "qk_nope_dim": x.get("nope", 0),
        "experts": x.get("experts", 0),
        "experts_per_token": x.get("topk", 0),
        "shared_experts": x.get("shared", 0),
        "moe_ffn": x.get("moe_ff", 0),
        "first_dense_layers": x.get("dense_layers", 0),
    }
    return token_flop.Architecture(
        layers=x["L"],
        hidden=x["h"],
        heads=x["heads"],
        kv_heads=x.get("kv", x["heads"]),
        head_dim=x["nope"] + x["rope"] if "nope" in x else x["h"] // x["heads"],
        ffn=x["ff"],
        vocab=x["V"],
        **latent,
    )


def model_rate(x):
    return x["tok_s_gpu"] * token_flop.training_flop_per_token(shape(x), x["seq"]) / TERA


def bubble(x):
    return training_step.bubble_share(x["p"], x["m"], x.get("v", 1))


def gradient_exchange(x):
    volume = x["P"] / (x["tp"] * x["pp"]) * x["bytes"]
    return collectives.shard_exchange_seconds(volume, x["dp"], x["bw"] * x["eff"])


def expert_exchange(x):
    payload = x["tokens"] * x["h"] * x["nodes"] * x["bytes"]
    return collectives.all_to_all_seconds(payload, x["local"], x["bw"] * x["eff"]) / MILLI


def change(x):
    before, after = x["mfu"]
    return reported.change_per_doubling(before, after, x["scale"][1] / x["scale"][0])


def redone_days(x):
    return reported.redone_training_days(x["P"], x["T"], x["n"], x["X"])


QUANTITIES = {
    "s b h L (10+24/t+5as/(ht)) x (1+(p-1)/(pv) if v>1)": unfused,
    "34 s b h L/t x (1+(p-1)/(pv) if v>1)": selective,
    "12 L h^2 x 18/(t p)": states,
    "stage 2: 2P + 14P/64": zero(2),
    "stage 3: 16P/64": zero(3),
    "share of peak (HFU)": share,
    "share of FP4 peak": share,
    "MFU": share,
    "MFU causal": share,
    "aggregate": lambda x: x["tflops"] * x["gpus"] * TERA / PETA,
    "8 T P/(n X)": redone_days,
    "MFU = 72 B s l h^2 (1+s/6h+V/12lh)/(t n peak)": gpt_mfu,
    "tokens per second": lambda x: reported.tokens_per_second(x["batch"], x["s"], x["seconds"]),
    "training days": lambda x: reported.days_for(x["tokens"], x["rate"]),
    "MFU x goodput over the whole run": lambda x: reported.run_utilisation(
        x["flop"], x["gpu_hours"], x["peak"]
    ),
    "MFU = R (6N+12LHQT)/(n peak)": palm_mfu,
    "GPU-hours per trillion tokens": lambda x: x["gpu_hours"] * TERA / x["tokens"],
    "days per trillion tokens": lambda x: x["gpu_hours_per_T"] * HOUR / DAY / x["gpus"],
    "rental cost": lambda x: x["gpu_hours"] * x["usd_per_h"],
    "relative MFU change per doubling of chips (fixed batch)": change,
    "model TFLOP/s per GPU (causal)": model_rate,
    "bubble/ideal = (p-1)/m": bubble,
    "bubble/ideal = (p-1)/(v m)": bubble,
    "bubble/ideal": bubble,
    "ring all-reduce factor 2(n-1)/n": lambda x: collectives.all_reduce_factor(x["n"]),
    "all-reduce time 2(n-1)/n V/(bw eff)": lambda x: (
        collectives.all_reduce_seconds(x["bytes"], x["n"], x["bw"] * x["eff"]) / MILLI
    ),
    "DP reduce-scatter (4B) + all-gather (2B)": gradient_exchange,
    "EP all-to-all forward per layer": expert_exchange,
}


def test_every_area_has_checks():
    assert {check.area for check in CHECKS} == AREAS


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_published_value(check):
    assert check.quantity in QUANTITIES, f"no formula for {check.quantity!r}"
    assert QUANTITIES[check.quantity](check.inputs) == check.expected


def test_zero_stage_one_shards_the_optimiser_alone():
    assert zero(1)({"P": 7.5e9, "dp": 64}) == pytest.approx(4 * 7.5 + 12 * 7.5 / 64)
    assert zero(0)({"P": 7.5e9}) == pytest.approx(16 * 7.5)
