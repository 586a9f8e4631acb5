"""Published times of served models predicted with their model held out of the rates."""

import math
from collections.abc import Sequence
from dataclasses import fields
from functools import cache

import numpy as np

from frontiercost.backtest.case_reading import each, predictions_of
from frontiercost.backtest.cells import Cells
from frontiercost.backtest.fit_serving import Mask, ServingFitter, Times
from frontiercost.backtest.serving_cases import (
    STATIC,
    ServingCase,
    measured_cases,
    measured_rows,
    tool_cases,
)
from frontiercost.backtest.summary import (
    Backtest,
    Prediction,
    expected_spread,
    interval_around,
    recorded_spread,
)
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.frozen import frozen
from frontiercost.physics import forward_pass, serving_queue
from frontiercost.physics.serving_machine import BY_CHIP

QUANTITIES = {"tpot": "s", "ttft": "s", "request_throughput": "request/s"}


@frozen
class ServingPrediction:
    """A case with its predicted times, and those of a naive predictor. Times in seconds."""

    case: ServingCase
    ttft: float
    tpot: float
    naive_ttft: float
    naive_tpot: float

    @property
    def id(self) -> str:
        """The row's."""
        return self.case.id

    def of(self, quantity: str, who: str = "ours") -> float:
        """Return a quantity: as published (`actual`), by us (`ours`), naive, or by the `tool`."""
        first, per_token = {
            "actual": (self.case.ttft, self.case.tpot),
            "ours": (self.ttft, self.tpot),
            "naive": (self.naive_ttft, self.naive_tpot),
            "tool": (self.case.tool_ttft or math.nan, self.case.tool_tpot or math.nan),
        }[who]
        rate = serving_queue.request_rate(self.case.concurrency, first, per_token, self.case.output)
        return float({"ttft": first, "tpot": per_token, "request_throughput": rate}[quantity])

    def error(self, quantity: str, who: str = "ours") -> float:
        """Return ln(actual / predicted)."""
        return math.log(self.of(quantity, "actual") / self.of(quantity, who))


class HeldOutServing:
    """Predicts rows from fits to training rows, each fit without one model."""

    def __init__(self, training: Sequence[ServingCase], catalogue: Catalogue) -> None:
        """Fit nothing yet."""
        self._priors = catalogue.constants("serving_priors")
        fitter = ServingFitter(training, self._priors)
        self._models, self._static = np.array([case.model for case in training]), fitter.static
        per_token, first = np.exp(fitter.target).reshape(2, -1)
        ideal = _ideal(fitter)
        self._slower = Times(first / ideal.first, per_token / ideal.per_token)
        self._fit = cache(lambda model: fitter.fit(self._models != model))

    def predict(self, case: ServingCase) -> ServingPrediction:
        """Predict the times of one row without its model.

        Naive are those at full peaks and bandwidths times the median ratio of the other rows.
        """
        row = ServingFitter([case], self._priors)
        times, ideal = row.times(row.theta_of(self._fit(case.model))), _ideal(row)
        others = self._others(case)
        return ServingPrediction(
            case=case,
            ttft=float(times.first[0]),
            tpot=float(times.per_token[0]),
            naive_ttft=float(ideal.first[0] * np.median(self._slower.first[others])),
            naive_tpot=float(ideal.per_token[0] * np.median(self._slower.per_token[others])),
        )

    def _others(self, case: ServingCase) -> Mask:
        """The rows of other models of the same sort, or of any sort where there are none."""
        others: Mask = self._models != case.model
        alike = others & (self._static == (case.engine == STATIC))
        return alike if alike.any() else others


def held_out_serving(
    rows: Sequence[ServingCase], training: Sequence[ServingCase], catalogue: Catalogue
) -> list[ServingPrediction]:
    """Predict each row from a fit to the training rows without its model."""
    return [*map(HeldOutServing(training, catalogue).predict, rows)]


def _ideal(fitter: ServingFitter) -> Times:
    """Seconds to the first token and per output token at full peaks and bandwidths, alone."""
    machine = forward_pass.ServingMachine(**fitter.chips, **dict.fromkeys(BY_CHIP, 1.0))
    zero = dict.fromkeys((f.name for f in fields(forward_pass.ServingSoftware)), 0.0)
    software = forward_pass.ServingSoftware(**zero | {"cache_share": 1.0, "link_share": 1.0})
    step = forward_pass.pass_time(fitter.steps, fitter.deployment, machine, software).total
    alone = forward_pass.pass_time(fitter.prompts, fitter.deployment, machine, software).total
    return Times(first=np.asarray(alone, np.float64), per_token=np.asarray(step, np.float64))


def spread_of(predictions: Sequence[ServingPrediction], quantity: str) -> float:
    """Standard deviation of ln(actual/predicted) to expect for a further model."""
    return expected_spread((p.case.model, p.error(quantity)) for p in predictions)


def backtest_serving(rows: Sequence[Cells] | None, catalogue: Catalogue) -> list[Backtest]:
    """Predict time per output token, time to first token and request rate, each model held out.

    The rows are the shipped ones unless others are given; fits are to the shipped ones, and so is
    the interval: the spread that they showed, each model held out.
    """
    shipped, left_out = measured_cases(measured_rows(), catalogue)
    fits = HeldOutServing([*shipped, *tool_cases(catalogue)], catalogue)
    read, skipped = (shipped, left_out) if rows is None else measured_cases(rows, catalogue)
    predictions, failed = each(read, fits.predict, lambda case: case.id)
    results = [_backtest(quantity, predictions, catalogue) for quantity in QUANTITIES]
    results[0].skipped.update(skipped | failed)
    return results


def _backtest(
    quantity: str, predictions: Sequence[ServingPrediction], catalogue: Catalogue
) -> Backtest:
    rates = catalogue.constants("serving_rates")
    spread = recorded_spread(rates, f"serving_error_{quantity}")
    made, skipped = predictions_of(predictions, lambda p: _prediction(p, quantity, spread))
    return Backtest(
        stage="serving",
        quantity=quantity,
        unit=QUANTITIES[quantity],
        predictions=made,
        skipped=skipped,
    )


def _prediction(p: ServingPrediction, quantity: str, spread: float) -> Prediction:
    kind = "MoE" if p.case.architecture.experts else "dense"
    return Prediction(
        id=p.case.id,
        group=f"{p.case.chip.generation} {kind}",
        actual=p.of(quantity, "actual"),
        predicted=interval_around(p.of(quantity), spread),
        naive=p.of(quantity, "naive"),
    )
