"""What a predicted run errs by: how fast its steps are, and what of their speed is kept over it.

A run on one server is its steps, and errs as steps do; a run on a cluster errs as published runs
do, whose error is told apart into these two; between them its error is in proportion to its share
of a cluster's losses. Rows that were measured tell of the steps.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.lognormal import sigma_of
from frontiercost.stages.observed_utilisation import RunLosses
from frontiercost.stages.prediction_error import (
    MeasuredRow,
    after_rows,
    between,
    moved_fact,
    narrowing,
    product_of_powers,
    unknown_factors,
)

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

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

    def moved(self, before: Fact, after: Fact, share: float) -> "HourErrors":
        """Return the errors after their hours moved by a share of what others did."""
        hours = moved_fact(self.hours, before, after, share)
        steps, kept = apart(hours, self.kept, self.steps.path)
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
    lessons: tuple[tuple[str, "RunErrors"], ...] = ()
    """What they were learnt from, each with the errors before it."""

    def of_steps(self, of_cluster: float, slower: float) -> tuple[Fact, ...]:
        """Return the factors of the time of steps, with that share of a cluster's losses.

        `slower` is ln of the time that steps usually take in such runs over the one predicted.
        """
        here = self._here(of_cluster)
        after = self.measured and self.measured.after(here, slower)
        steps, *unknown = after or (here.steps, *here.unknown.values())
        return replace(steps, shared=TOGETHER, correlation=1.0), *unknown

    def hours(self, of_cluster: float) -> Fact:
        """Return what hours err by with that share of a cluster's losses, nothing left open."""
        return self._here(of_cluster).hours

    def learnt(self, of_cluster: float, learn: Callable[[Fact], Fact], source: str) -> "RunErrors":
        """Return the errors after a source told of hours with that share of the losses.

        Server and cluster move by the least that moves what lies between them so: each by its
        share over the sum of both shares squared.
        """
        before = self.hours(of_cluster)
        after, of_server = learn(before), 1 - of_cluster
        both = of_server**2 + of_cluster**2
        return replace(
            self,
            on_server=self.on_server.moved(before, after, of_server / both),
            on_cluster=self.on_cluster.moved(before, after, of_cluster / both),
            lessons=(*self.lessons, (source, self)),
        )

    def said(self, of_cluster: float, chips: float) -> Iterator[str]:
        """Say what each source did to the hours of a run on so many chips.  Source: definition."""
        afters = [before for _, before in self.lessons[1:]] + [self]
        for (source, before), after in zip(self.lessons, afters, strict=False):
            was, now = before.hours(of_cluster), after.hours(of_cluster)
            did = narrowing(was, now)
            yield f"{source}: {did}" if did else f"{source} says nothing of {chips:,.0f} chips"

    def _here(self, of_cluster: float) -> HourErrors:
        server, cluster = self.on_server, self.on_cluster
        parts = [(server.unknown, 1 - of_cluster), (cluster.unknown, of_cluster)]
        names = dict.fromkeys(name for unknown, share in parts if share for name in unknown)
        return HourErrors(
            steps=between(server.steps, cluster.steps, of_cluster),
            kept=between(server.kept, cluster.kept, of_cluster),
            unknown={
                name: product_of_powers([(u[name], share) for u, share in parts if name in u])
                for name in names
            },
        )

    def kept(self, of_cluster: float) -> Fact:
        """Return the share of the speed of steps that is kept, with that share of the losses."""
        return replace(self._here(of_cluster).kept, shared=TOGETHER, correlation=-1.0)

    def mfu(self, losses: RunLosses, step_mfu: float, chips: float) -> float:
        """Return the MFU to expect of a run on so many chips, of that predicted of its steps."""
        slower = math.log(step_mfu / losses.step_mfu(step_mfu, chips))
        factors = self.of_steps(losses.of_cluster(chips), slower)
        return losses.mfu(step_mfu, chips) / prod(fact.value for fact in factors)


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
