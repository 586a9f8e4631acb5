"""What to expect of a pool with few published rows, and how sure to be.

Rows are logarithms of a ratio (an MFU, or an MFU over the predicted one), each of one developer,
chip generation, precision and kind (dense or MoE). Rows of one developer are not independent, so
errors are measured with each developer held out.
"""

import math
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import groupby

from frontiercost.core.errors import DataError
from frontiercost.core.facts import Z95, Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.training_machine import precision_family

FEW_ROWS = 10


@frozen
class Observation:
    """One published row: who, on what, and the logarithm of what was observed."""

    organization: str
    generation: str
    precision: str
    moe: bool
    log: float
    date: str = ""

    @property
    def pool(self) -> tuple[str, bool]:
        """Chip generation and kind."""
        return self.generation, self.moe


class Rows:
    """Published rows with their variance inside pools and between them, worked out once."""

    def __init__(self, rows: Sequence[Observation]) -> None:
        """Raise DataError where there are fewer than two rows."""
        if len(rows) < 2:
            raise DataError("too few published rows to expect anything of a pool")
        self.rows = rows
        self.within, self.between = _variances(rows)

    def expect(self, generation: str, precision: str, moe: bool) -> tuple[float, float]:
        """Return the mean of the log in a pool and the variance of that mean.

        Start from the mean of all dense (or MoE) rows; move towards the rows of the generation,
        then towards those of the precision, each by n / (n + within/between).
        """
        kind, *groups = pools(self.rows, generation, precision, moe)
        mean, variance = _mean(kind), self.within / len(kind)
        for group in groups:
            weight = len(group) / (len(group) + self.within / self.between)
            mean += weight * (_mean(group) - mean) if group else 0.0
            variance = self.between * (1 - weight)
        return mean, variance

    def spread(self, generation: str, precision: str, moe: bool) -> float:
        """Return the sigma with which a new developer's row strays from what `expect` says.

        The mean squared error over the dense (or MoE) rows, each developer held out, plus the
        variance of the pool's own mean. Where the kind has few rows, never below that of all rows.
        """
        errors = self._held_out_errors
        every = errors[True] + errors[False]
        overall = sum(every) / len(every)
        own = sum(errors[moe]) / len(errors[moe]) if errors[moe] else overall
        squared = own if len(errors[moe]) >= FEW_ROWS else max(own, overall)
        return math.sqrt(squared + self.expect(generation, precision, moe)[1])

    @cached_property
    def _held_out_errors(self) -> dict[bool, list[float]]:
        """Squared errors of `expect` without the row's developer, of MoE and of dense rows."""
        errors: dict[bool, list[float]] = {True: [], False: []}
        developers = dict.fromkeys(row.organization for row in self.rows)
        held_out = {name: Rows(without(self.rows, name)) for name in developers}
        for row in self.rows:
            mean, _ = held_out[row.organization].expect(row.generation, row.precision, row.moe)
            errors[row.moe].append((row.log - mean) ** 2)
        return errors


def pooled_fact(
    path: str, rows: list[Observation], generation: str, precision: str, moe: bool, unit: str
) -> Fact:
    """Return what is expected of a pool as a fact with the interval for a new developer."""
    all_rows = _known(tuple(rows))
    mean, _ = all_rows.expect(generation, precision, moe)
    sigma = all_rows.spread(generation, precision, moe)
    ends = (math.exp(mean + sign * Z95 * sigma) for sign in (-1, 0, 1))
    low, value, high = (min(end, 1.0) if unit == "%" else end for end in ends)
    pool = f"{generation} {precision_family(precision)} {'MoE' if moe else 'dense'}"
    own = len(pools(rows, generation, precision, moe)[-1])
    note = f"{own} published runs of the pool {pool}, {len(rows)} in all"
    newest = max(row.date for row in rows)
    return Fact(path, value, low, high, unit, "published-runs", "measured", newest, note=note)


@lru_cache(maxsize=8)
def _known(rows: tuple[Observation, ...]) -> Rows:
    """Return rows as one looks at them, the same for every pool that is asked about."""
    return Rows(rows)


def pools(
    rows: Sequence[Observation], generation: str, precision: str, moe: bool
) -> list[Sequence[Observation]]:
    """Return the rows of the kind (dense or MoE), of the generation too, of the precision too."""
    kind = [row for row in rows if row.moe == moe] or rows
    same_chip = [row for row in kind if row.generation == generation]
    family = precision_family(precision)
    return [kind, same_chip, [r for r in same_chip if precision_family(r.precision) == family]]


def without(rows: Iterable[Observation], organization: str) -> list[Observation]:
    """Return the rows of every other developer."""
    return [row for row in rows if row.organization != organization]


def _variances(rows: Sequence[Observation]) -> tuple[float, float]:
    """Return the variance of the log inside pools of generation and kind, and between them."""
    ordered = sorted(rows, key=lambda row: row.pool)
    groups = [list(group) for _, group in groupby(ordered, key=lambda row: row.pool)]
    freedom = max(len(rows) - len(groups), 1)
    within = sum(_squares(group) for group in groups) / freedom
    return within, max(_squares(rows) / len(rows) - within, within / len(rows))


def _mean(rows: Sequence[Observation]) -> float:
    return sum(row.log for row in rows) / len(rows)


def _squares(rows: Sequence[Observation]) -> float:
    mean = _mean(rows)
    return sum((row.log - mean) ** 2 for row in rows)
