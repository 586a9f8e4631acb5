"""Fit the realised rates of serving to measured and tabulated times, and say how well they hold.

    python benchmarks/fit_serving_rates.py [--write]

Starts from data/serving_priors.toml, fits data/serving_measured.csv and data/serving_tool.csv, and
prints the errors with each model held out, beside those of the independent tool on the same rows,
with a bootstrap over clusters (model, chip, format, engine, who measured) of the difference. With
--write the rates go to data/serving_rates.toml.
"""

import math
import sys
from collections.abc import Mapping, Sequence

import numpy as np
from rates_file import entry

from frontiercost.backtest.fit_serving import ServingFitter, fitted_rates, is_nuisance
from frontiercost.backtest.local_serving import (
    HeldOutDevices,
    fit_local,
    local_rates,
    local_rows,
)
from frontiercost.backtest.serving import (
    QUANTITIES,
    Fold,
    Known,
    ServingPrediction,
    by_model,
    factors_without,
    held_out_serving,
    learnt_factors,
)
from frontiercost.catalogue.store import SHIPPED, shipped
from frontiercost.core.facts import Fact, Interval
from frontiercost.physics.number_formats import GGUF
from frontiercost.stages.inference.serving_error import KINDS, error_name, local_error_name
from frontiercost.stages.prediction_error import interval_of
from frontiercost.stages.published.local_cases import QUANTITIES as LOCAL_QUANTITIES
from frontiercost.stages.published.local_cases import local_cases
from frontiercost.stages.published.serving_cases import (
    ServingCase,
    measured_cases,
    measured_rows,
    tool_cases,
)

TARGET = SHIPPED / "serving_rates.toml"
HEADER = """# What serving reaches of the machine: one fact each, intervals are 90 %.
# Written by benchmarks/fit_serving_rates.py; what was believed before is in serving_priors.toml.
"""
RESAMPLES, SEED = 2000, 0


def main() -> None:
    """Print the errors; write the rates if asked."""
    catalogue = shipped()
    measured, skipped = measured_cases(measured_rows(), catalogue)
    training = [*measured, *tool_cases(catalogue)]
    rates = catalogue.constants("serving_rates")
    made: dict[bool, list[ServingPrediction]] = {}
    for name, fold in FOLDS.items():
        by_name = held_out_serving(measured, training, catalogue, fold, named=True)
        unnamed = held_out_serving(measured, training, catalogue, fold)
        known = factors_of(by_name, rates, fold)
        report(f"{name} held out, engine unknown", unnamed, known)
        report(f"{name} held out, engine named", by_name, known)
        made = made or {False: unnamed, True: by_name}
    old, new = (
        [case for case in measured if (case.date >= LATER) == later] for later in (False, True)
    )
    known = factors_of([p for p in made[True] if p.case.date < LATER], rates, by_model)
    for named, words in ((False, "engine unknown"), (True, "engine named")):
        before = [*old, *tool_cases(catalogue)]
        later = held_out_serving(new, before, catalogue, named=named)
        report(f"from {LATER} on, from older rows, {words}", later, known)
    cells(made[False], factors_of(made[True], rates, by_model))
    print(f"\nskipped: {len(skipped)} rows")
    compare(made[False])
    if "--write" in sys.argv:
        write(made[True], training)
        print(f"written: {TARGET}")


def factors_of(
    named: Sequence[ServingPrediction], rates: Mapping[str, Fact], fold: Fold
) -> dict[str, Known]:
    """Return for each quantity how the error of a prediction is known from other folds."""
    return {quantity: factors_without(named, quantity, rates, fold) for quantity in QUANTITIES}


FOLDS = {
    "model": by_model,
    "model, and engine with kind": lambda case: (case.model, f"{case.engine} {case.kind}"),
    "generation": lambda case: (case.chip.generation,),
}
"""What is held out together."""
LATER = "2026"
"""Rows measured from then on are predicted from older ones and the tool's tables alone."""


def report(
    title: str, predictions: Sequence[ServingPrediction], known: Mapping[str, Known]
) -> None:
    """Print the errors of each quantity and the share inside, known from the other folds alone.

    Beside the errors of the prediction stand those of the centre of its interval.
    """
    print(f"\n{title}: {len(predictions)} rows")
    for quantity in QUANTITIES:
        errors = np.array([p.error(quantity) for p in predictions])
        ends = [interval_of(1.0, known[quantity](p)) for p in predictions]
        centred = abs(errors - np.log([end.median for end in ends]))
        width = np.median([end.high / end.low for end in ends])
        print(
            f"{quantity:20} median {np.median(abs(errors)):.3f}  "
            f"p90 {np.quantile(abs(errors), 0.9):.3f}  bias {np.median(errors):+.3f}  "
            f"centred {np.median(centred):.3f}  {np.quantile(centred, 0.9):.3f}  "
            f"inside {_inside(ends, errors):.1%}  width {width:.2f}"
        )


def _inside(ends: Sequence[Interval], errors: Sequence[float]) -> float:
    held = [end.low <= math.exp(error) <= end.high for end, error in zip(ends, errors, strict=True)]
    return float(np.mean(held))


def cells(predictions: Sequence[ServingPrediction], known: Mapping[str, Known]) -> None:
    """Print the median error and the share inside of each model, engine and chip."""
    print()
    for holder in sorted({p.case.holder for p in predictions}):
        rows = [p for p in predictions if p.case.holder == holder]
        print(f"{holder:44} {len(rows):5}", end="")
        for quantity in ("tpot", "ttft"):
            errors = [p.error(quantity) for p in rows]
            inside = _inside([interval_of(1.0, known[quantity](p)) for p in rows], errors)
            print(f"   {quantity} {np.median(errors):+.2f} {inside:4.0%}", end="")
        print()


def compare(predictions: Sequence[ServingPrediction]) -> None:
    """Print the tool's errors beside ours on the rows it predicts, and the difference."""
    both = [p for p in predictions if p.case.tool_ttft and p.case.tool_tpot]
    print(f"\nagainst the tool on the same {len(both)} rows: median |ln error|, 90 % of resamples")
    clusters = _clusters(both)
    for quantity in QUANTITIES:
        ours, tools = (
            np.array([abs(p.error(quantity, who)) for p in both]) for who in ("ours", "tool")
        )
        low, high = _difference(ours, tools, clusters)
        print(
            f"{quantity:20} ours {np.median(ours):.3f} / {np.quantile(ours, 0.9):.3f}  "
            f"tool {np.median(tools):.3f} / {np.quantile(tools, 0.9):.3f}  "
            f"ours - tool [{low:+.3f}, {high:+.3f}]"
        )


def _clusters(predictions: Sequence[ServingPrediction]) -> list[np.ndarray]:
    rows: dict[tuple[str, ...], list[int]] = {}
    for i, p in enumerate(predictions):
        rows.setdefault(p.case.cluster, []).append(i)
    return [np.array(each) for each in rows.values()]


def _difference(
    ours: np.ndarray, tools: np.ndarray, clusters: list[np.ndarray]
) -> tuple[float, float]:
    """The difference of medians, 5 and 95 % of resampled clusters."""
    random = np.random.default_rng(SEED)
    found = []
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(clusters), len(clusters))
        rows = np.concatenate([clusters[i] for i in drawn])
        found.append(np.median(ours[rows]) - np.median(tools[rows]))
    low, high = np.quantile(found, [0.05, 0.95])
    return float(low), float(high)


def write(named: Sequence[ServingPrediction], training: Sequence[ServingCase]) -> None:
    """Fit all rows and write every rate, and the errors to expect of a further model."""
    priors = shipped().constants("serving_priors")
    fit = ServingFitter(training, priors).fit(np.ones(len(training), bool))
    rates = {
        name: fact for name, fact in fitted_rates(fit, priors).items() if not is_nuisance(name)
    }
    text = [HEADER]
    for name, fact in sorted(rates.items()):
        if name.endswith(f"_{GGUF}"):
            continue
        fitted = "" if fact is priors[name] else "fitted, all rows of both tables"
        text.append(entry(name, fact, fitted))
    devices, _ = local_cases(local_rows(), shipped())
    for name, fact in local_rates(fit_local(devices, priors), priors).items():
        text.append(entry(name, fact, "fitted, all devices' rows"))
    held_out = HeldOutDevices(devices, priors)
    for quantity in LOCAL_QUANTITIES:
        fact = held_out.factor(quantity)
        text.append(entry(local_error_name(quantity), fact, f"actual over predicted, {fact.note}"))
    errors = {error_name(quantity, kind) for quantity in QUANTITIES for kind in KINDS}
    for name, fact in learnt_factors(named).items():
        of = "actual over predicted, " if name in errors else ""
        text.append(entry(name, fact, f"{of}{fact.note}"))
    TARGET.write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
