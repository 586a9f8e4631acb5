import math

import pytest

from frontiercost.physics.model_shape import shape_of
from frontiercost.physics.token_flop import training_flop_per_token
from frontiercost.stages.observed_utilisation import run_mfu, usable

SECONDS_PER_HOUR = 3600


def test_mfu_in_the_table_follows_from_hours_tokens_and_the_exact_flop_count(catalogue):
    import csv

    with (catalogue.root / "runs.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["seq_len"]]
    assert len(rows) > 45
    for row in rows:
        flop = training_flop_per_token(shape_of(catalogue.model(row["model"])), int(row["seq_len"]))
        peak = catalogue.chip(row["chip"]).peak("bf16").value
        seconds = float(row["chip_hours"]) * SECONDS_PER_HOUR
        found = flop * float(row["tokens"]) / (seconds * peak)
        assert float(row["mfu_exact"]) == pytest.approx(found, rel=1e-3), row["id"]


def test_held_out_developers_fall_into_the_interval(catalogue):
    runs = usable(catalogue.runs)
    inside = []
    for organization in sorted({run.organization for run in runs}):
        others = usable(catalogue.runs, without=organization)
        for run in runs:
            if run.organization == organization:
                fact = run_mfu(others, run.generation, run.precision, run.moe)
                inside.append(fact.low <= run.mfu <= fact.high)
    print(f"coverage {sum(inside)} of {len(inside)}")
    assert 0.83 <= sum(inside) / len(inside) <= 0.97


def test_a_thin_pool_is_wider(catalogue):
    runs = usable(catalogue.runs)
    thick = run_mfu(runs, "A100", "bf16", moe=False)
    thin = run_mfu(runs, "Blackwell", "fp8", moe=True)
    assert thin.high / thin.low > 1.3 * thick.high / thick.low


def test_excluded_and_tiny_runs_are_not_used(catalogue):
    used = {run.id for run in usable(catalogue.runs)}
    assert not used & {"gpt3-175b", "llama3.2-1b", "pythia-70m"}


def test_llama_405b_is_predicted_without_its_own_developer(catalogue):
    fact = run_mfu(usable(catalogue.runs, without="Meta"), "H100", "bf16", moe=False)
    assert fact.low < 0.36 < fact.high
    assert math.log(fact.high / fact.low) < math.log(3.5)
