"""`frontiercost check`: do our budget assumptions still hold?"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from frontiercost.cli.output import emit, write
from frontiercost.core.errors import InputError, NotEvaluatedError

if TYPE_CHECKING:
    from frontiercost.catalogue.store import Catalogue
    from frontiercost.check.check import Checked
    from frontiercost.core.report import Report

from typing import Annotated

from frontiercost.cli import options as flag

File = Annotated[Path, typer.Argument(help="A TOML file of assumptions; see frontiercost init.")]
Record = Annotated[
    bool, typer.Option("--record", help="Record the totals; changes are measured from them.")
]
Baseline = Annotated[
    Path | None,
    typer.Option("--baseline", help="File of recorded totals. [default: FILE.baseline.json]"),
]
Today = Annotated[
    str | None,
    typer.Option("--today", help="Date that max_price_age counts from. [default: catalogue's]"),
]
ExitZero = Annotated[
    bool, typer.Option("--exit-zero", help="Exit 0 also when assumptions do not hold.")
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Show every name that a condition may read.")
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        help="table, markdown, json, or github (annotations and step summary).",
        show_default=False,
    ),
]


def check(
    file: File,
    record: Record = False,
    baseline: Baseline = None,
    today: Today = None,
    exit_zero: ExitZero = False,
    format: Format = "table",
    output: flag.Output = None,
    explain: Explain = False,
    quiet: flag.Quiet = 0,
) -> None:
    """Do our budget assumptions still hold? Exit 3 if one fails, 4 if one cannot be evaluated.

    \b
    frontiercost init check -o budget.toml
    frontiercost check budget.toml
    frontiercost check budget.toml --explain
    frontiercost check budget.toml --record
    frontiercost check budget.toml --format github

    \b
    Conditions compare results with numbers:
    total.p95 <= $2M            p(affordable) >= 80%        mfu.median >= 0.3
    wall_days.median < 90 days  change.total_pct <= 10      bill.compute.high < 1e6
    """

    check_answer(locals())


SUMMARY = "GITHUB_STEP_SUMMARY"


def check_answer(given: Mapping[str, Any]) -> None:
    """Check a file of assumptions and print what became of each."""
    from frontiercost.catalogue.store import shipped
    from frontiercost.check.baseline import default_path
    from frontiercost.check.check import check
    from frontiercost.check.file import read_check_file
    from frontiercost.check.report import of_checked

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
    from frontiercost.core.errors import nearest
    from frontiercost.render import FORMATS

    known = (*FORMATS, "github")
    if format not in known:
        raise InputError(f"--format '{format}': no such format; {nearest(format, known)}")


def _recorded(path: Path, record: bool) -> Any:
    from frontiercost.check import baseline

    return None if record else baseline.read(path)


def _record(checked: "Checked", path: Path, catalogue: "Catalogue") -> None:
    """Write the totals, unless one is missing: a baseline with holes would hide changes."""
    from frontiercost.check.baseline import to_json
    from frontiercost.check.report import inert

    for one in checked.outcomes:
        if one.error:
            raise NotEvaluatedError(f"nothing was recorded: scenario '{one.name}': {one.error}")
    write(to_json(checked.totals, catalogue.edition), path, "--baseline")
    print(f"recorded in {inert(str(path))}", file=sys.stderr)


def _today(text: str | None) -> str:
    from frontiercost.core.units import check_date

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
