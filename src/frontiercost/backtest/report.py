"""Backtests in words, tables and as a document."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from frontiercost.backtest.summary import Backtest, Prediction, Summary
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.report import Cell, Report, Sentence, Table
from frontiercost.reporting.json_document import envelope

SUMMARY_COLUMNS = ("Group", "Rows", "Median", "P90", "Bias", "Inside", "Width", "Naive", "Skill")
HELD_OUT = {
    "pretrain": "each developer held out",
    "training-step": "each software stack held out",
    "serving": "each model held out",
    "posttrain": "each developer (steps: each model family) held out",
}


def of_backtests(found: Sequence[Backtest], catalogue: Catalogue, explain: bool = False) -> Report:
    """Report backtests: a summary by group, and every row if asked."""
    tables = [_summary_table(one) for one in found]
    if explain:
        tables += [_row_table(one) for one in found]
    return Report(
        headline=[part for one in found for part in (*_sentence(one), " ")][:-1],
        tables=tuple(tables),
        notes=tuple(_notes(found)),
        document=lambda: {
            **envelope(catalogue.edition, "backtest"),
            "backtests": [_document(one) for one in found],
        },
    )


def _sentence(one: Backtest) -> Sentence:
    s = one.summary
    if one.consistency:
        return [
            f"{one.stage}: {s.n} published figures {one.subset}: half agree with ours within ",
            Cell(s.median_abs_ln_error, "%"),
            "; most are estimates too, so this is no test.",
        ]
    return [
        f"{one.stage}: {s.n} published {one.quantity.replace('_', ' ')}, {HELD_OUT[one.stage]}: "
        "half are predicted within ",
        Cell(s.median_abs_ln_error, "%"),
        ", ",
        Cell(s.coverage_90, "%"),
        " lie inside the 90 % interval.",
    ]


def _summary_table(one: Backtest) -> Table:
    rows = [_summary_row(name, summary) for name, summary in one.groups.items()]
    if not one.subset:
        rows.append(_summary_row("Total", one.summary))
    return Table(one.title, SUMMARY_COLUMNS, tuple(rows))


def _summary_row(name: str, s: Summary) -> tuple[Cell, ...]:
    return (
        Cell(name),
        Cell(float(s.n), "count"),
        Cell(s.median_abs_ln_error, "%"),
        Cell(s.p90_abs_ln_error, "%"),
        Cell(s.bias, "x"),
        Cell(s.coverage_90, "%"),
        Cell(s.interval_width, "x"),
        Cell(s.naive_median_abs_ln_error, "%"),
        Cell(s.skill, "%"),
    )


def _row_table(one: Backtest) -> Table:
    unit = one.unit if one.unit == "USD" else "count"
    rows = tuple(
        (
            Cell(p.id),
            Cell(p.group),
            *(Cell(number, unit) for number in (p.actual, *p.predicted)),
            Cell(p.ratio, "x"),
            Cell("" if p.inside else "outside"),
        )
        for p in sorted(one.predictions, key=lambda p: p.ratio)
    )
    columns = ("Row", "Group", "Actual", "Low", "Median", "High", "Ratio", "")
    return Table(f"{one.title}, predicted against actual", columns, rows, texts=2, wraps=(0, 1))


def _notes(found: Sequence[Backtest]) -> list[Sentence]:
    notes: list[Sentence] = [
        [
            "Median and P90 are of |ln(actual / predicted)|; bias is the median ratio; naive is "
            "the error of the pool's median share of the machine's peak, held out alike; skill is "
            "1 − error / naive."
        ]
    ]
    if any(one.consistency for one in found):
        notes.append(["For costs, naive is the median USD per FLOP of the other models."])
    for one in found:
        if one.skipped:
            label = f"{one.stage}, {one.subset}" if one.subset else one.stage
            reasons = sorted(set(one.skipped.values()))
            said = "; ".join(reasons[:6]) + ("; …" if len(reasons) > 6 else "")
            notes.append([f"{label}: {len(one.skipped)} rows skipped ({said})."])
    return notes


def _document(one: Backtest) -> dict[str, Any]:
    return {
        "stage": one.stage,
        "quantity": one.quantity,
        "unit": one.unit,
        "rows": [_row(p) for p in one.predictions],
        "skipped": [{"id": id, "reason": reason} for id, reason in one.skipped.items()],
        "summary": asdict(one.summary),
        "groups": [{"name": name, **asdict(s)} for name, s in one.groups.items()],
    }


def _row(p: Prediction) -> dict[str, Any]:
    return {
        "id": p.id,
        "group": p.group,
        "actual": p.actual,
        "predicted": p.predicted._asdict(),
        "naive": p.naive,
        "ratio": p.ratio,
        "assumed": list(p.assumed),
    }
