"""From flags to an answer: build the scenario, evaluate, report, write, gate."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from frontiercost.cli.output import emit, write
from frontiercost.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from frontiercost.core.report import Report
    from frontiercost.scenario.scenario import Scenario
    from frontiercost.stages.evaluation import AnyEvaluation

BACKTEST_DRAWS = 1024
HANDLING = (
    "scenario",
    "set",
    "save",
    "format",
    "output",
    "explain",
    "quiet",
    "fail_over_budget",
    "confidence",
    "by",
    "break_even",
    "solve",
    "sensitivity",
)


def answer(command: str, given: Mapping[str, Any]) -> None:
    """Evaluate one stage as asked for by flags and print it; exit 3 when a gate fails."""
    from frontiercost.scenario.scenario import build, of_environment, to_toml

    asked = {key: value for key, value in given.items() if key not in HANDLING}
    defaults, environment = {"stage": command}, of_environment(os.environ)
    scenario = build(asked, given["scenario"], given["set"] or (), defaults, environment)
    if scenario.text("stage") != command:
        stage = scenario.text("stage")
        raise InputError(
            f"{scenario.origin('stage')}: is for {stage}; run: frontiercost {stage} --scenario"
        )
    wanted = _confidence(given["confidence"]) if given["fail_over_budget"] else None
    evaluation, result = _answered(scenario, command, given)
    if wanted is not None:
        _check_gate(evaluation)
    if given["save"]:
        write(to_toml(scenario), given["save"], "--save")
    emit(result, given["format"], given["output"], given["quiet"])
    verdicts = evaluation.verdicts if evaluation else ()
    if wanted is not None and any((v.probability or 0.0) < wanted for v in verdicts):
        raise typer.Exit(ExitCode.GATE_FAILED)


def _answered(
    scenario: "Scenario", command: str, given: Mapping[str, Any]
) -> tuple["AnyEvaluation | None", "Report"]:
    """Answer what was asked: a cost, what would have to be true, or the best model for a sum."""
    if given["solve"]:
        return _solved(scenario, command, given)
    if command == "pretrain" and scenario.names_a_purse and not scenario.names_a_model:
        from frontiercost.analysis.best_model import best_model
        from frontiercost.reporting.best_model import of_best_model

        best = best_model(scenario)
        return best.evaluation, of_best_model(best, command, given["explain"])
    from frontiercost.reporting.evaluation import of_evaluation
    from frontiercost.stages.evaluation import evaluate

    evaluation = evaluate(scenario)
    views = _views(given, scenario, evaluation)
    result = of_evaluation(evaluation, command, given["explain"], views)
    if given["sensitivity"]:
        from frontiercost.analysis.sensitivity import sensitivity
        from frontiercost.reporting.solve import with_sensitivity

        result = with_sensitivity(result, evaluation, sensitivity(scenario, evaluation))
    return evaluation, result


def _solved(
    scenario: "Scenario", command: str, given: Mapping[str, Any]
) -> tuple["AnyEvaluation | None", "Report"]:
    from frontiercost.analysis.solve import QUESTIONS, solve
    from frontiercost.core.errors import nearest
    from frontiercost.reporting.solve import of_solved

    if given["solve"] not in QUESTIONS:
        raise InputError(f"--solve '{given['solve']}': {nearest(given['solve'], QUESTIONS)}")
    found = solve(scenario, given["solve"])
    return found.evaluation, of_solved(found, command, given["explain"])


def _views(
    given: Mapping[str, Any], scenario: "Scenario", evaluation: "AnyEvaluation"
) -> list[str]:
    """Return the further tables asked for, each once; a development with a price asks for one."""
    from frontiercost.core.errors import nearest

    known = evaluation.stage.answer().views
    repaid = {"development", "token_price"} <= scenario.values.keys() or given.get("break_even")
    asked = [*(given.get("by") or ()), *(["break-even"] if repaid else [])]
    for name in asked:
        if name not in known:
            raise InputError(f"--by '{name}': {nearest(name, known)}")
    return list(dict.fromkeys(asked))


def _confidence(text: str) -> float:
    from frontiercost.core.units import parse

    try:
        wanted = parse(text, "%").value
    except ValueError as error:
        raise InputError(f"--confidence {error}") from None
    if not 0 <= wanted <= 1:
        raise InputError(f"--confidence '{text}': must be between 0% and 100%")
    return wanted


def _check_gate(evaluation: "AnyEvaluation | None") -> None:
    """Refuse a gate that could not fail."""
    if evaluation is None or not evaluation.verdicts:
        raise InputError("--fail-over-budget: needs --budget or --actor to judge against")
    if evaluation.draws.count == 0:
        raise InputError("--fail-over-budget: needs draws; --draws 0 gives no probability")


def backtest_answer(given: Mapping[str, Any]) -> None:
    """Predict published rows and print how well that went."""
    from frontiercost.backtest import report
    from frontiercost.backtest.tables import backtests
    from frontiercost.catalogue.store import shipped
    from frontiercost.scenario.scenario import build

    draws = build({"draws": given["draws"]}).integer("draws", BACKTEST_DRAWS)
    if not draws:
        raise InputError("--draws 0: a backtest is about intervals, which need draws")
    found = backtests(given["stage"], given["runs"], draws, shipped())
    result = report.of_backtests(found, shipped(), explain=given["explain"])
    emit(result, given["format"], given["output"], given["quiet"])
