"""Times of served models: identities, monotone answers, and what architecture does to them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.catalogue.store import shipped
from frontiercost.physics import forward_pass, serving_queue
from frontiercost.physics.model_shape import shape_of

MACHINE = forward_pass.ServingMachine(
    peak=1979e12,
    expert_peak=1979e12,
    peak_bf16=989e12,
    memory_bandwidth=3.35e12,
    link_bandwidth=450e9,
    network_bandwidth=5e10,
    domain=8.0,
    gemm_rate=0.7,
    expert_rate=0.6,
    weight_share=0.8,
    attention_rate=0.5,
)
SOFTWARE = forward_pass.ServingSoftware(
    cache_share=0.75,
    short_keys=1000,
    narrow_head=0.7,
    narrow_width=200,
    imbalance=0.1,
    elementwise_passes=12,
    layer_overhead=2e-5,
    expert_overhead=1e-5,
    link_share=0.6,
    link_latency=3e-6,
    step_overhead=5e-4,
    sequence_overhead=1e-5,
)
SERVER = forward_pass.Deployment(tensor=8.0)
LENGTHS = st.floats(min_value=128, max_value=1e6)
BATCHES = st.floats(min_value=1, max_value=512)


def arch(name):
    return shape_of(shipped().model(name))


LLAMA, DEEPSEEK, SPARSE = arch("llama-3.1-70b"), arch("deepseek-v3"), arch("deepseek-v3.2")


def seconds(work, deployment=SERVER, **changed):
    software = replace(SOFTWARE, **changed)
    return forward_pass.pass_time(work, deployment, MACHINE, software)


@given(BATCHES, LENGTHS)
def test_a_step_takes_at_least_its_bytes_and_its_flop(batch, context):
    for model in (LLAMA, DEEPSEEK):
        took = seconds(forward_pass.decode(model, batch, context))
        work = forward_pass.decode(model, batch, context)
        ways = min(8, work.kv_heads)
        cache = work.cache_elements / ways / (MACHINE.memory_bandwidth * SOFTWARE.cache_share)
        assert took.attention >= cache * (1 - 1e-9)
        weights = work.dense_params / 8 / (MACHINE.memory_bandwidth * MACHINE.weight_share)
        assert took.gemm >= weights * (1 - 1e-9)


@given(BATCHES, LENGTHS, st.floats(min_value=1, max_value=4))
def test_more_sequences_or_a_longer_context_are_never_faster(batch, context, more):
    for model in (LLAMA, DEEPSEEK, SPARSE):
        here = seconds(forward_pass.decode(model, batch, context)).total
        assert seconds(forward_pass.decode(model, batch * more, context)).total >= here * (1 - 1e-9)
        assert seconds(forward_pass.decode(model, batch, context * more)).total >= here * (1 - 1e-9)


def test_arrays_give_what_floats_give():
    contexts = np.array([1e3, 1e4, 1e5])
    together = seconds(forward_pass.decode(LLAMA, 16.0, contexts)).total
    each = [seconds(forward_pass.decode(LLAMA, 16.0, context)).total for context in contexts]
    assert together == pytest.approx(each)


def test_a_long_prompt_costs_its_square():
    """From 128k to 1M tokens the attention of a prefill grows 64-fold, the products 8-fold."""
    short, long = (seconds(forward_pass.prefill(LLAMA, 1.0, 131_072.0 * k)) for k in (1, 8))
    assert long.attention / short.attention == pytest.approx(64, rel=0.02)
    assert long.gemm / short.gemm == pytest.approx(8, rel=0.01)


def test_prefill_of_llama_70b_reaches_its_flop():
    """2 N s FLOP at 70 % of the FP8 peak of eight H100, 8k tokens: attention left out."""
    took = seconds(forward_pass.prefill(LLAMA, 1.0, 8192.0))
    params = forward_pass.prefill(LLAMA, 1.0, 8192.0).dense_params
    assert took.gemm == pytest.approx(2 * params * 8192 / (8 * 0.7 * 1979e12), rel=0.01)


def test_a_latent_cache_is_small_but_every_chip_reads_it_whole():
    """DeepSeek-V3: 576 elements a layer and token; tensor ways do not divide them."""
    work = forward_pass.decode(DEEPSEEK, 1.0, 1000.0)
    assert work.cache_elements == DEEPSEEK.layers * 576 * 1000
    assert work.kv_heads == 1
    long = forward_pass.decode(DEEPSEEK, 64.0, 1e5)
    whole = long.cache_elements / (MACHINE.memory_bandwidth * SOFTWARE.cache_share)
    for ways in (1.0, 8.0):
        assert seconds(long, forward_pass.Deployment(tensor=ways)).attention >= whole


def test_sparse_attention_stops_growing_but_for_its_indexer():
    dense, sparse = (
        seconds(forward_pass.decode(model, 8.0, 1e6)).attention for model in (DEEPSEEK, SPARSE)
    )
    assert sparse < dense / 4


def test_experts_touched_runs_from_the_chosen_to_all():
    work = forward_pass.decode(DEEPSEEK, 1.0, 1000.0)
    assert forward_pass.experts_touched(work, 1.0) == pytest.approx(8)
    assert forward_pass.experts_touched(work, 1e4) == pytest.approx(256)


def test_data_parallel_attention_trades_all_reduces_for_exchanges():
    tensor = seconds(forward_pass.decode(DEEPSEEK, 256.0, 4096.0), replace(SERVER, expert=8.0))
    spread = forward_pass.Deployment(tensor=1.0, data=8.0, expert=8.0)
    data = seconds(forward_pass.decode(DEEPSEEK, 32.0, 4096.0), spread)
    assert data.attention < tensor.attention
    assert data.gemm > tensor.gemm


# --- under load -------------------------------------------------------------------------------


def test_alone_nothing_interferes():
    assert serving_queue.token_time(0.01, 0.1, 0.0, 100, 0.8) == 0.01
    assert serving_queue.first_token_time(0.01, 0.1, 1, 0.0, 0.02, 0.1, 0.5) == pytest.approx(0.13)


@given(st.floats(min_value=1, max_value=500), st.floats(min_value=1.01, max_value=4))
def test_more_users_wait_longer(users, more):
    def times(n):
        per_token = serving_queue.token_time(0.01, 0.1, n, 500, 0.8)
        load = serving_queue.prompt_load(0.1, n, 500, per_token, 0.8)
        return serving_queue.first_token_time(0.01, 0.1, n, load, 0.02, 0.1, 0.5), per_token

    assert times(users * more) > times(users)
    assert 0 <= serving_queue.prompt_load(0.1, users, 500, times(users)[1], 0.8) < 1


def test_little_s_law():
    assert serving_queue.request_rate(64, 1.0, 0.02, 450) == pytest.approx(64 / 10)
