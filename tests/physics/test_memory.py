from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.catalogue.store import shipped
from frontiercost.physics.arrays import stacked
from frontiercost.physics.layer_load import layer_work_of
from frontiercost.physics.parallel_plan import FULL, NONE, SELECTIVE, Plan
from frontiercost.physics.training_machine import machine_of, software_of
from frontiercost.physics.training_memory import fits, memory, states
from shapes import transformer

RATES = shipped().constants("training_rates")
SOFTWARE = software_of(RATES)
H100 = machine_of(shipped().chip("h100-sxm"), "bf16", RATES)
LLAMA_405B = transformer(
    layers=126, hidden=16384, heads=128, kv_heads=8, head_dim=128, ffn=53248, vocab=128256
)
LOAD = layer_work_of(LLAMA_405B, 8192)
WAYS = st.sampled_from([1, 2, 4, 8])
PLANS = st.builds(
    Plan,
    tensor=WAYS,
    pipeline=st.sampled_from([1, 2, 6, 16]),
    data=st.sampled_from([1, 8, 64]),
    virtual=WAYS,
    context=WAYS,
    zero=st.sampled_from([1, 2, 3]),
    micro_batch=WAYS,
    recompute=st.sampled_from([NONE, SELECTIVE, FULL]),
)


def used(plan, machine=H100, sequences=2048):
    return memory(LOAD, plan, machine, SOFTWARE, sequences)


@given(plans=st.lists(PLANS, min_size=1, max_size=5))
def test_one_plan_and_many_use_the_same_memory(plans):
    together = used(stacked(plans))
    for i, plan in enumerate(plans):
        alone = used(plan)
        for field in fields(alone):
            column = np.broadcast_to(getattr(together, field.name), len(plans))
            assert getattr(alone, field.name) == pytest.approx(column[i])


@given(plan=PLANS)
def test_every_way_of_sharding_saves_memory(plan):
    assert used(replace(plan, tensor=16)).total < used(plan).total
    assert states(LOAD, replace(plan, zero=2)) <= states(LOAD, replace(plan, zero=1))
    assert used(replace(plan, recompute=FULL)).activations < used(plan).activations or (
        plan.recompute == FULL
    )
    assert used(replace(plan, micro_batch=8)).total >= used(plan).total


@given(plan=PLANS)
def test_narrow_formats_keep_smaller_activations(plan):
    fp8 = machine_of(shipped().chip("h100-sxm"), "fp8", RATES)
    assert used(plan, fp8).activations <= used(plan).activations


def test_the_published_plan_of_llama_405b_fits_and_one_without_sharding_does_not():
    published = Plan(tensor=8, pipeline=16, data=64, virtual=8, zero=2, recompute=SELECTIVE)
    assert fits(used(published), H100, SOFTWARE)
    assert not fits(used(replace(published, tensor=1)), H100, SOFTWARE)
    assert 55e9 < used(published).total < 80e9


def test_states_of_a_dense_model_are_eighteen_bytes_a_parameter():
    params = LOAD.layers * LOAD.dense_params + 2 * LOAD.embedding_params
    assert states(LOAD, Plan(tensor=1, pipeline=1, data=1)) == pytest.approx(18 * params)
