"""Who is there at a date, with what money: only what exists, only what was known, the widest."""

import json
import re
from dataclasses import replace
from statistics import median_low

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.analysis.actors import (
    actors_at,
    compare_actors,
    median_members,
    members_of,
    spendable,
    unfunded,
)
from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.rungs import rungs_of
from frontiercost.catalogue.parsing import budget_from
from frontiercost.catalogue.store import shipped
from frontiercost.catalogue.types import SCOPES
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws
from frontiercost.core.units import not_after
from frontiercost.core.wording import ABLE
from frontiercost.cost.affordability import available_funds, chance, funds_of
from frontiercost.cost.choices import EXPLORER
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

CATALOGUE = shipped()
TODAY = "2026-11"
DATES = st.builds("{}-{:02}".format, st.integers(2015, 2026), st.integers(1, 12))
ROW = next(row for row in CATALOGUE.rows("budgets.csv") if row["actor"] == "ai2")


def budget(date, scope, usd, share=0.2):
    shares = {"share_low": f"{share / 2}", "share": f"{share}", "share_high": f"{share * 2}"}
    return budget_from(ROW | shares | {"date": date, "scope": scope, "usd": f"{usd}"})


def holding(*budgets):
    rows = sorted(budgets, key=lambda each: each.money.as_of)
    return replace(CATALOGUE.actor("ai2"), budgets=tuple(rows))


def budgets(years, scopes):
    dates = st.builds("{}-{:02}".format, st.integers(*years), st.integers(1, 12))
    usd, share = st.integers(0, 10**11), st.floats(0.001, 0.5)
    return st.builds(budget, dates, st.sampled_from(scopes), usd, share)


@st.composite
def wide_and_narrow(draw, wide_years, narrow_years):
    """Some budgets of wider scopes and some of narrower ones."""
    cut = draw(st.integers(1, len(SCOPES) - 1))
    wide, narrow = [*SCOPES][:cut], [*SCOPES][cut:]
    return [
        draw(st.lists(budgets(years, scopes), min_size=1, max_size=4))
        for years, scopes in ((wide_years, wide), (narrow_years, narrow))
    ]


OLD, NEW = (2018, 2022), (2023, 2026)


# --- who is there -----------------------------------------------------------------------------


@given(DATES)
def test_only_those_who_exist_at_a_date_are_counted(date):
    for actor in actors_at(CATALOGUE, date):
        assert actor.since[: len(date)] <= date
        assert not actor.until or date <= actor.until
    assert not {a.name for a in actors_at(CATALOGUE, date)} & {
        "nairr",
        "hyperscalers",
        "us-federal",
    }


def test_years_bring_actors_and_end_them():
    there = [{a.name for a in actors_at(CATALOGUE, date)} for date in ("2020-06", "2023-06", TODAY)]
    assert "openai" in there[0]
    assert "anthropic" in there[1] - there[0]
    assert {"deepseek", "moonshot"} <= there[2]
    assert "deepseek" not in there[1]
    assert "intellect-1" in {a.name for a in actors_at(CATALOGUE, "2024-11")} - there[2]


def test_who_is_not_there_yet_or_no_more_is_refused_with_the_dates():
    with pytest.raises(InputError, match="exists only since 2023-07, not at 2022-01"):
        funds_of(CATALOGUE.actor("deepseek"), "2022-01", "--actor")
    with pytest.raises(InputError, match="existed from 2024-10 to 2024-11, not at 2026-11"):
        funds_of(CATALOGUE.actor("intellect-1"), TODAY, "--actor")
    with pytest.raises(InputError, match="no budget known by 2025-01: its first is of 2026-01"):
        funds_of(CATALOGUE.actor("cambridge"), "2025-01", "--actor")


def test_a_table_of_the_past_holds_nobody_from_later(run):
    found = json.loads(run("compare", "--all", "--date", "2021-03", "--format", "json").out)
    found = found["ladder"]
    shown = {entry["actor"] for entry in found["actors"]}
    assert shown
    for name in shown:
        assert CATALOGUE.actor(name).since[:7] <= "2021-03", name
    assert found["counted"] < 40


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *(("us", "us-federal"), ("United States", "us-federal"), ("uk", "uk-government")),
        *(("EU", "eurohpc"), ("france", "jean-zay"), ("india", "indiaai"), ("korea", "korea")),
        *(("china", "china-ai-fund"), ("switzerland", "swiss-ai"), ("kimi", "moonshot")),
    ],
)
def test_countries_and_blocs_are_found_by_name_and_have_money(typed, name):
    actor = CATALOGUE.actor(typed)
    assert actor.name == name
    assert actor.budget(TODAY).spendable > 0


def test_a_payer_has_the_programme_that_can_spend_most():
    payer = CATALOGUE.actor("uk-government")
    programmes = [a for a in actors_at(CATALOGUE, TODAY) if a.parent == payer.name]
    assert len(programmes) > 2
    assert payer.budget(TODAY) in [each.budget(TODAY) for each in programmes]
    assert spendable(programmes, TODAY) == {payer.name: payer.budget(TODAY).spendable}


def test_a_payer_has_no_money_of_the_grants_that_others_hold():
    for payer in (actor for actor in CATALOGUE.actors.values() if actor.standing == "payer"):
        assert payer.programmes
        assert {each.category for each in payer.programmes} == {payer.category}


def test_what_leads_is_paid_from_the_same_purse_as_a_sum_is(run):
    ladder, rungs = Ladder(build({"draws": "64"}), CATALOGUE), rungs_of(CATALOGUE, ["lead"])
    row = ladder.row([CATALOGUE.actor("openai")], rungs)
    able = json.loads(run("compare", "--cost", "$11B", "--format", "json").out)["spendable"]["able"]
    (openai,) = (each for each in able if each["actor"] == "openai")
    spend = CATALOGUE.actor("openai").in_force(TODAY)[EXPLORER.purse].money
    assert openai["could_spend_usd"] == spend.value
    assert row.cells[0].word in ABLE
    asked = {"model": ladder.choice(rungs[0]).model, "programme": "explorer", "basis": "own"}
    alone = evaluate(build({**asked, "actor": "openai", "draws": "64"}), CATALOGUE).verdicts[0]
    assert alone.funds.money.value == spend.value
    assert alone.word == row.cells[0].word


@pytest.mark.parametrize("name", ["Italy", "kenya", "Government of Mexico", "australia-government"])
def test_a_country_without_a_budget_here_says_so_and_what_to_do(run, name):
    said = run("compare", "--actor", name).err
    assert f"no budget known for {name.split()[-1].split('-')[0].title()}; give --budget" in said


# --- what they have ---------------------------------------------------------------------------


@given(DATES)
def test_no_budget_is_read_before_its_date(date):
    for actor in CATALOGUE.actors.values():
        in_force = actor.budget(date)
        assert in_force is None or not_after(in_force.money.as_of, date), actor.name


@given(wide_and_narrow(OLD, NEW))
def test_a_newer_part_never_lowers_what_could_be_spent_nor_a_verdict(purse):
    whole, parts = purse
    before, after = holding(*whole), holding(*whole, *parts)
    assert after.budget(TODAY).spendable >= before.budget(TODAY).spendable
    cost, draws = before.budget(TODAY).spendable, Draws(0)
    funds = [funds_of(actor, TODAY, "") for actor in (before, after)]
    words = [chance(cost, available_funds(each, 1.0, draws)[1], draws)[1] for each in funds]
    assert words[0] == "no" or words[1] == "yes"


@given(wide_and_narrow(NEW, OLD))
def test_a_newer_whole_is_followed_whatever_its_parts_were(purse):
    whole, parts = purse
    assert holding(*whole, *parts).budget(TODAY) == holding(*whole).budget(TODAY)


@pytest.mark.parametrize(
    ("name", "date", "scope", "usd"),
    [
        ("microsoft", TODAY, "all-capex", 257.5e9),
        ("microsoft", "2026-05", "all-capex", 190e9),
        ("anthropic", TODAY, "funding-round", 65e9),  # neither one lease nor what is left of it
        ("openai", "2026-03", "research-compute", 32e9),  # a part that outgrew the whole of 2024
        ("openai", TODAY, "all-compute", 50e9),
        ("ai2", "2024-06", "all-spending", 50e6),
    ],
)
def test_the_widest_budget_in_force_wins_and_not_the_newest(name, date, scope, usd):
    in_force = CATALOGUE.actor(name).budget(date)
    assert (in_force.scope, in_force.money.value) == (scope, usd)


def test_r_and_d_compute_stands_beside_the_widest_budget():
    for name in ("openai", "anthropic"):
        in_force = CATALOGUE.actor(name).in_force(TODAY)
        assert [*in_force] == sorted(in_force, key=[*SCOPES].index)
        part, whole = in_force["research-compute"], in_force["all-compute"]
        assert part.money.value < whole.money.value


def test_rows_of_actors_and_budgets_say_what_they_are_and_since_when():
    for row in CATALOGUE.rows("actors.csv"):
        assert row["since"], row["name"]
        assert not row["until"] or row["since"] <= row["until"]
        assert row["since_source"] in CATALOGUE.sources, row["name"]
        assert row["since_confidence"] in ("estimated", "judged")
    for row in CATALOGUE.rows("budgets.csv"):
        assert row["share_confidence"] == "judged", row
        assert row["confidence"] == "judged" or row["source"] != "own-judgement", row
        assert CATALOGUE.actors[row["actor"]].since <= row["date"], row
    for actor in CATALOGUE.actors.values():
        assert bool(actor.members) == (actor.standing == "aggregate")
        assert bool(actor.programmes) == (actor.standing == "payer")


# --- plans without money ----------------------------------------------------------------------


def test_a_plan_without_money_affords_nothing_and_says_so(run):
    found = run("pretrain", "gpt-2-1.5b", "--programme", "final-run", "--actor", "nairr", "-q").out
    found = " ".join(found.split())
    assert found.startswith("No: GPT-2 1.5B")
    assert "NAIRR full proposal (Task Force) has no money for it" in found
    assert "proposed and not given" in found
    flags = ("--actor", "nairr", "--format", "json", "--draws", "64")
    (verdict,) = json.loads(run("pretrain", "gpt-2-1.5b", *flags).out)["evaluations"][0]["verdicts"]
    assert (verdict["word"], verdict["budget_given"]) == ("no", False)


def test_plans_are_named_and_not_counted(run):
    names = [actor.name for actor in unfunded(CATALOGUE, TODAY)]
    assert {"nairr", "atom-project", "cern-for-ai", "eu-gigafactory", "calcompute"} <= {*names}
    assert not unfunded(CATALOGUE, "2022-01")
    for arguments in (["--all"], ["gpt-2-1.5b"], ["--cost", "$1B"]):
        text = " ".join(run("compare", *arguments, "--more").out.split())
        assert f"so not counted: {', '.join(names)}." in text


# --- categories -------------------------------------------------------------------------------


@pytest.mark.parametrize("date", ["2020-06", "2023-06", TODAY])
def test_a_category_stands_by_its_median_member_at_the_date(date):
    medians = median_members(CATALOGUE, date)
    assert len({actor.category for actor in medians}) == len(medians) > 10
    for actor in medians:
        members = [a.budget(date) for a in members_of(CATALOGUE, actor.category, date)]
        money = [each.spendable for each in members if each]
        assert actor.budget(date).spendable == median_low(money)


def test_every_category_has_a_member_with_money_today():
    today = {actor.category for actor in median_members(CATALOGUE, TODAY)}
    assert today == {*CATALOGUE.categories}


# --- what an answer says ----------------------------------------------------------------------


def test_an_answer_says_of_which_budget_and_of_which_date(run):
    flags = ("pretrain", "llama-2-7b", "--actor", "microsoft", "--draws", "64")
    words = " ".join(run(*flags, "--more").out.split())
    assert "could spend on one model, out of all its capital expenditure of 2026-09" in words
    assert "all capex 2026-09" in words
    (verdict,) = json.loads(run(*flags, "--format", "json").out)["evaluations"][0]["verdicts"]
    assert (verdict["budget_scope"], verdict["budget_as_of"]) == ("all-capex", "2026-09")
    earlier = json.loads(run(*flags, "--date", "2026-05", "--format", "json").out)
    assert earlier["evaluations"][0]["verdicts"][0]["budget_as_of"] == "2026-04"


@pytest.mark.parametrize("more", [[], ["gpt-2-1.5b"]])
@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ("--actor deepseek --date 2022-01", "deepseek.* exists only since 2023-07, not at 2022-01"),
        ("--category volunteers --date 2022-01", "folding-at-home has no budget in dollars"),
        ("--category consortium --date 2019-01", "no actor of it exists at the date"),
    ],
)
def test_where_nobody_can_be_judged_each_reason_is_said(run, more, flags, reason):
    found = run("compare", *more, *flags.split())
    assert found.code == 2
    assert re.search(reason, found.err)


def test_who_is_not_judged_is_named_with_the_reason():
    actors = [CATALOGUE.actor(name) for name in ("deepseek", "cursor", "ai2")]
    found = compare_actors(build({"model": "llama-2-7b", "date": "2022-06"}), actors, CATALOGUE)
    assert [each.actor.name for each in found.judgements] == ["ai2"]
    assert found.skipped == {
        "deepseek": "exists only since 2023-07, not at 2022-06",
        "cursor": "has no budget in dollars in the catalogue",
    }
