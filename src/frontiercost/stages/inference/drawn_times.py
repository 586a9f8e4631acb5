"""Deployments as drawn: how far their times stray from what is predicted."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Draws, Fact
from frontiercost.physics.serving_deployment import Served
from frontiercost.stages.inference.serving_error import RATE, errors_of, is_unfitted

if TYPE_CHECKING:
    from frontiercost.core.facts import Number
    from frontiercost.stages.inference.workload import Inputs

LONG_REQUEST = 8192
"""Tokens from which a guessed shape is wrong by its cache and not by its weights."""


def drawn_served(
    inputs: "Inputs",
    served: Served,
    drawn: DrawnCatalogue,
    beyond: "Callable[[Fact], Number] | None" = None,
) -> Served:
    """Return deployments with drawn chip-seconds: t_prompt P/P0 e and t_step O/O0 e.

    P and O are the lengths of a request, e the error that held-out models showed. Of several
    deployments, in a column, each gets a row of draws; what is not measured of them is then drawn
    by `beyond`.
    """
    prompt = drawn.sample(inputs.prompt) / inputs.prompt.value
    output = (drawn.sample(inputs.answer) + drawn.sample(inputs.reasoning)) / inputs.output
    error = _error(inputs, served, drawn, beyond or drawn.sample)
    if np.any(served.cached > 0):
        prompt = prompt * np.where(served.cached > 0, _fresh(inputs, drawn.draws), 1.0)
    return replace(
        served,
        prompt_seconds=np.asarray(error * served.prompt_seconds * prompt),
        step_seconds=np.asarray(error * served.step_seconds * output),
    )


def _fresh(inputs: "Inputs", draws: Draws) -> "Number":
    """Return the share of prompts that is really read, over its central value."""
    if inputs.cache_hit.exact:
        return 1.0
    return (1 - draws.sample(inputs.cache_hit)) / (1 - inputs.cache_hit.value)


def _error(
    inputs: "Inputs", served: Served, drawn: DrawnCatalogue, beyond: "Callable[[Fact], Number]"
) -> "Number":
    """Return what chip-seconds stray from the prediction, wider where no row was near."""
    error = 1 / drawn_error(inputs, RATE, drawn)
    if np.any(served.is_spread):
        wider = beyond(drawn.catalogue.constants("serving_rates")["serving_error_beyond"])
        error = error * np.where(served.is_spread, wider, 1.0)
    if inputs.derived_shape:
        length = inputs.prompt.value + inputs.output
        kind = "long" if length > LONG_REQUEST else "short"
        error = error * drawn.value(f"derived_shape_error_{kind}")
    return error


def drawn_error(inputs: "Inputs", quantity: str, drawn: DrawnCatalogue) -> "Number":
    """Return how far a quantity strays from its median, of which the deployments know."""
    rates = drawn.catalogue.constants("serving_rates")
    asked = (inputs.architecture, inputs.chip, inputs.engine, inputs.formats, inputs.own)
    straying: Number = 1.0
    for error in errors_of(rates, quantity, *asked):
        straying = straying * drawn.sample(error) / error.value
    if not inputs.speculative:
        return straying
    name = "first_token" if quantity == "ttft" else "token_time"
    ratio = drawn.catalogue.assumption(f"speculative_{name}")
    more = drawn.sample(ratio) / ratio.value
    return straying / more if quantity == RATE else straying * more


def is_beyond_measured(inputs: "Inputs", best: Served, catalogue: Catalogue) -> bool:
    """Whether no published row is near: several servers, prompts apart, or another chip family."""
    fitted = inputs.formats.software or inputs.own.rows
    return bool(best.is_spread) or not (
        fitted or not is_unfitted(inputs.chip, catalogue.constants("serving_rates"))
    )
