"""What to expect of a pool with few published rows: the mean of wider ones, moved by its own.

Rows are logarithms of a ratio (an MFU, or an MFU over the predicted one), each of one developer,
chip generation, precision and kind (dense or mixture). Rows of one developer are not independent:
each developer counts once, however much it published.
"""

from collections.abc import Sequence
from statistics import fmean, median

from frontiercost.core.errors import DataError
from frontiercost.core.frozen import frozen
from frontiercost.physics.training_machine import precision_family

FEW_DEVELOPERS = 2
"""Developers of a pool that weigh as much as the wider pool around it."""


@frozen
class Observation:
    """One published row: who, on what, and the logarithm of what was observed."""

    organization: str
    generation: str
    precision: str
    moe: bool
    log: float


def expected(rows: Sequence[Observation], generation: str, precision: str, moe: bool) -> float:
    """Return the mean of the log to expect of a pool.

    Start from the mean of all dense (or mixture) rows; move towards the rows of the generation,
    then towards those of the precision, each by n / (n + 2) for n developers. Raises DataError
    where there are no rows.
    """
    if not rows:
        raise DataError("no published rows to expect anything of a pool")
    kind, *narrower = pools(rows, generation, precision, moe)
    mean, _ = _mean(kind)
    for pool in narrower:
        own, developers = _mean(pool) if pool else (mean, 0)
        mean += developers / (developers + FEW_DEVELOPERS) * (own - mean)
    return mean


def pools(
    rows: Sequence[Observation], generation: str, precision: str, moe: bool
) -> list[Sequence[Observation]]:
    """Return the rows of the kind (dense or mixture), of the generation too, of the precision."""
    kind = [row for row in rows if row.moe == moe] or rows
    same_chip = [row for row in kind if row.generation == generation]
    family = precision_family(precision)
    return [kind, same_chip, [r for r in same_chip if precision_family(r.precision) == family]]


def _mean(rows: Sequence[Observation]) -> tuple[float, int]:
    """Return the median over developers of their means, and how many they are."""
    logs_by_developer: dict[str, list[float]] = {}
    for row in rows:
        logs_by_developer.setdefault(row.organization, []).append(row.log)
    return median(map(fmean, logs_by_developer.values())), len(logs_by_developer)
