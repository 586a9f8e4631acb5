"""Published vectors of memory, speed, pipelines and collectives, through what the program uses."""

from dataclasses import replace

import pytest

from frontiercost.catalogue.store import shipped
from frontiercost.physics import collectives, token_flop, training_memory, training_step
from frontiercost.physics.layer_load import layer_work_of
from frontiercost.physics.literature import hfu_over_mfu, six_nd
from frontiercost.physics.parallel_plan import Plan
from frontiercost.physics.training_machine import machine_of, software_of
from frontiercost.stages.pretrain.workload import chip_hours
from published_checks import checks
from published_formulas import change_per_doubling, unfused_activation_bytes
from shapes import deepseek, transformer

AREAS = {"memory", "performance", "pipeline", "collective"}
CHECKS = [check for check in checks(*AREAS) if check.quantity != "rental cost"]
GIBI, GIGA, TERA, PETA, MILLI, DAY, HOUR = 2.0**30, 1e9, 1e12, 1e15, 1e-3, 86400, 3600
RATES = shipped().constants("training_rates")
SOFTWARE, A100 = software_of(RATES), machine_of(shipped().chip("a100-80g"), "bf16", RATES)
MANY = 1e6  # sequences in a step: every stage of the pipeline is busy
BYTES, DROPOUT_MASKS = 34, 2  # of a GPT layer per token and width; what no model of today drops


def gpt(x):
    return transformer(
        layers=x["L"],
        hidden=x["h"],
        heads=x.get("heads", 1),
        ffn=4 * x["h"],
        plain=True,
        vocab=x.get("V", 1),
    )


def memory(x):
    load = replace(layer_work_of(gpt(x), x.get("s", 1)), embedding_params=0.0)
    plan = Plan(
        tensor=x["t"], pipeline=x["p"], virtual=x.get("v", 1), data=1, micro_batch=x.get("b", 1)
    )
    return training_memory.memory(load, plan, A100, SOFTWARE, MANY)


def unfused(x):
    layer = unfused_activation_bytes(x["s"], x["b"], x["h"], x["heads"], x["t"])
    return layer * x["L"] * training_memory.interleaving_factor(x["p"], x["v"]) / GIBI


def fused(x):
    """A fused kernel keeps no scores, which is what selective recomputation drops."""
    return memory(x).activations * BYTES / (BYTES - DROPOUT_MASKS) / GIBI


def states(x):
    assert x["bytes_per_param"] == 18
    return memory(x).states / GIBI


def zero(stage):
    """ZeRO's own account keeps 2-byte gradients."""
    return lambda x: (
        training_memory.zero_states(x["P"], x.get("dp", 1), stage, gradient_bytes=2) / GIGA
    )


def share(x):
    """Of the peak: the hours of a second's FLOP at full speed, over that second."""
    return chip_hours(x["tflops"], 1.0, x["peak"]) * HOUR


def whole_run(x):
    return chip_hours(x["flop"], 1.0, x["peak"]) / x["gpu_hours"]


def gpt_mfu(x):
    """The paper counts all scores, those of later tokens too."""
    flop = token_flop.training_flop_per_token(gpt(x), x["s"], causal=False)
    hours = chip_hours(flop * x["batch"] * x["s"], 1.0, x["peak"])
    return hours * HOUR / (x["seconds"] * x["gpus"])


def palm_mfu(x):
    palm = gpt({"L": x["L"], "h": x["H"] * x["Q"], "heads": x["H"]})
    core = token_flop.attention_core_flop_per_token(palm, x["T"], causal=False)
    flop = six_nd(x["N"], x["tokens_per_s"]) + 3 * core * x["tokens_per_s"]
    return chip_hours(flop, 1.0, x["peak"]) * HOUR / x["chips"]


def hours_per_trillion(x):
    """At the utilisation of the whole run, whatever a token's FLOP and the peak."""
    mfu = chip_hours(x["tokens"], 1.0, PETA) / x["gpu_hours"]
    return chip_hours(TERA, mfu, PETA)


def redone_days(x):
    flop = six_nd(x["P"], x["T"]) * hfu_over_mfu()
    return chip_hours(flop, 1.0, x["X"]) * HOUR / DAY / x["n"]


def shape(x):
    if "kv_rank" in x:
        return deepseek(x)
    kv_heads = x.get("kv", x["heads"])
    return transformer(
        layers=x["L"],
        hidden=x["h"],
        heads=x["heads"],
        kv_heads=kv_heads,
        ffn=x["ff"],
        vocab=x["V"],
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
    return change_per_doubling(before, after, x["scale"][1] / x["scale"][0])


QUANTITIES = {
    "34 s b h L/t x (1+(p-1)/(pv) if v>1)": fused,
    "12 L h^2 x 18/(t p)": states,
    "stage 2: 2P + 14P/64": zero(2),
    "stage 3: 16P/64": zero(3),
    "share of peak (HFU)": share,
    "share of FP4 peak": share,
    "MFU": share,
    "MFU causal": share,
    "8 T P/(n X)": redone_days,
    "MFU = 72 B s l h^2 (1+s/6h+V/12lh)/(t n peak)": gpt_mfu,
    "training days": lambda x: chip_hours(x["tokens"], 1.0, x["rate"]) * HOUR / DAY,
    "MFU x goodput over the whole run": whole_run,
    "MFU = R (6N+12LHQT)/(n peak)": palm_mfu,
    "GPU-hours per trillion tokens": hours_per_trillion,
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
DOCUMENTED = {
    "s b h L (10+24/t+5as/(ht)) x (1+(p-1)/(pv) if v>1)": unfused,
    "aggregate": lambda x: x["tflops"] * x["gpus"] * TERA / PETA,
    "tokens per second": lambda x: x["batch"] * x["s"] / x["seconds"],
    "days per trillion tokens": lambda x: x["gpu_hours_per_T"] * HOUR / DAY / x["gpus"],
    "relative MFU change per doubling of chips (fixed batch)": change,
}
"""Arithmetic of the publications, which no code of the program computes."""


def test_every_area_has_checks():
    assert {check.area for check in CHECKS} == AREAS
    assert {check.quantity for check in CHECKS} == QUANTITIES.keys() | DOCUMENTED.keys()


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_published_value(check):
    assert (QUANTITIES | DOCUMENTED)[check.quantity](check.inputs) == check.expected


def test_zero_stage_one_shards_the_optimiser_alone():
    assert zero(1)({"P": 7.5e9, "dp": 64}) == pytest.approx(4 * 7.5 + 12 * 7.5 / 64)
    assert zero(0)({"P": 7.5e9}) == pytest.approx(16 * 7.5)
