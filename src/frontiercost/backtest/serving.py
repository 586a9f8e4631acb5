"""Published times of served models predicted with their model held out of the rates."""

import math
from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from frontiercost.backtest.fit_serving import ServingFitter
from frontiercost.backtest.serving_cases import (
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
from frontiercost.physics.arrays import Array
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


def held_out_serving(
    rows: Sequence[ServingCase], training: Sequence[ServingCase], catalogue: Catalogue
) -> list[ServingPrediction]:
    """Predict each row from a fit to the training rows without its model."""
    extra = [] if rows is training else list(rows)
    fitter = ServingFitter([*training, *extra], catalogue.constants("serving_priors"))
    models = np.array([case.model for case in fitter.cases])
    trained_on = np.arange(len(models)) < len(training)
    to_predict = ~trained_on if extra else trained_on
    ideal = _speed_of_light(fitter)
    predictions: dict[int, ServingPrediction] = {}
    for model in dict.fromkeys(models[to_predict]):
        others = trained_on & (models != model)
        times = fitter.times(fitter.fit(others).theta)
        naive = [_scaled(fitter, light, others, kind) for kind, light in enumerate(ideal)]
        for i in map(int, np.flatnonzero(to_predict & (models == model))):
            predictions[i] = ServingPrediction(
                case=fitter.cases[i],
                ttft=float(times.first[i]),
                tpot=float(times.per_token[i]),
                naive_ttft=float(naive[1][i]),
                naive_tpot=float(naive[0][i]),
            )
    return [predictions[i] for i in sorted(predictions)]


def _speed_of_light(fitter: ServingFitter) -> tuple[Array, Array]:
    """Seconds per output token and to the first token at full peaks and bandwidths, alone."""
    machine = forward_pass.ServingMachine(**fitter.chips, **dict.fromkeys(BY_CHIP, 1.0))
    zero = dict.fromkeys((f.name for f in fields(forward_pass.ServingSoftware)), 0.0)
    software = forward_pass.ServingSoftware(**zero | {"cache_share": 1.0, "link_share": 1.0})
    step = forward_pass.pass_time(fitter.steps, fitter.deployment, machine, software).total
    alone = forward_pass.pass_time(fitter.prompts, fitter.deployment, machine, software).total
    return np.asarray(step, np.float64), np.asarray(alone, np.float64)


def _scaled(fitter: ServingFitter, light: Array, others: Array, kind: int) -> Array:
    """The speed of light times the median ratio of the other models' rows of the same sort."""
    count = len(fitter.cases)
    actual = np.exp(fitter.target[kind * count : (kind + 1) * count])
    scaled = np.empty(count)
    for same in (fitter.static, ~fitter.static):
        if same.any():
            pool = others & same
            scaled[same] = light[same] * np.median((actual / light)[pool if pool.any() else others])
    return scaled


def spread_of(predictions: Sequence[ServingPrediction], quantity: str) -> float:
    """Standard deviation of ln(actual/predicted) to expect for a further model."""
    return expected_spread((p.case.model, p.error(quantity)) for p in predictions)


def backtest_serving(rows: list[dict[str, str]] | None, catalogue: Catalogue) -> list[Backtest]:
    """Predict time per output token, time to first token and request rate, each model held out.

    The rows are the shipped ones unless others are given; fits are to the shipped ones, and so is
    the interval: the spread that they showed, each model held out.
    """
    shipped, left_out = measured_cases(measured_rows(), catalogue)
    training = [*shipped, *tool_cases(catalogue)]
    if rows is None:
        to_predict, skipped = shipped, left_out
    else:
        to_predict, skipped = measured_cases(rows, catalogue)
    predictions = held_out_serving(to_predict, training, catalogue) if to_predict else []
    rates = catalogue.constants("serving_rates")
    return [
        Backtest(
            stage="serving",
            quantity=quantity,
            unit=unit,
            predictions=tuple(
                _prediction(p, quantity, recorded_spread(rates, f"serving_error_{quantity}"))
                for p in predictions
            ),
            skipped=skipped if quantity == "tpot" else {},
        )
        for quantity, unit in QUANTITIES.items()
    ]


def _prediction(p: ServingPrediction, quantity: str, spread: float) -> Prediction:
    kind = "MoE" if p.case.architecture.experts else "dense"
    return Prediction(
        id=p.case.id,
        group=f"{p.case.chip.generation} {kind}",
        actual=p.of(quantity, "actual"),
        predicted=interval_around(p.of(quantity), spread),
        naive=p.of(quantity, "naive"),
    )
