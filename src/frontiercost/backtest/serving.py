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
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics import forward_pass, serving_queue
from frontiercost.physics.serving_machine import ANY_ENGINE, BY_CHIP, ENGINES
from frontiercost.stages.inference.serving_error import (
    BY_NAME,
    ENGINE_UNKNOWN,
    KINDS,
    error_name,
    errors_of,
    kind_of,
    learnt,
    published,
    within_name,
)
from frontiercost.stages.prediction_error import Residual, ends_fact, interval_of, within_fact
from frontiercost.stages.published.case_reading import each
from frontiercost.stages.published.cells import Cells
from frontiercost.stages.published.serving_cases import (
    STATIC,
    ServingCase,
    measured_cases,
    measured_rows,
    tool_cases,
)

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
    engine_ends: tuple[float, float]
    """ln of the first token's time with the soonest and the latest engine, over that here."""

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
        self._usually_slower = cache(self._usual)

    def predict(self, case: ServingCase, engine: str = ANY_ENGINE) -> ServingPrediction:
        """Predict the times of one row without what is held out with it, its engine not known.

        Naive are those at full peaks and bandwidths times the median ratio of the other rows.
        """
        labels = self._fold(case)
        rates = self._rates(labels)
        first, per_token = times(case, rates, engine)
        ideal = _ideal(ServingFitter([case], self._priors))
        slower = self._usually_slower(labels, case.engine == STATIC)
        return ServingPrediction(
            case=case,
            engine=engine,
            ttft=first,
            tpot=per_token,
            naive_ttft=float(ideal.first[0] * slower.first[0]),
            naive_tpot=float(ideal.per_token[0] * slower.per_token[0]),
            engine_ends=_engine_ends(case, rates),
        )

    def asked(self, named: bool) -> Callable[[ServingCase], ServingPrediction]:
        """Return how rows are predicted: with the name of their engine or without."""
        return lambda case: self.predict(case, case.engine if named else ANY_ENGINE)

    def _apart(self, labels: Labels) -> Mask:
        """The rows that share no label."""
        return np.array([not set(labels) & set(other) for other in self._labels])

    def _usual(self, labels: Labels, static: bool) -> Times:
        """How much slower rows apart are than at full peaks: of the same sort, else of any."""
        others = self._apart(labels)
        alike = others & (self._static == static)
        rows = alike if alike.any() else others
        first, per_token = self._slower.first[rows], self._slower.per_token[rows]
        return Times(np.median(first, keepdims=True), np.median(per_token, keepdims=True))


def times(case: ServingCase, rates: Mapping[str, Fact], engine: str) -> tuple[float, float]:
    """Return seconds to the first token and per token, from the rates that `inference` reads.

    Of a static batch, whose host is the tool's, the prompts alone and the step alone.
    """
    if case.engine == STATIC:
        batch = case.times(rates, STATIC)
        return float(batch.alone), float(batch.step)
    under_load = case.times(_read(rates), engine)
    return float(under_load.first), float(under_load.per_token)


def _read(rates: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the rates that `inference` reads."""
    return {name: fact for name, fact in rates.items() if not is_nuisance(name)}


def _engine_ends(case: ServingCase, rates: Mapping[str, Fact]) -> tuple[float, float]:
    """Return ln of the first token's time with the soonest and latest engine over any's."""
    read = _read(rates)
    usual = case.times(read)
    firsts = [case.first_on(engine, usual, read) / float(usual.first) for engine in ENGINES]
    return math.log(min(firsts)), math.log(max(firsts))


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


def engine_unknown(predictions: Iterable[ServingPrediction]) -> Fact:
    """Return what an engine that is not known adds to the first token."""
    return published(
        ends_fact(ENGINE_UNKNOWN, [(p.case.holder, *p.engine_ends) for p in predictions])
    )


Known = Callable[[ServingPrediction], Sequence[Fact]]
"""The factors between a quantity of a case and its prediction."""


def factors_without(
    named: Sequence[ServingPrediction],
    quantity: str,
    rates: Mapping[str, Fact],
    fold: Fold = by_model,
) -> Known:
    """Return how the error of a prediction is known from rows that are not held out with it.

    These are predicted with their engines' names.
    """

    @cache
    def learnt_apart(labels: Labels, kind: str) -> dict[str, Fact]:
        others = [p for p in named if not set(fold(p.case)) & set(labels)]
        name = error_name(quantity, kind)
        residual = learnt(name, residuals_of(others, quantity), kind)
        return {name: residual, ENGINE_UNKNOWN: engine_unknown(others)}

    def known(p: ServingPrediction) -> Sequence[Fact]:
        arch = p.case.architecture
        apart = learnt_apart(fold(p.case), kind_of(arch))
        return errors_of({**rates, **apart}, quantity, arch, p.case.chip, p.engine)

    return known


def learnt_factors(named: Sequence[ServingPrediction]) -> dict[str, Fact]:
    """Return the factors of every quantity and kind from all rows, and what else is not known."""
    facts = {ENGINE_UNKNOWN: engine_unknown(named)}
    for quantity in QUANTITIES:
        residuals = residuals_of(named, quantity)
        for kind in KINDS:
            name = error_name(quantity, kind)
            facts[name] = learnt(name, residuals, kind)
        name = within_name(quantity)
        facts[name] = published(within_fact(name, residuals))
    return facts


def backtest_serving(rows: Sequence[Cells] | None, catalogue: Catalogue) -> list[Backtest]:
    """Predict time per output token, time to first token and request rate, each model held out.

    As `inference` answers: the engine is not known; that it is narrows the first token, shown last.
    The rows are the shipped ones unless others are given; fits and intervals are from the shipped
    ones, without the model of a row.
    """
    shipped, left_out = measured_cases(measured_rows(), catalogue)
    fits = HeldOutServing([*shipped, *tool_cases(catalogue)], catalogue)
    read, skipped = (shipped, left_out) if rows is None else measured_cases(rows, catalogue)
    known = _known(read, shipped, fits, catalogue)
    results = []
    for named in (False, True):
        asked = [case for case in read if case.engine in ENGINES] if named else read
        made, failed = each(asked, fits.asked(named), lambda case: case.id)
        for quantity in BY_NAME if named else QUANTITIES:
            results.append(_backtest(quantity, made, known(quantity), NAMED if named else ""))
        skipped = skipped if named else skipped | failed
    results[0].skipped.update(skipped)
    return [result for result in results if result.predictions or not result.subset]


def _known(
    read: Sequence[ServingCase],
    shipped: Sequence[ServingCase],
    fits: HeldOutServing,
    catalogue: Catalogue,
) -> Callable[[str], Known]:
    """Return what is known of the error of a quantity: as shipped for models that no row has."""
    rates = catalogue.constants("serving_rates")
    if not {case.model for case in read} & {case.model for case in shipped}:
        return lambda quantity: (
            lambda p: errors_of(rates, quantity, p.case.architecture, p.case.chip, p.engine)
        )
    named = [*map(fits.asked(named=True), shipped)]
    return lambda quantity: factors_without(named, quantity, rates)


def _backtest(
    quantity: str, predictions: Sequence[ServingPrediction], known: Known, subset: str
) -> Backtest:
    made, skipped = predictions_of(predictions, lambda p: _prediction(p, quantity, known(p)))
    return Backtest(
        stage="serving",
        quantity=quantity,
        unit=QUANTITIES[quantity],
        predictions=made,
        skipped=skipped,
        subset=subset,
    )


def _prediction(p: ServingPrediction, quantity: str, errors: Sequence[Fact]) -> Prediction:
    return Prediction(
        id=p.case.id,
        group=f"{p.case.chip.generation} {p.case.kind}",
        holder=p.case.model,
        actual=p.of(quantity, "actual"),
        predicted=interval_of(p.of(quantity), errors),
        naive=p.of(quantity, "naive"),
    )
