"""Whatever is typed: an answer or one line that says what is wrong, never a traceback.

A short run in CI; FRONTIERCOST_FUZZ=100000 pytest tests/test_fuzz.py for a long one.
"""

import os
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontiercost.errors import DataError, InputError, NotEvaluatedError
from frontiercost.evaluation import evaluate
from frontiercost.scenario import FIELDS, Scenario, build
from frontiercost.units import SPELLINGS, parse

EXAMPLES = int(os.environ.get("FRONTIERCOST_FUZZ", "40"))
CALM = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
NASTY = [
    *(
        "",
        " ",
        "0",
        "-1",
        "1e999",
        "nan",
        "inf",
        "1..",
        "..2",
        "3..1",
        "1..2..3",
        "1e-300",
        "9" * 400,
    ),
    *(
        "[red]x[/red]",
        "\x1b[31mx",
        "=1+1",
        "<script>",
        "::error::x",
        "../..",
        "%",
        "$",
        "$5",
        "$5M",
    ),
    *("1T", "7B", "15T token", "80 GB", "2..4", "35%", "1M/day", "50", "1 s", "90 days", "$2/h"),
    *(
        "llama-2-7b",
        "h100-sxm",
        "tpu-v4",
        "ai2",
        "rent",
        "buy",
        "own",
        "spot",
        "fp8",
        "true",
        "x=1",
    ),
    *("2019", "2026-11", "2026-13-40", "common-crawl:1T", "sft.examples=0", "chat", "hyperscaler"),
]
values = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))
FLAGS = {
    "pretrain": (
        *(
            "--params",
            "--tokens",
            "--chip",
            "--chips",
            "--precision",
            "--mfu",
            "--batch",
            "--basis",
        ),
        *("--deadline", "--programme", "--vendor", "--commitment", "--price", "--date", "--budget"),
        *(
            "--actor",
            "--set",
            "--seed",
            "--tp",
            "--pp",
            "--recipe",
            "--phase",
            "--source",
            "--licence",
        ),
        *("--without", "--indirect", "--years", "--own-chips", "--seq-len", "--active-params"),
    ),
    "posttrain": (
        *(
            "--recipe",
            "--phase",
            "--chip",
            "--chips",
            "--basis",
            "--programme",
            "--budget",
            "--actor",
        ),
        *("--params", "--set", "--indirect", "--by", "--date"),
    ),
    "dataprep": (
        "--tokens",
        "--source",
        "--licence",
        "--mix",
        "--chip",
        "--basis",
        "--years",
        "--set",
    ),
    "inference": (
        *("--input-tokens", "--output-tokens", "--reasoning-tokens", "--context", "--cache-hit"),
        *("--requests", "--tokens-per-second", "--ttft", "--utilisation", "--chip", "--chips"),
        *("--precision", "--kv-precision", "--price", "--development", "--by", "--budget", "--set"),
    ),
    "compare": (
        "--actor",
        "--category",
        "--years",
        "--grant",
        "--subsidy",
        "--pool",
        "--cost",
        "--path",
    ),
}
MODELS = ["", "llama-2-7b", "gpt-4", "llama-3.1-8b", "deepseek-v3", "no-such", "gpt-2"]
command_lines = st.sampled_from(sorted(FLAGS)).flatmap(
    lambda command: st.tuples(
        st.just(command),
        st.sampled_from(MODELS),
        st.lists(st.tuples(st.sampled_from(FLAGS[command]), values), max_size=4),
    )
)


def is_calm(found):
    assert found.code in (0, 2, 3, 4), found.err
    assert "internal error" not in found.err
    assert "Traceback" not in found.err
    if found.code:
        assert found.err.strip()


@CALM
@given(line=command_lines)
def test_any_command_line_ends_in_an_answer_or_a_line(run, line):
    command, model, flags = line
    words = [command, *([model] if model and command != "dataprep" else [])]
    for flag, value in flags:
        words += [f"{flag}={value}"]
    is_calm(run(*words, "--draws", "16", "-q"))


@CALM
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.dictionaries(st.sampled_from(sorted(FIELDS)), values, max_size=5).map(
            lambda d: "\n".join(f"{k} = {v!r}" for k, v in d.items())
        ),
    )
)
def test_any_scenario_file_is_read_or_refused(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("fuzz") / "x.toml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(InputError):
        build({}, file)


entries = st.dictionaries(
    st.sampled_from(["date", "chip", "usd", "name", "label", "tdp", "memory", "shape", "x"]),
    st.one_of(values, st.integers(), st.floats(), st.dictionaries(st.text(max_size=3), values)),
    max_size=4,
)
own_tables = st.dictionaries(
    st.sampled_from(["chips", "models", "actors", "budgets", "sources", "prices", "chip"]),
    st.one_of(
        values,
        st.lists(st.one_of(entries, values), max_size=2),
        st.dictionaries(
            st.sampled_from(["z1", "rental", "../z", "\0"]), st.one_of(entries, values)
        ),
        st.dictionaries(st.just("rental"), st.lists(entries, max_size=2)),
    ),
    max_size=3,
)


@CALM
@given(own=own_tables)
def test_any_own_facts_are_used_or_refused(own):
    asked = build({"model": "llama-2-7b", "chip": "z1", "draws": "0"})
    scenario = Scenario(asked.values, own=own)
    with suppress(InputError, NotEvaluatedError, DataError):
        evaluate(scenario)


@settings(max_examples=max(EXAMPLES, 200), deadline=None)
@given(text=values, unit=st.sampled_from(sorted(SPELLINGS)))
def test_any_text_is_a_quantity_or_a_reason(text, unit):
    try:
        found = parse(text, unit)
    except ValueError:
        return
    assert found.low <= found.value <= found.high
