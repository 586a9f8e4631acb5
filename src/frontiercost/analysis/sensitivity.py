"""Which uncertain inputs drive the cost: shares of its variance, and what their ends do in dollars.

First-order shares are squared correlations with the logarithm of the total; facts that share a
factor count once. Choices (basis, commitment, programme) are no uncertainty and stand apart.
"""

from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, mean
from frontiercost.core.frozen import frozen
from frontiercost.scenario.scenario import Scenario
from frontiercost.stages.evaluation import AnyEvaluation, evaluate

SHOWN = 8


@frozen
class Driver:
    """One fact: its share of variance, and the total with it at each end, all else central."""

    path: str
    share: float
    low: float
    high: float
    unit: str
    total_at_low: float
    total_at_high: float


def sensitivity(scenario: Scenario, e: AnyEvaluation) -> list[Driver]:
    """Return the facts that carry most of the spread of the total, largest share first."""
    if e.draws.count < 2:
        raise InputError("`sensitivity`: needs draws; `draws` 0 has no spread")
    ranked = []
    for fact, share in e.spread[:SHOWN]:
        ends = []
        for end in ("low", "high"):
            pinned = Draws(0, e.draws.seed, {fact.path: end})
            ends.append(mean(evaluate(scenario, e.catalogue, pinned).bill.total))
        ranked.append(Driver(fact.path, share, fact.low, fact.high, fact.unit, ends[0], ends[1]))
    return ranked
