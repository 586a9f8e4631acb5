"""Inverse questions, by bisection on the whole model: what is the best this money can train?"""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.facts import Draws, Fact, mean
from frontiercost.core.frozen import frozen
from frontiercost.core.units import decimal_year
from frontiercost.physics import capability_index, scaling_laws
from frontiercost.scenario.scenario import DEFAULT_STAGE, Scenario
from frontiercost.scenario.user_facts import catalogue_of
from frontiercost.stages.evaluation import AnyEvaluation, evaluate

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

SMALLEST_FLOP, LARGEST_FLOP, DECADE = 1e18, 1e28, 10.0
SMALLEST_COST = 1e-12
CLOSE = 0.02


@frozen
class BestModel:
    """The compute-optimal model that a sum buys: counts, expected loss, and where that stands."""

    evaluation: AnyEvaluation
    params: float
    tokens: float
    loss: float
    capability: float
    months_behind: float


def best_model(scenario: Scenario, catalogue: Catalogue | None = None) -> BestModel:
    """Return the compute-optimal model whose median cost is what the funds hold.

    Size and tokens follow the loss law for each compute; cost rises with compute, so bisection on
    its logarithm finds the one that fits. Raises InputError without funds or where the model is
    given, NotEvaluatedError when even the smallest run costs more.
    """
    if scenario.names_a_model or scenario.text("stage", DEFAULT_STAGE) != DEFAULT_STAGE:
        raise InputError(
            "the best model for a `budget` is found, and pre-trained: leave `model` out"
        )
    catalogue = catalogue or catalogue_of(scenario)
    law = _law(catalogue)
    if not scenario.names_funds:
        raise InputError("`model` or `params` is needed, or a `budget` to find the best model for")
    flop = _affordable_flop(scenario, law, catalogue)
    evaluation = evaluate(_sized(scenario, law, flop), catalogue)
    trend = capability_index.from_facts(_values(catalogue, "capability_"))
    year = decimal_year(evaluation.terms.date)
    growth = catalogue.trends["training_compute_frontier"].value
    frontier = mean(frontier_flop(DrawnCatalogue(catalogue, Draws(0)), year, growth))
    params, tokens = (
        float(scaling_laws.optimal_params(law, flop)),
        float(scaling_laws.optimal_tokens(law, flop)),
    )
    return BestModel(
        evaluation=evaluation,
        params=params,
        tokens=tokens,
        loss=float(scaling_laws.loss(law, params, tokens)),
        capability=float(capability_index.capability(trend, flop, year)),
        months_behind=float(capability_index.months_behind(trend, flop, frontier, growth)),
    )


def _affordable_flop(scenario: Scenario, law: scaling_laws.LossLaw, catalogue: Catalogue) -> float:
    """Return the compute whose central cost is what the first funds hold."""

    def central(flop: float) -> AnyEvaluation:
        return evaluate(_sized(scenario, law, flop, draws="0"), catalogue)

    def excess(flop: float) -> float | None:
        try:
            found = central(flop)
        except InputError:  # so large that no plan spreads it
            return None
        return log_excess(found, "`budget`: there is no money, so there is nothing it can train")

    place = bracket(excess, SMALLEST_FLOP, LARGEST_FLOP)
    if place is None:
        central(SMALLEST_FLOP)  # says why
    fits, too_much = place or (0.0, 0.0)
    if not fits:
        raise NotEvaluatedError(
            "`budget`: too small for any run that the model of cost covers "
            f"({SMALLEST_FLOP:.0e} FLOP already costs more)"
        )
    return root(excess, fits, too_much, CLOSE)


def log_excess(e: AnyEvaluation, no_money: str) -> float:
    """Return ln(cost / available) of the first funds; raise InputError where it is empty."""
    available = mean(e.verdicts[0].available)
    if not available:
        raise InputError(no_money)
    return math.log(max(mean(e.bill.total), SMALLEST_COST) / available)


def bracket(
    excess: Callable[[float], float | None], low: float, high: float
) -> tuple[float, float] | None:
    """Return neighbouring steps between which a rising function crosses zero, in factors of ten.

    None in its place: it cannot be evaluated there. A first of 0: it is positive from the start; a
    last of infinity: nowhere up to `high`; None: it can be evaluated nowhere.
    """
    below, value = 0.0, low
    evaluated = False
    while value <= high:
        found = excess(value)
        if found is not None:
            evaluated = True
            if found > 0:
                return below, value
            below = value
        elif evaluated:
            return below, value
        value *= DECADE
    return (below, math.inf) if evaluated else None


def root(excess: Callable[[float], float | None], low: float, high: float, close: float) -> float:
    """Bisect on the logarithm where a rising function crosses zero, or cannot be evaluated.

    Returns `low` where it does so nowhere, `high` being infinite.
    """
    while not math.isinf(high) and high / low > 1 + close:
        middle = math.sqrt(low * high)
        found = excess(middle)
        fits = found is not None and found <= 0
        low, high = (middle, high) if fits else (low, middle)
    return low


def _sized(scenario: Scenario, law: scaling_laws.LossLaw, flop: float, **more: str) -> Scenario:
    """Return the scenario for the compute-optimal model of so much compute."""
    params, tokens = scaling_laws.optimal_params(law, flop), scaling_laws.optimal_tokens(law, flop)
    sizes: Mapping[str, str] = {
        "name": "the best model",
        "params": f"{params:.4g}",
        "tokens": f"{tokens:.4g}",
        **more,
    }
    return scenario.changed("compute-optimal", **sizes)


def _law(catalogue: Catalogue) -> scaling_laws.LossLaw:
    return scaling_laws.from_facts(_values(catalogue, "loss_"))


def trend_values(catalogue: Catalogue, prefix: str) -> dict[str, Fact]:
    """Return the facts of physics whose names start so."""
    facts = catalogue.constants("physics")
    return {key: facts[key] for key in facts if key.startswith(prefix)}


def _values(catalogue: Catalogue, prefix: str) -> dict[str, float]:
    return {key: fact.value for key, fact in trend_values(catalogue, prefix).items()}


def frontier_flop(drawn: DrawnCatalogue, year: float, growth: "Number") -> "Number":
    """Return the compute of the largest run at a date: the last known one, grown by the trend."""
    known = drawn.fact("frontier_compute")
    grown: Number = growth ** max(year - decimal_year(known.as_of), 0.0)
    return drawn.sample(known) * grown
