"""What the spread of a number rests on: shares of its variance by fact, and how old those are."""

from collections.abc import Iterable
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from frontiercost.core.facts import Draws, Fact
from frontiercost.core.units import decimal_year

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

Shares: TypeAlias = tuple[tuple[Fact, float], ...]
"""Facts with their share of a variance, largest first."""
OLD_YEARS = 1.0


def variance_shares(total: "Number", facts: Iterable[Fact], draws: Draws) -> Shares:
    """Return what each fact explains: its squared correlation with ln(total).

    Of facts that move together only the first one is named, so that nothing is counted twice.
    Ignores what facts do only together.
    """
    if isinstance(total, float) or draws.count < 2:
        return ()
    import numpy as np

    logs = np.log(np.maximum(total, np.finfo(float).tiny))
    moved = logs - logs.mean()
    if not moved.any():  # nothing, or the same in every draw
        return ()
    shares: dict[str, tuple[Fact, float]] = {}
    for fact in facts:
        if not fact.exact:
            deviation = draws.deviation(fact)  # of mean zero
            explained = float((deviation @ moved) ** 2 / (deviation @ deviation * (moved @ moved)))
            group = fact.shared or fact.path
            shares[group] = max(
                shares.get(group, (fact, 0.0)), (fact, explained), key=itemgetter(1)
            )
    return tuple(sorted(shares.values(), key=lambda pair: -pair[1]))


def old_share(shares: Shares, date: str) -> float | None:
    """Return the share of the explained variance that facts older than a year carry at a date.

    What a user typed is of no age. None where nothing is uncertain.
    """
    explained = sum(share for _, share in shares)
    if not explained:
        return None
    limit = decimal_year(date) - OLD_YEARS
    dated = [(fact.as_of, share) for fact, share in shares if fact.as_of]
    return sum(share for as_of, share in dated if decimal_year(as_of) < limit) / explained
