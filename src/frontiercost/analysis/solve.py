"""What would have to be true: the tokens, size, chips, days, requests or price at which it fits.

Cost rises with each of them, so bisection on the whole model at central values finds where the
median cost is what the funds hold; a budget is read off the draws.
"""

import math
from dataclasses import replace

from frontiercost.analysis.fitting import EVEN, RANGE, largest_fit
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError, nearest, without_effect
from frontiercost.core.facts import mean
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity
from frontiercost.core.units import HOURS_PER_DAY
from frontiercost.core.wording import listed
from frontiercost.cost.choices import LONGEST_DAYS
from frontiercost.scenario.flags import KEYS, SOLVABLE
from frontiercost.scenario.readers import chips_in
from frontiercost.scenario.scenario import Scenario, ScenarioValue
from frontiercost.scenario.user_facts import catalogue_of
from frontiercost.stages.evaluation import AnyEvaluation, evaluate
from frontiercost.stages.posttrain.recipe import recipe_of

FITTED = ("tokens", "params", "price", "days", "steps", "examples", "requests")
"""Questions whose answer is the most that fits with a probability."""
CONFIDENCES = (0.5, 0.8, 0.95)
RANGES = {
    "tokens": (1e6, 1e16),
    "params": (1e7, 1e15),
    "price": (1e-3, 1e3),
    "steps": (1.0, 1e9),
    "examples": (1.0, 1e13),
    "requests": (1.0, 1e13),
}
OF_A_PHASE = ("tokens", "steps", "examples")
"""What is a quantity of a phase where a model is post-trained."""
IN_TIME = ("tokens", "params", "steps", "examples")
"""What chips and a deadline can answer without money."""
PHASES = "phases."
WRITTEN = {"params": (1e9, "B"), "tokens": (1e9, "B"), "price": (1.0, " USD/chip-hour")}
WRITTEN |= {"requests": (1.0, "/day")}
CLOSE = 0.005
MOST_CHIPS = 1 << 20


@frozen
class Solved:
    """An answer: values by name in base units, or the reason why there is none."""

    question: str
    values: dict[str, float]
    unit: str
    reason: str = ""
    evaluation: AnyEvaluation | None = None
    """The scenario with the answer put in, drawn."""
    scenario: Scenario | None = None
    """That scenario."""
    binding: str = ""
    """What keeps it from being more: money, time, or why."""
    deadline: float | None = None
    """Days in which it had to end, where they were given."""


def solve(
    scenario: Scenario,
    question: str,
    catalogue: Catalogue | None = None,
    confidence: float = EVEN,
) -> Solved:
    """Find what would have to be true: tokens, params, steps, chips, days, requests, price, ….

    Raises InputError for another question, or where it lacks what it is asked against.
    """
    if question not in SOLVABLE:
        raise InputError(f"`solve` '{question}': {nearest(question, SOLVABLE)}")
    catalogue = catalogue or catalogue_of(scenario)
    if question == "budget":
        return _budget(evaluate(scenario, catalogue))
    if question == "chips":
        return _chips(scenario, catalogue)
    scenario = _on_own_chips(scenario, question)
    deadline = _allotted_days(scenario, question)
    if deadline is None and not scenario.names_funds:
        also = ", or `chips` (or `own_chips`) and `deadline`" if question in IN_TIME else ""
        if question == "days":
            also = "; how long a run takes on so many `chips` is in the answer without `solve`"
        raise InputError(f"`solve` {question}: needs `budget` or `actor` to fit{also}")
    scenario = scenario.without("deadline") if deadline else scenario
    key = _key(scenario, question, catalogue)
    if scenario.has(key) or key.removeprefix(PHASES) in scenario.phases:
        raise InputError(f"`solve` {question}: `{key}` is given; leave it out")
    return _fitted(scenario, question, key, catalogue, confidence, deadline)


def _on_own_chips(scenario: Scenario, question: str) -> Scenario:
    """Return a question of a deadline on chips that are owned as one of so many chips."""
    alone = question in IN_TIME and scenario.has("deadline") and not scenario.has("chips")
    if not (alone and scenario.has("own_chips")) or scenario.names_funds:
        return scenario
    count, name = chips_in(scenario.text("own_chips"))
    chip = {} if scenario.has("chip") else {"chip": name}
    return scenario.changed(scenario.origin("own_chips"), chips=f"{count:.0f}", **chip)


def _allotted_days(scenario: Scenario, question: str) -> float | None:
    """Return the days for which so many chips are there; None where there is no such allotment."""
    if question not in IN_TIME or not (scenario.has("chips") and scenario.has("deadline")):
        return None
    deadline = scenario.fact("deadline")
    return deadline.value if deadline else None


def _key(scenario: Scenario, question: str, catalogue: Catalogue) -> str:
    """Return the key that a question varies: of post-training, a quantity of its one phase."""
    if question == "days":
        return "tokens"
    if scenario.text("stage") != "posttrain" or question not in OF_A_PHASE:
        if question not in KEYS:
            raise InputError(f"`solve` {question}: is asked of a phase of post-training")
        return question
    recipe = evaluate(scenario.changed("solve", draws="0"), catalogue).detail.recipe
    phases = [phase.name for phase in recipe.phases if phase.sized_by(question)]
    if len(phases) != 1:
        found = f"phases {listed(phases)} each have" if phases else "no phase has"
        single = [
            name
            for name in catalogue.names("recipe")
            if sum(p.sized_by(question) for p in recipe_of(name, catalogue).phases) == 1
        ]
        raise InputError(
            f"`solve` {question}: {found} {question} of their own in recipe {recipe.name}; take "
            f"one with a single such phase, `recipe` {listed(single, 'or')}, or list one [[phase]] "
            "in a file"
        )
    return f"{PHASES}{phases[0]}.{question}"


def _budget(e: AnyEvaluation) -> Solved:
    """Return the sums that are enough with 50, 80 and 95 % probability: quantiles of the cost."""
    if not e.draws.count:
        raise InputError("`solve` budget: needs draws; `draws` 0 gives no probability")
    import numpy as np

    ordered = np.sort(np.broadcast_to(np.asarray(e.bill.total), e.draws.count))
    places = np.arange(len(ordered))
    values = {
        f"{100 * p:.0f}%": float(np.interp(p * (len(ordered) - 1), places, ordered))
        for p in CONFIDENCES
    }
    return Solved("budget", values, "USD", evaluation=e)


def _chips(scenario: Scenario, catalogue: Catalogue) -> Solved:
    """Return the fewest chips that end the run within the deadline, else within a year."""
    if scenario.has("chips"):
        raise InputError("`solve` chips: is given; leave `chips` out")
    deadline = scenario.fact("deadline")
    days = deadline.value if deadline else LONGEST_DAYS
    bare = scenario.without("deadline")

    def late(chips: float) -> float:
        outcome = _at(bare, "chips", chips, catalogue)
        if isinstance(outcome, str):
            return math.inf
        if outcome.workload.held:
            raise InputError(without_effect("`solve` chips", "serving holds its chips all year"))
        return mean(outcome.workload.wall_days) / days

    chips = 1
    while chips < MOST_CHIPS and late(chips) > 1:
        chips *= 2
    if late(chips) > 1:
        reason = f"no number of chips up to {MOST_CHIPS:,} ends it within {days:.0f} days"
        return Solved("chips", {}, "chip", reason)
    low = chips // 2
    while chips - low > max(1, chips // 64):
        middle = (low + chips) // 2
        low, chips = (middle, chips) if late(middle) > 1 else (low, middle)
    return Solved(
        "chips", {"fewest": float(chips)}, "chip", evaluation=_with(bare, "chips", chips, catalogue)
    )


def _fitted(
    scenario: Scenario,
    question: str,
    key: str,
    catalogue: Catalogue,
    confidence: float,
    deadline: float | None,
) -> Solved:
    """Return the largest value of a key that funds and time hold with a probability."""

    def evaluated(value: float, drawn: bool) -> AnyEvaluation:
        more = {} if drawn else {"draws": "0"}
        return evaluate(_set(scenario, key, value, **more), catalogue)

    quantity = key.rsplit(".", 1)[-1]
    (low, high), unit = RANGES[quantity], KEYS[key].reader.unit if key in KEYS else "count"
    fit = largest_fit(evaluated, low, high, CLOSE, confidence, deadline)
    if key not in scenario.read:
        raise InputError(without_effect(f"`solve` {question}"))
    if fit is None:
        too_much = _too_much(quantity, low, deadline)
        return Solved(question, {}, unit, f"{too_much}{_way_out(scenario, deadline, catalogue)}")
    if fit.binding == RANGE:
        return Solved(question, {}, unit, f"any {quantity} up to {fit.value:g} fits")
    filled = _set(scenario, key, fit.value)
    answer = evaluate(filled, catalogue)
    if question != "days":
        values = {"most": fit.value}
        return Solved(question, values, unit, "", answer, filled, fit.binding, deadline)
    hours = answer.draws.summary(answer.workload.chip_hours).median
    days = hours / (answer.workload.chips * HOURS_PER_DAY)
    values = {"longest": days, "tokens": fit.value}
    return Solved("days", values, "day", "", answer, filled, fit.binding)


def _too_much(key: str, low: float, deadline: float | None) -> str:
    """Say that even the least is too much, and what of it does not shrink with the quantity."""
    if key == "price":
        return "even chips for nothing would not fit: what else it takes costs more than there is"
    unit = KEYS[key].reader.unit if key in KEYS else "count"
    one = low == 1
    least = f"one {key.removesuffix('s')}" if one else format_quantity(low, unit)
    goes = ("takes longer" if one else "take longer") if deadline else "costs more"
    return f"even {least}{' a day' if key == 'requests' else ''} {goes} than there is"


def _way_out(scenario: Scenario, deadline: float | None, catalogue: Catalogue) -> str:
    """Say what the money fits otherwise, of a service from an API; else how to find what does."""
    if deadline:
        return "; solve for chips to find how many end it in time"
    e = evaluate(scenario.changed("solve", draws="0"), catalogue)
    usd = min(e.drawn.median(verdict.available) for verdict in e.verdicts)
    ways = "; or ".join(e.stage.answer().fits(e, usd))
    if ways:
        return f", on chips of one's own; what fits is {ways}"
    return "; solve for budget to find what would be enough"


def _set(scenario: Scenario, key: str, value: float, **more: str) -> Scenario:
    scale, suffix = WRITTEN.get(key.rsplit(".", 1)[-1], (1.0, ""))
    text, origin = f"{value / scale:.5g}{suffix}", f"solve {key}"
    if not key.startswith(PHASES):
        return scenario.changed(origin, **{key: text, **more})
    of_phase = {key.removeprefix(PHASES): ScenarioValue(text, "default", origin)}
    return replace(scenario.changed(origin, **more), phases={**scenario.phases, **of_phase})


def _at(scenario: Scenario, key: str, value: float, catalogue: Catalogue) -> AnyEvaluation | str:
    """Evaluate at central values with one key set; return the reason where it cannot be."""
    try:
        return evaluate(_set(scenario, key, value, draws="0"), catalogue)
    except InputError as error:
        return str(error)


def _with(scenario: Scenario, key: str, value: float, catalogue: Catalogue) -> AnyEvaluation:
    return evaluate(_set(scenario, key, value), catalogue)
