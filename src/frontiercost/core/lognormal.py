"""The lognormal behind a 90 % interval: its sigma and its mean.

sigma = ln(high/low) / (2 z95); independent factors add sigma^2.
"""

import math

from frontiercost.core.facts import Z95, Fact


def lognormal_sigma(low: float, high: float) -> float:
    """Return the sigma of a lognormal from its 90 % interval: ln(high/low) / (2 z95)."""
    return math.log(high / low) / (2 * Z95)


def sigma_of(fact: Fact) -> float:
    """Return the standard deviation of ln of a fact."""
    return lognormal_sigma(fact.low, fact.high)


def lognormal_mean(low: float, high: float) -> float:
    """Return the mean of a lognormal from its 90 % interval: sqrt(low high) exp(sigma^2 / 2).

    Of an interval that begins at nothing, which no lognormal has, its middle.
    """
    if low <= 0:
        return (low + high) / 2
    return math.sqrt(low * high) * math.exp(lognormal_sigma(low, high) ** 2 / 2)
