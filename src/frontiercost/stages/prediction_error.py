"""How far predictions err: one rule for training steps, whole runs and post-training.

    ln actual = ln predicted + residual of the kind + what each unknown adds

Residuals are those of published rows that were predicted without their holder (a software stack, a
developer, a model family), and every holder weighs the same, however many rows it has. What a
question leaves open (the shape, the plan, the kernel) adds a shift and a spread, measured on rows
that were predicted with it and without. Each term is a fact, a factor with a 90 % interval, so that
it is drawn and explained like any other.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from frontiercost.core.facts import Z95, Fact, Interval

FEW_HOLDERS = 8
"""A kind with fewer borrows from the other kinds until it has as many."""
TAILS = (Z95**3 + Z95) / 4
"""Of Student's t beyond the normal quantile: t = z + (z^3 + z)/(4 n), Cornish and Fisher 1938."""
Z90 = 1.2815515655446004
"""Standard deviations of a normal distribution to its 90th percentile."""
SOURCE = "published-steps"


class Residual(NamedTuple):
    """ln(actual / predicted) of a row whose holder was left out of what predicted it."""

    holder: str
    kind: str
    log: float


def residual_fact(path: str, residuals: Sequence[Residual], kind: str) -> Fact:
    """Return the factor between a prediction of a kind and what happens, with its 90 % interval.

    The median and the 10th and 90th percentile of the residuals, every holder weighing the same;
    from these to the ends of the interval as in a normal distribution, because a 5th percentile of
    few holders is one holder, and t/z sqrt(1 + 1/n) further for n holders. Raises ValueError
    without residuals.
    """
    if not residuals:
        raise ValueError(f"{path}: no residuals to learn from")
    logs, weights, holders = _weighted(residuals, kind)
    low, centre, high = (weighted_quantile(logs, weights, share) for share in (0.1, 0.5, 0.9))
    outwards = Z95 / Z90 * (1 + TAILS / Z95 / max(holders - 1, 1)) * math.sqrt(1 + 1 / holders)
    own = [row for row in residuals if row.kind == kind]
    note = f"{len(own)} rows of {len({row.holder for row in own})} holders, each left out"
    low, high = (centre + (end - centre) * outwards for end in (low, high))
    return _factor(path, centre, low, high, note)


def interval_of(predicted: float, factors: Iterable[Fact]) -> Interval:
    """Return the 90 % interval of a prediction under these factors, as their draws would give it.

    Medians multiply; logarithms of the distances to the ends add up as squares.
    """
    centre, below, above = math.log(predicted), 0.0, 0.0
    for fact in factors:
        centre += math.log(fact.value)
        below += math.log(fact.value / fact.low) ** 2
        above += math.log(fact.high / fact.value) ** 2
    ends = (centre - math.sqrt(below), centre, centre + math.sqrt(above))
    return Interval(*(math.exp(end) for end in ends))


def _weighted(residuals: Sequence[Residual], kind: str) -> tuple[list[float], list[float], float]:
    """Return logs with their weights, and how many holders speak: own ones, then borrowed ones."""
    own = _by_holder((row.holder, row.log) for row in residuals if row.kind == kind)
    others = _by_holder((row.holder, row.log) for row in residuals if row.kind != kind)
    borrowed = max(min(FEW_HOLDERS - len(own), len(others)), 0)
    weighed = [(logs, 1.0) for logs in own]
    weighed += [(logs, borrowed / len(others)) for logs in others if borrowed]
    return (
        [log for logs, _ in weighed for log in logs],
        [weight / len(logs) for logs, weight in weighed for _ in logs],
        len(own) + borrowed,
    )


def _by_holder(rows: Iterable[tuple[str, float]]) -> list[list[float]]:
    ordered = sorted(rows)
    return [[log for _, log in group] for _, group in groupby(ordered, key=lambda row: row[0])]


def weighted_quantile(values: Sequence[float], weights: Sequence[float], share: float) -> float:
    """Return a weighted quantile, between the middles of the steps."""
    total, passed, last = sum(weights), 0.0, None
    for value, weight in sorted(zip(values, weights, strict=True)):
        here = (passed + weight / 2) / total
        passed += weight
        if here >= share:
            if last is None:
                return value
            before, value_before = last
            return value_before + (value - value_before) * (share - before) / (here - before)
        last = (here, value)
    return max(values)


def _factor(path: str, centre: float, low: float, high: float, note: str) -> Fact:
    value, low, high = (math.exp(log) for log in (centre, min(low, centre), max(high, centre)))
    return Fact(path, value, low, high, "x", SOURCE, "estimated", as_of="2026-11", note=note)
