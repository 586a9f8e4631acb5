"""What would fit where a phase does not: how many chips, or which method on as many."""

from collections.abc import Iterator
from dataclasses import replace

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
from frontiercost.core.facts import Draws
from frontiercost.core.wording import listed
from frontiercost.stages.posttrain.phase_work import Inputs, amount_of
from frontiercost.stages.posttrain.recipe import Phase
from frontiercost.stages.posttrain.workload import MOST_CHIPS

LIGHTER = ((FULL, ADAMW_8BIT), (FULL, OFFLOADED), (LORA, ADAMW), (QLORA, ADAMW))
"""Methods and optimisers, from the one nearest to training every weight."""
TIMES = sorted({2**k * q // 2 for k in range(1, 12) for q in (2, 3)})


def unfit(
    error: InputError, phase: Phase, inputs: Inputs, drawn: DrawnCatalogue, chips: int
) -> InputError:
    """Return why a phase does not fit on so many chips, with what would."""
    more = next((n for n in _sizes(chips) if _fits(phase, inputs, drawn, n)), None)
    methods = list(_fitting_methods(phase, inputs, drawn, chips)) if phase.trains else []
    ways = [f"{more:,} chips"] if more else []
    ways += [f"{listed(methods, 'or')} on {chips:,}"] if methods else []
    does = f"; what does: {', or '.join(ways)}" if ways else ""
    return InputError(f"phase '{phase.name}' does not fit on {error}{does}")


def _fitting_methods(
    phase: Phase, inputs: Inputs, drawn: DrawnCatalogue, chips: int
) -> Iterator[str]:
    """Yield what to ask for, of the methods that need less memory than the phase's own."""
    for method, optimizer in LIGHTER:
        if METHODS.index(method) < METHODS.index(phase.method):
            continue
        if _fits(phase.trained_by(method, optimizer), inputs, drawn, chips):
            yield f"`method` {method}" if method != FULL else f"`optimizer` {optimizer}"


def _fits(phase: Phase, inputs: Inputs, drawn: DrawnCatalogue, chips: int) -> bool:
    centre = replace(drawn, draws=Draws(0))
    try:
        amount_of(phase, inputs, centre, []).hours(chips, centre.draws)
    except InputError:
        return False
    return True


def _sizes(chips: int) -> Iterator[int]:
    """Yield larger clusters, up to the largest that is looked at."""
    return (chips * times for times in TIMES if chips * times <= MOST_CHIPS)
