"""Which published rows test which stage, from the catalogue or from a file."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

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
from frontiercost.stages.posttrain import measured as of_phases
from frontiercost.stages.pretrain import measured as of_runs
from frontiercost.stages.published.cells import Cells
from frontiercost.stages.published.measured import measured_cases, measured_file
from frontiercost.stages.published.own_rows import OwnRows, own_rows
from frontiercost.stages.published.run_cases import shipped_rows

READERS = {**of_runs.READERS, of_phases.PHASES: of_phases.READERS[of_phases.PHASES]}
"""Of the stages that learn from measured rows."""
STAGES = ("pretrain", "training-step", "serving", "local-serving", "posttrain", "cost")
LONGEST_REASON = 300
"""Characters."""
FEW_REASONS = 3


def backtests(
    stage: str | None,
    file: Path | None,
    draws: int,
    catalogue: Catalogue,
    measured: str | None = None,
    tell: Callable[[str], object] = str,
) -> list[Backtest]:
    """Run the backtests of a stage, or of all, on the shipped rows or on those of a file.

    Measured rows are known before the others of their stack (of runs: their developer) on their
    chip are predicted. `tell` is told which stage comes next. Raises InputError for an unknown
    stage or a file without the columns of any, and NotEvaluatedError where no row can be predicted.
    """
    if stage is not None and stage not in STAGES:
        raise InputError(f"STAGE '{stage}': no such stage; {nearest(stage, STAGES)}")
    known = measured_file(Path(measured), catalogue) if measured else None
    if file is None:
        stage = stage or (known.stage if known else None)
        results = []
        for name in [stage] if stage else STAGES:
            tell(name)
            results += _backtests(name, None, draws, catalogue, known, tell)
    else:
        own = own_rows(file, stage, catalogue)
        results = [
            _on_lines(backtest, own)
            for backtest in _backtests(own.stage, own.rows, draws, catalogue, known, tell)
        ]
    if not any(result.predictions for result in results):
        reasons = dict.fromkeys(why for result in results for why in result.skipped.values())
        few = "; ".join(islice(reasons, FEW_REASONS))
        raise NotEvaluatedError(f"none of the rows can be predicted: {few or 'there are none'}")
    return [result for result in results if result.predictions or result.skipped]


def _backtests(
    stage: str,
    rows: Sequence[Cells] | None,
    draws: int,
    catalogue: Catalogue,
    known: OwnRows | None,
    tell: Callable[[str], object],
) -> list[Backtest]:
    measured = _measured_cases(stage, known, catalogue)
    drawn = DrawnCatalogue(catalogue, Draws(draws))
    if stage == "pretrain":
        return [backtest_runs(shipped_rows(catalogue) if rows is None else rows, drawn, measured)]
    if stage == "training-step":
        return backtest_steps(rows, catalogue, measured=measured)
    if stage == "cost":
        return backtest_cost(rows, catalogue, draws)
    if stage == "posttrain":
        return backtest_posttrain(rows, drawn, measured)
    if stage == "local-serving":
        return backtest_local(rows, catalogue)
    return backtest_serving(rows, catalogue, tell)


def _measured_cases(stage: str, known: OwnRows | None, catalogue: Catalogue) -> Sequence[Any]:
    """Return the cases that are known beforehand, of the stage that is tested."""
    if known is None:
        return ()
    if stage not in READERS:
        raise InputError(f"`measured`: only {', '.join(READERS)} learn from measured rows")
    readers = {stage: READERS[stage]}
    return measured_cases([known], readers, stage, catalogue).by_stage[stage]


def _on_lines(result: Backtest, own: OwnRows) -> Backtest:
    """Return a backtest of a file's rows whose reasons name their lines, in the file's order."""
    skipped = {
        id: _reason(line, result.skipped[id])
        for id, line in own.lines.items()
        if id in result.skipped
    }
    return replace(result, skipped=skipped, note=own.note, is_own=True)


def _reason(line: int, why: str) -> str:
    named = f"line {line}{', ' if why.startswith('column ') else ': '}{why}"
    return named if len(named) <= LONGEST_REASON else f"{named[:LONGEST_REASON]}…"
