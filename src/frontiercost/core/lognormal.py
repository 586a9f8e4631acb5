"""Closed forms for products of lognormals: what draws must agree with, and what splits variance.

A 90 % interval low..high has sigma = ln(high/low) / (2 z95); independent factors add sigma^2.
"""

import math
from collections.abc import Sequence

from frontiercost.core.facts import Z95


def lognormal_sigma(low: float, high: float) -> float:
    """Return the sigma of a lognormal from its 90 % interval: ln(high/low) / (2 z95)."""
    return math.log(high / low) / (2 * Z95)


def lognormal_mean(low: float, high: float) -> float:
    """Return the mean of a lognormal from its 90 % interval: sqrt(low high) exp(sigma^2 / 2)."""
    return math.sqrt(low * high) * math.exp(lognormal_sigma(low, high) ** 2 / 2)


def product_spread(spreads: Sequence[float]) -> float:
    """Return the 90 % factor of a product of independent factors: exp(sqrt(sum ln^2 spread)).

    A factor with spread f lies between 1/f and f in 90 % of cases.
    """
    return math.exp(math.hypot(*map(math.log, spreads)))


def log_variance_shares(log_spreads: Sequence[float]) -> list[float]:
    """Return each factor's share of the variance of ln(product): sigma_i^2 / sum sigma^2."""
    whole = sum(spread**2 for spread in log_spreads)
    return [spread**2 / whole for spread in log_spreads]


def money_variance_share(first: float, *others: float) -> float:
    """Return the first factor's first-order share of the variance of the product itself.

    (e^(s1^2) - 1) / (e^(sum s^2) - 1), each s a sigma of ln; largest factors weigh more than on
    the log scale.
    """
    whole = first**2 + sum(other**2 for other in others)
    return math.expm1(first**2) / math.expm1(whole)


def correlated_sigma(one: float, other: float, correlation: float) -> float:
    """Return the sigma of the log of a product of two: sqrt(a^2 + b^2 + 2 r a b)."""
    return math.sqrt(one**2 + other**2 + 2 * correlation * one * other)
