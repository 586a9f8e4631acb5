"""What is left out of a fit before a published step is predicted: whole groups, never rows."""

from collections.abc import Callable

from frontiercost.core.frozen import frozen
from frontiercost.stages.published.step_cases import Case


@frozen(kw_only=True)
class Fold:
    """A way to leave rows out; rows of one key share a fit."""

    name: str
    key: Callable[[Case], tuple[str, ...]]
    leaves_out: Callable[[Case, Case], bool]
    """Whether the first row is left out where the second is predicted."""


def _kin(other: Case, case: Case) -> bool:
    return (
        other.framework == case.framework
        or other.family == case.family
        or other.chip.generation == case.chip.generation
    )


STACK = Fold(
    name="software stack",
    key=lambda case: (case.stack,),
    leaves_out=lambda other, case: other.stack == case.stack,
)
KIN = Fold(
    name="framework, model family and chip family",
    key=lambda case: (case.framework, case.family, case.chip.generation),
    leaves_out=_kin,
)
LATER = Fold(
    name="everything of its year and later",
    key=lambda case: (case.date[:4],),
    leaves_out=lambda other, case: not other.date or other.date[:4] >= case.date[:4],
)
FOLDS = (STACK, KIN, LATER)
