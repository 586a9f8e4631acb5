"""`frontiercost check`: do our budget assumptions still hold?"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from frontiercost.cli.output import emit, format_of, say, with_screen, write
from frontiercost.cli.progress import Progress
from frontiercost.core.errors import InputError, NotEvaluatedError

if TYPE_CHECKING:
    from frontiercost.catalogue.store import Catalogue
    from frontiercost.checks.check import Checked
    from frontiercost.cli.flags import FlagValues
    from frontiercost.core.report import Report

SUMMARY = "GITHUB_STEP_SUMMARY"
GITHUB, MARKDOWN = "github", "markdown"


def check(values: "FlagValues") -> None:
    """Do our budget assumptions still hold? Exit 3 if one fails, 4 if one cannot be evaluated.

    \b
    frontiercost init check -o budget.toml
    frontiercost check budget.toml
    frontiercost check budget.toml --explain
    frontiercost check budget.toml --record
    frontiercost check budget.toml --format github

    \b
    Conditions compare results with numbers:
    total.p95 <= $2M            p(affordable) >= 80%       mfu.median >= 0.3
    wall_days.median < 90 days  change.total_pct <= 10     bill.compute.high < 1e6
    """
    from frontiercost.catalogue.store import shipped
    from frontiercost.checks.baseline import default_path
    from frontiercost.checks.check import check as check_file
    from frontiercost.checks.file import read_check_file
    from frontiercost.checks.report import of_checked

    format = format_of(values, values["output"], GITHUB)
    _tell_unread(os.environ)
    file, catalogue = read_check_file(values["file"]), shipped()
    path = values["baseline"] or default_path(values["file"])
    record, today = values["record"], values.checked("today") or ""
    recorded = None if record else _recorded(path, must_exist=values.has("baseline"))
    checked = check_file(file, recorded, catalogue, today, record, Progress("check"))
    if record:
        _record(checked, path, catalogue)
    _emit(of_checked(checked, values["explain"]), values, format)
    if not values["exit_zero"]:
        raise typer.Exit(checked.exit_code)


def _tell_unread(variables: Mapping[str, str]) -> None:
    """Say which variables of the environment would change a question, and none of a check."""
    from frontiercost.scenario.flags import KEYS
    from frontiercost.scenario.scenario import ENVIRONMENT, of_environment

    named = [f"{ENVIRONMENT}{key.upper()}" for key in of_environment(variables) if key in KEYS]
    if named:
        why = "a check reads its scenarios from files alone, so that it is the same everywhere"
        say(f"warning: no effect here: {', '.join(sorted(named))}: {why}")


def _recorded(path: Path, must_exist: bool) -> Any:
    """Return the recorded totals; raise InputError where a named file of them is not there."""
    from frontiercost.checks import baseline

    recorded = baseline.read(path)
    if recorded is None and must_exist:
        raise InputError(f"--baseline '{path}': no such file; write it with --record")
    return recorded


def _record(checked: "Checked", path: Path, catalogue: "Catalogue") -> None:
    """Write the totals, unless one is missing: a baseline with holes would hide changes."""
    from frontiercost.checks.baseline import to_json

    for outcome in checked.outcomes:
        if outcome.error:
            raise NotEvaluatedError(
                f"nothing was recorded: scenario '{outcome.name}': {outcome.error}"
            )
    write(to_json(checked.totals, catalogue.edition), path, "--baseline")
    say(f"recorded in {path}")


def _emit(report: "Report", values: "FlagValues", format: str) -> None:
    """Write the report; for GitHub annotations go to stdout, tables to the summary of the step."""
    if format != GITHUB:
        emit(report, values)
        return
    from frontiercost.render import github

    if values["quiet"] < 2:
        write(github.render(report, width=None, colour=False), values["output"])
    if os.environ.get(SUMMARY):
        _append_summary(report, Path(os.environ[SUMMARY]))


def _append_summary(report: "Report", path: Path) -> None:
    """Add the report to the page of the workflow run; a failure to do so changes no verdict."""
    from frontiercost.render import render

    text = render(with_screen(report, MARKDOWN), MARKDOWN, width=None, colour=False)
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        say(f"warning: {SUMMARY}: {error.strerror or error}")
