"""The stage: recipes as published, nothing for nothing, and people beside machines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import DataError, InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.provenance import CHOSEN
from frontiercost.physics.model_shape import shape_of
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate
from frontiercost.stages.posttrain.base import Base
from frontiercost.stages.posttrain.phase_work import Inputs
from frontiercost.stages.posttrain.recipe import LABELS, Phase, phase_from, recipe_of
from frontiercost.stages.posttrain.workload import label_cost, phase_work, total, workload

PETAFLOP_DAY = 1e15 * 86_400
BASE = Base(model_flop=1e24, chip_hours=1e6)


def given_fact(key, value, unit="x"):
    return Fact(f"test/{key}", value, value, value, unit, "test", "definition")


def phase(kind="sft", labels=None, **facts):
    units = {"tokens_per_example": "token", "response_length": "token", "prompt_length": "token"}
    made = {key: given_fact(key, value, units.get(key, "x")) for key, value in facts.items()}
    per_example = {key: given_fact(key, value) for key, value in (labels or {}).items()}
    return Phase("p", kind, made, per_example)


def inputs(catalogue, *phases, model="llama-3.1-8b", chip="h100-sxm", **changes):
    architecture = shape_of(catalogue.model(model))
    return Inputs(architecture, catalogue.chip(chip), phases, **changes)


def of_recipe(catalogue, name, model, chip, draws):
    phases = recipe_of(name, catalogue).phases
    found = workload(
        inputs(catalogue, *phases, model=model, chip=chip), DrawnCatalogue(catalogue, draws)
    )
    return {one.name: one for one in found}


# --- published figures ----------------------------------------------------------------------------


def test_owned_chips_post_train_alone_where_all_phases_end_in_a_year():
    """64 owned H100 waited for 192 rented ones."""
    asked = {"stage": "posttrain", "model": "llama-3.1-70b", "recipe": "agent", "draws": "0"}
    usual, few, some, many = (
        evaluate(build(asked | ({"own_chips": f"{own} h100"} if own else {})))
        for own in (0, 8, 64, 1000)
    )
    assert some.workload.chips == 64
    assert some.costing.owns_all
    assert some.workload.wall_days < 365
    assert few.workload.chips == many.workload.chips == usual.workload.chips > 64
    assert "64 own chips, whole" in some.in_words


def test_instructgpt_s_flop_follow_from_its_published_sizes(catalogue):
    """4.9 petaFLOP/s-days for the supervised 175B model, 60 for PPO-ptx: within 30 %."""
    found = of_recipe(catalogue, "rlhf", "gpt-3", "a100-80g", Draws(0))
    assert found["sft"].model_flop / PETAFLOP_DAY == pytest.approx(4.9, rel=0.3)
    assert found["ppo"].model_flop / PETAFLOP_DAY == pytest.approx(60, rel=0.3)


@pytest.mark.parametrize(
    ("recipe", "phases", "published"),
    [
        ("reasoning-zero", ["rl"], 101_000),
        ("reasoning", ["reasoning-rl", "general-rl"], 41_000),
        ("reasoning", ["rejection-sampling"], 5_000),
    ],
    ids=["R1-Zero", "R1", "data for SFT"],
)
def test_deepseek_r1_s_hours_lie_inside(catalogue, recipe, phases, published):
    draws = Draws(512)
    found = of_recipe(catalogue, recipe, "deepseek-v3", "h800-sxm", draws)
    low, median, high = draws.summary(sum(found[name].chip_hours for name in phases))
    assert low < published < high
    assert 1 / 3 < median / published < 3


def test_people_can_cost_more_than_machines(catalogue):
    """10,000 bought tasks against R1's published 294,000 USD of compute."""
    tasks = phase("labels", {"rl_task": 1.0}, examples=10_000.0)
    work = phase_work(tasks, inputs(catalogue, tasks), DrawnCatalogue(catalogue, Draws(0)))
    assert (
        label_cost("rl_task", work.labels["rl_task"], DrawnCatalogue(catalogue, Draws(0)))
        > 10 * 294_000
    )
    assert work.chip_hours == 0


# --- recipes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped().names("recipe"))
def test_every_recipe_is_sourced_and_evaluates(catalogue, name):
    recipe = recipe_of(name, catalogue)
    sources = {id for fact in recipe.facts for id in fact.source.split(";")}
    assert {recipe.source, *sources} <= catalogue.sources.keys()
    draws = Draws(64)
    asked = inputs(catalogue, *recipe.phases, base=BASE)
    whole = total(workload(asked, DrawnCatalogue(catalogue, draws)))
    low, median, high = draws.summary(whole.chip_hours)
    assert 0 < low < median < high
    assert draws.summary(whole.model_flop).median > 0


def test_a_wrong_recipe_gets_the_nearest_one(catalogue):
    with pytest.raises(InputError, match=r"recipe 'reasonning'.*did you mean 'reasoning'"):
        recipe_of("reasonning", catalogue)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"name": "a", "kind": "sfft"}, "kind 'sfft'; did you mean 'sft'"),
        ({"name": "a", "kind": "sft", "exampels": "1 x"}, "did you mean 'examples'"),
        ({"name": "a", "kind": "sft", "labels": {"task": "1 x"}}, "label 'task'"),
        ({"name": "a", "kind": "sft", "examples": "13000"}, "no known unit"),
    ],
)
def test_a_broken_phase_does_not_load(entry, says):
    with pytest.raises(DataError, match=says):
        phase_from("recipes/x/a", entry, CHOSEN._asdict())


# --- nothing for nothing --------------------------------------------------------------------------

EMPTY = [
    phase("sft", {"demonstration": 1.0}, examples=0.0, tokens_per_example=500.0),
    phase("preference", {"comparison": 1.0}, examples=0.0, tokens_per_example=900.0),
    phase("rl", steps=0.0, prompts_per_step=64.0),
    phase("rl", {"rl_task": 1.0}, examples=0.0, steps=10.0, prompts_per_step=64.0),
    phase("synthetic", examples=0.0),
    phase("labels", {"expert_hour": 0.5}, examples=0.0),
]


@pytest.mark.parametrize("empty", EMPTY, ids=lambda one: f"{one.kind}-{len(one.facts)}")
@pytest.mark.parametrize("count", [0, 64])
def test_a_phase_of_zero_examples_needs_exactly_nothing(catalogue, empty, count):
    work = phase_work(empty, inputs(catalogue, empty), DrawnCatalogue(catalogue, Draws(count)))
    assert (work.model_flop, work.chip_hours, work.tokens_trained) == (0.0, 0.0, 0.0)
    assert work.tokens_generated == 0.0
    assert all(labels == 0.0 for labels in work.labels.values())
    assert work.assumed == ()


def test_a_phase_that_says_too_little_is_refused(catalogue):
    for one, says in (
        (phase("sft", examples=10.0), "tokens_per_example missing"),
        (phase("rl", prompts_per_step=8.0), "steps missing"),
        (phase("labels", {"comparison": 1.0}), "examples missing"),
    ):
        with pytest.raises(InputError, match=says):
            phase_work(one, inputs(catalogue, one), DrawnCatalogue(catalogue, Draws(0)))


# --- what depends on what -------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.floats(min_value=2e5, max_value=5e6), st.floats(min_value=1.5, max_value=4))
def test_work_grows_with_the_examples(count, more):
    catalogue = shipped()
    one, other = (
        phase("sft", {"demonstration": 2.0}, examples=n, tokens_per_example=800.0)
        for n in (count, more * count)
    )
    chips = given_fact("chips", 32.0, "chip")
    small, large = (
        phase_work(each, inputs(catalogue, each, chips=chips), DrawnCatalogue(catalogue, Draws(0)))
        for each in (one, other)
    )
    assert large.model_flop == pytest.approx(more * small.model_flop)
    assert large.tokens_trained == pytest.approx(more * small.tokens_trained)
    assert large.labels["demonstration"] == pytest.approx(more * small.labels["demonstration"])
    assert small.chip_hours < large.chip_hours <= more * small.chip_hours


def test_the_point_estimate_is_the_middle_of_the_draws(catalogue):
    found = recipe_of("rlhf", catalogue).phases
    point = workload(inputs(catalogue, *found), DrawnCatalogue(catalogue, Draws(0)))
    draws = Draws(1024)
    drawn = workload(inputs(catalogue, *found), DrawnCatalogue(catalogue, draws))
    for one, other in zip(point, drawn, strict=True):
        assert one.chip_hours == pytest.approx(draws.summary(other.chip_hours).median, rel=0.15)


def test_lengths_that_are_not_given_are_said_and_widen_the_interval(catalogue):
    unknown = phase("rl", steps=100.0, prompts_per_step=64.0, samples_per_prompt=8.0)
    known = unknown.with_facts(response_length=given_fact("response_length", 3000.0, "token"))
    widths = {}
    for one in (unknown, known):
        draws = Draws(256)
        work = phase_work(one, inputs(catalogue, one), DrawnCatalogue(catalogue, draws))
        low, _, high = draws.summary(work.chip_hours)
        widths[one.known("response_length")] = high / low
        assert any("response_length" in text for text in work.assumed) == (one is unknown)
    assert widths[False] > 2 * widths[True]


def test_the_whole_is_the_sum_of_its_phases(catalogue):
    found = workload(
        inputs(catalogue, *recipe_of("self-critique", catalogue).phases),
        DrawnCatalogue(catalogue, Draws(0)),
    )
    whole = total(found)
    assert whole.chip_hours == pytest.approx(sum(one.chip_hours for one in found))
    assert whole.labels["comparison"] == pytest.approx(135_296)


def test_every_label_has_a_sourced_price(catalogue):
    for price in LABELS.values():
        fact = catalogue.assumption(price)
        assert fact.unit == "USD"
        assert fact.low < fact.value < fact.high
        assert fact.source in catalogue.sources


def test_ratios_to_pretraining_are_dated_and_sourced(catalogue):
    rows = catalogue.rows("posttraining_ratios.csv")
    assert len(rows) >= 16
    sources = {id for row in rows for id in row["source"].split(";")}
    assert sources <= catalogue.sources.keys()
    assert all(row["date"] for row in rows)
    dated = {row["label"]: float(row["ratio"]) for row in rows if row["ratio"]}
    assert dated["InstructGPT 175B"] == pytest.approx((4.9 + 60) / 3640, rel=0.02)
    assert dated["DeepSeek-R1"] == pytest.approx(147 / 2788, rel=0.02)
