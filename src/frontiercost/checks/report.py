"""Checked assumptions in words, tables and as a document."""

from collections.abc import Sequence
from typing import Any

from frontiercost.checks import baseline
from frontiercost.checks.check import FAIL, NOT_EVALUATED, PASS, WARN, Checked, Finding, Outcome
from frontiercost.checks.expressions import Amount
from frontiercost.core.report import Cell, Report, Sentence, Table
from frontiercost.core.safe_text import one_line
from frontiercost.reporting.json_document import envelope

WORDS = {
    PASS: Cell("PASS", tone="yes"),
    WARN: Cell("WARN", tone="toss-up"),
    FAIL: Cell("FAIL", tone="no"),
    NOT_EVALUATED: Cell("NOT EVALUATED", tone="unlikely"),
}
HEADLINE = {FAIL: "failed", WARN: "to be warned of", NOT_EVALUATED: "could not be evaluated"}
MOST_NAMED = 5
CELL_UNITS = {"USD", "%", "day"}
"""Units whose numbers are printed with them; the others are clear from their names."""


def of_checked(checked: Checked, explain: bool = False) -> Report:
    """Report what became of each assumption, what was read, and how totals changed.

    With `explain` also every name that a condition may read.
    """
    tables = [_findings_table(checked), _read_table(checked), _totals_table(checked)]
    if explain:
        tables += [_names_table(outcome) for outcome in checked.outcomes]
    return Report(
        headline=_headline(checked),
        tables=tuple(table for table in tables if table.rows),
        notes=tuple(_notes(checked)),
        document=lambda: {**envelope(checked.edition, "check"), "check": _document(checked)},
    )


def _headline(checked: Checked) -> Sentence:
    said = [f"{len(checked.of(PASS))} of {len(checked.findings)} assumptions hold"]
    for status, words in HEADLINE.items():
        if found := checked.of(status):
            more = ", …" if len(found) > MOST_NAMED else ""
            named = ", ".join(one.assumption.id for one in found[:MOST_NAMED])
            said.append(f"{words}: {named}{more}")
    return [f"{'; '.join(said)}."]


def _findings_table(checked: Checked) -> Table:
    rows = tuple(
        (WORDS[f.status], Cell(f.assumption.id), Cell(one_line(f.assumption.condition)))
        for f in checked.findings
    )
    columns = ("Result", "Assumption", "Condition")
    return Table("Budget assumptions", columns, rows, texts=3, wraps=(2,))


def _read_table(checked: Checked) -> Table:
    rows = tuple(
        (Cell(f.assumption.id), Cell(name), _cell(amount))
        for f in checked.findings
        for name, amount in f.read.items()
    )
    return Table("What the conditions read", ("Assumption", "", "Now"), rows, 2, (0, 1))


def _names_table(outcome: Outcome) -> Table:
    """List what conditions on a scenario may read; `.p50` is `.median` and is left out."""
    rows = tuple(
        (Cell(one_line(name)), _cell(found) if isinstance(found, Amount) else Cell(None))
        for name, found in outcome.known.items()
        if not name.endswith((".p5", ".p50", ".p95"))
    )
    return Table(f"Names of {one_line(outcome.name)}", ("Name", "Now"), rows)


def _cell(amount: Amount) -> Cell:
    if amount.unit == "per cent":
        return Cell(amount.value / 100, "%")
    return Cell(amount.value, amount.unit if amount.unit in CELL_UNITS else "count")


def _totals_table(checked: Checked) -> Table:
    columns = ("Scenario", "Low", "Median", "High", "Recorded", "Change")
    rows = []
    for now in checked.totals:
        before = (checked.recorded or {}).get(now.scenario)
        pct = baseline.changes(now, checked.recorded)["change.total_pct"]
        rows.append(
            (
                Cell(one_line(now.scenario)),
                *(Cell(end, "USD") for end in now.usd),
                Cell(before.usd.median if before else None, "USD"),
                _cell(pct) if isinstance(pct, Amount) else Cell(None),
            )
        )
    return Table("Totals, and what was recorded", columns, tuple(rows))


def _notes(checked: Checked) -> list[Sentence]:
    """Say of each assumption that does not hold where it stands and why; then of the totals."""
    file, edition = checked.file, checked.edition["edition"]
    found = [f for f in checked.findings if f.status != PASS]
    notes: list[Sentence] = [[f"{WORDS[f.status].value} {where(f, checked)}"] for f in found]
    notes += [[text] for text in _changes(checked)]
    notes += [[text] for text in _judged(checked)]
    notes += [[f"Old price: {text}."] for text in checked.stale]
    if file.edition and file.edition != edition:
        names = [one_line(one.name) for one in checked.outcomes if one.pinned]
        said = f"at prices of {file.edition}: {', '.join(names)}" if names else "none to be moved"
        notes.append(
            [
                f"Edition {file.edition} is pinned, {edition} is installed; {said}. "
                "Facts other than prices and budgets are those of the installed edition."
            ]
        )
    return [*notes, [f"Catalogue {edition}, facts to {checked.edition['as_of']}."]]


def _judged(checked: Checked) -> list[str]:
    """Say which probabilities that were read rest on a judged share of a budget."""
    names = {one.name: one.judged for one in checked.outcomes}
    return [
        f"{f.assumption.id}: {name} rests on a judged share of a budget, so it is a guide only."
        for f in checked.findings
        for name in f.read
        if name in names[f.assumption.scenario_name]
    ]


def where(finding: Finding, checked: Checked) -> str:
    """Return the place of an assumption, and its message or the reason why it has no result."""
    one = finding.assumption
    said = finding.reason or one.message or f"{one.condition} does not hold"
    return one_line(f"{one.id} ({checked.file.path}:{one.line}): {said}")


def _changes(checked: Checked) -> list[str]:
    """Say of each total that changed what the change comes from."""
    found = []
    for now in checked.totals:
        before = (checked.recorded or {}).get(now.scenario)
        if before and (now.usd.median != before.usd.median or now.digest != before.digest):
            said = " and ".join(baseline.causes(now, before))
            cause = f"what differs is {said}" if said else "neither file, edition nor date differs"
            found.append(f"Changed: {one_line(now.scenario)}; {cause}.")
    return found


def _document(checked: Checked) -> dict[str, Any]:
    return {
        "file": str(checked.file.path),
        "exit_code": int(checked.exit_code),
        "pinned_edition": checked.file.edition or None,
        "assumptions": [_entry(f) for f in checked.findings],
        "scenarios": _scenarios(checked),
        "old_prices": list(checked.stale),
    }


def _entry(finding: Finding) -> dict[str, Any]:
    one = finding.assumption
    return {
        "id": one.id,
        "line": one.line,
        "scenario": one.scenario_name,
        "condition": one.condition,
        "level": one.level,
        "status": finding.status,
        "message": one.message or None,
        "reason": finding.reason or None,
        "read": {name: amount.value for name, amount in finding.read.items()},
    }


def _scenarios(checked: Checked) -> Sequence[dict[str, Any]]:
    found = []
    for outcome in checked.outcomes:
        now = outcome.total
        if now is None:
            continue
        before = (checked.recorded or {}).get(now.scenario)
        change = baseline.changes(now, checked.recorded)
        found.append(
            {
                "name": now.scenario,
                "digest": now.digest,
                "date": now.date,
                "pinned": outcome.pinned,
                "total_usd": now.usd._asdict(),
                "recorded_usd": before.usd._asdict() if before else None,
                "change_usd": _number(change["change.total_usd"]),
                "change_pct": _number(change["change.total_pct"]),
                "changed": baseline.causes(now, before) if before else [],
            }
        )
    return found


def _number(amount: Amount | str) -> float | None:
    return amount.value if isinstance(amount, Amount) else None
