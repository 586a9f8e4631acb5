"""Inverse questions, by bisection on the whole model: what is the best this money can train?"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from frontiercost.catalogue import Catalogue
from frontiercost.errors import InputError, NotEvaluatedError
from frontiercost.evaluation import Evaluation, evaluate
from frontiercost.facts import Draws, Fact, mean
from frontiercost.frozen import frozen
from frontiercost.own import catalogue_of
from frontiercost.physics import capability, scaling
from frontiercost.scenario import Given, Scenario
from frontiercost.units import decimal_year

if TYPE_CHECKING:
    from frontiercost.facts import Number

SMALLEST_FLOP, LARGEST_FLOP, DECADE = 1e18, 1e28, 10
CLOSE = 0.02


@frozen
class BestModel:
    """The compute-optimal model that a sum buys: counts, expected loss, and where that stands."""

    evaluation: Evaluation
    params: float
    tokens: float
    loss: float
    capability: float
    months_behind: float


def best_model(scenario: Scenario, catalogue: Catalogue | None = None) -> BestModel:
    """Return the compute-optimal model whose median cost is what the purse holds.

    Size and tokens follow the loss law for each compute; cost rises with compute, so bisection on
    its logarithm finds the one that fits. Raises InputError without a purse, NotEvaluatedError
    when even the smallest run costs more.
    """
    catalogue = catalogue or catalogue_of(scenario)
    law = _law(catalogue)

    if not scenario.names_a_purse:
        raise InputError("MODEL or --params is needed, or a --budget to find the best model for")

    def excess(flop: float) -> float:
        found = evaluate(_sized(scenario, law, flop, draws="0"), catalogue)
        available = mean(found.verdicts[0].available)
        if not available:
            raise InputError("--budget: there is no money, so there is nothing it can train")
        return math.log(mean(found.bill.total) / available)

    flop = _root(excess, SMALLEST_FLOP)
    evaluation = evaluate(_sized(scenario, law, flop), catalogue)
    trend = capability.from_facts(_values(catalogue, "capability_"))
    year = decimal_year(evaluation.terms.date)
    growth = catalogue.trends["training_compute_frontier"].value
    frontier = mean(frontier_flop(catalogue, year, growth, Draws(0)))
    params, tokens = (
        float(scaling.optimal_params(law, flop)),
        float(scaling.optimal_tokens(law, flop)),
    )
    return BestModel(
        evaluation=evaluation,
        params=params,
        tokens=tokens,
        loss=float(scaling.loss(law, params, tokens)),
        capability=float(capability.capability(trend, flop, year)),
        months_behind=float(capability.months_behind(trend, flop, frontier, growth)),
    )


def _root(excess: Callable[[float], float], low: float) -> float:
    """Return where a rising function crosses zero: steps of ten, then bisection on the log.

    Raises NotEvaluatedError when it is positive from the start.
    """
    if excess(low) > 0:
        raise NotEvaluatedError(
            "--budget: too small for any run that the model of cost covers "
            f"({low:.0e} FLOP already costs more)"
        )
    high = DECADE * low
    while high < LARGEST_FLOP and excess(high) <= 0:
        low, high = high, DECADE * high
    while high / low > 1 + CLOSE:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if excess(middle) > 0 else (middle, high)
    return low


def _sized(scenario: Scenario, law: scaling.LossLaw, flop: float, **more: str) -> Scenario:
    """Return the scenario for the compute-optimal model of so much compute."""
    params, tokens = scaling.optimal_params(law, flop), scaling.optimal_tokens(law, flop)
    sizes: Mapping[str, str] = {
        "name": "the best model",
        "params": f"{params:.4g}",
        "tokens": f"{tokens:.4g}",
        **more,
    }
    given = {key: Given(text, "default", "compute-optimal") for key, text in sizes.items()}
    return replace(scenario, values={**scenario.values, **given})


def _law(catalogue: Catalogue) -> scaling.LossLaw:
    return scaling.from_facts(_values(catalogue, "loss_"))


def trend_values(catalogue: Catalogue, prefix: str) -> dict[str, Fact]:
    """Return the facts of physics whose names start so."""
    facts = catalogue.constants("physics")
    return {key: facts[key] for key in facts if key.startswith(prefix)}


def _values(catalogue: Catalogue, prefix: str) -> dict[str, float]:
    return {key: fact.value for key, fact in trend_values(catalogue, prefix).items()}


def frontier_flop(catalogue: Catalogue, year: float, growth: "Number", draws: Draws) -> "Number":
    """Return the compute of the largest run at a date: the last known one, grown by the trend."""
    known = catalogue.assumption("frontier_compute")
    grown: Number = growth ** max(year - decimal_year(known.as_of), 0.0)
    return draws.of(known) * grown
