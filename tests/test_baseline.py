"""What was recorded, what changed since, and what it comes from."""

import json

import pytest

from checking import RUN, assumption, checked, scenario_of, toml
from frontiercost.catalogue import store
from frontiercost.catalogue.store import Catalogue
from frontiercost.checks.baseline import LARGEST_BASELINE

HOLDS = assumption("total.p50 < $1M and p(affordable) > 95%", "holds")
ABSENT = assumption("chips > 0", "absent", scenario="none.toml")
CHANGE = assumption("change.total_pct <= 10 and change.total_usd < $20k", "change")


def test_a_recorded_total_shows_what_changed_and_why(run, file, tmp_path):
    name = file(CHANGE)
    assert run("check", name).code == 4
    assert run("check", name, "--record").code == 0
    same = scenario_of(run("check", name, "--format", "json"))
    assert (same["change_usd"], same["change_pct"], same["changed"]) == (0, 0, [])

    (tmp_path / "run.toml").write_text("# a comment\n" + toml(RUN), encoding="utf-8")
    assert scenario_of(run("check", name, "--format", "json"))["changed"] == []

    (tmp_path / "run.toml").write_text(toml({**RUN, "tokens": "200B"}), encoding="utf-8")
    dearer = run("check", name, "--format", "json")
    assert dearer.code == 3
    assert scenario_of(dearer)["change_pct"] > 30
    assert scenario_of(dearer)["changed"] == ["what the scenario asks"]
    assert "what differs is what the scenario asks" in " ".join(run("check", name).out.split())


def test_a_newer_edition_is_told_from_a_change_of_the_file(run, file, tmp_path):
    name = file(CHANGE)
    run("check", name, "--record", "--baseline", "old.json")
    old = json.loads((tmp_path / "old.json").read_text(encoding="utf-8"))
    old["catalogue"]["edition"] = "2026-05"
    old["scenarios"]["run.toml"]["total_usd"]["median"] *= 0.5
    (tmp_path / "old.json").write_text(json.dumps(old), encoding="utf-8")
    found = run("check", name, "--baseline", "old.json", "--format", "json")
    assert found.code == 3
    assert scenario_of(found)["change_pct"] == pytest.approx(100, abs=1e-3)
    assert scenario_of(found)["changed"] == ["a newer catalogue edition (2026-05 to 2026-11)"]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"scenarios": []}', "[" * 100_000, '{"catalogue": {"edition": 1}}']
)
def test_a_broken_baseline_is_refused(run, file, tmp_path, text):
    (tmp_path / "budget.baseline.json").write_text(text, encoding="utf-8")
    found = run("check", file(CHANGE))
    assert found.code == 2
    assert "is not a baseline" in found.err


def test_a_total_of_zero_has_no_relative_change(run, file, tmp_path):
    name = file(CHANGE)
    run("check", name, "--record")
    path = tmp_path / "budget.baseline.json"
    old = json.loads(path.read_text(encoding="utf-8"))
    old["scenarios"]["run.toml"]["total_usd"]["median"] = 0
    path.write_text(json.dumps(old), encoding="utf-8")
    found = run("check", name)
    assert found.code == 4
    assert "the recorded total is zero" in " ".join(found.out.split())


def test_nothing_is_recorded_for_a_wrong_flag_or_folder(run, file, tmp_path):
    found = run("check", file(HOLDS), "--record", "--format", "githib")
    assert found.code == 2
    assert "did you mean 'github'" in found.err
    assert not (tmp_path / "budget.baseline.json").exists()
    found = run("check", "budget.toml", "--record", "--baseline", "none/x.json")
    assert found.code == 2
    assert "--baseline 'none/x.json'" in found.err


def test_nothing_is_recorded_when_a_scenario_is_missing(run, file, tmp_path):
    found = run("check", file(CHANGE, ABSENT), "--record")
    assert found.code == 4
    assert "nothing was recorded" in found.err
    assert not (tmp_path / "budget.baseline.json").exists()


def changed(run, name):
    return scenario_of(run("check", name, "--format", "json"))["changed"]


OWN = """
[own.chips.z1]
peak_bf16 = "{} TFLOP/s"
memory = "80 GB"
memory_bandwidth = "3 TB/s"
tdp = "700 W"
scaleup_bandwidth = "450 GB/s"
scaleup_domain = "8 chip"
scaleout_bandwidth = "50 GB/s"
chips_per_server = "8"

[[own.prices.rental]]
date = "2026-10"
chip = "z1"
usd_per_chip_hour = 2
"""


def test_own_facts_are_told_from_the_rest_of_the_scenario(run, file, tmp_path):
    path, mine = tmp_path / "run.toml", toml({**RUN, "chip": "z1"})
    path.write_text(mine + OWN.format(900), encoding="utf-8")
    name = file(CHANGE)
    run("check", name, "--record")
    assert changed(run, name) == []
    path.write_text(mine + OWN.format(800), encoding="utf-8")
    assert changed(run, name) == ["its own facts"]
    dearer = toml({**RUN, "chip": "z1", "tokens": "200B"})
    path.write_text(dearer + OWN.format(800), encoding="utf-8")
    assert changed(run, name) == ["what the scenario asks", "its own facts"]
    path.write_text(dearer + OWN.format(900), encoding="utf-8")
    assert changed(run, name) == ["what the scenario asks"]


PUE = """[pue]
value = "{}"
source = "own-judgement"
confidence = "definition"
as_of = "2026-11"
"""


def folder_of_facts(folder, pue):
    folder.mkdir(exist_ok=True)
    (folder / "assumptions.toml").write_text(PUE.format(pue), encoding="utf-8")


def test_what_a_folder_of_facts_holds_counts_and_not_its_name(run, file, tmp_path):
    folder_of_facts(tmp_path / "mine", "1.2 x")
    scenario = {**RUN, "catalogue": "mine", "basis": "own"}
    (tmp_path / "run.toml").write_text(toml(scenario), encoding="utf-8")
    name = file(CHANGE)
    run("check", name, "--record")
    (tmp_path / "mine").rename(tmp_path / "ours")
    moved = toml({**scenario, "catalogue": "ours"})
    (tmp_path / "run.toml").write_text(moved, encoding="utf-8")
    assert changed(run, name) == []
    folder_of_facts(tmp_path / "ours", "1.5 x")
    assert changed(run, name) == ["its own facts"]


def test_facts_that_changed_within_an_edition_are_named(run, file, monkeypatch):
    name = file(CHANGE)
    run("check", name, "--record")
    other = Catalogue(files={"assumptions.toml": PUE.format("1.9 x")})
    monkeypatch.setattr(other, "laid_on_top", dict)  # as if it were shipped so
    monkeypatch.setattr(store, "shipped", lambda: other)
    assert changed(run, name) == ["facts of the catalogue (1 changed: assumptions/pue)"]


def test_a_baseline_of_an_older_program_still_works(run, file, tmp_path):
    name = file(CHANGE)
    run("check", name, "--record")
    path = tmp_path / "budget.baseline.json"
    old = json.loads(path.read_text(encoding="utf-8"))
    for key in ("facts", "scenario_digest", "own_facts_digest"):
        del old["scenarios"]["run.toml"][key]
    path.write_text(json.dumps(old), encoding="utf-8")
    assert changed(run, name) == []
    (tmp_path / "run.toml").write_text(toml({**RUN, "tokens": "200B"}), encoding="utf-8")
    assert changed(run, name) == ["what the scenario asks, or its own facts"]


def test_a_baseline_holds_a_scenario_for_every_line_of_a_file(run, file, tmp_path):
    run("check", file(HOLDS), "--record")
    recorded = (tmp_path / "budget.baseline.json").stat().st_size
    assert recorded * 4000 < LARGEST_BASELINE


OTHER = assumption("chips > 0", "other", scenario="other.toml")


@pytest.fixture
def removed(run, file, tmp_path):
    """Record two scenarios, then check one."""
    (tmp_path / "other.toml").write_text(toml({**RUN, "tokens": "50B"}), encoding="utf-8")
    run("check", file(HOLDS, OTHER), "--record")
    return file(HOLDS)


def test_a_scenario_that_is_checked_no_more_is_named_and_fails_nothing(run, removed):
    said = "other.toml stands in the baseline and no assumption reads it any more"
    for format in ("table", "markdown"):
        found = run("check", removed, "--format", format)
        assert found.code == 0
        assert said in " ".join(found.out.split())
    assert checked(run("check", removed, "--format", "json"))["no_longer_read"] == ["other.toml"]
    notice, _ = run("check", removed, "--format", "github").out.splitlines()
    assert notice.startswith("::notice file=budget.toml,title=")
    assert "other.toml" in notice


def test_recording_again_drops_it(run, removed, tmp_path):
    assert "stands in the baseline" not in run("check", removed, "--record").out
    assert "other.toml" not in (tmp_path / "budget.baseline.json").read_text(encoding="utf-8")
    assert checked(run("check", removed, "--format", "json"))["no_longer_read"] == []


def test_a_scenario_that_cannot_be_evaluated_is_not_called_removed(run, file, removed, tmp_path):
    (tmp_path / "other.toml").unlink()
    found = run("check", file(HOLDS, OTHER), "--format", "json")
    assert found.code == 4
    assert checked(found)["no_longer_read"] == []


def test_a_baseline_that_is_named_and_not_there_is_refused(run, file):
    found = run("check", file(HOLDS), "--baseline", "none.json")
    assert (found.code, found.out) == (2, "")
    assert "--baseline 'none.json': no such file; write it with --record" in found.err
