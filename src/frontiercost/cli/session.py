"""From flags to an answer: build the scenario, evaluate, report, write, gate."""

import os
from shlex import quote
from typing import TYPE_CHECKING

import typer

from frontiercost.cli.output import emit, folder_of, say, write
from frontiercost.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from frontiercost.cli.flags import FlagValues
    from frontiercost.core.report import Report
    from frontiercost.reporting.screen import Fits
    from frontiercost.scenario.scenario import Scenario
    from frontiercost.stages.evaluation import AnyEvaluation

BACKTEST_DRAWS = 1024


def answer(command: str, values: "FlagValues") -> None:
    """Evaluate one stage as asked for by flags and print it; exit 3 when a gate fails."""
    from frontiercost.scenario.scenario import build, of_environment

    scenario = build(
        values.question(),
        values["scenario"],
        values["set"] or (),
        {"stage": command},
        of_environment(os.environ),
        spelling=values.spelling,
    )
    if scenario.text("stage") != command:
        stage, file = scenario.text("stage"), values["scenario"]
        way = f" --scenario {quote(str(file))}" if file else ""
        raise InputError(
            f"{scenario.origin('stage')}: is for {stage}; run: frontiercost {stage}{way}"
        )
    evaluation, result = _answered(scenario, command, values)
    wanted = None
    if values["fail_over_budget"]:
        if evaluation or not scenario.names_funds:
            _check_gate(evaluation)
        wanted = _confidence(values)
    values.refuse_unread()
    if values["save"]:
        from frontiercost.scenario.saving import to_toml

        write(to_toml(scenario, folder_of(values["save"])), values["save"], "--save")
    emit(result, values)
    if wanted is not None:
        _say_near(evaluation, wanted)
    if wanted is not None and not _passes(evaluation, wanted):
        raise typer.Exit(ExitCode.GATE_FAILED)


def _confidence(values: "FlagValues") -> float:
    """Return the probability that is enough."""
    fact = values.fact("confidence")
    if fact is None or not fact.exact:
        raise InputError(f"--confidence '{values['confidence']}': write one probability, not two")
    return fact.value


def _answered(
    scenario: "Scenario", command: str, values: "FlagValues"
) -> tuple["AnyEvaluation | None", "Report"]:
    """Answer what was asked: a cost, what would have to be true, or the best model for a sum."""
    if values.has("solve"):
        return _solved(scenario, command, values)
    if command == "pretrain" and scenario.names_funds and not scenario.names_a_model:
        from frontiercost.analysis.best_model import best_model
        from frontiercost.reporting.best_model import of_best_model

        best = best_model(scenario, confidence=_confidence(values))
        return best.evaluation, of_best_model(best, command, values["explain"])
    from frontiercost.reporting.evaluation import of_evaluation
    from frontiercost.reporting.screen import nothing_fits
    from frontiercost.stages.evaluation import evaluate

    evaluation = evaluate(scenario)
    fits: Fits = nothing_fits
    if evaluation.verdicts:
        from frontiercost.reporting.fits import fits_of

        fits = fits_of(scenario)
    result = of_evaluation(evaluation, command, values["explain"], fits)
    if values["sensitivity"]:
        from frontiercost.analysis.sensitivity import sensitivity
        from frontiercost.reporting.solve import with_sensitivity

        result = with_sensitivity(result, evaluation, sensitivity(scenario, evaluation))
    return evaluation, result


def _solved(
    scenario: "Scenario", command: str, values: "FlagValues"
) -> tuple["AnyEvaluation | None", "Report"]:
    from frontiercost.analysis.fitting import EVEN
    from frontiercost.analysis.solve import FITTED, solve
    from frontiercost.reporting.solve import of_solved

    question = values.checked("solve") or ""
    sure = _confidence(values) if question in FITTED else EVEN
    solved = solve(scenario, question, confidence=sure)
    return solved.evaluation, of_solved(solved, command, values["explain"])


def _say_near(evaluation: "AnyEvaluation | None", wanted: float) -> None:
    """Say of a gate that the draws cannot tell on which side of it an answer is."""
    from frontiercost.cost.affordability import is_near

    for verdict in evaluation.verdicts if evaluation else ():
        chance = verdict.probability
        if evaluation and chance is not None and is_near(chance, wanted, evaluation.draws):
            whose = f"{verdict.funds.label} affords it with about {100 * wanted:.3g}% probability"
            say(f"warning: {whose}: another seed may decide otherwise")


def _passes(evaluation: "AnyEvaluation | None", wanted: float) -> bool:
    """Whether everybody affords it as surely as wanted; where nothing fits, nobody does."""
    if evaluation is None:
        return False
    return all((verdict.probability or 0.0) >= wanted for verdict in evaluation.verdicts)


def _check_gate(evaluation: "AnyEvaluation | None") -> None:
    """Refuse a gate that could not fail."""
    if evaluation is None or not evaluation.verdicts:
        raise InputError("--fail-over-budget: needs --budget or --actor to judge against")
    if evaluation.draws.count == 0:
        raise InputError("--fail-over-budget: needs draws; --draws 0 gives no probability")


def backtest_answer(values: "FlagValues") -> None:
    """Predict published rows and print how well that went."""
    from frontiercost.backtest import report
    from frontiercost.backtest.tables import backtests
    from frontiercost.catalogue.store import shipped
    from frontiercost.cli.progress import Progress

    draws = int(values.checked("draws") or BACKTEST_DRAWS)
    if not draws:
        raise InputError("--draws 0: a backtest is about intervals, which need draws")
    tell = Progress("backtest")
    measured = values["measured"]
    results = backtests(values["stage"], values["runs"], draws, shipped(), measured, tell)
    result = report.of_backtests(results, shipped(), explain=values["explain"])
    emit(result, values)
