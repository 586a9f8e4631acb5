"""How far off predicted training steps are on published ones, each stack held out of the fit."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import combinations
from statistics import median

from frontiercost.backtest.case_reading import predictions_of
from frontiercost.backtest.cells import Cells
from frontiercost.backtest.fit_training import Fitter, fitted_rates
from frontiercost.backtest.step_cases import Case, cases, published_rows, published_step
from frontiercost.backtest.summary import (
    Backtest,
    Prediction,
    expected_spread,
    interval_around,
    recorded_spread,
)
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.plan_search import Step
from frontiercost.physics.token_flop import training_flop_per_token
from frontiercost.physics.training_machine import machine_of, software_of, with_kernel

GROUPS = ("dense bf16", "dense fp8", "dense fp4", "moe")
FEW_STACKS = 3
CHANGES = ("chips", "precision", "batch", "recompute")


@frozen(kw_only=True)
class StepPrediction:
    """A published step, its chip-seconds per token predicted without its stack, and naively."""

    case: Case
    step: Step
    predicted: float
    naive: float
    own_pool: bool
    relaxed: tuple[str, ...]

    @property
    def error(self) -> float:
        """Return ln(actual / predicted)."""
        return math.log(self.case.target / self.predicted)

    def within(self, spread: float) -> Prediction:
        """Return the prediction with its 90 % interval for a spread of ln(actual/predicted)."""
        return Prediction(
            id=self.case.id,
            group=self.case.group,
            actual=self.case.target,
            predicted=interval_around(self.predicted, spread),
            naive=self.naive,
            assumed=(*self.case.assumed, *self.relaxed),
        )


class HeldOut:
    """Predicts steps from fits to training rows, each fit without one stack."""

    def __init__(self, training: Sequence[Case], priors: Mapping[str, Fact]) -> None:
        """Fit nothing yet; a stack that is not among the rows shares the fit to all of them."""
        fitter, self._training = Fitter(training, priors), training
        self._stacks = {case.stack for case in training}
        self._facts = cache(lambda stack: fitted_rates(fitter.fit(without=stack), priors))

    def predict(self, case: Case) -> StepPrediction:
        """Predict one step without its stack."""
        facts = self._facts(case.stack if case.stack in self._stacks else "")
        machine = machine_of(case.chip, case.precision, facts)
        software = with_kernel(software_of(facts), case.attention, facts)
        step, relaxed = published_step(case, machine, software)
        others = [other for other in self._training if other.stack != case.stack]
        naive, own_pool = naive_seconds(case, others)
        return StepPrediction(
            case=case,
            step=step,
            predicted=step.seconds * case.chips / (case.sequences * case.seq_len),
            naive=naive,
            own_pool=own_pool,
            relaxed=relaxed,
        )


def held_out(
    rows: Sequence[Case], training: Sequence[Case], priors: Mapping[str, Fact]
) -> list[StepPrediction]:
    """Predict each row from a fit to the training rows without its stack."""
    return [*map(HeldOut(training, priors).predict, rows)]


def naive_seconds(case: Case, others: Sequence[Case]) -> tuple[float, bool]:
    """Chip-seconds per token at the median MFU of the case's pool, and whether the pool has rows.

    Pool: chip generation, precision, dense or MoE; widened step by step where it has no row.
    """
    for own_pool, matches in enumerate(_pools(case), start=0):
        rates = [mfu(other) for other in others if matches(other)]
        if rates:
            flop = float(training_flop_per_token(case.arch, case.seq_len))
            return flop / (median(rates) * case.chip.peak("bf16").value), own_pool == 0
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


def spread_of(predictions: Sequence[StepPrediction], group: str) -> float:
    """Standard deviation of ln(actual/predicted) to expect of a further step of this group.

    The larger of two, both held out and without rows unfit for the fit: the mean over stacks of
    their root mean square error, and what covers 90 % of the rows. A group of fewer than three
    stacks is not believed to be better than all dense rows.
    """
    own = [p for p in predictions if p.case.group == group and not p.case.unfit]
    if len({p.case.stack for p in own}) >= FEW_STACKS:
        return _spread(own)
    dense = [p for p in predictions if not p.case.moe and not p.case.unfit]
    return max(_spread(own), _spread(dense))


def backtest_steps(rows: Sequence[Cells] | None, catalogue: Catalogue) -> Backtest:
    """Predict the chip-seconds per token of published steps, each software stack held out.

    The rows are the shipped ones unless others are given; fits are to the shipped ones, and so is
    the interval: the spread that they showed, by group, each stack held out.
    """
    shipped, left_out = cases(published_rows(), catalogue)
    to_predict, skipped = (shipped, left_out) if rows is None else cases(rows, catalogue)
    rates = catalogue.constants("training_rates")
    spreads = {
        group: recorded_spread(rates, f"step_error_{group.replace(' ', '_')}") for group in GROUPS
    }
    fits = HeldOut(shipped, catalogue.constants("training_priors"))
    predictions, failed = predictions_of(
        to_predict, lambda case: fits.predict(case).within(spreads[case.group])
    )
    return Backtest(
        stage="training-step",
        quantity="seconds_per_token",
        unit="s",
        predictions=predictions,
        skipped=skipped | failed,
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


def _spread(predictions: Sequence[StepPrediction]) -> float:
    return expected_spread((p.case.stack, p.error) for p in predictions)
