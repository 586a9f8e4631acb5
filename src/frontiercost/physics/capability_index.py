"""How capable a model is by a benchmark index, from its training compute and its date.

Loss is not capability; this is a line through 80 published models, and no causal law.
FLOP and years may be floats or numpy arrays of them.
Source: own re-fit of Epoch AI's public benchmark scores on their logistic model.
"""

from collections.abc import Mapping

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.core.units import MONTHS_PER_YEAR
from frontiercost.physics.array_math import log10

BASE_FLOP = 1e24  # the compute and date at which `base` holds
BASE_YEAR = 2024


@frozen
class CapabilityTrend:
    """The constants of index = base + per_decade log10(C / 1e24) + per_year (year - 2024)."""

    base: Number
    per_decade: Number
    per_year: Number


def from_facts(values: Mapping[str, Number]) -> CapabilityTrend:
    """The trend from the drawn values of physics.toml, by name, in base units."""
    return CapabilityTrend(
        base=values["capability_base"],
        per_decade=values["capability_per_decade"],
        per_year=values["capability_per_year"],
    )


def capability(trend: CapabilityTrend, flop: Number, year: Number) -> Number:
    """Index of a model of this compute and date: base + 7.0 log10(C/1e24) + 10.5 (year - 2024).

    80 published models, residual SD 4.3: labs choose what to publish, and reasoning models spend
    more at answer time, so it is no causal law.  Source: own re-fit of Epoch's benchmark scores.
    """
    decades = log10(flop / BASE_FLOP)
    return trend.base + trend.per_decade * decades + trend.per_year * (year - BASE_YEAR)


def months_behind(trend: CapabilityTrend, flop: Number, frontier: Number, growth: Number) -> Number:
    """Months since the frontier stood where a model trained today with this compute stands.

    12 c log10(C_f/C) / (c log10 g + y): the gap in index over the frontier's gain per year, with
    compute growing g times a year.  Ignores secrets and distillation.  Source: `capability`.
    """
    gap = trend.per_decade * log10(frontier / flop)
    return MONTHS_PER_YEAR * gap / gain_per_year(trend, growth)


def gain_per_year(trend: CapabilityTrend, growth: Number) -> Number:
    """Index the frontier gains in a year: c log10 g + y.  Source: `capability`."""
    return trend.per_decade * log10(growth) + trend.per_year
