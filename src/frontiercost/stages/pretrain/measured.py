"""What one's own measured steps and runs say of the hours of another run on the same chip."""

import math
from collections.abc import Iterator, Mapping

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.training_machine import machine_of
from frontiercost.stages.observed_utilisation import kind_of, run_losses, usable
from frontiercost.stages.prediction_error import ERRORS, carried_over, learnt_fact
from frontiercost.stages.pretrain.cluster import arrange
from frontiercost.stages.published import run_cases, step_cases
from frontiercost.stages.published.measured import NAMED, MeasuredCases, Reader
from frontiercost.stages.published.run_cases import RunCase
from frontiercost.stages.published.step_cases import Case

STEPS, RUNS = "training-step", "pretrain"
READERS: Mapping[str, Reader] = {STEPS: step_cases.cases, RUNS: run_cases.cases}
"""Of the rows that speak of a run."""


@frozen
class Measured:
    """ln(measured / predicted) of one's own steps and runs on a chip."""

    steps: tuple[float, ...] = ()
    runs: tuple[float, ...] = ()

    def narrowed(
        self, error: Fact, kind: str, constants: Mapping[str, Fact], step_share: float
    ) -> Fact:
        """Return the error of whole runs of a kind after these rows.

        Runs move it as rows of the same developer do; steps by the share of a run's time that
        follows its steps.
        """
        own = learnt_fact(error, constants[f"runs_within_{kind}"], self.runs)
        return self.carried_to(own, kind, constants, step_share)

    def carried_to(
        self, error: Fact, kind: str, constants: Mapping[str, Fact], step_share: float
    ) -> Fact:
        """Return the error of something of which a share of the time follows such steps."""
        if not self.steps:
            return error
        step = constants[f"steps_{kind}"]
        learnt = learnt_fact(step, constants[f"steps_within_{kind}"], self.steps)
        return carried_over(error, step, learnt, step_share)


def measured_ratios(found: MeasuredCases, catalogue: Catalogue) -> Measured:
    """Return what measured rows say: how much longer each took than is predicted of it."""
    return Measured(
        steps=tuple(log_of_step(case, catalogue) for case in found.by_stage.get(STEPS, ())),
        runs=tuple(log_of_run(case, catalogue) for case in found.by_stage.get(RUNS, ())),
    )


def log_of_step(case: Case, catalogue: Catalogue) -> float:
    """Return ln(measured / predicted) of a step, less what is expected of what it leaves open."""
    rates = catalogue.constants("training_rates")
    machine = machine_of(case.chip, case.precision, rates, case.date)
    step, _ = step_cases.published_step(case, machine, case.software(rates))
    return math.log(case.target / case.seconds_per_token(step)) - sum(_shifts(case, catalogue))


def _shifts(case: Case, catalogue: Catalogue) -> Iterator[float]:
    """Yield what predictions shift by for what a row does not say."""
    constants = catalogue.constants(ERRORS)
    if not case.plan_is_known:
        yield math.log(constants[f"steps_plan_unknown_{case.kind}"].value)
    if case.shape_is_guessed:
        yield math.log(constants[f"steps_shape_unknown_{case.kind}"].value)


def log_of_run(case: RunCase, catalogue: Catalogue) -> float:
    """Return ln(measured / predicted) hours of a run, its developer left out of the pool."""
    pool = (case.chip.generation, case.precision, case.moe)
    constants = catalogue.constants(ERRORS)
    losses = run_losses(usable(catalogue.runs, case.organization), constants, *pool)
    if not case.chips:
        raise InputError(f"{NAMED}: chips missing in a row")
    cluster_plan = arrange(case.setup, int(case.chips), DrawnCatalogue(catalogue, Draws(0)))
    mfu = losses.mfu(cluster_plan.lasting_mfu, case.chips)
    shift = constants[f"runs_shape_unknown_{kind_of(case.moe)}"].value
    return math.log(mfu / case.mfu) - (math.log(shift) if case.shape_is_guessed else 0.0)
