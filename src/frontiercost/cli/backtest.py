"""`frontiercost backtest`: how far off is this program on published runs?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frontiercost.cli.flags import FlagValues


def backtest(values: "FlagValues") -> None:
    """How far off is this program on published runs and steps that it has not seen?

    Every row is predicted with its developer (runs), its software stack (steps), its model
    (serving) or its model family (RL steps) held out; `cost` sets our costs beside published ones.

    \b
    frontiercost backtest
    frontiercost backtest pretrain --explain
    frontiercost backtest --runs my-runs.csv --format json
    """
    from frontiercost.cli.session import backtest_answer

    backtest_answer(values)
