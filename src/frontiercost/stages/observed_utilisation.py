"""Model FLOP utilisation of whole training runs, from the published ones.

MFU = exact model FLOP / (chip-seconds x dense BF16 peak), over all hours the developer counted, so
it already contains downtime, restarts and slow stages. The denominator is the BF16 peak also for
runs that compute in FP8. Where a model's shape is known, a run's MFU is that of its steps, as the
machine model predicts them and such runs usually have them, times what is kept of their speed over
a run; where it is not, that of such runs alone.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from frontiercost.catalogue.types import Run
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.training_machine import precision_family
from frontiercost.physics.whole_run import REFERENCE_MFU, cluster_losses, usual_mfu
from frontiercost.physics.whole_run import run_mfu as run_mfu_of
from frontiercost.stages.pooling import Observation, expected
from frontiercost.stages.prediction_error import Residual, between, residual_fact

SMALLEST_PARAMS = 1e9
MOST_KEPT = 0.995
"""Of the speed of steps over a run: those who publish both round."""
SOURCE = "published-runs"


@frozen
class RunLosses:
    """What whole runs get of the speed that is predicted of their steps."""

    achieved: Fact
    """By runs on clusters, of steps at the reference MFU."""
    step_weight: Fact
    cluster_servers: Fact
    kept_on_server: Fact
    """Share of the speed of steps that is kept over a run on one server."""
    kept_on_cluster: Fact

    def of_cluster(self, chips: float) -> float:
        """Return the share of a cluster's losses that a run on so many chips has."""
        return cluster_losses(chips, self.cluster_servers.value)

    def step_mfu(self, step_mfu: float, chips: float) -> float:
        """Return the MFU that steps usually have in a run on so many chips."""
        achieved = min(self.achieved.value / self.kept_on_cluster.value, 1.0)
        return float(usual_mfu(step_mfu, achieved, self.step_weight.value, self.of_cluster(chips)))

    def mfu(self, step_mfu: float, chips: float) -> float:
        """Return the MFU to expect of a run on so many chips."""
        kept = between(self.kept_on_server, self.kept_on_cluster, self.of_cluster(chips))
        return float(run_mfu_of(self.step_mfu(step_mfu, chips), kept.value))


def usable(runs: Iterable[Run], without: str = "") -> list[Run]:
    """Return the runs fit for fitting, leaving out one developer if named."""
    return [run for run in runs if run.mfu and not run.excluded and run.organization != without]


def pooled_mfu(runs: Iterable[Run], generation: str, precision: str, moe: bool) -> Fact:
    """Return the MFU that whole runs of a pool usually reach: what it errs by is a fact apart.

    Runs below a billion parameters are left out: their layers are too small to fill a chip.
    """
    large = _large(runs)
    rows = [_observed(run, math.log(run.mfu)) for run in large if run.mfu]
    value = math.exp(expected(rows, generation, precision, moe))
    return _exactly(f"mfu/{_pool(generation, precision, moe)}", value, "%", large)


def run_losses(
    runs: Iterable[Run],
    constants: Mapping[str, Fact],
    generation: str,
    precision: str,
    moe: bool,
    *,
    repeated: bool = False,
) -> RunLosses:
    """Return what runs of a pool get of the MFU that is predicted for their steps.

    From runs on more than one server: ln a = mean of ln MFU - w ln p - (1 - w) ln p0, pooled
    (`pooling`). What is `repeated` has its own level, so that mixtures differ from theirs as dense
    runs do: by steps.
    """
    kind, servers = kind_of(moe and not repeated), constants["cluster_servers"]
    weight = constants[f"run_step_weight_{kind}"]
    clusters = [run for run in runs if cluster_losses(run.chips, servers.value) > 0]
    rows = [
        _observed(run, _log_achieved(run.mfu, run.mfu_predicted, weight.value))
        for run in clusters
        if run.mfu and run.mfu_predicted
    ]
    value = math.exp(expected(rows, generation, precision, moe))
    path = f"realised/{_pool(generation, precision, moe)}"
    achieved, on_server = _exactly(path, value, "x", clusters), constants["server_run_goodput"]
    return RunLosses(achieved, weight, servers, on_server, kept_on_clusters(clusters))


def kept_on_clusters(runs: Iterable[Run]) -> Fact:
    """Return the share of their steps' speed that runs on clusters keep, failures aside.

    Of runs whose developers published the MFU of their steps and hours that do not come from it;
    every developer counts once. Ignores differences by kind, chip and size: few publish both.
    """
    rows = [run for run in runs if run.mfu and run.mfu_of_steps]
    logs = [
        Residual(r.organization, "", math.log((r.mfu_of_steps or 1) / (r.mfu or 1))) for r in rows
    ]
    lost = residual_fact("errors/run_goodput", logs, "")
    low, value, high = (min(1 / end, MOST_KEPT) for end in (lost.high, lost.value, lost.low))
    note = f"{len(rows)} published runs with hours and steps; less than {MOST_KEPT:.1%} is judged"
    kept = _exactly(lost.path, value, "%", rows)
    return replace(kept, low=low, high=high, confidence="estimated", note=note)


def run_residuals(runs: list[Run], constants: Mapping[str, Fact]) -> list[Residual]:
    """Return ln(actual/predicted) hours of each run whose steps are predicted, developers out."""
    logs = ((run, run_log(run, runs, constants)) for run in runs)
    return [Residual(run.organization, kind_of(run.moe), log) for run, log in logs if log]


def run_log(
    run: Run, runs: Iterable[Run], constants: Mapping[str, Fact], *, repeated: bool = False
) -> float | None:
    """Return ln(actual/predicted) hours of a run without its developer; None where not predicted.

    Source: definition.
    """
    if not (run.mfu and run.mfu_predicted):
        return None
    pool = (run.generation, run.precision, run.moe)
    losses = run_losses(usable(runs, run.organization), constants, *pool, repeated=repeated)
    return math.log(losses.mfu(run.mfu_predicted, run.chips) / run.mfu)


def pooled_residuals(runs: list[Run]) -> list[Residual]:
    """Return ln(actual/predicted) hours of each large run by the MFU of its pool alone."""
    residuals = []
    for run in _large(runs):
        pool = (run.generation, run.precision, run.moe)
        log = math.log(pooled_mfu(usable(runs, run.organization), *pool).value / (run.mfu or 1.0))
        residuals.append(Residual(run.organization, kind_of(run.moe), log))
    return residuals


def kind_of(moe: bool) -> str:
    """Return the kind that errors are kept by."""
    return "mixture" if moe else "dense"


def carried_share(constants: Mapping[str, Fact]) -> float:
    """Return the share of a measured step's error that a run of any kind takes over.

    That of dense runs: the smaller weight of mixtures is due to how their steps are predicted.
    Source: judged.
    """
    return constants[f"run_step_weight_{kind_of(moe=False)}"].value


def _log_achieved(mfu: float, predicted: float, weight: float) -> float:
    return math.log(mfu) - weight * math.log(predicted) - (1 - weight) * math.log(REFERENCE_MFU)


def _large(runs: Iterable[Run]) -> list[Run]:
    return [run for run in runs if run.mfu and run.total_params >= SMALLEST_PARAMS]


def _observed(run: Run, log: float) -> Observation:
    return Observation(run.organization, run.generation, run.precision, run.moe, log)


def _pool(generation: str, precision: str, moe: bool) -> str:
    return f"{generation}-{precision_family(precision)}-{'MoE' if moe else 'dense'}"


def _exactly(path: str, value: float, unit: str, runs: list[Run]) -> Fact:
    """A mean of runs, as new as the newest of them."""
    newest = max(run.date for run in runs)
    note = f"mean of {len(runs)} published runs, pooled; what a run strays from it is a fact apart"
    return Fact(path, value, value, value, unit, SOURCE, "measured", as_of=newest, note=note)
