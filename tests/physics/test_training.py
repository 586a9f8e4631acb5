from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import InputError
from frontiercost.physics.arrays import stacked
from frontiercost.physics.blocks.mixture import Mixture
from frontiercost.physics.layer_load import layer_work_of
from frontiercost.physics.parallel_plan import FULL, NONE, SELECTIVE, Plan
from frontiercost.physics.training_machine import (
    Machine,
    machine_of,
    novelty,
    precision_family,
    software_of,
)
from frontiercost.physics.training_step import step_time
from shapes import transformer

RATES = shipped().constants("training_rates")
SOFTWARE = software_of(RATES)
H100 = machine_of(shipped().chip("h100-sxm"), "bf16", RATES)
DENSE = layer_work_of(
    transformer(
        layers=96, hidden=12288, heads=96, kv_heads=96, head_dim=128, ffn=49152, vocab=51200
    ),
    2048,
)
MIXTURE = layer_work_of(
    transformer(
        layers=48,
        hidden=4096,
        heads=32,
        kv_heads=8,
        head_dim=128,
        vocab=128000,
        feed_forwards=(Mixture(count=48, experts=64, experts_per_token=8, width=2048),),
    ),
    32768,
)
LOADS = st.sampled_from([DENSE, MIXTURE])
WAYS = st.sampled_from([1, 2, 4, 8])
PLANS = st.builds(
    Plan,
    tensor=WAYS,
    pipeline=WAYS,
    data=st.sampled_from([4, 32]),
    virtual=WAYS,
    context=WAYS,
    expert=st.sampled_from([1, 4, 64]),
    zero=st.sampled_from([1, 2, 3]),
    micro_batch=WAYS,
    recompute=st.sampled_from([NONE, SELECTIVE, FULL]),
)
BATCH = 1536
COMPUTING = ("gemm", "experts", "head", "attention", "elementwise", "overhead", "recompute")
NOT_SPEEDS = ("memory", "operand_bytes", "novelty")
FASTER = [f.name for f in fields(Machine) if f.name not in NOT_SPEEDS]


def step(load, plan, machine=H100, sequences=BATCH, software=SOFTWARE):
    return step_time(load, plan, machine, software, sequences)


@given(load=LOADS, plans=st.lists(PLANS, min_size=1, max_size=5))
def test_one_plan_and_many_take_the_same_time(load, plans):
    together = step(load, stacked(plans))
    for i, plan in enumerate(plans):
        alone = step(load, plan)
        for field in fields(alone):
            column = np.broadcast_to(getattr(together, field.name), len(plans))
            assert getattr(alone, field.name) == pytest.approx(column[i])


@given(load=LOADS, plan=PLANS)
def test_terms_are_times_and_add_up(load, plan):
    terms = step(load, plan)
    parts = [getattr(terms, field.name) for field in fields(terms)]
    assert min(parts) >= 0
    assert terms.total == pytest.approx(sum(parts))
    assert terms.gemm > 0


@given(load=LOADS, plan=PLANS, name=st.sampled_from(FASTER), factor=st.floats(1.01, 10))
def test_a_better_machine_is_never_slower(load, plan, name, factor):
    better = replace(H100, **{name: getattr(H100, name) * factor})
    assert step(load, plan, better).total <= step(load, plan).total * (1 + 1e-12)


@given(load=LOADS, plan=PLANS)
def test_h800_differs_from_h100_only_through_its_links(load, plan):
    h800 = machine_of(shipped().chip("h800-sxm"), "bf16", RATES)
    as_h100 = replace(
        h800, scaleup_bandwidth=H100.scaleup_bandwidth, peak=H100.peak, peak_bf16=H100.peak_bf16
    )
    assert as_h100 == H100
    cut = replace(H100, scaleup_bandwidth=h800.scaleup_bandwidth)
    slower, before = step(load, plan, cut), step(load, plan)
    for name in (*COMPUTING, "optimiser", "imbalance"):
        assert getattr(slower, name) == getattr(before, name)
    assert slower.total >= before.total


@given(load=LOADS, plan=PLANS)
def test_twice_the_chips_cost_more_chip_hours_only_by_communication(load, plan):
    doubled = replace(plan, data=2 * plan.data)
    before, after = step(load, plan), step(load, doubled, sequences=2 * BATCH)
    for name in (*COMPUTING, "imbalance"):
        assert getattr(after, name) == pytest.approx(getattr(before, name))
    traffic = [f.name for f in fields(after) if f.name.endswith("_traffic")]
    rest = (*traffic, "optimiser", "stragglers", "bubble")
    grown = sum(getattr(after, name) - getattr(before, name) for name in rest)
    assert after.total - before.total == pytest.approx(grown, abs=1e-6 * before.total)


@given(load=LOADS, plan=PLANS)
def test_computing_more_takes_longer(load, plan):
    full, none = replace(plan, recompute=FULL), replace(plan, recompute=NONE)
    assert step(load, full).total > step(load, none).total
    assert step(load, plan, sequences=2 * BATCH).total > step(load, plan).total


def test_unfused_attention_costs_more_and_most_for_small_models():
    plan = Plan(tensor=1, pipeline=1, data=32, micro_batch=1)
    unfused = replace(SOFTWARE, attention_speed=0.5, score_passes=5.5)
    small = layer_work_of(
        transformer(
            layers=24, hidden=2304, heads=24, kv_heads=24, head_dim=96, ffn=9216, vocab=51200
        ),
        2048,
    )
    shares = [
        step(load, plan, software=unfused).attention / step(load, plan, software=unfused).total
        for load in (small, DENSE)
    ]
    assert shares[0] > 2 * shares[1] > 0


def test_fp8_speeds_up_layers_and_not_the_head_or_attention():
    fp8 = machine_of(shipped().chip("h100-sxm"), "fp8", RATES)
    plan = Plan(tensor=8, pipeline=1, data=32)
    before, after = step(DENSE, plan), step(DENSE, plan, fp8)
    assert 0.4 < after.gemm / before.gemm < 0.6
    assert after.head == before.head
    assert after.attention == before.attention
    assert after.elementwise > before.elementwise


def test_every_training_chip_makes_a_machine():
    for name in ("v100", "a100-80g", "h200", "gb300-nvl72", "mi300x", "tpu-v5p", "tpu-v7"):
        machine = machine_of(shipped().chip(name), "bf16", RATES, "2026-01")
        assert all(getattr(machine, field.name) > 0 for field in fields(machine))
    assert machine_of(shipped().chip("gb300-nvl72"), "nvfp4", RATES).operand_bytes == 0.5


def test_precisions_by_their_recipe():
    assert [precision_family(p) for p in ("bf16", "fp16", "mxfp8", "fp8-cs", "nvfp4")] == [
        "bf16",
        "bf16",
        "fp8",
        "fp8",
        "fp4",
    ]
    with pytest.raises(InputError, match="int3"):
        precision_family("int3")
    with pytest.raises(InputError, match="no fp8 units"):
        machine_of(shipped().chip("a100-80g"), "fp8", RATES)


def test_a_chip_is_new_when_it_comes_out_and_half_as_new_a_year_later():
    assert novelty("2025-02-15", "2025-02") == 1
    assert novelty("2025-02-15", "2026-02") == pytest.approx(0.5)
    assert novelty("2025-02-15", "2024-11") == 1
    assert novelty("", "2026-02") == novelty("2025-02", "") == 0


def test_mixtures_alone_wait_for_the_kernels_of_a_new_chip():
    plan = Plan(tensor=1, pipeline=1, data=64, expert=8)
    new = replace(H100, novelty=1.0)
    assert step(DENSE, plan, new).total == step(DENSE, plan).total
    for name in COMPUTING:
        old, young = (getattr(step(MIXTURE, plan, machine), name) for machine in (H100, new))
        assert young == pytest.approx(SOFTWARE.young_mixture * old)


def test_four_bits_gain_less_than_their_peak_because_they_are_quantised_more():
    chip, plan = shipped().chip("gb200-nvl72"), Plan(tensor=4, pipeline=8, data=4)
    fp8, fp4 = (machine_of(chip, precision, RATES) for precision in ("fp8", "fp4"))
    gain = step(DENSE, plan, fp8).elementwise / step(DENSE, plan, fp4).elementwise
    assert gain < 1
    assert step(DENSE, plan, fp4).gemm < step(DENSE, plan, fp8).gemm
