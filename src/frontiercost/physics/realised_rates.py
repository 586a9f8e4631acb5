"""Rates of machines and software, as facts hold them."""

from frontiercost.core.facts import Fact
from frontiercost.core.units import SECONDS_PER_DAY

ANY_GENERATION = "any"


def number(fact: Fact) -> float:
    """The value of a fact in the units of the physics: times in seconds.  Source: definition."""
    return fact.value * SECONDS_PER_DAY if fact.unit == "day" else fact.value
