"""How far off post-training is on published runs and RL steps, with their own kin held out.

Runs are predicted with their developer held out of what predictions err by, steps with their model
family. The naive predictor is the median utilisation of the row's pool, held out in the same way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from frontiercost.backtest.predicting import predictions_of
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import SECONDS_PER_HOUR
from frontiercost.stages.posttrain import workload as posttrain
from frontiercost.stages.posttrain.measured import (
    after,
    are_steps,
    inputs_of_case,
    measured_phase,
)
from frontiercost.stages.posttrain.phase_work import Inputs
from frontiercost.stages.posttrain.published_errors import (
    PublishedRow,
    classes,
    error_of,
    published,
)
from frontiercost.stages.published.cells import Cells
from frontiercost.stages.published.posttrain_cases import (
    PosttrainCase,
    run_cases,
    shipped_run_rows,
    shipped_step_rows,
    step_cases,
)

RUNS, STEPS = "chip_hours", "step_seconds"
UNITS = {RUNS: "chip-hour", STEPS: "s"}

RelatedGroups = Callable[[PosttrainCase | PublishedRow], str]


@frozen
class _Rate:
    """A published row and the share of the peak that it reached."""

    case: PosttrainCase
    utilisation: float


@frozen
class _Table:
    """What one table is predicted from, and who is kin and held out."""

    quantity: str
    rates: Sequence[_Rate]
    """From which the naive predictor learns."""
    observed: Sequence[PublishedRow]
    """From which errors are learnt."""
    related_groups: RelatedGroups
    measured: Sequence[PosttrainCase] = ()


def backtest_posttrain(
    rows: Sequence[Cells] | None, drawn: DrawnCatalogue, measured: Sequence[PosttrainCase] = ()
) -> list[Backtest]:
    """Predict chip-hours of runs and seconds of RL steps; a file holds one kind of these.

    Measured rows of a developer are known before its others on their chip are predicted.
    """
    if rows is None:
        return [_predicted(quantity, None, drawn, measured) for quantity in (RUNS, STEPS)]
    return [_predicted(STEPS if are_steps(rows) else RUNS, rows, drawn, measured)]


def _predicted(
    quantity: str,
    rows: Sequence[Cells] | None,
    drawn: DrawnCatalogue,
    measured: Sequence[PosttrainCase],
) -> Backtest:
    read, own = (
        (run_cases, shipped_run_rows(drawn.catalogue))
        if quantity == RUNS
        else (step_cases, shipped_step_rows(drawn.catalogue))
    )
    shipped, left_out = read(own, drawn.catalogue)
    to_predict, skipped = (shipped, left_out) if rows is None else read(rows, drawn.catalogue)
    related_groups: RelatedGroups = _developer if quantity == RUNS else _family
    rates = [_rate(case, quantity, drawn.catalogue) for case in shipped]
    table = _Table(quantity, rates, published(drawn.catalogue), related_groups, measured)
    predictions, failed = predictions_of(to_predict, lambda case: _predict(case, table, drawn))
    return Backtest(
        stage="posttrain",
        quantity=quantity,
        unit=UNITS[quantity],
        predictions=predictions,
        skipped=skipped | failed,
    )


def _developer(row: PosttrainCase | PublishedRow) -> str:
    return row.organization.casefold()


def _family(row: PosttrainCase | PublishedRow) -> str:
    return row.family.casefold()


def _predict(case: PosttrainCase, table: _Table, drawn: DrawnCatalogue) -> Prediction:
    """Predict one row from what was known before it began."""
    others = [
        row
        for row in table.observed
        if row.id != case.id and table.related_groups(row) != table.related_groups(case)
    ]
    own = [
        measured_phase(other, drawn.catalogue)
        for other in table.measured
        if other.id != case.id
        and other.chip.name == case.chip.name
        and table.related_groups(other) == table.related_groups(case)
    ]
    errors = {
        name: after(error_of(name, drawn.catalogue, others), name, own, drawn.catalogue)
        for name in classes()
    }
    machine_work = predicted_work(case, errors, drawn)
    per_hour = _per_hour(case, table.quantity)
    return Prediction(
        id=case.id,
        group=case.group,
        holder=table.related_groups(case),
        actual=case.actual,
        predicted=drawn.draws.summary(machine_work.chip_hours * per_hour),
        naive=_naive(case, table, drawn.catalogue),
        assumed=(*case.assumed, *machine_work.assumed),
    )


def predicted_work(
    case: PosttrainCase,
    errors: Mapping[str, Fact],
    drawn: DrawnCatalogue,
) -> posttrain.PhaseWork:
    """Predict a case with the stage itself: a whole run, or a step of one."""
    return posttrain.phase_work(case.phase, replace(_inputs(case), errors=errors), drawn)


def _inputs(case: PosttrainCase) -> Inputs:
    """Return what the stage is asked, with the software of the row's date."""
    return replace(inputs_of_case(case), date=case.date)


def _per_hour(case: PosttrainCase, quantity: str) -> float:
    """Units of the quantity in a chip-hour: seconds of a step on its chips."""
    return 1.0 if quantity == RUNS else SECONDS_PER_HOUR / (case.chips or 1.0)


def _naive(case: PosttrainCase, table: _Table, catalogue: Catalogue) -> float:
    """Return the FLOP of the case at the median utilisation of its pool, kin held out."""
    others = [
        other
        for other in table.rates
        if table.related_groups(other.case) != table.related_groups(case)
    ]
    pools = (
        [other.utilisation for other in others if other.case.kind == case.kind],
        [other.utilisation for other in others if other.case.phase.kind == case.phase.kind],
        [other.utilisation for other in others],
    )
    rate = median(next(pool for pool in pools if pool))
    return _flop(case, catalogue) / (rate * _speed(case, table.quantity))


def _rate(case: PosttrainCase, quantity: str, catalogue: Catalogue) -> _Rate:
    return _Rate(case, _flop(case, catalogue) / (case.actual * _speed(case, quantity)))


def _flop(case: PosttrainCase, catalogue: Catalogue) -> float:
    return float(
        posttrain.phase_flop(case.phase, _inputs(case), DrawnCatalogue(catalogue, Draws(0)))
    )


def _speed(case: PosttrainCase, quantity: str) -> float:
    """Peak FLOP of a unit of the quantity: of a chip-hour, or of all chips for a second."""
    peak = case.chip.peak("bf16").value
    return peak * (SECONDS_PER_HOUR if quantity == RUNS else (case.chips or 1.0))
