"""Which published rows test which stage, from the catalogue or from a file."""

import csv
from pathlib import Path

from frontiercost.backtest.cost import backtest_cost
from frontiercost.backtest.posttrain import backtest_posttrain
from frontiercost.backtest.run_cases import shipped_rows
from frontiercost.backtest.runs import backtest_runs
from frontiercost.backtest.serving import backtest_serving
from frontiercost.backtest.step_cases import published_rows
from frontiercost.backtest.steps import backtest_steps
from frontiercost.backtest.summary import Backtest
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError, NotEvaluatedError, nearest
from frontiercost.core.facts import Draws

STAGES = ("pretrain", "training-step", "serving", "posttrain", "cost")
# columns that only a table of this stage has
TELLTALE = (
    ("training-step", "gpu"),
    ("posttrain", "base_model_id"),
    ("posttrain", "prompts_x_samples"),
    ("pretrain", "hardware"),
    ("serving", "silicon_tpot_ms"),
    ("cost", "usd"),
)


def backtests(
    stage: str | None, file: Path | None, draws: int, catalogue: Catalogue
) -> list[Backtest]:
    """Run the backtests of a stage, or of all, on the shipped rows or on those of a file.

    Raises InputError for an unknown stage or a file without the columns of any.
    """
    if stage is not None and stage not in STAGES:
        raise InputError(f"STAGE '{stage}': no such stage; {nearest(stage, STAGES)}")
    rows = _rows(file) if file else None
    if rows is not None and stage is None:
        stage = _stage_of(rows, file)
    stages = [stage] if stage else list(STAGES)
    results = [result for name in stages for result in _backtests(name, rows, draws, catalogue)]
    if not any(result.predictions for result in results):
        reasons = "; ".join(
            sorted({why for result in results for why in result.skipped.values()})[:3]
        )
        raise NotEvaluatedError(f"none of the rows can be predicted: {reasons or 'no rows'}")
    return results


def _backtests(
    stage: str, rows: list[dict[str, str]] | None, draws: int, catalogue: Catalogue
) -> list[Backtest]:
    if stage == "pretrain":
        runs = shipped_rows(catalogue) if rows is None else rows
        return [backtest_runs(runs, DrawnCatalogue(catalogue, Draws(draws)))]
    if stage == "training-step":
        return [backtest_steps(rows, catalogue)]
    if stage == "cost":
        return backtest_cost(rows, catalogue, draws)
    if stage == "posttrain":
        return backtest_posttrain(rows, DrawnCatalogue(catalogue, Draws(draws)))
    return backtest_serving(rows, catalogue)


def _rows(file: Path) -> list[dict[str, str]]:
    """Read a file of rows: columns that it lacks are empty, rows without id take their line."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            lines = list(csv.DictReader(opened))
    except FileNotFoundError:
        raise InputError(f"`runs` '{file}': no such file") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"`runs` '{file}': {error}") from None
    empty = dict.fromkeys(published_rows()[0], "")
    return [
        {**empty, "id": f"line {number}", **{key: text for key, text in line.items() if text}}
        for number, line in enumerate(lines, start=2)
    ]


def _stage_of(rows: list[dict[str, str]], file: Path | None) -> str:
    for stage, column in TELLTALE:
        if any(row.get(column) for row in rows):
            return stage
    raise InputError(
        f"`runs` '{file}': has neither the columns of runs (hardware, tokens, chip_hours, …) nor "
        "of steps (gpu, n_gpus, tokens_per_s_per_gpu, …) nor of serving (system, concurrency, "
        "silicon_tpot_ms, …), nor of post-training (base_model_id, stage, … or "
        "prompts_x_samples, …) "
        "nor of costs (model, stage, basis, usd, …)"
    )
