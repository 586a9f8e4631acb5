"""The Python door: what is given by name, what comes back, and what it costs to open."""

import subprocess
import sys
from pathlib import Path

import pytest

import frontiercost as fc
from frontiercost.cost.bill import Line
from frontiercost.scenario.flags import KEYS

CHECKED = Path(__file__).parents[1] / "examples" / "budget-check.toml"
FILE = """
name = "ours"
model = "llama-2-7b"
tokens = "3T"
as_built = true
actor = ["ai2"]
price = "$2/h"

[assumptions]
pue = "1.3"
ppo_epochs = "2"

[phases.sft]
examples = "50k"

[own.chips.mine]
base = "h100-sxm"
"""
STAGES = [
    {"model": "llama-2-7b", "budget": "$1M"},
    {"stage": "posttrain", "model": "llama-3.1-8b", "actor": "ai2"},
    {"stage": "dataprep", "tokens": 1e12, "budget": 1e6},
    {"stage": "inference", "model": "llama-3.1-8b", "budget": "$1M/year"},
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def given(scenario):
    """Return what a scenario holds, as texts by key."""
    return {key: value.text for key, value in scenario.given()}


# --- what is given ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("tokens", "2T", "2T"),
        ("tokens", 2 * 10**12, "2000000000000"),
        ("tokens", 2e12, "2000000000000"),
        ("draws", 16.0, "16"),
        ("mfu", 0.4, "0.4"),
        ("actor", "princeton", ("princeton",)),
        ("actor", ("ai2", "princeton"), ("ai2", "princeton")),
        ("actor", ["princeton"], ("princeton",)),
        ("streaming", True, True),
    ],
)
def test_a_value_is_a_text_a_number_a_list_or_a_switch(file, key, value, text):
    assert given(fc.ask(**{key: value})) == {key: text}
    changed = fc.load(file, **{key: value})
    assert given(changed) == given(fc.load(file)) | {key: text}
    assert changed.values[key].set_by == "flag"


@pytest.mark.parametrize("key", ["name", "model", "tokens", "as_built", "actor", "price"])
def test_none_leaves_out_what_a_file_sets(file, key):
    before = given(fc.load(file))
    assert given(fc.load(file, **{key: None})) == {k: v for k, v in before.items() if k != key}
    assert given(fc.ask(**{key: None})) == {}


def test_a_switch_is_turned_off_by_python_and_by_a_file_that_extends_another(file):
    off = fc.load(file, as_built=False)
    assert given(off) == given(fc.load(file, as_built=None))
    assert given(fc.ask(as_built=False)) == {}
    above = file.with_name("above.toml")
    above.write_text("extends = 'ours.toml'\nas_built = false\n", encoding="utf-8")
    assert not fc.load(above).has("as_built")
    assert fc.load(above, as_built=True).switch("as_built")


def test_what_is_left_out_cannot_be_without_effect(file):
    with pytest.raises(fc.InputError, match="tokens: has no effect on inference"):
        fc.load(file, stage="inference", as_built=None, phases=None)
    changed = fc.load(file, stage="inference", as_built=None, phases=None, tokens=None)
    assert changed.text("stage") == "inference"


def test_tables_are_given_and_left_out_as_a_whole_or_by_name(file):
    changed = fc.load(file, assumptions={"pue": 1.2}, phases={"sft": {"examples": "9k"}})
    assert given(changed)["assumptions.pue"] == "1.2"
    assert given(changed)["assumptions.ppo_epochs"] == "2"
    assert given(changed)["phases.sft.examples"] == "9k"
    assert not fc.load(file, assumptions=None, phases=None).assumptions
    assert list(fc.load(file, **{"assumptions.pue": None}).assumptions) == ["ppo_epochs"]
    assert list(fc.load(file, assumptions={"pue": None}).assumptions) == ["ppo_epochs"]
    assert fc.load(file, own=None).own == {}
    more = fc.load(file, own={"chips": {"other": {"base": "b200"}}})
    assert list(more.own["chips"]) == ["mine", "other"]
    assert fc.ask(phase=[{"kind": "sft"}]).own_phases == ({"kind": "sft"},)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"modle": "gpt-4"}, "modle: unknown key; did you mean 'model'?"),
        ({"modle": None}, "modle: unknown key; did you mean 'model'?"),
        ({"modle": {"a": 1}}, "modle.a: unknown key"),
        ({"budget": False}, "budget: must be a single value"),
        ({"actor": True}, "actor: must be a single value"),
        ({"tokens": ["1T"]}, "tokens: must be a single value"),
        ({"tokens": float("nan")}, "tokens 'nan': "),
        ({"draws": 1.5}, "draws '1.5': must be a whole number"),
        ({"as_built": "perhaps"}, "as_built 'perhaps': must be true or false"),
    ],
)
def test_what_cannot_be_used_is_one_line_that_names_the_key(file, values, says):
    for door in (fc.ask, lambda **given: fc.load(file, **given)):
        with pytest.raises(fc.InputError) as raised:
            door(**values)
        assert str(raised.value).startswith(says)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "question",
    [
        lambda: fc.evaluate(fc.ask()),
        lambda: fc.evaluate(fc.ask(model="no-such")),
        lambda: fc.evaluate(fc.ask(stage="posttrain", model="gpt-5", recipe="chat")),
        lambda: fc.evaluate(fc.ask(stage="dataprep")),
        lambda: fc.evaluate(fc.ask(model="llama-2-7b", chip="tpu-v7")),
        lambda: fc.load("no-such.toml"),
        lambda: fc.solve(fc.ask(model="llama-2-7b"), "tokens"),
        lambda: fc.solve(fc.ask(model="llama-2-7b"), "no-such"),
        lambda: fc.solve(fc.ask(model="llama-2-7b", chips=8), "chips"),
        lambda: fc.solve(fc.ask(model="llama-2-7b", draws=0), "budget"),
        lambda: fc.best_model(fc.ask()),
        lambda: fc.best_model(fc.ask(budget=0)),
        lambda: fc.best_model(fc.ask(budget="$1M", model="gpt-4")),
        lambda: fc.best_model(fc.ask(budget="$1M/year", stage="inference")),
        lambda: fc.compare(fc.ask(model="llama-2-7b"), ["no-such"]),
        lambda: fc.check("no-such.toml"),
        lambda: fc.check(CHECKED, today="soon"),
    ],
)
def test_an_error_speaks_of_keys_and_never_of_flags(monkeypatch, question):
    monkeypatch.setattr(sys, "argv", ["frontiercost"])
    with pytest.raises(fc.FrontierCostError) as raised:
        question()
    text = str(raised.value)
    assert type(raised.value) in (fc.InputError, fc.NotEvaluatedError)
    assert "--" not in text
    assert not {"MODEL", "FILE", "NAME", "`"} & {*text.replace("'", " ").split(), *text}


def test_every_key_is_one_that_python_can_give():
    for key in KEYS:
        fc.ask(**{key: None})


# --- what comes back ----------------------------------------------------------------------------


@pytest.mark.parametrize("draws", [0, 1, 64])
@pytest.mark.parametrize("asked", STAGES, ids=lambda asked: asked.get("stage", "pretrain"))
def test_evaluations_are_equal_where_the_same_was_asked(asked, draws):
    one, again = (fc.evaluate(fc.ask(**asked, draws=draws)) for _ in range(2))
    other = fc.evaluate(fc.ask(**asked, draws=draws, basis="own"))
    assert one == again
    assert one != other
    assert one != 1
    assert {one, again, other} == {one, other}
    assert len({one, again, other}) == 2
    assert (one.bill, one.workload, one.verdicts) == (again.bill, again.workload, again.verdicts)


def test_the_seed_and_the_number_of_draws_make_another_answer():
    one, *others = (
        fc.evaluate(fc.ask(model="llama-2-7b", **more))
        for more in ({"draws": 64}, {"draws": 64, "seed": 1}, {"draws": 65}, {"draws": 0})
    )
    assert one not in others


@pytest.mark.parametrize("draws", [0, 64])
@pytest.mark.parametrize("asked", STAGES, ids=lambda asked: asked.get("stage", "pretrain"))
def test_an_evaluation_prints_as_one_line_with_name_stage_and_total(asked, draws):
    found = fc.evaluate(fc.ask(**asked, draws=draws))
    said = repr(found)
    assert said == str(found) == f"{found}"
    assert said.startswith(f"Evaluation({found.name!r}, {found.stage.name}, $")
    assert ("90%" in said) == bool(draws)
    assert len(said) < 120


def test_what_holds_draws_prints_without_them():
    found = fc.evaluate(fc.ask(model="llama-2-7b", budget="$1M", draws=64))
    assert "cost=<64 draws>" in repr(found.bill)
    assert "\n" not in repr((found.bill, found.workload, found.verdicts))
    line = Line("x", "X", found.bill.lines[0].cost, "")
    assert line == Line("x", "X", found.bill.lines[0].cost * 1.0, "")
    assert line != Line("x", "X", found.bill.lines[0].cost * 2.0, "")
    assert line != Line("x", "X", 1.0, "")


def test_what_is_found_by_the_other_doors_prints_as_a_line(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["frontiercost"])
    found = (
        fc.solve(fc.ask(params="7B", budget="$3M", draws=16), "tokens"),
        fc.best_model(fc.ask(budget="$10M", draws=16)),
        fc.compare(fc.ask(model="llama-2-7b", draws=16)),
        fc.ask(model="llama-2-7b", budget="$1M"),
    )
    for each in found:
        assert "\n" not in repr(each)
        assert len(repr(each)) < 500
        assert each == each  # noqa: PLR0124 - it must not raise


def test_actors_are_those_named_here_else_by_the_scenario_else_the_medians():
    asked = fc.ask(model="llama-2-7b", draws=16)
    named = fc.compare(asked, "openai")
    own = fc.compare(fc.ask(model="llama-2-7b", draws=16, actor=["ai2", "princeton"]))
    assert [each.actor.name for each in named.judgements] == ["openai"]
    assert [each.actor.name for each in own.judgements] == ["ai2", "princeton"]
    assert len(fc.compare(asked).judgements) > 10


def test_a_check_compares_with_the_totals_recorded_beside_its_file(tmp_path, run):
    file, other = tmp_path / "mine.toml", tmp_path / "other.json"
    condition = '[[assumption]]\nid = "same"\ncondition = "change.total_pct == 0"\n'
    file.write_text(f'{condition}[scenario]\nmodel = "llama-2-7b"\ndraws = 16\n', "utf-8")
    assert run("check", file, "--record", "--baseline", other).code == 0
    assert [each.status for each in fc.check(file).findings] == ["not-evaluated"]
    assert [each.status for each in fc.check(str(file), str(other)).findings] == ["pass"]
    assert fc.check(file, other).exit_code == 0
    assert repr(fc.check(file, other)) == f"Checked('{file}': 1 pass)"


# --- what it costs to open ----------------------------------------------------------------------


def test_importing_the_package_imports_nothing_else():
    code = "import sys; old = set(sys.modules); import frontiercost; print(*set(sys.modules) - old)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = ("frontiercost", "frontiercost.core", "frontiercost.core.version")
    assert sorted(found.stdout.split()) == sorted(names)


def test_what_is_offered_is_there_with_words_about_it():
    assert dir(fc) == sorted(fc.__all__)
    for name in fc.__all__:
        offered = getattr(fc, name)
        assert name.startswith("__") or offered.__doc__, name
        assert name.startswith("__") or offered.__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'nosuch'"):
        fc.nosuch  # noqa: B018 - it must raise


def test_a_door_stays_open_when_modules_below_are_imported():
    code = (
        "import frontiercost as fc, frontiercost.checks.check, frontiercost.analysis.solve\n"
        "assert callable(fc.check) and callable(fc.solve)\n"
        f"fc.check({str(CHECKED)!r})\n"
        "assert callable(fc.check) and callable(fc.load) and callable(fc.compare)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
