"""Deployments of served models: which fit, how fast and how cheap; and MLPerf, never fitted to."""

import csv
import math
from collections import defaultdict
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from frontiercost.catalogue import shipped
from frontiercost.errors import InputError
from frontiercost.physics import deployment as deploy
from frontiercost.physics import queueing, serving
from frontiercost.physics.deployment import Request, cheapest, frontier, served
from frontiercost.physics.formats import formats_on
from frontiercost.physics.shape import shape_of

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
    with pytest.raises(InputError, match=r"8 h100-sxm: .* at least \d+ GB a chip, and 72 GB"):
        found("llama-3.1-405b", precision="bf16")
    assert found("llama-3.1-405b", precision="fp8").deployment.chips.min() == 8


def test_a_smaller_format_fits_on_fewer_chips():
    chips = [found(precision=p).deployment.chips.min() for p in ("bf16", "fp8", "nvfp4")]
    assert chips == [4, 2, 1]


def test_memory_of_a_replica_by_hand():
    """Llama 3.1 70B in FP8 on eight chips: 68.4 GB of weights, 2.1 GB of embeddings and head each
    in BF16, 16 requests of 1,300 tokens at 160 KB, 4 GB of workspace."""
    eight = serving.Deployment(tensor=8.0, weight_bytes=1.0, cache_bytes=1.0)
    used = deploy.replica_memory(arch("llama-3.1-70b"), eight, 16.0, CHAT)
    weights = 70.55e9 - 128256 * 8192
    embedding = 2 * 128256 * 8192
    cache = 16 * 1300 * 163_840
    assert used == pytest.approx((weights + embedding + cache) / 8 + 4e9, rel=0.02)


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
        best = cheapest(everything, 1 / tokens_per_second, 2.0)
        assert best.time_per_token <= 1 / tokens_per_second
        assert best.time_to_first_token <= 2.0
        costs.append(float(best.chip_seconds))
    assert costs == sorted(costs, reverse=True)


def test_a_speed_that_nothing_reaches_says_what_the_fastest_gives():
    with pytest.raises(InputError, match=r"the fastest gives \d+$"):
        cheapest(found(), 1e-6, 1.0)


def test_reasoning_and_context_cost_more_per_request():
    short, long = (found(request=Request(prompt=1000, output=o)) for o in (300, 6000))
    assert least(long) > 10 * least(short)
    near, far = (found(request=Request(prompt=p, output=300)) for p in (8192, 131_072))
    assert least(far) > 131_072 / 8192 * least(near)


def test_a_better_chip_takes_fewer_chip_seconds():
    assert least(found(chip="b200")) < least(found(chip="h200")) < least(found(chip="h100-sxm"))


def test_the_whole_grid_is_one_evaluation(monkeypatch):
    calls = []
    whole = queueing.times_under_load
    monkeypatch.setattr(queueing, "times_under_load", lambda *a: calls.append(a) or whole(*a))
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
        assert abs(median(each)) <= math.log(1.7), key
