"""Measured speeds of llama.cpp on devices at home and in offices, each device held out."""

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from frontiercost.backtest.fit_serving import SOURCE
from frontiercost.backtest.least_squares import Fit, fitted, parameter_of, posterior, robust_rows
from frontiercost.backtest.predicting import predictions_of
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.store import Catalogue, shipped
from frontiercost.core.facts import Fact
from frontiercost.physics.arrays import Array
from frontiercost.physics.local_serving import RATES
from frontiercost.physics.number_formats import GGUF
from frontiercost.physics.realised_rates import number as in_seconds
from frontiercost.stages.inference.serving_error import (
    local_error_name,
    published,
)
from frontiercost.stages.prediction_error import Residual, interval_of, residual_fact
from frontiercost.stages.published.cells import Cells
from frontiercost.stages.published.local_cases import QUANTITIES, LocalCase, local_cases

NAMES = tuple(f"{name}_{GGUF}" for name in RATES)
SIGMA = 0.2
"""Of ln of a measured speed about what the device is capable of."""


def local_rows() -> list[dict[str, str]]:
    """Read the shipped measurements."""
    return shipped().rows("serving_local.csv")


# --- the fit --------------------------------------------------------------------------------------


def fit_local(cases: Sequence[LocalCase], priors: Mapping[str, Fact]) -> Fit:
    """Fit the five rates to speeds in ln, devices weighing like the root of their rows."""
    parameters = tuple(parameter_of(name, priors[name]) for name in NAMES)
    asked = [(c, q) for c in cases for q in QUANTITIES if c.rate(q)]
    target = np.log([case.rate(quantity) or 1.0 for case, quantity in asked])
    devices = [case.chip.name for case, _ in asked]
    scale = np.array([devices.count(name) ** -0.25 for name in devices]) / SIGMA

    def logs(theta: Array) -> Array:
        rates = {p.name: p.value(theta[i]) for i, p in enumerate(parameters)}
        return np.log([case.predicted(quantity, rates) for case, quantity in asked])

    return fitted(parameters, lambda theta: robust_rows(logs, target, scale, theta))


def local_rates(fit: Fit, priors: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the fitted rates as facts."""
    return {name: posterior(priors[name], fit.interval(name), SOURCE) for name in NAMES}


# --- how far off ----------------------------------------------------------------------------------


class HeldOutDevices:
    """Predicts rows from fits to others, each without one device."""

    def __init__(self, training: Sequence[LocalCase], priors: Mapping[str, Fact]) -> None:
        """Fit nothing yet."""
        self._training = training

        def rates_without(device: str) -> dict[str, float]:
            others = [case for case in training if case.chip.name != device]
            facts = local_rates(fit_local(others, priors), priors)
            return {name: in_seconds(fact) for name, fact in facts.items()}

        self._rates = cache(rates_without)

    def predicted(self, case: LocalCase, quantity: str) -> float:
        """Return a speed predicted without the device [token/s]."""
        return case.predicted(quantity, self._rates(case.chip.name))

    def residuals(self, quantity: str) -> list[Residual]:
        """Return ln(actual / predicted) of the training rows, held by their device."""
        return [
            Residual(c.chip.name, GGUF, math.log(rate / self.predicted(c, quantity)))
            for c in self._training
            if (rate := c.rate(quantity))
        ]

    def factor(self, quantity: str, without: str = "") -> Fact:
        """Return the factor between a predicted speed and what happens, from other devices."""
        others = [r for r in self.residuals(quantity) if r.holder != without]
        return published(residual_fact(local_error_name(quantity), others, GGUF))


def backtest_local(rows: Sequence[Cells] | None, catalogue: Catalogue) -> list[Backtest]:
    """Predict speeds of decoding and of reading prompts, each device held out."""
    shipped_cases, left_out = local_cases(local_rows(), catalogue)
    fits = HeldOutDevices(shipped_cases, catalogue.constants("serving_priors"))
    read, skipped = (shipped_cases, left_out) if rows is None else local_cases(rows, catalogue)
    factor = cache(fits.factor)
    results = []
    for quantity, unit in QUANTITIES.items():
        asked = [case for case in read if case.rate(quantity)]

        def prediction(case: LocalCase, quantity: str = quantity) -> Prediction:
            predicted = fits.predicted(case, quantity)
            known = factor(quantity, case.chip.name)
            return Prediction(
                id=case.id,
                group=case.chip.label.partition(" (")[0],
                holder=case.chip.name,
                actual=case.rate(quantity) or math.nan,
                predicted=interval_of(predicted, [known]),
                naive=_naive(case, quantity, shipped_cases),
            )

        made, failed = predictions_of(asked, prediction)
        results.append(
            Backtest(
                stage="local-serving",
                quantity=quantity,
                unit=unit,
                predictions=made,
                skipped=failed,
            )
        )
    results[0].skipped.update(skipped)
    return results


def _naive(case: LocalCase, quantity: str, training: Sequence[LocalCase]) -> float:
    """Return the speed at full bandwidth and peak times the median share of other devices."""
    others = [c for c in training if c.chip.name != case.chip.name and c.rate(quantity)]
    shares = [(c.rate(quantity) or 1.0) / c.predicted(quantity, IDEAL) for c in others]
    return case.predicted(quantity, IDEAL) * float(np.median(shares))


IDEAL = dict.fromkeys(NAMES, 1.0) | {f"layer_overhead_{GGUF}": 0.0, f"kernel_peak_{GGUF}": math.inf}
