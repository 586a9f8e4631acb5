"""Post-training's machine work: identities, published shares, and what waits for what."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import InputError
from frontiercost.physics import posttraining_step
from frontiercost.physics.bulk_sampling import (
    RLMachine,
    Rollouts,
    length_scale,
    sampling,
    still_writing,
    stream_seconds,
)
from frontiercost.physics.layer_load import layer_work_of
from frontiercost.physics.model_shape import matmul_params, shape_of, total_params
from frontiercost.physics.number_formats import formats_on
from frontiercost.physics.plan_search import best_steps, training_step
from frontiercost.physics.posttraining_step import Layout, Recipe, rl_step
from frontiercost.physics.training_machine import machine_of, software_of
from frontiercost.physics.training_method import EVERY_WEIGHT, Method, adapter_params

LLAMA = shape_of(shipped().model("llama-3.1-8b"))
LARGER = shape_of(shipped().model("llama-3.1-70b"))
LARGE = shape_of(shipped().model("llama-3.1-405b"))
ADAPTERS = Method(name="lora")
DEEPSEEK = shape_of(shipped().model("deepseek-v3"))
RATES = shipped().constants("training_rates")
ROLLOUTS = Rollouts(count=2048, prompt=100, response=1000, longest=4096)
RATE = 32e9


def work(chip="h100-sxm"):
    chip = shipped().chip(chip)
    return RLMachine(
        chip=chip,
        machine=machine_of(chip, "bf16", RATES),
        software=software_of(RATES),
        rates=shipped().constants("serving_rates"),
        formats=formats_on(chip, "bf16", "bf16", "bf16"),
    )


def layout(chips=16, **changes):
    return Layout(chips=chips, transfer_rate=RATE, **changes)


# --- lengths --------------------------------------------------------------------------------------


@given(st.floats(min_value=10, max_value=5e4), st.floats(min_value=1.02, max_value=40))
def test_the_mean_of_cut_lengths_is_the_one_given(mean, ratio):
    """Integrated numerically: the mean of min(X, c) is the integral of the survival function."""
    rollouts = replace(ROLLOUTS, response=mean, longest=ratio * mean)
    tokens = np.linspace(0, rollouts.longest, 20_001)
    found = np.trapezoid(still_writing(tokens, rollouts), tokens)
    assert found == pytest.approx(mean, rel=1e-3)


def test_without_a_near_limit_the_scale_is_the_mean():
    assert length_scale(100, 1e5) == pytest.approx(100, rel=1e-3)
    assert length_scale(100, 101) > 1000


# --- sampling -------------------------------------------------------------------------------------


@given(st.floats(min_value=200, max_value=3000), st.floats(min_value=1.05, max_value=3))
def test_longer_answers_take_longer(response, more):
    short, long = (
        replace(ROLLOUTS, response=length, longest=4 * length)
        for length in (response, more * response)
    )
    one, other = (sampling(LLAMA, each, 16, work()).batch_seconds.min() for each in (short, long))
    assert other > one


def test_a_tail_makes_a_batch_slower_than_a_stream():
    """With the limit at four times the mean, the last answers run nearly alone."""
    found = sampling(LLAMA, ROLLOUTS, 16, work())
    assert found.batch_seconds.min() > 1.2 * found.flow_seconds.min()
    level = replace(ROLLOUTS, longest=1001)
    even = sampling(LLAMA, level, 16, work())
    assert even.batch_seconds.min() < found.batch_seconds.min()


def test_more_chips_shorten_sampling_less_than_in_proportion():
    few, many = (sampling(LLAMA, ROLLOUTS, n, work()).batch_seconds.min() for n in (16, 64))
    assert few / 4 < many < few


def test_a_stream_of_more_answers_costs_in_proportion():
    many = replace(ROLLOUTS, count=1e6)
    double = replace(ROLLOUTS, count=2e6)
    one, other = (stream_seconds(LLAMA, each, 8, work()) for each in (many, double))
    assert other == pytest.approx(2 * one, rel=1e-3)


def test_a_model_beyond_one_server_is_sampled_by_several():
    found = sampling(DEEPSEEK, replace(ROLLOUTS, count=512), 256, work())
    assert found.chips.min() > 16
    with pytest.raises(InputError, match="a sampler needs at least"):
        sampling(DEEPSEEK, ROLLOUTS, 8, work())


# --- passes ---------------------------------------------------------------------------------------


def test_published_reference_passes_lie_below_the_third_they_should_be():
    """Caching reference log-probabilities over DPO training: 0.27, 0.29, 0.29 in three runs."""
    trained = posttraining_step.supervised_flop(LLAMA, 700)
    reference = posttraining_step.preference_flop(LLAMA, 700) - trained
    assert reference / trained == pytest.approx(1 / 3)
    assert posttraining_step.preference_flop(LLAMA, 700, reference=False) == trained


def test_adapters_spare_the_gradients_of_the_weights_and_nothing_of_attention():
    """2 of 6 N: what is left is 4 N, three passes of attention, and below 1 % of adapters."""
    full, lora = (
        posttraining_step.supervised_flop(LLAMA, 4096, method)
        for method in (EVERY_WEIGHT, ADAPTERS)
    )
    spared = 2 * (matmul_params(LLAMA) - 3 * adapter_params(LLAMA, ADAPTERS))
    assert full - lora == pytest.approx(spared)
    assert 0.66 < lora / full < 0.70


def test_short_examples_one_at_a_time_use_a_chip_badly():
    short, long = (
        posttraining_step.supervised_mfu(LLAMA, length, 128, 64, work()) for length in (500, 16_384)
    )
    assert short < 0.5 * long
    together = posttraining_step.supervised_mfu(LLAMA, 500, 128, 64, work(), at_once=2)
    assert together > 1.5 * short


# --- one RL step ----------------------------------------------------------------------------------


def test_weights_of_tulu_405b_reach_the_samplers_in_25_seconds():
    """Ai2: 810 GB of BF16 weights, 25 s."""
    small = replace(ROLLOUTS, count=256, response=300, longest=1024)
    step = rl_step(
        LARGE, small, Recipe(), layout(256, mode="split-synchronous", sampling_chips=16), work()
    )
    assert 2 * total_params(LARGE) == pytest.approx(810e9, rel=0.01)
    assert step.transfer == pytest.approx(25, rel=0.02)


def test_synchronous_phases_add_and_split_ones_overlap():
    together = rl_step(LLAMA, ROLLOUTS, Recipe(), layout(), work())
    assert together.seconds == pytest.approx(
        together.generation + together.reading + together.update + together.transfer
    )
    split = rl_step(LLAMA, ROLLOUTS, Recipe(), layout(mode="split", sampling_chips=8), work())
    assert split.seconds == pytest.approx(
        max(split.generation, split.reading + split.update) + split.transfer
    )
    waiting = rl_step(
        LLAMA, ROLLOUTS, Recipe(), layout(mode="split-synchronous", sampling_chips=8), work()
    )
    assert waiting.seconds > split.seconds


def test_the_best_split_is_no_slower_than_any_other():
    best = rl_step(LLAMA, ROLLOUTS, Recipe(), layout(mode="split"), work())
    for samplers in (4, 8, 12):
        other = rl_step(
            LLAMA, ROLLOUTS, Recipe(), layout(mode="split", sampling_chips=samplers), work()
        )
        assert best.seconds <= other.seconds


def test_a_stream_beats_a_barrier():
    """AReaL reports 2.3 to 2.8 times, verl 1.9 to 2.7 for long answers with a long tail."""
    long = replace(ROLLOUTS, count=8192, response=2000, longest=28_672)
    colocated = rl_step(LLAMA, long, Recipe(), layout(64), work())
    stream = rl_step(LLAMA, long, Recipe(), layout(64, mode="stream"), work())
    assert 1.1 < colocated.seconds / stream.seconds < 3


def test_readings_epochs_and_critic_scale_their_terms():
    plain = rl_step(LLAMA, ROLLOUTS, Recipe(readings=1), layout(), work())
    more = rl_step(LLAMA, ROLLOUTS, Recipe(readings=2, epochs=4), layout(), work())
    assert plain.update / plain.reading == pytest.approx(3)
    assert more.reading == pytest.approx(2 * plain.reading)
    assert more.update == pytest.approx(4 * plain.update)
    critic = rl_step(LLAMA, ROLLOUTS, Recipe(readings=1, critic=1.0), layout(), work())
    assert critic.reading == pytest.approx(2 * plain.reading)
    assert critic.update == pytest.approx(2 * plain.update)


def test_filtered_groups_are_sampled_and_not_trained():
    half = replace(ROLLOUTS, trained_share=0.5)
    all_of, kept = (rl_step(LLAMA, each, Recipe(), layout(), work()) for each in (ROLLOUTS, half))
    batch = rl_step(LLAMA, replace(ROLLOUTS, count=1024), Recipe(), layout(), work())
    assert kept.generation == pytest.approx(2 * batch.generation)
    assert kept.generation > all_of.generation
    assert kept.update == pytest.approx(all_of.update / 2, rel=0.2)
    assert posttraining_step.sampled_groups(512, 1 / 3) == pytest.approx(1536)


def test_flop_of_a_token_are_ten_per_parameter():
    """2 to sample, 2 to read under the old policy, 6 to train: the rule of thumb 10 N D."""
    sampled, trained = posttraining_step.rl_flop_per_token(LLAMA, ROLLOUTS, Recipe(readings=1))
    assert sampled + trained == pytest.approx(10 * total_params(LLAMA), rel=0.1)


def test_reinforcement_fits_with_adapters_or_an_optimiser_in_the_host_where_it_does_not_in_full():
    with pytest.raises(InputError, match="the least any plan needs"):
        rl_step(LARGER, ROLLOUTS, Recipe(), layout(8), work())
    adapters = rl_step(LARGER, ROLLOUTS, Recipe(method=ADAPTERS), layout(8), work())
    offloaded = rl_step(
        LARGER, ROLLOUTS, Recipe(method=Method(optimizer="offloaded")), layout(8), work()
    )
    assert adapters.update < offloaded.update
    assert adapters.transfer < 0.01 * offloaded.transfer


def test_a_teacher_and_a_pretraining_mix_come_on_top():
    bare = posttraining_step.rl_seconds(LLAMA, ROLLOUTS, Recipe(), layout(), work())
    taught = posttraining_step.rl_seconds(
        LLAMA, ROLLOUTS, Recipe(), layout(), work(), teacher=LLAMA
    )
    mixed = posttraining_step.rl_seconds(LLAMA, ROLLOUTS, Recipe(), layout(), work(), mix=8)
    step = rl_step(LLAMA, ROLLOUTS, Recipe(), layout(), work())
    assert taught - bare == pytest.approx(step.reading, rel=0.1)
    assert mixed - bare == pytest.approx(8 * step.update)
    assert math.isfinite(mixed)


# --- what is trained ------------------------------------------------------------------------------


def least_memory(arch, method, length=512, chip="h200"):
    """Bytes of the plan that needs least on one chip."""
    machine = replace(work(chip).machine, memory=1e13)
    load = layer_work_of(arch, length, method)
    plan = {"recompute": 2, "zero": 2, "optimiser_bytes": method.optimiser_bytes}
    found = best_steps(load, 1, 1, machine, software_of(RATES), plan)
    return found[0].memory.total


@pytest.mark.parametrize(
    ("arch", "method", "length", "measured"),
    [
        (LLAMA, ADAPTERS, 4096, 23.9e9),
        (LLAMA, Method(name="lora", rank=64), 4096, 24.6e9),
        (LLAMA, Method(name="qlora"), 4096, 13.6e9),
        (LLAMA, Method(name="qlora"), 512, 7.1e9),
        (LARGER, Method(name="qlora"), 4096, 53.8e9),
    ],
)
def test_memory_of_adapters_is_the_measured_one_within_a_fifth(arch, method, length, measured):
    """Own measurement on one H200, recomputing layers."""
    assert least_memory(arch, method, length) == pytest.approx(measured, rel=0.2)


def test_each_lighter_method_needs_less():
    methods = (
        EVERY_WEIGHT,
        Method(optimizer="adamw-8bit"),
        ADAPTERS,
        Method(name="qlora"),
    )
    used = [least_memory(LLAMA, method) for method in methods]
    assert used == sorted(used, reverse=True)
    params = total_params(LLAMA)
    assert used[0] - used[1] == pytest.approx(10 * params, rel=0.01)
    offloaded = least_memory(LLAMA, Method(optimizer="offloaded"))
    assert used[0] - offloaded == pytest.approx(14 * params, rel=0.01)


@pytest.mark.parametrize(
    ("rank", "params"), [(16, 41_943_040), (64, 167_772_160)], ids=["rank 16", "rank 64"]
)
def test_adapters_of_an_8b_have_the_parameters_that_were_counted(rank, params):
    """Own measurement: all seven matrices of 32 layers."""
    assert adapter_params(LLAMA, Method(name="lora", rank=rank)) == params


def test_a_packed_token_attends_within_its_example_alone():
    whole, packed = (
        posttraining_step.supervised_mfu(LLAMA, 32_768, 64, 8, work(), attended=attended)
        / posttraining_step.supervised_flop(LLAMA, attended or 32_768)
        for attended in (None, 500)
    )
    assert packed > 1.3 * whole


@given(st.floats(min_value=1, max_value=8), st.sampled_from([64, 600, 4096]))
def test_a_faster_chip_never_takes_longer_for_adapters(times, length):
    usual = work()
    software = replace(usual.software, adapter_launches=2e-3)
    machine = usual.machine
    faster = replace(
        machine,
        peak=times * machine.peak,
        peak_bf16=times * machine.peak_bf16,
        memory_bandwidth=times * machine.memory_bandwidth,
    )
    plan = {"tensor": 1, "pipeline": 1, "context": 1, "micro_batch": 1}
    asked = (LLAMA, length, 16 * length, 1)
    slow, fast = (
        training_step(*asked, chip, software, plan, 0, ADAPTERS).chip_seconds_per_token
        for chip in (machine, faster)
    )
    assert fast <= slow * (1 + 1e-9)
