"""What one's own measured phases, RL steps and training steps say of a phase on the same chip."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import SECONDS_PER_HOUR
from frontiercost.stages.observed_utilisation import carried_share, kind_of
from frontiercost.stages.posttrain import published_errors
from frontiercost.stages.posttrain.phase_work import Inputs, amount_of
from frontiercost.stages.posttrain.workload import phase_work
from frontiercost.stages.prediction_error import ERRORS, learnt_fact, within_fact
from frontiercost.stages.pretrain.measured import STEPS, steps_carried_to
from frontiercost.stages.published import posttrain_cases, step_cases
from frontiercost.stages.published.cells import Cells
from frontiercost.stages.published.measured import MeasuredCases, Reader
from frontiercost.stages.published.posttrain_cases import PosttrainCase

PHASES = "posttrain"
STEP_COLUMN = "prompts_x_samples"
"""That tables of RL steps have, and those of whole phases have not."""
AS_PREDICTED = Fact("errors/none", 1, 1, 1, "x", "definition", "definition")


def are_steps(rows: Iterable[Cells]) -> bool:
    """Whether rows are RL steps and no whole phases."""
    return any(row.get(STEP_COLUMN) for row in rows)


def _phases(
    rows: Sequence[Cells], catalogue: Catalogue
) -> tuple[list[PosttrainCase], dict[str, str]]:
    read = posttrain_cases.step_cases if are_steps(rows) else posttrain_cases.run_cases
    return read(rows, catalogue)


READERS: Mapping[str, Reader] = {STEPS: step_cases.cases, PHASES: _phases}
"""Of the rows that speak of a phase."""


@frozen
class MeasuredPhase:
    """The class of a measured phase, and ln(measured / predicted) of it."""

    speed_class: str
    log: float


def of_kind(found: MeasuredCases, kind: str) -> MeasuredCases:
    """Return phases, and of training steps those of a kind: dense or mixture."""
    return found.where(lambda case: isinstance(case, PosttrainCase) or kind_of(case.moe) == kind)


def measured_errors(found: MeasuredCases, kind: str, catalogue: Catalogue) -> dict[str, Fact]:
    """Return what predictions err by, by class of phase, after measured rows on a chip.

    Phases move their own class and its kin, as rows of the same developer do; training steps of a
    kind, dense or mixture, move passes over all weights as they move whole runs.
    """
    own = [measured_phase(case, catalogue) for case in found.by_stage.get(PHASES, ())]
    share = carried_share(catalogue.constants(ERRORS))
    errors = {}
    for name in published_errors.classes():
        learnt = after(published_errors.error_of(name, catalogue), name, own, catalogue)
        passes = name in published_errors.PASSES
        if passes:
            learnt = steps_carried_to(learnt, found, kind, catalogue, share)
        errors[name] = learnt
    return errors


def after(
    error: Fact, speed_class: str, own: Iterable[MeasuredPhase], catalogue: Catalogue
) -> Fact:
    """Return the error of a class after measured phases of its kin."""
    kin = published_errors.kin_of(speed_class)
    published = [row for row in published_errors.published(catalogue) if row.speed_class in kin]
    rows = [(row.residual.holder, row.id, row.log) for row in published]
    within = within_fact(f"{error.path}-within", rows)
    return learnt_fact(error, within, [row.log for row in own if row.speed_class in kin])


def measured_phase(case: PosttrainCase, catalogue: Catalogue) -> MeasuredPhase:
    """Return how much longer a phase took than the stage itself predicts of it."""
    drawn = DrawnCatalogue(catalogue, Draws(0))
    as_predicted = dict.fromkeys(published_errors.classes(), AS_PREDICTED)
    inputs = replace(inputs_of_case(case), errors=as_predicted)
    hours = float(phase_work(case.phase, inputs, drawn).chip_hours)
    taken = case.actual
    if case.in_seconds:
        taken = case.actual * (case.chips or 1.0) / SECONDS_PER_HOUR
    speed_class = amount_of(case.phase, inputs, drawn, []).speed_class
    return MeasuredPhase(speed_class, math.log(taken / hours))


def inputs_of_case(case: PosttrainCase) -> Inputs:
    """Return what the stage is asked for a published or measured phase, with today's software."""
    chips = case.chips
    return Inputs(
        architecture=case.architecture,
        chip=case.chip,
        phases=(case.phase,),
        precision=case.precision,
        chips=Fact("case/chips", chips, chips, chips, "chip", "case", "definition")
        if chips
        else None,
        whole_run=case.whole_run,
    )
