"""`frontiercost backtest`: how far off is this program on published runs?"""

from pathlib import Path
from typing import Annotated

import typer

from frontiercost.cli import options as flag

Stage = Annotated[
    str | None,
    typer.Argument(help="pretrain, training-step, serving, posttrain or cost. [default: all]"),
]
Runs = Annotated[
    Path | None,
    typer.Option("--runs", help="A CSV file of runs or steps instead of the catalogue's."),
]


def backtest(
    stage: Stage = None,
    runs: Runs = None,
    draws: flag.Draws = None,
    format: flag.Format = "table",
    output: flag.Output = None,
    explain: flag.Explain = False,
    quiet: flag.Quiet = 0,
) -> None:
    """How far off is this program on published runs and steps that it has not seen?

    Every row is predicted with its developer (runs), its software stack (steps), its model
    (serving) or its model family (RL steps) held out; `cost` sets our costs beside published ones.

    \b
    frontiercost backtest
    frontiercost backtest pretrain --explain
    frontiercost backtest --runs my-runs.csv --format json
    """
    from frontiercost.cli.session import backtest_answer

    backtest_answer(locals())
