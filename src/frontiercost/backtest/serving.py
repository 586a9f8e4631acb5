"""Published times of served models predicted as `inference` does, their model held out of all."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

import numpy as np

from frontiercost.backtest.fit_serving import ServingFitter, fitted_rates, is_nuisance
from frontiercost.backtest.predicting import predictions_of
from frontiercost.backtest.serving_rows import Mask, ServingRow, ServingRows, Times
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics import serving_queue
from frontiercost.physics.arrays import Array
from frontiercost.physics.serving_machine import ANY_ENGINE, ENGINES, rates_on
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
        self,
        training: Sequence[ServingCase],
        catalogue: Catalogue,
        fold: Fold = by_model,
        tell: Callable[[str], object] = str,
    ) -> None:
        """Fit nothing yet; `tell` is told what is held out of the next fit."""
        priors = catalogue.constants("serving_priors")
        self._fold, fitter = fold, ServingFitter(training, priors)
        self._labels, self._static = [fold(case) for case in training], fitter.static
        per_token, first = np.exp(fitter.target).reshape(2, -1)
        ideal = fitter.rows.ideal
        self._slower = Times(first / ideal.first, per_token / ideal.per_token)

        def fitted_apart(labels: Labels) -> dict[str, Fact]:
            tell(f"serving, a fit without {' and '.join(labels)}")
            return fitted_rates(fitter.fit(self._apart(labels)), priors)

        self._rates, self._usually_slower = cache(fitted_apart), cache(self._usual)

    def predict(self, cases: Sequence[ServingCase], named: bool = False) -> list[ServingPrediction]:
        """Predict the times of rows, each without what is held out with it.

        Their engines are known by name or not. Naive are times at full peaks and bandwidths times
        the median ratio of the other rows.
        """
        return self.predict_rows([*map(ServingRow.of, cases)], named)

    def predict_rows(
        self, read: Sequence[ServingRow], named: bool = False
    ) -> list[ServingPrediction]:
        """Predict rows that are read already; see `predict`."""
        if not read:
            return []
        rows, apart = ServingRows(read), [self._rates(self._fold(row.case)) for row in read]
        engines = [row.case.engine if named else ANY_ENGINE for row in read]
        times = times_of_rows(rows, apart, engines)
        soonest, latest = _engine_ends(rows, apart)
        ideal = rows.ideal
        usual = np.array(
            [self._usually_slower(self._fold(c), c.engine == STATIC) for c in rows.cases]
        )
        naive = Times(ideal.first * usual[:, 0], ideal.per_token * usual[:, 1])
        return [
            ServingPrediction(
                case=case,
                engine=engines[i],
                ttft=float(times.first[i]),
                tpot=float(times.per_token[i]),
                naive_ttft=float(naive.first[i]),
                naive_tpot=float(naive.per_token[i]),
                engine_ends=(float(soonest[i]), float(latest[i])),
            )
            for i, case in enumerate(rows.cases)
        ]

    def _apart(self, labels: Labels) -> Mask:
        """The rows that share no label."""
        return np.array([not set(labels) & set(other) for other in self._labels])

    def _usual(self, labels: Labels, static: bool) -> tuple[float, float]:
        """How much slower rows apart are than ideal, both times: of the same sort, else of any."""
        others = self._apart(labels)
        alike = others & (self._static == static)
        rows = alike if alike.any() else others
        slower = (self._slower.first[rows], self._slower.per_token[rows])
        return float(np.median(slower[0])), float(np.median(slower[1]))


def times_of_rows(
    rows: ServingRows, rates: Sequence[Mapping[str, Fact]], engines: Sequence[str]
) -> Times:
    """Return seconds to the first token and per token, from the rates that `inference` reads.

    Of a static batch, whose host is the tool's, the prompts alone and the step alone.
    """
    return rows.times(_columns(rows, rates, engines))


def _columns(
    rows: ServingRows, rates: Sequence[Mapping[str, Fact]], engines: Sequence[str]
) -> dict[str, Array]:
    """Return the rates of every row by name: those that `inference` reads, but for the tool's."""
    of_alike: dict[object, dict[str, float]] = {}
    of_rows = []
    for case, facts, engine in zip(rows.cases, rates, engines, strict=True):
        families = (case.formats.family, case.formats.expert_family)
        alike = (id(facts), case.chip.name, *families, engine, case.engine == STATIC)
        if alike not in of_alike:
            asked = (facts, STATIC) if case.engine == STATIC else (_read(facts), engine)
            of_alike[alike] = rates_on(case.chip, case.formats, *asked)
        of_rows.append(of_alike[alike])
    return {name: np.array([rate[name] for rate in of_rows]) for name in of_rows[0]}


def _read(rates: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the rates that `inference` reads."""
    return {name: fact for name, fact in rates.items() if not is_nuisance(name)}


def _engine_ends(rows: ServingRows, rates: Sequence[Mapping[str, Fact]]) -> tuple[Array, Array]:
    """Return ln of the first token's time with the soonest and latest engine over any's."""

    def columns(engine: str) -> dict[str, Array]:
        return _columns(rows, rates, [engine] * len(rates))

    usual = rows.under_load(columns(ANY_ENGINE))
    firsts = [rows.first_token(usual, columns(engine)) / usual.first for engine in ENGINES]
    return np.log(np.min(firsts, axis=0)), np.log(np.max(firsts, axis=0))


def held_out_serving(
    rows: Sequence[ServingCase],
    training: Sequence[ServingCase],
    catalogue: Catalogue,
    fold: Fold = by_model,
    named: bool = False,
) -> list[ServingPrediction]:
    """Predict each row from a fit to the training rows without what is held out with it."""
    return HeldOutServing(training, catalogue, fold).predict(rows, named)


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
    def learnt_apart(labels: Labels, kind: str) -> Mapping[str, Fact]:
        others = [p for p in named if not set(fold(p.case)) & set(labels)]
        name = error_name(quantity, kind)
        residual = learnt(name, residuals_of(others, quantity), kind)
        return {**rates, name: residual, ENGINE_UNKNOWN: engine_unknown(others)}

    def known(p: ServingPrediction) -> Sequence[Fact]:
        arch = p.case.architecture
        apart = learnt_apart(fold(p.case), kind_of(arch))
        return errors_of(apart, quantity, arch, p.case.chip, p.engine)

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


def backtest_serving(
    rows: Sequence[Cells] | None, catalogue: Catalogue, tell: Callable[[str], object] = str
) -> list[Backtest]:
    """Predict time per output token, time to first token and request rate, each model held out.

    As `inference` answers: the engine is not known; that it is narrows the first token, shown last.
    The rows are the shipped ones unless others are given; fits and intervals are from the shipped
    ones, without the model of a row; `tell` is told which is next.
    """
    shipped, left_out = measured_cases(measured_rows(), catalogue)
    fits = HeldOutServing([*shipped, *tool_cases(catalogue)], catalogue, tell=tell)
    read, skipped = (shipped, left_out) if rows is None else measured_cases(rows, catalogue)
    known = _known(read, shipped, fits, catalogue)
    sound, unread = each(read, ServingRow.of, lambda case: case.id)
    results = []
    for named in (False, True):
        asked = [row for row in sound if row.case.engine in ENGINES or not named]
        made = fits.predict_rows(asked, named)
        for quantity in BY_NAME if named else QUANTITIES:
            results.append(_backtest(quantity, made, known(quantity), NAMED if named else ""))
    skipped = skipped | unread
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
    named = fits.predict(shipped, named=True)
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
