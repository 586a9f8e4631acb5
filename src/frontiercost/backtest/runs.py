"""How far off the pre-training stage is on published whole runs, each developer held out."""

import math
from statistics import median

from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue import Catalogue
from frontiercost.errors import FrontierCostError
from frontiercost.facts import Draws, mean
from frontiercost.physics.pooling import Observation, pools
from frontiercost.physics.utilisation import observations, realised, usable
from frontiercost.published import runs
from frontiercost.stages import pretrain


def backtest_runs(rows: list[dict[str, str]], catalogue: Catalogue, draws: Draws) -> Backtest:
    """Predict the chip-hours of published runs, each developer held out."""
    found, skipped = runs.cases(rows, catalogue)
    predictions = []
    for case in found:
        try:
            predictions.append(predict_run(case, catalogue, draws))
        except FrontierCostError as error:
            skipped[case.id] = str(error)
    return Backtest(
        stage="pretrain",
        quantity="chip_hours",
        unit="chip-hour",
        predictions=tuple(predictions),
        skipped=skipped,
    )


def predict_run(case: runs.RunCase, catalogue: Catalogue, draws: Draws) -> Prediction:
    """Predict one run with the stage itself, from what was known before the run began."""
    others = usable(catalogue.runs, without=case.organization)
    pool = (case.chip.generation, case.precision, case.moe)
    inputs = pretrain.Inputs(
        chip=case.chip,
        tokens=case.exactly("tokens", case.tokens, "token"),
        setup=case.setup,
        realised=realised(others, *pool),
        chips=case.exactly("chips", case.chips, "chip") if case.chips else None,
    )
    work = pretrain.workload(inputs, draws, catalogue)
    peak = case.chip.peak("bf16").value
    naive_mfu = _pool_median(observations(others), *pool)
    return Prediction(
        id=case.id,
        group=f"{case.chip.generation} {'MoE' if case.moe else 'dense'}",
        actual=case.chip_hours,
        predicted=draws.summary(work.chip_hours),
        naive=float(mean(pretrain.chip_hours(case.training_flop, naive_mfu, peak))),
        assumed=case.assumed,
    )


def _pool_median(rows: list[Observation], generation: str, precision: str, moe: bool) -> float:
    """Return the median MFU of the narrowest pool that has a row."""
    narrowest = next(pool for pool in reversed(pools(rows, generation, precision, moe)) if pool)
    return math.exp(median(row.log for row in narrowest))
