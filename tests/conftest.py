import csv
import io
import json
import os
import sys
from dataclasses import dataclass

import pytest
from hypothesis import settings

from checking import RUN, TODAY, toml
from frontiercost.catalogue.store import shipped
from frontiercost.checks import check
from frontiercost.cli import ONE_THREAD, main
from upstream_files import TABLES

for variable in [name for name in os.environ if name.startswith("FRONTIERCOST_")]:
    del os.environ[variable]  # it would be a value of every scenario

os.environ.setdefault(*ONE_THREAD)  # as the program does, before anything imports numpy

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("ci")


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def catalogue():
    return shipped()


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the program in this process, at 80 columns and without colour."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["frontiercost", *map(str, arguments)])
        for name in ("FORCE_COLOR", "NO_COLOR", "TERM"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("COLUMNS", "80")
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capsys.readouterr()
        return Outcome(int(stopped.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture(autouse=True)
def _the_clock_stands_still(monkeypatch):
    """Let no test pass or fail by the day on which it runs."""
    monkeypatch.setattr(check, "clock", lambda: TODAY)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Write a file of assumptions on `run.toml`, in a folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.toml").write_text(toml(RUN), encoding="utf-8")

    def written(*assumptions, head='scenario = "run.toml"\n'):
        path = tmp_path / "budget.toml"
        text = "\n".join([head, *assumptions] if head else assumptions)
        path.write_text(text, encoding="utf-8")
        return path.name

    return written


@pytest.fixture
def imported(run, tmp_path):
    """Import a file into a folder, and return what was said and the rows that the folder has."""

    def call(name, path, *more, into="newer"):
        said = run("catalogue", "import", name, path, "-o", tmp_path / into, *more)
        table = tmp_path / into / TABLES[name]
        text = table.read_text(encoding="utf-8") if table.exists() else ""
        return said, list(csv.DictReader(io.StringIO(text)))

    return call


@pytest.fixture
def config(tmp_path):
    """Write a model's configuration and return its file."""

    def written(content, name="config.json"):
        file = tmp_path / name
        text = content if isinstance(content, (str, bytes)) else json.dumps(content)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return written
