"""Model FLOP utilisation of a whole training run, from the published runs.

MFU = exact model FLOP / (chip-seconds x dense BF16 peak), over all hours the developer counted,
so it already contains downtime, restarts and slow stages: no goodput is applied on top. The
denominator is the BF16 peak also for runs that compute in FP8. Used where a model's shape is
unknown, and as the predictor that the machine model has to beat.
"""

import math
from collections.abc import Iterable

from frontiercost.catalogue.types import Run
from frontiercost.core.facts import Fact
from frontiercost.physics.training_machine import precision_family
from frontiercost.stages.pooling import Observation, pooled_fact

SMALLEST_PARAMS = 1e9


def usable(runs: Iterable[Run], without: str = "") -> list[Run]:
    """Return the runs fit for fitting, leaving out one developer if named.

    Runs below a billion parameters are left out: their layers are too small to fill a chip.
    """
    return [
        run
        for run in runs
        if run.mfu
        and not run.excluded
        and run.organization != without
        and run.total_params >= SMALLEST_PARAMS
    ]


def observations(runs: Iterable[Run]) -> list[Observation]:
    """Return ln MFU of runs."""
    return [_observed(run, run.mfu) for run in runs if run.mfu]


def _observed(run: Run, ratio: float) -> Observation:
    return Observation(
        run.organization, run.generation, run.precision, run.moe, math.log(ratio), run.date
    )


def run_mfu(runs: list[Run], generation: str, precision: str, moe: bool) -> Fact:
    """Return the run-level MFU to expect of a pool (chip generation, precision, dense or MoE).

    The pool's mean of ln MFU, shrunk towards wider pools, with the spread that held-out developers
    showed (`pooling`). Ignores model size, cluster size and how hours were counted.
    """
    path = f"mfu/{generation}-{precision_family(precision)}-{'MoE' if moe else 'dense'}"
    return pooled_fact(path, observations(runs), generation, precision, moe, "%")


def achieved_fraction(runs: list[Run], generation: str, precision: str, moe: bool) -> Fact:
    """Return what whole runs get of the MFU predicted for their steps, failures taken out.

    Run MFU over (step MFU x goodput) of the machine model, as `runs.csv` records it for each run
    that has a shape: slower stages, evaluation, a plan short of the best, and how hours were
    counted. Pooled as `run_mfu` is, with the spread of held-out developers.
    """
    rows = [
        _observed(run, run.mfu / run.mfu_predicted) for run in runs if run.mfu and run.mfu_predicted
    ]
    path = f"realised/{generation}-{precision_family(precision)}-{'MoE' if moe else 'dense'}"
    return pooled_fact(path, rows, generation, precision, moe, "x")
