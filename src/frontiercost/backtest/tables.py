"""Which published rows test which stage, from the catalogue or from a file."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from frontiercost.backtest.cost import backtest_cost
from frontiercost.backtest.local_serving import backtest_local
from frontiercost.backtest.posttrain import backtest_posttrain
from frontiercost.backtest.runs import backtest_runs
from frontiercost.backtest.serving import backtest_serving
from frontiercost.backtest.steps import backtest_steps
from frontiercost.backtest.summary import Backtest
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError, NotEvaluatedError, nearest
from frontiercost.core.facts import Draws
from frontiercost.stages.published.cells import Cells
from frontiercost.stages.published.own_rows import OwnRows, own_rows
from frontiercost.stages.published.run_cases import shipped_rows

STAGES = ("pretrain", "training-step", "serving", "local-serving", "posttrain", "cost")
LONGEST_REASON = 300
"""Characters."""
FEW_REASONS = 3


def backtests(
    stage: str | None,
    file: Path | None,
    draws: int,
    catalogue: Catalogue,
    tell: Callable[[str], object] = str,
) -> list[Backtest]:
    """Run the backtests of a stage, or of all, on the shipped rows or on those of a file.

    `tell` is told which stage comes next.

    Raises InputError for an unknown stage or a file without the columns of any, and
    NotEvaluatedError where no row can be predicted.
    """
    if stage is not None and stage not in STAGES:
        raise InputError(f"STAGE '{stage}': no such stage; {nearest(stage, STAGES)}")
    if file is None:
        results = []
        for name in [stage] if stage else STAGES:
            tell(name)
            results += _backtests(name, None, draws, catalogue)
    else:
        own = own_rows(file, stage, catalogue)
        results = [
            _on_lines(backtest, own)
            for backtest in _backtests(own.stage, own.rows, draws, catalogue)
        ]
    if not any(result.predictions for result in results):
        reasons = dict.fromkeys(why for result in results for why in result.skipped.values())
        few = "; ".join(islice(reasons, FEW_REASONS))
        raise NotEvaluatedError(f"none of the rows can be predicted: {few or 'there are none'}")
    return [result for result in results if result.predictions or result.skipped]


def _backtests(
    stage: str, rows: Sequence[Cells] | None, draws: int, catalogue: Catalogue
) -> list[Backtest]:
    if stage == "pretrain":
        runs = shipped_rows(catalogue) if rows is None else rows
        return [backtest_runs(runs, DrawnCatalogue(catalogue, Draws(draws)))]
    if stage == "training-step":
        return backtest_steps(rows, catalogue)
    if stage == "cost":
        return backtest_cost(rows, catalogue, draws)
    if stage == "posttrain":
        return backtest_posttrain(rows, DrawnCatalogue(catalogue, Draws(draws)))
    if stage == "local-serving":
        return backtest_local(rows, catalogue)
    return backtest_serving(rows, catalogue)


def _on_lines(result: Backtest, own: OwnRows) -> Backtest:
    """Return a backtest of a file's rows whose reasons name their lines, in the file's order."""
    skipped = {
        id: _reason(line, result.skipped[id])
        for id, line in own.lines.items()
        if id in result.skipped
    }
    return replace(result, skipped=skipped, note=own.note)


def _reason(line: int, why: str) -> str:
    named = f"line {line}{', ' if why.startswith('column ') else ': '}{why}"
    return named if len(named) <= LONGEST_REASON else f"{named[:LONGEST_REASON]}…"
