"""Fit the realised rates of serving to measured and tabulated times, and say how well they hold.

    python benchmarks/fit_serving_rates.py [--write]

Starts from data/serving_priors.toml, fits data/serving_measured.csv and data/serving_tool.csv, and
prints the errors with each model held out, beside those of the independent tool on the same rows,
with a bootstrap over clusters (model, chip, format, engine, who measured) of the difference. With
--write the rates go to data/serving_rates.toml.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from rates_file import entry, spread_entry

from frontiercost.backtest.fit_serving import ServingFitter
from frontiercost.backtest.serving import QUANTITIES, ServingPrediction, held_out_serving, spread_of
from frontiercost.backtest.serving_cases import STATIC, measured_cases, measured_rows, tool_cases
from frontiercost.catalogue.store import SHIPPED, shipped
from frontiercost.core.facts import Fact
from frontiercost.physics.realised_rates import number

TARGET = SHIPPED / "serving_rates.toml"
SOURCE = "published-serving"
HEADER = """# What serving reaches of the machine: one fact each, intervals are 90 %.
# Written by benchmarks/fit_serving_rates.py; what was believed before is in serving_priors.toml.
"""
RESAMPLES, SEED = 2000, 0


def main() -> None:
    """Print the errors; write the rates if asked."""
    catalogue = shipped()
    measured, skipped = measured_cases(measured_rows(), catalogue)
    training = [*measured, *tool_cases(catalogue)]
    predictions = held_out_serving(training, training, catalogue)
    under_load = [p for p in predictions if p.case.engine != STATIC]
    report("measured under load", under_load)
    report("static, against the tool's tables", [p for p in predictions if p not in under_load])
    print(f"\nskipped: {len(skipped)} rows ({', '.join(sorted(set(skipped.values())))})")
    compare(under_load)
    if "--write" in sys.argv:
        write(under_load, training)
        print(f"written: {TARGET}")


def report(title: str, predictions: Sequence[ServingPrediction]) -> None:
    """Print the errors of each quantity, each model held out."""
    models = len({p.case.model for p in predictions})
    print(f"\n{title}: {len(predictions)} rows of {models} models")
    for quantity in QUANTITIES:
        errors = np.array([p.error(quantity) for p in predictions])
        print(
            f"{quantity:20} median {np.median(abs(errors)):.3f}  "
            f"p90 {np.quantile(abs(errors), 0.9):.3f}  bias {np.median(errors):+.3f}"
        )


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


def write(predictions: Sequence[ServingPrediction], training: Sequence[object]) -> None:
    """Fit all rows and write every rate, and the errors to expect of a further model."""
    priors = shipped().constants("serving_priors")
    fitter = ServingFitter(training, priors)  # type: ignore[arg-type]
    fit = fitter.fit(np.ones(len(training), bool))
    seen = {parameter.name for parameter in fit.parameters}
    text = [HEADER]
    for name, prior in sorted(priors.items()):
        fact, note = prior, ""
        if name in seen:
            fact, note = _posterior(prior, fit.interval(name)), "fitted, all rows of both tables"
        text.append(entry(name, fact, note))
    models = len({p.case.model for p in predictions})
    for quantity in QUANTITIES:
        note = f"actual over predicted, {len(predictions)} rows, {models} models held out in turn"
        spread = spread_of(predictions, quantity)
        text.append(spread_entry(f"serving_error_{quantity}", spread, SOURCE, note))
    TARGET.write_text("\n".join(text), encoding="utf-8")


def _posterior(prior: Fact, interval: tuple[float, float, float]) -> Fact:
    scale = prior.value / number(prior)
    low, value, high = (scale * end for end in interval)
    return replace(
        prior, low=low, value=value, high=high, source=SOURCE, confidence="estimated", at=""
    )


if __name__ == "__main__":
    main()
