"""Whether a coverage of intervals is what it is said to be."""

import math

MOST_COVERAGE = 0.9


def coverage_is_plausible(covered, n, stated=MOST_COVERAGE):
    """Whether a coverage is not rejected at 5 % against the stated one, by exact binomial."""
    chances = [math.comb(n, k) * stated**k * (1 - stated) ** (n - k) for k in range(n + 1)]
    below, above = sum(chances[: covered + 1]), sum(chances[covered:])
    return 2 * min(below, above) > 0.05
