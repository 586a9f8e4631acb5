"""Inverse questions, by bisection on the whole model: what is the best this money can train?"""

from collections.abc import Mapping
from contextlib import suppress

from frontiercost.analysis.fitting import EVEN, MONEY, Fit, largest_fit
from frontiercost.analysis.frontier import frontier_flop
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.facts import Draws, Fact, mean
from frontiercost.core.frozen import frozen
from frontiercost.core.units import decimal_year
from frontiercost.cost.market_prices import USUAL_VENDORS, quoted_by
from frontiercost.physics import capability_index, scaling_laws
from frontiercost.scenario.scenario import DEFAULT_STAGE, Scenario
from frontiercost.scenario.user_facts import catalogue_of
from frontiercost.stages.evaluation import AnyEvaluation, evaluate

SMALLEST_FLOP, LARGEST_FLOP = 1e18, 1e28
CLOSE = 0.02
SPARE_CHANCE = 0.1
"""How much surer than asked the best model is where money is left."""
FEW_CHIPS, CHEAPER = 3, 0.95
"""How many other chips are tried, and what one costs at most of what the chip at hand does."""


@frozen
class BestModel:
    """The compute-optimal model that a sum buys: counts, expected loss, and where that stands."""

    evaluation: AnyEvaluation
    params: float
    tokens: float
    loss: float
    capability: float
    months_behind: float
    binding: str
    """What keeps it from being larger: money, time, or why."""
    next_larger: AnyEvaluation | None = None
    """The next larger one, where its cost jumps, so that money is left."""
    other_chip: str = ""
    """A chip that many rent out and on which the same costs less; none where one was named."""


def best_model(
    scenario: Scenario, catalogue: Catalogue | None = None, confidence: float = EVEN
) -> BestModel:
    """Return the compute-optimal model that the funds hold with a probability.

    Size and tokens follow the loss law for each compute; cost rises with compute. Raises InputError
    without funds or where the model is given, NotEvaluatedError when even the smallest costs more.
    """
    if scenario.names_a_model or scenario.text("stage", DEFAULT_STAGE) != DEFAULT_STAGE:
        raise InputError(
            "the best model for a `budget` is found, and pre-trained: leave `model` out"
        )
    catalogue = catalogue or catalogue_of(scenario)
    law = _law(catalogue)
    if not scenario.names_funds:
        raise InputError("`model` or `params` is needed, or a `budget` to find the best model for")
    if scenario.has("tokens", "active_params"):
        given = "tokens" if scenario.has("tokens") else "active_params"
        raise InputError(f"`{given}`: the best model follows from the money; name `params` too")
    fit = _affordable_flop(scenario, law, catalogue, confidence)
    flop = fit.value
    evaluation = evaluate(_sized(scenario, law, flop), catalogue)
    trend = capability_index.from_facts(_values(catalogue, "capability_"))
    year = decimal_year(evaluation.terms.date)
    growth = catalogue.trends["training_compute_frontier"].value
    frontier = mean(
        frontier_flop(DrawnCatalogue(catalogue, Draws(0)), evaluation.terms.date, growth)
    )
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
        binding=fit.binding,
        next_larger=(
            _next_larger(scenario, law, flop, evaluation, confidence)
            if fit.binding == MONEY
            else None
        ),
        other_chip=_other_chip(scenario, law, flop, evaluation),
    )


def _next_larger(
    scenario: Scenario,
    law: scaling_laws.LossLaw,
    flop: float,
    best: AnyEvaluation,
    confidence: float,
) -> AnyEvaluation | None:
    """Return the next larger model where the best leaves money, for the next costs far more."""
    chances = [verdict.probability for verdict in best.verdicts]
    if any(chance is None or chance < confidence + SPARE_CHANCE for chance in chances):
        return None
    try:
        return evaluate(_sized(scenario, law, flop * (1 + 2 * CLOSE)), best.catalogue)
    except InputError:  # which is what binds
        return None


def _other_chip(
    scenario: Scenario, law: scaling_laws.LossLaw, flop: float, best: AnyEvaluation
) -> str:
    """Return the chip on which the same costs least, of the few cheapest by quote and peak.

    Empty where that is the chip at hand, or where chip, price or chips were given. At central
    values.
    """
    if scenario.has("chip", "price", "own_chips", "chips", "mfu", "as_built"):
        return ""
    catalogue, here = best.catalogue, best.chip
    quoted = quoted_by(catalogue, best.terms.date)
    per_peak = {
        name: usd / catalogue.chip(name).peak("bf16").value
        for name, (usd, vendors) in quoted.items()
        if vendors >= USUAL_VENDORS or name == here.name
    }
    cheapest = sorted(per_peak, key=per_peak.__getitem__)
    tried = [*cheapest[: cheapest.index(here.name)][:FEW_CHIPS], here.name]
    costs = {}
    for name in tried if here.name in per_peak else ():
        with suppress(InputError, NotEvaluatedError):
            there = scenario.changed("other chip", chip=name)
            costs[name] = evaluate(_sized(there, law, flop, draws="0"), catalogue).total.median
    least = min(costs, key=costs.__getitem__, default=here.name)
    return least if costs and costs[least] < CHEAPER * costs[here.name] else ""


def _affordable_flop(
    scenario: Scenario, law: scaling_laws.LossLaw, catalogue: Catalogue, confidence: float
) -> Fit:
    """Return the compute that the funds hold."""

    def evaluated(flop: float, drawn: bool) -> AnyEvaluation:
        more = {} if drawn else {"draws": "0"}
        return evaluate(_sized(scenario, law, flop, **more), catalogue)

    fit = largest_fit(evaluated, SMALLEST_FLOP, LARGEST_FLOP, CLOSE, confidence)
    if fit is None:
        raise NotEvaluatedError(
            "`budget`: too small for any run that the model of cost covers "
            f"({SMALLEST_FLOP:.0e} FLOP already costs more)"
        )
    return fit


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
