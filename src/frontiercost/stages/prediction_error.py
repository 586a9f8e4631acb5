"""How far predictions err: one rule for training steps, whole runs and post-training.

    ln actual = ln predicted + residual of the kind + what each unknown adds

Residuals are those of published rows that were predicted without their holder (a software stack, a
developer, a model family), and every holder weighs the same, however many rows it has. What a
question leaves open (the shape, the plan, the kernel) adds a shift and a spread, measured on rows
that were predicted with it and without. Each term is a fact, a factor with a 90 % interval, so that
it is drawn and explained like any other.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from math import prod
from statistics import fmean
from typing import NamedTuple

from frontiercost.core.facts import Z95, Fact, Interval
from frontiercost.core.lognormal import sigma_of

FEW_HOLDERS = 12
"""A kind with fewer borrows from the other kinds until it has as many."""
TAILS = (Z95**3 + Z95) / 4
"""Of Student's t beyond the normal quantile: t = z + (z^3 + z)/(4 n), Cornish and Fisher 1938."""
ERRORS = "prediction_errors"
"""The file of all factors; benchmarks/fit_prediction_errors.py writes it."""
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
    outwards = Z95 / Z90 * _student(holders) * math.sqrt(1 + 1 / holders)
    own = [row for row in residuals if row.kind == kind]
    note = f"{len(own)} rows of {len({row.holder for row in own})} holders, each left out"
    low, high = (centre + (end - centre) * outwards for end in (low, high))
    return _factor(path, centre, low, high, note)


def unknown_fact(path: str, shifts: Sequence[Residual], kind: str) -> Fact:
    """Return the factor that not knowing something adds to predictions of a kind, from ln ratios.

    A ratio is what is predicted with it known over what is predicted without; mean and standard
    deviation, holders weighing as those of residuals do. Raises ValueError without ratios.
    """
    if not shifts:
        raise ValueError(f"{path}: no ratios to learn from")
    logs, weights, _ = _weighted(shifts, kind)
    mean = fmean(logs, weights)
    spread = math.sqrt(fmean([(log - mean) ** 2 for log in logs], weights))
    own = [row for row in shifts if row.kind == kind]
    holders = len({row.holder for row in own})
    note = f"{len(own)} rows of {holders} holders, predicted with it and without"
    return _factor(path, mean, mean - Z95 * spread, mean + Z95 * spread, note)


def ends_fact(path: str, ends: Sequence[tuple[str, float, float]]) -> Fact:
    """Return the factor that choosing one of a few things makes, from the ln ratios of its ends.

    Of each row the ends are what is predicted with the lowest and with the highest of the choices
    over what is predicted without one, which stays the centre; means over rows and over holders.
    """
    lows = [fmean(logs) for logs in _by_holder((holder, low) for holder, low, _ in ends)]
    highs = [fmean(logs) for logs in _by_holder((holder, high) for holder, _, high in ends)]
    note = f"{len(ends)} rows of {len(lows)} holders, predicted with each choice and without"
    return _factor(path, 0.0, fmean(lows), fmean(highs), note)


def learnt_fact(fact: Fact, within: Fact, logs: Sequence[float], *, as_told: bool = False) -> Fact:
    """Return a residual after rows of the same stack and chip: moved towards them, and narrower.

    A stack strays from the centre by the spread b between stacks, its rows from the stack by w, and
    b^2 + w^2 is the spread of the fact. n rows with mean m: centre + k (m - centre) with
    k = n b^2/(n b^2 + w^2), and the spread becomes (w^2 + (1 - k) b^2)^1/2. Unchanged without rows.
    Where the rows are of the very thing that is asked about, their distance is told of b too, so
    that an answer does not stay away from a row that is far: k is with (m - centre)^2 - w^2/n if
    that is more than b^2.  Source: partial pooling, Gelman and Hill 2007, chapter 12.
    """
    if not logs:
        return fact
    centre, mean = math.log(fact.value), fmean(logs)
    both = sigma_of(fact) ** 2
    rows = min(sigma_of(within) ** 2, both)
    stacks = both - rows
    told = max(stacks, (mean - centre) ** 2 - rows / len(logs)) if as_told else stacks
    weight = len(logs) * told / (len(logs) * told + rows) if stacks else 0.0
    scale = math.sqrt((rows + (1 - weight) * stacks) / both)
    moved = centre + weight * (mean - centre)
    rows_said = f"{len(logs)} measured row{'s' if len(logs) > 1 else ''}"
    weighs = "weigh" if len(logs) > 1 else "weighs"
    note = f"{fact.note}; moved by {rows_said}, which {weighs} {weight:.0%}"
    return _moved_to(fact, moved, scale, note)


class MeasuredRow(NamedTuple):
    """ln(measured / predicted) of a row of the stack and chip that are asked about."""

    log: float
    same_model: bool
    left_open: frozenset[str]
    """What it does not say, of what a question may leave open."""
    step_mfu: float = 0.0
    """MFU that it measured, of the BF16 peak [1]."""
    other_format: str = ""
    """Of a row of the same model in another format: which."""


def after_rows(
    residual: Fact,
    unknown: Mapping[str, Fact],
    rows: Sequence[MeasuredRow],
    shifts: Mapping[str, Fact],
    scatter: tuple[Fact, Fact],
    inside: Iterable[str] = (),
) -> tuple[Fact, ...]:
    """Return a residual and what unknowns add, after rows of the same stack and chip.

    Two levels of partial pooling (`learnt_fact`): rows of other models tell of the stack and
    `scatter` around it by the first factor, less what a question like theirs is expected to
    `shift` by; rows of the same model tell of what is asked, and scatter around it by the second.
    What both they and the question leave open, also where that is `inside` the residual, they
    tell together with it: it is the same both times.
    """
    same = [row for row in rows if row.same_model]
    alike = {*unknown, *inside}.intersection(*(row.left_open for row in same)) if same else set()
    logs = {
        of_same: [
            row.log - sum(math.log(shifts[name].value) for name in row.left_open - alike)
            for row in rows
            if row.same_model == of_same
        ]
        for of_same in (False, True)
    }
    within, repeat = scatter
    learnt = learnt_fact(residual, within, logs[False])
    if same:
        learnt = product_fact(learnt, [unknown[name] for name in sorted(alike & {*unknown})])
        learnt = learnt_fact(learnt, repeat, logs[True], as_told=True)
    return learnt, *(fact for name, fact in unknown.items() if name not in alike)


def repeated_fact(fact: Fact, within: Fact, log: float) -> Fact:
    """Return the residual of what was done before: its own, as sure as models of a maker are alike.

    Ignores that the same model done again is more alike than that: no maker published two runs of
    one.  Source: definition.
    """
    low, high = (log + math.log(end / within.value) for end in (within.low, within.high))
    return replace(_factor(fact.path, log, low, high, f"{fact.note}; its own"), source=fact.source)


def beside_fact(fact: Fact, within: Fact, log: float) -> Fact:
    """Return the residual of what was done before, beside a row of another model of one's own.

    The row strays from it by model and by maker, twice the variance w^2 of models of a maker: ln
    moves by k of the distance, k = b^2/(b^2 + 2 w^2) for the spread b of the residual, whose
    variance loses k.  Source: Gelman and Hill 2007, chapter 12; that both weigh alike is judged.
    """
    both = sigma_of(fact) ** 2
    weight = both / (both + 2 * sigma_of(within) ** 2)
    centre = math.log(fact.value)
    moved, scale = centre + weight * (log - centre), math.sqrt(1 - weight)
    note = f"{fact.note}; moved by a row of another model, which weighs {weight:.0%}"
    return _moved_to(fact, moved, scale, note)


def _moved_to(fact: Fact, centre: float, scale: float, note: str) -> Fact:
    """Return a factor around another centre [ln], its ends at a scale of their distances."""
    low, high = (centre + scale * math.log(end / fact.value) for end in (fact.low, fact.high))
    return replace(_factor(fact.path, centre, low, high, note), source=fact.source)


def product_fact(fact: Fact, others: Iterable[Fact]) -> Fact:
    """Return one factor for several that are not told apart, as their draws multiply."""
    low, centre, high = interval_of(1.0, (fact, *others))
    return replace(fact, low=low or centre, value=centre, high=high or centre)


def between(near: Fact, far: Fact, share: float) -> Fact:
    """Return what lies between two facts of a kind, ends and value by their logarithms."""
    return product_of_powers(((near, 1 - share), (far, share)))


def product_of_powers(parts: Sequence[tuple[Fact, float]]) -> Fact:
    """Return one factor for several of a kind, each to a power; as it is where that is 1.

    Ends and value by their logarithms, because all say the same thing.  Source: definition.
    """
    first, power = max(parts, key=lambda part: part[1])
    if power == 1.0:
        return first
    ends = {
        name: prod(getattr(fact, name) ** power for fact, power in parts)
        for name in ("low", "value", "high")
    }
    return replace(first, **ends)


def moved_fact(fact: Fact, before: Fact, after: Fact, share: float) -> Fact:
    """Return a factor that moves by a share of what another did, ends and value by logarithms.

    Source: definition.
    """
    if not share or after is before:
        return fact
    low, value, high = (
        math.log(getattr(fact, end)) + share * math.log(getattr(after, end) / getattr(before, end))
        for end in ("low", "value", "high")
    )
    moved_by = after.note.removeprefix(before.note)
    return replace(_factor(fact.path, value, low, high, fact.note + moved_by), source=fact.source)


def narrowing(before: Fact, after: Fact) -> str:
    """Say how rows moved and narrowed what happens over what is predicted; nothing if they did not.

    Source: definition.
    """
    was, now = (f"{fact.value:.2f} ({fact.low:.2f} to {fact.high:.2f})" for fact in (before, after))
    return "" if was == now else f"actual over predicted goes from {was} to {now}"


def carried_over(fact: Fact, before: Fact, after: Fact, share: float) -> Fact:
    """Return a residual of which a share is another one, after that one was narrowed and moved.

    ln moves by s ln(after/before); its variance loses s^2 (that before - that after), at most
    three quarters of it.  Source: variance of a sum of independent terms.
    """
    moved = math.log(fact.value) + share * math.log(after.value / before.value)
    gained = share**2 * (sigma_of(before) ** 2 - sigma_of(after) ** 2)
    scale = math.sqrt(max(1 - gained / sigma_of(fact) ** 2, 0.25))
    low, high = (moved + scale * math.log(end / fact.value) for end in (fact.low, fact.high))
    moved_by = after.note.removeprefix(before.note)
    return replace(_factor(fact.path, moved, low, high, fact.note + moved_by), source=fact.source)


def within_fact(path: str, rows: Iterable[tuple[str, str, float]]) -> Fact:
    """Return the spread of rows (holder, model, log) around their holder, as a factor around 1.

    sqrt(mean over holders of n/(n - 1) of the variance around the mean of their n models, each
    weighing the same however many rows it has), of holders with at least two models.
    Raises ValueError where there are none.
    """
    models: dict[str, dict[str, list[float]]] = {}
    for holder, model, log in rows:
        models.setdefault(holder, {}).setdefault(model, []).append(log)
    groups = [[*of_models.values()] for of_models in models.values() if len(of_models) > 1]
    if not groups:
        raise ValueError(f"{path}: no holder with two models")
    spread = math.sqrt(fmean(map(_variance, groups)))
    note = f"{sum(map(len, groups))} models of {len(groups)} holders, around their means"
    return _factor(path, 0.0, -Z95 * spread, Z95 * spread, note)


def repeat_fact(path: str, rows: Iterable[tuple[str, str, float]]) -> Fact:
    """Return the spread of rows (holder, what they share, log) around the mean of their like.

    sqrt of the mean of n/(n - 1) of the squared distances, every holder weighing the same, in
    Student's t for so many of them. Raises ValueError where no two rows are alike.
    """
    alike: dict[tuple[str, str], list[float]] = {}
    for holder, shared, log in rows:
        alike.setdefault((holder, shared), []).append(log)
    squares = [
        (holder, (log - fmean(logs)) ** 2 * len(logs) / (len(logs) - 1))
        for (holder, _), logs in alike.items()
        if len(logs) > 1
        for log in logs
    ]
    if not squares:
        raise ValueError(f"{path}: no two rows alike")
    by_holder = _by_holder(squares)
    spread = math.sqrt(fmean(map(fmean, by_holder))) * _student(len(by_holder))
    note = f"{len(squares)} rows of {len(by_holder)} holders, around the mean of their like"
    return _factor(path, 0.0, -Z95 * spread, Z95 * spread, note)


def _variance(groups: Sequence[Sequence[float]]) -> float:
    """Variance of rows around the mean of groups that weigh the same, without bias."""
    mean = fmean(map(fmean, groups))
    around = fmean(fmean((log - mean) ** 2 for log in logs) for logs in groups)
    return around * len(groups) / (len(groups) - 1)


def interval_of(predicted: float, factors: Iterable[Fact]) -> Interval:
    """Return the 90 % interval of a prediction under these factors, as their draws would give it.

    Medians multiply; logarithms of the distances to the ends add up as squares, and before that as
    they are where factors move together.
    """
    centre, below, above = math.log(predicted), dict[str, float](), dict[str, float]()
    for n, fact in enumerate(factors):
        centre += math.log(fact.value)
        group = fact.shared or str(n)
        below[group] = below.get(group, 0.0) + math.log(fact.value / fact.low)
        above[group] = above.get(group, 0.0) + math.log(fact.high / fact.value)
    ends = (centre - math.hypot(*below.values()), centre, centre + math.hypot(*above.values()))
    return Interval(*(math.exp(end) for end in ends))


def unknown_factors(
    errors: Mapping[str, Fact], quantity: str, kind: str, unknown: Iterable[str]
) -> dict[str, Fact]:
    """Return what each thing that is not known adds to the error of a quantity and kind."""
    return {name: errors[f"{quantity}_{name}_unknown_{kind}"] for name in unknown}


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


def _student(holders: float) -> float:
    """Student's t over the normal quantile, for so many holders."""
    return 1 + TAILS / Z95 / max(holders - 1, 1)


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
