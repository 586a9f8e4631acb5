"""How many chips a run takes, and what it costs on others: no cliff, no free choice that loses."""

import itertools
import random

import pytest

from frontiercost.core.errors import InputError
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

SIZES = (8, 16, 24, 32, 48, 64, 96, 128)
QUESTIONS = (
    {"model": "llama-3.2-1b", "tokens": "2T"},
    {"model": "llama-3.1-8b", "tokens": "500B"},
    {"model": "tinyllama-1.1b", "tokens": "500B"},
    {"params": "7B", "tokens": "100B"},
)


def run_of(**flags):
    asked = {"programme": "final-run", "draws": "0", "chip": "h100-sxm"} | flags
    return evaluate(build(asked)).workload


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: next(iter(q.values())))
def test_more_servers_are_never_slower_and_hours_grow_no_faster_than_servers(question):
    runs = [run_of(**question, chips=str(chips)) for chips in SIZES]
    days = [float(run.wall_days) for run in runs]
    hours = [float(run.chip_hours) for run in runs]
    for fewer, more in itertools.pairwise(days):
        assert more <= 1.03 * fewer
    for fewer, more in itertools.pairwise(hours):
        assert more >= 0.85 * fewer  # some divide the batch better


@pytest.mark.parametrize("tokens", ["200B", "300B", "400B", "500B", "700B"])
def test_more_tokens_do_not_jump_to_other_hours_where_chips_change(tokens):
    few, more = (
        float(run_of(model="llama-3.1-8b", tokens=each).chip_hours)
        for each in (tokens, f"{1.1 * float(tokens[:-1]):g}B")
    )
    assert 1.05 < more / few < 1.8


def test_a_free_choice_is_no_dearer_than_a_fixed_one_that_is_done_in_ninety_days():
    dice = random.Random(7)
    for _ in range(12):
        size, ratio = dice.choice((0.5, 1, 3, 8, 14)), dice.choice((20, 60, 150))
        question = {
            "params": f"{size}B",
            "tokens": f"{size * ratio:g}B",
            "chip": dice.choice(("h100-sxm", "a100-80g", "b200", "tpu-v5p")),
        }
        free = run_of(**question)
        fixed = [run_of(**question, chips=str(chips)) for chips in SIZES]
        in_time = [float(run.chip_hours) for run in fixed if run.wall_days <= 90]
        assert in_time, question
        assert float(free.chip_hours) <= 1.02 * min(in_time), question


def test_what_a_run_on_a_cluster_took_counts_in_proportion_to_its_losses():
    """Its own published run is of a cluster: a server has none of it, two servers some."""
    with_own, without = (
        [
            float(run_of(model="llama-3.1-8b", chips=str(chips), **held_out).chip_hours)
            for chips in (8, 16, 32, 128)
        ]
        for held_out in ({}, {"without_developer": "Meta"})
    )
    ratios = [one / other for one, other in zip(with_own, without, strict=True)]
    assert ratios[0] == pytest.approx(1)
    assert ratios == sorted(ratios)
    assert ratios[-1] > 1.3


@pytest.mark.parametrize("model", ["llama-3.1-405b", "deepseek-v3", "llama-3.1-8b"])
def test_a_looser_deadline_never_takes_more_chip_hours_and_is_never_overrun(model):
    runs = [(days, run_of(model=model, deadline=f"{days} day")) for days in (60, 80, 100, 120, 150)]
    hours = [float(run.chip_hours) for _, run in runs]
    assert hours == sorted(hours, reverse=True)
    assert all(float(run.wall_days) <= days for days, run in runs)


@pytest.mark.parametrize("model", ["llama-3.1-405b", "llama-3.1-8b", "llama-2-7b"])
def test_the_days_that_a_deadline_is_told_to_allow_are_enough(model):
    with pytest.raises(InputError, match="allow ") as refused:
        run_of(model=model, deadline="0.01 day")
    days = str(refused.value).partition("allow ")[2].split()[0]
    assert float(run_of(model=model, deadline=f"{days} day").wall_days) <= float(days)


@pytest.mark.parametrize(
    "question",
    [
        {"params": "20B", "tokens": "100B", "chip": "tpu-v5p"},
        {"model": "deepseek-v3", "chip": "h800-sxm"},
        {"model": "llama-3.1-8b", "chips": "8", "tokens": "100B"},
    ],
)
def test_no_draw_of_a_step_is_above_the_peak_of_its_format(question):
    run = run_of(**question, draws="4096")
    step = run.cluster_plan.step
    share = run.cluster_plan.speed.step_mfu * step.mfu_own / step.mfu
    assert float(share.max()) < 1
