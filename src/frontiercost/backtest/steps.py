"""How far off predicted training steps are on published ones, whole groups held out of the fit."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from statistics import median

from frontiercost.backtest.fit_training import Fitter, fitted_rates
from frontiercost.backtest.folds import STACK, Fold
from frontiercost.backtest.predicting import predictions_of
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import SERVER_CHIPS
from frontiercost.core.errors import FrontierCostError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.plan_search import Step
from frontiercost.physics.token_flop import training_flop_per_token
from frontiercost.physics.training_machine import machine_of
from frontiercost.stages.prediction_error import (
    MeasuredRow,
    Residual,
    after_rows,
    interval_of,
    repeat_fact,
    residual_fact,
    unknown_fact,
    within_fact,
)
from frontiercost.stages.published.case_shapes import without_brackets
from frontiercost.stages.published.cells import Cells
from frontiercost.stages.published.step_cases import Case, cases, published_rows, published_step

GROUPS = ("dense bf16", "dense fp8", "dense fp4", "moe")
KINDS = ("dense", "dense_fp8", "mixture")
"""Of errors: dense in 16 bits, dense in 8 or fewer, mixtures."""
CHANGES = ("chips", "precision", "batch", "recompute")
STEPS = "steps"
UNKNOWNS: Mapping[str, Callable[[Case], Case]] = {
    "kernel": lambda case: case.with_kernel_unknown,
    "plan": lambda case: case.with_kernel_unknown.with_plan_unknown,
    "shape": lambda case: case.as_asked,
}
"""What a question may leave open, one more thing at a time."""
LEFT_OPEN = ("plan", "shape")
"""Of these, what a row that was measured may leave open."""
ERROR_COLUMNS = ("known", *UNKNOWNS)
"""Errors of a row: as it was published, then with one more thing unknown at a time."""
RECORDED = "step_errors.csv"
Errors = Mapping[str, float]
LEVELS: Mapping[str, tuple[str, ...]] = {
    "as a user asks: counts, chip and batch": tuple(UNKNOWNS),
    "shape and plan known": (),
}
"""What is known of a step, and what is not: that of a user first."""


@frozen(kw_only=True)
class StepPrediction:
    """A published step, its chip-seconds per token predicted without its fold, and naively."""

    case: Case
    step: Step
    predicted: float
    naive: float
    relaxed: tuple[str, ...]

    @property
    def error(self) -> float:
        """Return ln(actual / predicted)."""
        return math.log(self.case.target / self.predicted)

    def within(self, factors: Iterable[Fact]) -> Prediction:
        """Return the prediction with its 90 % interval under what it is known to err by."""
        interval = interval_of(self.predicted, factors)
        return Prediction(
            id=self.case.id,
            group=self.case.group,
            holder=self.case.stack,
            actual=self.case.target,
            predicted=interval,
            naive=self.naive,
            assumed=(*self.case.assumed, *self.relaxed),
        )


class HeldOut:
    """Predicts steps from fits to training rows, each without what a fold leaves out."""

    def __init__(
        self, training: Sequence[Case], priors: Mapping[str, Fact], fold: Fold = STACK
    ) -> None:
        """Fit nothing yet; rows that share the key of the fold share a fit."""
        self.training, self.fold = training, fold
        self._fitter, self._priors = Fitter(training, priors), priors
        self._rates: dict[tuple[str, ...], dict[str, Fact]] = {}
        self._mfu = [(case, mfu(case)) for case in training]

    def rates(self, case: Case) -> dict[str, Fact]:
        """Return the rates that are fitted without a case and its like."""
        key = self.fold.key(case)
        if key not in self._rates:
            fit = self._fitter.fit(lambda other: not self.fold.leaves_out(other, case))
            self._rates[key] = fitted_rates(fit, self._priors)
        return self._rates[key]

    def predict(self, case: Case) -> StepPrediction:
        """Predict one step without its fold."""
        facts = self.rates(case)
        machine = machine_of(case.chip, case.precision, facts, case.date)
        step, relaxed = published_step(case, machine, case.software(facts))
        others = [row for row in self._mfu if not self.fold.leaves_out(row[0], case)]
        return StepPrediction(
            case=case,
            step=step,
            predicted=case.seconds_per_token(step),
            naive=naive_seconds(case, others or self._mfu),
            relaxed=relaxed,
        )


class StepErrors:
    """What predictions of steps are known to err by, from the training rows of a fold."""

    def __init__(self, fold: Fold, rows: Iterable[tuple[Case, Errors]]) -> None:
        """Learn from rows with their errors as published and with ever less known."""
        self.fold, self._rows = fold, [(case, errors) for case, errors in rows if errors]
        self._factors: dict[object, tuple[Fact, ...]] = {}

    @classmethod
    def measured(cls, fits: HeldOut) -> "StepErrors":
        """Predict every training row without its fold, four times over."""
        fit_for_it = [case for case in fits.training if not case.unfit]
        return cls(fits.fold, [(case, _errors(case, fits)) for case in fit_for_it])

    @classmethod
    def recorded(cls, training: Sequence[Case], catalogue: Catalogue) -> "StepErrors":
        """Take the errors that were recorded of the shipped rows without their stack."""
        recorded = {row["id"]: row for row in catalogue.rows(RECORDED)}
        rows = (
            (case, {name: float(recorded[case.id][name]) for name in ERROR_COLUMNS})
            for case in training
            if case.id in recorded
        )
        return cls(STACK, rows)

    @property
    def records(self) -> Iterator[dict[str, str]]:
        """The rows of the file of recorded errors."""
        for case, errors in self._rows:
            yield {"id": case.id} | {name: f"{errors[name]:.4f}" for name in ERROR_COLUMNS}

    def factors(
        self, kind: str, unknown: tuple[str, ...], without: Case | None = None
    ) -> tuple[Fact, ...]:
        """Return the residual of a kind and the part of each unknown, from rows outside a fold."""
        key = (kind, unknown, self.fold.key(without) if without else None)
        if key not in self._factors:
            self._factors[key] = self._learnt(kind, unknown, without)
        return self._factors[key]

    def _learnt(
        self, kind: str, unknown: tuple[str, ...], without: Case | None
    ) -> tuple[Fact, ...]:
        rows = [*self._outside(without)]
        residuals = [Residual(case.stack, case.kind, errors["known"]) for case, errors in rows]
        return (
            residual_fact(f"{STEPS}_{kind}", residuals, kind),
            *(self._unknown(name, kind, rows) for name in unknown),
        )

    def on_server(self, kind: str) -> Fact:
        """Return the residual of a kind on one server, which has no network to wait for."""
        rows = [
            Residual(case.stack, str(case.chips <= SERVER_CHIPS), errors["known"])
            for case, errors in self._rows
            if case.kind == kind
        ]
        return residual_fact(f"server_{STEPS}_{kind}", rows, str(True))

    def within(self, kind: str, without: Case | None = None) -> Fact:
        """Return the spread of models of a kind around the mean of their stack on a chip."""
        rows = [
            (f"{case.stack} on {case.chip.name}", without_brackets(case.model), errors["known"])
            for case, errors in self._outside(without)
            if case.kind == kind
        ]
        return within_fact(f"{STEPS}_within_{kind}", rows)

    def repeat(self, kind: str, without: Case | None = None) -> Fact:
        """Return the spread of rows of one model, stack, chip and format around their mean.

        They differ in chips, batch, plan, length and release, as one's own next run does. Dense
        ones in 8 bits and in 16 repeat alike.
        """
        rows = [
            (case.stack, f"{case.chip.name}, {same_model(case)}", errors["known"])
            for case, errors in self._outside(without)
            if case.moe == _is_mixture(kind)
        ]
        return repeat_fact(f"{STEPS}_repeat_{kind}", rows)

    def after(
        self, measured: Iterable[StepPrediction], case: Case, unknown: tuple[str, ...]
    ) -> tuple[Fact, ...]:
        """Return the factors of a case, after measured rows of its stack and kind on its chip."""
        residual, *rest = self.factors(case.kind, unknown, case)
        own = [row for row in measured if _is_kin(row.case, case)]
        if not own:
            return (residual, *rest)
        rows = [
            MeasuredRow(row.error, same_model(row.case) == same_model(case), row.case.left_open)
            for row in own
        ]
        _, *shifts = self.factors(case.kind, LEFT_OPEN, case)
        return after_rows(
            residual,
            dict(zip(unknown, rest, strict=True)),
            rows,
            dict(zip(LEFT_OPEN, shifts, strict=True)),
            (self.within(case.kind, case), self.repeat(case.kind, case)),
        )

    def _outside(self, without: Case | None) -> Iterator[tuple[Case, Errors]]:
        """Yield the rows outside the fold of a case."""
        for case, errors in self._rows:
            if without is None or not self.fold.leaves_out(case, without):
                yield case, errors

    def _unknown(self, name: str, kind: str, rows: Sequence[tuple[Case, Errors]]) -> Fact:
        before = ERROR_COLUMNS[[*UNKNOWNS].index(name)]
        shifts = [
            Residual(case.stack, case.kind, errors[name] - errors[before]) for case, errors in rows
        ]
        return unknown_fact(f"{STEPS}_{name}_unknown_{kind}", shifts, kind)


def _is_mixture(kind: str) -> bool:
    """Whether a kind of errors is that of mixtures."""
    return kind == KINDS[-1]


def same_model(case: Case) -> tuple[str, str]:
    """What rows of the same model have in common."""
    return without_brackets(case.model), case.precision


def _is_kin(other: Case, case: Case) -> bool:
    """Whether a row is of the same stack, kind and chip as another, and not that one."""
    return other.id != case.id and (other.stack, other.kind, other.chip.name) == (
        case.stack,
        case.kind,
        case.chip.name,
    )


def _errors(case: Case, fits: HeldOut) -> Errors:
    """Return ln(actual/predicted) as published and with ever less known; nothing where it fails."""
    asked: dict[str, Callable[[Case], Case]] = {"known": lambda case: case, **UNKNOWNS}
    try:
        return {name: fits.predict(forget(case)).error for name, forget in asked.items()}
    except (FrontierCostError, ValueError):
        return {}


def held_out(
    rows: Sequence[Case], training: Sequence[Case], priors: Mapping[str, Fact], fold: Fold = STACK
) -> list[StepPrediction]:
    """Predict each row from a fit to the training rows without its fold."""
    return [*map(HeldOut(training, priors, fold).predict, rows)]


def naive_seconds(case: Case, others: Sequence[tuple[Case, float]]) -> float:
    """Chip-seconds per token at the median MFU of the case's pool, from others with their MFU.

    Pool: chip generation, precision, dense or MoE; widened step by step where it has no row.
    """
    for matches in _pools(case):
        rates = [reached for other, reached in others if matches(other)]
        if rates:
            flop = float(training_flop_per_token(case.arch, case.seq_len))
            return flop / (median(rates) * case.chip.peak("bf16").value)
    raise ValueError("no other row to be naive with")


def _pools(case: Case) -> list[Callable[[Case], bool]]:
    """The pool a naive predictor takes, and wider ones for where it is empty."""
    era, precision, moe = case.pool
    return [
        lambda other: other.pool == case.pool,
        lambda other: (other.chip.generation, other.precision) == (era, precision),
        lambda other: (other.precision, other.moe) == (precision, moe),
        lambda other: other.moe == moe,
        lambda other: True,
    ]


def mfu(case: Case) -> float:
    """Exact model FLOP over the BF16 peak that a published step reached."""
    flop = float(training_flop_per_token(case.arch, case.seq_len))
    return flop / (case.target * case.chip.peak("bf16").value)


def backtest_steps(
    rows: Sequence[Cells] | None,
    catalogue: Catalogue,
    fold: Fold = STACK,
    measured: Sequence[Case] = (),
) -> list[Backtest]:
    """Predict the chip-seconds per token of published steps at each level of what is known.

    The rows are the shipped ones unless others are given; fits and intervals are from the shipped
    ones, without those of the row's fold, but for measured rows that are known beforehand.
    """
    shipped, left_out = cases(published_rows(), catalogue)
    to_predict, skipped = (shipped, left_out) if rows is None else cases(rows, catalogue)
    fits = HeldOut(shipped, catalogue.constants("training_priors"), fold)
    errors = StepErrors.recorded(shipped, catalogue) if fold is STACK else StepErrors.measured(fits)
    known = [fits.predict(case) for case in measured]
    return [
        _at_level(level, unknown, to_predict, skipped, fits, errors, known)
        for level, unknown in LEVELS.items()
    ]


def _at_level(
    level: str,
    unknown: tuple[str, ...],
    to_predict: Sequence[Case],
    skipped: Mapping[str, str],
    fits: HeldOut,
    errors: StepErrors,
    known: Sequence[StepPrediction] = (),
) -> Backtest:
    forget = UNKNOWNS[unknown[-1]] if unknown else lambda case: case

    def predicted(case: Case) -> Prediction:
        return fits.predict(forget(case)).within(errors.after(known, case, unknown))

    predictions, failed = predictions_of(to_predict, predicted)
    return Backtest(
        stage="training-step",
        quantity="seconds_per_token",
        level=level,
        unit="s",
        predictions=predictions,
        skipped=dict(skipped) | failed,
    )


def changes(predictions: Sequence[StepPrediction]) -> dict[str, list[float]]:
    """How far off predicted ratios are: |ln error| for pairs of rows of one stack, by what differs.

    Pairs share system, model, chip and sequence length. "chips": more chips, at a fixed batch or
    with it in proportion; "batch": batch or micro-batch alone; "precision": that, whatever the
    plan; "recompute": that, whatever batch and chips.
    """
    errors: dict[str, list[float]] = {kind: [] for kind in CHANGES}
    for first, second in combinations(predictions, 2):
        kind = _change(first.case, second.case)
        if kind:
            errors[kind].append(abs(first.error - second.error))
    return errors


def _change(first: Case, second: Case) -> str:
    """The one thing in which two rows differ, or nothing."""
    if _key(first) != _key(second):
        return ""
    if first.fixed.get("recompute") != second.fixed.get("recompute"):
        return "recompute" if first.precision == second.precision else ""
    same_batch = first.sequences == second.sequences
    in_proportion = first.sequences * second.chips == second.sequences * first.chips
    if first.chips != second.chips:
        same = first.precision == second.precision and (same_batch or in_proportion)
        return "chips" if same else ""
    if first.precision != second.precision:
        return "precision" if same_batch else ""
    return "" if same_batch and _micro_batch(first) == _micro_batch(second) else "batch"


def _key(case: Case) -> tuple[str, str, str, int]:
    return case.system, case.model, case.chip.name, case.seq_len


def _micro_batch(case: Case) -> int | None:
    return case.fixed.get("micro_batch")
