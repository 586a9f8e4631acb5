import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import frontiercost as fc
from frontiercost.backtest.runs import backtest_runs
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.facts import Draws
from frontiercost.physics.whole_run import (
    REFERENCE_MFU,
    bounded_share,
    cluster_losses,
    usual_mfu,
)
from frontiercost.stages.observed_utilisation import (
    kept_on_clusters,
    pooled_mfu,
    run_losses,
    usable,
)
from frontiercost.stages.prediction_error import ERRORS
from frontiercost.stages.published.run_cases import cases, shipped_rows

SHARE = st.floats(0.01, 0.99)


def test_mfu_in_the_table_follows_from_hours_tokens_and_the_exact_flop_count(catalogue):
    written = {row["id"]: row["mfu_exact"] for row in catalogue.run_rows}
    found, _ = cases(shipped_rows(catalogue), catalogue)
    assert len(found) > 70
    for case in found:
        assert float(written[case.id]) == pytest.approx(case.mfu, rel=2e-3), case.id


def test_held_out_developers_fall_into_the_interval(catalogue):
    drawn = DrawnCatalogue(catalogue, Draws(256))
    found = backtest_runs(shipped_rows(catalogue), drawn).summary
    assert 0.83 <= found.coverage_90 <= 0.97
    assert found.interval_width < 3.8


def test_a_run_on_one_server_has_no_losses_of_a_cluster():
    assert cluster_losses(8, 4) == 0
    assert cluster_losses(32, 4) == cluster_losses(10_000, 4) == 1
    assert usual_mfu(0.37, 0.7, 0.5, 0.0) == 0.37


@pytest.mark.parametrize("chips", [8, 12, 16, 1024])
def test_no_draw_of_a_run_is_faster_than_its_own_steps(chips):
    asked = {"params": "8B", "tokens": "300B", "chip": "h100-sxm", "chips": chips}
    work = fc.evaluate(fc.ask(stage="pretrain", programme="final-run", **asked)).workload
    speed = work.cluster_plan.speed
    assert (work.mfu < speed.step_mfu).all()
    assert work.mfu == pytest.approx(speed.step_mfu * speed.kept * work.cluster_plan.share)


def test_a_run_on_one_server_is_surer_than_one_on_a_cluster():
    asked = {"params": "8B", "tokens": "300B", "chip": "h100-sxm"}
    widths = []
    for chips in (8, 512):
        found = fc.evaluate(fc.ask(stage="pretrain", programme="final-run", chips=chips, **asked))
        low, _, high = found.draws.summary(found.workload.chip_hours)
        widths.append(high / low)
    assert widths[0] < 0.7 * widths[1]


def test_what_runs_keep_of_their_steps_is_less_than_all_of_it_and_of_developers_alone(catalogue):
    runs = usable(catalogue.runs)
    both = [run for run in runs if run.mfu_of_steps]
    assert len({run.organization for run in both}) >= 4
    kept = kept_on_clusters(runs)
    assert kept.low < kept.value < kept.high < 1
    assert kept == kept_on_clusters(both)


def test_a_run_that_follows_its_steps_alone_gets_what_runs_achieve_of_them():
    assert usual_mfu(0.5, 0.7, 1.0, 1.0) == pytest.approx(0.35)
    assert usual_mfu(0.5, 0.7, 0.0, 1.0) == pytest.approx(0.7 * REFERENCE_MFU)


@given(SHARE, SHARE, SHARE, SHARE)
def test_faster_steps_never_make_a_slower_run(step, achieved, weight, losses):
    faster = usual_mfu(step * 1.1, achieved, weight, losses)
    assert faster >= usual_mfu(step, achieved, weight, losses) * (1 - 1e-9)


def test_runs_of_mixtures_are_better_foretold_than_naively_and_each_kind_has_its_weight(catalogue):
    found = backtest_runs(shipped_rows(catalogue), DrawnCatalogue(catalogue, Draws(256)))
    mixtures = found.groups["H100 MoE"]
    assert mixtures.median_abs_ln_error < 0.7 * mixtures.naive_median_abs_ln_error
    constants, runs = catalogue.constants(ERRORS), usable(catalogue.runs)
    for moe, kind in ((True, "mixture"), (False, "dense")):
        losses = run_losses(runs, constants, "H100", "bf16", moe)
        assert losses.step_weight == constants[f"run_step_weight_{kind}"]


def test_tiny_models_teach_no_pool_and_excluded_runs_teach_nothing(catalogue):
    runs = usable(catalogue.runs)
    assert not {run.id for run in runs} & {"gpt3-175b", "llama3.2-1b", "flm-101b"}
    large = [run for run in runs if run.total_params >= 1e9]
    pool = ("A100", "bf16", False)
    assert pooled_mfu(runs, *pool) == pooled_mfu(large, *pool)


def test_a_pool_without_its_chip_falls_back_on_its_kind(catalogue):
    runs, constants = usable(catalogue.runs), catalogue.constants(ERRORS)
    unseen = run_losses(runs, constants, "Groq", "bf16", False)
    seen = [run_losses(runs, constants, g, "bf16", False) for g in ("A100", "H100", "TPU")]
    values = sorted(math.log(found.achieved.value) for found in seen)
    assert values[0] <= math.log(unseen.achieved.value) <= values[-1]


@pytest.mark.parametrize("centre", [0.4, 0.8])
def test_a_share_of_a_peak_stays_below_it_in_order_and_without_a_jump(centre):
    shares = np.linspace(0.05, 3, 500)
    bounded = bounded_share(shares, centre)
    assert bounded.max() <= 1
    assert (np.diff(bounded) >= 0).all()
    kept = max(centre, 0.7)
    assert bounded[shares <= kept] == pytest.approx(shares[shares <= kept])
    assert bounded_share(kept + 1e-4, centre) - kept == pytest.approx(1e-4, rel=1e-2)
