"""Every value that is given is read or refused, every answer says what it answered."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontiercost.analysis.best_model import best_model
from frontiercost.analysis.solve import solve
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.scenario.flags import FLAGS, KEYS, STAGE
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
    "pay": "startup",
    "programme": "explorer",
    "basis": "own",
    "recompute": "full",
    "without_developer": "Meta",
}
"""For each key a value unlike its default."""


def document(scenario):
    """Return what an answer says, but not its question."""
    from frontiercost.reporting.json_document import document as of  # noqa: PLC0415

    evaluation = evaluate(scenario)
    (entry,) = of([evaluation], evaluation.stage.name, [])["evaluations"]
    return {key: value for key, value in entry.items() if key not in ("question", "notes")}


def asked(stage, **keys):
    return build(keys, None, (), {"stage": stage, "draws": "16", **BASE[stage]})


def keys_to_try():
    for flag in FLAGS:
        for stage in stage_names():
            if flag.is_key and flag.is_of(stage, stage=STAGE in flag.commands):
                if flag.name not in ALWAYS_READ:
                    yield pytest.param(stage, flag.name, id=f"{stage}-{flag.name}")


@pytest.mark.parametrize(("stage", "key"), [*keys_to_try()])
def test_a_value_changes_the_answer_or_is_refused(stage, key):
    """The law behind the table of flags: nothing that is given is passed over in silence."""
    value = OTHER.get(key, "true" if KEYS[key].reader.kind == "switch" else "2")
    plain = document(asked(stage))
    try:
        changed = document(asked(stage, **{key: value}))
    except (InputError, NotEvaluatedError) as error:
        assert key in str(error).replace("break-even", "break_even") or "shape" in str(error)
        return
    assert changed != plain


def value_for(key):
    return OTHER.get(key, "true" if KEYS[key].reader.kind == "switch" else "2")


PAIRS = [(param.values[0], param.values[1]) for param in keys_to_try()]
questions = st.sampled_from(stage_names()).flatmap(
    lambda stage: st.tuples(
        st.just(stage),
        st.lists(
            st.sampled_from([key for of, key in PAIRS if of == stage]),
            min_size=2,
            max_size=4,
            unique=True,
        ),
    )
)


@settings(max_examples=300, deadline=None)
@given(question=questions)
def test_beside_other_values_too_each_changes_the_answer_or_is_refused(question):
    stage, keys = question
    values = {key: value_for(key) for key in keys}
    try:
        whole = document(asked(stage, **values))
    except (InputError, NotEvaluatedError):
        return
    for key in keys:
        try:
            less = document(asked(stage, **{k: v for k, v in values.items() if k != key}))
        except (InputError, NotEvaluatedError):
            continue
        assert less != whole, key
