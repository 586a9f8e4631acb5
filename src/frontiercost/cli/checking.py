"""From flags of `check` to an answer: read, check, record, report, gate."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from frontiercost.cli.output import emit, write
from frontiercost.errors import InputError, NotEvaluatedError

if TYPE_CHECKING:
    from frontiercost.assumptions.checking import Checked
    from frontiercost.catalogue import Catalogue
    from frontiercost.report import Report

SUMMARY = "GITHUB_STEP_SUMMARY"


def check_answer(given: Mapping[str, Any]) -> None:
    """Check a file of assumptions and print what became of each."""
    from frontiercost.assumptions.baseline import default_path
    from frontiercost.assumptions.checking import check
    from frontiercost.assumptions.reading import read_check_file
    from frontiercost.assumptions.report import of_checked
    from frontiercost.catalogue import shipped

    _check_format(given["format"])
    file, catalogue = read_check_file(given["file"]), shipped()
    path = given["baseline"] or default_path(given["file"])
    record, today = given["record"], _today(given["today"])
    checked = check(file, _recorded(path, record), catalogue, today, record)
    if record:
        _record(checked, path, catalogue)
    for text in checked.stale:
        print(f"warning: old price: {text}", file=sys.stderr)
    _emit(of_checked(checked, given["explain"]), given)
    if not given["exit_zero"]:
        raise typer.Exit(checked.exit_code)


def _check_format(format: str) -> None:
    """Refuse an unknown format before anything is recorded."""
    from frontiercost.errors import nearest
    from frontiercost.render import FORMATS

    known = (*FORMATS, "github")
    if format not in known:
        raise InputError(f"--format '{format}': no such format; {nearest(format, known)}")


def _recorded(path: Path, record: bool) -> Any:
    from frontiercost.assumptions import baseline

    return None if record else baseline.read(path)


def _record(checked: "Checked", path: Path, catalogue: "Catalogue") -> None:
    """Write the totals, unless one is missing: a baseline with holes would hide changes."""
    from frontiercost.assumptions.baseline import to_json
    from frontiercost.assumptions.report import inert

    for one in checked.outcomes:
        if one.error:
            raise NotEvaluatedError(f"nothing was recorded: scenario '{one.name}': {one.error}")
    write(to_json(checked.totals, catalogue.edition), path, "--baseline")
    print(f"recorded in {inert(str(path))}", file=sys.stderr)


def _today(text: str | None) -> str:
    from frontiercost.units import check_date

    try:
        return check_date(text) if text else ""
    except ValueError as error:
        raise InputError(f"--today {error}") from None


def _emit(report: "Report", given: Mapping[str, Any]) -> None:
    """Write the report; for GitHub annotations go to stdout, tables to the summary of the step."""
    if given["format"] != "github":
        emit(report, given["format"], given["output"], given["quiet"])
        return
    from frontiercost.render import github

    if given["quiet"] < 2:
        write(github.render(report, width=None, colour=False), given["output"])
    if os.environ.get(SUMMARY):
        _append_summary(report, Path(os.environ[SUMMARY]))


def _append_summary(report: "Report", path: Path) -> None:
    """Add the report to the page of the workflow run; a failure to do so changes no verdict."""
    from frontiercost.render import render

    text = render(report, "markdown", width=None, colour=False)
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        print(f"warning: {SUMMARY}: {error.strerror or error}", file=sys.stderr)
