"""The documents are true: their commands run, and what they print is what the page shows.

After a wanted change: UPDATE_GOLDEN=1 pytest tests/test_docs.py, then read the difference.
"""

import doctest
import json
import os
import re
import runpy
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

import frontiercost
from frontiercost.cli.app import COMMANDS, application

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "examples" / "README.md"]
CONSOLE = re.compile(r"```console\n\$ frontiercost ([^\n]*)\n(.*?)```", re.DOTALL)
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
FIRST = re.compile(r"(```sh\n.*?frontiercost ([^\n]*)\n```.*?```text\n)(.*?)```", re.DOTALL)
FILES = sorted((ROOT / "examples").glob("*.toml"))
NOT_CALLED = ["Evaluation", "Scenario", "__version__"]
CHECKS = [file for file in FILES if "[[assumption]]" in file.read_text(encoding="utf-8")]
EXAMPLES = [file for file in FILES if file not in CHECKS]


@pytest.fixture
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def renewed(text, run):
    """Return the page with every output as it is now."""

    def console(found):
        out = run(*shlex.split(found[1])).out.replace("\r\n", "\n")
        return f"```console\n$ frontiercost {found[1]}\n{out}```"

    text = CONSOLE.sub(console, text)
    return FIRST.sub(lambda m: f"{m[1]}{run(*shlex.split(m[2])).out}```", text, count=1)


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_a_page_shows_what_the_program_prints(run, at_root, page):
    text = page.read_text(encoding="utf-8")
    assert CONSOLE.search(text)
    now = renewed(text, run)
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(now, encoding="utf-8")
        text = now
    assert text == now


def test_the_python_of_the_readme_runs(at_root, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    exec(code, {})
    assert re.fullmatch(r"[\d,]+ USD, (yes|likely|toss-up|unlikely|no)\n", capsys.readouterr().out)


def test_the_page_on_python_shows_what_python_answers(at_root):
    page = ROOT / "PYTHON.md"
    options = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    found = doctest.testfile(str(page), module_relative=False, optionflags=options)
    assert found.failed == 0
    assert found.attempted > 20
    text = page.read_text(encoding="utf-8")
    assert [name for name in frontiercost.__all__ if f"fc.{name}" not in text] == NOT_CALLED


def test_the_accuracy_in_the_readme_is_the_one_recorded():
    script = runpy.run_path(str(ROOT / "benchmarks" / "write_accuracy.py"))
    recorded = json.loads(script["RECORD"].read_text(encoding="utf-8"))
    assert script["overview"](recorded) in README.read_text(encoding="utf-8")


def test_the_picture_of_the_readme_is_what_the_program_draws(run):
    picture = ROOT / "examples" / "who-can-afford.svg"
    now = run("compare", "--format", "svg").out
    if os.environ.get("UPDATE_GOLDEN"):
        picture.write_text(now, encoding="utf-8")
    assert picture.read_text(encoding="utf-8") == now
    assert f"examples/{picture.name}" in README.read_text(encoding="utf-8")


def test_the_first_two_shell_blocks_are_commands_only():
    blocks = SHELL.findall(README.read_text(encoding="utf-8"))[:2]
    assert "pretrain" in blocks[0]
    assert "pytest" in blocks[1]
    for block in blocks:
        assert block.startswith("python3 -m venv")
        assert "$ " not in block


@pytest.mark.parametrize("file", EXAMPLES, ids=[file.stem for file in EXAMPLES])
def test_every_example_runs_and_says_what_it_is_for(run, at_root, file):
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# ")
    stage = tomllib.loads(text)["stage"]
    found = run(stage, "--scenario", file, "-q")
    assert found.code == 0, found.err
    assert ("could" if stage == "compare" else "costs $") in " ".join(found.out.split())


@pytest.mark.parametrize("file", CHECKS, ids=[file.stem for file in CHECKS])
def test_every_example_of_a_check_holds(run, at_root, file):
    found = run("check", file)
    assert found.code == 0, found.out
    assert found.err == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_that_help_leads_with_run(run, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    for table in (ROOT / "examples").glob("*.csv"):
        shutil.copy(table, tmp_path)
    examples = re.findall(r"^  frontiercost (.+)$", run(command, "--help").out, re.M)
    assert examples
    for example in examples:
        if example != "backtest":  # tests/test_backtest.py runs them all, which takes long
            found = run(*shlex.split(example))
            assert found.code == 0, f"{example}: {found.err}"


def test_every_flag_the_pages_name_is_there():
    commands = get_command(application()).commands.values()
    known = {name for one in commands for p in one.params for name in p.opts}
    known |= {"--help", "--version"}
    others = {"--quiet", "--peers", "--calculon", "--install"}  # of pip, and of benchmarks
    others |= {"--contributors"}  # which CONTRIBUTING.md adds
    for page in [*PAGES, *ROOT.glob("*.md")]:
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text(encoding="utf-8")))
        assert named <= known | others, page


def test_every_command_is_in_the_readme():
    text = README.read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"frontiercost {command}" in text


def test_changelog_counts_are_those_of_the_catalogue(catalogue):
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    budgets = sum(len(actor.budgets) for actor in catalogue.actors.values())
    counts = [
        (len(catalogue.names("chip")), "chips"),
        (len(catalogue.names("model")), "models"),
        (len(catalogue.actors), "actors"),
        (budgets, "dated budgets"),
        (len(catalogue.quotes("rental")), "rental and"),
        (len(catalogue.quotes("purchase")), "purchase prices"),
        (len(catalogue.runs), "published runs"),
        (len(catalogue.assumptions), "assumptions"),
        (len(catalogue.trends), "growth rates"),
        (len(catalogue.sources), "sources"),
    ]
    flat = " ".join(text.split())
    assert [f"{n} {what}" for n, what in counts if f"{n} {what}" not in flat] == []


def test_nothing_points_outside_the_project():
    forbidden = re.compile(r"\.\./shared|/work/|/tmp/")
    for path in [*ROOT.glob("*.md"), *ROOT.glob("src/**/*.py"), *ROOT.glob("src/**/*.toml")]:
        assert not forbidden.search(path.read_text(encoding="utf-8")), path


def test_every_module_that_a_page_names_is_there():
    package = ROOT / "src" / "frontiercost"
    for page in ("METHOD.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for name in re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:\.py|/))`", text):
            places = (package / name, ROOT / name, ROOT / "benchmarks" / name)
            assert any(place.exists() for place in places), f"{page}: {name}"
