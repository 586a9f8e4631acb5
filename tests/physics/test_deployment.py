"""Deployments of served models: which fit, how fast and how cheap; and MLPerf, never fitted to."""

import csv
import math
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import InputError
from frontiercost.physics import forward_pass, serving_queue
from frontiercost.physics import serving_machine as deploy
from frontiercost.physics.model_shape import shape_of
from frontiercost.physics.number_formats import formats_on
from frontiercost.physics.serving_choice import cheapest, frontier, fullest, in_time
from frontiercost.physics.serving_deployment import served
from frontiercost.physics.serving_memory import (
    Request,
    cache_tokens,
    replica_memory,
    room_on,
    weight_memory,
)

CATALOGUE = shipped()
RATES = CATALOGUE.constants("serving_rates")
CHAT = Request(prompt=1000, output=300)
# mean tokens of MLPerf's data sets, approximate: OpenOrca; LongBench and others; OpenOrca, GSM8K
# and MBXP; mathematics and code with reasoning; CNN/DailyMail
MLPERF_LENGTHS = {
    "llama-2-70b": (294, 300),
    "llama-3.1-405b": (9428, 684),
    "mixtral-8x7b": (300, 145),
    "deepseek-v3": (800, 3880),
    "llama-3.1-8b": (778, 73),
}


def arch(name):
    return shape_of(CATALOGUE.model(name))


def found(model="llama-3.1-70b", chip="h100-sxm", request=CHAT, precision="fp8", largest=8, **more):
    shape, machine = arch(model), CATALOGUE.chip(chip)
    dense = "bf16" if shape.experts and precision == "nvfp4" else precision
    cache = "bf16" if precision == "bf16" else "fp8"
    formats = formats_on(machine, dense, precision, cache)
    return served(shape, request, machine, formats, RATES, largest=largest, **more)


def least(served_):
    return float(served_.chip_seconds.min())


# --- what fits --------------------------------------------------------------------------------


def test_405b_in_bf16_does_not_fit_on_eight_h100_and_the_reason_is_said():
    with pytest.raises(InputError, match=r"8 h100-sxm: .* at least \d+ GB a chip, and 73 GB"):
        found("llama-3.1-405b", precision="bf16")
    assert found("llama-3.1-405b", precision="fp8").deployment.chips.min() == 8


def test_a_smaller_format_fits_on_fewer_chips():
    chips = [found(precision=p).deployment.chips.min() for p in ("bf16", "fp8", "nvfp4")]
    assert chips == [2, 2, 1]


def test_memory_of_a_replica_by_hand():
    """Llama 3.1 70B in FP8 on eight chips: 68.4 GB of weights, 2.1 GB of embeddings and head each
    in BF16, 16 requests of 1,300 tokens at 160 KB."""
    eight = forward_pass.Deployment(tensor=8.0, weight_bytes=1.0, cache_bytes=1.0)
    used = replica_memory(arch("llama-3.1-70b"), eight, 16.0, CHAT)
    weights = 70.55e9 - 2 * 128256 * 8192
    embeddings = 2 * 2 * 128256 * 8192
    cache = 16 * 1300 * 163_840
    assert used == pytest.approx((weights + embeddings + cache) / 8, rel=0.02)


def test_a_chip_holds_what_its_makers_tool_shows_less_what_engines_leave():
    """81,559 MiB of an H100; vLLM takes 90 % of it, of which 4 GB are for activations."""
    assert room_on(CATALOGUE.chip("h100-sxm")) == pytest.approx(0.85 * 81_559 * 2**20)
    assert room_on(CATALOGUE.chip("mac-studio-m3-ultra")) == pytest.approx(0.70 * 512e9)


def test_seventy_billion_in_four_bits_on_two_cards_at_home():
    """Measured on two RTX 4090 in Q4_K_M, a file of 43.1 GB (llama.cpp, tools/quantize)."""
    card = CATALOGUE.chip("rtx4090")
    formats = formats_on(card, "q4_k_m", "q4_k_m", "bf16")
    two = forward_pass.Deployment(tensor=2.0, **formats.sizes)
    assert 2 * weight_memory(arch("llama-3.1-70b"), two) == pytest.approx(43.1e9, rel=0.01)
    assert cache_tokens(arch("llama-3.1-70b"), two, CHAT, card) > 1300


def test_tensor_ways_divide_the_heads():
    """Phi-4 has 40 heads and 10 of keys and values, Llama 3.1 70B 64 and 8."""
    assert set(found("phi-4").deployment.tensor) == {1, 2}
    assert set(found("llama-3.1-70b").deployment.tensor) == {1, 2, 4, 8}


def test_prefixes_hold_memory_and_are_lost_at_once_when_they_do_not_fit():
    """MiniMax-M2.5 on two MI355X, 83k tokens: 95 % hits for 16 sessions, 0.2 % for 48."""
    request = Request(prompt=83_000, output=500, cached=79_000, sessions=2.0)
    served_ = found("minimax-m2.5", "mi355x", request, largest=2)
    apart = served_[served_.prompt_chips == 0]
    assert set(apart.cached) == {0.0, 79_000.0}
    hits, misses = (apart[apart.cached == c] for c in (79_000.0, 0.0))
    assert hits.in_flight.max() < misses.in_flight.max()
    ways = apart.deployment.chips == 2
    assert 8 < apart[ways & (apart.cached > 0)].in_flight.max() < 48


# --- how fast, how cheap ----------------------------------------------------------------------


def test_the_frontier_trades_speed_for_cost():
    edge = frontier(found())
    assert len(edge.chips) > 5
    assert np.all(np.diff(edge.time_per_token) > 0)
    assert np.all(np.diff(edge.chip_seconds) < 0)
    assert edge.chip_seconds[0] / edge.chip_seconds[-1] > 3


def test_the_cheapest_meets_what_was_asked_and_slower_is_never_dearer():
    everything = found()
    costs = []
    for tokens_per_second in (100, 50, 20, 5):
        best = cheapest(in_time(everything, 1 / tokens_per_second, 2.0))
        assert best.time_per_token <= 1 / tokens_per_second
        assert best.time_to_first_token <= 2.0
        costs.append(float(best.chip_seconds))
    assert costs == sorted(costs, reverse=True)


def test_a_speed_that_nothing_reaches_says_what_the_fastest_gives():
    with pytest.raises(InputError, match=r"the fastest gives \d+$"):
        in_time(found(), 1e-6, 1.0)


def test_reasoning_and_context_cost_more_per_request():
    short, long = (found(request=Request(prompt=1000, output=o)) for o in (300, 6000))
    assert least(long) > 10 * least(short)
    near, far = (found(request=Request(prompt=p, output=300)) for p in (8192, 131_072))
    assert least(far) > 131_072 / 8192 * least(near)


def test_a_better_chip_takes_fewer_chip_seconds():
    assert least(found(chip="b200")) < least(found(chip="h200")) < least(found(chip="h100-sxm"))


def test_the_whole_grid_is_one_evaluation(monkeypatch):
    calls = []
    whole = serving_queue.times_under_load
    monkeypatch.setattr(serving_queue, "times_under_load", lambda *a: calls.append(a) or whole(*a))
    assert len(found("deepseek-v3", "b200").chips) > 100
    assert len(calls) == 1


# --- MLPerf inference, offline ----------------------------------------------------------------


def mlperf():
    path = Path(__file__).parents[1] / "vectors" / "mlperf_offline.csv"
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def offline_error(row):
    """ln(predicted / published) tokens per second and chip, at the best deployment on a server."""
    prompt, output = MLPERF_LENGTHS[row["model"]]
    engine = "vllm" if row["chip"].startswith("mi") else "trtllm"
    precision = "nvfp4" if row["precision"] == "fp4" else "fp8"
    request = Request(prompt=prompt, output=output)
    best = least(found(row["model"], row["chip"], request, precision, engine=engine))
    return math.log(output / best / float(row["tokens_per_second_per_chip"]))


def test_mlperf_offline_is_predicted_without_a_fit():
    """93 results on eight chips, two of them AMD's, which no rate was fitted to."""
    errors = defaultdict(list)
    for row in mlperf():
        errors[row["model"], row["chip"]].append(offline_error(row))
    every = [abs(error) for each in errors.values() for error in each]
    assert len(every) == 93
    assert median(every) <= math.log(1.2)
    for key, each in errors.items():
        assert abs(median(each)) <= math.log(1.8), key


# --- several servers, prompts apart, long contexts --------------------------------------------


def seconds_of(model, chip, deployment, work, engine="any"):
    shape, machine = arch(model), CATALOGUE.chip(chip)
    formats = formats_on(machine, "fp8", "fp8", "fp8")
    rate = deploy.rates_on(machine, formats, RATES, engine)
    return float(
        forward_pass.pass_time(
            work(shape),
            replace(deployment, **formats.sizes),
            deploy.machine_on(machine, formats, rate),
            forward_pass.software_from(rate),
        ).total
    )


@pytest.mark.parametrize(
    ("ways", "work", "published"),
    [
        (72.0, lambda a: forward_pass.decode(a, 256.0, 2050.0), 256 * 8 / 22_282),
        (32.0, lambda a: forward_pass.prefill(a, 4.0, 4096.0), 4 * 4096 * 8 / 50_302),
    ],
    ids=["a step on 72 chips", "prompts on 32 chips"],
)
def test_experts_across_servers_as_sglang_measured_them(ways, work, published):
    """DeepSeek-V3 on 96 H100, LMSYS 2025: 256 requests a chip; 16,384 tokens of prompts a chip."""
    spread = forward_pass.Deployment(tensor=1.0, data=ways, expert=ways)
    predicted = seconds_of("deepseek-v3", "h100-sxm", spread, work)
    assert abs(math.log(predicted / published)) < math.log(1.5)


def long_prompts():
    path = Path(__file__).parents[1] / "vectors" / "serving_long_context.csv"
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_prompts_up_to_ten_million_tokens_as_the_tool_extrapolates_them():
    """aiconfigurator 0.12.0 on eight H100; beyond 128k its tables are extrapolated too."""
    errors = defaultdict(list)
    for row in long_prompts():
        shape = arch(row["model"])
        ways = forward_pass.Deployment(tensor=8.0, expert=8.0 if shape.experts else 1.0)
        length = float(row["prompt"])
        predicted = seconds_of(
            row["model"], "h100-sxm", ways, lambda a, s=length: forward_pass.prefill(a, 1.0, s)
        )
        errors[bool(shape.experts)].append(math.log(predicted / float(row["ttft_s"])))
    assert max(map(abs, errors[False])) < math.log(1.2), "dense"
    assert max(map(abs, errors[True])) < math.log(1.6), "windows and mixtures"


def test_ten_million_tokens_take_many_chips_and_context_ways():
    shape = arch("llama-3.1-70b")
    everything = found(request=Request(prompt=1e7, output=500), largest=256)
    assert everything.chips.min() >= shape.layers * 2 * 8 * 128 * 1e7 / 80e9
    assert np.all(everything.deployment.context > 1)


def test_context_ways_share_a_prompt_but_only_the_cache_of_a_step():
    one, four = (forward_pass.Deployment(tensor=8.0, context=c) for c in (1.0, 4.0))

    def gain(work):
        return seconds_of("llama-3.1-70b", "h100-sxm", one, work) / seconds_of(
            "llama-3.1-70b", "h100-sxm", four, work
        )

    assert 3 < gain(lambda a: forward_pass.prefill(a, 1.0, 1e6)) <= 4
    assert 2 < gain(lambda a: forward_pass.decode(a, 1.0, 1e7)) < 4
    assert gain(lambda a: forward_pass.decode(a, 1.0, 1e3)) < 1


def test_prompts_apart_leave_steps_alone():
    """At the same ways and requests in flight, a token then waits for no prompt."""
    everything = found(request=Request(prompt=4000, output=300), largest=16)
    together = everything[everything.prompt_chips == 0]
    apart = everything[everything.prompt_chips > 0]
    assert len(apart.chips)
    assert apart.time_per_token.min() < together.time_per_token.min()
    assert np.all(apart.smallest <= 16)


def test_demand_is_served_on_whole_units():
    best = cheapest(in_time(found("llama-3.1-405b"), 0.1, 10.0))
    assert best.chips_for(0.0) == best.chips_for(1e-9) == best.smallest == 8
    many = best.chips_for(np.array([1.0, 10.0, 100.0]))
    assert np.all(many % 8 == 0)
    assert np.all(np.diff(many) > 0)


@pytest.mark.parametrize("model", ["llama-3.1-8b", "deepseek-v3"])
def test_what_chips_serve_needs_those_chips(model):
    """Capacity and demand are the same sum, read in both directions."""
    everything = found(model, chip="h200", largest=32)
    best = fullest(everything, 32.0)
    rate = float(best.rate_on(32.0))
    assert rate == everything.rate_on(32.0).max()
    assert best.chips_for(rate) <= 32
    assert best.chips_for(1.01 * rate) > 32 - best.smallest
    least_chips = cheapest(everything, rate)
    assert least_chips.chips_for(rate) <= 32


def test_users_at_once_are_served_by_replicas_that_hold_them():
    everything = found()
    for users in (5.0, 500.0):
        best = cheapest(everything, users / everything.latency(CHAT.output))
        chips = float(best.chips_for(users / best.latency(CHAT.output)))
        assert best.rate_on(chips) * best.latency(CHAT.output) >= users * (1 - 1e-9)
        if best.prompt_chips == 0:
            assert chips / best.chips * best.concurrency >= users * (1 - 1e-9)


def test_a_cached_prefix_saves_its_products_and_part_of_the_attention():
    shape = arch("llama-3.1-70b")
    whole, rest = (forward_pass.prefill(shape, 1.0, 10_000.0, cached=c) for c in (0.0, 6_000.0))
    assert rest.tokens == pytest.approx(0.4 * whole.tokens)
    assert rest.core_flop == pytest.approx((1 - 0.36) * whole.core_flop)
    assert whole.cache_elements == 0 < rest.cache_elements
