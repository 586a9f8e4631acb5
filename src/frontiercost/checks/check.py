"""Evaluate each scenario once and each condition on it: pass, warn, fail or not evaluated."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from frontiercost.catalogue.store import Catalogue
from frontiercost.checks import baseline
from frontiercost.checks.baseline import Total
from frontiercost.checks.expressions import Amount, names
from frontiercost.checks.expressions import evaluate as holds
from frontiercost.checks.file import Assumption, CheckFile
from frontiercost.checks.names import Known, judged, look_up, results
from frontiercost.core.errors import ExitCode, InputError, NotEvaluatedError
from frontiercost.core.frozen import frozen
from frontiercost.core.safe_files import file_named
from frontiercost.core.units import DAYS_PER_YEAR, decimal_year
from frontiercost.scenario.scenario import Scenario, build
from frontiercost.scenario.user_facts import catalogue_of
from frontiercost.stages.evaluation import AnyEvaluation, evaluate

PASS, WARN, FAIL, NOT_EVALUATED = ("pass", "warn", "fail", "not-evaluated")


@frozen
class Outcome:
    """What became of one scenario: its results, or why there are none."""

    name: str
    known: Known
    total: Total | None = None
    stale: tuple[str, ...] = ()
    judged: frozenset[str] = frozenset()
    """Names of probabilities that rest on a judged share of a budget."""
    pinned: bool = False
    """Whether the file's edition set the date of its prices."""
    error: str = ""


@frozen
class Finding:
    """What became of one assumption, with the amounts that its condition read."""

    assumption: Assumption
    status: str
    reason: str
    read: Mapping[str, Amount]


@frozen
class Checked:
    """A file of assumptions, checked."""

    file: CheckFile
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]
    recorded: Mapping[str, Total] | None
    edition: Mapping[str, str]

    def __repr__(self) -> str:
        counts = {status: len(self.of(status)) for status in (PASS, WARN, FAIL, NOT_EVALUATED)}
        words = [f"{count} {status}" for status, count in counts.items() if count]
        return f"Checked('{self.file.path}': {', '.join(words)})"

    def of(self, status: str) -> list[Finding]:
        """Return the findings of one status."""
        return [one for one in self.findings if one.status == status]

    @property
    def exit_code(self) -> ExitCode:
        """3 when one fails, whatever else there is; 4 when one could not be evaluated; else 0."""
        if self.of(FAIL):
            return ExitCode.GATE_FAILED
        return ExitCode.NOT_EVALUATED if self.of(NOT_EVALUATED) else ExitCode.DONE

    @property
    def totals(self) -> list[Total]:
        """The totals of the scenarios that could be evaluated."""
        return [one.total for one in self.outcomes if one.total]

    @cached_property
    def stale(self) -> list[str]:
        """Prices that are older than the file allows."""
        return list(dict.fromkeys(text for one in self.outcomes for text in one.stale))


def check(
    file: CheckFile,
    recorded: Mapping[str, Total] | None,
    catalogue: Catalogue,
    today: str = "",
    record: bool = False,
) -> Checked:
    """Check every assumption of a file against its scenarios and the recorded totals.

    With `record` the totals of this run are what changes are measured from. Raises
    NotEvaluatedError where the pinned edition is newer than the catalogue.
    """
    installed = str(catalogue.edition["edition"])
    if file.edition > installed:
        raise NotEvaluatedError(
            f"{file.path}: edition {file.edition} is pinned, but {installed} is installed; "
            "install a newer frontiercost"
        )
    outcomes: dict[str, Outcome] = {}
    for one in file.assumptions:
        if one.scenario_name not in outcomes:
            outcomes[one.scenario_name] = _outcome(one, file, catalogue, today)
    if record:
        recorded = {one.total.scenario: one.total for one in outcomes.values() if one.total}
    findings = [_finding(one, outcomes[one.scenario_name], recorded) for one in file.assumptions]
    edition = catalogue.edition
    return Checked(file, tuple(findings), tuple(outcomes.values()), recorded, edition)


def _outcome(one: Assumption, file: CheckFile, catalogue: Catalogue, today: str) -> Outcome:
    name = one.scenario_name
    try:
        scenario = scenario_of(one, file.path)
        own = catalogue_of(scenario, catalogue)
        digest = baseline.digest(scenario, own)
        dated = scenario.has("date", "as_built")
        pinned = bool(file.edition) and not dated and file.edition != catalogue.edition["edition"]
        if pinned:
            scenario = _at(scenario, file.edition, f"{file.path} edition")
        e = evaluate(scenario, own)
    except (InputError, NotEvaluatedError) as error:
        return Outcome(name, {}, error=str(error))
    now = e.terms.date if dated else today or str(catalogue.edition["as_of"])
    stale = _stale(e, now, file.max_price_age) if file.max_price_age is not None else ()
    total = baseline.total_of(name, digest, e)
    return Outcome(name, results(e), total, stale, judged(e.verdicts), pinned)


def scenario_of(one: Assumption, file: Path) -> Scenario:
    """Build the scenario of an assumption: its file, or the keys written in its place."""
    if isinstance(one.scenario, str):
        path = file.parent / file_named(one.scenario)
        if os.path.exists(path) and path.samefile(file):
            raise InputError(f"scenario '{one.scenario}': is the file of assumptions itself")
        return build({}, path)
    return build({}, defaults=_dotted(one.scenario))


def _dotted(table: Mapping[str, Any]) -> dict[str, Any]:
    """Write the keys of inner tables as `assumptions.pue`, `phases.sft.examples`."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        inner = _dotted(value) if isinstance(value, Mapping) and value else {"": value}
        flat |= {f"{key}.{rest}".rstrip("."): entry for rest, entry in inner.items()}
    return flat


def _at(scenario: Scenario, date: str, origin: str) -> Scenario:
    """Return a scenario with the date of its prices set by the pinned edition."""
    return scenario.changed(origin, "file", date=date)


def _stale(e: AnyEvaluation, now: str, limit: float) -> tuple[str, ...]:
    """Name the prices of a bill whose newest quote is more than `limit` days before a date."""
    facts = (fact for line in e.bill.lines for fact in line.facts)
    priced = {f.path: f.as_of for f in facts if f.path.startswith("prices/") and f.as_of}
    ages = {
        path: DAYS_PER_YEAR * (decimal_year(now) - decimal_year(as_of))
        for path, as_of in priced.items()
    }
    return tuple(
        f"{path}: its newest quote, of {priced[path]}, is {age:.0f} days older than {now}"
        for path, age in ages.items()
        if age > limit
    )


def _finding(one: Assumption, outcome: Outcome, recorded: Mapping[str, Total] | None) -> Finding:
    """Judge one condition; a name that it reads is looked up once more to be shown."""
    if outcome.total is None:
        return Finding(one, NOT_EVALUATED, outcome.error, {})
    known = {**outcome.known, **baseline.changes(outcome.total, recorded)}
    try:
        held = holds(one.expression, lambda name: look_up(known, name))
    except NotEvaluatedError as error:
        return Finding(one, NOT_EVALUATED, str(error), {})
    read = {name: look_up(known, name) for name in names(one.expression)}
    return Finding(one, PASS if held else one.level, "", read)
