"""The largest value of one input that still fits money and time, and what stops it there.

Cost rises with size, tokens and price. The place is found at central values by bisection on the
logarithm, then once more on the drawn verdicts, so that the answer passes the gate it is asked for.
"""

import math
from collections.abc import Callable

from frontiercost.core.errors import InputError
from frontiercost.core.facts import mean
from frontiercost.core.frozen import frozen
from frontiercost.cost.choices import LONGEST_DAYS
from frontiercost.stages.evaluation import AnyEvaluation

DECADE = 10.0
WIDER = 1.5
"""How far from the central answer the drawn one is looked for at first."""
MONEY, TIME, RANGE = "money", "time", "range"
EVEN = 0.5
Evaluated = Callable[[float, bool], AnyEvaluation]
"""Evaluates the scenario at a value: at central values, or with draws."""


@frozen
class Fit:
    """The largest value that fits, and what keeps it from being larger."""

    value: float
    binding: str
    """money, time, range (nothing up to the largest value), or why more cannot be evaluated."""


def largest_fit(
    evaluated: Evaluated,
    low: float,
    high: float,
    close: float,
    confidence: float = EVEN,
    deadline: float | None = None,
) -> Fit | None:
    """Return the largest value between `low` and `high` that fits; None where even `low` does not.

    `close` is the ratio to which it is found; `deadline` the days in which it must end as surely as
    it must be afforded, else a year at the median. Raises InputError where nothing can be
    evaluated.
    """

    def stop(value: float) -> str:
        return _stop(evaluated, value, deadline=deadline)

    def drawn_stop(value: float) -> str:
        return _stop(evaluated, value, drawn=True, confidence=confidence, deadline=deadline)

    stops, value = _first_stop(evaluated, stop, low, high)
    if value is None:
        return None
    if stops == RANGE:
        return Fit(value, RANGE)
    value = _bisected(stop, value, value * DECADE, close)
    return _drawn_fit(drawn_stop, value, low, close)


def _first_stop(
    evaluated: Evaluated, stop: Callable[[float], str], low: float, high: float
) -> tuple[str, float | None]:
    """Go up in factors of ten: return what stops first, and the last value before it."""
    last, value, reason = None, low, ""
    while value <= high * (1 + 1e-9):
        reason = stop(value)
        if reason and (last is not None or reason in (MONEY, TIME)):
            return reason, last
        last = last if reason else value
        value *= DECADE
    if last is None:
        evaluated(low, False)  # says why
        raise InputError(reason)
    return RANGE, last


def _drawn_fit(stop: Callable[[float], str], value: float, low: float, close: float) -> Fit | None:
    """Return the largest value near a central one whose drawn verdicts are as sure as asked."""
    below, above = value, value
    while stop(below):
        below, above = below / WIDER, below
        if below < low:
            return None
    while above == below or not stop(above):
        below, above = above, above * WIDER
    largest = _bisected(stop, below, above, close)
    return Fit(largest, stop(largest * (1 + 2 * close)) or MONEY)


def _bisected(stop: Callable[[float], str], low: float, high: float, close: float) -> float:
    """Return the largest value that nothing stops, to a ratio of `close`."""
    while high / low > 1 + close:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if stop(middle) else (middle, high)
    return low


def _stop(
    evaluated: Evaluated,
    value: float,
    *,
    drawn: bool = False,
    confidence: float = EVEN,
    deadline: float | None = None,
) -> str:
    """Return what keeps a value from fitting: money, time, or why it cannot be evaluated."""
    try:
        evaluation = evaluated(value, drawn)
    except InputError as error:  # so large that no plan spreads it, or no context holds it
        return str(error)
    if _late(evaluation, confidence, deadline):
        return TIME
    return "" if fits(evaluation, confidence) else MONEY


def _late(evaluation: AnyEvaluation, confidence: float, deadline: float | None) -> bool:
    """Whether it takes too long: a deadline with this probability, else a year at the median."""
    workload = evaluation.workload
    if workload.held:
        return False
    if deadline is None:
        return evaluation.drawn.median(workload.wall_days) > LONGEST_DAYS
    in_time = evaluation.draws.share(workload.wall_days <= deadline)
    return mean(workload.wall_days) > deadline if in_time is None else in_time < confidence


def fits(evaluation: AnyEvaluation, confidence: float) -> bool:
    """Whether everybody asked about affords it with this probability; at medians without draws."""
    for verdict in evaluation.verdicts:
        if not mean(verdict.available):
            raise InputError("`budget`: there is no money, so nothing fits")
        if verdict.probability is None and not mean(verdict.cost) <= mean(verdict.available):
            return False
        if verdict.probability is not None and verdict.probability < confidence:
            return False
    return True
