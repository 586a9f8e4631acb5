"""`frontiercost check`: do our budget assumptions still hold?"""

from pathlib import Path
from typing import Annotated

import typer

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
    from frontiercost.cli.checking import check_answer

    check_answer(locals())
