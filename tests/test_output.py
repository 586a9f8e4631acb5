"""Whole outputs at a fixed width and seed, and the JSON contract.

After a wanted change: UPDATE_GOLDEN=1 pytest tests/test_output.py, then read the difference.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from frontiercost.catalogue.store import SHIPPED
from frontiercost.core.units import parse

GOLDEN = Path(__file__).parent / "golden"
COMMANDS = {
    "pretrain-budget.txt": ["pretrain", "llama-3.1-405b", "--budget", "$100M"],
    "pretrain-more.txt": ["pretrain", "llama-3.1-405b", "--budget", "$100M", "--more"],
    "inference-more.txt": ["inference", "deepseek-v3", "--chip", "h100-sxm", "--more"],
    "pretrain-actor.txt": ["pretrain", "deepseek-v3", "--as-built", "--actor", "ai2"],
    "pretrain-explain.txt": ["pretrain", "gpt-4", "--as-built", "--basis", "own", "--explain"],
    "pretrain-plan.txt": ["pretrain", "deepseek-v3", "--chip", "h100-sxm", "--explain"],
    "pretrain-sites.txt": [
        *("pretrain", "llama-3-8b", "--sites", "20", "--site-chips", "8"),
        *("--uplink", "110 Mbit/s", "--programme", "final-run"),
    ],
    "pretrain-point.txt": ["pretrain", "--params", "7B", "--tokens", "2T", "--draws", "0"],
    "pretrain.md": ["pretrain", "llama-2-70b", "--budget", "$5M", "--format", "markdown"],
    "pretrain.json": ["pretrain", "gpt-3", "--actor", "princeton", "--format", "json"],
    "best-model.json": ["pretrain", "--budget", "$10M", "--format", "json"],
    "posttrain.txt": ["posttrain", "llama-3.1-70b", "--recipe", "agent", "--actor", "ai2"],
    "posttrain.json": [
        *("posttrain", "gpt-3", "--recipe", "rlhf", "--phase", "ppo.steps=100..400", "--by"),
        *("trend", "--programme", "explorer", "--indirect", "55%", "--format", "json"),
    ],
    "dataprep.txt": ["dataprep", "--tokens", "60T", "--licence", "news=$60M/year"],
    "dataprep.json": [
        *("dataprep", "--source", "common-crawl:30T", "--source", "synthetic:1T", "--years", "2"),
        *("--budget", "$5M", "--format", "json"),
    ],
    "inference.txt": ["inference", "deepseek-v3", "--chip", "h100-sxm", "--requests", "1M/day"],
    "inference-views.txt": [
        *("inference", "llama-4-scout", "--context", "128k", "--tokens-per-second", "10"),
        *("--by", "reasoning", "--by", "context", "--by", "demand", "--actor", "princeton"),
    ],
    "inference-explain.txt": [
        *("inference", "--params", "70B", "--input-tokens", "2k", "--output-tokens", "500"),
        *("--basis", "own", "--explain", "--draws", "0"),
    ],
    "inference.json": [
        *("inference", "llama-3.1-70b", "--budget", "$1M/year", "--break-even", "--development"),
        *("$100M", "--price", "$1/Mtok..$10/Mtok", "--price", "$2/h", "--demand-growth", "2x"),
        *("--by", "reasoning", "--by", "context", "--by", "demand", "--format", "json"),
    ],
    "backtest.json": ["backtest", "pretrain", "--format", "json"],
    "compare.txt": ["compare"],
    "compare-levers.txt": [
        *("compare", "--grant", "$10M", "--subsidy", "30%", "--category", "university"),
        *("--years", "2024..2032"),
    ],
    "compare-history.txt": ["compare", "--history", "--years", "2022..2029"],
    "compare-returns.txt": ["compare", "--returns"],
    "compare-why.txt": ["compare", "llama-3.1-405b", "deepseek-v3", "--why"],
    "compare-model.txt": ["compare", "gpt-5"],
    "compare-versus.txt": ["compare", "llama-3.1-405b", "deepseek-v3"],
    "compare-ladder.json": [
        *("compare", "--pool", "ai2,princeton", "--years", "2026..2028"),
        *("--free-chips", "500 h100", "--open-weights", "forbidden", "--format", "json"),
    ],
    "compare-cost.json": ["compare", "--cost", "$30M", "--format", "json"],
    "compare-versus.json": [
        *("compare", "llama-2-70b", "llama-3-70b", "--draws", "512", "--format", "json")
    ],
    "compare.json": ["compare", "deepseek-v3", "--category", "nonprofit", "--format", "json"],
    "catalogue.txt": ["catalogue"],
    "catalogue-chip.txt": ["catalogue", "chip", "b300"],
    "catalogue-actor.txt": ["catalogue", "actor", "ai2"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_output_is_what_was_read_and_approved(run, name):
    found = run(*COMMANDS[name])
    assert found.code == 0
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(found.out, encoding="utf-8")
    assert found.out == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.endswith(".txt")])
def test_tables_fit_80_columns_and_cut_nothing(name):
    text = (GOLDEN / name).read_text(encoding="utf-8")
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.fixture(scope="module")
def schema():
    return json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.endswith(".json")])
def test_json_keeps_its_contract(schema, name):
    text = (GOLDEN / name).read_text(encoding="utf-8")
    document = json.loads(text)
    jsonschema.validate(document, schema)
    assert "NaN" not in text
    for evaluation in document.get("evaluations", []):
        means = sum(line["share"] for line in evaluation["bill"])
        assert means == pytest.approx(1, abs=1e-4)


def test_an_unknown_key_breaks_the_contract(schema):
    document = json.loads((GOLDEN / "pretrain.json").read_text(encoding="utf-8"))
    document["evaluations"][0]["cost"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


def test_no_draws_give_null_intervals_and_probability(run, schema):
    found = run("pretrain", "gpt-3", "--budget", "$1M", "--draws", "0", "--format", "json")
    document = json.loads(found.out)
    jsonschema.validate(document, schema)
    evaluation = document["evaluations"][0]
    assert evaluation["total_usd"]["low"] is None
    assert evaluation["verdicts"][0]["probability_affordable"] is None


def test_table_and_json_agree(run):
    asked = ["pretrain", "llama-2-70b"]
    document = json.loads(run(*asked, "--format", "json").out)
    total = document["evaluations"][0]["total_usd"]["median"]
    row = re.search(r"^ *Total +(\S+)", run(*asked).out, re.MULTILINE)
    assert parse(row[1], "USD").value == pytest.approx(total, rel=0.05)


def shell(*arguments, **variables):
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("COLUMNS", "FORCE_COLOR", "NO_COLOR")
    }
    return subprocess.run(
        [sys.executable, "-m", "frontiercost", *arguments],
        capture_output=True,
        text=True,
        env=environment | variables,
        check=False,
    ).stdout


def test_a_pipe_gets_whole_lines_without_colour():
    text = shell("pretrain", "llama-3.1-405b", "--actor", "ai2")
    assert "\x1b" not in text
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert any(len(line) > 100 for line in shell("catalogue", "models").splitlines())


@pytest.mark.parametrize("name", ["pretrain-ascii.txt", "compare-ascii.txt"])
def test_a_terminal_without_utf_8_gets_marks_of_ascii_that_stay_apart(name):
    asked = ("pretrain", "llama-3.1-405b") if name.startswith("pretrain") else ("compare",)
    text = shell(*asked, COLUMNS="80", PYTHONIOENCODING="ascii")
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="ascii")
    assert text == path.read_text(encoding="ascii")
    assert "?" not in text
    wide = shell(*asked, COLUMNS="80", PYTHONIOENCODING="utf-8")
    assert list(map(len, text.splitlines())) == list(map(len, wide.splitlines()))


def test_colour_is_forced_or_forbidden_by_the_environment():
    asked = ("pretrain", "gpt-3", "--budget", "$1M")
    assert "\x1b[" in shell(*asked, FORCE_COLOR="1", COLUMNS="80")
    assert "\x1b" not in shell(*asked, FORCE_COLOR="1", NO_COLOR="1")


def test_the_same_question_gives_the_same_bytes():
    asked = ("pretrain", "gpt-4", "--format", "json", "--seed", "3")
    assert shell(*asked) == shell(*asked)
