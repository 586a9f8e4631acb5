"""One door for ranges: whatever comes in by text is held to what its unit and its fact allow."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontiercost.catalogue.store import Catalogue, shipped
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.facts import fact_from_text
from frontiercost.core.limits import LIMITS, OTHERWISE, SMALLEST, Limits, check
from frontiercost.core.units import SPELLINGS, Quantity
from frontiercost.reporting.evaluation import of_evaluation
from frontiercost.scenario.flags import KEYS
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

ASSUMPTIONS = dict(shipped().assumptions)
ASKED = {
    "owned": {"stage": "pretrain", "model": "llama-2-7b", "basis": "own", "budget": "$1M/year"},
    "sites": {
        "stage": "pretrain",
        "params": "7B",
        "tokens": "1T",
        "recipe": "reasoning",
        "sites": "4",
        "site_chips": "64",
        "uplink": "1 Gbit/s",
    },
    "posttrain": {"stage": "posttrain", "model": "llama-3.1-8b", "recipe": "rlhf"},
    "inference": {"stage": "inference", "model": "llama-3.1-8b", "actor": ["ai2"]},
    "tpu": {
        "stage": "pretrain",
        "params": "7B",
        "tokens": "1T",
        "chips": "256",
        "chip": "tpu-v5p",
        "basis": "amortised",
        "pay": "startup",
        "budget": "$1M",
    },
    "dataprep": {"stage": "dataprep", "source": ["pdf-documents:1T", "synthetic:1T"]},
}
DRAWS = {"draws": "4"}


def range_of(unit, own):
    """The least and the most of a fact: its own, else those of its unit."""
    of_unit = LIMITS.get(unit, OTHERWISE)
    return tuple(mine if mine is not None else its for mine, its in zip(own, of_unit, strict=True))


def written(number, unit):
    """A number in a unit as text; a bare B is a billion."""
    scale, name = {"B": (1e9, "GB"), "%": (0.01, "%"), "count": (1, "")}.get(unit, (1, unit))
    return f"{number / scale!r} {name}".strip()


def overridden(name, text):
    """A fact as `--set assumptions.NAME=…` makes it."""
    fact = ASSUMPTIONS[name]
    return fact_from_text(fact.path, text, fact.unit, "flag", fact.limits)


def numbers(part):
    if isinstance(part, dict):
        return [
            number
            for key, inner in part.items()
            if key != "break_even"
            for number in numbers(inner)
        ]
    if isinstance(part, (list, tuple)):
        return [number for inner in part for number in numbers(inner)]
    return [part] if isinstance(part, (int, float)) else []


def is_an_answer(e):
    document = of_evaluation(e, e.stage.name).document()
    assert all(map(math.isfinite, numbers(document)))
    (answer,) = document["evaluations"]
    assert min(numbers([answer["total_usd"], answer["bill"], answer["workload"]])) >= 0


# --- what a fact may be ---------------------------------------------------------------------------


def test_every_fact_of_the_catalogue_is_inside_its_limits():
    for fact in ASSUMPTIONS.values():
        least, most = range_of(fact.unit, fact.limits)
        assert least <= fact.low <= fact.value <= fact.high <= most, fact.path


@given(st.sampled_from(sorted(ASSUMPTIONS)), st.floats(-1e40, 1e40))
def test_an_overridden_assumption_is_inside_its_limits_or_refused(name, number):
    least, most = range_of(ASSUMPTIONS[name].unit, ASSUMPTIONS[name].limits)
    text = written(number, ASSUMPTIONS[name].unit)
    try:
        found = overridden(name, text)
    except ValueError:
        assert not least <= number <= most or 0 < abs(number) < 2 * SMALLEST
    else:
        assert least <= found.low
        assert found.high <= most


@pytest.mark.parametrize("text", ["-1", "-3..2", "1e30", "200%", "1e999", "nan", "0..1e30"])
def test_no_assumption_can_be_negative_endless_or_twice_the_whole(text):
    for name, fact in ASSUMPTIONS.items():
        unit = "" if "%" in text else f" {fact.unit.removeprefix('count')}"
        if "%" in text and fact.unit == "x" and fact.limits.least is None:
            continue  # 200 % is 2
        with pytest.raises(InputError, match=name):
            build_and_resolve(name, f"{text}{unit}".strip())


def build_and_resolve(name, text):
    from frontiercost.scenario.resolver import Resolver

    asked = build({"model": "llama-2-7b", **DRAWS}, settings=[f"assumptions.{name}={text}"])
    fact = Resolver(asked, shipped()).catalogue.assumption(name)
    least, most = range_of(fact.unit, ASSUMPTIONS[name].limits)
    if least <= fact.low and fact.high <= most:
        raise InputError(f"{name} is inside its limits")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("pue", "0.9", "at least 1"),
        ("pue_hyperscaler", "99%", "at least 1"),
        ("experiments_follower", "-3", "at least 0"),
        ("network_share", "80", "write 80%"),
        ("average_draw", "1.2x", "at most 100%"),
        ("storage_share", "100%", "at most 99%"),
        ("chip_life", "0 days", "at least 30 days"),
        ("average_draw", "0%", "at least 1"),
        ("loss_size_exponent", "5", "at most 2"),
    ],
)
def test_the_refusal_of_an_assumption_states_its_limit(run, name, text, says):
    found = run("pretrain", "llama-2-7b", "--set", f"assumptions.{name}={text}", "-q")
    assert found.code == 2
    assert f"--set assumptions.{name} '{text}': must be" in found.err
    assert says in found.err


@given(st.sampled_from(sorted(SPELLINGS)), st.floats(-1e300, 1e300))
def test_a_number_is_checked_against_its_own_limits_before_those_of_its_unit(unit, number):
    exact = Quantity(number, number, number)
    check(Quantity(0, 0, 0), unit, Limits(0, 0))
    if abs(number) >= SMALLEST:
        check(exact, unit, Limits(number, number))
        with pytest.raises(ValueError, match="must be"):
            check(exact, unit, Limits(math.nextafter(number, math.inf), None))


# --- at the ends of what is allowed there is still an answer --------------------------------------


def read_by(asked, monkeypatch):
    """The assumptions that an answer reads."""
    read = set()
    with monkeypatch.context() as patched:
        patched.setattr(Catalogue, "_change", lambda self, key: read.add(key))
        is_an_answer(evaluate(build({**asked, **DRAWS}), Catalogue()))
    return read & ASSUMPTIONS.keys()


@pytest.fixture(scope="module")
def first_to_read():
    """Each question with the assumptions that none before it reads."""
    patch, known = pytest.MonkeyPatch(), set()
    found = {}
    for name, asked in ASKED.items():
        read = read_by(asked, patch)
        found[name] = sorted(read - known)
        known |= read
    assert len(known) > 150
    return found


@pytest.mark.parametrize("question", ASKED)
def test_every_assumption_may_be_as_small_or_large_as_it_is_allowed_to(question, first_to_read):
    for name in first_to_read[question]:
        fact = ASSUMPTIONS[name]
        ends = [written(end, fact.unit) for end in range_of(fact.unit, fact.limits)]
        for text in (*ends, "..".join(ends)):
            setting = f"assumptions.{name}={text}"
            try:
                is_an_answer(evaluate(build({**ASKED[question], **DRAWS}, settings=[setting])))
            except (InputError, NotEvaluatedError):
                continue
            except Exception as error:
                raise AssertionError(setting) from error


AMOUNTS = sorted(key for key in KEYS if KEYS[key].reader.kind in ("quantity", "money"))
wild = st.sampled_from(
    ["0", "1e-29", "1e-31", "1", "1e9", "1e15", "1e30", "1e300", "-1", "0..1e15"]
)


@settings(max_examples=60)
@given(st.sampled_from(sorted(ASKED)), st.sampled_from(AMOUNTS), wild)
def test_every_amount_may_be_anything_and_is_answered_or_refused(question, key, number):
    unit = KEYS[key].reader.unit
    text = f"{number} {unit}" if unit not in ("B", "count") else number
    try:
        e = evaluate(build({**ASKED[question], **DRAWS, key: text}))
    except (InputError, NotEvaluatedError):
        return
    is_an_answer(e)


# --- every other door -----------------------------------------------------------------------------

CHIP = {
    "release": "2024-01",
    "generation": "Hopper",
    "peak_bf16": "990 TFLOP/s",
    "memory": "80 GB",
    "memory_bandwidth": "3.3 TB/s",
    "chips_per_server": "8",
}


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({"chips": {"z1": {**CHIP, "memory_bandwidth": "0 B/s"}}}, "memory_bandwidth '0 B/s'"),
        ({"chips": {"z1": {**CHIP, "chips_per_server": "0"}}}, "at least 1 chip"),
        ({"chips": {"z1": {**CHIP, "tdp": "-700 W"}}}, "at least 0"),
        ({"chips": {"z1": {**CHIP, "peak_bf16": "1e30 FLOP/s"}}}, "at most"),
        ({"chips": {"z1": {**CHIP, "memory": {"value": "-80 GB", "source": "own"}}}}, "its range"),
        ({"models": {"m": {"total_params": "0"}}}, "at least 1M parameters"),
        ({"models": {"m": {"total_params": "7B", "tokens": "0"}}}, "at least 1 token"),
        ({"models": {"m": {"total_params": "7B", "shape": {"layers": 0}}}}, "own.models.m"),
        ({"budgets": [{"actor": "ai2", "date": "2026", "usd": "-1", "kind": "stock"}]}, "least $0"),
        (
            {"budgets": [{"actor": "a", "date": "2026", "usd": 1, "kind": "flow", "share": "80"}]},
            "write 80%",
        ),
        (
            {"budgets": [{"actor": "a", "date": "2026-02-30", "usd": 1, "kind": "flow"}]},
            "2026-02 has 28 days",
        ),
        (
            {"prices": {"rental": [{"date": "2026", "chip": "h200", "usd_per_chip_hour": "0"}]}},
            "usd_per_chip_hour '0': must be at least",
        ),
        (
            {"prices": {"purchase": [{"date": "2026", "chip": "h200", "usd_per_chip": "1e30"}]}},
            "usd_per_chip '1e30': must be at most",
        ),
    ],
)
def test_own_facts_pass_the_same_door(own, says):
    asked = replace(build({"model": "llama-2-7b", **DRAWS}), own=own)
    with pytest.raises(InputError) as refused:
        evaluate(asked)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["posttrain", "llama-3.1-8b", "--phase", "sft.examples=-5"], "must be at least"),
        (["posttrain", "llama-3.1-8b", "--phase", "sft.epochs=1e30"], "must be at most"),
        (["posttrain", "llama-3.1-8b", "--phase", "answers.acceptance=0"], "must be at least 0.1"),
        (["pretrain", "llama-2-7b", "--own-chips", "0 h100"], "must be at least 1 chip"),
        (["pretrain", "llama-2-7b", "--own-chips", "-8 h100"], "must be at least 1 chip"),
        (["dataprep", "--source", "common-crawl:-1T"], "must be at least 1 token"),
        (["dataprep", "--tokens", "1T", "--licence", "news=-$5/year"], "must be at least $0"),
        (["compare", "--free-chips", "-8 h100"], "must be at least 1 chip"),
        (["compare", "--subsidy", "80"], "write 80% for 80 per cent"),
        (["compare", "--grant", "-5"], "must be at least $0"),
        (["pretrain", "llama-2-7b", "--budget", "1e30"], "must be at most"),
        (["pretrain", "llama-2-7b", "--tp", "9" * 30], "must be at most"),
    ],
)
def test_phases_levers_and_own_chips_pass_the_same_door(run, flags, says):
    found = run(*flags, "-q")
    assert found.code == 2
    assert says in found.err


def test_chips_that_fail_faster_than_they_restart_are_refused(run):
    slow = ("--set", "assumptions.restart_time=10 years")
    found = run("pretrain", "llama-2-7b", "--chips", "64", *slow, "-q")
    assert found.code == 2
    assert "fail faster than the run could restart" in found.err


def test_limits_of_a_fact_hold_for_a_catalogue_of_ones_own_too(run, tmp_path):
    entry = (
        '[pue]\nvalue = "0.5 x"\nsource = "own-judgement"\nconfidence = "stated"\nas_of = "2026"\n'
    )
    (tmp_path / "assumptions.toml").write_text(entry, encoding="utf-8")
    found = run("pretrain", "llama-2-7b", "--catalogue", tmp_path, "-q")
    assert found.code != 0
    assert "must be at least 1" in found.err


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2026-02-30,h100-sxm,X,specialist,1y,2.5", "2026-02 has 28 days"),
        ("2026-02-20,h100-sxm,X,specialist,1y,-3", "outside its range"),
        ("2026-02-20,h100-sxm,X,specialist,1y,0", "outside its range"),
        ('2026-02-20,h100-sxm,X,specialist,1y,"2,5"', "'2,5': is not a plain number"),
    ],
)
def test_rows_of_a_catalogue_of_ones_own_are_refused_likewise(run, tmp_path, row, says):
    columns = shipped().columns("prices/rental.csv")
    (tmp_path / "prices").mkdir()
    text = f"{','.join(columns)}\n{row},,own-judgement,,stated,\n"
    (tmp_path / "prices" / "rental.csv").write_text(text, encoding="utf-8")
    found = run("pretrain", "llama-2-7b", "--chip", "h100-sxm", "--catalogue", tmp_path, "-q")
    assert found.code == 2
    assert says in found.err


def test_a_release_is_a_day_of_the_calendar(run, tmp_path):
    file = tmp_path / "x.toml"
    chip = "".join(f'{key} = "{value}"\n' for key, value in CHIP.items())
    text = f'chip = "z1"\nprice = 3\n[own.chips.z1]\n{chip}'.replace("2024-01", "2025-02-29")
    file.write_text(text, encoding="utf-8")
    found = run("pretrain", "llama-2-7b", "--scenario", file, "-q")
    assert found.code == 2
    assert "2025-02 has 28 days" in found.err
