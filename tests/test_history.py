"""Then and now: what it took to lead, to follow, and to reach a fixed level, and years to come."""

import json
import runpy
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from frontiercost.analysis.history import History
from frontiercost.analysis.kept_history import TABLE
from frontiercost.analysis.moments import COUNTED, DATES, TARGETS
from frontiercost.catalogue.store import shipped
from frontiercost.core.units import not_after
from frontiercost.scenario.scenario import build

ROOT = Path(__file__).parents[1]
CATALOGUE = shipped()
PLAIN = History(build({"draws": "512"}), CATALOGUE)
NAMES = ("use", "run-small", "run", *COUNTED, *TARGETS)


def times(history, name):
    return history.now.ladder.draws.summary(history.change(name)).median


def answered(run, *asked):
    return json.loads(run("compare", "--history", *asked, "--format", "json").out)["history"]


def test_gpt_4s_level_fell_and_the_lead_rose_on_the_same_basis():
    assert PLAIN.target == "gpt-4"
    assert PLAIN.since.date == "2023-06"
    assert 20 <= 1 / times(PLAIN, "gpt-4") <= 80
    assert 10 <= times(PLAIN, "lead") <= 60


def test_a_fixed_level_costs_what_its_command_answers_and_no_chip_of_then_is_cheaper(run):
    ladder, median = PLAIN.now.ladder, PLAIN.now.ladder.drawn.median
    for target in TARGETS:
        rung, cost = PLAIN.now.rung(target), median(PLAIN.now.cost(target))
        _, *words = shlex.split(ladder.costs.command(rung, ladder.usual(rung)))
        answer = json.loads(run(*words, "--format", "json").out)["evaluations"][0]
        assert answer["total_usd"]["median"] == pytest.approx(cost, rel=1e-4)
        for chip in ("b200", "h200", "h100-sxm", "a100-80g"):
            other = replace(rung, name=f"{target}-on-{chip}", chips=(chip,))
            assert median(ladder.usual_cost(other).total) >= cost


def test_a_trend_beyond_what_the_world_produces_says_so(run):
    notes = answered(run, "--years", "2030..2036", "--draws", "64")["notes"]
    assert any("more than the world produced in 2025 ($117T" in note for note in notes)
    near = answered(run, "--years", "2027..2028", "--draws", "64")["notes"]
    assert not any("the world produced" in note for note in near)


@pytest.mark.parametrize(
    ("asked", "said"),
    [(("2021",), "compare --history --years 2021"), (("deepseek-v3",), "leave the model out")],
)
def test_a_year_beside_history_is_told_how_to_be_asked(run, asked, said):
    assert said in run("compare", "--history", *asked).err


def test_the_sentence_says_both(run):
    said = " ".join(run("compare", "--history", "-q").out.split())
    assert "GPT-4's level costs" in said
    assert "to lead" in said
    assert "less than in 2023-06" in said


def test_everything_is_priced_on_one_basis():
    assert PLAIN.basis == "rent"
    for moment in PLAIN.moments:
        for name in ("lead", "rebuild", *TARGETS):
            if moment.choice(name).exists:
                assert moment.ladder.costs.basis(moment.rung(name), OWNER) == ""
    assert History(build({"draws": "16", "basis": "own"}), CATALOGUE).basis == "own"


OWNER = PLAIN.now.ladder.profiles.of(CATALOGUE.actor("google"))


def test_only_models_chips_and_recipes_of_the_date():
    for moment in PLAIN.moments:
        for name in NAMES:
            choice = moment.choice(name)
            if choice.exists:
                assert not_after(choice.level.date, moment.date), (moment.date, name)
                chip = choice.values.get("chip") or choice.priced.built_chip
                sold = CATALOGUE.chip(chip).release if chip else moment.date
                assert not_after(sold, moment.date), (moment.date, name)


def test_more_are_counted_as_more_are_founded_and_a_cheaper_level_is_in_more_hands():
    there = [moment.there for moment in PLAIN.moments]
    assert there == sorted(there)
    then, now = (moment.could("gpt-4") for moment in (PLAIN.since, PLAIN.now))
    assert now.likely > then.likely
    for moment in PLAIN.moments:
        for name in (*COUNTED, *TARGETS):
            if could := moment.could(name):
                assert could.likely + could.perhaps <= could.there


def test_a_fixed_level_is_made_by_a_recipe_at_that_level_or_by_finding_it_again():
    for moment in PLAIN.moments:
        for target in TARGETS:
            choice = moment.choice(target)
            if choice.exists:
                level = moment.ladder.history.of(target)
                assert choice.level.index.value >= level.index.value - 1
                found_again = choice.model == target
                assert choice.values["programme"] == ("explorer" if found_again else "follower")


def test_years_that_are_named_replace_the_usual_dates(run):
    found = answered(run, "--years", "2021,2024,2028", "--draws", "16")
    assert [entry["date"] for entry in found["dates"]] == ["2021-06", "2024-06", "2026-11"]
    assert [entry["year"] for entry in found["ahead"]] == [2028]
    usual = answered(run, "--draws", "16")
    assert [entry["date"] for entry in usual["dates"]] == [*DATES, "2026-11"]


def test_the_present_is_what_the_ladder_answers(run):
    (now,) = answered(run, "--years", "2026")["dates"]
    asked = ("compare", "--basis", "rent", "--format", "json")
    ladder = json.loads(run(*asked).out)["ladder"]
    costs = {entry["rung"]: entry["cost_usd"] for entry in ladder["rungs"]}
    for entry in now["entries"]:
        if entry["rung"] in ("use", *COUNTED):
            assert entry["cost_usd"] == costs[entry["rung"]]


def test_years_to_come_grow_and_fall_by_their_trends_and_say_from_where(run):
    years = History(build({"draws": "512"}), CATALOGUE, [2027, 2028]).ahead
    draws = PLAIN.now.ladder.draws
    medians = [(draws.summary(y.lead).median, draws.summary(y.level).median) for y in years]
    assert 2.5 <= medians[1][0] / medians[0][0] <= 4
    assert 2 <= medians[0][1] / medians[1][1] <= 5
    asked = ("compare", "--history", "--years", "2024..2028")
    assert "By trend, a year: " in run(*asked).out
    said = " ".join(run(*asked, "--more").out.split())
    for part in ("epoch-trends", "arxiv-2403.05812", "2020-2026", "2012-2023", "as priced here"):
        assert part in said


@pytest.mark.parametrize("date", ["2020-06", "2021-01", "2023-06"])
def test_before_a_level_could_be_compared_the_leader_is_named(run, date):
    found = run("compare", "--history", "--date", date, "--draws", "16")
    assert found.code == 0
    assert "lead" in found.out.splitlines()[0]


def test_before_the_first_level_there_is_no_history(run):
    found = run("compare", "--history", "--date", "2018-01")
    assert found.code == 2
    assert "--date 2018-01: no level was observed by then; the first is of 2019-02" in found.err


def test_the_answer_fits_a_screen(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("compare", "--history").out.splitlines()
    assert len(lines) <= 22
    assert max(map(len, lines)) <= 80


def test_a_page_draws_costs_by_year(run, tmp_path):
    page = tmp_path / "history.html"
    assert run("compare", "--history", "--draws", "16", "--output", str(page)).code == 0
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "What it costs by year, on rent" in text


# --- what is kept -------------------------------------------------------------------------------


def test_what_is_kept_of_the_usual_dates_is_what_is_worked_out():
    script = runpy.run_path(str(ROOT / "benchmarks" / "write_history.py"))
    renewed = [*script["rows"](script["usual_history"]())]
    assert CATALOGUE.rows(TABLE) == renewed, "python benchmarks/write_history.py renews it"


def test_the_usual_answer_is_that_which_is_worked_out(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    kept = run("compare", "--history").out
    worked_out = run("compare", "--history", "--draws", "1024").out
    worked_out = worked_out.replace("Asked with --draws 1024.\n", "")
    assert kept.split("\n\n")[0] == worked_out.split("\n\n")[0]


def test_whatever_else_is_asked_is_worked_out(run):
    usual = run("compare", "--history").out
    for asked in (("--basis", "amortised"), ("--date", "2025-06"), ("--years", "2021")):
        other = run("compare", "--history", *asked, "--draws", "64").out
        assert other != usual
