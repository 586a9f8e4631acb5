"""The best model that a sum can train."""

import json

import pytest

from frontiercost.analysis.best_model import best_model
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.scenario.scenario import build


def best(budget, **flags):
    return best_model(build({"budget": budget, "draws": "64"} | flags))


@pytest.fixture(scope="module")
def by_budget():
    return {budget: best(budget) for budget in ("$1M", "$10M", "$100M", "$1B")}


def test_more_money_trains_a_larger_better_model_less_behind(by_budget):
    found = list(by_budget.values())
    for name, sign in (("params", 1), ("tokens", 1), ("loss", -1), ("months_behind", -1)):
        values = [sign * getattr(one, name) for one in found]
        assert values == sorted(values), name


def test_it_costs_what_there_is(by_budget):
    for budget, found in by_budget.items():
        money = {"$1M": 1e6, "$10M": 1e7, "$100M": 1e8, "$1B": 1e9}[budget]
        cost = found.evaluation.draws.summary(found.evaluation.bill.total).median
        assert cost == pytest.approx(money, rel=0.25), budget


def test_it_is_compute_optimal_about_twenty_tokens_to_a_parameter(by_budget):
    for found in by_budget.values():
        assert 10 < found.tokens / found.params < 40


def test_the_final_run_alone_buys_a_larger_model(by_budget):
    assert best("$10M", programme="final-run").params > by_budget["$10M"].params


@pytest.mark.parametrize(
    ("budget", "error", "says"),
    [
        ("$0", InputError, "there is no money"),
        ("$1", NotEvaluatedError, "too small for any run"),
    ],
)
def test_too_little_money_is_said_so(budget, error, says):
    with pytest.raises(error, match=says):
        best(budget)


def test_no_model_and_no_purse_asks_for_one():
    with pytest.raises(InputError, match="or a budget to find the best model for"):
        best_model(build({}))


def test_the_document_states_what_was_solved(run):
    found = json.loads(run("pretrain", "--budget", "$10M", "--format", "json").out)
    solve = found["solve"]
    assert solve["question"] == "best-model"
    assert 1e9 < solve["params"] < 1e11
    assert solve["months_behind_frontier"] > 0
    assert found["evaluations"][0]["inputs"]["params"]["value"] == pytest.approx(
        solve["params"], rel=1e-3
    )


def test_a_recipe_of_several_phases_names_those_of_a_single_one(run):
    refused = run("posttrain", "llama-3.1-8b", "--solve", "tokens", "--budget", "1M").err
    assert "phases sft and dpo each have tokens" in refused
    assert "--recipe adapter" in refused
