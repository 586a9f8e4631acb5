"""Predictions against published runs and steps, recorded, and never worse than recorded."""

import csv
import json
import math
from pathlib import Path

import jsonschema
import pytest
import write_calibration as calibration
from pages import METHOD

from binomial import coverage_is_plausible
from frontiercost.backtest.cost import GROUPS, backtest_cost
from frontiercost.backtest.report import of_backtests
from frontiercost.backtest.runs import backtest_runs
from frontiercost.backtest.serving import QUANTITIES
from frontiercost.backtest.steps import LEVELS
from frontiercost.backtest.summary import Prediction, summarise
from frontiercost.backtest.tables import backtests
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import SHIPPED
from frontiercost.core.facts import Draws, Interval
from frontiercost.render.markdown import render_table
from frontiercost.stages.published.run_cases import cases, shipped_rows

RECORD = json.loads((Path(__file__).parent / "golden" / "accuracy.json").read_text("utf-8"))
MARGIN = 1.03


@pytest.fixture(scope="module")
def found(catalogue):
    return {one.title: one for one in backtests(None, None, 1024, catalogue)}


TITLES = (
    "pretrain: chip_hours",
    *(f"training-step: seconds_per_token, {level}" for level in LEVELS),
    *(f"serving: {quantity}" for quantity in QUANTITIES),
    *(f"cost: usd, {group}" for group in GROUPS),
    *("posttrain: chip_hours", "posttrain: step_seconds"),
)


@pytest.mark.parametrize("title", TITLES)
def test_no_summary_is_worse_than_recorded(found, title):
    groups = {title: found[title].summary}
    groups |= {f"{title}/{name}": s for name, s in found[title].groups.items()}
    for name, now in groups.items():
        then = RECORD[name]
        assert now.n >= then["n"], name
        assert now.median_abs_ln_error <= then["median_abs_ln_error"] * MARGIN, name
        assert now.p90_abs_ln_error <= then["p90_abs_ln_error"] * MARGIN, name
        if then["coverage_90"] is not None:
            assert now.coverage_90 >= then["coverage_90"] - 0.02, name
        assert now.interval_width <= then["interval_width"] * MARGIN, name


def test_the_method_shows_the_tables_of_today(found, catalogue):
    """benchmarks/write_accuracy.py writes them."""
    page = (Path(__file__).parents[1] / "METHOD.md").read_text(encoding="utf-8")
    report = of_backtests(list(found.values()), catalogue, explain=True)
    for table in report.tables[: len(found)]:
        assert render_table(table) in page, table.title


def test_the_pictures_of_the_method_are_those_of_today(found, catalogue):
    """python benchmarks/write_all.py calibration draws them."""
    predicted = list(found.values())
    drawn = {f"{p.file}.svg": p.svg for p in calibration.pictures(predicted, catalogue)}
    kept = {file.name: file.read_text("utf-8") for file in calibration.PLOTS.glob("*")}
    assert kept == drawn
    assert calibration.section(predicted, catalogue) in METHOD.read_text("utf-8")


def test_whole_runs_are_predicted_as_well_as_promised(found):
    runs = found["pretrain: chip_hours"]
    fit = [p for p in runs.predictions if p.id not in TINY]
    now = summarise(fit)
    assert now.median_abs_ln_error <= 0.24
    assert now.skill > 0
    assert now.interval_width <= 3.8
    assert coverage_is_plausible(sum(p.inside for p in fit), len(fit))


TINY = {"pythia-70m", "pythia-160m", "pythia-410m"}


def test_a_run_is_predicted_without_its_developer_hours_or_days(catalogue):
    """Changing what a row reports of itself, or its developer's other rows, moves nothing."""
    rows = [row for row in shipped_rows(catalogue) if row["id"] == "llama3.1-405b"]
    altered = [rows[0] | {"chip_hours": "2e7", "wall_days": "50", "mfu_reported": "0.9"}]
    one, other = (
        backtest_runs(each, DrawnCatalogue(catalogue, Draws(256))).predictions[0]
        for each in (rows, altered)
    )
    assert one.predicted == other.predicted
    assert one.naive == other.naive
    assert one.actual != other.actual


def test_hours_follow_from_chips_and_days_where_they_are_not_stated(catalogue):
    row = shipped_rows(catalogue)[0] | {"chip_hours": "", "chips": "200", "wall_days": "10"}
    assert cases([row], catalogue)[0][0].chip_hours == 48_000


def test_rows_lacking_hardware_or_tokens_are_skipped_with_the_reason(catalogue):
    row = shipped_rows(catalogue)[0]
    _, skipped = cases([row | {"hardware": ""}, row | {"tokens": "", "id": "b"}], catalogue)
    assert set(skipped.values()) == {"hardware missing", "tokens missing"}


def test_a_run_of_an_unknown_model_takes_its_own_shape(catalogue):
    row = {
        "id": "mine",
        "model_id": "my-model",
        "organization": "Me",
        "params_total": "6.7e9",
        "params_active": "6.7e9",
        "layers": "32",
        "hidden": "4096",
        "ffn": "11008",
        "heads": "32",
        "kv_heads": "32",
        "vocab": "32000",
        "tokens": "1e12",
        "hardware": "A100-80GB",
        "chip_hours": "80000",
    }
    case = cases([row], catalogue)[0][0]
    assert case.architecture.layers == 32
    assert "chips for a run of 90 days" in case.assumed


def test_a_summary_by_hand():
    def row(actual, low, high):
        return Prediction(
            id="x", group="g", actual=actual, predicted=Interval(low, 1.0, high), naive=2.0
        )

    s = summarise([row(1.0, 0.5, 2.0), row(math.e, 0.5, 2.0), row(2.0, 0.5, 2.0)])
    assert s.n == 3
    assert s.median_abs_ln_error == pytest.approx(math.log(2))
    assert s.p90_abs_ln_error == pytest.approx(1)
    assert s.coverage_90 == pytest.approx(2 / 3)
    assert s.interval_width == 4
    assert s.bias == 2


def test_coverage_is_tested_as_a_binomial():
    assert coverage_is_plausible(41, 46)
    assert not coverage_is_plausible(30, 46)
    assert not coverage_is_plausible(200, 200)


def test_the_command_reads_a_file_and_prints_the_contract(run, catalogue, tmp_path):
    file = written(shipped_rows(catalogue)[:6], tmp_path / "runs.csv")
    document = json.loads(run("backtest", "--runs", file, "--format", "json").out)
    found = document["backtests"][0]
    assert (found["stage"], found["quantity"]) == ("pretrain", "chip_hours")
    assert {"id", "actual", "predicted", "ratio", "assumed"} <= found["rows"][0].keys()
    assert {"low", "median", "high"} == found["rows"][0]["predicted"].keys()
    assert {"n", "bias", "skill", "coverage_90"} <= found["summary"].keys()


def written(rows, file):
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


SAMPLES = {
    "runs.csv": lambda row: True,
    "throughput.csv": lambda row: row["system"].startswith(
        ("NVIDIA Megatron-Bridge", "torchtitan")
    ),
    "serving_measured.csv": lambda row: "Llama" in row["model_path"],
    "posttraining_runs.csv": lambda row: True,
    "rl_breakdown.csv": lambda row: True,
    "frontier_costs.csv": lambda row: True,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_rows_of_the_catalogue_give_the_same_figures_through_a_file(
    found, catalogue, tmp_path, name
):
    """The fits are to the catalogue's rows either way, and no row sees its own kin."""
    rows = [row for row in catalogue.rows(name) if SAMPLES[name](row)]
    assert len(rows) > 10
    for mine in backtests(None, written(rows, tmp_path / name), 1024, catalogue):
        by_id = {p.id: p for p in found[mine.title].predictions}
        assert mine.predictions
        assert [by_id[p.id] for p in mine.predictions] == list(mine.predictions)
        assert mine.skipped.keys() <= found[mine.title].skipped.keys()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["pretrian"], "did you mean 'pretrain'"),
        (["--runs", "none.csv"], "no such file"),
        (["--runs", "pyproject.toml"], "has neither the columns of runs"),
    ],
)
def test_bad_questions_are_one_line(run, arguments, says):
    found = run("backtest", *arguments)
    assert found.code == 2
    assert says in found.err


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("model,hardware,tokens,chip_hours\nllama-2-7b,a100,2e12,184320\n", "pretrain"),
        ("\ufeffhardware,tokens,wall_days,chips,params_total\nH100,1e12,30,128,7e9\n", "pretrain"),
        ("model,gpu,n_gpus,tokens_per_s_per_gpu\nLlama 2 7B,A100,8,3100\n", "training-step"),
    ],
    ids=["runs", "runs with a byte-order mark and no model", "steps"],
)
def test_a_file_needs_only_the_columns_that_matter(catalogue, tmp_path, text, stage):
    file = tmp_path / "mine.csv"
    file.write_text(text, encoding="utf-8")
    found = backtests(None, file, 64, catalogue)[0]
    assert found.stage == stage
    assert [p.id for p in found.predictions] == ["line 2"]
    assert found.predictions[0].error < 1


# --- costs ----------------------------------------------------------------------------------------


def costs_of(found):
    return [one for one in found.values() if one.stage == "cost"]


def test_costs_are_never_pooled_and_claim_no_coverage(found, catalogue):
    parts = costs_of(found)
    assert [one.subset for one in parts] == list(GROUPS)
    ids = [p.id for one in parts for p in one.predictions]
    ids += [id for one in parts for id in one.skipped]
    assert sorted(ids) == sorted(row["id"] for row in catalogue.rows("frontier_costs.csv"))
    for one in parts:
        assert one.summary.coverage_90 is None
        assert {p.group for p in one.predictions} == {one.subset}


def test_every_cost_that_is_far_off_is_explained(found):
    page = (Path(__file__).parents[1] / "METHOD.md").read_text(encoding="utf-8")
    table = page.split("Rows more than ×2 apart")[1].split("\n\nThe first to mend")[0]
    far = {p.id for one in costs_of(found) for p in one.predictions if p.error > math.log(2)}
    assert far
    assert {id for id in far if id not in table} == set()


def test_other_stages_and_years_of_spending_are_left_out_with_the_reason(found):
    skipped = {id: why for one in costs_of(found) for id, why in one.skipped.items()}
    assert skipped["deepseek-r1-rent-post-training"] == "post-training: another stage"
    assert skipped["openai-2025-revenue-or-spend-inference-year"] == "serving: another stage"
    assert "spending" in skipped["openai-2024-revenue-or-spend-programme"]


def test_a_cost_is_predicted_without_the_hours_and_the_sum_that_were_published(catalogue):
    row = next(r for r in catalogue.rows("frontier_costs.csv") if r["id"] == "deepseek-v3-rent")
    one, other = (
        backtest_cost([each], catalogue, 256)[0].predictions[0]
        for each in (row, row | {"usd": "1e9"})
    )
    assert one.predicted == other.predicted
    hours = catalogue.model("deepseek-v3").built["chip_hours"].value
    assert one.predicted.median / hours > 3


def test_costs_keep_the_contract_and_print_no_coverage(run):
    document = json.loads(run("backtest", "cost", "--draws", "64", "--format", "json").out)
    jsonschema.validate(document, json.loads((SHIPPED / "schema.json").read_text("utf-8")))
    names = [one["groups"][0]["name"] for one in document["backtests"]]
    assert names == list(GROUPS)
    assert all(one["summary"]["coverage_90"] is None for one in document["backtests"])


def test_a_file_of_costs_needs_a_model_and_a_sum(catalogue, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("model,usd\nllama-2-70b,3e6\nno-such-model,1\n", encoding="utf-8")
    parts = backtests(None, file, 64, catalogue)
    assert [p.id for one in parts for p in one.predictions] == ["line 2"]


def test_published_costs_carry_a_known_source(catalogue):
    for row in catalogue.rows("frontier_costs.csv"):
        assert row["source"] in catalogue.sources, row["id"]
        assert row["group"] in GROUPS, row["id"]
        assert not row["model"] or catalogue.find("model", row["model"]) == row["model"], row["id"]
