"""Failures, checkpoints, and the share of elapsed time that is useful work (goodput).

Goodput multiplies a step-level MFU only: the run-level MFU of `utilisation` already contains it.
Rates are failures per chip and hour, times are hours; either may be a float or a numpy array.
Source: Young 1974; Daly 2006; Kokolis et al. 2024 (Meta); Grattafiori et al. 2024 (Llama 3).
"""

import math
from collections.abc import Mapping
from typing import cast

from frontiercost.core.facts import Number, positive_part
from frontiercost.core.frozen import frozen
from frontiercost.core.units import HOURS_PER_DAY, HOURS_PER_YEAR

CHECKPOINT_BYTES_PER_PARAMETER = 2 + 4 + 4 + 4  # BF16 weights, FP32 master and two Adam moments


@frozen
class Reliability:
    """What a cluster suffers: failures per chip and hour, and times in hours."""

    failure_rate: Number
    new_chip_factor: Number
    new_chip_time: Number
    save_time: Number
    restart_time: Number
    repair_time: Number


def from_facts(values: Mapping[str, Number]) -> Reliability:
    """The constants of this module from the drawn values of physics.toml, by name, in base units.

    Rates come per year and times in days; both become hours.
    """
    return Reliability(
        failure_rate=values["failure_rate"] / HOURS_PER_YEAR,
        new_chip_factor=values["new_chip_failures"],
        new_chip_time=values["new_chip_period"] * HOURS_PER_DAY,
        save_time=values["checkpoint_save_time"] * HOURS_PER_DAY,
        restart_time=values["restart_time"] * HOURS_PER_DAY,
        repair_time=values["repair_time"] * HOURS_PER_DAY,
    )


def failure_rate(cluster: Reliability, chip_age: Number) -> Number:
    """Failures per chip and hour at this age (hours) of the chip type: lambda (1 + (f - 1)[new]).

    A step, not a curve: f = 2 in the first six months.  Ignores wear at the end of life.
    Source: spread between early and late fleets in reliability.csv; the factor is a judgement.
    """
    is_new = cast("Number", chip_age < cluster.new_chip_time)
    return cluster.failure_rate * (1 + (cluster.new_chip_factor - 1) * is_new)


def rate_from_count(failures: Number, chips: Number, hours: Number) -> Number:
    """Failures per chip and hour behind a published count: lambda = failures / (n hours).

    Inherits what the publisher counts as a failure.  Source: Llama 3 report, section 3.3.4.
    """
    return failures / (chips * hours)


def job_mtbf(chips: Number, rate: Number) -> Number:
    """Hours between failures of a job that any chip can stop: M = 1 / (n lambda).

    Ignores that small jobs fail more often than this says (3.7 times on Meta's RSC-1 at 1,024).
    Source: Kokolis et al. 2024, section III.
    """
    return 1 / (chips * rate)


def young_interval(save_time: Number, mtbf: Number) -> Number:
    """Hours of work between checkpoints: tau = sqrt(2 delta M).

    First order: holds while saving takes far less than M.  Source: Young 1974.
    """
    return (2 * save_time * mtbf) ** 0.5


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


def expected_ettr(
    interval: Number, save_time: Number, restart_time: Number, mtbf: Number
) -> Number:
    """Effective training time ratio of Meta: (1 - (u0 + tau/2) / M) / (1 + delta / tau).

    First order in 1/M: it is negative when failures outrun restarts.  Ignores queueing.
    Source: Kokolis et al. 2024, section III (E[ETTR]).
    """
    return (1 - (restart_time + interval / 2) / mtbf) / (1 + save_time / interval)


def elastic_goodput(chips: Number, rate: Number, lost_time: Number) -> Number:
    """Useful share when each failure stops everything for `lost_time` hours: 1 / (1 + n lambda R).

    For 10^5 chips and more, where work in flight is kept and only the stop counts.
    Ignores lost work.  Source: Decoupled DiLoCo 2026 (arXiv 2604.21428), elastic data parallel.
    """
    return 1 / (1 + chips * rate * lost_time)


def checkpoint_bytes(params: Number) -> Number:
    """Bytes of a full checkpoint: 14 N (BF16 weights, FP32 master weights and two Adam moments).

    Ignores data-loader state.  Source: BLOOM, 2.3 TB for 176B (13.1 per parameter).
    """
    return CHECKPOINT_BYTES_PER_PARAMETER * params


def write_rate(written: Number, seconds: Number) -> Number:
    """Bytes per second of a save: bytes / seconds.

    Ignores what training did meanwhile.  Source: BLOOM chronicles (2.3 TB in 40 s).
    """
    return written / seconds


def expected_failures(chips: Number, rate: Number, hours: Number) -> Number:
    """Failures to expect of a run, or of a repair time: n lambda hours.

    Ignores that lost work lengthens the run.  Source: Llama 3 report, section 3.3.4.
    """
    return chips * rate * hours


def spares(broken: float, confidence: float = 0.99) -> int:
    """Spare chips to hold: the least k with P(Poisson(n lambda t_repair) <= k) >= confidence.

    `broken` is the mean number under repair (`expected_failures`), one float.
    Ignores that a server fails as a whole.
    Source: Poisson stock model (textbook).
    """
    count, log_term = 0, -broken
    covered = math.exp(log_term)
    while covered < confidence:
        count += 1
        log_term += math.log(broken / count)
        covered += math.exp(log_term)
    return count
