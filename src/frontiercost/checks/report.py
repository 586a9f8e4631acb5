"""Checked assumptions in words, tables and as a document."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from frontiercost.checks import baseline
from frontiercost.checks.check import (
    FAIL,
    NOT_EVALUATED,
    PASS,
    WARN,
    Checked,
    Finding,
    Outcome,
    old_prices,
)
from frontiercost.checks.doubts import questions, too_near
from frontiercost.checks.expressions import Amount
from frontiercost.checks.shown import Read, cell_of, figures_of, words_of
from frontiercost.core.report import Cell, Later, Report, Screen, Sentence, Table
from frontiercost.core.safe_text import one_line
from frontiercost.reporting.json_document import envelope

WORDS = {
    PASS: Cell("PASS", tone="yes"),
    WARN: Cell("WARN", tone="toss-up"),
    FAIL: Cell("FAIL", tone="no"),
    NOT_EVALUATED: Cell("NOT EVALUATED", tone="unlikely"),
}
HEADLINE = {FAIL: "failed", WARN: "warnings", NOT_EVALUATED: "could not be evaluated"}
MOST_NAMED = 5
MOST_SHOWN, MOST_NOTES = 8, 3
"""Assumptions and notes on a screen."""


def of_checked(checked: Checked, explain: bool = False) -> Report:
    """Report what became of each assumption, what was read, and how totals changed.

    With `explain` also every name that a condition may read.
    """
    return Report(
        headline=_headline(checked),
        tables=Later(lambda: _tables(checked, explain=explain)),
        notes=Later(lambda: _notes(checked)),
        document=lambda: {**envelope(checked.edition, "check"), "check": _document(checked)},
        screen=None if explain else lambda: _screen(checked),
    )


def _tables(checked: Checked, *, explain: bool) -> list[Table]:
    tables = [
        _findings_table(checked, checked.findings),
        _read_table(checked),
        _totals_table(checked),
    ]
    if explain:
        tables += [_names_table(checked, outcome) for outcome in checked.outcomes]
    return [table for table in tables if table.rows]


def _screen(checked: Checked) -> Screen:
    """Return what fits a screen: what does not hold first, where it stands and why."""
    ranked = sorted(checked.findings, key=lambda f: f.status == PASS)
    points = reasons(checked)[:MOST_NAMED]
    remarks = (*unread(checked), *_too_near(checked), *_questions(checked), *_judged(checked))
    points += [("Note", text) for text in (*remarks, *_changes(checked))[:MOST_NOTES]]
    points += [("Doubt", text) for outcome in checked.outcomes for text in outcome.doubts]
    if left := len(ranked[MOST_SHOWN:]):
        points.append(("Further", f"{left} more of {len(ranked)} assumptions, with --more"))
    table = replace(_findings_table(checked, ranked[:MOST_SHOWN]), bare=True)
    seed = next((outcome.draws.seed for outcome in checked.outcomes if outcome.draws), 0)
    last = f"edition {checked.edition['edition']}, seed {seed} · --more what was read · -h flags"
    return Screen((table,), tuple(points), last=last)


def _headline(checked: Checked) -> Sentence:
    clauses = [f"{len(checked.of(PASS))} of {len(checked.findings)} assumptions hold"]
    for status, words in HEADLINE.items():
        if findings := checked.of(status):
            more = ", …" if len(findings) > MOST_NAMED else ""
            named = ", ".join(finding.assumption.id for finding in findings[:MOST_NAMED])
            clauses.append(f"{words}: {named}{more}")
    return [f"{'; '.join(clauses)}."]


def _findings_table(checked: Checked, findings: Sequence[Finding]) -> Table:
    """List what became of each, what it asks, and what the names in it are now, in their order."""
    figures = _figures(checked)
    rows = tuple(
        (
            WORDS[f.status],
            Cell(f.assumption.id),
            Cell(one_line(f.assumption.condition)),
            Cell("; ".join(amount for _, amount in _amounts(f, figures)) or "–"),
        )
        for f in findings
    )
    columns = ("Result", "Assumption", "Condition", "Now")
    return Table("Budget assumptions", columns, rows, texts=4, wraps=(2, 3))


def _amounts(finding: Finding, figures: Mapping[str, Mapping[str, int]]) -> list[tuple[str, str]]:
    """Return each name that a condition read, with its amount in words."""
    return [
        (name, words_of(amount, figures[finding.scenario])) for name, amount in finding.read.items()
    ]


def reasons(checked: Checked) -> list[tuple[str, str]]:
    """Say of what does not hold where it stands and why: once for all with the same reason."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for f in checked.findings:
        if f.status != PASS:
            assumption = f.assumption
            own = assumption.message or f"{assumption.condition} does not hold"
            alike.setdefault((str(WORDS[f.status].value), f.reason or own), []).append(f)
    return [
        (status, one_line(f"{_places(findings, checked)}: {why}"))
        for (status, why), findings in alike.items()
    ]


def _places(findings: Sequence[Finding], checked: Checked) -> str:
    """Return `budget.toml:5 run-cost, run-time`: the line of the first."""
    named = ", ".join(f.assumption.id for f in findings)
    return f"{checked.file.path}:{findings[0].assumption.line} {named}"


def _read_table(checked: Checked) -> Table:
    figures = _figures(checked)
    rows = tuple(
        (Cell(f.assumption.id), Cell(name), cell_of(amount, figures[f.scenario]))
        for f in checked.findings
        for name, amount in f.read.items()
    )
    return Table("What the conditions read", ("Assumption", "", "Now"), rows, 2, (0, 1))


def _names_table(checked: Checked, outcome: Outcome) -> Table:
    """List what conditions on a scenario may read; `.p50` is `.median` and is left out."""
    changed = baseline.changes(outcome.total, checked.recorded) if outcome.total else {}
    rows = tuple(
        (Cell(one_line(name)), cell_of(amount) if isinstance(amount, Amount) else Cell(None))
        for name, amount in {**outcome.known, **changed}.items()
        if not name.endswith((".p5", ".p50", ".p95"))
    )
    return Table(f"Names of {one_line(outcome.name)}", ("Name", "Now"), rows)


def _totals_table(checked: Checked) -> Table:
    columns = ("Scenario", "Low", "Median", "High", "Recorded", "Change")
    rows, every = [], _figures(checked)
    for total in checked.totals:
        figures = every[total.scenario]
        recorded = (checked.recorded or {}).get(total.scenario)
        pct = baseline.changes(total, checked.recorded)["change.total_pct"]
        rows.append(
            (
                Cell(one_line(total.scenario)),
                *(_dollars(end, figures) for end in total.usd),
                _dollars(recorded.usd.median if recorded else None, figures),
                cell_of(pct, figures) if isinstance(pct, Amount) else Cell(None),
            )
        )
    return Table("Totals, and what was recorded", columns, tuple(rows))


def _dollars(usd: float | None, figures: Mapping[str, int]) -> Cell:
    return Cell(None) if usd is None else cell_of(Amount(usd, "USD"), figures)


def _figures(checked: Checked) -> dict[str, dict[str, int]]:
    """Return by scenario and unit how many figures it takes to tell results from their bounds."""
    read: dict[str, list[Read]] = {total.scenario: [] for total in checked.totals}
    for f in checked.findings:
        read.setdefault(f.scenario, []).append((f.assumption.expression, f.read))
    return {scenario: figures_of(conditions) for scenario, conditions in read.items()}


def _notes(checked: Checked) -> list[Sentence]:
    """Say of each assumption that does not hold where it stands and why; then of the totals."""
    file, edition = checked.file, checked.edition["edition"]
    notes: list[Sentence] = [[f"{status} {why}"] for status, why in reasons(checked)]
    notes += [[text] for text in (*_changes(checked), *unread(checked))]
    remarks = (*_judged(checked), *_questions(checked), *_too_near(checked))
    notes += [[text] for text in remarks]
    notes += [
        [f"{outcome.name}: {text}."] for outcome in checked.outcomes for text in outcome.doubts
    ]
    if file.edition and file.edition != edition:
        names = [one_line(outcome.name) for outcome in checked.outcomes if outcome.pinned]
        moved = f"at prices of {file.edition}: {', '.join(names)}" if names else "none to be moved"
        notes.append(
            [
                f"Edition {file.edition} is pinned, {edition} is installed; {moved}. "
                "Facts other than prices and budgets are those of the installed edition."
            ]
        )
    return [*notes, [f"Catalogue {edition}, facts to {checked.edition['as_of']}."]]


def _judged(checked: Checked) -> list[str]:
    """Say which probabilities that were read rest on a judged share of a budget."""
    names = {outcome.name: outcome.judged for outcome in checked.outcomes}
    return [
        f"{f.assumption.id}: {name} rests on a judged share of a budget, so it is a guide only."
        for f in checked.findings
        for name in f.read
        if name in names.get(f.scenario, ())
    ]


def _questions(checked: Checked) -> list[str]:
    """Ask about bounds that were hardly meant."""
    return [
        one_line(f"{f.assumption.id}: {question}")
        for f in checked.findings
        for question in questions(f.assumption.expression, f.read)
    ]


def _too_near(checked: Checked) -> list[str]:
    """Say which probabilities the draws cannot tell from their bounds."""
    drawn = {outcome.name: outcome.draws for outcome in checked.outcomes}
    return [
        one_line(f"{f.assumption.id}: {remark}")
        for f in checked.findings
        if (draws := drawn.get(f.scenario))
        for remark in too_near(f.assumption.expression, f.read, draws)
    ]


def unread(checked: Checked) -> list[str]:
    """Name what the baseline holds and nothing is checked of, so that no gate goes in silence."""
    return [
        f"{one_line(name)} stands in the baseline and no assumption reads it any more; "
        "record again with --record."
        for name in checked.unread
    ]


def _changes(checked: Checked) -> list[str]:
    """Say of each total that changed from what to what, and what the change comes from."""
    sentences, every = [], _figures(checked)
    for total in checked.totals:
        recorded = (checked.recorded or {}).get(total.scenario)
        if recorded and (
            total.usd != recorded.usd or total.origin.digest != recorded.origin.digest
        ):
            causes = " and ".join(baseline.causes(total, recorded))
            cause = f"what differs is {causes}" if causes else "nothing recorded explains it"
            figures = every[total.scenario]
            then, now = (
                words_of(Amount(usd.median, "USD"), figures) for usd in (recorded.usd, total.usd)
            )
            moved = f"from {then} to {now}" if then != now else f"by little, still {now}"
            whose = one_line(total.scenario)
            sentences.append(f"The total of {whose} changed {moved}; {cause}.")
    return sentences


def _document(checked: Checked) -> dict[str, Any]:
    return {
        "file": str(checked.file.path),
        "exit_code": int(checked.exit_code),
        "pinned_edition": checked.file.edition or None,
        "assumptions": [_entry(f, _figures(checked)) for f in checked.findings],
        "scenarios": _scenarios(checked),
        "no_longer_read": checked.unread,
        "old_prices": old_prices(checked.file, checked.outcomes),
    }


def _entry(finding: Finding, figures: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    assumption = finding.assumption
    return {
        "id": assumption.id,
        "line": assumption.line,
        "scenario": assumption.scenario_name or None,
        "condition": assumption.condition,
        "level": assumption.level,
        "status": finding.status,
        "message": assumption.message or None,
        "reason": finding.reason or None,
        "read": {name: amount.value for name, amount in finding.read.items()},
        "now": ", ".join(f"{name} = {text}" for name, text in _amounts(finding, figures)) or None,
    }


def _scenarios(checked: Checked) -> Sequence[dict[str, Any]]:
    entries = []
    for outcome in checked.outcomes:
        total = outcome.total
        if total is None:
            continue
        recorded = (checked.recorded or {}).get(total.scenario)
        change = baseline.changes(total, checked.recorded)
        entries.append(
            {
                "name": total.scenario,
                "digest": total.origin.digest,
                "date": total.date,
                "pinned": outcome.pinned,
                "total_usd": total.usd._asdict(),
                "recorded_usd": recorded.usd._asdict() if recorded else None,
                "change_usd": _number(change["change.total_usd"]),
                "change_pct": _number(change["change.total_pct"]),
                "changed": baseline.causes(total, recorded) if recorded else [],
            }
        )
    return entries


def _number(amount: Amount | str) -> float | None:
    return amount.value if isinstance(amount, Amount) else None
