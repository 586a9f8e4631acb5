"""The base that is post-trained: what its own pre-training takes, which nobody pays for here."""

from dataclasses import replace
from typing import TYPE_CHECKING

from frontiercost.catalogue.types import UNSTATED_SEQ_LEN, Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.scenario.resolver import Resolver
from frontiercost.scenario.scenario import value_of
from frontiercost.stages.posttrain.recipe import Recipe

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

OF_THE_BASE = {
    *("model", "config", "params", "active_params", "name", "chip", "precision", "as_built"),
    *("date", "vendor", "grid", "basis", "commitment", "draws", "seed"),
}
"""Keys that say the same of pre-training and of post-training."""


@frozen
class Base:
    """The pre-training of the base: its model FLOP, and its chip-hours on the chips at hand."""

    model_flop: "Number"
    chip_hours: "Number"


def retrained(r: Resolver, recipe: Recipe) -> Base:
    """Return the pre-training of the base as the command `pretrain` answers it.

    Raises InputError where too little of the base is known for that.
    """
    from frontiercost.stages.pretrain.inputs import inputs_of
    from frontiercost.stages.pretrain.workload import workload

    kept = {key: value for key, value in r.scenario.values.items() if key in OF_THE_BASE}
    stage = value_of("stage", "pretrain", "default", "stage")
    asked = Resolver(replace(r.scenario, values={**kept, "stage": stage}), r.catalogue, r.draws)
    try:
        work = workload(inputs_of(asked), asked.drawn)
    except InputError:
        raise InputError(_unknown(r, recipe)) from None
    return Base(work.model_flop, work.chip_hours)


def _unknown(r: Resolver, recipe: Recipe) -> str:
    """Return what to give where the pre-training of a base is not known."""
    if r.architecture() is None:
        return (
            f"the shape of {r.name()} is not published, nor what its training took, so its post-"
            "training cannot be modelled; give `params` (and `active_params`), or another `model`"
        )
    return (
        f"{recipe.words} is sized by the pre-training of its base, and that of {r.name()} is not "
        "known; name a `model` whose tokens are published, or another `recipe`"
    )


def published(r: Resolver, chip: Chip) -> Base | None:
    """Return the pre-training of the base from what is published; None where too little is.

    Hours are the published ones on such chips, else FLOP at the utilisation that runs on such chips
    had.
    """
    from frontiercost.physics.token_flop import training_flop_per_token
    from frontiercost.stages.pretrain.workload import chip_hours

    tokens, shape = r.model_fact("tokens"), r.architecture()
    if tokens is None or shape is None:
        return None
    length = r.model_fact("seq_len")
    at = length.value if length else UNSTATED_SEQ_LEN
    flop: Number = training_flop_per_token(shape, at) * r.draws.sample(tokens)
    hours = r.model.built.get("chip_hours") if r.model else None
    if hours is not None and r.model and r.model.built_chip == chip.name:
        return Base(flop, r.draws.sample(hours))
    mfu = r.draws.sample(_usual_mfu(r, chip, bool(shape.experts)))
    return Base(flop, chip_hours(flop, mfu, r.draws.sample(chip.peak("bf16"))))


def _usual_mfu(r: Resolver, chip: Chip, moe: bool) -> Fact:
    """Return the utilisation that published runs on such chips usually reach."""
    from frontiercost.stages.observed_utilisation import pooled_mfu, usable

    return pooled_mfu(usable(r.catalogue.runs), chip.generation, "bf16", moe)
