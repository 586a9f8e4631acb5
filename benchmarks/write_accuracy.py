"""Run every backtest and record how far off the program is.

    python benchmarks/write_accuracy.py

Writes the summaries and the predicted-against-actual tables into METHOD.md, what is predicted how
well into README.md, both between markers, and the summaries to tests/golden/accuracy.json. The
tests fail when a summary gets worse than that.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import chain
from typing import Any

from pages import METHOD, README, ROOT, write

from frontiercost.backtest.folds import FOLDS
from frontiercost.backtest.report import of_backtests
from frontiercost.backtest.steps import (
    LEVELS,
    HeldOut,
    StepErrors,
    StepPrediction,
    backtest_steps,
    same_model,
)
from frontiercost.backtest.summary import Backtest, Prediction, summarise
from frontiercost.backtest.tables import backtests
from frontiercost.catalogue.store import shipped
from frontiercost.core.report import Cell, Table
from frontiercost.render.markdown import render_table
from frontiercost.stages.published.step_cases import cases, published_rows

RECORD = ROOT / "tests" / "golden" / "accuracy.json"
DRAWS = 1024
SHOWN = ("pretrain", "cost")
STEP = "training-step: seconds_per_token"
ASKED, KNOWN = LEVELS
WORDS = {
    "pretrain: chip_hours": "Chip-hours of a whole pre-training run",
    f"{STEP}, {ASKED}": "Time of a training step, its plan and shape unknown",
    f"{STEP}, {KNOWN}": "Time of a training step, both known",
    "serving: tpot": "Time per token of a served model",
    "serving: ttft": "Time to its first token",
    "serving: ttft, engine named": "The same where the engine is named",
    "serving: request_throughput": "Requests that it serves in a second",
    "local-serving: decode_rate": "Tokens per second of a device at home",
    "local-serving: prefill_rate": "Speed at which it reads a prompt",
    "posttrain: chip_hours": "Chip-hours of a phase of post-training",
    "posttrain: step_seconds": "Time of a step of reinforcement learning",
}
"""What README.md says of each; those of costs are estimates too, and no test."""


def tables(found: list[Backtest]) -> str:
    """Return the summaries and, for whole runs and costs, every row, as Markdown."""
    report = of_backtests(found, shipped(), explain=True)
    summaries, rows = report.tables[: len(found)], report.tables[len(found) :]
    shown = [*summaries, *(table for table in rows if table.title.startswith(SHOWN))]
    return "\n\n".join(render_table(table) for table in [*shown, folds(), one_measured_row()])


def folds() -> Table:
    """Return how steps are predicted with each way of leaving rows out, at each level."""
    rows = tuple(
        (
            Cell(fold.name),
            Cell(found.level),
            *(Cell(number, "%") for number in (s.median_abs_ln_error, s.coverage_90)),
            *(Cell(number, "%") for number in (s.holders_equal_median, s.holders_equal_coverage)),
            Cell(s.interval_width, "x"),
        )
        for fold in FOLDS
        for found in backtest_steps(None, shipped(), fold)
        for s in (found.summary,)
    )
    columns = ("Left out", "Known", "Median", "Inside", "Stacks equal", "Inside", "Width")
    return Table("Training steps by what is left out of the fit", columns, rows, texts=2)


def one_measured_row() -> Table:
    """Return how rows are predicted once one other row of their stack on their chip is known.

    Of several rows that are alike each is told the one half of them away: of another model, and
    of its own model in its own format.
    """
    rows, _ = cases(published_rows(), shipped())
    fits = HeldOut(rows, shipped().constants("training_priors"))
    errors = StepErrors.recorded(rows, shipped())
    alike = defaultdict(list)
    for one in [fits.predict(row) for row in rows if not row.unfit]:
        alike[one.case.kind, one.case.stack, one.case.chip.name].append(one)
    told = defaultdict(list)
    for (kind, *_), group in alike.items():
        of_model = defaultdict(list)
        for one in group:
            of_model[same_model(one.case)].append(one)
        others = [pair for pair in _half_away(group) if len({same_model(o.case) for o in pair}) > 1]
        pairs = {"another model": others, "the model": chain(*map(_half_away, of_model.values()))}
        for whose, told_of in pairs.items():
            told[kind, whose] += [
                [one.within(errors.after(known, one.case, ())) for known in ([], [other])]
                for one, other in told_of
            ]
    columns = ("Kind", "A row of", "Rows", *("Median", "Inside", "Width") * 2)
    lines = (
        (
            Cell(kind.replace("_", " ")),
            Cell(whose),
            Cell(float(len(pairs)), "count"),
            *_three_figures(pairs),
        )
        for (kind, whose), pairs in told.items()
    )
    title = "Training steps, shape and plan known: without, and with one measured row of the stack"
    return Table(title, columns, tuple(lines), texts=2)


def _half_away(group: list[StepPrediction]) -> Iterator[tuple[StepPrediction, StepPrediction]]:
    """Each of several with the one half of them away; none where it is alone."""
    for place, one in enumerate(group if len(group) > 1 else ()):
        yield one, group[(place + len(group) // 2) % len(group)]


def _three_figures(pairs: list[list[Prediction]]) -> Iterator[Cell]:
    """Median error, coverage and width, without the measured row and with it."""
    for summary in map(summarise, zip(*pairs, strict=True)):
        yield Cell(summary.median_abs_ln_error, "%")
        yield Cell(summary.coverage_90, "%")
        yield Cell(summary.interval_width, "x")


def overview(recorded: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what is predicted how well, in words and one row each, from the recorded summaries."""
    rows = tuple(
        (
            Cell(label),
            Cell(float(recorded[title]["n"]), "count"),
            Cell(recorded[title]["median_abs_ln_error"], "%"),
            Cell(recorded[title]["naive_median_abs_ln_error"], "%"),
            Cell(recorded[title]["coverage_90"], "%"),
            Cell(recorded[title]["interval_width"], "x"),
        )
        for title, label in WORDS.items()
    )
    columns = ("", "Published", "Half within", "Naively", "Inside 90 %", "High/low")
    return render_table(Table("", columns, rows)).partition("\n\n")[2]  # without a title


def record(found: list[Backtest]) -> dict[str, dict[str, float | None]]:
    """Return the summaries by quantity and group."""
    named = {f"{one.title}/{name}": s for one in found for name, s in one.groups.items()}
    named |= {one.title: one.summary for one in found}
    return {
        name: {
            key: None if value is None else round(value, 5)
            for key, value in asdict(summary).items()
        }
        for name, summary in sorted(named.items())
    }


def renew(found: list[Backtest]) -> None:
    """Rewrite the pages and the record."""
    write(METHOD, "accuracy", tables(found))
    write(README, "accuracy", overview(record(found)))
    RECORD.write_text(json.dumps(record(found), indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Run the backtests and rewrite."""
    renew(backtests(None, None, DRAWS, shipped()))


if __name__ == "__main__":
    main()
