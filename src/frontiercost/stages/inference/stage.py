"""Inference: serve a model for a year."""

from typing import Any

from frontiercost.core.errors import InputError
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


def _other(r: Resolver) -> Stage[Any] | None:
    """Return the purchase from an API, asked for or of a model whose shape is not published."""
    asked, resized = r.scenario.switch("bought"), r.scenario.has("params", "active_params")
    on_chips = r.model is None or r.model.open_shape or resized
    if on_chips and not asked:
        return None
    if r.model is None or resized:
        raise InputError("`bought`: an API sells models by name; give `model` without `params`")
    from frontiercost.stages.inference.bought import STAGE as BOUGHT

    return BOUGHT


def _answer() -> Answer[Service]:
    from frontiercost.stages.inference.answer import ANSWER

    return ANSWER


STAGE = Stage(
    name="inference",
    result=result,
    answer=_answer,
    other=_other,
    programme=Programme("serving", "a year of serving"),
    leaves_out=("making the model", "staff", "idle spares", "margin and taxes"),
)
