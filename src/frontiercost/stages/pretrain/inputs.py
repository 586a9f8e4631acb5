"""Pre-training: from a scenario to the inputs of the stage, every gap filled."""

from dataclasses import replace

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import UNSTATED_SEQ_LEN, Chip, Model, Run
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact, chosen
from frontiercost.core.units import SECONDS_PER_HOUR
from frontiercost.physics.model_shape import Architecture
from frontiercost.scenario.flags import RECOMPUTE
from frontiercost.scenario.resolver import Resolver
from frontiercost.scenario.user_facts import has_measured
from frontiercost.stages.observed_utilisation import (
    RunLosses,
    kept_on_clusters,
    kind_of,
    pooled_mfu,
    run_log,
    run_losses,
    usable,
)
from frontiercost.stages.prediction_error import (
    ERRORS,
    repeated_fact,
    unknown_factors,
)
from frontiercost.stages.pretrain import workload as pretrain
from frontiercost.stages.pretrain.cluster import Sites, TrainingSetup
from frontiercost.stages.pretrain.own_run import is_mixture, own_run
from frontiercost.stages.pretrain.run_errors import RunErrors, usual_errors
from frontiercost.stages.stage import CHIPS_AND_DEADLINE

SITE_CONSTANTS = {"inner_steps": "inner_steps", "bits": "bits_per_parameter"}
PLAN_KEYS = {
    "tp": "tensor",
    "pp": "pipeline",
    "vpp": "virtual",
    "cp": "context",
    "ep": "expert",
    "zero": "zero",
    "micro_batch": "micro_batch",
}
MACHINE_KEYS = {
    *PLAN_KEYS,
    *SITE_CONSTANTS,
    *("recompute", "batch", "sites", "site_chips", "uplink", "streaming"),
}
"""What only the model of the machine reads."""
PLAN_OF_MODEL = {"tensor", "zero"}
"""What a plan must say for it to count as known: how the model is split."""


def inputs_of(r: Resolver) -> pretrain.Inputs:
    """Return the inputs of the stage."""
    chip = r.chip()
    architecture = r.architecture()
    flop = r.model_fact("training_flop")
    tokens = _tokens(r, estimated=architecture is None and flop is not None)
    if architecture is not None and tokens is not None:
        flop = None
    elif flop is None:
        raise _unpublished(r, shaped=architecture is not None)
    else:
        r.keep("training_flop", flop, "catalogue")
    _say_whose_run(r)
    published_hours = _published(r, "chip_hours")
    spot = r.on_spot(known=published_hours is not None or r.scenario.has("mfu"))
    setup = None
    if architecture and flop is None:
        by_machine = _by_machine(r, published_hours)
        setup = _setup(r, chip, architecture, tokens, by_machine=by_machine, spot=spot)
    else:
        r.because(f"the shape of {r.name()} is unknown", *MACHINE_KEYS)
    predicted = published_hours is None and not r.scenario.has("mfu")
    by_pool = predicted and setup is None
    own = own_run(r, chip.name) if predicted else None
    own_hours = _own_hours(r, chip, own) if by_pool and own else None
    losses = _losses(r, chip, own) if predicted and setup else None
    if r.scenario.has("chips") and r.scenario.has("deadline"):
        raise InputError(CHIPS_AND_DEADLINE)
    sized = setup is None or setup.sites is None
    return pretrain.Inputs(
        chip=chip,
        tokens=tokens,
        setup=setup,
        training_flop=flop,
        size=_uncertain_size(r),
        chip_hours=published_hours or own_hours,
        mfu=r.fact("mfu", _pooled_mfu(r, chip) if by_pool and not own_hours else None),
        losses=losses,
        run_errors=_run_errors(r, setup, losses, own) if setup and losses else None,
        errors=_pool_errors(r, chip, flop, own_hours) if by_pool else (),
        energy=_published(r, "energy"),
        chips=r.fact("chips", _published_chips(r, chip)) if sized else None,
        own_chips=r.own_of(chip),
        deadline=r.fact("deadline", None) if sized else None,
        contributors=r.model_fact("contributors"),
        project_time=r.model_fact("project_time"),
        pue=r.pue,
        spot=spot,
    )


def _unpublished(r: Resolver, *, shaped: bool) -> InputError:
    """Return what to give where too little of a model is published to price its run."""
    if r.model is None:
        return InputError("`tokens` is needed: how many tokens it is trained on is not known")
    name = r.model.label
    if shaped:
        return InputError(
            f"`tokens` is needed: how many tokens {name} was trained on is not published"
        )
    return InputError(
        f"`params` and `tokens` are needed: no size and no training compute of {name} is published"
    )


def pretrained(model: Model, catalogue: Catalogue) -> Model:
    """Return the model whose pre-training a model rests on: itself, or what it was made from."""
    while model.base and not model.states("tokens"):
        model = catalogue.model(model.base)
    return model


def made_from(model: Model, catalogue: Catalogue) -> str:
    """Say where a pre-training is that of the model which another was made from; else nothing."""
    base = pretrained(model, catalogue)
    return "" if base is model else f"{model.label} was made from {base.label}, whose pre-training"


def _say_whose_run(r: Resolver) -> None:
    if said := r.model and made_from(r.model, r.catalogue):
        r.notes.append(f"{said} this is")


def _tokens(r: Resolver, *, estimated: bool) -> Fact | None:
    """Return the tokens; of a model whose FLOP are an estimate, those of the catalogue alone."""
    known = r.model_fact("tokens")
    if not estimated:
        return r.fact("tokens", known)
    r.because(f"the compute of {r.name()} is an outside estimate", "tokens")
    if known is not None:
        r.keep("tokens", known, "catalogue")
    return known


def _by_machine(r: Resolver, published_hours: Fact | None) -> bool:
    """Whether the model of the machine predicts the hours; else its keys are not read."""
    if published_hours is not None:
        r.because("`as_built` takes the published hours", *MACHINE_KEYS)
    elif r.scenario.has("mfu"):
        r.because("`mfu` replaces the model of the machine", *MACHINE_KEYS)
    return published_hours is None and not r.scenario.has("mfu")


def _setup(
    r: Resolver,
    chip: Chip,
    architecture: Architecture,
    tokens: Fact | None,
    *,
    by_machine: bool,
    spot: bool,
) -> TrainingSetup:
    """Return the machine to arrange, before the number of its chips is known."""
    chip.peak(precision_of(r))
    batch = r.fact("batch", None) if by_machine else None
    return TrainingSetup(
        architecture=architecture,
        seq_len=int(_seq_len(r)),
        tokens=tokens.value if tokens else 0.0,
        chip=chip,
        precision=precision_of(r),
        date=r.model.release if r.as_built and r.model else r.date,
        batch=batch.value if batch else None,
        plan=_plan(r) if by_machine else {},
        sites=_sites(r) if by_machine else None,
        spot=spot,
    )


def _plan(r: Resolver) -> dict[str, int]:
    """Return the dimensions of the parallel plan that were fixed by hand."""
    plan = {
        name: r.scenario.integer(key, 0)
        for key, name in sorted(PLAN_KEYS.items())
        if r.scenario.has(key)
    }
    if r.scenario.has("recompute"):
        plan["recompute"] = RECOMPUTE.index(r.scenario.text("recompute"))
    return plan


def _sites(r: Resolver) -> Sites | None:
    """Return the sites that train together, if several were asked for."""
    asked = [key for key in ("sites", "site_chips", "uplink") if r.scenario.has(key)]
    if not asked:
        r.because("it is of sites, and none are given", "streaming", *SITE_CONSTANTS)
        return None
    r.because("sites have `sites` × `site_chips` chips", "chips", "deadline")
    uplink = r.fact("uplink", None)
    if len(asked) < 3 or uplink is None:
        raise InputError("`sites`, `site_chips` and `uplink` go together: give all three")
    return Sites(
        count=r.scenario.integer("sites", 1),
        chips=r.scenario.integer("site_chips", 1),
        uplink=uplink,
        streaming=r.scenario.switch("streaming"),
        changed={
            name: fact
            for key, name in SITE_CONSTANTS.items()
            if (fact := r.fact(key, None)) is not None
        },
    )


def precision_of(r: Resolver) -> str:
    """Return the format the run computes in: as asked for, as published, else BF16."""
    published = r.model.precision if r.model else ""
    return r.scenario.text("precision") or published or "bf16"


def _uncertain_size(r: Resolver) -> Fact | None:
    key = "active_params" if r.scenario.has("active_params") else "params"
    fact = r.scenario.fact(key)
    return fact if fact and not fact.exact else None


def _is_moe(r: Resolver) -> bool:
    if r.model and not r.scenario.has("params"):
        return is_mixture(r.model)
    return r.scenario.has("active_params")


def _seq_len(r: Resolver) -> float:
    known = r.fact("seq_len", r.model_fact("seq_len"))
    if known is None:
        known = r.default(chosen("input/seq_len", str(UNSTATED_SEQ_LEN), "token"))
    return known.value


def _pooled_mfu(r: Resolver, chip: Chip) -> Fact:
    """Return the run MFU of published runs on such a chip: for models of unknown shape."""
    chip.peak(precision_of(r))
    return pooled_mfu(_runs(r), chip.generation, precision_of(r), _is_moe(r))


def _losses(r: Resolver, chip: Chip, own: Run | None) -> RunLosses:
    """Return what whole runs get of the utilisation predicted for their steps.

    Without the developer of the run that is asked about, whose own hours count on their own.
    """
    constants = r.catalogue.constants(ERRORS)
    others = usable(r.catalogue.runs, own.organization) if own else _runs(r)
    pool = (chip.generation, precision_of(r), _is_moe(r))
    losses = run_losses(others, constants, *pool, repeated=own is not None)
    losses = replace(losses, kept_on_cluster=kept_on_clusters(_runs(r)))
    r.keep("realised", losses.achieved, "catalogue")
    return losses


def _pool_errors(
    r: Resolver, chip: Chip, flop: Fact | None, own_hours: Fact | None
) -> tuple[Fact, ...]:
    """Return what hours by a pool's utilisation err by: the kind, and a chip without runs.

    A run that is repeated is as sure as models of a maker are alike.
    """
    constants, kind = r.catalogue.constants(ERRORS), kind_of(_is_moe(r))
    unknown = unknown_factors(constants, "pools", kind, ["chip"] * _is_unseen(r, chip))
    repeated = own_hours is not None
    error = constants[f"runs_within_{kind}" if repeated else f"pools_{kind}"]
    if has_measured(r.scenario):
        from frontiercost.stages.pretrain.measured import pool_after_measured

        if own_hours is not None and flop is not None:
            peak = chip.peak("bf16").value
            mfu = flop.value / (SECONDS_PER_HOUR * peak * own_hours.value)
        else:
            mfu = _pooled_mfu(r, chip).value
        precision = precision_of(r)
        error = pool_after_measured(
            r, error, chip, kind, mfu, precision=precision, repeated=repeated
        )
    return error, *unknown.values()


def _run_errors(r: Resolver, setup: TrainingSetup, losses: RunLosses, own: Run | None) -> RunErrors:
    """Return what predicted hours err by, after the run that is asked about and measured rows."""
    constants, kind = r.catalogue.constants(ERRORS), kind_of(_is_moe(r))
    left_open = {
        "kernel": True,
        "plan": not PLAN_OF_MODEL & setup.plan.keys(),
        "shape": r.derived_shape and own is None,  # whose hours were predicted with the same guess
        "chip": _is_unseen(r, setup.chip),
    }
    unknown = [name for name, is_open in left_open.items() if is_open]
    errors = usual_errors(constants, kind, losses, unknown)
    if not has_measured(r.scenario):
        return _after_own_run(r, errors, own, losses) if own else errors
    from frontiercost.stages.pretrain import measured

    rows, own_share = measured.rows_of_run(r, setup), None
    if own and not measured.are_of_its_own(rows, setup, losses.of_cluster(own.chips), losses):
        before, errors = errors, _after_own_run(r, errors, own, losses)
        own_share = losses.of_cluster(own.chips) if errors is not before else None
    return measured.after_measured(r, errors, rows, setup, losses, own_share)


def _after_own_run(r: Resolver, errors: RunErrors, own: Run, losses: RunLosses) -> RunErrors:
    """Return errors after the published run of the model that is asked about."""
    constants = r.catalogue.constants(ERRORS)
    log = run_log(own, usable(r.catalogue.runs), constants, repeated=True)
    if log is None:
        return errors
    of_cluster, within = losses.of_cluster(own.chips), constants[f"runs_within_{kind_of(own.moe)}"]
    source = f"its own published run on about {own.chips:,.0f} chips"
    return errors.learnt(of_cluster, lambda hours: repeated_fact(hours, within, log), source)


def _own_hours(r: Resolver, chip: Chip, own: Run) -> Fact | None:
    """Return the hours of the run that is asked about, where its work is not known any better.

    On another chip as many more as the pool of that chip takes. None where it has none.
    """
    if not own.chip_hours:
        return None
    theirs, ours = (
        one.peak("bf16").value
        * pooled_mfu(_runs(r), one.generation, precision_of(r), own.moe).value
        for one in (r.catalogue.chip(own.chip), chip)
    )
    r.notes.append(
        f"its makers published {own.chip_hours:,.0f} chip-hours on {own.chip}: they are the "
        "prediction, because its work is not known any better"
    )
    hours = own.chip_hours * theirs / ours
    path, unit = f"models/{own.model}/built/chip_hours", "chip-hour"
    return Fact(path, hours, hours, hours, unit, own.source, "stated", as_of=own.date)


def _is_unseen(r: Resolver, chip: Chip) -> bool:
    """Whether no published run to learn from was on such chips; the answer says it."""
    r.say_unseen(chip)
    return chip.generation not in {run.generation for run in _runs(r)}


def _runs(r: Resolver) -> list[Run]:
    """Return the runs to learn from."""
    return usable(r.catalogue.runs, without=r.scenario.text("without_developer"))


def _published(r: Resolver, key: str) -> Fact | None:
    """Return how the model was really built, where that is asked for."""
    overridden = r.scenario.has("tokens", "params", "chip", "mfu", "precision", "seq_len")
    if not r.as_built or r.model is None or (key != "chips" and overridden):
        return None
    fact = r.model.built.get(key)
    if fact is not None and key != "chips":
        r.keep(key, fact, "catalogue")
    return fact


def _published_chips(r: Resolver, chip: Chip) -> Fact | None:
    """Return how many chips the model was trained on, if it is trained on the same again."""
    changed = r.scenario.has("deadline", "params", "sites", "own_chips")
    if changed or r.model is None or chip.name != r.model.built_chip:
        return None
    return r.model.built.get("chips")
