"""Model FLOP utilisation of a whole training run, from the published runs.

MFU = exact model FLOP / (chip-seconds x dense BF16 peak), over all hours the developer counted,
so it already contains downtime, restarts and slow stages: no goodput is applied on top. The
denominator is the BF16 peak also for runs that compute in FP8.
"""

import math
from collections.abc import Iterable
from statistics import fmean, pvariance

from frontiercost.errors import DataError
from frontiercost.facts import Z95, Fact
from frontiercost.records import Run

SMALLEST_PARAMS = 1e9
FEW_RUNS = 10


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


def run_mfu(runs: list[Run], generation: str, precision: str, moe: bool) -> Fact:
    """Return the run-level MFU to expect of a pool (chip generation, precision, dense or MoE).

    The centre is a normal hierarchy on ln MFU (`_expect`). The interval is the root mean square
    error of that rule on the published dense (or MoE) runs, each developer predicted from the
    others', plus the uncertainty of the pool's own mean, so a thin pool is wide. Ignores model
    size, cluster size and how hours were counted, which do not help on held-out developers.
    """
    mean, variance = _expect(runs, generation, precision, moe)
    sigma = math.sqrt(_held_out_variance(runs, moe) + variance)
    kind = f"{generation} {_family(precision)} {'MoE' if moe else 'dense'}"
    pool = _pools(runs, generation, precision, moe)[-1]
    return Fact(
        path=f"mfu/{kind.replace(' ', '-')}",
        value=math.exp(mean),
        low=math.exp(mean - Z95 * sigma),
        high=min(math.exp(mean + Z95 * sigma), 1.0),
        unit="%",
        source="published-runs",
        confidence="measured",
        note=f"{len(pool)} published runs of the pool {kind}, {len(runs)} in all",
    )


def _pools(runs: list[Run], generation: str, precision: str, moe: bool) -> list[list[Run]]:
    """Return the runs of the kind (dense or MoE), of the generation too, of the precision too."""
    kind = [run for run in runs if run.moe == moe] or runs
    same_chip = [run for run in kind if run.generation == generation]
    return [kind, same_chip, [r for r in same_chip if _family(r.precision) == _family(precision)]]


def _expect(runs: list[Run], generation: str, precision: str, moe: bool) -> tuple[float, float]:
    """Return the mean of ln MFU in a pool and its variance.

    Start from the mean of all dense (or MoE) runs; move towards the runs of the generation, then
    towards those of the precision, each by n / (n + within/between).
    """
    if len(runs) < 2:
        raise DataError("runs.csv: too few usable runs for a utilisation")
    within, between = _variances(runs)
    kind, *groups = _pools(runs, generation, precision, moe)
    mean, variance = fmean(_logs(kind)), within / len(kind)
    for group in groups:
        weight = len(group) / (len(group) + within / between)
        mean += weight * (fmean(_logs(group)) - mean) if group else 0.0
        variance = between * (1 - weight)
    return mean, variance


def _variances(runs: list[Run]) -> tuple[float, float]:
    """Return the variance of ln MFU inside pools of generation and kind, and between them."""
    groups: dict[tuple[str, bool], list[float]] = {}
    for run, log in zip(runs, _logs(runs), strict=True):
        groups.setdefault((run.generation, run.moe), []).append(log)
    freedom = max(len(runs) - len(groups), 1)
    within = sum(len(group) * pvariance(group) for group in groups.values()) / freedom
    return within, max(pvariance(_logs(runs)) - within, within / len(runs))


def _held_out_variance(runs: list[Run], moe: bool) -> float:
    """Return the mean squared error of ln MFU when each developer's runs are held out.

    Over the dense (or MoE) runs; where these are few, never below that over all runs.
    """
    errors: dict[bool, list[float]] = {True: [], False: []}
    for organization in sorted({run.organization for run in runs}):
        others = usable(runs, without=organization)
        for run in runs:
            if run.organization == organization and run.mfu:
                expected, _ = _expect(others, run.generation, run.precision, run.moe)
                errors[run.moe].append((math.log(run.mfu) - expected) ** 2)
    every = fmean(errors[True] + errors[False])
    own = fmean(errors[moe]) if errors[moe] else every
    return own if len(errors[moe]) >= FEW_RUNS else max(own, every)


def _logs(rows: Iterable[Run]) -> list[float]:
    return [math.log(run.mfu) for run in rows if run.mfu]


def _family(precision: str) -> str:
    return precision if precision in ("fp8", "fp4") else "bf16"
