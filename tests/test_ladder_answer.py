"""The ladder as people are told of it: sentence, tables and notes of `compare`."""

import json
import shlex

import pytest

from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.profiles import People
from frontiercost.analysis.rungs import rungs_of
from frontiercost.catalogue.store import shipped
from frontiercost.reporting.ladder import symbol_table
from frontiercost.scenario.scenario import build

CATALOGUE = shipped()
EVERY = rungs_of(CATALOGUE)
NAMES = [rung.name for rung in EVERY]
PLAIN = Ladder(build({"draws": "128"}), CATALOGUE)
RUNG = PLAIN.every_rung


def actor(name):
    return CATALOGUE.actor(name)


def answered(run, *asked):
    return json.loads(run("compare", *asked, "--format", "json").out)["ladder"]


def told(run, *asked):
    """What is said, on one line."""
    more = [] if "-q" in asked else ["--more"]
    return " ".join(run("compare", *asked, "--draws", "128", *more).out.split())


def test_the_usual_answer_fits_a_screen_and_its_first_sentence_answers(run):
    said = run("compare").out.splitlines()
    assert len(said) <= 22
    assert max(map(len, said)) <= 80
    first = " ".join(said[:3])
    assert first.startswith("Of 70 actors 1 could lead (5 perhaps; 5 have led), ")
    for part in ("GPT-6 Astra leads", "open weights are", "use or adapt", "rebuild"):
        assert part in first


@pytest.mark.parametrize("name", ["hobbyist", "ai2", "openai", "us-federal", "empire-ai"])
def test_what_one_actor_is_told_is_no_wider_than_a_terminal(run, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "80")
    said = run("compare", "--actor", name, "--draws", "128").out.splitlines()
    assert max(map(len, said)) <= 80


@pytest.mark.parametrize("name", ["university-lab", "deepseek", "google"])
def test_from_enough_people_on_a_service_of_ones_own_is_the_cheaper(name):
    run, profile = RUNG["run"], PLAIN.profiles.of(actor(name))
    enough = PLAIN.enough_people(run, profile)

    def dearer(people):
        served = profile._replace(people=People(people, people, people))
        own, api = PLAIN.cost(run, served).total, PLAIN.api_cost(run, served)
        return PLAIN.drawn.median(own) / PLAIN.drawn.median(api)

    assert dearer(enough) <= 1.001
    assert dearer(0.9 * enough) > 1


def test_those_who_are_named_are_counted_in_the_first_sentence(run):
    said = run("compare", "--category", "nonprofit", "--draws", "128", "-q").out
    assert "Of the 7 judged, each parent once, " in said
    assert "none could" in said


def test_what_was_not_measured_or_not_there_is_said_so(run):
    said = told(run, "--date", "2020-06")
    assert "open weights are too weak to measure, and none run at home" in said
    assert "adapt, join not there yet" in said
    assert "nobody could yet run at home" in told(run, "--date", "2020-06", "--actor", "google")


def test_of_what_was_only_proposed_the_reason_is_told(run):
    assert "proposed, and has no money" in run("compare", "--actor", "nairr", "-q").out


def test_before_the_first_model_nobody_leads(run):
    early = run("compare", "--date", "2019-06", "--draws", "64", "-q").out
    assert "GPT-2 1.5B leads" in " ".join(early.split())
    assert "could ," not in early
    assert run("compare", "--date", "2018-06", "-q").out.startswith("Nobody leads yet: the first")


def test_a_date_after_all_that_is_known_says_so(run):
    assert "is still its ladder" in run("compare", "--date", "2030-01", "-q").out
    assert "is still its ladder" not in run("compare", "--date", "2026-11", "-q").out


def test_a_leader_without_a_figure_is_named_with_what_it_is_priced_as(run):
    said = told(run, "--date", "2025-06", "--rung", "lead")
    assert "o3-pro (as Claude 3.5 Sonnet: its compute is unknown)" in said


def test_to_lead_like_another_is_called_so(run):
    said = run("compare", "--frontier", "deepseek-v3", "--draws", "128", "-q").out
    assert "lead like DeepSeek-V3" in said
    assert "have led" not in said


def test_people_who_are_given_are_those_the_costs_are_for(run):
    assert "Use for 40 people, run for 40 people" in told(run, "--people", "40")
    own = told(run, "--budget", "5M", "--people", "40")
    assert "Use and run serve 40 people who ask." in own
    assert "from an API of the same weights" in own


def test_the_spread_of_old_facts_stands_in_the_usual_answer(run):
    assert "this much rests on facts older than a year" in told(run)


def test_explain_shows_commands_bills_and_money_with_their_sources(run):
    said = told(run, "--actor", "ai2", "--explain", "--format", "csv")
    for part in ("The rungs", "Answered by", "The largest lines", "Whose money is counted"):
        assert part in said
    assert PLAIN.costs.command(RUNG["adapt"], PLAIN.profile([actor("ai2")]), actor="ai2") in said


@pytest.mark.parametrize("name", ["princeton", "openai"])
def test_the_command_of_an_actors_rung_answers_with_its_cost(run, name):
    profile = PLAIN.profile([actor(name)])
    for rung in (RUNG["use"], RUNG["adapt"], RUNG["lead"]):
        _, *words = shlex.split(PLAIN.costs.command(rung, profile, actor=name))
        answer = json.loads(run(*words, "--format", "json").out)["evaluations"][0]
        cost = PLAIN.drawn.median(PLAIN.cost(rung, profile).total)
        assert answer["total_usd"]["median"] == pytest.approx(cost, rel=1e-4)


def test_a_row_of_several_kinds_marks_what_each_has_done_and_what_some_have():
    table = LadderTable(PLAIN, EVERY, [], of_kind=True)
    kinds = {kind.short.lower(): kind for kind in table.categories}
    shown = symbol_table(table)
    for label, *cells in shown.rows[2:]:
        merged = [kinds[name.strip().lower()] for name in shorts(str(label.value), kinds)]
        for rung, cell in zip(EVERY, cells, strict=True):
            done = [kind.done[rung.name] for kind in merged]
            mark = "✓" if all(done) else "*" if any(done) else " "
            assert str(cell.value).endswith(mark)


def shorts(label, kinds):
    """The kinds that a row names: `City, state` is one of them."""
    return [name for name in kinds if name in label.lower()]


def test_a_document_counts_each_parent_once_and_calls_a_median_by_its_name(run):
    found = answered(run, "--rung", "use", "--rung", "run", "--draws", "64")
    counted = {one["counted_as"] for one in found["actors"]} - {None}
    assert len(counted) == found["counted"]
    labels = {one.label for one in CATALOGUE.actors.values()}
    assert all(row["label"] in labels and row["stands_for"] for row in found["rows"])


def test_a_document_shows_members_of_a_pool_with_it(run):
    found = answered(run, "--pool", "ai2,princeton", "--draws", "64")
    of_actors = {one["actor"]: one["cells"] for one in found["actors"]}
    for row, name in zip(found["rows"], ("ai2", "princeton"), strict=True):
        assert of_actors[name] == row["cells"]


def test_done_lists_deeds_with_their_sources(run):
    assert "PaLM 540B" in run("compare", "--done", "--more", "--draws", "64").out
    deeds = answered(run, "--done", "--date", "2024-06", "--draws", "64")["deeds"]
    assert {"openai", "google", "eleutherai"} <= {deed["actor"] for deed in deeds}
    assert all(deed["source"] and deed["date"] <= "2024-07" for deed in deeds)


def test_my_own_purse_for_my_own_people_stands_on_every_rung(run):
    found = answered(run, "--budget", "5M", "--people", "40", "--draws", "128")
    (row,) = found["rows"]
    assert [cell["rung"] for cell in row["cells"]] == NAMES
    words = {cell["rung"]: cell["word"] for cell in row["cells"]}
    assert words["use"] == words["adapt-small"] == "yes"
    assert words["lead"] == "no"


def test_a_node_of_ones_own_stands_beside_the_api_of_the_same_weights(run):
    assert "from an API of the same weights" in told(run, "--actor", "university-lab")


def test_a_hobbyist_can_use_and_adapt_and_is_told_what_it_costs_a_year_or_once(run):
    said = told(run, "--actor", "hobbyist", "-q")
    for part in ("use ($", "a year)", "adapt a small one ($", "once)"):
        assert part in said
    cells = {cell.rung.name: cell.word for cell in PLAIN.row([actor("hobbyist")], EVERY).cells}
    assert cells["use"] in ("yes", "likely")
    assert cells["adapt-small"] in ("yes", "likely")
    assert cells["lead"] == "no"


def test_a_deed_at_the_level_of_years_before_is_listed_and_not_marked(run):
    assert "nanochat" in run("compare", "--done", "--more", "--draws", "64").out
    table = LadderTable(PLAIN, EVERY, [], of_kind=True)
    (hobbyist,) = (row for row in table.categories if row.name == "hobbyist")
    assert not hobbyist.done["rebuild"]


def test_a_verdict_against_a_deed_names_what_was_done(run):
    said = told(run, "--actor", "ai2")
    assert "Rebuild was done by Ai2 (Allen Institute for AI) with Olmo 3 32B (2025-11-20)" in said
    assert "the verdict is on GLM-5.1" in said


def test_a_model_of_ones_own_is_called_so(run):
    assert "GPT-6 Astra is OpenAI's own." in told(run, "--actor", "openai")
    assert "DeepSeek V4 Pro is DeepSeek (High-Flyer)'s own." in told(run, "--actor", "deepseek")


def test_a_state_is_counted_with_a_programme_and_says_so(run):
    assert "UK government is counted with what its programme" in told(run, "--actor", "uk")


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("Germany", "Germany federal AI research"),
        ("the Netherlands", "Netherlands GPT-NL"),
        ("EU", "EuroHPC JU"),
        ("usa", "US federal government"),
        ("me", "Serious hobbyist"),
    ],
)
def test_countries_blocs_and_people_are_known_by_what_people_call_them(run, typed, label):
    assert run("compare", "--actor", typed, "--draws", "64", "-q").out.startswith(label)


def test_a_rung_that_is_not_there_is_refused_with_the_nearest(run):
    found = run("compare", "--rung", "rebuilt")
    assert found.code == 2
    assert "rebuild" in found.err
