"""The ladder: who can do what at a date, how far behind, at what cost; levers and years."""

import json
import shlex
from operator import attrgetter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.analysis import actors
from frontiercost.analysis.frontier import training_flop
from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.levels import LevelHistory
from frontiercost.analysis.levers import NONE
from frontiercost.analysis.rung_costs import NOBODY
from frontiercost.analysis.rungs import RungChooser, rungs_of
from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import InputError
from frontiercost.core.facts import fact_from_text
from frontiercost.core.units import not_after
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

CATALOGUE = shipped()
FAST = build({"draws": "512"})
EVERY = rungs_of(CATALOGUE)
NAMES = ["use", "run-small", "run", "adapt-small", "adapt", "rebuild", "join", "lead"]
WORDS = ("no", "unlikely", "toss-up", "likely", "yes")
DATES = ("2020-06", "2022-06", "2023-06", "2024-06", "2025-06", "2026-11")


def ladder(levers=NONE, frontier="", asked=FAST, **more):
    return Ladder(asked, CATALOGUE, frontier, levers, **more)


PLAIN = ladder()
RUNG = PLAIN.every_rung
LEVEL_ROWS = CATALOGUE.rows("levels.csv")
PAST = {date: ladder(asked=build({"draws": "256", "date": date})) for date in DATES}


def actor(name):
    return CATALOGUE.actor(name)


def chances(found, name, *more):
    row = found.row([actor(n) for n in (name, *more)], EVERY)
    return {cell.rung.name: cell.probability for cell in row.cells}


def afford(name, **flags):
    found = evaluate(build({"draws": "1024", "actor": [name], **flags}))
    return found.verdicts[0].probability


def median(found, rung, profile=NOBODY):
    return found.drawn.median(found.cost(found.every_rung[rung], profile).total)


def answered(run, *asked):
    return json.loads(run("compare", *asked, "--format", "json").out)["ladder"]


# --- the rungs --------------------------------------------------------------------------------


def test_the_rungs_stand_in_their_order():
    assert [rung.name for rung in EVERY] == NAMES


@pytest.mark.parametrize("date", DATES)
def test_to_lead_is_no_month_behind_and_no_rung_stands_above_it(date):
    found = PAST[date]
    lead = found.level(found.every_rung["lead"])
    assert found.months_behind(found.every_rung["lead"]).median == 0
    levels = [level for rung in EVERY if (level := found.level(rung))]
    assert max(level.index.value for level in levels) == lead.index.value


def test_models_chips_and_recipes_are_of_the_date():
    for date, found in PAST.items():
        for rung in EVERY:
            choice = found.choice(rung)
            if choice.exists:
                assert not_after(choice.level.date, date), (date, rung.name)
            if chip := choice.values.get("chip"):
                assert not_after(CATALOGUE.chip(chip).release, date), (date, rung.name)


@pytest.mark.parametrize(
    ("date", "leader"),
    [
        ("2020-06", "gpt-3"),
        ("2022-06", "palm-540b"),
        ("2023-06", "gpt-4"),
        ("2026-11", "gpt-6-astra"),
    ],
)
def test_the_leader_of_a_date_is_the_highest_index_by_then(date, leader):
    assert PAST[date].choice(RUNG["lead"]).model == leader


def test_what_nobody_could_do_yet_is_no_rung_and_says_so():
    choice = PAST["2020-06"].choice(RUNG["join"])
    assert choice.model is None
    assert choice.reason
    cell = PAST["2020-06"].row([actor("google")], [RUNG["join"]]).cells[0]
    assert (cell.word, cell.cost, cell.probability) == ("no", None, 0)


def test_adapting_has_the_level_of_its_base():
    base = PLAIN.choice(RUNG["adapt"]).model
    assert PLAIN.level(RUNG["adapt"]) in [e for e in CATALOGUE.levels if e.model == base]


@pytest.mark.parametrize(
    ("date", "model"),
    [
        ("2020-06", "gpt-2"),
        ("2022-06", "opt-175b"),
        ("2023-06", "llama-1-65b"),
        ("2024-06", "deepseek-v2"),
        ("2025-06", "deepseek-r1-0528"),
        ("2026-11", "glm-5.1"),
    ],
)
def test_to_rebuild_is_the_cheapest_published_recipe_within_a_point_of_the_best(date, model):
    """As the study of six dates had it; below what benchmarks can tell, the best by name."""
    assert PAST[date].choice(RUNG["rebuild"]).model == model


def test_weights_that_firms_may_not_use_are_not_counted_for_them():
    ours, theirs = (PLAIN.choice(RUNG["run"], firm=firm) for firm in (False, True))
    assert theirs.level.for_firms
    assert ours.level.index.value >= theirs.level.index.value
    assert ours.model == "kimi-k3"
    assert not ours.level.for_firms
    assert PLAIN.months_behind(RUNG["run"], firm=True).median > 9


def test_months_behind_as_the_index_has_them():
    """K3 of 2026-07 against what passed it in March; the leader none; GPT-2 beyond measuring."""
    assert PLAIN.months_behind(RUNG["run"]).median == pytest.approx(8.7, abs=0.2)
    assert PLAIN.months_behind(RUNG["rebuild"]).median == pytest.approx(12.2, abs=0.2)
    assert PAST["2023-06"].months_behind(RUNG["run"]).median == pytest.approx(20.6, abs=0.3)
    assert PAST["2020-06"].months_behind(RUNG["run"]) is None


@given(st.integers(2019, 2029), st.integers(1, 12))
def test_the_leader_of_any_month_is_none_behind(year, month):
    history = LevelHistory(PLAIN.drawn, f"{year}-{month:02}")
    assert history.leader is None or history.months_behind(history.leader).median == 0


@given(st.sampled_from(DATES), st.data())
def test_a_higher_level_is_never_further_behind(date, data):
    history = PAST[date].history
    able = [e for e in history.levels if e.measured and e.kind != "third-party"]
    one, other = (data.draw(st.sampled_from(able)) for _ in range(2))
    low, high = sorted((one, other), key=lambda level: level.index.value)
    assert history.months_behind(high).median <= history.months_behind(low).median


def told_by_command(run, found, rung, profile, *more):
    """The document that the command of a rung answers with."""
    program, *words = shlex.split(found.costs.command(rung, profile))
    assert program == "frontiercost"
    return json.loads(run(*words, *more, "--format", "json").out)["evaluations"][0]


def agree(found, rung, cost, theirs):
    ours = found.draws.summary(cost.total * found.costs.members(rung))
    for key, end in ours._asdict().items():
        assert theirs[key] == pytest.approx(end, rel=1e-4), key


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("rung", EVERY, ids=lambda rung: rung.name)
def test_a_rung_costs_what_its_own_command_answers(run, date, rung):
    found, usual = PAST[date], PAST[date].usual(rung)
    cost = found.cost(rung, usual)
    if cost.total is not None:
        agree(found, rung, cost, told_by_command(run, found, rung, usual)["total_usd"])


@pytest.mark.parametrize("date", ["2024-06", "2026-11"])
@pytest.mark.parametrize("name", ["hobbyist", "princeton", "deepseek", "google"])
def test_it_costs_each_actor_what_the_command_answers_for_that_actor(run, date, name):
    """At its own pay, for its own people, with the weights it may use, on its own machines."""
    found, profile = PAST[date], PAST[date].profiles.of(actor(name))
    for rung in EVERY:
        cost = found.cost(rung, profile)
        if cost.total is not None:
            answer = told_by_command(run, found, rung, profile, "--actor", name)
            agree(found, rung, cost, answer["verdicts"][0]["cost_usd"])


@pytest.mark.parametrize("asked", [{"chip": "h200"}, {"price": "$2/h"}, {"seed": "3"}])
@pytest.mark.parametrize("name", ["run", "adapt", "rebuild", "lead"])
def test_what_was_asked_for_all_stands_in_the_command(run, asked, name):
    found = ladder(asked=build({"draws": "256", **asked}))
    if name == "run" and "price" in asked:
        return
    cost = found.cost(RUNG[name], NOBODY)
    agree(found, RUNG[name], cost, told_by_command(run, found, RUNG[name], NOBODY)["total_usd"])


# --- people -----------------------------------------------------------------------------------


def test_what_stands_in_the_way_is_money_and_of_what_is_in_reach_nothing():
    cells = PLAIN.row([actor("hobbyist")], EVERY).cells
    binding = {cell.rung.name: cell.binding(PLAIN.draws) for cell in cells}
    assert binding["use"] is None
    assert binding["rebuild"] == binding["lead"] == "money"


def test_what_one_uses_costs_as_much_as_one_has_people():
    people = {n: fact_from_text("p", str(n), "person", "test") for n in (1, 40)}
    one, many = (ladder(people=fact).profiles.of_anybody("startup") for fact in people.values())
    assert median(PLAIN, "use", many) == pytest.approx(40 * median(PLAIN, "use", one), rel=1e-6)
    assert median(PLAIN, "run", many) >= median(PLAIN, "run", one)
    assert median(PLAIN, "run-small", many) == median(PLAIN, "run-small", one)


@pytest.mark.parametrize("name", ["ai2", "r1-university", "national-archives", "mozilla", "bbc"])
def test_everybody_finds_a_rung_of_its_own(name):
    words = [cell.word for cell in PLAIN.row([actor(name)], EVERY).cells]
    assert sum(word in ("yes", "likely") for word in words) >= 1


# --- everybody --------------------------------------------------------------------------------


def test_every_actor_that_was_founded_stands_in_the_document_with_a_cell_for_each_rung(run):
    found = answered(run, "--date", "2023-06", "--draws", "64")
    assert found["leader"] == "gpt-4"
    founded = {a.name for a in CATALOGUE.actors.values() if not_after(a.since, "2023-06")}
    assert {entry["actor"] for entry in found["actors"]} == founded
    for entry in found["actors"]:
        assert [cell["rung"] for cell in entry["cells"]] == NAMES
    absent = {entry["rung"] for entry in found["rungs"] if entry["model"] is None}
    for entry in found["actors"]:
        assert {c["word"] for c in entry["cells"] if c["rung"] in absent} <= {"no"}


def test_plans_without_money_and_who_is_gone_can_nothing():
    for name, why in (("nairr", "no money"), ("intellect-1", "existed from")):
        row = PLAIN.row([actor(name)], EVERY)
        assert {cell.word for cell in row.cells} == {"no"}
        assert why in row.cells[0].reason


def test_of_whose_money_nothing_is_known_nothing_is_said():
    assert {cell.word for cell in PLAIN.row([actor("cursor")], EVERY).cells} == {"unknown"}


def test_whoever_builds_data_centres_leads_at_what_owning_costs():
    owner, other = (PLAIN.profiles.of(actor(name)) for name in ("google", "wikimedia"))
    assert owner.owns
    assert not other.owns
    assert PLAIN.costs.basis(RUNG["rebuild"], owner) == "own"
    assert PLAIN.costs.basis(RUNG["rebuild"], other) == ""
    assert RUNG["lead"].scenario["basis"] == "own"
    rented = evaluate(build({"model": "gpt-6-astra", "programme": "explorer", "draws": "256"}))
    assert median(PLAIN, "lead") < rented.total.median


def test_to_lead_is_paid_from_all_research_compute_where_it_is_known():
    cell = PLAIN.row([actor("openai")], [RUNG["lead"]]).cells[0]
    known = actor("openai").in_force("2026-11")["research-compute"]
    assert np.median(cell.available) >= known.money.value


def test_a_category_is_the_expected_share_of_its_members():
    table = LadderTable(PLAIN, EVERY, [], of_kind=True)
    for row in table.categories:
        members = [a for a in table.counted if a.category == row.name]
        assert row.members == len(members)
        for rung in EVERY:
            expected = np.mean([chances(PLAIN, a.name)[rung.name] for a in members])
            assert row.shares[rung.name] == pytest.approx(expected)


# --- money and years --------------------------------------------------------------------------


@given(factor=st.floats(1, 1000))
def test_more_budget_never_lowers_a_probability(factor):
    cell = PLAIN.row([actor("ai2")], EVERY).cell("rebuild")
    less = PLAIN.draws.share(cell.cost <= cell.available)
    assert PLAIN.draws.share(cell.cost <= factor * cell.available) >= less


def test_a_year_as_frontier_costs_more_each_year():
    costs = [median(ladder(frontier=year), "lead") for year in ("2026", "2028", "2030")]
    assert costs == sorted(costs)
    growth = CATALOGUE.trends["training_cost_frontier"].value
    assert costs[1] / costs[0] == pytest.approx(growth**2, rel=0.1)


def test_a_leader_without_a_figure_never_takes_more_compute_than_a_later_one_with():
    flop, most = attrgetter("value"), 0.0
    for year in range(2020, 2027):
        for month in ("02", "06", "11"):
            chooser = RungChooser(PLAIN.drawn, f"{year}-{month}")
            choice = chooser.choice(RUNG["lead"])
            took = training_flop(choice.priced, flop)
            assert took >= 0.95 * most, (year, month)  # PaLM took a little less than davinci-002
            assert choice.stand_in is None or choice.priced.release <= choice.level.date
            most = max(most, took)


def test_the_developer_of_each_leader_has_led():
    """The record of the index and the deeds agree, of those who are actors here."""
    developers = {row["model"] or row["label"]: row["developer"] for row in LEVEL_ROWS}
    by_organization = {a.organization: a for a in CATALOGUE.actors.values() if a.organization}
    for date, found in PAST.items():
        leader = found.history.leader
        developer = developers[leader.model or leader.label].removesuffix(" DeepMind")
        who = by_organization[developer]
        assert (who.parent or who.name) in LadderTable(found, EVERY, []).who_have("lead"), date


@pytest.mark.parametrize(
    ("frontier", "date", "reason", "nearest"),
    [
        ("grok-4.20", "2026-11", "nobody put a figure on its training", "grok-4"),
        ("o3-pro", "2026-11", "nobody put a figure on its training", "gpt-6-astra"),
        ("gpt-6-astra", "2023-06", "came out in 2026-09-03, not by 2023-06", "gpt-4"),
    ],
)
def test_a_leader_that_cannot_be_priced_is_refused_with_the_nearest(
    frontier, date, reason, nearest
):
    with pytest.raises(InputError, match=f"{reason}.*'{nearest}'"):
        ladder(frontier=frontier, asked=build({"date": date, "draws": "64"}))


@given(st.sampled_from([level.model for level in CATALOGUE.levels if level.model]))
def test_whoever_may_be_named_to_lead_is_priced_as_itself(name):
    try:
        found = ladder(frontier=name)
    except InputError:
        return
    assert found.choice(RUNG["lead"]).priced.name == name


def test_who_leads_may_be_named():
    named = ladder(frontier="gpt-4")
    assert named.choice(RUNG["lead"]).model == "gpt-4"
    assert median(named, "lead") < median(PLAIN, "lead")


def test_each_ultimate_parent_is_counted_once():
    table = LadderTable(PLAIN, EVERY, [], of_kind=True)
    every = actors.with_money(CATALOGUE, PLAIN.date)
    assert len(table.money) == len({a.parent or a.name for a in every})
    assert table.who_could("lead") <= table.who_could("rebuild") <= table.money.keys()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"frontier": "gpt4x"}, "frontier 'gpt4x'"),
        ({"frontier": "9999"}, "between 2010 and 2050"),
        ({"asked": build({"chip": "h999"})}, "chip 'h999'"),
    ],
)
def test_names_that_no_rung_could_use_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        ladder(**arguments)
