"""Cases turned into predictions one by one; and why others were left out."""

import math
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from frontiercost.backtest.summary import Prediction
from frontiercost.stages.published.case_reading import each


class Named(Protocol):
    """What is told from others by its id."""

    @property
    def id(self) -> str:
        """The id."""


AnyCase = TypeVar("AnyCase", bound=Named)


def predictions_of(
    cases: Iterable[AnyCase], predict: Callable[[AnyCase], Prediction]
) -> tuple[tuple[Prediction, ...], dict[str, str]]:
    """Return the predictions that can be made, and the reason by the id of every other case."""
    made, skipped = each(cases, lambda case: _finite(predict(case)), lambda case: case.id)
    return tuple(made), skipped


def _finite(p: Prediction) -> Prediction:
    """Return a prediction that can be summarised with others; raise ValueError otherwise."""
    numbers = (p.actual, p.naive, *p.predicted)
    if not all(number is None or 0 < number < math.inf for number in numbers):
        raise ValueError("cannot be predicted: its numbers lead to none that is finite")
    return p
