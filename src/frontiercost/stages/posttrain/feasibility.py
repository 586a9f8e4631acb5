"""What would fit where a phase does not: how many chips, which method, or a smaller recipe."""

from collections.abc import Iterator, Sequence
from functools import cache

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.fine_tuning import (
    ADAMW,
    ADAMW_8BIT,
    FULL,
    LORA,
    METHODS,
    OFFLOADED,
    QLORA,
)
from frontiercost.core.errors import InputError
from frontiercost.core.wording import listed
from frontiercost.stages.posttrain.phase_work import Inputs, amount_of
from frontiercost.stages.posttrain.recipe import ADAPTER_RECIPE, SHARE, Phase, recipe_of
from frontiercost.stages.posttrain.workload import MOST_CHIPS

LIGHTER = ((FULL, ADAMW_8BIT), (FULL, OFFLOADED), (LORA, ADAMW), (QLORA, ADAMW))
"""Methods and optimisers, from the one nearest to training every weight."""
SIZES = sorted({chips << k for chips in (1, 3) for k in range(13) if chips << k <= MOST_CHIPS})
"""Numbers of chips that are proposed, the same whatever was asked: powers of two, and 3 times."""


def unfit(
    error: InputError, phase: Phase, inputs: Inputs, drawn: DrawnCatalogue, chips: int
) -> InputError:
    """Return why a phase does not fit on so many chips, with what fits it and all others.

    That is looked for when the error is read: who only tries a way never asks.
    """

    @cache
    def said() -> str:
        ways = ", or ".join(_ways(phase, inputs, drawn, chips))
        does = f"; what does: {ways}" if ways else ""
        return f"phase '{phase.name}' does not fit on {error}{does}"

    return InputError(said)


def _ways(phase: Phase, inputs: Inputs, drawn: DrawnCatalogue, chips: int) -> Iterator[str]:
    larger = (n for n in SIZES if n > chips)
    more = next((n for n in larger if _fit(inputs.phases, inputs, drawn, n)), None)
    if more:
        yield f"{more:,} chips"
    methods = list(_fitting_methods(phase, inputs, drawn, chips))
    adapter = recipe_of(ADAPTER_RECIPE, drawn.catalogue).phases
    if not methods and adapter != inputs.phases and _fit(adapter, inputs, drawn, chips):
        methods = [f"`recipe` {ADAPTER_RECIPE}"]
    if methods:
        yield f"{listed(methods, 'or')} on {chips:,}"


def _fitting_methods(
    phase: Phase, inputs: Inputs, drawn: DrawnCatalogue, chips: int
) -> Iterator[str]:
    """Yield what to ask for, of the methods that need less memory than the phase's own."""
    for method, optimizer in LIGHTER:
        if METHODS.index(method) < METHODS.index(phase.method):
            continue
        lighter = [each.trained_by(method, optimizer) for each in inputs.phases]
        if phase.trains and _fit(lighter, inputs, drawn, chips):
            yield f"`method` {method}" if method != FULL else f"`optimizer` {optimizer}"


def _fit(phases: Sequence[Phase], inputs: Inputs, drawn: DrawnCatalogue, chips: int) -> bool:
    """Whether all that runs on a machine fits on so many chips, at every draw."""
    try:
        for phase in phases:
            if not phase.empty and phase.kind not in ("labels", SHARE):
                amount_of(phase, inputs, drawn, []).hours(chips, drawn.draws)
    except InputError:
        return False
    return True
