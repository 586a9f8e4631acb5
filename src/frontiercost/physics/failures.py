"""Failures, and the share of elapsed time that is useful work (goodput).

Goodput multiplies a step-level MFU only: the MFU of a whole run contains it already.
Rates are failures per chip and hour, times are hours; either may be a float or a numpy array.
Source: Daly 2006; Kokolis et al. 2024 (Meta); Decoupled DiLoCo 2026.
"""

import math

from frontiercost.core.facts import Number, positive_part


def job_mtbf(chips: Number, rate: Number) -> Number:
    """Hours between failures of a job that any chip can stop: M = 1 / (n lambda).

    Ignores that small jobs fail more often than this says (3.7 times on Meta's RSC-1 at 1,024).
    Source: Kokolis et al. 2024, section III.
    """
    return 1 / (chips * rate)


def daly_interval(save_time: Number, mtbf: Number) -> Number:
    """Hours of work between checkpoints: tau = sqrt(2 delta M) (1 + x/3 + x^2/9) - delta.

    x = sqrt(delta / 2M); beyond x = 1 the interval stays at that of x = 1, 0.89 M (Daly: M).
    Ignores that a save can fail.  Source: Daly 2006, equation 37.
    """
    ratio = (save_time / (2 * mtbf)) ** 0.5
    bounded = ratio - positive_part(ratio - 1)
    return 2 * mtbf * bounded * (1 + bounded / 3 + bounded**2 / 9 - bounded)


def goodput(interval: Number, save_time: Number, restart_time: Number, mtbf: Number) -> Number:
    """Useful work over elapsed time: tau / (M e^(R/M) (e^((tau + delta)/M) - 1)).

    Failures are Poisson and may strike while saving or restarting; written so as not to overflow.
    Ignores failures that come in groups, planned stops and slow chips.  Source: Daly 2006, eq. 20.
    """
    cycle = (interval + save_time) / mtbf
    survives = math.e ** -(restart_time / mtbf + cycle)
    return interval * survives / (mtbf * (1 - math.e**-cycle))


def goodput_of_run(chips: Number, rate: Number, save_time: Number, restart_time: Number) -> Number:
    """Goodput at Daly's interval: goodput(tau_Daly(delta, M), delta, R, M) with M = 1/(n lambda).

    `save_time` is what training waits for, above 0.  For a step-level MFU only.
    Ignores elastic jobs that go on with fewer chips (see `elastic_goodput`).  Source: Daly 2006.
    """
    mtbf = job_mtbf(chips, rate)
    return goodput(daly_interval(save_time, mtbf), save_time, restart_time, mtbf)


def elastic_goodput(chips: Number, rate: Number, lost_time: Number) -> Number:
    """Useful share when each failure stops everything for `lost_time` hours: 1 / (1 + n lambda R).

    For 10^5 chips and more, where work in flight is kept and only the stop counts.
    Ignores lost work.  Source: Decoupled DiLoCo 2026 (arXiv 2604.21428), elastic data parallel.
    """
    return 1 / (1 + chips * rate * lost_time)
