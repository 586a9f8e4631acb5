"""From flags to an answer: build the scenario, evaluate, report, write, gate."""

from collections.abc import Mapping
from typing import Any

import typer

from frontiercost.cli.output import emit, write
from frontiercost.errors import ExitCode, InputError

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
)


def answer(command: str, given: Mapping[str, Any]) -> None:
    """Evaluate one stage as asked for by flags and print it; exit 3 when a gate fails."""
    from frontiercost import report
    from frontiercost.evaluation import evaluate
    from frontiercost.scenario import build, to_toml

    asked = {key: value for key, value in given.items() if key not in HANDLING}
    scenario = build(asked, given["scenario"], given["set"] or ())
    evaluation = evaluate(scenario)
    if given["save"]:
        write(to_toml(scenario), given["save"])
    result = report.of_evaluation(evaluation, command, explain=given["explain"])
    emit(result, given["format"], given["output"], given["quiet"])
    if given["fail_over_budget"]:
        gate(result.gate, given["confidence"])


def gate(probabilities: tuple[float | None, ...], confidence: str) -> None:
    """Exit 3 if any probability is below the confidence asked for."""
    from frontiercost.units import parse

    try:
        wanted = parse(confidence, "%").value
    except ValueError as error:
        raise InputError(f"--confidence {error}") from None
    if not probabilities:
        raise InputError("--fail-over-budget: needs --budget or --actor to judge against")
    if None in probabilities:
        raise InputError("--fail-over-budget: needs draws; --draws 0 gives no probability")
    if not 0 <= wanted <= 1:
        raise InputError(f"--confidence '{confidence}': must be between 0% and 100%")
    if any(probability is not None and probability < wanted for probability in probabilities):
        raise typer.Exit(ExitCode.GATE_FAILED)


def compare_answer(given: Mapping[str, Any], frontier: str) -> None:
    """Judge one scenario for a set of actors and print the table."""
    from frontiercost import comparison, report
    from frontiercost.catalogue import shipped
    from frontiercost.scenario import build

    catalogue = shipped()
    picks = ("all", "category", "actor")
    asked = {key: value for key, value in given.items() if key not in (*HANDLING, *picks)}
    scenario = build(asked, given["scenario"], given["set"] or (), defaults={"model": frontier})
    if given["actor"]:
        actors = [catalogue.actor(name, "--actor") for name in given["actor"]]
    elif given["category"]:
        actors = comparison.actors_of(catalogue, given["category"])
    elif given["all"]:
        actors = comparison.all_actors(catalogue)
    else:
        actors = comparison.typical_actors(catalogue)
    found = comparison.compare_actors(scenario, actors, catalogue)
    emit(report.of_comparison(found, catalogue), given["format"], given["output"], given["quiet"])
