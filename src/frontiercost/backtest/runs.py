"""How far off the pre-training stage is on published whole runs, each developer held out."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from frontiercost.backtest.predicting import predictions_of
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.types import Run
from frontiercost.core.facts import Fact, mean
from frontiercost.stages.observed_utilisation import (
    kind_of,
    run_losses,
    run_residuals,
    usable,
)
from frontiercost.stages.pooling import Observation, pools
from frontiercost.stages.prediction_error import ERRORS, Residual, residual_fact
from frontiercost.stages.pretrain import workload as pretrain
from frontiercost.stages.published import run_cases
from frontiercost.stages.published.cells import Cells


def backtest_runs(rows: Sequence[Cells], drawn: DrawnCatalogue) -> Backtest:
    """Predict the chip-hours of published runs, each developer held out."""
    cases, skipped = run_cases.cases(rows, drawn.catalogue)
    published = usable(drawn.catalogue.runs)
    residuals = run_residuals(published, drawn.catalogue.constants(ERRORS))
    predictions, failed = predictions_of(
        cases, lambda case: predict_run(case, published, residuals, drawn)
    )
    return Backtest(
        stage="pretrain",
        quantity="chip_hours",
        unit="chip-hour",
        predictions=predictions,
        skipped=skipped | failed,
    )


def predict_run(
    case: run_cases.RunCase,
    published: Sequence[Run],
    residuals: Sequence[Residual],
    drawn: DrawnCatalogue,
) -> Prediction:
    """Predict one run with the stage itself, from what was known before the run began."""
    others = usable(published, without=case.organization)
    constants = drawn.catalogue.constants(ERRORS)
    pool = (case.chip.generation, case.precision, case.moe)
    inputs = pretrain.Inputs(
        chip=case.chip,
        tokens=case.exactly("tokens", case.tokens, "token"),
        setup=case.setup,
        losses=run_losses(others, constants, *pool),
        errors=tuple(_errors(case, others, residuals, constants)),
        chips=case.exactly("chips", case.chips, "chip") if case.chips else None,
    )
    workload = pretrain.workload(inputs, drawn)
    return Prediction(
        id=case.id,
        group=f"{case.chip.generation} {'MoE' if case.moe else 'dense'}",
        holder=case.organization,
        actual=case.chip_hours,
        predicted=drawn.draws.summary(workload.chip_hours),
        naive=_naive_hours(case, others),
        assumed=case.assumed,
    )


def _errors(
    case: run_cases.RunCase,
    others: Iterable[Run],
    residuals: Iterable[Residual],
    constants: Mapping[str, Fact],
) -> Iterable[Fact]:
    """Yield what the prediction is known to err by, from the runs of other developers."""
    kind = kind_of(case.moe)
    yield residual_fact(
        f"runs_{kind}", [row for row in residuals if row.holder != case.organization], kind
    )
    if case.shape_is_guessed:
        yield constants[f"runs_shape_unknown_{kind}"]
    if case.chip.generation not in {run.generation for run in others}:
        yield constants[f"runs_chip_unknown_{kind}"]


def _naive_hours(case: run_cases.RunCase, others: Iterable[Run]) -> float:
    """Return the hours at the median MFU of the narrowest pool that has a row."""
    rows = [
        Observation(run.organization, run.generation, run.precision, run.moe, math.log(run.mfu))
        for run in others
        if run.mfu
    ]
    narrowest = next(
        pool
        for pool in reversed(pools(rows, case.chip.generation, case.precision, case.moe))
        if pool
    )
    naive_mfu = math.exp(median(row.log for row in narrowest))
    peak = case.chip.peak("bf16").value
    return float(mean(pretrain.chip_hours(case.training_flop, naive_mfu, peak)))
