"""Inference: serve a model for a year."""

from frontiercost.cost.choices import Programme
from frontiercost.scenario.resolver import Resolver
from frontiercost.stages.inference.inputs import inputs_of
from frontiercost.stages.inference.workload import Service, service
from frontiercost.stages.stage import Answer, Stage, StageResult


def result(r: Resolver) -> StageResult[Service]:
    """Serve a model for a year."""
    inputs = inputs_of(r)
    served = service(inputs, r.drawn)
    return StageResult(inputs.chip, inputs.precision, served.workload, served)


def _answer() -> Answer[Service]:
    from frontiercost.stages.inference.answer import ANSWER

    return ANSWER


STAGE = Stage(
    name="inference",
    result=result,
    answer=_answer,
    programme=Programme("serving", "a year of serving"),
    leaves_out=("making the model", "staff", "idle spares", "margin and taxes"),
)
