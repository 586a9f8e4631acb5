"""Post-training predicted without its own kin, never worse than recorded, nothing seen twice."""

import csv
import math
from dataclasses import replace

import pytest

from binomial import coverage_is_plausible
from frontiercost.backtest.posttrain import RUNS, STEPS, backtest_posttrain, predicted_work
from frontiercost.backtest.summary import summarise
from frontiercost.backtest.tables import backtests
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.facts import Draws, Fact
from frontiercost.stages.posttrain.published_errors import (
    PublishedRow,
    classes,
    error_of,
    published,
)
from frontiercost.stages.published.posttrain_cases import (
    completed,
    developer,
    family_of,
    run_case,
    run_cases,
    shipped_run_rows,
    shipped_step_rows,
    step_case,
    step_cases,
)

# median |ln error| reached, with a small margin; widths and unknown lengths are told in METHOD
REACHED = {
    "sft": 0.31,
    "adapters": 0.49,
    "continued pre-training": 0.4,
    "preference": 0.39,
    "rl, length known": 0.34,
    "rl, length assumed": 1.35,
    "synthetic": 0.85,
}


@pytest.fixture(scope="module")
def found(catalogue):
    return {
        one.quantity: one
        for one in backtest_posttrain(None, DrawnCatalogue(catalogue, Draws(1024)))
    }


@pytest.mark.parametrize("group", REACHED)
def test_no_group_of_runs_is_worse_than_recorded(found, group):
    assert found[RUNS].groups[group].median_abs_ln_error <= REACHED[group]


def test_enough_supervised_runs_are_predicted(found):
    assert found[RUNS].groups["sft"].n >= 12


def test_steps_with_all_inputs_are_within_a_quarter_without_their_family(found):
    assert found[STEPS].summary.n >= 33
    assert found[STEPS].summary.median_abs_ln_error <= 0.26


@pytest.mark.parametrize("kind", ["synchronous", "asynchronous"])
def test_steps_that_wait_and_steps_that_overlap_each_lie_inside(found, kind):
    rows = [row for row in found[STEPS].predictions if row.group.startswith(kind)]
    assert len(rows) >= 15
    assert sum(row.inside for row in rows) >= 0.8 * len(rows)


def test_every_run_with_adapters_but_one_lies_inside(found):
    """Not inside: the same run on four RTX 4090, three times slower than on four H100."""
    outside = [
        row.id for row in found[RUNS].predictions if row.group == "adapters" and not row.inside
    ]
    assert set(outside) <= {"alpaca-lora-4x4090"}


def test_ppo_steps_of_2024_lie_inside_and_pay_no_set_up(found):
    steps = [row for row in found[RUNS].predictions if row.id.startswith("aligner-ppo")]
    assert len(steps) == 5
    assert all(row.inside for row in steps)


def test_whole_rl_runs_of_known_lengths_are_within_one_half_more(found):
    assert found[RUNS].groups["rl, length known"].median_abs_ln_error <= math.log(1.5)


def test_intervals_hold_what_they_promise(found):
    for one in found.values():
        inside = sum(p.inside for p in one.predictions)
        assert coverage_is_plausible(inside, len(one.predictions)), one.title
    assert found[STEPS].summary.skill > 0.5
    assert found[RUNS].groups["sft"].interval_width <= 6.1


def test_r1_zero_lies_inside_though_its_lengths_are_not_published(found):
    row = next(p for p in found[RUNS].predictions if p.id == "deepseek-r1-zero")
    assert row.inside
    assert any("response_length" in text for text in row.assumed)


# --- nothing of the row itself is seen ------------------------------------------------------------


@pytest.mark.parametrize("id", ["hermes-4-405b", "ai2-qwen25-7b-grpo-zero", "magpie-air"])
def test_a_run_is_predicted_without_its_hours_days_or_cost(catalogue, id):
    rows = [row for row in shipped_run_rows(catalogue) if row["id"] == id]
    changed = {"chip_hours": "7", "wall_days": "99", "cost_usd_published": "1", "date": ""}
    altered = [rows[0] | changed]
    one, other = (
        backtest_posttrain(each, DrawnCatalogue(catalogue, Draws(128)))[0].predictions[0]
        for each in (rows, altered)
    )
    assert one.predicted == other.predicted
    assert one.naive == other.naive
    assert one.actual != other.actual


def test_a_row_whose_developer_is_spelt_otherwise_is_held_out_all_the_same(catalogue):
    row = next(row for row in shipped_run_rows(catalogue) if row["id"] == "s1-32b")
    one, other = (
        backtest_posttrain([row | {"organization": name}], DrawnCatalogue(catalogue, Draws(64)))[
            0
        ].predictions[0]
        for name in ("Stanford", "STANFORD (CRFM)")
    )
    assert one.predicted == other.predicted


def test_what_a_developer_published_does_not_reach_its_own_rows(catalogue):
    others = [row for row in published(catalogue) if row.organization != "AI2"]
    assert others
    wrong = [*others, PublishedRow("x", "short", "AI2", "llama", 9.0, step=False)]
    seen = [row for row in wrong if row.organization != "AI2"]
    assert error_of("short", catalogue, seen) == error_of("short", catalogue, others)
    assert error_of("short", catalogue, wrong) != error_of("short", catalogue, others)


def test_rows_of_the_same_people_share_a_name():
    assert developer("AI2 (open-instruct)") == developer("AI2")
    assert developer("NeMo RL v0.4") == developer("NeMo RL v0.6 FP8") == "NVIDIA"
    assert family_of("Qwen3-30B-A3B") == family_of("qwen2.5-7b") == "qwen"
    assert family_of("Llama-3.1-8B") == family_of("llama-1-65b") == "llama"


def test_a_developer_counts_once_however_much_it_published(catalogue):
    def row(id, developer, error):
        return PublishedRow(id, "long", developer, "", math.log(error), step=False)

    many = [row(str(i), "B", 1.2) for i in range(9)]
    few = [row("a", "A", 0.5), row("c", "C", 2.0)]
    fact = error_of("long", catalogue, few + many)
    assert fact == replace(error_of("long", catalogue, few + many[:1]), note=fact.note)


def test_the_recorded_predictions_are_those_of_today(catalogue):
    """benchmarks/predict_posttraining.py writes them."""
    full = {
        name: Fact(f"all/{name}", 1.0, 1.0, 1.0, "x", "definition", "definition")
        for name in classes()
    }
    for rows, cases, quantity in (
        (shipped_run_rows(catalogue), run_cases, RUNS),
        (shipped_step_rows(catalogue), step_cases, STEPS),
    ):
        recorded = {row["id"]: row[f"{quantity}_predicted"] for row in rows}
        for case in cases(rows, catalogue)[0]:
            if recorded[case.id]:
                work = predicted_work(case, full, DrawnCatalogue(catalogue, Draws(0)))
                now = work.chip_hours * (1 if quantity == RUNS else 3600 / case.chips)
                assert now == pytest.approx(float(recorded[case.id]), rel=1e-3), case.id


# --- rows -----------------------------------------------------------------------------------------

ROW = {
    "id": "a",
    "model": "A",
    "base_model_id": "llama-3.1-8b",
    "base_params_total": "8030000000",
    "base_params_active": "8030000000",
    "organization": "A lab",
    "stage": "sft",
    "tokens_trained": "1e9",
    "hardware": "H100",
    "chips": "16",
    "chip_hours": "300",
}
RL = {"stage": "grpo", "rl_steps": "100", "prompts_per_step": "64", "samples_per_prompt": "8"}


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"stage": "full"}, "holds several phases or other rows"),
        (RL | {"note": "SUM of the three rows above"}, "holds several phases or other rows"),
        (RL | {"model": "A, all RL (program total)"}, "holds several phases or other rows"),
        ({"stage": "annotation"}, "no machine work"),
        ({"hardware": ""}, "hardware missing"),
        ({"tokens_trained": ""}, "tokens missing"),
        (RL | {"rl_steps": ""}, "rl_steps is not given"),
        (RL | {"prompts_per_step": ""}, "prompts_per_step is not given"),
        ({"chip_hours": "", "wall_days": ""}, "chip_hours missing"),
        ({"base_model_id": "", "base_params_total": "", "base_params_active": ""}, "parameters"),
    ],
)
def test_rows_that_cannot_be_used_say_why(catalogue, columns, reason):
    _, skipped = run_cases([ROW | columns], catalogue)
    assert reason in skipped["a"]


def test_hours_follow_from_chips_and_days(catalogue):
    case = run_case(ROW | {"chip_hours": "", "wall_days": "2"}, catalogue)
    assert case.actual == 16 * 48


def test_tokens_follow_from_examples_and_epochs(catalogue):
    columns = {"tokens_trained": "", "examples_or_prompts": "1000", "tokens_per_example": "500"}
    case = run_case(ROW | columns | {"epochs": "3"}, catalogue)
    assert case.phase.facts["tokens"].value == 1.5e6


def test_steps_follow_from_tokens_where_these_are_given(catalogue):
    """DeepSpeed-Chat: 135M tokens of 512 in batches of 1,024 are 257 steps, not the 129 stated."""
    columns = {"tokens_trained": "135e6", "tokens_per_example": "512", "stage": "ppo"}
    columns |= {"prompts_per_step": "1024", "samples_per_prompt": "1", "avg_response_tokens": "256"}
    case = run_case(ROW | columns | {"rl_steps": "129"}, catalogue)
    assert case.phase.facts["steps"].value == pytest.approx(257.5, rel=1e-3)
    assert case.phase.facts["prompt_length"].value == 256
    assert "rl_steps from tokens_trained" in case.assumed


def test_steps_follow_from_prompts_and_epochs_where_none_are_given(catalogue):
    columns = {"rl_steps": "", "examples_or_prompts": "6400", "epochs": "3"}
    case = run_case(ROW | RL | columns | {"tokens_trained": ""}, catalogue)
    assert case.phase.facts["steps"].value == 300


def test_answers_gathered_for_several_updates_make_fewer_steps(catalogue):
    said = "8192 rollouts split in 16 mini-batches"
    case = run_case(ROW | RL | {"rl_steps": "10400", "method_detail": said}, catalogue)
    batch = case.phase.facts["prompts_per_step"].value * 8
    assert batch == 8192
    assert case.phase.facts["steps"].value == pytest.approx(10_400 * 512 / 8192)


@pytest.mark.parametrize(
    ("columns", "mode"),
    [
        ({}, "colocated"),
        ({"method_detail": "fully async 16:16"}, "stream"),
        ({"method_detail": "1-step off"}, "split"),
        ({"note": "6 train + 2 vLLM GPUs"}, "split"),
        ({"mode": "split-synchronous", "sampling_chips": "4"}, "split-synchronous"),
    ],
)
def test_who_waits_for_whom_is_read_from_the_row(catalogue, columns, mode):
    assert run_case(ROW | RL | columns, catalogue).phase.mode == mode


def test_unknown_lengths_take_the_prior_of_their_stage(catalogue):
    grpo, ppo = (run_case(ROW | RL | {"stage": stage}, catalogue) for stage in ("grpo", "ppo"))
    assert (grpo.phase.answers, ppo.phase.answers) == ("reasoning", "chat")


def test_a_step_whose_model_is_not_known_takes_its_sizes_from_the_name(catalogue):
    row = {
        "id": "a",
        "system": "NeMo RL v0.9",
        "model": "Unheard-30B-A3B",
        "mode": "on-policy",
        "hardware": "H100",
        "chips": "32",
        "prompts_x_samples": "512",
        "avg_seq_tokens": "2000",
        "step_seconds": "100",
    }
    case = step_case(row, catalogue)
    assert case.architecture.experts
    assert "shape from the parameter counts" in case.assumed
    with pytest.raises(ValueError, match="derived"):
        step_case(row | {"note": "derived: tokens / hours"}, catalogue)


def test_blanks_of_known_rows_are_filled_with_what_was_known_before(catalogue):
    bare = {"id": "tulu3-8b-sft", "stage": "sft", "chip_hours": "5", "tokens_trained": ""}
    full = completed([bare], catalogue)[0]
    assert float(full["tokens_trained"]) > 1e9
    assert full["chip_hours"] == "5"
    assert "wall_days" not in full
    assert "tokens_trained" in full["completed"]


def test_every_row_has_a_known_source_and_says_what_it_estimates(catalogue):
    for row in (*shipped_run_rows(catalogue), *shipped_step_rows(catalogue)):
        assert row["source"] in catalogue.sources, row["id"]
    estimated = [row for row in shipped_run_rows(catalogue) if row["estimated"]]
    assert len(estimated) > 12


@pytest.mark.parametrize(
    ("rows", "quantity"), [(shipped_run_rows, RUNS), (shipped_step_rows, STEPS)], ids=[RUNS, STEPS]
)
def test_a_file_is_known_by_its_columns(catalogue, tmp_path, rows, quantity):
    kept = rows(catalogue)
    file = tmp_path / "rows.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, list(kept[0]))
        writer.writeheader()
        writer.writerows(kept)
    found = backtests(None, file, 128, catalogue)
    assert [(one.stage, one.quantity) for one in found] == [("posttrain", quantity)]
    assert summarise(found[0].predictions).n > 15
