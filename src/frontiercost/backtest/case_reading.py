"""Rows turned into cases one by one, and why each of the others was left out."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from frontiercost.core.errors import FrontierCostError

Case = TypeVar("Case")


def read_cases(
    rows: Iterable[dict[str, str]], read: Callable[[dict[str, str]], Case]
) -> tuple[list[Case], dict[str, str]]:
    """Return the cases that can be read, and the reason by the id of every other row."""
    cases, skipped = [], {}
    for row in rows:
        try:
            cases.append(read(row))
        except (FrontierCostError, ValueError) as error:
            skipped[row.get("id", "?")] = str(error)
    return cases, skipped
