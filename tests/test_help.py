"""Help that fits a screen, everything where it is asked for, and completion in three shells."""

import os
import pty
import re
import shlex
import subprocess
import sys

import pytest

from frontiercost.backtest.tables import STAGES as BACKTESTS
from frontiercost.cli.app import COMMANDS, STAGES
from frontiercost.cli.choices import LISTS, closed_list
from frontiercost.cli.examples import example_files
from frontiercost.cli.help import EVERYDAY, GROUPS
from frontiercost.cli.welcome import QUESTIONS
from frontiercost.scenario.flags import FLAGS, flags_of
from frontiercost.stages.registry import stage_of

WIDTH, HEIGHT = 80, 22


def flags_in(text):
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))


# --- help ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=" ".join)
def test_short_help_fits_a_screen(run, command):
    found = run(*command, "-h")
    lines = found.out.splitlines()
    assert found.code == 0
    assert len(lines) <= HEIGHT
    assert max(map(len, lines)) <= WIDTH
    assert not [line for line in lines if line.endswith((" …", "…\n")) and "MODELS…" not in line]


@pytest.mark.parametrize("command", COMMANDS)
def test_whole_help_names_every_flag_once_with_the_values_of_closed_lists(run, command):
    text = run(command, "--help").out
    assert max(map(len, text.splitlines())) <= WIDTH
    for flag in flags_of(command, stage=command in STAGES):
        lines = [
            line for line in text.splitlines() if re.match(rf"  {flag.spelling}(?![\w-])", line)
        ]
        assert len(lines) == 1, flag.spelling
        assert all(choice in text for choice in closed_list(flag))
    assert "3 a gate failed" in text


def test_short_help_names_what_whole_help_knows(run):
    for command in COMMANDS:
        short, whole = (flags_in(run(command, way).out) for way in ("-h", "--help"))
        assert short <= whole | {"-h"}


def test_every_flag_has_a_group_and_what_is_named_is_there():
    assert {flag.panel for flag in FLAGS} <= {p for panels in GROUPS.values() for p in panels}
    for command, names in EVERYDAY.items():
        known = {flag.name for flag in flags_of(command, stage=command in STAGES)}
        assert set(names) - {"basis", "programme", "solve", "explain"} <= known, command


def test_lists_that_stand_beside_the_code_are_those_of_the_code():
    assert tuple(LISTS["backtest"]()) == BACKTESTS
    views = stage_of("inference").answer().views
    assert set(LISTS["service-view"]()) == set(views) - {"break-even"}
    assert set(LISTS["recipe-view"]()) == set(stage_of("posttrain").answer().views)


def test_no_arguments_lead_a_newcomer_on_a_terminal_to_questions_that_run(run, tmp_path):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "frontiercost"]
    assert subprocess.run(command, stdout=theirs, check=False).returncode == 0
    os.close(theirs)
    said = os.read(ours, 10_000).decode().replace("\r\n", "\n")
    assert said == QUESTIONS
    asked = re.findall(r"^  frontiercost (.+?)   ?\w.*$", QUESTIONS, re.M)
    assert len(asked) == 5
    assert max(map(len, QUESTIONS.splitlines())) <= WIDTH
    for question in asked:
        assert run(*shlex.split(question)).code == 0, question


# --- examples -----------------------------------------------------------------------------------


def test_examples_are_listed_and_printed(run):
    listing = run("examples").out
    for name, path in example_files().items():
        assert name in listing
        assert run("examples", name).out == path.read_text(encoding="utf-8")
    assert run("examples", "university-7b.toml").out == run("examples", "university-7b").out
    missing = run("examples", "university")
    assert missing.code == 2
    assert "university-7b" in missing.err


def test_the_list_of_examples_fits_a_screen_and_cuts_nothing(run):
    lines = run("examples").out.splitlines()
    assert len(lines) <= HEIGHT
    assert max(map(len, lines)) <= WIDTH
    assert not [line for line in lines if line.endswith(" …") and "Columns" not in line]


@pytest.mark.parametrize("name", sorted(example_files()))
def test_an_example_brings_the_files_it_reads_and_replaces_none(run, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chat-service.toml").write_text("# mine\n", encoding="utf-8")
    assert run("examples", name, "-o", "copy.toml").code == 0
    for named in re.findall(r'"([\w.-]+\.(?:toml|csv))"', (tmp_path / "copy.toml").read_text()):
        assert (tmp_path / named).exists()
    assert (tmp_path / "chat-service.toml").read_text(encoding="utf-8") == "# mine\n"


def test_the_example_of_a_check_runs_alone(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("examples", "budget-check", "-o", "plan.toml").code == 0
    found = run("check", "plan.toml")
    assert found.code == 0
    assert "could not be evaluated" not in found.out


def test_an_example_runs_from_anywhere(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("examples", "university-7b", "-o", "mine.toml").code == 0
    assert run("pretrain", "--scenario", "mine.toml", "-q").code == 0


# --- completion ---------------------------------------------------------------------------------

OFFERED = {
    "pretrain llama-3.1-4": "llama-3.1-405b",
    "pretrain --chip h100-s": "h100-sxm",
    "compare --actor prince": "princeton",
    "inference --set reason": "reasoning_tokens=",
    "pretrain --basis am": "amortised",
    "posttrain --recipe reas": "reasoning",
    "compare --category non": "nonprofit",
    "compare --rung adapt-": "adapt-small",
    "catalogue act": "actors",
    "pretrain --format mark": "markdown",
    "inference --by con": "context",
    "backtest local": "local-serving",
    "init comp": "compare",
    "examples uni": "university-7b",
    "pretrain --toke": "--tokens",
}
SHELLS = {
    "bash": lambda words: {
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    },
    "zsh": lambda words: {"_TYPER_COMPLETE_ARGS": words},
    "fish": lambda words: {
        "_TYPER_COMPLETE_ARGS": words,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    },
}
COMPLETE = """
import sys
from frontiercost.cli import main
sys.argv = ["frontiercost"]
try: main()
except SystemExit: pass
print("numpy" in sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("typed", OFFERED)
def test_shells_complete_names_and_closed_lists_without_numpy(typed, shell):
    environment = os.environ | {"_FRONTIERCOST_COMPLETE": f"complete_{shell}"}
    environment |= SHELLS[shell](f"frontiercost {typed}")
    found = subprocess.run(
        [sys.executable, "-c", COMPLETE],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert re.search(rf"(^|[\s\"']){re.escape(OFFERED[typed])}([\s\"':]|$)", found.stdout)
    assert found.stderr.split()[-1] == "False"


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_told_how_to_complete(shell):
    found = subprocess.run(
        [sys.executable, "-m", "frontiercost"],
        capture_output=True,
        text=True,
        env=os.environ | {"_FRONTIERCOST_COMPLETE": f"source_{shell}"},
        check=True,
    )
    assert f"complete_{shell}" in found.stdout


def test_a_shell_that_cannot_complete_is_bad_usage(run, monkeypatch):
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("sh", "/bin/sh"))
    assert run("--show-completion").code == 2
