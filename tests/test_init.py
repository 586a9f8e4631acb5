"""The files that `init` writes run as they are."""

import re

import pytest

from frontiercost.catalogue.store import SHIPPED
from frontiercost.scenario.flags import KEYS

STARTERS = {
    **{stage: [stage, "--scenario"] for stage in ("dataprep", "pretrain", "posttrain")},
    "inference": ["inference", "--scenario"],
    "compare": ["compare", "--scenario"],
    "check": ["check"],
}


@pytest.mark.parametrize("what", STARTERS)
def test_every_starter_runs_as_it_is(run, tmp_path, what):
    path = tmp_path / "start.toml"
    assert run("init", what, "-o", path).code == 0
    assert path.read_text(encoding="utf-8") == run("init", what).out
    found = run(*STARTERS[what], path)
    assert found.code == 0, found.err
    assert found.err == ""


def test_every_starter_is_tested():
    assert {path.stem for path in (SHIPPED / "starters").glob("*.toml")} == set(STARTERS)


@pytest.mark.parametrize("what", [what for what in STARTERS if what != "check"])
def test_what_a_starter_comments_out_are_keys_that_exist(what):
    text = (SHIPPED / "starters" / f"{what}.toml").read_text(encoding="utf-8")
    keys = re.findall(r"^# (\w+) = ", text, re.MULTILINE)
    assert set(keys) <= KEYS.keys() | {"experiments_follower"}


def test_a_file_is_replaced_only_by_force(run, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("mine", encoding="utf-8")
    found = run("init", "check", "-o", path)
    assert found.code == 2
    assert "replace it with --force" in found.err
    assert path.read_text(encoding="utf-8") == "mine"
    assert run("init", "check", "-o", path, "--force").code == 0
    assert "[[assumption]]" in path.read_text(encoding="utf-8")
    assert "did you mean 'check'" in run("init", "chek").err
