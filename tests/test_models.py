"""Models by name: each is its own entry, and is priced or says what is not public; the frontier."""

import re
import runpy
from pathlib import Path

import pytest

from frontiercost.analysis.frontier import frontier_of
from frontiercost.analysis.levels import LevelHistory
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue, shipped
from frontiercost.core.errors import DataError, FrontierCostError, InputError
from frontiercost.core.facts import Draws
from frontiercost.core.units import decimal_year
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

ROOT = Path(__file__).parents[1]
CATALOGUE = shipped()
NAMES = CATALOGUE.names("model")
REASONS = {
    "pretrain": r"(`tokens` is|`params` and `tokens` are) needed: .* published|no rental price of",
    "posttrain": r"the shape of .* is not published.*`params`|no rental price of|takes? more chips",
    "inference": r"no API price of .* published at .*`params`|no deployment gives a user"
    r"|is sold no longer, by .* until .*`date`.*`params`",
}
"""What a model may lack, in one line with what to give instead."""


def asked(stage, model, **flags):
    return evaluate(build({"stage": stage, "model": model, "draws": "0", **flags}))


def reason(stage, model):
    try:
        asked(stage, model)
    except FrontierCostError as error:
        return error.spelled("`{}`".format)
    return ""


# --- every model ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "priced"), [("pretrain", 170), ("posttrain", 170), ("inference", 260)]
)
def test_every_model_is_priced_by_name_or_says_in_a_line_what_is_not_public(stage, priced):
    reasons = {name: reason(stage, name) for name in NAMES}
    without = {name: text for name, text in reasons.items() if text}
    assert len(NAMES) - len(without) >= priced
    for name, text in without.items():
        assert re.search(REASONS[stage], text), (name, text)
        assert "\n" not in text
        assert "did you mean" not in text


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("GPT-6", "gpt-6-astra"),
        ("gpt 6.1 sol", "gpt-6.1-sol"),
        ("claude-opus-4-5", "claude-opus-4.5"),
        ("Claude Fable 5.1", "claude-fable-5.1"),
        ("gemini-3-pro-preview", "gemini-3-pro"),
        ("grok-4-0709", "grok-4"),
        ("deepseek-ai/DeepSeek-R1-0528", "deepseek-r1-0528"),
        ("zai-org/GLM-4.6", "glm-4.6"),
        ("moonshotai/Kimi-K2.5", "kimi-k2.5"),
        ("MiniMaxAI/MiniMax-M2", "minimax-m2"),
        ("PrimeIntellect/INTELLECT-3", "intellect-3"),
        ("meta-llama/Llama-3.3-70B-Instruct", "llama-3.3-70b"),
    ],
)
def test_a_name_means_the_model_that_bears_it(typed, name):
    assert CATALOGUE.resolve("model", typed) == name


def test_models_that_were_made_from_another_have_what_they_do_not_state_from_it():
    v3, r1 = CATALOGUE.model("deepseek-v3"), CATALOGUE.model("deepseek-r1")
    assert r1.shape == v3.shape
    assert r1.facts["tokens"] == v3.facts["tokens"]
    assert not r1.states("tokens")
    assert (r1.built, r1.built_release) == (v3.built, v3.release)
    assert "reasoning_tokens" not in v3.facts
    longer = CATALOGUE.model("kimi-k2.5").facts["tokens"].value
    assert longer == pytest.approx(2 * CATALOGUE.model("kimi-k2").facts["tokens"].value, rel=0.1)
    alike = CATALOGUE.model("kimi-k2.6")
    assert alike.shape == CATALOGUE.model("kimi-k2").shape
    assert "tokens" not in alike.facts  # of a shape alone, no training follows


def test_a_model_cannot_come_of_itself():
    entry = 'name = "{}"\nlabel = "x"\nbase = "{}"\n'
    files = {"models/a.toml": entry.format("a", "b"), "models/b.toml": entry.format("b", "a")}
    with pytest.raises(DataError, match="models/b: it cannot come of 'a', which comes of it"):
        Catalogue(files=files).model("a")


def test_the_run_of_a_base_is_said_to_be_its_own():
    (note,) = (n for n in asked("pretrain", "deepseek-r1").notes if "made from" in n)
    assert note == "DeepSeek-R1 was made from DeepSeek-V3 671B-A37B, whose pre-training this is"
    assert not [n for n in asked("pretrain", "kimi-k2.5").notes if "made from" in n]


def test_post_training_by_its_own_recipe_stands_beside_what_is_published_of_it():
    found = asked("posttrain", "deepseek-r1", programme="final-run", chip="h800-sxm")
    assert found.detail.recipe.name == "reasoning"
    (note,) = (n for n in found.notes if "own post-training" in n)
    assert "took 147,000 chip-hour and 294,000 USD as published" in note
    assert found.bill.total == pytest.approx(294_000, rel=0.3)


# --- figures that were revised or withdrawn ---------------------------------------------------


@pytest.mark.parametrize(
    ("name", "flop"), [("gpt-4.5", 3.8e26), ("grok-3", 3.5e26), ("gpt-5", 6.6e25)]
)
def test_revised_figures_are_followed(name, flop):
    fact = CATALOGUE.model(name).facts["training_flop"]
    assert fact.value == flop
    assert fact.confidence == "judged"


@pytest.mark.parametrize("name", ["gpt-4o", "gpt-4-turbo", "claude-3-opus"])
def test_of_a_withdrawn_figure_only_the_withdrawal_is_said(name):
    model = CATALOGUE.model(name)
    assert not model.facts
    assert "withdrew" in model.note
    assert "no size and no training compute of" in reason("pretrain", name)
    assert asked("inference", name, date="2025-06").bill.total > 0


# --- the frontier -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "name"),
    [
        ("2020-12", "gpt-3"),
        ("2023-06", "gpt-4"),
        ("2024-06", "gemini-1.0-ultra"),
        ("2025-03", "gpt-4.5"),
        ("2025-12", "grok-4"),
        ("2026-11", "gpt-6-astra"),
    ],
)
def test_the_frontier_is_the_largest_run_known_by_a_date(date, name):
    assert frontier_of(CATALOGUE, date).model.name == name


def test_the_frontier_of_an_edition_is_no_older_than_its_newest_large_estimate():
    edition = CATALOGUE.edition["edition"]
    found = frontier_of(CATALOGUE, edition)
    models = [CATALOGUE.model(name) for name in NAMES]
    figures = [m.facts["training_flop"].value for m in models if "training_flop" in m.facts]
    assert max(figures) == found.compute.value
    assert decimal_year(edition) - decimal_year(found.model.release) < 1
    assert found.compute.high / found.compute.low > 2


def test_the_list_of_who_led_is_what_the_entries_say():
    script = runpy.run_path(str(ROOT / "benchmarks" / "write_frontier.py"))
    assert CATALOGUE.frontier_models == script["records"](CATALOGUE)


def test_a_larger_run_of_a_catalogue_of_ones_own_is_the_frontier():
    figure = '{ value = "3e27 FLOP", source = "own", confidence = "judged", as_of = "2026-10" }'
    entry = f'name = "x"\nlabel = "X"\nrelease = "2026-10-01"\ntraining_flop = {figure}\n'
    own = CATALOGUE.with_files({"models/x.toml": entry})
    assert frontier_of(own, "2026-11").model.name == "x"
    assert frontier_of(own, "2026-09").model.name == "gpt-6-astra"


def test_before_any_figure_there_is_no_frontier():
    with pytest.raises(InputError, match="date 2010-01: no model with a figure"):
        frontier_of(CATALOGUE, "2010-01")


def test_who_leads_by_index_need_not_be_who_leads_by_compute():
    drawn = DrawnCatalogue(CATALOGUE, Draws(0))
    dates = ("2023-06", "2025-06", "2026-11")
    leaders = {date: LevelHistory(drawn, date).leader for date in dates}
    assert leaders["2023-06"].model == "gpt-4"
    assert leaders["2025-06"].label == "o3-pro"
    assert leaders["2026-11"].index.value == pytest.approx(165.8, abs=0.1)
    anchors = {level.index.value for level in CATALOGUE.levels if level.index.exact}
    assert anchors == {130.0, 150.0}
    for level in CATALOGUE.levels:
        assert not level.model or level.model in NAMES, level


# --- what is only sold ------------------------------------------------------------------------


def test_a_closed_model_costs_its_list_price_times_the_demand():
    flags = {"requests": "1000/day", "input_tokens": "2000", "output_tokens": "500"}
    found = asked("inference", "gpt-6-astra", **flags, reasoning_tokens="1500", cache_hit="25%")
    price = found.detail.price
    one = price.of(2000, 500, 2000)
    assert found.bill.total == pytest.approx(365.25 * 1000 * one)
    assert found.other_terms == []


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"date": "2026-03"}, "`date` 2026-03: GPT-6 Astra could not be had before 2026-09-03"),
        ({"chip": "h100"}, "bought from an API: its shape is not published"),
        ({"by": ["demand"]}, "`by`: GPT-6 Astra is bought from an API, its shape is not published"),
        ({"input_tokens": "5M"}, "`input_tokens`: 5M tokens are more than the 1.05M tokens"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_only_its_maker_knows_is_refused_in_a_line(flags, says):
    with pytest.raises(InputError) as refused:
        asked("inference", "gpt-6-astra", **flags)
    assert says in refused.value.args[0]


def test_a_closed_model_of_given_size_is_served_like_any_other():
    found = asked("inference", "gpt-6-astra", params="1T", active_params="50B")
    assert found.workload.chips >= 8


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("deepseek-r1", "2,800 tokens are counted an answer, typical by"),
        ("glm-4.6", "none are counted an answer, for no typical number is published"),
        ("gpt-5.5", "none are counted an answer"),
    ],
)
def test_reasoning_models_say_what_is_counted_of_their_reasoning(name, says):
    assert [note for note in asked("inference", name).notes if says in note]
    given = asked("inference", name, reasoning_tokens="1000")
    assert not [note for note in given.notes if "reasons before" in note]
    assert not [
        note for note in asked("inference", "deepseek-v3").notes if "reasons before" in note
    ]
