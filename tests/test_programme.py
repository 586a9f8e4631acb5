"""Stages as bills: phases and labels, data and licences, and what a programme holds once."""

import numpy as np
import pytest

from frontiercost.core.errors import InputError
from frontiercost.cost.choices import BASES
from frontiercost.cost.programme import experiment_parts
from frontiercost.scenario.saving import to_toml
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

FAST = {"draws": "256"}


def ask(file=None, **flags):
    return evaluate(build(FAST | flags, file))


def lines(evaluation):
    return {line.id: line for line in evaluation.bill.lines}


def median(evaluation, number):
    return evaluation.draws.summary(number).median


# --- post-training ----------------------------------------------------------------------------


def test_deepseek_r1_lies_inside_at_the_published_price():
    """147K H800-hours with R1-Zero; R1's own phases and data 46K, 92 k$ at $2 (Nature 2025)."""
    found = ask(
        stage="posttrain",
        model="deepseek-v3",
        recipe="reasoning",
        price="$2/h",
        programme="final-run",
        draws="1024",
    )
    low, _, high = found.draws.summary(found.workload.chip_hours)
    assert low < 46_000 < high


def test_a_bill_shows_when_people_cost_more_than_chips():
    found = ask(stage="posttrain", model="llama-3.1-70b", recipe="agent", programme="final-run")
    labels = [line for id, line in lines(found).items() if id.startswith("labels-")]
    chips = [line for id, line in lines(found).items() if id.startswith("phase-")]
    assert sum(median(found, line.cost) for line in labels) > sum(
        median(found, line.cost) for line in chips
    )


def test_a_phase_of_zero_examples_costs_zero_and_has_no_line():
    found = ask(
        stage="posttrain",
        model="llama-3.1-8b",
        recipe="domain-sft",
        phase=["sft.examples=0", "examination.examples=0"],
        programme="final-run",
    )
    assert np.all(np.asarray(found.bill.total) == 0)
    assert not any(id.startswith(("phase-", "labels-")) for id in lines(found))


def test_a_phase_twice_as_long_costs_more_and_twice_the_labels():
    flags = {"stage": "posttrain", "model": "llama-3.1-8b", "recipe": "rlhf", "draws": "0"}
    once, twice = (ask(**flags, phase=[f"sft.examples={n}"]) for n in ("10k", "20k"))
    assert lines(twice)["phase-sft"].cost > 1.8 * lines(once)["phase-sft"].cost
    label = "labels-demonstration"
    assert lines(twice)[label].cost == pytest.approx(2 * lines(once)[label].cost)


@pytest.mark.parametrize("basis", BASES)
def test_phases_share_the_cost_of_their_chips_on_every_basis(basis):
    found = ask(stage="posttrain", model="llama-3.1-8b", recipe="chat", basis=basis)
    parts = [line.cost for id, line in lines(found).items() if id.startswith("phase-")]
    whole = sum(line.cost for line in found.costing.on(found.terms).compute())
    np.testing.assert_allclose(sum(parts), whole)


def test_phases_of_a_file_are_a_recipe_of_their_own(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'stage = "posttrain"\nmodel = "llama-3.1-8b"\n'
        '[[phase]]\nname = "tune"\nkind = "sft"\nexamples = "10k x"\n'
        'tokens_per_example = "800 token"\nlabels = { demonstration = "1 x" }\n',
        encoding="utf-8",
    )
    found = ask(file)
    assert found.detail.recipe.name == "scenario"
    assert {"phase-tune", "labels-demonstration"} <= lines(found).keys()
    file.write_text(file.read_text(encoding="utf-8").replace('"sft"', '"stf"'), encoding="utf-8")
    with pytest.raises(InputError, match="did you mean 'sft'"):
        ask(file)


def test_a_saved_scenario_keeps_its_phases(tmp_path):
    asked = build(
        {"stage": "posttrain", "model": "llama-3.1-8b", "phase": ["sft.examples=5k..20k"]}
    )
    file = tmp_path / "saved.toml"
    file.write_text(to_toml(asked), encoding="utf-8")
    again = build({}, file)
    assert {k: v.text for k, v in again.phases.items()} == {"sft.examples": "5k..20k"}


# --- the whole programme ----------------------------------------------------------------------


def test_a_recipe_replaces_the_usual_share_of_post_training():
    usual, recipe = (ask(model="llama-3.1-8b", **r) for r in ({}, {"recipe": "rlhf"}))
    assert lines(usual)["posttraining"].label == "Post-training, recipe compute-share"
    assert lines(recipe)["posttraining"].label == "Post-training, recipe rlhf"
    alone = ask(stage="posttrain", model="llama-3.1-8b", recipe="rlhf", chip=recipe.chip.name)
    line, compute = (lines(recipe)[id] for id in ("posttraining", "compute"))
    share = median(recipe, line.multiplied / compute.cost)
    hours = median(recipe, recipe.workload.chip_hours)
    assert share == pytest.approx(median(alone, alone.workload.chip_hours) / hours, rel=0.1)
    labels = sum(line.cost for id, line in lines(alone).items() if id.startswith("labels-"))
    assert median(recipe, line.beside) == pytest.approx(median(alone, labels))


def test_experiments_hold_their_parts_and_are_added_once():
    found = ask(model="llama-2-70b")
    parts = experiment_parts(found.costing, found.programme_costs, found.bill)
    np.testing.assert_allclose(sum(parts.values()), lines(found)["experiments"].cost)
    np.testing.assert_allclose(sum(line.cost for line in found.bill.lines), found.bill.total)
    assert not set(parts) & lines(found).keys()


def test_the_data_line_of_a_programme_leaves_ablations_and_curation_to_it():
    inside = lines(ask(model="llama-2-70b", draws="0"))["data"].cost
    alone = ask(stage="dataprep", tokens="2T", draws="0")
    assert {"ablations", "curation"} <= lines(alone).keys()
    rest = sum(
        line.cost for id, line in lines(alone).items() if id not in ("ablations", "curation")
    )
    assert inside == pytest.approx(rest, rel=0.02)


def test_licences_are_a_line_of_any_programme_that_names_them():
    found = ask(model="llama-2-70b", licence=["news=$60M/year"], draws="0")
    years = found.workload.project_years
    assert lines(found)["licences"].cost == pytest.approx(60e6 * years)


@pytest.mark.parametrize("id", ["staff", "data", "posttraining", "experiments", "overhead"])
def test_each_line_can_be_left_out(id):
    whole, less = (ask(model="llama-2-70b", draws="0", without=w) for w in ([], [id]))
    assert id not in lines(less)
    assert less.bill.total < whole.bill.total


def test_a_line_that_is_not_there_cannot_be_left_out():
    with pytest.raises(InputError, match=r"without .stff.: .* did you mean .staff."):
        ask(model="llama-2-70b", without=["stff"])


@pytest.mark.parametrize("basis", ["rent", "buy"])
def test_a_grant_pays_indirect_costs_on_what_is_direct_but_equipment(basis):
    """2 CFR 200.1: chips that are bought carry none, a service that is rented does."""
    flags = {"model": "llama-2-70b", "draws": "0", "basis": basis}
    direct, whole = (ask(**flags, **i).bill for i in ({}, {"indirect": "55%"}))
    bought = sum(line.cost for line in direct.lines if line.equipment)
    assert (bought > 0) == (basis == "buy")
    assert whole.total == pytest.approx(direct.total + 0.55 * (direct.total - bought))


def test_post_training_of_an_explorer_pays_for_finding_the_recipe():
    flags = {"stage": "posttrain", "model": "llama-3.1-8b", "recipe": "chat", "draws": "0"}
    final, follower, explorer = (
        ask(**flags, programme=p).bill.total for p in ("final-run", "follower", "explorer")
    )
    assert final < follower < explorer


# --- data preparation -------------------------------------------------------------------------


def test_finewebs_effort_is_that_of_the_stage():
    """6,000 H100-hours of classifier and about 80,000 of ablations for 15T tokens."""
    found = ask(stage="dataprep", source=["common-crawl:15T"], draws="2048")
    hours = {part.id: part.chip_hours for part in found.workload.parts}
    for id, published in (("classifier", 6_000), ("ablations", 80_000)):
        low, _, high = found.draws.summary(hours[id])
        assert low < published < high


def test_more_tokens_than_there_are_meet_the_wall_and_own_data_moves_it():
    few, many, own = (
        ask(stage="dataprep", draws="0", source=s).detail
        for s in (
            ["common-crawl:10T"],
            ["common-crawl:60T"],
            ["common-crawl:55T", "own-platform:5T"],
        )
    )
    assert few.preparation.repeated_tokens == 0
    assert not few.gains
    assert many.preparation.effective_tokens < 60e12
    assert max(many.gains.values()) > 0
    assert own.preparation.effective_tokens > many.preparation.effective_tokens


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({}, "tokens .* needed"),
        ({"source": ["comon-crawl:1T"]}, "did you mean 'common-crawl'"),
        ({"source": ["common-crawl"]}, "write a source and its tokens"),
        ({"tokens": "1T", "mix": "olmo"}, "olmo-3"),
        ({"tokens": "1T", "licence": ["$5M"]}, "write it as"),
        ({"tokens": "1T", "recipe": "chat"}, "has no effect on dataprep"),
    ],
)
def test_what_cannot_be_prepared_is_said_in_a_line(flags, message):
    with pytest.raises(InputError, match=message):
        ask(stage="dataprep", **flags)
