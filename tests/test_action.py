"""The action and the hook pass on what they are given, and nothing more."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
BUDGET = """\
scenario = { params = "1B", tokens = "100B", programme = "final-run", draws = 64 }

[[assumption]]
id = "fails"
condition = "total.p50 < $1"
"""


def scripts(text):
    """Return the shell scripts of an action's steps, without a parser of YAML."""
    return [
        re.sub(r"^ {8}", "", found[1], flags=re.MULTILINE)
        for found in re.finditer(r"run: \|\n((?: {8}.*\n)+)", text)
    ]


@pytest.fixture
def action(tmp_path, monkeypatch):
    """Run the step that checks, as a runner would, in a folder whose name has a space."""
    folder = tmp_path / "the project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "budget.toml").write_text(BUDGET, encoding="utf-8")
    install, checking = scripts((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert "${{" not in install + checking
    assert "pip" in install
    program = folder / "frontiercost" / "bin" / "frontiercost"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m frontiercost "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = {**os.environ, "RUNNER_TEMP": str(folder), "PYTHONPATH": str(ROOT / "src")}
    environment |= {"GITHUB_STEP_SUMMARY": str(folder / "step summary.md")}

    def ran(name="budget.toml", arguments="", today=""):
        return subprocess.run(
            [shutil.which("bash"), "-eo", "pipefail", "-c", checking],
            env={**environment, "FILE": name, "ARGUMENTS": arguments, "TODAY": today},
            capture_output=True,
            text=True,
            check=False,
        )

    return ran


def test_the_action_annotates_fills_the_summary_and_passes_the_exit_code_on(action):
    failed = action()
    assert failed.returncode == 3
    assert failed.stdout.startswith("::error file=budget.toml,line=3")
    assert "**0 of 1 assumptions hold" in Path("step summary.md").read_text(encoding="utf-8")


def test_the_action_runs_nothing_of_its_inputs(action):
    assert action(arguments="--exit-zero --baseline $(touch owned)").returncode == 2
    assert action(name="$(touch owned)", today="`touch owned`").returncode == 2
    assert not Path("owned").exists()


@pytest.mark.parametrize("line", [" ", "\n", "\n\n  ", "\t"])
def test_arguments_may_stand_over_several_lines(action, line):
    arguments = line.join(["", "--exit-zero", "--record", "--baseline", "new.json", ""])
    found = action(arguments=arguments)
    assert found.returncode == 0, found.stderr
    assert Path("new.json").exists()


@pytest.mark.parametrize("quoted", ['"a b.json"', "'a b.json'", "a\\ b.json"])
def test_quotes_keep_spaces_together(action, quoted):
    found = action(arguments=f"--exit-zero\n--record\n--baseline {quoted}\n")
    assert found.returncode == 0, found.stderr
    assert Path("a b.json").exists()


def test_a_quote_that_is_left_open_stops_the_step(action):
    found = action(arguments='--exit-zero\n--baseline "a b')
    assert found.returncode == 2
    assert found.stdout.startswith("::error title=frontiercost check::args cannot be read")


def test_a_file_may_have_spaces_in_its_name(action):
    os.rename("budget.toml", "our budget.toml")
    found = action("our budget.toml", "--exit-zero")
    assert found.returncode == 0
    assert found.stdout.startswith("::error file=our budget.toml,line=3")


def test_the_age_of_prices_counts_to_the_day_that_is_given(action):
    aged = 'max_price_age = "1 year"\n' + BUDGET.replace("< $1", "> $1")
    Path("budget.toml").write_text(aged, encoding="utf-8")
    assert action(today="2026-11-24").returncode == 0
    assert "max_price_age" in action(today="2029-01-01").stdout


def test_the_hook_runs_a_command_that_exists(run):
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    entry = re.search(r"entry: frontiercost (.+)", text)[1].split()
    assert run(*entry, "--help").code == 0
    assert re.findall(r"^- id: (\S+)", text, re.MULTILINE) == ["frontiercost-check"]


@pytest.mark.parametrize("name", ["action.yml", ".pre-commit-hooks.yaml"])
def test_workflow_files_are_yaml(name):
    parsed = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    if name == "action.yml":
        assert parsed["runs"]["using"] == "composite"
        assert set(parsed["inputs"]) == {"file", "args", "today"}
    else:
        assert parsed[0]["language"] == "python"
