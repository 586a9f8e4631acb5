"""The published run of the model that is asked about: what its makers got of their machine."""

from collections.abc import Iterator
from dataclasses import replace

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import UNSTATED_SEQ_LEN, Model, Run
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.units import SECONDS_PER_HOUR
from frontiercost.physics.model_shape import shape_of
from frontiercost.physics.token_flop import training_flop_per_token
from frontiercost.scenario.resolver import Resolver
from frontiercost.stages.observed_utilisation import usable
from frontiercost.stages.pretrain.chip_count import ExpectedMfu, chips_for
from frontiercost.stages.pretrain.cluster import TrainingSetup, arrange

BY_ITS_MAKERS = {"measured", "stated"}
"""How sure hours are that the makers themselves published; others estimate or judge them."""


def own_run(r: Resolver, chip: str) -> Run | None:
    """Return the published run of the model that is asked about, on such a chip if there is one.

    A row of `runs.csv` if it is one to learn from, else the hours of the model's entry, where its
    makers published them: of the model itself, or of the nearest one that it was made from. What
    they got of their machine says what they would get of another chip, and of more tokens. Nothing
    for another size, or where the developer is held out.
    """
    other_size = r.scenario.has("params", "active_params")
    if r.model is None or other_size or r.scenario.text("without_developer"):
        return None
    published = usable(r.catalogue.runs)
    for model in _lineage(r.model, r.catalogue):
        runs = [run for run in published if run.model == model.name and run.mfu_predicted]
        built = None if runs else _built_run(model, r.catalogue)
        if runs or built:
            return max(runs, key=lambda run: run.chip == chip, default=built)
    return None


def stated_hours(model: Model) -> Fact | None:
    """Return the chip-hours that the makers of a model published of it; None for estimates."""
    hours = model.built.get("chip_hours")
    own = hours is not None and hours.path.startswith(f"models/{model.name}/")
    stated = own and hours is not None and hours.confidence in BY_ITS_MAKERS
    return hours if stated and model.built_chip and not model.estimate else None


def _lineage(model: Model, catalogue: Catalogue) -> Iterator[Model]:
    """Yield a model and those that it was made from, nearest first."""
    yield model
    while model.base:
        model = catalogue.model(model.base)
        yield model


def is_mixture(model: Model) -> bool:
    """Whether a model is a mixture of experts, by its shape or by its counts."""
    facts, shape = model.facts, shape_of(model)
    active, total = facts.get("active_params"), facts.get("total_params")
    sparse = bool(active and total and active.value < 0.9 * total.value)
    return bool(shape.experts) if shape else sparse


def _built_run(model: Model, catalogue: Catalogue) -> Run | None:
    """Return the run behind the hours of a model's entry; None where they or its work are open."""
    hours, work = stated_hours(model), _work(model)
    if hours is None or work is None:
        return None
    flop, setup = work[0], _setup(model, catalogue) if work[1] else None
    chip, chips = catalogue.chip(model.built_chip), model.built.get("chips")
    run = Run(
        id=model.name,
        model=model.name,
        organization=model.organization,
        chip=chip.name,
        generation=chip.generation,
        moe=is_mixture(model),
        precision=model.precision or "bf16",
        mfu=flop / (hours.value * SECONDS_PER_HOUR * chip.peak("bf16").value),
        mfu_predicted=None,
        mfu_of_steps=None,
        total_params=model.facts["total_params"].value if "total_params" in model.facts else 0.0,
        training_flop=flop,
        chip_hours=hours.value,
        chips=chips.value if chips else 0.0,
        date=model.release,
        source=hours.source,
        excluded="",
    )
    return _predicted(run, setup, catalogue) if setup else run


def _work(model: Model) -> tuple[float, bool] | None:
    """Return the model FLOP of a model's run, and whether they come of its shape and tokens."""
    shape, tokens, flop = (
        shape_of(model),
        model.facts.get("tokens"),
        model.facts.get("training_flop"),
    )
    if shape is not None and tokens is not None:
        return float(training_flop_per_token(shape, _seq_len(model)) * tokens.value), True
    return (flop.value, False) if flop else None


def _seq_len(model: Model) -> int:
    stated = model.facts.get("seq_len")
    return int(stated.value) if stated else UNSTATED_SEQ_LEN


def _setup(model: Model, catalogue: Catalogue) -> TrainingSetup:
    """Return the machine of a model's run as it was known before it began."""
    shape, tokens = shape_of(model), model.facts["tokens"]
    assert shape is not None, model.name
    return TrainingSetup(
        architecture=shape,
        seq_len=_seq_len(model),
        tokens=tokens.value,
        chip=catalogue.chip(model.built_chip),
        precision=model.precision or "bf16",
        date=model.release,
    )


def _as_taken(run: Run) -> ExpectedMfu:
    return lambda step_mfu, chips: run.mfu or step_mfu


def _predicted(run: Run, setup: TrainingSetup, catalogue: Catalogue) -> Run:
    """Return a run with the MFU that is predicted of its steps; as it is where nothing fits.

    On the chips that are usual for the hours that it took, where theirs are not published.
    """
    drawn = DrawnCatalogue(catalogue, Draws(0))
    try:
        chips = run.chips or chips_for(setup, run.training_flop, _as_taken(run), catalogue)
        predicted = arrange(setup, int(chips), drawn).lasting_mfu
    except InputError:
        return run
    return replace(run, chips=chips, mfu_predicted=predicted)
