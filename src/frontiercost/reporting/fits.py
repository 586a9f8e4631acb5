"""What a purse that is too small would pay for: said without being asked."""

from collections.abc import Iterable
from contextlib import suppress

from frontiercost.analysis.fitting import EVEN
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.number_format import format_quantity
from frontiercost.core.wording import CARRIED
from frontiercost.cost.affordability import Verdict
from frontiercost.cost.choices import FINAL_RUN
from frontiercost.reporting.screen import Fits, Point
from frontiercost.scenario.scenario import Scenario
from frontiercost.stages.evaluation import AnyEvaluation
from frontiercost.stages.verdict_words import FEW

PRICE = {"price": "{} for the chips"}
TRIED = {
    "dataprep": {"tokens": "{} to prepare"},
    "pretrain": {"tokens": "{} to train on", **PRICE},
    "posttrain": {
        "examples": "{} examples",
        "steps": "{} steps",
        "tokens": "{} to train on",
        **PRICE,
    },
    "inference": {"requests": "{}"},
}
"""What each stage is given way on, one at a time, and how it is told."""
ENOUGH = 2
"""Ways that are told."""


def fits_of(scenario: Scenario) -> Fits:
    """Return what tells of an evaluation what each purse that is too small for it would pay for.

    Of several purses each has one way told.
    """

    def fits(e: AnyEvaluation) -> Iterable[Point]:
        short = [v for v in e.verdicts if _is_short(v)]
        if not short or len(short) > FEW:
            return
        if len(e.verdicts) == 1:
            told = list(_answers(scenario, e, short[0]))[:ENOUGH] or _why_not(e, short[0])
        else:
            ways = ((v, next(iter(_answers(_asked_by(scenario, v), e, v)), "")) for v in short)
            told = [f"{verdict.funds.label}: {way}" for verdict, way in ways if way]
        if told:
            yield "Would fit", "; or ".join(told) if len(e.verdicts) == 1 else "; ".join(told)

    return fits


def _is_short(verdict: Verdict) -> bool:
    """Whether there is money, and it is rather too little than enough."""
    chance = verdict.probability
    return verdict.multiple is not None and chance is not None and chance < EVEN


def _asked_by(scenario: Scenario, verdict: Verdict) -> Scenario:
    """Return the same question of one purse alone."""
    actor = verdict.funds.actor
    if actor is None:
        return scenario.without("actor")
    return scenario.without("budget").changed("fits", actor=[actor.name])


def _answers(scenario: Scenario, e: AnyEvaluation, verdict: Verdict) -> Iterable[str]:
    """Yield what would fit at even odds, all else equal: a size, a price, or the run alone."""
    from frontiercost.analysis.solve import solve

    for question, words in TRIED.get(e.stage.name, {}).items():
        with suppress(InputError, NotEvaluatedError):
            solved = solve(scenario.without(question), question)
            if "most" in solved.values:
                most = format_quantity(solved.values["most"], solved.unit, CARRIED)
                yield words.format(most)
    yield from e.stage.answer().fits(e, e.drawn.median(verdict.available))
    if e.terms.programme.whole:
        yield from _final_run(scenario)


def _why_not(e: AnyEvaluation, verdict: Verdict) -> list[str]:
    """Say which line alone takes more than there is, so that no smaller one of its kind fits."""
    median = e.drawn.median
    line = max(e.bill.lines, key=lambda each: median(each.cost))
    if median(line.cost) <= median(verdict.available):
        return []
    cost = format_quantity(median(line.cost), "USD", CARRIED)
    return [f"nothing smaller of its kind: {cost} goes to {line.label.lower()} alone"]


def _final_run(scenario: Scenario) -> Iterable[str]:
    """Yield what the final run alone costs, where that fits."""
    from frontiercost.analysis.fitting import fits
    from frontiercost.stages.evaluation import evaluate

    with suppress(InputError, NotEvaluatedError):
        e = evaluate(scenario.changed("fits", programme=FINAL_RUN.name))
        if fits(e, EVEN):
            cost = format_quantity(e.total.median, "USD", CARRIED)
            yield f"the final run alone ({cost})"
