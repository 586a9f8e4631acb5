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


def test_the_action_passes_its_inputs_as_variables_and_its_exit_code_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "budget.toml").write_text(BUDGET, encoding="utf-8")
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    install, checking = scripts(text)
    assert "${{" not in install + checking
    assert "pip" in install
    program = tmp_path / "frontiercost" / "bin" / "frontiercost"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m frontiercost "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = {**os.environ, "RUNNER_TEMP": str(tmp_path)}
    environment |= {"PYTHONPATH": str(ROOT / "src"), "GITHUB_STEP_SUMMARY": ""}

    def ran(name, arguments):
        return subprocess.run(
            [shutil.which("bash"), "-eo", "pipefail", "-c", checking],
            env={**environment, "FILE": name, "ARGUMENTS": arguments},
            capture_output=True,
            text=True,
            check=False,
        )

    failed = ran("budget.toml", "")
    assert failed.returncode == 3
    assert failed.stdout.startswith("::error file=budget.toml,line=3")
    assert ran("budget.toml", "--exit-zero --baseline $(touch owned)").returncode != 3
    assert not (tmp_path / "owned").exists()


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
        assert set(parsed["inputs"]) == {"file", "args"}
    else:
        assert parsed[0]["language"] == "python"
