"""Functions of a float or of each element of a numpy array, without numpy until it is needed."""

import math

from frontiercost.physics.literature import FloatOrArray


def log(number: FloatOrArray) -> FloatOrArray:
    """Natural logarithm of a float, or of each element of an array."""
    if isinstance(number, (int, float)):
        return math.log(number)
    import numpy as np

    return np.log(number)


def log10(number: FloatOrArray) -> FloatOrArray:
    """Decimal logarithm of a float, or of each element of an array."""
    return log(number) / math.log(10)
