"""Post-training: take a base through the phases of a recipe; never the base's own training."""

from dataclasses import replace
from typing import TYPE_CHECKING

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import UNSTATED_SEQ_LEN, Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.cost.choices import FOLLOWER, Programme
from frontiercost.cost.programme import ProgrammeCosts
from frontiercost.cost.terms import Terms
from frontiercost.scenario.resolver import Resolver
from frontiercost.stages.posttrain import workload as posttrain
from frontiercost.stages.posttrain.inputs import inputs_of
from frontiercost.stages.posttrain.recipe import Recipe
from frontiercost.stages.posttrain.workload import PhaseWork
from frontiercost.stages.stage import Answer, Stage, StageResult

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


@frozen
class PostTraining:
    """A recipe on a base, phase by phase."""

    recipe: Recipe
    phases: tuple[PhaseWork, ...]
    base_flop_ratio: "Number | None"
    """Its model FLOP over those of the base's pre-training; None where those are not known."""
    base_hours_ratio: "Number | None"
    """The same in chip-hours of the same chip: what it costs of it."""


def result(r: Resolver) -> StageResult[PostTraining]:
    """Take a base through the phases of a recipe; a programme adds experiments, never the base."""
    drawn = r.drawn
    recipe, inputs = inputs_of(r)
    r.say_unseen(inputs.chip)
    phases = posttrain.workload(inputs, drawn)
    workload = posttrain.summed(phases, inputs.chip, r.pue, drawn)
    labels = posttrain.label_lines(phases, drawn)

    def programme_costs(terms: Terms) -> ProgrammeCosts:
        if not terms.programme.whole:
            return ProgrammeCosts(labels)
        return ProgrammeCosts(labels, _experiments(terms.programme, drawn.catalogue))

    base_flop, base_hours = _base(r, inputs.chip)
    detail = PostTraining(
        recipe,
        phases,
        None if base_flop is None else workload.model_flop / base_flop,
        None if base_hours is None else workload.chip_hours / base_hours,
    )
    return StageResult(
        inputs.chip, inputs.precision, workload, detail, programme_costs, base_flop=base_flop
    )


def _experiments(programme: Programme, catalogue: Catalogue) -> Fact:
    """Return experiments over final runs: as for any known recipe, or what finding one took."""
    if programme == FOLLOWER:
        return catalogue.assumption("experiments_follower")
    all_runs = catalogue.assumption("posttraining_experiments")
    low, value, high = (end - 1 for end in (all_runs.low, all_runs.value, all_runs.high))
    return replace(all_runs, low=low, value=value, high=high)


def _base(r: Resolver, chip: Chip) -> tuple["Number | None", "Number | None"]:
    """Return the FLOP and the chip-hours of the base's own training; nothing where not known.

    Hours of the base are the published ones on such chips, else FLOP at the utilisation that runs
    on such chips had.
    """
    from frontiercost.physics.token_flop import training_flop_per_token
    from frontiercost.stages.pretrain.workload import chip_hours

    tokens, shape = r.model_fact("tokens"), r.architecture()
    if tokens is None or shape is None:
        return None, None
    length = r.model_fact("seq_len")
    at = length.value if length else UNSTATED_SEQ_LEN
    base: Number = training_flop_per_token(shape, at) * r.draws.sample(tokens)
    published = r.model.built.get("chip_hours") if r.model else None
    if published is not None and r.model and r.model.built_chip == chip.name:
        hours = r.draws.sample(published)
    else:
        mfu = r.draws.sample(_usual_mfu(r.catalogue, chip, bool(shape.experts)))
        hours = chip_hours(base, mfu, r.draws.sample(chip.peak("bf16")))
    return base, hours


def _usual_mfu(catalogue: Catalogue, chip: Chip, moe: bool) -> Fact:
    """Return the utilisation that published runs on such chips usually reach."""
    from frontiercost.stages.observed_utilisation import pooled_mfu, usable

    return pooled_mfu(usable(catalogue.runs), chip.generation, "bf16", moe)


def _answer() -> Answer[PostTraining]:
    from frontiercost.stages.posttrain.answer import ANSWER

    return ANSWER


STAGE = Stage(
    name="posttrain",
    result=result,
    answer=_answer,
    programme_lines={"experiments": "experiments and failed runs"},
    leaves_out=("pre-training of the base", "staff", "serving"),
)
