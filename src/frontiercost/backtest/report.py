"""Backtests in words, tables and as a document."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

from frontiercost.backtest.summary import Backtest, Prediction, Summary
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.report import Cell, Chart, Later, Report, Screen, Sentence, Table
from frontiercost.reporting.json_document import envelope

SUMMARY_COLUMNS = ("Group", "Rows", "Median", "P90", "Bias", "Inside", "Width", "Naive", "Skill")
FEW_REASONS = 6
SHORT_COLUMNS = ("Backtest", "Rows", "Half within", "Naively", "Inside", "High/low")
FEW = 2
"""Backtests that are told one by one."""
HELD_OUT = {
    "pretrain": "each developer held out",
    "training-step": "each software stack held out",
    "serving": "each model held out",
    "local-serving": "each device held out",
    "posttrain": "each developer (steps: each model family) held out",
}


def of_backtests(
    backtests: Sequence[Backtest], catalogue: Catalogue, explain: bool = False
) -> Report:
    """Report backtests: a summary by group, and every row if asked."""
    predicted = [backtest for backtest in backtests if backtest.predictions]
    sentences = [part for backtest in predicted for part in (*_sentence(backtest), " ")][:-1]
    return Report(
        headline=sentences if len(predicted) <= FEW else _of_all(predicted),
        tables=Later(lambda: _tables(predicted, backtests, explain=explain)),
        notes=Later(lambda: _notes(backtests)),
        screen=None if explain else lambda: _screen(predicted, backtests, catalogue),
        document=lambda: {
            **envelope(catalogue.edition, "backtest"),
            "backtests": [_document(backtest) for backtest in backtests],
        },
    )


def _tables(
    predicted: Sequence[Backtest], every: Sequence[Backtest], *, explain: bool
) -> Iterable[Table]:
    """Yield a summary of each by group; and if asked, its rows, and those of `every` skipped."""
    yield from map(_summary_table, predicted)
    if explain:
        yield from map(_row_table, predicted)
        yield from (_skipped_table(backtest) for backtest in every if backtest.skipped)


def _of_all(backtests: Sequence[Backtest]) -> Sentence:
    """Say in one sentence how far off all of them are."""
    tests = [backtest.summary for backtest in backtests if not backtest.consistency]
    if not tests:
        return [f"{len(backtests)} kinds of published figures are compared with ours."]
    errors = sorted(summary.median_abs_ln_error for summary in tests)
    inside = sorted(summary.coverage_90 or 0.0 for summary in tests)
    return [
        f"Of {len(tests)} kinds of published figures, each predicted unseen, half of the errors "
        "are within ",
        *(Cell(errors[0], "%", figures=2), " to ", Cell(errors[-1], "%", figures=2)),
        " and ",
        *(Cell(inside[0], "%", figures=2), " to ", Cell(inside[-1], "%", figures=2)),
        " lie inside the 90% interval.",
    ]


def _screen(
    backtests: Sequence[Backtest], every: Sequence[Backtest], catalogue: Catalogue
) -> Screen:
    """Return the groups of one, or the whole of each of several, and rows of `every` skipped."""
    about = (
        "Median and P90 are of |ln(actual / predicted)|; width is high/low; naive takes the pool's "
        "median instead; skill is 1 − error / naive"
    )
    if len(backtests) == 1:
        table = replace(_summary_table(backtests[0]), bare=True)
    else:
        tests = [backtest for backtest in backtests if not backtest.consistency]
        rows = tuple(_short_row(backtest) for backtest in tests)
        table = Table("", SHORT_COLUMNS, rows, bare=True)
        about = (
            "Half of the rows are predicted within so much, naively by the pool's median; inside "
            "is in the 90% interval, high/low its width"
        )
    last = (
        f"edition {catalogue.edition['edition']} · --more groups · --explain every row · -h flags"
    )
    skipped = [("Skipped", _skipped_in_short(b)) for b in every if b.skipped]
    return Screen((table,), (("How to read", about), *skipped), last=last)


def _skipped_in_short(backtest: Backtest) -> str:
    """Say how many rows of a table are not predicted, and why the first is not."""
    id, why = next(iter(backtest.skipped.items()))
    skipped, rows = len(backtest.skipped), len(backtest.skipped) + len(backtest.predictions)
    more = "; all of them with --explain" if skipped > 1 else ""
    reason = why if why.startswith(id) else f"{id}: {why}"
    return f"{backtest.title}: {skipped} of {rows} rows: {reason}{more}"


def _short_row(backtest: Backtest) -> tuple[Cell, ...]:
    level = backtest.level.partition(":")[0]
    label = ", ".join(filter(None, (backtest.quantity.replace("_", " "), backtest.subset, level)))
    _, rows, median, _, _, inside, width, naive, _ = _summary_row("", backtest.summary)
    return Cell(f"{backtest.stage}: {label}"), rows, median, naive, inside, width


def _sentence(backtest: Backtest) -> Sentence:
    s = backtest.summary
    if backtest.consistency:
        return [
            f"{backtest.stage}: {s.n} published figures {backtest.subset}: half agree with ours "
            "within ",
            Cell(s.median_abs_ln_error, "%"),
            "; most are estimates too, so this is no test.",
        ]
    stage = ", ".join(filter(None, (backtest.stage, backtest.level)))
    what = backtest.quantity.replace("_", " ")
    own = f"row{'s' * (s.n != 1)} of your own, {what}"
    published = f"published {what}, {HELD_OUT[backtest.stage]}"
    return [
        f"{stage}: {s.n} {own if backtest.is_own else published}: half are predicted within ",
        Cell(s.median_abs_ln_error, "%"),
        ", ",
        Cell(s.coverage_90, "%"),
        " lie inside the 90% interval.",
    ]


def _summary_table(backtest: Backtest) -> Table:
    rows = [_summary_row(name, summary) for name, summary in backtest.groups.items()]
    if not backtest.subset:
        rows.append(_summary_row("Total", backtest.summary))
    if len({p.holder for p in backtest.predictions}) > 1:
        rows.append(_equal_row(backtest.summary))
    return Table(backtest.title, SUMMARY_COLUMNS, tuple(rows))


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
        _skill(s.skill),
    )


def _skill(skill: float) -> Cell:
    """Whole percent; of a few rows that are all alike the naive error is next to nothing."""
    return Cell(round(skill, 2), "%") if skill > -1 else Cell("<-100%")


def _equal_row(s: Summary) -> tuple[Cell, ...]:
    """What every stack or developer has, counted once however many rows it has."""
    blank = Cell("")
    return (
        Cell("Each held-out group counted once"),
        blank,
        Cell(s.holders_equal_median, "%"),
        *(blank, blank),
        Cell(s.holders_equal_coverage, "%"),
        *(blank, blank, blank),
    )


def _row_table(backtest: Backtest) -> Table:
    unit = backtest.unit if backtest.unit == "USD" else "count"
    rows = tuple(
        (
            Cell(p.id),
            Cell(p.group),
            *(Cell(number, unit) for number in (p.actual, *p.predicted)),
            Cell(p.ratio, "x"),
            Cell("" if p.inside else "outside"),
        )
        for p in sorted(backtest.predictions, key=lambda p: p.ratio)
    )
    columns = ("Row", "Group", "Actual", "Low", "Median", "High", "Ratio", "")
    return Table(
        f"{backtest.title}, predicted against actual",
        columns,
        rows,
        texts=2,
        wraps=(0, 1),
        chart=Chart(kind="scatter", values=(4,), across=2, logarithmic=True),
    )


def _skipped_table(backtest: Backtest) -> Table:
    rows = tuple((Cell(id), Cell(why)) for id, why in backtest.skipped.items())
    return Table(f"{backtest.title}, rows skipped", ("Row", "Reason"), rows, texts=2, wraps=(0, 1))


def _notes(backtests: Sequence[Backtest]) -> list[Sentence]:
    notes: list[Sentence] = [
        [
            "Median and P90 are of |ln(actual / predicted)|; bias is the median ratio; naive is "
            "the error of the pool's median share of the machine's peak, held out alike; skill is "
            "1 − error / naive."
        ]
    ]
    if any(backtest.consistency for backtest in backtests):
        notes.append(["For costs, naive is the median USD per FLOP of the other models."])
    notes += [[_skipped(backtest)] for backtest in backtests if backtest.skipped]
    return notes + [[note] for note in dict.fromkeys(one.note for one in backtests) if note]


def _skipped(backtest: Backtest) -> str:
    """How many rows were left out, and the first reasons."""
    label = ", ".join(filter(None, (backtest.stage, backtest.subset, backtest.level)))
    count = len(backtest.skipped)
    reasons = list(dict.fromkeys(backtest.skipped.values()))
    listed = "; ".join(reasons[:FEW_REASONS])
    more = "; … (all of them with --explain)" if len(reasons) > FEW_REASONS else ""
    return f"{label}: skipped {count} of {count + len(backtest.predictions)} rows: {listed}{more}."


def _document(backtest: Backtest) -> dict[str, Any]:
    return {
        "stage": backtest.stage,
        "quantity": backtest.quantity,
        "subset": backtest.subset or None,
        "level": backtest.level or None,
        "unit": backtest.unit,
        "rows": [_row(p) for p in backtest.predictions],
        "skipped": [{"id": id, "reason": reason} for id, reason in backtest.skipped.items()],
        "notes": [backtest.note] if backtest.note else [],
        "summary": asdict(backtest.summary) if backtest.predictions else None,
        "groups": [{"name": name, **asdict(s)} for name, s in backtest.groups.items()],
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
