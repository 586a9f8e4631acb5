"""What a predicted run errs by: how fast its steps are, and what of their speed is kept over it.

A run on one server is its steps, and errs as steps do; a run on a cluster errs as published runs
do, whose error is told apart into these two. Rows that were measured tell of the steps.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import prod
from statistics import NormalDist
from typing import TYPE_CHECKING

from frontiercost.core.facts import Z95, Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.lognormal import sigma_of
from frontiercost.physics.whole_run import REFERENCE_MFU
from frontiercost.stages.observed_utilisation import RunLosses
from frontiercost.stages.prediction_error import (
    MeasuredRow,
    after_rows,
    between,
    unknown_factors,
)

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

MANY = 1e6
"""Chips of a cluster, beyond doubt."""
MOST_APART = math.sqrt(0.75)
"""Of the spread of an error, what a part of it that is drawn on its own has at most."""
SLICES, ITERATIONS = 41, 4
"""Of each of two factors whose product is sought, and of the search for one of them."""


@frozen
class HourErrors:
    """What hours err by on one kind of machine: a server, or a cluster."""

    steps: Fact
    """Factor between the time of a step in such runs and the one predicted."""
    kept: Fact
    """Share of the speed of steps that is kept over a run."""
    unknown: Mapping[str, Fact]
    """What each thing that the question leaves open adds."""

    @property
    def hours(self) -> Fact:
        """The factor between actual and predicted hours where nothing is left open."""
        return times_kept(self.steps, self.kept)

    def learnt(self, learn: Callable[[Fact], Fact]) -> "HourErrors":
        """Return the errors after something was learnt of the hours."""
        steps, kept = apart(learn(self.hours), self.kept, self.steps.path)
        return replace(self, steps=steps, kept=kept)


@frozen(kw_only=True)
class MeasuredSteps:
    """Rows of one's own, and how such rows scatter."""

    rows: Sequence[MeasuredRow]
    shifts: Mapping[str, Fact]
    usual: Fact
    """The error of published steps of the kind, between stacks."""
    within: Fact
    repeat: Fact

    def after(self, errors: HourErrors, slower: float) -> tuple[Fact, ...]:
        """Return the factors of steps and of what is left open, after these rows.

        Rows are told of against what is predicted, which is `slower` by that logarithm in runs.
        """
        raw = shifted_fact(errors.steps, slower)
        within, repeat = (as_part_of(one, self.usual, raw) for one in (self.within, self.repeat))
        steps, *unknown = after_rows(
            raw, errors.unknown, self.rows, self.shifts, (within, repeat), inside=("plan",)
        )
        return shifted_fact(steps, -slower), *unknown


@frozen(kw_only=True)
class RunErrors:
    """What the hours of a run err by, whatever the number of its chips."""

    on_server: HourErrors
    on_cluster: HourErrors
    measured: MeasuredSteps | None = None

    def of_steps(self, of_cluster: float, slower: float) -> tuple[Fact, ...]:
        """Return the factors of the time of steps, with that share of a cluster's losses.

        `slower` is ln of the time that steps usually take in such runs over the one predicted.
        """
        nearer = self.on_cluster if of_cluster > 0.5 else self.on_server
        steps = between(self.on_server.steps, self.on_cluster.steps, of_cluster)
        if self.measured is None:
            return steps, *nearer.unknown.values()
        return self.measured.after(replace(nearer, steps=steps), slower)

    def hours(self, of_cluster: float) -> Fact:
        """Return what hours err by on the nearer of the two, nothing left open."""
        return (self.on_cluster if of_cluster > 0.5 else self.on_server).hours

    def learnt(self, of_cluster: float, learn: Callable[[Fact], Fact]) -> "RunErrors":
        """Return the errors after something was learnt of hours on the nearer of the two."""
        if of_cluster > 0.5:
            return replace(self, on_cluster=self.on_cluster.learnt(learn))
        return replace(self, on_server=self.on_server.learnt(learn))

    def kept(self, of_cluster: float) -> Fact:
        """Return the share of the speed of steps that is kept, with that share of the losses."""
        return between(self.on_server.kept, self.on_cluster.kept, of_cluster)

    def centre(self, losses: RunLosses) -> float:
        """Return the factor to expect of the hours of a run on a cluster at the usual MFU."""
        usual = losses.step_mfu(REFERENCE_MFU, MANY)
        steps, *unknown = self.of_steps(1.0, math.log(REFERENCE_MFU / usual))
        hours = times_kept(steps, self.on_cluster.kept)
        return hours.value * prod(fact.value for fact in unknown)


@frozen
class RunSpeed:
    """How fast the steps of a run are, and what is kept of that over the run; both drawn."""

    step_mfu: "Number"
    kept: "Number"
    errors: tuple[Fact, ...]
    """Factors of the hours: of the steps, of each thing that is not known, of what is kept."""
    rows: Sequence[MeasuredRow] = ()
    """Steps that were measured, which these rest on."""


def hours_of(kept: Fact) -> Fact:
    """Return what a share that is kept does to hours, against its median."""
    low, high = kept.value / kept.high, kept.value / kept.low
    return replace(kept, low=low, value=1.0, high=high, unit="x")


def usual_errors(
    constants: Mapping[str, Fact],
    kind: str,
    losses: RunLosses,
    unknown: Iterable[str],
    of_runs: Fact | None = None,
) -> RunErrors:
    """Return what runs of a kind err by; of published runs their own error, unless it is given.

    On one server the plan is an unknown of its own; what runs on clusters err by holds it.
    """
    names = {*unknown}
    hours = of_runs or constants[f"runs_{kind}"]
    kept = losses.kept_on_cluster
    on_cluster = unknown_factors(constants, "runs", kind, sorted(names - {"plan", "kernel"}))
    on_server = unknown_factors(constants, "steps", kind, sorted(names - {"chip"}))
    on_server |= {"chip": on_cluster["chip"]} if "chip" in names else {}
    return RunErrors(
        on_server=HourErrors(constants[f"server_steps_{kind}"], losses.kept_on_server, on_server),
        on_cluster=HourErrors(*apart(hours, kept, f"errors/run_steps_{kind}"), on_cluster),
    )


def as_part_of(within: Fact, usual: Fact, fact: Fact) -> Fact:
    """Return how rows scatter around a stack whose kind strays as `fact` says and not as `usual`.

    As much as usual; less in proportion where stacks stray less, because a part is never more
    than the whole.  Source: judged.
    """
    scale = min(sigma_of(fact) / sigma_of(usual), 1.0)
    low, high = ((end / within.value) ** scale for end in (within.low, within.high))
    return replace(within, low=low, value=1.0, high=high)


def shifted_fact(fact: Fact, log: float) -> Fact:
    """Return a factor of a prediction that is itself another one, e^log times as long."""
    scale = math.exp(log)
    return replace(fact, low=fact.low * scale, value=fact.value * scale, high=fact.high * scale)


def times_kept(steps: Fact, kept: Fact) -> Fact:
    """Return the error of hours: that of steps, over the share that is kept of their speed.

    The 5th, 50th and 95th percentile of the product; the share's median is in the prediction.
    """
    low, value, high = _percentiles(steps, kept)
    return replace(steps, low=low, value=value, high=high)


def apart(hours: Fact, kept: Fact, path: str) -> tuple[Fact, Fact]:
    """Return the two parts of an error of hours: that of steps, and the share that is kept of them.

    The error of steps is such that both together have the percentiles of the hours, by fixed-point
    iteration from the difference of squares; the share has at most three quarters of a square, and
    is narrower where the hours are surer than that. So what hours stray by on the fast side is in
    the steps, and no run is faster than its own.  Source: definition.
    """
    below, above = math.log(hours.value / hours.low), math.log(hours.high / hours.value)
    loss, gain = math.log(kept.value / kept.low), math.log(kept.high / kept.value)
    loss, gain = min(loss, MOST_APART * above), min(gain, MOST_APART * below)
    share = replace(kept, low=kept.value * math.exp(-loss), high=kept.value * math.exp(gain))
    least = (1 - MOST_APART**2) ** 0.5
    value, low, high = hours.value, math.sqrt(below**2 - gain**2), math.sqrt(above**2 - loss**2)
    steps = hours
    for _ in range(ITERATIONS):
        ends = value * math.exp(-low), value * math.exp(high)
        steps = replace(hours, path=path, low=ends[0], value=value, high=ends[1])
        both = _percentiles(steps, share)
        value *= hours.value / both[1]
        low = max(low + below - math.log(both[1] / both[0]), least * below)
        high = max(high + above - math.log(both[2] / both[1]), least * above)
    return steps, share


def _percentiles(steps: Fact, kept: Fact) -> tuple[float, float, float]:
    """Return the 5th, 50th and 95th percentile of steps over kept, that of the share being 1."""
    odds = (kept.low / (1 - kept.low), kept.value / (1 - kept.value), kept.high / (1 - kept.high))
    deviates = _deviates()
    times = [_split(z, (steps.low, steps.value, steps.high)) for z in deviates]
    losses = [kept.value * (1 + 1 / _split(z, odds)) for z in deviates]
    product = sorted(time * loss for time in times for loss in losses)
    low, value, high = (product[int(share * len(product))] for share in (0.05, 0.5, 0.95))
    return low, value, high


def _split(deviate: float, ends: tuple[float, float, float]) -> float:
    """A draw of a split lognormal from its ends, at a standard normal deviate."""
    low, value, high = ends
    way = high / value if deviate > 0 else value / low
    return float(value * way ** (deviate / Z95))


@cache
def _deviates() -> tuple[float, ...]:
    """Standard normal deviates in the middle of slices that are as likely as each other."""
    return tuple(NormalDist().inv_cdf((n + 0.5) / SLICES) for n in range(SLICES))
