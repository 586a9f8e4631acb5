"""What the step model reaches on published steps, whole groups held out of its fit.

The limits are the figures reached (benchmarks/fit_training_rates.py) with a small margin: the test
fails when the model gets worse.
"""

import csv
from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from frontiercost.backtest.fit_training import Fitter, fitted_rates
from frontiercost.backtest.folds import FOLDS, KIN, LATER, STACK
from frontiercost.backtest.least_squares import linearised
from frontiercost.backtest.steps import (
    ERROR_COLUMNS,
    RECORDED,
    UNKNOWNS,
    HeldOut,
    backtest_steps,
    changes,
    held_out,
)
from frontiercost.backtest.tables import backtests
from frontiercost.catalogue.store import shipped
from frontiercost.stages.published.step_cases import (
    cases,
    published_rows,
    seconds_per_token,
    stack_of,
)

PRIORS = shipped().constants("training_priors")
ROWS, SKIPPED = cases(published_rows(), shipped())
# level: median, stacks equal median, coverage, stacks equal coverage, width
REACHED = {
    "as a user asks: counts, chip and batch": (0.14, 0.15, 0.9, 0.85, 2.2),
    "shape and plan known": (0.14, 0.17, 0.89, 0.82, 2.0),
}


@pytest.fixture(scope="module")
def predictions():
    return held_out(ROWS, ROWS, PRIORS)


@pytest.fixture(scope="module")
def by_level():
    return {found.level: found for found in backtest_steps(None, shipped())}


@pytest.mark.parametrize("level", REACHED)
def test_held_out_accuracy(by_level, level):
    found = by_level[level].summary
    error, equal, coverage, equal_coverage, width = REACHED[level]
    assert found.median_abs_ln_error <= error
    assert found.holders_equal_median <= equal
    assert found.coverage_90 >= coverage
    assert found.holders_equal_coverage >= equal_coverage
    assert found.interval_width <= width


def test_the_level_of_a_user_comes_first_and_knows_no_plan(by_level):
    assert next(iter(by_level)).startswith("as a user asks")
    case = next(case for case in ROWS if case.fixed.get("tensor", 1) > 1)
    assert "tensor" not in case.as_asked.fixed
    assert case.as_asked.attention == ""


@pytest.mark.parametrize("kind", ["chips", "precision", "batch", "recompute"])
def test_changes_within_one_stack_are_right_within_twelve_percent(predictions, kind):
    errors = changes(predictions)[kind]
    assert len(errors) >= 10
    assert median(errors) <= 0.12


@pytest.mark.parametrize("fold", FOLDS, ids=lambda fold: fold.name)
def test_a_fold_leaves_out_a_row_and_its_like(fold):
    for case in ROWS[::40]:
        assert fold.leaves_out(case, case)
    case = ROWS[0]
    kept = [other for other in ROWS if not KIN.leaves_out(other, case)]
    assert not {other.framework for other in kept} & {case.framework}
    assert not {other.family for other in kept} & {case.family}
    later = [other for other in ROWS if not LATER.leaves_out(other, case)]
    assert all(other.date[:4] < case.date[:4] for other in later)


def test_derivatives_of_parameters_that_no_row_shares_are_those_of_each_alone():
    fitter = Fitter(ROWS, PRIORS)
    theta = np.array([p.mean for p in fitter.parameters])
    assert 2 * len(fitter.reads.sets) <= len(theta)
    together, alone = (linearised(fitter.log_seconds, theta, r)[1] for r in (fitter.reads, None))
    assert np.array_equal(together, alone)


def test_recorded_errors_are_those_of_today():
    """benchmarks/fit_prediction_errors.py writes them."""
    fits = HeldOut(ROWS, PRIORS, STACK)
    recorded = {row["id"]: row for row in shipped().rows(RECORDED)}
    known = [case for case in ROWS if case.id in recorded][::60]
    assert len(known) > 5
    forget = {"known": lambda case: case, **UNKNOWNS}
    for case in known:
        for name in ERROR_COLUMNS:
            found = fits.predict(forget[name](case)).error
            assert float(recorded[case.id][name]) == pytest.approx(found, abs=5e-3), case.id


def test_own_rows_give_the_figures_of_the_shipped_ones(tmp_path):
    """A file without the columns that no table from elsewhere has, and one with all."""
    rows = published_rows()[::25]
    ids = {row["id"] for row in rows}
    for columns in (list(rows[0]), [c for c in rows[0] if c not in ("attention", "date")]):
        file = tmp_path / "own.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        own, _ = backtests("training-step", file, 0, shipped())
        usual = {p.id: p for p in backtest_steps(rows, shipped())[0].predictions}
        assert {p.id: p.predicted for p in own.predictions} == {
            id: p.predicted for id, p in usual.items() if id in ids
        }


def test_the_shipped_rates_are_the_fitted_ones():
    shipped_rates = shipped().constants("training_rates")
    for name, fact in fitted_rates(Fitter(ROWS, PRIORS).fit(), PRIORS).items():
        assert shipped_rates[name].value == pytest.approx(fact.value, rel=2e-3), name


def test_no_rate_leaves_what_was_believed_of_it():
    catalogue = shipped()
    priors, rates = (catalogue.constants(f"training_{name}") for name in ("priors", "rates"))
    fitted = [n for n, fact in rates.items() if fact.source == "published-steps" and n in priors]
    assert len(fitted) > 15
    for name in fitted:
        assert priors[name].low <= rates[name].value * 1.0001
        assert rates[name].value <= priors[name].high * 1.0001


def test_a_prediction_does_not_see_its_row(predictions):
    stack = "Megatron-Core"
    altered = [replace(c, target=c.target * (3 if c.stack == stack else 1)) for c in ROWS]
    before = {p.case.id: p.predicted for p in predictions if p.case.stack == stack}
    rows = [case for case in altered if case.stack == stack]
    for prediction in held_out(rows, altered, PRIORS):
        assert prediction.predicted == pytest.approx(before[prediction.case.id])


def test_rows_are_left_out_only_for_what_they_lack():
    assert len(ROWS) + len(SKIPPED) == len(published_rows())
    assert len(SKIPPED) <= 14
    assert set(SKIPPED.values()) <= {"parameters missing", "its own numbers do not fit together"}


def test_every_version_of_a_stack_is_one_stack():
    names = ["NVIDIA Megatron-Bridge 25.09", "NVIDIA Megatron-Bridge 26.04.01"]
    assert {stack_of(name) for name in names} == {"NVIDIA Megatron-Bridge"}
    assert stack_of("Megatron-LM (in MegaScale)") == stack_of("Megatron-LM 2021") == "Megatron-LM"
    assert stack_of("Megatron-Core r0.8.0") == "Megatron-Core"


def test_conventions_of_stated_rates_agree_with_stated_tokens():
    """Where a row states both, the FLOP count of its convention gives its tokens per second."""
    by_id = {row["id"]: row for row in published_rows()}
    ratios = []
    for case in ROWS:
        row = by_id[case.id]
        if row["tokens_per_s_per_gpu"] and row["tflops_per_gpu"] and not case.moe:
            blind = row | {"tokens_per_s_per_gpu": ""}
            peak = case.chip.peak("bf16").value
            ratios.append(seconds_per_token(blind, case.arch, case.seq_len, peak) / case.target)
    assert len(ratios) > 100
    assert 0.98 < median(ratios) < 1.02
