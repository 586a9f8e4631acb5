"""Faults that users of such tools reported, or that were found by trying this one: none comes back.

A case is a command and what must hold of its answer; its kind, reason and source stand beside it.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

CASES = Path(__file__).parent / "cases"
EVERY = [
    case
    for file in sorted(CASES.glob("*.toml"))
    for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]
]
ABOUT = {"id", "kind", "why", "source"}
ASKED = {"command", "env", "control", "json", "other_json", "within", "factor"}


def number(value):
    return value["median"] if isinstance(value, dict) else value


def near(value, margin):
    return value if isinstance(value, str) else pytest.approx(value, rel=margin)


OF_AN_ANSWER = {
    "is": lambda value, case: number(value) == near(case["is"], case.get("within", 1e-9)),
    "between": lambda value, case: case["between"][0] <= number(value) <= case["between"][1],
    "inside": lambda value, case: value["low"] <= case["inside"] <= value["high"],
    "at_least": lambda value, case: number(value) >= case["at_least"],
    "one_of": lambda value, case: value in case["one_of"],
}
OF_TWO_ANSWERS = {
    "same_as": lambda one, other, case: one == other,
    "not_above": lambda one, other, case: one <= other * case.get("factor", 1.001),
    "not_below": lambda one, other, case: one >= other * case.get("factor", 0.999),
}
OF_A_TEXT = {"exit", "says", "not_says"}


def at(value, path):
    """Follow a path such as evaluations.0.verdicts[actor=princeton].multiple."""
    for part in re.findall(r"[^.\[]+(?:\[[^\]]*\])?", path):
        key, _, where = part.partition("[")
        value = value[int(key)] if isinstance(value, list) else value[key]
        if where:
            name, _, wanted = where.rstrip("]").partition("=")
            value = next(one for one in value if str(one.get(name)) == wanted)
    return value


@pytest.fixture
def ask(run, monkeypatch):
    """Run a command in the folder of its files; with an environment of its own, as a process."""
    monkeypatch.chdir(CASES)

    def call(case, command):
        if "env" not in case:
            return run(*command)
        program = [sys.executable, "-m", "frontiercost", *command]
        around = os.environ | case["env"]
        done = subprocess.run(program, capture_output=True, text=True, env=around, check=False)
        return SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr)

    return call


def check_text(case, ask):
    done = ask(case, case["command"])
    expected = case.get("exit", 0)
    assert done.code in (expected if isinstance(expected, list) else [expected]), done
    said = done.out + done.err
    assert "internal error" not in said
    assert re.search(case.get("says", ""), said)
    assert "not_says" not in case or not re.search(case["not_says"], said)
    if "control" in case:  # else refusing everything would do
        assert ask(case, case["control"]).code == 0


def check_value(case, ask):
    def answer(command, path):
        done = ask(case, [*command, "--format", "json"])
        assert done.code == 0, done
        return at(json.loads(done.out), path)

    value = answer(case["command"], case["json"])
    for key in OF_AN_ANSWER.keys() & case.keys():
        assert OF_AN_ANSWER[key](value, case), (key, value)
    for key in OF_TWO_ANSWERS.keys() & case.keys():
        other = answer(case[key], case.get("other_json", case["json"]))
        assert OF_TWO_ANSWERS[key](number(value), number(other), case), (key, value, other)


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case["id"])
def test_a_fault_that_was_reported_does_not_come_back(case, ask):
    (check_value if "json" in case else check_text)(case, ask)


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case["id"])
def test_a_case_says_what_must_hold_and_why(case):
    rules = {*OF_AN_ANSWER, *OF_TWO_ANSWERS} if "json" in case else OF_A_TEXT
    assert ABOUT - {"source"} <= case.keys()
    assert rules & case.keys()
    assert case.keys() <= ABOUT | ASKED | rules
