"""Levers of policy: before and after over the whole ladder, alone and together."""

import json

import numpy as np
import pytest

from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.levers import KEYS, Levers, idle
from frontiercost.analysis.rungs import rungs_of
from frontiercost.catalogue.export_rules import EXPORT_RULES
from frontiercost.catalogue.store import shipped
from frontiercost.core.facts import fact_from_text
from frontiercost.cost.terms import OwnChips
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
