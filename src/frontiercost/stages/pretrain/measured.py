"""What one's own measured steps and runs say of the hours of another run on the same chip."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from statistics import fmean

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import FrontierCostError, InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.physics.model_shape import Architecture, active_params, total_params
from frontiercost.physics.token_flop import training_flop_per_token
from frontiercost.physics.training_machine import machine_of, precision_family
from frontiercost.scenario.resolver import Resolver
from frontiercost.stages.observed_utilisation import (
    RunLosses,
    carried_share,
    kind_of,
    run_losses,
    usable,
)
from frontiercost.stages.prediction_error import (
    ERRORS,
    MeasuredRow,
    beside_fact,
    carried_over,
    learnt_fact,
    narrowing,
)
from frontiercost.stages.pretrain.cluster import TrainingSetup, arrange, critical_batch
from frontiercost.stages.pretrain.run_errors import MeasuredSteps, RunErrors
from frontiercost.stages.published import measured, run_cases, step_cases
from frontiercost.stages.published.cells import Cells, whole
from frontiercost.stages.published.measured import NAMED, MeasuredCases, Reader
from frontiercost.stages.published.run_cases import RunCase
from frontiercost.stages.published.step_cases import Case

STEPS, RUNS = "training-step", "pretrain"
READERS: Mapping[str, Reader] = {STEPS: step_cases.cases, RUNS: run_cases.cases}
"""Of the rows that speak of a run."""
KIND_WORDS = {"dense": "a dense model", "mixture": "a mixture"}
SAME_COUNTS = 0.02
"""How far apart the parameter counts of one model are at most, as shapes are held to theirs."""


def rows_of_run(r: Resolver, setup: TrainingSetup) -> MeasuredCases:
    """Return the measured rows of the kind and chip of a run; say how many there are.

    Length, batch and format that a row leaves out are those that are asked about.
    """
    kind = kind_of(bool(setup.architecture.experts))
    tables = measured.measured_tables(r.scenario, r.catalogue)
    readers: Mapping[str, Reader] = {
        STEPS: partial(_steps_as_asked, setup),
        RUNS: partial(_runs_as_asked, setup.precision),
    }
    found = measured.measured_cases(tables, readers, "a run", r.catalogue).on(setup.chip)
    found = found.where(lambda case: kind_of(case.moe) == kind)
    r.notes.append(measured.said_of(found, setup.chip, f"the hours of {KIND_WORDS[kind]}"))
    return found


def are_of_its_own(
    found: MeasuredCases, setup: TrainingSetup, own_share: float, losses: RunLosses
) -> bool:
    """Whether a measured run stands for the published one: of the very model, on like chips."""
    return any(
        _is_same(case, setup) and _alike(own_share, losses.of_cluster(case.chips or 0.0))
        for case in found.by_stage.get(RUNS, ())
    )


def _alike(one: float, other: float) -> bool:
    """Whether two shares of a cluster's losses are of the same kind of machine."""
    return abs(one - other) <= 0.5


def after_measured(
    r: Resolver,
    errors: RunErrors,
    found: MeasuredCases,
    setup: TrainingSetup,
    losses: RunLosses,
    own_share: float | None = None,
) -> RunErrors:
    """Return what the hours of a run err by after measured rows.

    Runs move the hours, and steps the steps, those of the same model as surely as it repeats.
    Where a published run of the model counts already, with `own_share` of a cluster's losses,
    those of other models weigh beside it.
    """
    kind, constants = kind_of(bool(setup.architecture.experts)), r.catalogue.constants(ERRORS)
    within, repeat = constants[f"runs_within_{kind}"], constants["runs_repeat"]
    for case in sorted(found.by_stage.get(RUNS, ()), key=lambda case: _is_same(case, setup)):
        share = losses.of_cluster(case.chips or 0.0)
        if _is_same(case, setup):
            errors = after_run(case, errors, repeat, losses, r.catalogue, same_model=True)
        elif own_share is not None and _alike(own_share, share):
            log = log_of_run(case, losses, r.catalogue)
            errors = errors.learnt(share, partial(_beside, within, log), _named(case))
        else:
            errors = after_run(case, errors, within, losses, r.catalogue)
    steps = found.by_stage.get(STEPS, ())
    if not steps:
        return errors
    shifts = {name: constants[f"steps_{name}_unknown_{kind}"] for name in ("plan", "shape")}
    return replace(
        errors,
        measured=MeasuredSteps(
            rows=[measured_row(case, setup, r.catalogue) for case in steps],
            shifts=shifts,
            usual=constants[f"steps_{kind}"],
            within=constants[f"steps_within_{kind}"],
            repeat=constants[f"steps_repeat_{kind}"],
        ),
    )


def pool_after_measured(
    r: Resolver, error: Fact, chip: Chip, kind: str, mfu: float, *, precision: str, repeated: bool
) -> Fact:
    """Return what hours by a pool err by after measured rows on a chip; say what they did.

    Steps move what a run follows of them: without a shape none is predicted of the run itself.
    Runs of the very model stand against the `mfu` that is expected of it, as surely as it repeats;
    those of others weigh beside its own published run where that is `repeated`.
    """
    constants = r.catalogue.constants(ERRORS)
    tables = measured.measured_tables(r.scenario, r.catalogue)
    readers: Mapping[str, Reader] = {**READERS, RUNS: partial(_runs_as_asked, precision)}
    found = measured.measured_cases(tables, readers, "a run", r.catalogue).on(chip)
    found = found.where(lambda case: kind_of(case.moe) == kind)
    within, after = constants[f"runs_within_{kind}"], error
    runs: Sequence[RunCase] = found.by_stage.get(RUNS, ())
    same = [case for case in runs if r.model and _names(case, r.model.name, r.catalogue)]
    others = [
        log_of_run(case, _usual_losses(case, r.catalogue), r.catalogue)
        for case in runs
        if case not in same
    ]
    if repeated:
        for log in others:
            after = beside_fact(after, within, log)
    else:
        after = learnt_fact(after, within, others)
    after = steps_carried_to(after, found, kind, r.catalogue, carried_share(constants))
    logs = [math.log(mfu / case.mfu) for case in same]
    after = learnt_fact(after, constants["runs_repeat"], logs, as_told=True)
    said = measured.said_of(found, chip, f"the hours of {KIND_WORDS[kind]}")
    did = narrowing(error, after) or "they say nothing of it"
    r.notes.append(f"{said}; {did}")
    return after


def _names(case: RunCase, model: str, catalogue: Catalogue) -> bool:
    """Whether a row names a model of the catalogue."""
    return catalogue.find("model", case.model) == model


def _steps_as_asked(
    setup: TrainingSetup, rows: Sequence[Cells], catalogue: Catalogue
) -> tuple[Sequence[Case], Mapping[str, str]]:
    return step_cases.cases([_as_asked(row, setup, catalogue) for row in rows], catalogue)


def _as_asked(row: Cells, setup: TrainingSetup, catalogue: Catalogue) -> Cells:
    """Fill in length, batch and format of a row; of the batch at least a sequence a chip."""
    try:
        length, chips = whole(row, "seq_len") or setup.seq_len, whole(row, "n_gpus") or 1
    except (FrontierCostError, ValueError):
        return row  # whoever reads it says why
    batch = (setup.batch or critical_batch(setup, catalogue)) / length
    sequences = max(round(batch), chips)
    return _filled(
        row,
        seq_len=str(length),
        global_batch_seqs=str(sequences),
        precision=precision_family(setup.precision),
    )


def _runs_as_asked(
    precision: str, rows: Sequence[Cells], catalogue: Catalogue
) -> tuple[Sequence[RunCase], Mapping[str, str]]:
    family = precision_family(precision)
    return run_cases.cases([_filled(row, precision=family) for row in rows], catalogue)


def _filled(row: Cells, **asked: str) -> Cells:
    return {**row, **{name: text for name, text in asked.items() if not row.get(name)}}


def after_run(
    case: RunCase,
    errors: RunErrors,
    within: Fact,
    losses: RunLosses,
    catalogue: Catalogue,
    *,
    same_model: bool = False,
) -> RunErrors:
    """Return errors after a measured run, around which the one that is asked about scatters."""
    log = log_of_run(case, losses, catalogue)
    of_cluster = losses.of_cluster(case.chips or 0.0)
    return errors.learnt(
        of_cluster,
        lambda hours: learnt_fact(hours, within, [log], as_told=same_model),
        _named(case),
    )


def _named(case: RunCase) -> str:
    return f"the measured run {case.id}"


def _beside(within: Fact, log: float, hours: Fact) -> Fact:
    return beside_fact(hours, within, log)


def measured_row(case: Case, setup: TrainingSetup, catalogue: Catalogue) -> MeasuredRow:
    """Return what a step says of the steps of a run: how much longer than predicted it took."""
    same_model, theirs = _is_same(case, setup), precision_family(case.precision)
    same = same_model and theirs == precision_family(setup.precision)
    other_format = theirs.upper() if same_model and not same else ""
    step_mfu = float(training_flop_per_token(case.arch, case.seq_len)) / (
        case.target * case.chip.peak("bf16").value
    )
    return MeasuredRow(log_of_step(case, catalogue), same, case.left_open, step_mfu, other_format)


def _is_same(case: Case | RunCase, setup: TrainingSetup) -> bool:
    """Whether a row is of a model with the counts of the one that is asked about."""
    ours, theirs = setup.architecture, _architecture(case)
    pairs = ((count(ours), count(theirs)) for count in (total_params, active_params))
    return all(abs(math.log(float(one) / float(other))) < SAME_COUNTS for one, other in pairs)


def _architecture(case: Case | RunCase) -> Architecture:
    return case.arch if isinstance(case, Case) else case.architecture


def steps_carried_to(
    error: Fact, steps: MeasuredCases, kind: str, catalogue: Catalogue, share: float
) -> Fact:
    """Return the error of something of which a share of the time follows measured steps."""
    cases: Sequence[Case] = steps.by_stage.get(STEPS, ())
    if not cases:
        return error
    constants = catalogue.constants(ERRORS)
    step = constants[f"steps_{kind}"]
    logs = [log_of_step(case, catalogue) - expected_shift(case, catalogue) for case in cases]
    learnt = learnt_fact(step, constants[f"steps_within_{kind}"], logs)
    return carried_over(error, step, learnt, share)


def log_of_step(case: Case, catalogue: Catalogue) -> float:
    """Return ln(measured / predicted) of a step."""
    rates = catalogue.constants("training_rates")
    machine = machine_of(case.chip, case.precision, rates, case.date)
    step, _ = step_cases.published_step(case, machine, case.software(rates))
    return math.log(case.target / case.seconds_per_token(step))


def expected_shift(case: Case, catalogue: Catalogue) -> float:
    """Return ln of what predictions shift by for what a row does not say."""
    constants = catalogue.constants(ERRORS)
    return sum(
        math.log(constants[f"steps_{name}_unknown_{case.kind}"].value) for name in case.left_open
    )


def log_of_run(case: RunCase, losses: RunLosses, catalogue: Catalogue) -> float:
    """Return ln(measured / predicted) hours of a run, less what a guessed shape shifts by."""
    if not case.chips:
        raise InputError(f"{NAMED}: chips missing in a row")
    constants = catalogue.constants(ERRORS)
    cluster_plan = arrange(case.setup, int(case.chips), DrawnCatalogue(catalogue, Draws(0)))
    mfu = losses.mfu(cluster_plan.lasting_mfu, case.chips)
    shift = constants[f"runs_shape_unknown_{kind_of(case.moe)}"].value
    return math.log(mfu / case.mfu) - (math.log(shift) if case.shape_is_guessed else 0.0)


def _usual_losses(case: RunCase, catalogue: Catalogue) -> RunLosses:
    """Return what runs of a case's pool get of their steps, its developer left out."""
    pool = (case.chip.generation, case.precision, case.moe)
    constants = catalogue.constants(ERRORS)
    return run_losses(usable(catalogue.runs, case.organization), constants, *pool)


def _whose(rows: Sequence[MeasuredRow]) -> str:
    """Of which model rows are, in words."""
    formats = {row.other_format for row in rows}
    if all(row.same_model for row in rows):
        return "this model"
    if "" not in formats:
        return f"this model in {' and '.join(sorted(formats))}"
    return "another model" if len(rows) == 1 else "other models on this chip"


def said_of_steps(rows: Sequence[MeasuredRow], step_mfu: float) -> str:
    """Say what rows of steps measured, what was predicted of them, and what the answer takes.

    Of the same model if there are any.  Source: definition.
    """
    same = [row for row in rows if row.same_model]
    asked = same or rows
    measured_mfu = math.exp(fmean(math.log(row.step_mfu) for row in asked))
    ours = measured_mfu * math.exp(fmean(row.log for row in asked))
    whose = _whose(asked)
    many = f"{len(asked)} rows of {whose} say"
    if len(asked) == 1:
        many = f"your row of {whose} says"
    return (
        f"{many} an MFU of {measured_mfu:.0%} for a step, attention counted as causal; the program "
        f"said {ours:.0%}, the answer takes {step_mfu:.0%}"
    )
