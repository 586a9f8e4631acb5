"""Fit the realised rates of serving to measured and tabulated times, and say how well they hold.

    python benchmarks/fit_serving_rates.py [--write]

Starts from data/serving_priors.toml, fits data/serving_measured.csv and data/serving_tool.csv, and
prints the errors with each model held out, beside those of the independent tool on the same rows,
with a bootstrap over clusters (model, chip, format, engine, who measured) of the difference. With
--write the rates go to data/serving_rates.toml.
"""

import math
import sys
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from rates_file import entry

from frontiercost.backtest.fit_serving import ServingFitter, fitted_rates, is_nuisance
from frontiercost.backtest.local_serving import QUANTITIES as LOCAL_QUANTITIES
from frontiercost.backtest.local_serving import (
    HeldOutDevices,
    fit_local,
    local_cases,
    local_rates,
    local_rows,
)
from frontiercost.backtest.serving import (
    QUANTITIES,
    Fold,
    ServingPrediction,
    by_model,
    factors_without,
    held_out_serving,
    learnt_factors,
)
from frontiercost.backtest.serving_cases import (
    ServingCase,
    measured_cases,
    measured_rows,
    tool_cases,
)
from frontiercost.catalogue.store import SHIPPED, shipped
from frontiercost.core.facts import Fact
from frontiercost.physics.number_formats import GGUF
from frontiercost.stages.inference.serving_error import local_error_name

TARGET = SHIPPED / "serving_rates.toml"
HEADER = """# What serving reaches of the machine: one fact each, intervals are 90 %.
# Written by benchmarks/fit_serving_rates.py; what was believed before is in serving_priors.toml.
"""
RESAMPLES, SEED = 2000, 0
Factors = dict[str, Callable[[ServingCase], Fact]]


def main() -> None:
    """Print the errors; write the rates if asked."""
    catalogue = shipped()
    measured, skipped = measured_cases(measured_rows(), catalogue)
    training = [*measured, *tool_cases(catalogue)]
    shipped_as: dict[bool, list[ServingPrediction]] = {}
    for named in (False, True):
        words = "engine named" if named else "engine unknown"
        for name, fold in FOLDS.items():
            made = held_out_serving(measured, training, catalogue, fold, named=named)
            report(f"{name} held out, {words}", made, factors_of(made, fold))
            shipped_as.setdefault(named, made)
        old, new = (
            [case for case in measured if (case.date >= LATER) == later] for later in (False, True)
        )
        before = [p for p in shipped_as[named] if p.case.date < LATER]
        made = held_out_serving(new, [*old, *tool_cases(catalogue)], catalogue, named=named)
        report(f"from {LATER} on, from older rows, {words}", made, factors_of(before, by_model))
    cells(shipped_as[False])
    print(f"\nskipped: {len(skipped)} rows")
    compare(shipped_as[False])
    if "--write" in sys.argv:
        write(shipped_as, training)
        print(f"written: {TARGET}")


def factors_of(predictions: Sequence[ServingPrediction], fold: Fold) -> Factors:
    """Return for each quantity how the error of a case is known from other folds."""
    return {quantity: factors_without(predictions, quantity, fold) for quantity in QUANTITIES}


FOLDS = {
    "model": by_model,
    "model, and engine with kind": lambda case: (case.model, f"{case.engine} {case.kind}"),
    "generation": lambda case: (case.chip.generation,),
}
"""What is held out together."""
LATER = "2026"
"""Rows measured from then on are predicted from older ones and the tool's tables alone."""


def report(title: str, predictions: Sequence[ServingPrediction], known: Factors) -> None:
    """Print the errors of each quantity and the share inside, known from the other folds alone."""
    print(f"\n{title}: {len(predictions)} rows")
    for quantity in QUANTITIES:
        errors = np.array([p.error(quantity) for p in predictions])
        factors = [known[quantity](p.case) for p in predictions]
        width = np.median([fact.high / fact.low for fact in factors])
        print(
            f"{quantity:20} median {np.median(abs(errors)):.3f}  "
            f"p90 {np.quantile(abs(errors), 0.9):.3f}  bias {np.median(errors):+.3f}  "
            f"inside {_inside(factors, errors):.1%}  width {width:.2f}"
        )


def _inside(factors: Sequence[Fact], errors: Sequence[float]) -> float:
    held = [f.low <= math.exp(error) <= f.high for f, error in zip(factors, errors, strict=True)]
    return float(np.mean(held))


def cells(predictions: Sequence[ServingPrediction]) -> None:
    """Print the median error and the share inside of each model, engine and chip."""
    known = factors_of(predictions, by_model)
    print()
    for holder in sorted({p.case.holder for p in predictions}):
        rows = [p for p in predictions if p.case.holder == holder]
        print(f"{holder:44} {len(rows):5}", end="")
        for quantity in ("tpot", "ttft"):
            errors = [p.error(quantity) for p in rows]
            inside = _inside([known[quantity](p.case) for p in rows], errors)
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


def write(
    predicted: Mapping[bool, Sequence[ServingPrediction]], training: Sequence[ServingCase]
) -> None:
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
    for named in (False, True):
        for name, fact in learnt_factors(predicted[named]).items():
            if named == ("_named" in name):
                text.append(entry(name, fact, f"actual over predicted, {fact.note}"))
    TARGET.write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
