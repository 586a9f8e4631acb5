"""What CONTRIBUTING.md says is true: each of its changes is made in a copy, and works.

After a wanted change: UPDATE_GOLDEN=1 pytest tests/test_contributing.py, then read the difference.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "CONTRIBUTING.md"
BLOCK = re.compile(r"```(\w+) ?(\S*)\n(.*?)```", re.DOTALL)


@pytest.fixture
def copy(tmp_path):
    for folder in ("src", "benchmarks"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    return tmp_path


def changed(text, diff):
    """Return a text with a diff applied whose context stands in it once."""
    for hunk in diff.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        before, after = ("".join(x[1:] for x in lines if x[0] in kept) for kept in (" -", " +"))
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def apply(copy, kind, path, content):
    """Make the change of one block: a file, rows at the end of one, or lines in one."""
    file = copy / path
    if kind == "diff":
        content = changed(file.read_text(encoding="utf-8"), content)
    elif file.exists():
        assert file.suffix in (".csv", ".toml")
        content = file.read_text(encoding="utf-8") + ("\n" if kind == "toml" else "") + content
    file.parent.mkdir(exist_ok=True)
    file.write_text(content, encoding="utf-8")


def output(copy, line):
    """Return what a command prints in the copy."""
    program, *arguments = shlex.split(line)
    command = {"frontiercost": ["-m", "frontiercost"], "python": []}[program]
    environment = os.environ | {"PYTHONPATH": str(copy / "src"), "COLUMNS": "100"}
    found = subprocess.run(
        [sys.executable, *command, *arguments],
        capture_output=True,
        text=True,
        cwd=copy,
        env=environment,
        check=False,
    )
    assert found.returncode == 0, f"{line}: {found.stderr}"
    return found.stdout


def test_every_change_is_made_as_it_is_written(copy):
    text = PAGE.read_text(encoding="utf-8")

    def walked(block):
        kind, path, content = block.groups()
        if kind != "console":
            apply(copy, kind, path, content)
            return block[0]
        line = content.splitlines()[0]
        return f"```console\n{line}\n{output(copy, line.removeprefix('$ '))}```"

    now = BLOCK.sub(walked, text)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(now, encoding="utf-8")
        text = now
    assert text == now


def test_there_is_a_step_for_each_thing_one_may_add():
    text = PAGE.read_text(encoding="utf-8")
    for thing in (
        "chip",
        "price",
        "model",
        "kind of block",
        "family of models",
        "actor",
        "recipe of post-training",
        "published run",
        "line of the bill",
        "format",
        "flag",
        "stage",
    ):
        found = re.search(rf"^### An? {thing}\n(.*?)^### ", text, re.DOTALL | re.MULTILINE)
        assert found, thing
        assert "```console\n$ " in found[1], thing


def test_a_flag_and_a_stage_take_as_many_files_as_the_page_says():
    text = PAGE.read_text(encoding="utf-8")
    for thing, folders in (("flag", {"scenario", "stages"}), ("stage", {"stages", "cli"})):
        part = re.search(rf"^### A {thing}\n(.*?)^### ", text, re.DOTALL | re.MULTILINE)[1]
        paths = [path for kind, path, _ in BLOCK.findall(part) if kind != "console"]
        assert {path.split("/")[2] for path in paths} == folders
        assert len(paths) == {"flag": 2, "stage": 4}[thing]
