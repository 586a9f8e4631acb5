"""How far off the pre-training stage is on published whole runs, each developer held out."""

import math
from collections.abc import Sequence
from statistics import median

from frontiercost.backtest import run_cases
from frontiercost.backtest.case_reading import predictions_of
from frontiercost.backtest.cells import Cells
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.facts import mean
from frontiercost.stages.observed_utilisation import achieved_fraction, observations, usable
from frontiercost.stages.pooling import Observation, pools
from frontiercost.stages.pretrain import workload as pretrain


def backtest_runs(rows: Sequence[Cells], drawn: DrawnCatalogue) -> Backtest:
    """Predict the chip-hours of published runs, each developer held out."""
    cases, skipped = run_cases.cases(rows, drawn.catalogue)
    predictions, failed = predictions_of(cases, lambda case: predict_run(case, drawn))
    return Backtest(
        stage="pretrain",
        quantity="chip_hours",
        unit="chip-hour",
        predictions=predictions,
        skipped=skipped | failed,
    )


def predict_run(case: run_cases.RunCase, drawn: DrawnCatalogue) -> Prediction:
    """Predict one run with the stage itself, from what was known before the run began."""
    others = usable(drawn.catalogue.runs, without=case.organization)
    pool = (case.chip.generation, case.precision, case.moe)
    inputs = pretrain.Inputs(
        chip=case.chip,
        tokens=case.exactly("tokens", case.tokens, "token"),
        setup=case.setup,
        achieved_fraction=achieved_fraction(others, *pool),
        chips=case.exactly("chips", case.chips, "chip") if case.chips else None,
    )
    workload = pretrain.workload(inputs, drawn)
    peak = case.chip.peak("bf16").value
    naive_mfu = _pool_median(observations(others), *pool)
    return Prediction(
        id=case.id,
        group=f"{case.chip.generation} {'MoE' if case.moe else 'dense'}",
        actual=case.chip_hours,
        predicted=drawn.draws.summary(workload.chip_hours),
        naive=float(mean(pretrain.chip_hours(case.training_flop, naive_mfu, peak))),
        assumed=case.assumed,
    )


def _pool_median(rows: list[Observation], generation: str, precision: str, moe: bool) -> float:
    """Return the median MFU of the narrowest pool that has a row."""
    narrowest = next(pool for pool in reversed(pools(rows, generation, precision, moe)) if pool)
    return math.exp(median(row.log for row in narrowest))
