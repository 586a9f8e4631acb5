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


def test_it_names_its_chip_and_one_on_which_the_same_costs_less(run):
    """Of 35B it trained 3.8T parameters on h100 for 20B, and 6T on b200."""
    found = best("$35B")
    assert found.other_chip == "b200"
    assert best("$35B", chip="b200").params > 1.2 * found.params
    assert not best("$35B", chip="b200").other_chip
    asked = ("pretrain", "--budget", "35B", "--draws", "64", "-q")
    told = " ".join(run(*asked).out.split())
    assert " can train on h100-sxm: " in told
    assert "; more would take longer than 365 days; b200 may train a larger one" in told


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--budget", "35B", "--chips", "600k"), "for its chips reach 4.2% MFU, here 6.4%."),
        (
            ("--budget", "200k", "--own-chips", "32 h100", "--programme", "final-run"),
            "the next larger takes over a year on these, so 224 chips for 66 days, and $1.2M.",
        ),
    ],
)
def test_money_that_is_left_has_its_reason(run, flags, says):
    told = " ".join(run("pretrain", *flags, "-q").out.split())
    assert says in told
    assert best("$1M").next_larger is None


def test_a_recipe_of_several_phases_names_those_of_a_single_one(run):
    refused = run("posttrain", "llama-3.1-8b", "--solve", "tokens", "--budget", "1M").err
    assert "phases sft and dpo each have tokens" in refused
    assert "--recipe adapter" in refused
