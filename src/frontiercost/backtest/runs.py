"""How far off the pre-training stage is on published whole runs, each developer held out."""

import math
from collections.abc import Iterable, Sequence
from statistics import median

from frontiercost.backtest.predicting import predictions_of
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Run
from frontiercost.core.facts import mean
from frontiercost.stages.observed_utilisation import (
    RunLosses,
    kind_of,
    run_losses,
    run_residuals,
    usable,
)
from frontiercost.stages.pooling import Observation, pools
from frontiercost.stages.prediction_error import ERRORS, Residual, residual_fact
from frontiercost.stages.pretrain import workload as pretrain
from frontiercost.stages.pretrain.measured import after_run
from frontiercost.stages.pretrain.run_errors import RunErrors, usual_errors
from frontiercost.stages.published import run_cases
from frontiercost.stages.published.cells import Cells


def backtest_runs(
    rows: Sequence[Cells], drawn: DrawnCatalogue, measured: Sequence[run_cases.RunCase] = ()
) -> Backtest:
    """Predict the chip-hours of published runs, each developer held out but for measured runs."""
    cases, skipped = run_cases.cases(rows, drawn.catalogue)
    published = usable(drawn.catalogue.runs)
    residuals = run_residuals(published, drawn.catalogue.constants(ERRORS))
    predictions, failed = predictions_of(
        cases, lambda case: predict_run(case, published, residuals, drawn, measured)
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
    measured: Sequence[run_cases.RunCase] = (),
) -> Prediction:
    """Predict one run with the stage itself, from what was known before the run began."""
    others = usable(published, without=case.organization)
    constants = drawn.catalogue.constants(ERRORS)
    pool = (case.chip.generation, case.precision, case.moe)
    losses = run_losses(others, constants, *pool)
    inputs = pretrain.Inputs(
        chip=case.chip,
        tokens=case.exactly("tokens", case.tokens, "token"),
        setup=case.setup,
        losses=losses,
        run_errors=_errors(case, others, losses, residuals, drawn.catalogue, measured),
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
    losses: RunLosses,
    residuals: Iterable[Residual],
    catalogue: Catalogue,
    measured: Iterable[run_cases.RunCase],
) -> RunErrors:
    """Return what the prediction is known to err by, from the runs of other developers.

    Measured runs of its own developer, of its kind and on its chip, move and narrow that.
    """
    constants, kind = catalogue.constants(ERRORS), kind_of(case.moe)
    others_err = [row for row in residuals if row.holder != case.organization]
    left_open = {
        "kernel": True,
        "plan": True,
        "shape": case.shape_is_guessed,
        "chip": case.chip.generation not in {run.generation for run in others},
    }
    unknown = [name for name, is_open in left_open.items() if is_open]
    of_runs = residual_fact(f"runs_{kind}", others_err, kind)
    errors, within = (
        usual_errors(constants, kind, losses, unknown, of_runs),
        constants[f"runs_within_{kind}"],
    )
    for other in measured:
        if _is_kin(other, case):
            errors = after_run(other, errors, within, losses, catalogue)
    return errors


def _is_kin(other: run_cases.RunCase, case: run_cases.RunCase) -> bool:
    """Whether one run is of the same developer, kind and chip as another, and not that one."""
    return (
        other.id != case.id
        and other.moe == case.moe
        and (other.organization, other.chip.name) == (case.organization, case.chip.name)
    )


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
