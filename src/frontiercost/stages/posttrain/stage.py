"""Post-training: take a base through the phases of a recipe; never the base's own training."""

from typing import TYPE_CHECKING

from frontiercost.core.frozen import frozen
from frontiercost.cost.programme import PostTrainingCosts, ProgrammeCosts
from frontiercost.cost.terms import Terms
from frontiercost.cost.workload import Workload
from frontiercost.scenario.resolver import Resolver
from frontiercost.stages.posttrain import workload as posttrain
from frontiercost.stages.posttrain.base import Base, published
from frontiercost.stages.posttrain.inputs import inputs_of
from frontiercost.stages.posttrain.recipe import TEAM, Recipe
from frontiercost.stages.posttrain.workload import PhaseWork, Team
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
    """Take a base through the phases of a recipe; a programme adds experiments and people."""
    drawn = r.drawn
    recipe, inputs = inputs_of(r)
    r.say_unseen(inputs.chip)
    phases, team = posttrain.workload(inputs, drawn), _team(r, recipe)
    workload = posttrain.summed(phases, inputs.chip, r.pue, team, drawn)
    names = tuple(phase.name for phase in phases)

    def programme_costs(terms: Terms) -> ProgrammeCosts:
        labels = posttrain.label_lines(phases, terms.without, drawn)
        if not terms.programme.whole:
            r.because("a final run has no such line", "pay")
            return ProgrammeCosts(labels, parts=names)
        experiments = drawn.fact(f"experiments_{terms.programme.name}")
        people = (team.contributors, team.project_time)
        return ProgrammeCosts(
            labels, experiments, staff=people, evaluation="posttraining_evaluation", parts=names
        )

    base = inputs.base or published(r, inputs.chip)
    detail = PostTraining(
        recipe,
        phases,
        workload.model_flop / base.model_flop if base else None,
        workload.chip_hours / base.chip_hours if base else None,
    )
    base_flop = base.model_flop if base else None
    return StageResult(
        inputs.chip, inputs.precision, workload, detail, programme_costs, base_flop=base_flop
    )


def of_programme(r: Resolver, trained: Workload) -> PostTrainingCosts:
    """Return the post-training of a programme: the final runs of a recipe, and their labels.

    `trained` is the pre-training of its base.
    """
    recipe, inputs = inputs_of(r, Base(trained.model_flop, trained.chip_hours))
    phases = posttrain.workload(inputs, r.drawn)
    hours = posttrain.total(phases).chip_hours
    labels = posttrain.label_lines(phases, (), r.drawn)
    return PostTrainingCosts(recipe.name, hours / trained.chip_hours, labels)


def _team(r: Resolver, recipe: Recipe) -> Team:
    """Return who works on a recipe; of one that does not say, what is usual."""
    usual = {name: r.drawn.fact(f"posttraining_{name}") for name in TEAM}
    return Team(**{**usual, **recipe.team})


def _answer() -> Answer[PostTraining]:
    from frontiercost.stages.posttrain.answer import ANSWER

    return ANSWER


STAGE = Stage(
    name="posttrain",
    result=result,
    answer=_answer,
    programme_lines={
        "experiments": "experiments and failed runs",
        "staff": "staff",
        "overhead": "overhead",
    },
    leaves_out=("pre-training of the base", "serving"),
)
