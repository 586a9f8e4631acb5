"""Functions of a float or of each element of a numpy array, without numpy until it is needed."""

import math

from frontiercost.core.facts import Number


def log(number: Number) -> Number:
    """Natural logarithm of a float, or of each element of an array."""
    if isinstance(number, (int, float)):
        return math.log(number)
    import numpy as np

    return np.log(number)


def log10(number: Number) -> Number:
    """Decimal logarithm of a float, or of each element of an array."""
    return log(number) / math.log(10)
