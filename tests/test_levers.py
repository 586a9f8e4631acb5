"""Levers of policy: before and after over the whole ladder, alone and together."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.levers import KEYS, Levers, idle, levers_of
from frontiercost.analysis.profiles import People, Profile
from frontiercost.analysis.rungs import rungs_of
from frontiercost.catalogue.export_rules import EXPORT_RULES
from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import InputError
from frontiercost.core.facts import fact_from_text
from frontiercost.cost.terms import OwnChips
from frontiercost.scenario.flag import LADDER
from frontiercost.scenario.flags import KEYS as KEYS_OF_FLAGS
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

CATALOGUE = shipped()
EVERY = rungs_of(CATALOGUE)
FAST = build({"draws": "512"})
PLAIN = Ladder(FAST, CATALOGUE)
WORDS = ("no", "unlikely", "toss-up", "likely", "yes")
WHO = ["ai2", "princeton", "series-a", "california", "openai"]
GRANT = Levers(grant=fact_from_text("input/grant", "10M", "USD", "test"))
SUBSIDY = Levers(subsidy=fact_from_text("input/subsidy", "30%", "%", "test"))
LENT = Levers(free_chips=OwnChips(CATALOGUE.chip("h100-sxm"), 500.0))
CLOSED = Levers(open_weights="forbidden")
FREE = Levers(open_weights="free")
OF_ONE_PRICE = {"price": "$2.5/h", "programme": "final-run", "draws": "512"}


def pulled(levers):
    return Ladder(FAST, CATALOGUE, levers=levers)


def words(ladder, name, pool=()):
    row = ladder.row([CATALOGUE.actor(n) for n in (name, *pool)], EVERY)
    return {cell.rung.name: WORDS.index(cell.word) for cell in row.cells}


def answered(run, *asked):
    return json.loads(run("compare", *asked, "--draws", "64", "--format", "json").out)["ladder"]


# --- money ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WHO)
@pytest.mark.parametrize(
    "levers", [GRANT, SUBSIDY, LENT, FREE], ids=["grant", "subsidy", "chips", "free"]
)
def test_a_lever_that_gives_never_lowers_a_word(name, levers):
    before, after = words(PLAIN, name), words(pulled(levers), name)
    assert all(after[rung] >= before[rung] for rung in before)


def test_a_pool_never_lowers_the_word_of_a_member():
    for one, other in [("ai2", "princeton"), ("hobbyist", "openai"), ("california", "princeton")]:
        for first, second in ((one, other), (other, one)):
            together = words(PLAIN, first, [second])
            for alone in (words(PLAIN, first), words(PLAIN, second)):
                assert all(together[rung] >= alone[rung] for rung in alone), (first, second)


def test_a_pool_that_is_typed_shows_each_member_alone_and_with_the_pool(run):
    found = answered(run, "--pool", "ai2,princeton")
    for then, now in zip(found["without_levers"], found["rows"], strict=True):
        assert then["label"] == now["label"]
        for old, new in zip(then["cells"], now["cells"], strict=True):
            assert WORDS.index(new["word"]) >= WORDS.index(old["word"])


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--subsidy", "0%"), "A subsidy of 0% changes nothing"),
        (("--grant", "0"), "A grant of $0 changes nothing"),
        (("--export-rule", "links", "--rung", "use"), "changes nothing"),
        (("--open-weights", "free", "--rung", "rebuild"), "changes nothing"),
        (("--free-chips", "8 h100", "--rung", "use"), "changes nothing"),
    ],
)
def test_a_lever_without_effect_says_so_and_changes_no_cell(run, flags, said):
    assert said in run("compare", *flags, "--actor", "ai2", "--draws", "64", "-q").out
    found = answered(run, *flags, "--actor", "ai2")
    assert [lever["has_effect"] for lever in found["levers"]] == [False]
    assert [row["cells"] for row in found["rows"]] == [
        row["cells"] for row in found["without_levers"]
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--free-chips", "500 b200", "--date", "2022-12"), "b200: on sale from 2024-12-15"),
        (("--why",), "name two models or files"),
        (("deepseek-v3", "--why"), "name two models or files"),
    ],
)
def test_what_cannot_be_asked_says_what_can(run, arguments, said):
    found = run("compare", *arguments)
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert said in found.err


def test_a_file_of_levers_names_its_stage_or_is_told_how(run, tmp_path):
    (tmp_path / "grant.toml").write_text('grant = "10M"\n', encoding="utf-8")
    assert 'says stage = "compare"' in run("compare", "--scenario", tmp_path / "grant.toml").err


def test_final_runs_have_no_people_whom_a_rung_could_leave_out(run):
    rungs = answered(run, "--programme", "final-run", "--draws", "64")["rungs"]
    assert all(rung["cost_usd"] is not None for rung in rungs)


def test_levers_with_an_effect_are_not_called_idle():
    for levers in (LENT, CLOSED, FREE, Levers(export_rule="links"), GRANT, SUBSIDY):
        assert list(idle(PLAIN, pulled(levers), EVERY)) == []


# --- open weights ------------------------------------------------------------------------------


def test_without_open_weights_to_adapt_and_to_run_fall_to_what_one_can_rebuild():
    closed = pulled(CLOSED)
    rebuild = closed.every_rung["rebuild"]
    for name in ("run", "adapt"):
        assert closed.level(closed.every_rung[name]) == PLAIN.level(rebuild)
    for name in WHO:
        after = words(closed, name)
        assert max(after["run"], after["adapt"]) <= after["rebuild"]


def test_without_open_weights_what_starts_from_them_costs_their_making_too():
    closed = pulled(CLOSED)
    for rung in EVERY:
        usual = PLAIN.usual(rung)
        before, after = (ladder.cost(rung, usual).total for ladder in (PLAIN, closed))
        if rung.of_open_weights:
            made = closed.costs.total(closed.levered.made_first(rung), usual)
            assert np.all(after > made)
            assert closed.level(rung).index.value <= PLAIN.level(rung).index.value
        else:
            assert np.all(before == after)
            assert closed.levered.made_first(rung) is None


def test_a_small_model_that_is_made_fits_where_it_runs():
    closed = pulled(CLOSED)
    for name in ("run-small", "adapt-small"):
        rung = closed.every_rung[name]
        params = CATALOGUE.model(closed.choice(rung).model).facts["total_params"].value
        assert params < CATALOGUE.model(closed.choice(EVERY[5]).model).facts["total_params"].value


def test_weights_free_for_every_use_are_as_good_for_firms_as_for_others():
    free = pulled(FREE)
    for rung in EVERY:
        assert free.level(rung, firm=True) == free.level(rung)
        assert free.level(rung).index.value >= PLAIN.level(rung).index.value


# --- export rules -------------------------------------------------------------------------------


def cost_and_days(model, **more):
    found = evaluate(build({"model": model, **OF_ONE_PRICE, **more}))
    return found.total.median, found.draws.summary(found.workload.wall_days).median


@pytest.mark.parametrize(
    ("model", "chips", "least", "most"),
    [("deepseek-v3", "2048", 1.03, 1.08), ("llama-3.1-405b", "16384", 1.05, 1.14)],
)
def test_links_as_the_h800_cost_a_mixture_and_a_large_dense_model_some_more(
    model, chips, least, most
):
    plain = cost_and_days(model, chip="h100-sxm", chips=chips)
    cut = cost_and_days(model, chip="h100-sxm", chips=chips, export_rule="links")
    sold = cost_and_days(model, chip="h800-sxm", chips=chips)
    for before, after, own in zip(plain, cut, sold, strict=True):
        assert least <= after / before <= most
        assert own == pytest.approx(after, rel=0.005)


@pytest.mark.parametrize(("model", "chips"), [("deepseek-v3", "2048"), ("llama-3.1-405b", "16384")])
def test_compute_as_the_h20_costs_several_times_more(model, chips):
    plain, cut, sold = (
        cost_and_days(model, chip=chip, chips=chips, **rule)[0]
        for chip, rule in (
            ("h100-sxm", {}),
            ("h100-sxm", {"export_rule": "compute"}),
            ("h20", {}),
        )
    )
    assert 3.5 <= sold / plain <= 6
    assert 3.5 <= cut / plain <= 6.2


def test_every_rule_has_its_word():
    assert KEYS_OF_FLAGS["export_rule"].reader.choices == (*EXPORT_RULES,)


@pytest.mark.parametrize("rule", EXPORT_RULES)
def test_a_rule_cuts_what_is_above_it_and_leaves_prices(rule):
    ruled = CATALOGUE.under_export_rule(rule)
    for name in CATALOGUE.names("chip"):
        whole, cut = CATALOGUE.chip(name), ruled.chip(name)
        assert cut.facts.keys() == whole.facts.keys()
        for key, fact in cut.facts.items():
            assert fact.value <= whole.facts[key].value
            assert key in EXPORT_RULES[rule].caps or fact == whole.facts[key]
    prices = [rent_of_b300(**asked) for asked in ({}, {"export_rule": rule})]
    assert prices[0] == prices[1]


def rent_of_b300(**asked):
    given = {"model": "llama-2-7b", "chip": "b300", "commitment": "1y", "draws": "64", **asked}
    lines = evaluate(build(given)).bill.lines
    return next(fact.value for line in lines for fact in line.facts if "rental" in fact.path)


# --- laws -----------------------------------------------------------------------------------------

DATES = st.sampled_from(["2020-06", "2021-12", "2023-06", "2024-09", "2025-06", "2026-11"])
RULES = st.sampled_from([("", "links"), ("", "compute"), ("forbidden", ""), ("forbidden", "links")])
LENT_CHIPS = st.sampled_from(["", "100 v100", "500 a100-80g", "100 h100-sxm", "500 b200"])
KINDS = [
    Profile(People(*[many] * 3), pay, firm)
    for many in (1.0, 3e4)
    for pay, firm in (("academic", False), ("startup", True))
]


def levered(date, **levers):
    """A ladder at a date with levers pulled; None where lent chips were not on sale."""
    given = {"date": date, "draws": "64", **{key: text for key, text in levers.items() if text}}
    asked = build(given, command=LADDER)
    try:
        return Ladder(asked.without(*KEYS), CATALOGUE, levers=levers_of(asked, CATALOGUE))
    except InputError:
        return None


def totals(ladder, rung, profile):
    return ladder.cost(rung, profile).total


@settings(max_examples=12)
@given(DATES, RULES, LENT_CHIPS, st.sampled_from(["", "30%"]), st.sampled_from(KINDS))
def test_what_forbids_makes_nothing_cheaper_or_better(date, rules, lent, subsidy, profile):
    weights, rule = rules
    free = levered(date, free_chips=lent, subsidy=subsidy)
    if free is None:
        return
    bound = levered(date, free_chips=lent, subsidy=subsidy, open_weights=weights, export_rule=rule)
    for rung in EVERY:
        before, after = (totals(ladder, rung, profile) for ladder in (free, bound))
        assert after is None or np.all(after >= before), rung.name
        levels = [ladder.level(rung, firm=profile.firm) for ladder in (free, bound)]
        assert levels[1] is None or levels[1].index.value <= levels[0].index.value


@settings(max_examples=8)
@given(
    DATES,
    st.sampled_from(["v100", "a100-80g", "h100-sxm", "b200"]),
    st.lists(st.integers(1, 20_000), min_size=2, max_size=2),
    st.sampled_from(["", "compute"]),
)
def test_more_lent_chips_never_cost_more(date, chip, counts, rule):
    some, more = (
        levered(date, free_chips=f"{count} {chip}", export_rule=rule) for count in sorted(counts)
    )
    if some is None:
        return
    for rung in EVERY:
        fewer, costs = (totals(ladder, rung, KINDS[0]) for ladder in (some, more))
        assert costs is None or np.all(costs <= fewer * (1 + 1e-9)), rung.name


def test_chips_that_are_lent_obey_the_rule_too():
    rung = PLAIN.every_rung["rebuild"]
    lent, ruled, cut = (
        PLAIN.drawn.median(levered("2026-11", **asked).usual_cost(rung).total)
        for asked in (
            {"free_chips": "5000 b200"},
            {"free_chips": "5000 b200", "export_rule": "compute"},
            {"export_rule": "compute"},
        )
    )
    assert lent < ruled < cut


def test_a_chip_that_is_lent_does_more_for_its_upkeep_the_faster_it_is():
    for name in ("run", "rebuild"):
        rung = PLAIN.every_rung[name]
        slow, fast = (
            PLAIN.drawn.median(levered("2026-11", free_chips=lent).usual_cost(rung).total)
            for lent in ("500 h100-sxm", "500 b200")
        )
        assert fast <= 1.05 * slow


# --- together, in files, on a screen --------------------------------------------------------------

ALL = (
    *("--grant", "$10M", "--subsidy", "30%", "--free-chips", "500 h100"),
    *("--open-weights", "forbidden", "--export-rule", "links"),
)


def test_levers_stand_in_a_scenario_file_as_on_the_command_line(run, tmp_path):
    file = tmp_path / "levers.toml"
    lines = {
        "stage": "compare",
        "grant": "$10M",
        "subsidy": "30%",
        "free_chips": "500 h100",
        "open_weights": "forbidden",
        "export_rule": "links",
    }
    text = "".join(f'{key} = "{value}"\n' for key, value in lines.items())
    file.write_text(text, encoding="utf-8")
    typed, filed = (answered(run, *asked) for asked in (ALL, ("--scenario", str(file))))
    for key in ("rungs", "rows", "categories", "levers", "rungs_without_levers"):
        assert typed[key] == filed[key]
    assert {lever["lever"] for lever in typed["levers"]} == {*KEYS} - {"pool"}


@pytest.mark.parametrize(
    "asked",
    [
        ("--grant", "$10M"),
        ("--export-rule", "compute"),
        ("--open-weights", "forbidden"),
        ("--open-weights", "free"),
        ALL,
    ],
    ids=" ".join,
)
def test_levers_fit_a_screen(run, monkeypatch, asked):
    monkeypatch.setenv("COLUMNS", "80")
    said = run("compare", *asked).out.splitlines()
    assert len(said) <= 22
    assert max(map(len, said)) <= 80


@pytest.mark.parametrize(
    ("asked", "title"),
    [((), "could, before and after"), (("--actor", "princeton"), "Chances that change")],
)
def test_a_page_draws_before_and_after(run, tmp_path, asked, title):
    page = tmp_path / "levers.html"
    flags = ("--grant", "$10M", "--draws", "64", *asked, "--output", str(page))
    assert run("compare", *flags).code == 0
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert title in text
