"""Why one training costs less than another: factors whose product is the ratio."""

import json
import math

import numpy as np
import pytest

from frontiercost.analysis.scenario_diff import compare_scenarios
from frontiercost.analysis.why import why
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

ORDER = [
    *("active_parameters", "tokens", "attention", "precision", "chip", "utilisation", "price"),
    *("experiments", "people"),
]
PAIRS = [
    ("llama-3.1-405b", "deepseek-v3", {}),
    ("llama-3.1-405b", "deepseek-v3", {"as_built": True}),
    ("deepseek-v3", "llama-3.1-8b", {"programme": "final-run"}),
    ("gpt-3", "llama-1-65b", {"chip": "a100-80g"}),
    ("llama-2-7b", "llama-2-70b", {"draws": "0"}),
]


def taken_apart(first, other, **asked):
    scenarios = [build({"draws": "512", **asked, "model": name}) for name in (first, other)]
    (pair,) = compare_scenarios([evaluate(scenario) for scenario in scenarios])
    return pair, why(pair, scenarios[1])


@pytest.mark.parametrize(("first", "other", "asked"), PAIRS)
def test_factors_multiply_to_the_ratio_draw_by_draw_and_as_they_are_shown(first, other, asked):
    pair, changes = taken_apart(first, other, **asked)
    assert [change.id for change in changes] == ORDER
    product = math.prod(change.factor for change in changes)
    assert np.allclose(product, pair.ratio, rtol=1e-9)
    median = pair.first.draws.summary(pair.ratio).median
    assert math.prod(change.usual for change in changes) == pytest.approx(median, rel=1e-6)
    assert changes[-1].after == pytest.approx(median, rel=1e-6)


@pytest.mark.parametrize(("first", "other", "asked"), PAIRS)
def test_each_factor_has_its_evidence(first, other, asked):
    _, changes = taken_apart(first, other, **asked)
    absent = ("experiments", "people") if asked.get("programme") == "final-run" else ()
    assert all(change.evidence for change in changes if change.id not in absent)


def test_of_a_model_with_itself_every_factor_is_one():
    _, changes = taken_apart("deepseek-v3", "deepseek-v3")
    assert all(change.usual == pytest.approx(1) for change in changes)


def test_more_tokens_are_the_only_difference():
    scenarios = [
        build({"params": "7B", "tokens": tokens, "draws": "256"}) for tokens in ("2T", "8T")
    ]
    (pair,) = compare_scenarios([evaluate(scenario) for scenario in scenarios])
    factors = {change.id: change.usual for change in why(pair, scenarios[1])}
    assert factors.pop("tokens") == pytest.approx(4)
    for name in ("active_parameters", "attention", "precision", "chip"):
        assert factors[name] == pytest.approx(1)


def test_a_model_without_counts_is_compared_by_its_compute():
    _, changes = taken_apart("gpt-4", "deepseek-v3")
    assert [change.id for change in changes] == ["compute", *ORDER[3:]]


def test_deepseeks_step_as_it_is_shown(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    found = run("compare", "llama-3.1-405b", "deepseek-v3", "--why")
    lines = found.out.splitlines()
    assert len(lines) <= 22
    assert max(map(len, lines)) <= 80
    asked = ("compare", "llama-3.1-405b", "deepseek-v3", "--why", "--format", "json")
    (entry,) = json.loads(run(*asked).out)["versus"]
    product = math.prod(change["factor"]["median"] for change in entry["why"])
    assert product == pytest.approx(entry["ratio"]["median"], rel=1e-4)
    assert all(change["evidence"] for change in entry["why"])


def test_the_pre_training_of_a_model_made_from_another_is_that_ones(run):
    _, changes = taken_apart("deepseek-v3", "deepseek-r1")
    assert all(change.usual == pytest.approx(1) for change in changes)
    said = " ".join(run("compare", "deepseek-v3", "deepseek-r1", "--why").out.split())
    assert "no part of it differs" in said
    assert "DeepSeek-R1 was made from DeepSeek-V3 671B-A37B, whose pre-training is compared" in said


def test_only_trainings_are_taken_apart(run, tmp_path):
    file = tmp_path / "serving.toml"
    file.write_text('stage = "inference"\nmodel = "llama-3.1-8b"\n', encoding="utf-8")
    found = run("compare", str(file), str(file), "--why")
    assert found.code == 2
    assert "--why: only trainings" in found.err


@pytest.mark.parametrize("asked", [(), ("deepseek-v3",), ("--cost", "$5M")])
def test_why_needs_two(run, asked):
    found = run("compare", *asked, "--why", "--draws", "16")
    assert found.code == 2
    assert "--why" in found.err


def test_a_page_draws_the_changes_as_a_waterfall(run, tmp_path):
    page = tmp_path / "why.html"
    asked = ("llama-3.1-405b", "deepseek-v3", "--why", "--draws", "16")
    assert run("compare", *asked, "--output", str(page)).code == 0
    assert "one change after the other" in page.read_text(encoding="utf-8")
