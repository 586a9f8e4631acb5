"""Rows turned into cases, and cases into predictions, one by one; and why others were left out."""

import math
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from frontiercost.backtest.cells import Cells
from frontiercost.backtest.summary import Prediction
from frontiercost.core.errors import FrontierCostError

FAULT = "fault"
"""Key of a row that could not be read: what is wrong with it."""
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Named(Protocol):
    """What is told from others by its id."""

    @property
    def id(self) -> str:
        """The id."""


AnyCase = TypeVar("AnyCase", bound=Named)


def read_cases(
    rows: Iterable[Cells], read: Callable[[Cells], Answer]
) -> tuple[list[Answer], dict[str, str]]:
    """Return the cases that can be read, and the reason by the id of every other row."""

    def sound(row: Cells) -> Answer:
        if FAULT in row:
            raise ValueError(row[FAULT])
        return read(row)

    return each(rows, sound, lambda row: row.get("id", "?"))


def predictions_of(
    cases: Iterable[AnyCase], predict: Callable[[AnyCase], Prediction]
) -> tuple[tuple[Prediction, ...], dict[str, str]]:
    """Return the predictions that can be made, and the reason by the id of every other case."""
    made, skipped = each(cases, lambda case: _finite(predict(case)), lambda case: case.id)
    return tuple(made), skipped


def each(
    every: Iterable[Asked], answer: Callable[[Asked], Answer], name: Callable[[Asked], str]
) -> tuple[list[Answer], dict[str, str]]:
    """Return answers one by one, and reasons by name: what is wrong with one costs no other."""
    answers, reasons = [], {}
    for asked in every:
        try:
            answers.append(answer(asked))
        except (FrontierCostError, ValueError) as error:
            reasons[name(asked)] = str(error)
        except Exception as error:
            reasons[name(asked)] = f"cannot be predicted: {type(error).__name__}: {error}"
    return answers, reasons


def _finite(p: Prediction) -> Prediction:
    """Return a prediction that can be summarised with others; raise ValueError otherwise."""
    numbers = (p.actual, p.naive, *p.predicted)
    if not all(number is None or 0 < number < math.inf for number in numbers):
        raise ValueError("cannot be predicted: its numbers lead to none that is finite")
    return p
