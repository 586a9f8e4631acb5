"""What a purse that is too small would pay for: said without being asked."""

from collections.abc import Iterable
from contextlib import suppress

from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.number_format import format_quantity
from frontiercost.core.wording import ABLE, CARRIED
from frontiercost.reporting.screen import Fits, Point
from frontiercost.scenario.scenario import Scenario
from frontiercost.stages.evaluation import AnyEvaluation

TRIED = {"tokens": "{} to train on", "price": "{} for the chips"}
"""What is given way on, one at a time, and how it is told."""


def fits_of(scenario: Scenario) -> Fits:
    """Return what tells of an evaluation what the one purse it was asked with would pay for."""

    def fits(e: AnyEvaluation) -> Iterable[Point]:
        if len(e.verdicts) != 1 or not e.draws.count:
            return
        (verdict,) = e.verdicts
        is_short = verdict.word not in ABLE and verdict.multiple is not None
        if is_short and (answers := list(_answers(scenario))):
            yield "Would fit", "; or ".join(answers)

    return fits


def _answers(scenario: Scenario) -> Iterable[str]:
    """Yield for each quantity the value at which the median cost is the purse, all else equal."""
    from frontiercost.analysis.solve import solve

    for question, words in TRIED.items():
        with suppress(InputError, NotEvaluatedError):
            solved = solve(scenario, question)
            if "most" in solved.values:
                yield words.format(format_quantity(solved.values["most"], solved.unit, CARRIED))
