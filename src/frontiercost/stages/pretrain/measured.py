"""What one's own measured steps and runs say of the hours of another run on the same chip."""

import math
from collections.abc import Iterable, Iterator, Mapping

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.training_machine import machine_of
from frontiercost.stages.observed_utilisation import kind_of, run_losses, usable
from frontiercost.stages.prediction_error import ERRORS, carried_over, learnt_fact
from frontiercost.stages.pretrain.cluster import arrange
from frontiercost.stages.published import run_cases, step_cases
from frontiercost.stages.published.own_rows import OwnRows
from frontiercost.stages.published.run_cases import RunCase
from frontiercost.stages.published.step_cases import Case

READ = {"training-step": "steps", "pretrain": "runs"}
"""The stages whose rows speak of a run, and of what."""


@frozen
class Measured:
    """ln(measured / predicted) of one's own steps and runs on a chip, and what was passed over."""

    steps: tuple[float, ...] = ()
    runs: tuple[float, ...] = ()
    passed_over: int = 0

    @property
    def rows(self) -> int:
        """How many rows speak."""
        return len(self.steps) + len(self.runs)

    def narrowed(
        self, error: Fact, kind: str, constants: Mapping[str, Fact], step_share: float
    ) -> Fact:
        """Return the error of whole runs of a kind after these rows.

        Runs move it as rows of the same developer do; steps by the share of a run's time that
        follows its steps.
        """
        if not self.rows:
            return error
        step = constants[f"steps_{kind}"]
        learnt = learnt_fact(step, constants[f"steps_within_{kind}"], self.steps)
        own = learnt_fact(error, constants[f"runs_within_{kind}"], self.runs)
        return carried_over(own, step, learnt, step_share)


def measured_on(chip: Chip, tables: Iterable[OwnRows], catalogue: Catalogue) -> Measured:
    """Return what the rows of these tables say of a chip.

    Raises InputError where no row of a table can be read, and for tables of other stages.
    """
    logs: dict[str, list[float]] = {"steps": [], "runs": []}
    passed_over = 0
    for table in tables:
        if table.stage not in READ:
            raise InputError(f"`measured`: its columns are those of {table.stage}, not of a run")
        read, skipped = _cases(table, catalogue)
        if skipped and not read:
            raise InputError(f"`measured`: no row can be read: {next(iter(skipped.values()))}")
        on_chip = [case for case in read if case.chip.name == chip.name]
        logs[READ[table.stage]] += (_log(case, catalogue) for case in on_chip)
        passed_over += len(read) - len(on_chip) + len(skipped)
    return Measured(tuple(logs["steps"]), tuple(logs["runs"]), passed_over)


def _cases(table: OwnRows, catalogue: Catalogue) -> tuple[list[Case | RunCase], dict[str, str]]:
    reader = step_cases.cases if READ[table.stage] == "steps" else run_cases.cases
    read, skipped = reader(table.rows, catalogue)
    return list(read), skipped


def _log(case: Case | RunCase, catalogue: Catalogue) -> float:
    if isinstance(case, RunCase):
        return _log_of_run(case, catalogue)
    rates = catalogue.constants("training_rates")
    machine = machine_of(case.chip, case.precision, rates)
    step, _ = step_cases.published_step(case, machine, case.software(rates))
    return math.log(case.target / case.seconds_per_token(step)) - sum(_shifts(case, catalogue))


def _shifts(case: Case, catalogue: Catalogue) -> Iterator[float]:
    """Yield what predictions shift by for what a row does not say."""
    constants = catalogue.constants(ERRORS)
    if not case.plan_is_known:
        yield math.log(constants[f"steps_plan_unknown_{case.kind}"].value)
    if case.shape_is_guessed:
        yield math.log(constants[f"steps_shape_unknown_{case.kind}"].value)


def _log_of_run(case: RunCase, catalogue: Catalogue) -> float:
    pool = (case.chip.generation, case.precision, case.moe)
    constants = catalogue.constants(ERRORS)
    losses = run_losses(usable(catalogue.runs, case.organization), constants, *pool)
    if not case.chips:
        raise InputError("`measured`: chips missing in a row")
    cluster_plan = arrange(case.setup, int(case.chips), DrawnCatalogue(catalogue, Draws(0)))
    mfu = losses.mfu(cluster_plan.lasting_mfu, case.chips)
    shift = constants[f"runs_shape_unknown_{kind_of(case.moe)}"].value
    return math.log(mfu / case.mfu) - (math.log(shift) if case.shape_is_guessed else 0.0)
