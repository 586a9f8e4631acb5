"""Published times of served models predicted as `inference` does, their model held out of all."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache

import numpy as np

from frontiercost.backtest.fit_serving import (
    Mask,
    ServingFitter,
    Times,
    fitted_rates,
    is_nuisance,
)
from frontiercost.backtest.predicting import predictions_of
from frontiercost.backtest.serving_cases import (
    STATIC,
    ServingCase,
    measured_cases,
    measured_rows,
    tool_cases,
)
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics import forward_pass, serving_queue
from frontiercost.physics.serving_deployment import times_of
from frontiercost.physics.serving_machine import ANY_ENGINE, BY_CHIP, machine_on, rates_on
from frontiercost.physics.serving_memory import Request
from frontiercost.stages.inference.serving_error import (
    BY_NAME,
    KINDS,
    error_name,
    error_of,
    kind_of,
    learnt,
)
from frontiercost.stages.prediction_error import Residual, interval_of
from frontiercost.stages.published.case_reading import each
from frontiercost.stages.published.cells import Cells

QUANTITIES = {"tpot": "s", "ttft": "s", "request_throughput": "request/s"}
NAMED = "engine named"
Labels = tuple[str, ...]
Fold = Callable[[ServingCase], Labels]
"""What a case shares with rows that are held out with it: any one of its labels."""


def by_model(case: ServingCase) -> Labels:
    """Return what is held out together: the model."""
    return (case.model,)


@frozen
class ServingPrediction:
    """A case with its predicted times, and those of a naive predictor. Times in seconds."""

    case: ServingCase
    engine: str
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
    """Predicts rows from fits to training rows, each without what a fold holds out together."""

    def __init__(
        self, training: Sequence[ServingCase], catalogue: Catalogue, fold: Fold = by_model
    ) -> None:
        """Fit nothing yet."""
        self._priors = priors = catalogue.constants("serving_priors")
        self._fold, fitter = fold, ServingFitter(training, priors)
        self._labels, self._static = [fold(case) for case in training], fitter.static
        per_token, first = np.exp(fitter.target).reshape(2, -1)
        ideal = _ideal(fitter)
        self._slower = Times(first / ideal.first, per_token / ideal.per_token)
        self._rates = cache(lambda labels: fitted_rates(fitter.fit(self._apart(labels)), priors))

    def predict(self, case: ServingCase, engine: str = ANY_ENGINE) -> ServingPrediction:
        """Predict the times of one row without what is held out with it, its engine not known.

        Naive are those at full peaks and bandwidths times the median ratio of the other rows.
        """
        labels = self._fold(case)
        first, per_token = times(case, self._rates(labels), engine)
        ideal = _ideal(ServingFitter([case], self._priors))
        others = self._others(labels, case)
        return ServingPrediction(
            case=case,
            engine=engine,
            ttft=first,
            tpot=per_token,
            naive_ttft=float(ideal.first[0] * np.median(self._slower.first[others])),
            naive_tpot=float(ideal.per_token[0] * np.median(self._slower.per_token[others])),
        )

    def asked(self, named: bool) -> Callable[[ServingCase], ServingPrediction]:
        """Return how rows are predicted: with the name of their engine or without."""
        return lambda case: self.predict(case, case.engine if named else ANY_ENGINE)

    def _apart(self, labels: Labels) -> Mask:
        """The rows that share no label."""
        return np.array([not set(labels) & set(other) for other in self._labels])

    def _others(self, labels: Labels, case: ServingCase) -> Mask:
        """The rows apart of the same sort, or of any sort where there are none."""
        others = self._apart(labels)
        alike = others & (self._static == (case.engine == STATIC))
        return alike if alike.any() else others


def times(case: ServingCase, rates: Mapping[str, Fact], engine: str) -> tuple[float, float]:
    """Return seconds to the first token and per token, from the rates that `inference` reads.

    Of a static batch, whose host is the tool's, the prompts alone and the step alone.
    """
    is_static = case.engine == STATIC
    if not is_static:
        rates = {name: fact for name, fact in rates.items() if not is_nuisance(name)}
    rate = rates_on(case.chip, case.formats, rates, STATIC if is_static else engine)
    request = Request(prompt=case.prompt, output=case.output)
    machine = machine_on(case.chip, case.formats, rate)
    under_load = times_of(
        case.architecture,
        request,
        case.deployment,
        case.sequences,
        machine,
        rate,
        prompts=case.sequences if is_static else 1.0,
    )
    first, per_token = (
        (under_load.alone, under_load.step)
        if is_static
        else (under_load.first, under_load.per_token)
    )
    return float(first), float(per_token)


def held_out_serving(
    rows: Sequence[ServingCase],
    training: Sequence[ServingCase],
    catalogue: Catalogue,
    fold: Fold = by_model,
    named: bool = False,
) -> list[ServingPrediction]:
    """Predict each row from a fit to the training rows without what is held out with it."""
    fits = HeldOutServing(training, catalogue, fold)
    return [*map(fits.asked(named), rows)]


def _ideal(fitter: ServingFitter) -> Times:
    """Seconds to the first token and per output token at full peaks and bandwidths, alone."""
    machine = forward_pass.ServingMachine(**fitter.chips, **dict.fromkeys(BY_CHIP, 1.0))
    zero = dict.fromkeys((f.name for f in fields(forward_pass.ServingSoftware)), 0.0)
    software = forward_pass.ServingSoftware(**zero | {"cache_share": 1.0, "link_share": 1.0})
    step = forward_pass.pass_time(fitter.steps, fitter.deployment, machine, software).total
    alone = forward_pass.pass_time(fitter.prompts, fitter.deployment, machine, software).total
    return Times(first=np.asarray(alone, np.float64), per_token=np.asarray(step, np.float64))


# --- how far off ----------------------------------------------------------------------------------


def residuals_of(predictions: Iterable[ServingPrediction], quantity: str) -> list[Residual]:
    """Return ln(actual / predicted) of rows, held by their model, engine and chip."""
    return [
        Residual(p.case.holder, kind_of(p.case.architecture), p.error(quantity))
        for p in predictions
    ]


def factors_without(
    predictions: Sequence[ServingPrediction], quantity: str, fold: Fold = by_model
) -> Callable[[ServingCase], Fact]:
    """Return how the error of a case is known from the rows that are not held out with it."""

    @cache
    def factor(labels: Labels, kind: str, engine: str) -> Fact:
        others = [p for p in predictions if not set(fold(p.case)) & set(labels)]
        return learnt(error_name(quantity, kind, engine), residuals_of(others, quantity), kind)

    engine = predictions[0].engine if predictions else ANY_ENGINE
    return lambda case: factor(fold(case), kind_of(case.architecture), engine)


def learnt_factors(predictions: Sequence[ServingPrediction]) -> dict[str, Fact]:
    """Return the factors of every quantity and kind from all rows."""
    engine = predictions[0].engine
    names = [(q, kind, error_name(q, kind, engine)) for q in QUANTITIES for kind in KINDS]
    return {name: learnt(name, residuals_of(predictions, q), kind) for q, kind, name in names}


def backtest_serving(rows: Sequence[Cells] | None, catalogue: Catalogue) -> list[Backtest]:
    """Predict time per output token, time to first token and request rate, each model held out.

    As `inference` answers: the engine is not known; that it is narrows the first token, shown last.
    The rows are the shipped ones unless others are given; fits and intervals are from the shipped
    ones, without the model of a row.
    """
    shipped, left_out = measured_cases(measured_rows(), catalogue)
    fits = HeldOutServing([*shipped, *tool_cases(catalogue)], catalogue)
    read, skipped = (shipped, left_out) if rows is None else measured_cases(rows, catalogue)
    results = []
    for named in (False, True):
        asked = [case for case in read if case.engine != ANY_ENGINE] if named else read
        made, failed = each(asked, fits.asked(named), lambda case: case.id)
        known = _known(made, shipped, fits.asked(named), catalogue)
        for quantity in BY_NAME if named else QUANTITIES:
            results.append(_backtest(quantity, made, known(quantity), NAMED if named else ""))
        skipped = skipped if named else skipped | failed
    results[0].skipped.update(skipped)
    return [result for result in results if result.predictions or not result.subset]


Known = Callable[[ServingCase], Fact]


def _known(
    made: Sequence[ServingPrediction],
    shipped: Sequence[ServingCase],
    predict: Callable[[ServingCase], ServingPrediction],
    catalogue: Catalogue,
) -> Callable[[str], Known]:
    """Return what is known of the error of a quantity: as shipped for models that no row has."""
    if not {p.case.model for p in made} & {case.model for case in shipped}:
        engine = {p.case.id: p.engine for p in made}
        rates = catalogue.constants("serving_rates")
        return lambda q: lambda case: error_of(rates, q, case.architecture, engine[case.id])
    are_shipped = [p.id for p in made] == [case.id for case in shipped]
    every = made if are_shipped else [predict(case) for case in shipped]
    return lambda quantity: factors_without(every, quantity)


def _backtest(
    quantity: str, predictions: Sequence[ServingPrediction], known: Known, subset: str
) -> Backtest:
    made, skipped = predictions_of(predictions, lambda p: _prediction(p, quantity, known(p.case)))
    return Backtest(
        stage="serving",
        quantity=quantity,
        unit=QUANTITIES[quantity],
        predictions=made,
        skipped=skipped,
        subset=subset,
    )


def _prediction(p: ServingPrediction, quantity: str, error: Fact) -> Prediction:
    return Prediction(
        id=p.case.id,
        group=f"{p.case.chip.generation} {p.case.kind}",
        actual=p.of(quantity, "actual"),
        predicted=interval_of(p.of(quantity), [error]),
        naive=p.of(quantity, "naive"),
    )
