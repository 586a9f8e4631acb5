"""Inverse questions and sensitivity: answers put back in give what was asked; ends bracket."""

import doctest
import json

import numpy as np
import pytest

import frontiercost
from frontiercost.analysis.fitting import EVEN
from frontiercost.analysis.sensitivity import sensitivity
from frontiercost.analysis.solve import solve
from frontiercost.core.errors import InputError
from frontiercost.core.facts import mean
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

FAST = {"draws": "512"}


def asked(**flags):
    return build(FAST | flags)


@pytest.mark.parametrize(
    ("question", "flags"),
    [
        ("tokens", {"params": "7B", "budget": "$2M"}),
        ("params", {"tokens": "1T", "budget": "$3M"}),
        ("price", {"model": "llama-3.1-70b", "budget": "$100M"}),
        ("days", {"model": "llama-2-70b", "chips": "1024", "budget": "$20M"}),
    ],
)
def test_the_answer_put_back_in_passes_its_own_gate_and_a_little_more_does_not(question, flags):
    found = solve(asked(**flags), question)
    assert found.evaluation.verdicts[0].probability >= EVEN
    key = "tokens" if question == "days" else question
    texts = {name: one.text for name, one in found.scenario.values.items()}
    more = found.scenario.fact(key).value * 1.02
    suffix = " USD/chip-hour" if key == "price" else ""
    assert evaluate(build(texts | {key: f"{more}{suffix}"})).verdicts[0].probability < EVEN


def test_a_budget_is_enough_as_often_as_it_says():
    found = solve(asked(model="llama-2-70b"), "budget")
    values = list(found.values.values())
    assert values == sorted(values)
    e = found.evaluation
    for probability, value in zip((0.5, 0.8, 0.95), values, strict=True):
        assert e.draws.share(e.bill.total <= value) == pytest.approx(probability, abs=0.01)


def test_the_fewest_chips_end_in_time_and_half_of_them_do_not():
    fewest = solve(asked(model="llama-2-70b", deadline="60 days"), "chips").values["fewest"]

    def days(chips):
        return mean(
            evaluate(asked(model="llama-2-70b", chips=f"{chips:.0f}", draws="0")).workload.wall_days
        )

    assert days(fewest) <= 60 < days(fewest // 2)


@pytest.mark.parametrize(
    ("question", "flags", "reason"),
    [
        (
            "price",
            {"model": "llama-3.1-70b", "budget": "$1"},
            "even chips for nothing would not fit",
        ),
        ("price", {"params": "1B", "tokens": "1B", "budget": "$1T"}, "any price"),
    ],
)
def test_where_there_is_no_answer_the_reason_is_said(question, flags, reason):
    assert reason in solve(asked(**flags), question).reason


@pytest.mark.parametrize(
    ("question", "flags", "message"),
    [
        ("tokens", {"model": "llama-3.1-70b"}, "needs budget or actor"),
        ("tokens", {"params": "7B", "tokens": "1T", "budget": "$1M"}, "is given"),
        ("days", {"model": "llama-2-70b", "budget": "$0"}, "no money"),
        ("budget", {"model": "llama-2-70b", "draws": "0"}, "needs draws"),
        ("chips", {"model": "llama-2-70b", "chips": "8"}, "is given"),
    ],
)
def test_what_cannot_be_solved_is_said_in_a_line(question, flags, message):
    with pytest.raises(InputError, match=message):
        solve(asked(**flags), question)


def test_sensitivity_names_what_drives_and_its_ends_bracket_the_centre():
    scenario = asked(model="llama-2-70b")
    e = evaluate(scenario)
    drivers = sensitivity(scenario, e)
    shares = [one.share for one in drivers]
    assert shares == sorted(shares, reverse=True)
    assert 0.5 < sum(shares) <= 1.04  # orders of draws correlate by chance, 1/64 each
    centre = mean(evaluate(asked(model="llama-2-70b", draws="0")).bill.total)
    for one in drivers:
        low, high = sorted((one.total_at_low, one.total_at_high))
        assert low <= centre * 1.001
        assert high >= centre * 0.999


def test_facts_that_share_a_factor_count_once():
    scenario = asked(model="llama-2-70b", basis="own")
    paths = [one.path for one in sensitivity(scenario, evaluate(scenario))]
    assert sum(path.startswith("prices/") for path in paths) <= 1


def test_a_fact_pinned_at_an_end_moves_only_itself():
    scenario = asked(model="llama-2-70b")
    e = evaluate(scenario)
    used = {fact.path: fact for fact in e.facts}
    tokens = used["models/llama-2-70b/tokens"]
    assert tokens.value == pytest.approx(2e12)
    assert np.all(np.asarray(e.workload.tokens) > 1e12)


def test_the_python_interface_does_what_it_shows():
    assert doctest.testmod(frontiercost).failed == 0
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        frontiercost.nothing  # noqa: B018


def test_load_reads_a_file_and_keywords_replace_its_keys(tmp_path):
    file = tmp_path / "x.toml"
    file.write_text('model = "llama-2-7b"\ndraws = "64"\n', encoding="utf-8")
    small = frontiercost.evaluate(frontiercost.load(file))
    large = frontiercost.evaluate(frontiercost.load(str(file), model="llama-2-70b"))
    assert small.total.median < large.total.median


def test_facts_that_only_other_terms_read_are_no_drivers():
    scenario = build({"model": "llama-2-7b", "draws": "16"})
    e = evaluate(scenario)
    used = {fact.path for fact in e.facts}
    assert e.other_terms  # which draws what owned and bought chips cost
    assert e.draws.used.keys() > used
    assert {one.path for one in sensitivity(scenario, e)} <= used


def test_the_answer_is_as_sure_as_asked(run):
    flags = ("pretrain", "llama-2-7b", "--draws", "256", "--budget", "$2M", "--solve", "tokens")
    even, sure = (json.loads(run(*flags, "--format", "json", *more).out) for more in ((), SURE))
    assert sure["solved"]["values"]["most"] < even["solved"]["values"]["most"]
    (verdict,) = sure["evaluations"][0]["verdicts"]
    assert verdict["probability_affordable"] == pytest.approx(0.9, abs=0.02)
    assert run(*flags[:-2], *SURE).code == 2  # nothing asks for it
    assert run(*flags[:-2], "--solve", "budget", *SURE).code == 2


SURE = ("--confidence", "90%")
