import numpy as np
import pytest

from frontiercost.analysis.actors import compare_actors, median_members
from frontiercost.analysis.forecast import Growth, years_to_level
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws
from frontiercost.cost.affordability import chance, funds_of
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

FAST = {"draws": "1024", "programme": "final-run"}


def verdict(**flags):
    evaluation = evaluate(build(FAST | flags))
    return evaluation.verdicts[0], evaluation


@pytest.mark.parametrize(
    ("budget", "word"), [("$10B", "yes"), ("$1k", "no"), ("$0", "no"), ("$1k/year", "no")]
)
def test_a_budget_is_judged_in_words(budget, word):
    found, _ = verdict(model="llama-3.1-70b", budget=budget)
    assert found.word == word
    assert found.funds.actor is None
    assert found.binding == ("money" if word == "no" else None)


def test_an_even_chance_is_a_toss_up():
    _, evaluation = verdict(model="llama-3.1-70b", budget="$1")
    median = evaluation.draws.summary(evaluation.bill.total).median
    found, _ = verdict(model="llama-3.1-70b", budget=f"${median:.0f}")
    assert found.word == "toss-up"
    assert found.probability == pytest.approx(0.5, abs=0.02)
    assert evaluation.draws.summary(found.multiple).median == pytest.approx(1, rel=0.01)


def test_nothing_is_no_for_certain_and_has_no_multiple():
    found, _ = verdict(model="llama-3.1-8b", budget="$0")
    assert found.probability == 0
    assert found.multiple is None
    assert found.share_needed is None
    calcompute, _ = verdict(model="llama-3.1-8b", actor=["calcompute"])
    assert calcompute.word == "no"


@pytest.mark.parametrize("cost", [0.0, np.zeros(8)])
@pytest.mark.parametrize("purse", [0.0, 5.0])
def test_what_is_free_is_affordable(cost, purse):
    assert chance(cost, purse, Draws(8))[1] == "yes"
    assert years_to_level(cost, purse, Growth(3.5, 3.0, 1.1)) == pytest.approx(0)


def test_an_unknown_budget_is_refused(catalogue):
    with pytest.raises(InputError, match="has no budget in dollars"):
        funds_of(catalogue.actor("mbzuai"), "2026-11", "--actor")


def test_a_flow_counts_for_each_year_of_the_project_and_a_stock_once():
    flow, evaluation = verdict(model="llama-3.1-8b", budget="$1M/year")
    stock, _ = verdict(model="llama-3.1-8b", budget="$1M")
    years = np.maximum(evaluation.workload.project_years, 1)
    assert np.allclose(flow.available, 1e6 * years)
    assert np.allclose(stock.available, 1e6)


def test_an_actor_has_its_share_of_its_budget():
    found, evaluation = verdict(model="llama-3.1-8b", actor=["ai2"])
    available = evaluation.draws.summary(found.available)
    assert 0 < available.low < available.median < available.high < 152e6
    assert found.funds.judged
    assert found.scope == "stage"


def test_a_run_longer_than_a_year_binds_on_time():
    found, _ = verdict(model="llama-3.1-405b", chips="1024", budget="$10B")
    assert found.word == "yes"
    assert found.binding == "time"


def test_everybody_is_judged_on_the_same_draws(catalogue):
    scenario = build(FAST | {"model": "deepseek-v3"})
    found = compare_actors(scenario, median_members(catalogue, "2026-11"), catalogue)
    words = {j.actor.name: j.verdict.word for j in found.judgements}
    assert len(words) == 14
    assert words["openai"] == "yes"
    assert words["hobbyist"] == "no"
    hours = [j.evaluation.workload.chip_hours for j in found.judgements]
    assert all(np.array_equal(hours[0], other) for other in hours)


def test_actors_without_a_budget_are_named_not_judged(catalogue):
    scenario = build(FAST | {"model": "deepseek-v3"})
    found = compare_actors(scenario, [catalogue.actor("mbzuai"), catalogue.actor("ai2")], catalogue)
    assert [*found.skipped] == ["mbzuai"]
    assert [j.actor.name for j in found.judgements] == ["ai2"]
