"""Every value that is given is read or refused, every answer says what it answered."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.facts import mean
from frontiercost.scenario.flags import FLAGS, KEYS, STAGE, flags_of
from frontiercost.scenario.scenario import ALWAYS_READ, build
from frontiercost.stages.evaluation import evaluate
from frontiercost.stages.registry import stage_names

BASE = {
    "pretrain": {"model": "llama-2-7b"},
    "posttrain": {"model": "llama-3.1-8b"},
    "dataprep": {"tokens": "1T"},
    "inference": {"model": "llama-3.1-8b"},
}
OTHER = {
    "model": "llama-3.1-70b",
    "actor": "ai2",
    "own_chips": "8 h100",
    "date": "2026-03",
    "recipe": "reasoning",
    "phase": "sft.examples=1000",
    "source": "own-platform:0.1T",
    "licence": "news=$5M/year",
    "mix": "llama-1",
    "without": "extras",
    "budget": "$7M",
    "chip": "b200",
    "precision": "fp16",
    "kv_precision": "fp4",
    "zero": "3",
    "tokens": "3T",
    "params": "9B",
    "active_params": "2B",
    "seq_len": "2048",
    "batch": "2M",
    "deadline": "40 days",
    "uplink": "1 Gbit/s",
    "inner_steps": "50",
    "bits": "4",
    "micro_batch": "2",
    "context": "4k",
    "input_tokens": "3000",
    "output_tokens": "700",
    "reasoning_tokens": "900",
    "requests": "5M/day",
    "tokens_per_second": "40",
    "ttft": "400 ms",
    "utilisation": "20%",
    "cache_hit": "50%",
    "mfu": "22%",
    "indirect": "40%",
    "years": "3",
    "price": "$3/h",
    "token_price": "$5/Mtok",
    "electricity_price": "0.2 USD/kWh",
    "development": "$5M",
    "demand_growth": "3x",
    "by": "reasoning",
    "commitment": "3y",
    "vendor": "hyperscaler",
    "pay": "academic",
    "programme": "explorer",
    "basis": "own",
    "recompute": "full",
    "without_developer": "Meta",
}
"""For each key a value unlike its default."""


def document(scenario):
    """Return what an answer says, but not its question."""
    from frontiercost.reporting.json_document import document as of

    evaluation = evaluate(scenario)
    (entry,) = of([evaluation], evaluation.stage.name, [])["evaluations"]
    return {key: value for key, value in entry.items() if key not in ("question", "notes")}


def asked(stage, **keys):
    return build(keys, None, (), {"stage": stage, "draws": "16", **BASE[stage]})


def value_for(key, whole="2"):
    return OTHER.get(key, "true" if KEYS[key].reader.kind == "switch" else whole)


KEYS_OF = {
    stage: [
        flag.name
        for flag in FLAGS
        if flag.is_key
        if flag.is_of(stage, stage=STAGE in flag.commands)
        if flag.name not in ALWAYS_READ
    ]
    for stage in stage_names()
}


@pytest.mark.parametrize(
    ("stage", "key"), [(stage, key) for stage, keys in KEYS_OF.items() for key in keys]
)
def test_a_value_changes_the_answer_or_is_refused(stage, key):
    """The law behind the table of flags: nothing that is given is passed over in silence."""
    plain = document(asked(stage))
    changed = said = None
    try:
        changed = document(asked(stage, **{key: value_for(key)}))
    except (InputError, NotEvaluatedError) as error:
        said = str(error)
    assert changed != plain if said is None else key in said.replace("-", "_") or "shape" in said


questions = st.sampled_from(stage_names()).flatmap(
    lambda stage: st.tuples(
        st.just(stage),
        st.lists(st.sampled_from(KEYS_OF[stage]), min_size=2, max_size=4, unique=True),
    )
)


@settings(max_examples=60, deadline=None)
@given(question=questions)
def test_beside_other_values_too_each_changes_the_answer_or_is_refused(question):
    stage, keys = question
    values = {key: value_for(key) for key in keys}
    whole = answered(stage, values)
    for key in keys:
        without = answered(stage, {k: v for k, v in values.items() if k != key})
        if whole is None or without is None or without != whole:
            continue
        # The program may have chosen this very value itself; it does not choose both.
        assert answered(stage, {**values, key: value_for(key, "4")}) != without, key


def answered(stage, values):
    """Return what an answer says; None where the question is refused."""
    try:
        return document(asked(stage, **values))
    except (InputError, NotEvaluatedError):
        return None


ACTORS = ("openai", "deepseek", "ai2", "princeton", "eth-zurich", "meta", "mistral")
"""Of every level of pay."""


@settings(max_examples=15, deadline=None)
@given(
    stage=st.sampled_from(("pretrain", "posttrain")),
    names=st.lists(st.sampled_from(ACTORS), min_size=2, max_size=4, unique=True),
)
def test_an_actor_is_judged_as_if_it_were_alone(stage, names):
    together = evaluate(asked(stage, actor=tuple(names))).verdicts
    for name, verdict in zip(names, together, strict=True):
        (alone,) = evaluate(asked(stage, actor=name)).verdicts
        assert alone.probability == verdict.probability
        assert np.array_equal(alone.cost, verdict.cost)


def test_the_year_of_an_actor_follows_from_its_own_cost():
    def year(*names):
        entry = document(asked("pretrain", model="llama-3.1-8b", actor=names, draws="256"))
        return entry["verdicts"][0]["affordable_year"]

    assert year("princeton") == year("princeton", "ai2")


QUANTITIES = [
    ("pretrain", "tokens", (1e9, 1e14), "", {}),
    ("pretrain", "tokens", (1e9, 1e13), "", {"chips": "256"}),  # a run of more days
    ("pretrain", "tokens", (1e9, 1e13), "", {"own_chips": "64 h100"}),
    ("pretrain", "params", (1e8, 1e12), "", {"model": None, "tokens": "1T"}),
    ("pretrain", "price", (0.1, 50.0), " USD/chip-hour", {}),
    ("dataprep", "tokens", (1e10, 1e13), "", {}),
    ("inference", "requests", (1e3, 1e9), "/day", {}),
]


@pytest.mark.parametrize(("stage", "key", "limits", "unit", "more"), QUANTITIES)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_more_never_costs_less(data, stage, key, limits, unit, more):
    def cost(value):
        keys = BASE[stage] | {"stage": stage, "draws": "0"} | more | {key: f"{value:.6g}{unit}"}
        given = {name: text for name, text in keys.items() if text is not None}
        return mean(evaluate(build(given)).bill.total)

    size = st.floats(*map(math.log, limits)).map(math.exp)
    less, greater = sorted((data.draw(size), data.draw(size)))
    assert cost(less) <= cost(greater) * (1 + 1e-9)


OF_COMPARE = {
    "category": "university",
    "frontier": "2027",
    "rung": "run",
    "people": "7",
    "done": True,
    "budget": "$3M",
    "years": "2026..2027",
    "cost": "$5M",
    "grant": "$20M",
    "free_chips": "8 h100",
    "pool": "ai2,princeton",
    "subsidy": "40%",
    "open_weights": "forbidden",
    "export_rule": "compute",
    "models": "llama-3.1-70b",
    "config": "no-such-folder",
    **{
        key: OTHER[key]
        for key in ("basis", "vendor", "commitment", "date", "actor", "price", "recipe")
    },
    "chip": "h200",
    "programme": "explorer",
}
QUESTIONS = {
    "the ladder": (),
    "one model": ("llama-2-7b",),
    "two models": ("llama-2-7b", "llama-3-8b"),
    "a sum": ("--cost", "$50M"),
}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "flag",
    [flag for flag in flags_of("compare") if flag.panel not in ("Output", "Scenario")],
    ids=lambda flag: flag.name,
)
def test_a_flag_of_compare_changes_the_answer_or_is_refused(run, question, flag):
    value = () if flag.reader.kind == "switch" else (OF_COMPARE[flag.name],)
    given = value if flag.argument else (flag.spelling, *value)
    plain = run("compare", *QUESTIONS[question], "--draws", "16", "--format", "json")
    other = run("compare", *QUESTIONS[question], *given, "--draws", "16", "--format", "json")
    if other.code == 2:
        assert flag.spelling in other.err or "has no effect here" in other.err
    else:
        assert other.code == 0
        assert answer_of(other.out) != answer_of(plain.out)


def answer_of(text):
    """Return a document without its questions and notes."""

    def plain(part):
        if isinstance(part, dict):
            kept = (key for key in part if key not in ("question", "notes"))
            return {key: plain(part[key]) for key in kept}
        return [*map(plain, part)] if isinstance(part, list) else part

    return plain(json.loads(text))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("compare --pool ai2,allenai", "is named twice"),
        ("pretrain llama-2-7b --tokens 2T --budget $3M --solve days", "leave it out"),
        (
            "pretrain llama-3-8b --sites 4 --site-chips 96 --uplink 1Gbit/s --deadline 30days",
            "--deadline has no effect here: sites have --sites × --site-chips chips",
        ),
        (
            "pretrain llama-3-8b --sites 4 --site-chips 96 --uplink 1Gbit/s --chips 256",
            "--chips has no effect here: sites have --sites × --site-chips chips",
        ),
        ("inference llama-3.1-8b --solve tokens --budget $1M", "has no effect here"),
        ("inference llama-3.1-8b --solve days --budget $1M", "has no effect here"),
        ("inference llama-3.1-8b --solve chips --budget $10", "serving holds its chips all year"),
        (
            "posttrain llama-3.1-8b --solve tokens --budget $1M",
            "phases sft and dpo each have tokens",
        ),
        ("dataprep --tokens 1T --solve params --budget $1M", "has no effect here"),
    ],
)
def test_what_a_question_cannot_use_is_refused(run, words, says):
    found = run(*words.split(), "--draws", "16")
    assert (found.code, found.out) == (2, "")
    assert says in found.err


def test_a_gate_on_an_answer_that_there_is_not_fails(run):
    words = "pretrain llama-2-7b --budget $1 --solve price --fail-over-budget --draws 16"
    found = run(*words.split())
    assert found.code == 3
    assert "There is no answer" in found.out


def test_a_backtest_says_its_draws(run):
    found = json.loads(run(*["backtest", "cost", "--draws", "64", "--format", "json"]).out)
    assert [entry["key"] for entry in found["question"]] == ["draws"]
