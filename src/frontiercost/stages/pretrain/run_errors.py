"""What a predicted run errs by: how fast its steps are, and what of their speed is kept over it.

A run on one server is its steps, and errs as steps do; a run on a cluster errs as published runs
do, whose error is told apart into these two. Rows that were measured tell of the steps.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from frontiercost.core.facts import Fact
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
TOGETHER = "run_speed"
"""Whoever has slow steps for such a machine also keeps less of them, in every draw: judged, so that
both parts multiply to the error of hours that published runs have, and medians to its median."""


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

        Rows stand against steps as predicted, which in runs usually take e^slower times as long.
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
        unknown: Iterable[Fact] = nearer.unknown.values()
        if self.measured is not None:
            steps, *unknown = self.measured.after(replace(nearer, steps=steps), slower)
        return replace(steps, shared=TOGETHER, correlation=1.0), *unknown

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
        kept = between(self.on_server.kept, self.on_cluster.kept, of_cluster)
        return replace(kept, shared=TOGETHER, correlation=-1.0)

    def centre(self, losses: RunLosses) -> float:
        """Return the factor to expect of the hours of a run on a cluster at the usual MFU."""
        usual = losses.step_mfu(REFERENCE_MFU, MANY)
        return prod(fact.value for fact in self.of_steps(1.0, math.log(REFERENCE_MFU / usual)))


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

    Both move together, so distances of logarithms to the ends add up; the share's median is in the
    prediction.  Source: definition.
    """
    low, high = steps.low * kept.value / kept.high, steps.high * kept.value / kept.low
    return replace(steps, low=low, high=high)


def apart(hours: Fact, kept: Fact, path: str) -> tuple[Fact, Fact]:
    """Return the two parts of an error of hours: that of steps, and the share that is kept of them.

    Distances of logarithms to the ends subtract; the share has at most half of one, and is
    narrower where the hours are surer than that. So what hours stray by on the fast side is in the
    steps, and no run is faster than its own.  Source: definition.
    """
    below, above = math.log(hours.value / hours.low), math.log(hours.high / hours.value)
    loss, gain = math.log(kept.value / kept.low), math.log(kept.high / kept.value)
    loss, gain = min(loss, above / 2), min(gain, below / 2)
    low, high = hours.low * math.exp(gain), hours.high * math.exp(-loss)
    share = replace(kept, low=kept.value * math.exp(-loss), high=kept.value * math.exp(gain))
    return replace(hours, path=path, low=low, high=high), share
