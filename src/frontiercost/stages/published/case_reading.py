"""Rows turned into cases one by one; and why others were left out."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from frontiercost.core.errors import FrontierCostError
from frontiercost.stages.published.cells import Cells

FAULT = "fault"
"""Key of a row that could not be read: what is wrong with it."""
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def read_cases(
    rows: Iterable[Cells], read: Callable[[Cells], Answer]
) -> tuple[list[Answer], dict[str, str]]:
    """Return the cases that can be read, and the reason by the id of every other row."""

    def sound(row: Cells) -> Answer:
        if FAULT in row:
            raise ValueError(row[FAULT])
        return read(row)

    return each(rows, sound, lambda row: row.get("id", "?"))


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
