"""What was built before, in which year; scenarios side by side."""

import json
import math

import numpy as np
import pytest

from frontiercost.analysis import forecast
from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.rungs import rungs_of
from frontiercost.analysis.scenario_diff import compare_scenarios
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import shipped
from frontiercost.core.facts import Draws
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

CATALOGUE = shipped()
EVERY = rungs_of(CATALOGUE)
PLAIN = Ladder(build({"draws": "512"}), CATALOGUE)


def actor(name):
    return CATALOGUE.actor(name)


def afford(name, **flags):
    found = evaluate(build({"draws": "1024", "actor": [name], **flags}))
    return found.verdicts[0].probability


# --- what has been done -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("arcee", {"model": "trinity-large"}),
        ("ai2", {"model": "olmo-3-32b"}),
        ("deepseek", {"model": "deepseek-v3", "as_built": True}),
        ("prime-intellect", {"model": "intellect-1", "programme": "final-run"}),
    ],
)
def test_what_was_done_is_not_called_out_of_reach(name, flags):
    """A check of sanity, not evidence: some shares were set from these cases."""
    assert afford(name, **flags) >= 0.2


def test_a_hobbyist_can_retrain_gpt2_and_cannot_train_gpt4():
    """llm.c retrained GPT-2 on one server in a day; experiments are the hobbyist's own time."""
    done = {"model": "gpt-2-1.5b", "as_built": True, "programme": "final-run"}
    done |= {"date": "2026-11", "vendor": "marketplace"}
    assert afford("hobbyist", **done) >= 0.8
    assert afford("hobbyist", model="gpt-2-1.5b", programme="final-run") >= 0.5
    assert afford("hobbyist", model="gpt-4", programme="final-run") < 0.05


def test_the_facts_of_the_article_are_in_the_catalogue():
    """GPT-1 117M; GPT-2 about 12 times; GPT-3 about 116 times that; GPT-4 about ten times more."""
    sizes = {
        name: CATALOGUE.model(name).facts["total_params"]
        for name in ("gpt-1", "gpt-2-1.5b", "gpt-3", "gpt-4")
    }
    assert sizes["gpt-1"].value == pytest.approx(117e6)
    assert sizes["gpt-2-1.5b"].value / sizes["gpt-1"].value == pytest.approx(12.8, abs=1)
    assert sizes["gpt-3"].value / sizes["gpt-2-1.5b"].value == pytest.approx(116, abs=5)
    assert sizes["gpt-4"].value / sizes["gpt-3"].value == pytest.approx(10, abs=1)
    assert sizes["gpt-4"].confidence in ("estimated", "judged")
    assert all(fact.source in CATALOGUE.sources for fact in sizes.values())


# --- years ------------------------------------------------------------------------------------


def test_years_until_the_frontier_as_published():
    """C175: ln(C0/B) / (ln g_B - ln g_C), 1e9 against 1e7, costs x 2.4 and budget x 3 a year."""
    growth = forecast.Growth(frontier_cost=2.4, level_fall=4.0, money=3.0)
    assert forecast.years_to_frontier(1e9, 1e7, growth) == pytest.approx(20.637702)
    slower = forecast.Growth(frontier_cost=2.4, level_fall=4.0, money=2.0)
    assert math.isinf(forecast.years_to_frontier(1e9, 1e7, slower))


def test_a_fixed_level_comes_a_past_one_sooner_and_what_is_affordable_is_now():
    growth = forecast.Growth(frontier_cost=2.4, level_fall=3.0, money=1.1)
    assert forecast.years_to_level(1e7, 1e8, growth) == 0
    level = forecast.years_to_level(1e9, 1e7, growth)
    assert level == pytest.approx(math.log(100) / math.log(3.3))
    assert forecast.years_to_past(1e9, 1e7, growth, 10) == 0
    assert math.isinf(forecast.years_to_past(1e9, 1e7, growth, 1))
    assert math.isinf(forecast.years_to_level(1e9, 0.0, growth))


def test_algorithms_and_rents_make_a_level_cheaper_and_no_purchase_price_does():
    draws = Draws(512)
    growth = forecast.growth_of(DrawnCatalogue(CATALOGUE, draws))
    algorithms = CATALOGUE.trends["algorithmic_efficiency_pretraining"].value
    drift = CATALOGUE.trends["rental_default_drift_forward"].value
    assert np.median(growth.level_fall) == pytest.approx(algorithms / drift, rel=0.05)
    slow = np.mean(growth.frontier_cost < 1.95)
    assert slow == pytest.approx(0.2, abs=0.06)


def test_chances_rise_with_the_years():
    cell = PLAIN.row([actor("ai2")], EVERY).cell("lead")
    growth = forecast.growth_of(PLAIN.drawn)
    found = forecast.chances_by_year(
        cell.cost, cell.available, growth, 2026.9, list(range(2024, 2036)), PLAIN.draws
    )
    assert found == sorted(found)
    assert found[0] < 0.05 < found[-1]


# --- side by side -----------------------------------------------------------------------------


def test_the_same_scenario_twice_differs_in_nothing():
    one = evaluate(build({"model": "llama-2-70b", "draws": "256"}))
    pair = compare_scenarios([one, one])[0]
    assert all(line.unchanged for line in pair.lines)
    assert np.all(pair.ratio == 1)
    assert pair.first_cheaper == 0


def test_common_draws_show_a_difference_smaller_than_the_spread():
    cheap, dear = (
        evaluate(build({"model": "llama-2-70b", "tokens": t, "draws": "512"}))
        for t in ("2T", "2.2T")
    )
    pair = compare_scenarios([cheap, dear])[0]
    low, _, high = cheap.draws.summary(pair.ratio)
    assert 1 < low < high < 1.2
    assert pair.first_cheaper > 0.99


def test_the_environment_is_read_as_for_the_stages(run, monkeypatch):
    flags = ("compare", "--rung", "rebuild", "--draws", "64", "--format", "json")
    asked = _rows(run(*flags, "--actor", "ai2", "--chip", "h800").out)
    monkeypatch.setenv("FRONTIERCOST_ACTOR", "ai2")
    monkeypatch.setenv("FRONTIERCOST_CHIP", "h800")
    assert _rows(run(*flags).out) == asked
    assert _rows(run(*flags, "--chip", "h100").out) != asked


def _rows(text):
    return json.loads(text)["ladder"]["rows"]


@pytest.mark.parametrize(
    "flags",
    [
        ("--frontier", "9999"),
        ("--years", "2375"),
        ("--years", "2000..2030"),
        ("--date", "1000"),
        ("--date", "2051-01"),
    ],
    ids=" ".join,
)
def test_years_in_which_nothing_is_known_are_refused(run, flags):
    found = run("compare", *flags)
    assert found.code == 2
    assert "between 2010 and 2050" in found.err
