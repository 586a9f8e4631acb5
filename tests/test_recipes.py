"""Recipes of post-training: one price for one thing, people beside chips, and what is published."""

import json
import re

import numpy as np
import pytest

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import DataError, InputError
from frontiercost.core.facts import Draws
from frontiercost.cost.programme import experiment_parts
from frontiercost.physics.model_shape import shape_of
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate
from frontiercost.stages.posttrain.phase_work import Inputs
from frontiercost.stages.posttrain.recipe import recipe_of
from frontiercost.stages.posttrain.workload import workload

CATALOGUE = shipped()
NAMES = CATALOGUE.names("recipe")
OF_TODAY = {"chat", "reasoning-zero", "reasoning", "agent", "code-agent", "domain-adapter"}
OF_TODAY |= {"vision", "rlhf", "frontier-lab", "compute-share"}
LLAMA = "llama-3.1-405b"
PRICE = {"price": "$2/h"}
STAFF = {"staff", "overhead"}
UNITS = {"k": 1e3, "M": 1e6, "B": 1e9}


def ask(stage="posttrain", model=LLAMA, draws="512", **flags):
    return evaluate(build({"stage": stage, "model": model, "draws": draws, **flags}))


def lines(evaluation):
    return {line.id: line for line in evaluation.bill.lines}


def dollars(text):
    return float(text.strip("$kMB")) * UNITS.get(text[-1], 1.0)


# --- one price for one thing ----------------------------------------------------------------------


@pytest.mark.parametrize("recipe", ["compute-share", "frontier-lab", "chat", "rlhf"])
def test_the_line_of_pretrain_is_the_answer_of_posttrain_draw_by_draw(recipe):
    line = lines(ask("pretrain", recipe=recipe, **PRICE))["posttraining"]
    alone = ask(recipe=recipe, programme="final-run", **PRICE)
    assert line.label == f"Post-training, recipe {recipe}"
    np.testing.assert_allclose(line.cost, alone.bill.total)
    assert f"recipe {recipe}" in " ".join(alone.notes) or alone.detail.recipe.name == recipe


def test_pretraining_without_a_recipe_takes_one_and_names_it():
    """A follower the usual share, an explorer what leading labs do; as if it were asked for."""
    for programme, recipe in (("follower", "compute-share"), ("explorer", "frontier-lab")):
        usual, asked = (
            lines(ask("pretrain", programme=programme, **PRICE, **r))["posttraining"]
            for r in ({}, {"recipe": recipe})
        )
        assert usual.label == asked.label
        np.testing.assert_allclose(usual.cost, asked.cost)


def test_an_explorer_before_the_leaders_recipe_takes_the_usual_share():
    early = ask("pretrain", "gpt-4", programme="explorer", date="2024-06")
    assert lines(early)["posttraining"].label.endswith("compute-share")


def test_a_model_without_a_shape_is_post_trained_by_a_share_of_its_training():
    found = ask(model="gpt-5")
    assert found.detail.recipe.name == "compute-share"
    with pytest.raises(InputError, match=r"recipe chat cannot be modelled on it; .* compute-share"):
        ask(model="gpt-5", recipe="chat")


def test_a_share_of_a_base_that_is_not_known_is_refused_with_the_reason():
    with pytest.raises(InputError, match=r"sized by the pre-training of its base, .* not known"):
        evaluate(build({"stage": "posttrain", "params": "70B", "recipe": "frontier-lab"}))


def test_a_recipe_that_came_later_is_said_to_be_later():
    notes = ask(model="gpt-3", recipe="agent", date="2024-06").notes
    assert any("recipe agent is of 2026-03, after 2024-06" in note for note in notes)


# --- the whole bill -------------------------------------------------------------------------------


def test_a_whole_programme_has_the_same_kinds_of_lines_as_that_of_pretraining():
    whole, trained = lines(ask(recipe="agent")), lines(ask("pretrain"))
    assert whole.keys() & trained.keys() == {"experiments", *STAFF}
    final = lines(ask(recipe="agent", programme="final-run"))
    assert whole.keys() - final.keys() == {"experiments", *STAFF}
    for id in ("experiments", *STAFF):
        assert whole[id].label == trained[id].label


def test_staff_are_the_recipe_s_contributors_for_its_time_at_the_pay_asked_for():
    team = recipe_of("chat", CATALOGUE).team
    found = ask(recipe="chat", pay="academic", draws="0")
    drawn = DrawnCatalogue(CATALOGUE, Draws(0))
    years = drawn.value("posttraining_project_time") / 365.25
    people = team["contributors"].value * drawn.value("fte_per_contributor")
    assert found.workload.person_years == pytest.approx(people * years)
    pay = drawn.value("staff_cost_academic")
    assert lines(found)["staff"].cost == pytest.approx(people * years * pay)
    with pytest.raises(InputError, match=r"pay.*a final run has no such line"):
        ask(recipe="chat", pay="academic", programme="final-run")


def test_the_pay_of_an_actor_pays_its_staff():
    paid = {
        actor: lines(ask(recipe="chat", actor=[actor], draws="0"))["staff"].cost
        for actor in ("princeton", "openai")
    }
    assert paid["princeton"] < paid["openai"]


def test_evaluation_takes_more_of_a_post_training_s_compute_than_of_a_training_s():
    shares = []
    for found in (ask(draws="0"), ask("pretrain", draws="0")):
        parts = experiment_parts(found.costing, found.programme_costs, found.bill)
        shares.append(parts["evaluation_share"] / found.bill.final_run)
    assert shares == pytest.approx([0.15, 0.005])


# --- what is left out -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sft", "phase-sft", "SFT"])
def test_a_phase_is_left_out_by_the_name_in_the_table_with_its_labels_and_experiments(name):
    whole, less = (ask(recipe="rlhf", draws="0", without=w) for w in ([], [name]))
    gone = {"phase-sft", "labels-demonstration"}
    assert lines(whole).keys() - lines(less).keys() == gone
    kept = sum(line.cost for id, line in lines(less).items() if id.startswith("phase-"))
    assert lines(less)["experiments"].cost == pytest.approx(1.2 * kept)
    assert "sft" in less.excluded


def test_a_phase_of_labels_alone_is_left_out_by_its_name():
    whole, less = (lines(ask(recipe="agent", draws="0", without=w)) for w in ([], ["environments"]))
    assert whole.keys() - less.keys() == {"labels-environment"}


def test_a_line_is_left_out_by_its_label_too():
    assert "experiments" not in lines(ask(without=["Experiments and failed runs"], draws="0"))


def test_who_leaves_out_staff_leaves_out_what_is_a_share_of_it():
    found = ask(recipe="adapter", without=["staff"])
    assert not STAFF & lines(found).keys()
    assert {line.id for line in found.bill.left_out} >= STAFF


def test_a_phase_that_there_is_not_gets_the_nearest_name():
    with pytest.raises(InputError, match="'sftt': no such line of the bill; did you mean 'sft'"):
        ask(model="llama-3.1-8b", recipe="rlhf", without=["sftt"], draws="0")


# --- published figures ----------------------------------------------------------------------------


def test_a_frontier_lab_s_post_training_holds_what_is_guessed_of_llama_3_1(run):
    """Above 50 M$ by N. Lambert's guess; within a factor of 20."""
    found = ask(recipe="frontier-lab", draws="4096")
    assert found.total.low < 50e6 < found.total.high
    assert found.total.high / found.total.low < 20
    assert found.total.high > 100e6
    says = run("posttrain", LLAMA, "--recipe", "frontier-lab", "--format", "json").out
    assert all(word in says for word in ("Grok 4", "Composer", "Llama 3", "Lambert", "judged"))


@pytest.mark.parametrize(
    ("recipe", "model", "chip", "phase", "published"),
    [
        ("code-agent", "qwen3-32b", "h100-sxm", "rl", 64 * 6 * 24),
        ("vision", "qwen3-8b", "a100-80g", "images", 128 * 3.7 * 24),
    ],
    ids=["DeepSWE", "LLaVA-OneVision-1.5"],
)
def test_published_hours_of_newer_recipes_lie_inside(recipe, model, chip, phase, published):
    draws = Draws(512)
    phases = recipe_of(recipe, CATALOGUE).phases
    inputs = Inputs(shape_of(CATALOGUE.model(model)), CATALOGUE.chip(chip), phases)
    found = {one.name: one for one in workload(inputs, DrawnCatalogue(CATALOGUE, draws))}
    low, median, high = draws.summary(found[phase].chip_hours)
    assert low < published < high
    assert 1 / 4 < median / published < 4


def test_deepseek_r1_s_published_hours_and_dollars_lie_inside():
    """147K H800-hours and 294 k$ at $2 (Nature 2025), R1-Zero among them."""
    found = ask(model="deepseek-r1", chip="h800-sxm", programme="final-run", draws="2048", **PRICE)
    low, _, high = found.draws.summary(found.workload.chip_hours)
    assert low < 147_000 < high
    assert found.total.low < 294_000 < found.total.high


def test_figures_by_year_are_dated_sourced_and_say_whose_guess_they_are(run):
    found = run("posttrain", "llama-3.1-8b", "--by", "trend", "--draws", "0", "--format", "json")
    (evaluation,) = json.loads(found.out)["evaluations"]
    trend = evaluation["trend"]
    assert [row["date"] for row in trend] == sorted(row["date"] for row in trend)
    assert all(row["ratio"] or row["usd"] for row in trend)
    stated = {row["label"]: row for row in trend if row["usd"]}
    assert stated["DeepSeek-R1"]["usd"] == 294_000
    assert stated["Llama 3.1 Instruct"]["usd_bound"] == "lower"
    guesses = [row["label"] for row in trend if row["usd"] and row["confidence"] == "judged"]
    assert guesses == ["Llama 2 Chat", "Llama 3.1 Instruct"]


# --- the catalogue --------------------------------------------------------------------------------


def test_the_recipes_of_today_are_there():
    assert set(NAMES) >= OF_TODAY


@pytest.mark.parametrize("name", NAMES)
def test_the_class_of_cost_that_the_catalogue_shows_is_that_of_the_answer(name):
    """To a factor of 1.5 beyond its ends: a class is an order of magnitude."""
    recipe = recipe_of(name, CATALOGUE)
    found = ask(model="llama-3.1-70b", recipe=name, chip="h100-sxm", draws="256")
    low, high = (dollars(end) for end in recipe.cost_class.split("-"))
    assert low / 1.5 < found.total.median < high * 1.5
    assert high == pytest.approx(10 * low)


def test_recipes_are_listed_with_source_date_size_and_class_of_cost(run):
    (table,) = json.loads(run("catalogue", "recipes", "--format", "json").out)["tables"]
    rows = {row["name"]: row for row in table["rows"]}
    assert rows.keys() == set(NAMES)
    for name, row in rows.items():
        recipe = recipe_of(name, CATALOGUE)
        assert recipe.source in row["recipe_and_source"]
        shown = (recipe.as_of, recipe.size, recipe.cost_class)
        assert (row["date"], row["size"], row["cost"]) == shown
        assert all(shown)
    assert re.search(r"did you mean 'chat'", run("catalogue", "recipes", "chatt").err)


def test_a_recipe_of_one_s_own_is_a_file_of_the_folder(tmp_path, run):
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        'label = "Mine"\nsource = "own-judgement"\nas_of = "2026-11"\n'
        '[[phase]]\nname = "tune"\nkind = "sft"\nexamples = "10k x"\n'
        'tokens_per_example = "800 token"\n',
        encoding="utf-8",
    )
    asked = ("--catalogue", str(tmp_path), "--draws", "16", "-q")
    assert run("posttrain", "llama-3.1-8b", "--recipe", "mine", *asked).code == 0
    with pytest.raises(DataError, match="recipes/mine: unknown key 'notes'"):
        recipe_of(
            "mine",
            CATALOGUE.with_files(
                {
                    "recipes/mine.toml": 'notes = "x"\n'
                    + (folder / "mine.toml").read_text(encoding="utf-8")
                }
            ),
        )
