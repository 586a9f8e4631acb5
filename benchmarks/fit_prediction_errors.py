"""Measure what predictions of training err by, for data/prediction_errors.toml.

    python benchmarks/fit_prediction_errors.py [--write]

Steps and whole runs are predicted with their stack or developer left out; what each thing that a
question may leave open adds is measured on rows that are predicted with it and without. How far a
run follows its steps rather than its pool, and from how many servers on it pays all of a cluster's
losses, have the smallest error of developers left out. In the servers that is flat, because few
published runs have so few: the most with about the smallest are taken, so that two servers are not
said to lose what large clusters do.
"""

import csv
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from statistics import fmean

from rates_file import entry

from frontiercost.backtest.steps import (
    ERROR_COLUMNS,
    RECORDED,
    UNKNOWNS,
    HeldOut,
    StepErrors,
)
from frontiercost.backtest.steps import (
    KINDS as STEP_KINDS,
)
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import SHIPPED, shipped
from frontiercost.catalogue.types import Run
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.stages.observed_utilisation import (
    kind_of,
    pooled_residuals,
    run_log,
    run_losses,
    run_residuals,
    usable,
)
from frontiercost.stages.prediction_error import (
    ERRORS,
    Residual,
    repeat_fact,
    residual_fact,
    unknown_fact,
    within_fact,
)
from frontiercost.stages.pretrain.cluster import arrange
from frontiercost.stages.published.run_cases import RunCase, shipped_rows
from frontiercost.stages.published.run_cases import cases as run_cases
from frontiercost.stages.published.step_cases import cases as step_cases
from frontiercost.stages.published.step_cases import published_rows

TARGET = SHIPPED / f"{ERRORS}.toml"
SOURCE = "published-runs"
HEADER = """# What predictions of training err by: published over predicted, with 90 % intervals.
# Written by benchmarks/fit_prediction_errors.py, from rows left out of what predicts them.
"""
KINDS = ("dense", "mixture")
WEIGHTED = tuple(f"run_step_weight_{kind}" for kind in KINDS)
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
SERVERS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
SAME_ERROR = 1.005
"""Errors that close tell nothing apart: judged."""

SERVER_KEPT = Fact(
    path="server_run_goodput",
    value=0.98,
    low=0.9,
    high=0.998,
    unit="%",
    source="own-judgement",
    confidence="judged",
    as_of="2026-11",
    note="what a run on one server keeps of the speed of its steps: evaluation, checkpoints, stops",
)


def main() -> None:
    """Print every factor; write them if asked."""
    facts = [*step_factors(), *run_factors()]
    for fact in facts:
        print(f"{fact.path:32} {fact.value:7.3f} {fact.low:7.3f} {fact.high:7.3f}  {fact.note}")
    if "--write" in sys.argv:
        text = [HEADER, *(entry(fact.path, fact, fact.note) for fact in facts)]
        TARGET.write_text("\n".join(text), encoding="utf-8")
        print(f"written: {TARGET}")


def step_factors() -> Iterator[Fact]:
    """Yield the residual of each kind of step and the part of each unknown."""
    rows, _ = step_cases(published_rows(), shipped())
    errors = StepErrors.measured(HeldOut(rows, shipped().constants("training_priors")))
    if "--write" in sys.argv:
        with (SHIPPED / RECORDED).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ("id", *ERROR_COLUMNS), lineterminator="\n")
            writer.writeheader()
            writer.writerows(errors.records)
    for kind in STEP_KINDS:
        yield from errors.factors(kind, tuple(UNKNOWNS))
        yield errors.within(kind)
        yield errors.repeat(kind)
    for kind in KINDS:
        yield errors.on_server(kind)


def run_factors() -> Iterator[Fact]:
    """Yield how runs follow their steps, their residuals by kind, and the part of each unknown."""
    runs = usable(shipped().runs)
    constants = _best_constants(runs)
    yield from constants.values()
    yield replace(runs_repeat(runs, constants), source=SOURCE)
    residuals, pooled = run_residuals(runs, constants), pooled_residuals(runs)
    guessed, unseen = list(_shapes_guessed(constants)), list(_chips_unseen(runs, constants))
    for fact in _of_runs(residuals, pooled, guessed, unseen):
        yield replace(fact, source=SOURCE)


def runs_repeat(runs: Sequence[Run], constants: Mapping[str, Fact]) -> Fact:
    """Return how runs of one model by one developer on one machine stray from their mean."""
    logs = ((run, run_log(run, runs, constants)) for run in runs)
    rows = [
        (run.organization, f"{run.total_params:.3g} on {run.chips:.0f} {run.chip}", log)
        for run, log in logs
        if log is not None
    ]
    return repeat_fact("runs_repeat", rows)


def _of_runs(
    residuals: Sequence[Residual],
    pooled: Sequence[Residual],
    guessed: Sequence[Residual],
    unseen: Sequence[Residual],
) -> Iterator[Fact]:
    """Yield the factors of each kind of run."""
    for kind in KINDS:
        yield residual_fact(f"runs_{kind}", residuals, kind)
        yield residual_fact(f"pools_{kind}", pooled, kind)
        own_rows = [(r.holder, str(n), r.log) for n, r in enumerate(residuals) if r.kind == kind]
        yield within_fact(f"runs_within_{kind}", own_rows)
        for name, shifts in (("shape", guessed), ("chip", unseen)):
            own = [row for row in shifts if row.kind == kind]
            for quantity in ("runs", "pools"):
                yield unknown_fact(f"{quantity}_{name}_unknown_{kind}", own, kind)


def _best_constants(runs: list[Run]) -> dict[str, Fact]:
    """Return the best weights for clusters from two servers on; the most servers as good."""

    def error(tried: Mapping[str, Fact]) -> float:
        return _error(run_residuals(runs, tried))

    pairs = [*product(WEIGHTS, repeat=len(KINDS))]
    best = min(pairs, key=lambda weights: error(_constants(weights, SERVERS[0])))
    of_best = [_constants(best, servers) for servers in SERVERS]
    least = min(map(error, of_best))
    return [tried for tried in of_best if error(tried) <= SAME_ERROR * least][-1]


def _constants(weights: Sequence[float], servers: float) -> dict[str, Fact]:
    """Return one way to combine what steps and what pools say."""
    note = "smallest error of whole runs with their developer left out"
    most = "the most with about the smallest error of whole runs, developers left out"
    named = [
        *(_exactly(name, w, "%", note) for name, w in zip(WEIGHTED, weights, strict=True)),
        _exactly("cluster_servers", servers, "x", most),
        SERVER_KEPT,
    ]
    return {fact.path: fact for fact in named}


def _exactly(name: str, value: float, unit: str, note: str) -> Fact:
    return Fact(name, value, value, value, unit, SOURCE, "estimated", as_of="2026-11", note=note)


def _error(residuals: Sequence[Residual]) -> float:
    """Mean of what is left around the median of a kind, developers equal.

    Not its square, which a few runs that took thrice as long would settle.
    """
    left: dict[str, list[float]] = {}
    for kind in KINDS:
        centre = math.log(residual_fact("", residuals, kind).value)
        for row in residuals:
            if row.kind == kind:
                left.setdefault(row.holder, []).append(abs(row.log - centre))
    return fmean(map(fmean, left.values()))


def _shapes_guessed(constants: Mapping[str, Fact]) -> Iterator[Residual]:
    """Yield ln of the hours with the shape known over those with it guessed, run by run."""
    catalogue = shipped()
    by_id = {run.id: run for run in usable(catalogue.runs)}
    for case in run_cases(shipped_rows(catalogue), catalogue)[0]:
        run = by_id.get(case.id)
        if run is None:
            continue
        losses = run_losses(
            usable(catalogue.runs), constants, run.generation, run.precision, run.moe
        )
        try:
            known, guessed = (
                losses.mfu(_step_mfu(shaped, run.chips), run.chips) / float(shaped.training_flop)
                for shaped in (case, replace(case, architecture=case.guessed_architecture))
            )
        except (InputError, ValueError):
            continue
        yield Residual(run.organization, kind_of(run.moe), math.log(guessed / known))


def _step_mfu(case: RunCase, chips: float) -> float:
    return arrange(case.setup, int(chips), DrawnCatalogue(shipped(), Draws(0))).lasting_mfu


def _chips_unseen(runs: Sequence[Run], constants: Mapping[str, Fact]) -> Iterator[Residual]:
    """Yield ln of what is expected of a run with its chip generation over that without, by run."""
    for run in (run for run in runs if run.mfu_predicted):
        pool = (run.generation, run.precision, run.moe)
        others = [other for other in runs if other.generation != run.generation]
        seen, unseen = (run_losses(rows, constants, *pool).achieved for rows in (runs, others))
        yield Residual(run.generation, kind_of(run.moe), math.log(unseen.value / seen.value))


if __name__ == "__main__":
    main()
