"""Evaluate each scenario once and each condition on it: pass, warn, fail or not evaluated."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from frontiercost.catalogue.store import Catalogue
from frontiercost.checks import baseline
from frontiercost.checks.baseline import Total
from frontiercost.checks.expressions import Amount, names
from frontiercost.checks.expressions import evaluate as holds
from frontiercost.checks.file import Assumption, CheckFile
from frontiercost.checks.names import Known, judged, look_up, results
from frontiercost.checks.price_age import (
    OLDEST_PRICE,
    DatedPrice,
    clock,
    oldest,
    prices_of,
    too_old,
)
from frontiercost.core.errors import (
    ExitCode,
    FrontierCostError,
    InputError,
    NotEvaluatedError,
)
from frontiercost.core.facts import Draws
from frontiercost.core.frozen import frozen
from frontiercost.core.safe_files import file_named
from frontiercost.scenario.scenario import Scenario, build
from frontiercost.scenario.user_facts import catalogue_of
from frontiercost.stages.evaluation import evaluate

PASS, WARN, FAIL, NOT_EVALUATED = ("pass", "warn", "fail", "not-evaluated")


@frozen
class Outcome:
    """What became of one scenario: its results, or why there are none."""

    name: str
    known: Known
    total: Total | None = None
    prices: tuple[DatedPrice, ...] = ()
    doubts: tuple[str, ...] = ()
    judged: frozenset[str] = frozenset()
    """Names of probabilities that rest on a judged share of a budget."""
    pinned: bool = False
    """Whether the file's edition set the date of its prices."""
    error: str = ""
    draws: Draws | None = None
    """How its probabilities were found."""


@frozen
class Finding:
    """What became of one assumption, with the amounts that its condition read."""

    assumption: Assumption
    status: str
    reason: str
    read: Mapping[str, Amount]

    @property
    def scenario(self) -> str:
        """The name of the scenario it is about; empty for all of them."""
        return self.assumption.scenario_name


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
        return [finding for finding in self.findings if finding.status == status]

    @property
    def exit_code(self) -> ExitCode:
        """3 when one fails, whatever else there is; 4 when one could not be evaluated; else 0."""
        if self.of(FAIL):
            return ExitCode.GATE_FAILED
        return ExitCode.NOT_EVALUATED if self.of(NOT_EVALUATED) else ExitCode.DONE

    @property
    def totals(self) -> list[Total]:
        """The totals of the scenarios that could be evaluated."""
        return [outcome.total for outcome in self.outcomes if outcome.total]

    @property
    def unread(self) -> list[str]:
        """Scenarios that stand in the baseline and that no assumption reads any more."""
        read = {outcome.name for outcome in self.outcomes}
        return [name for name in self.recorded or () if name not in read]


def check(
    file: CheckFile,
    recorded: Mapping[str, Total] | None,
    catalogue: Catalogue,
    today: str = "",
    record: bool = False,
    tell: Callable[[str], object] = str,
) -> Checked:
    """Check every assumption of a file against its scenarios and the recorded totals.

    `tell` is told which scenario comes next.

    The age of prices counts to `today`, which the clock tells where it is not given. With `record`
    the totals of this run are what changes are measured from. Raises NotEvaluatedError where the
    pinned edition is newer than the catalogue.
    """
    installed = str(catalogue.edition["edition"])
    if file.edition > installed:
        raise NotEvaluatedError(
            f"{file.path}: edition {file.edition} is pinned, but {installed} is installed; "
            "install a newer frontiercost"
        )
    today = today or clock()
    outcomes: dict[str, Outcome] = {}
    for assumption in file.assumptions:
        if assumption.scenario_name not in outcomes:
            tell(assumption.scenario_name)
            outcomes[assumption.scenario_name] = _outcome(assumption, file, catalogue, today)
    if record:
        recorded = {
            outcome.total.scenario: outcome.total for outcome in outcomes.values() if outcome.total
        }
    findings = [
        _finding(assumption, outcomes[assumption.scenario_name], recorded)
        for assumption in file.assumptions
    ]
    every = tuple(outcomes.values())
    findings += _price_ages(file, every)
    return Checked(file, tuple(findings), every, recorded, catalogue.edition)


def _outcome(assumption: Assumption, file: CheckFile, catalogue: Catalogue, today: str) -> Outcome:
    name = assumption.scenario_name
    try:
        scenario = scenario_of(assumption, file.path)
        own = catalogue_of(scenario, catalogue)
        origin = baseline.origin_of(scenario, own)
        dated = scenario.has("date", "as_built")
        pinned = bool(file.edition) and not dated and file.edition != catalogue.edition["edition"]
        if pinned:
            scenario = _at(scenario, file.edition, f"{file.path} edition")
        e = evaluate(scenario, own)
    except FrontierCostError as error:
        return Outcome(name, {}, error=str(error))
    prices = prices_of(e, e.terms.date if dated else today)
    known = {**results(e), OLDEST_PRICE: oldest(prices)}
    total = baseline.total_of(name, origin, e)
    return Outcome(name, known, total, prices, e.doubts, judged(e.verdicts), pinned, draws=e.draws)


def scenario_of(assumption: Assumption, file: Path) -> Scenario:
    """Build the scenario of an assumption: its file, or the keys written in its place."""
    if isinstance(assumption.scenario, str):
        path = file.parent / file_named(assumption.scenario)
        if os.path.exists(path) and path.samefile(file):
            raise InputError(f"scenario '{assumption.scenario}': is the file of assumptions itself")
        return build({}, path)
    scenario = build({}, defaults=_dotted(assumption.scenario), beside=file.parent)
    values = {key: replace(value, set_by="file") for key, value in scenario.values.items()}
    return replace(scenario, values=values)


def _dotted(table: Mapping[str, Any]) -> dict[str, Any]:
    """Write the keys of inner tables as `assumptions.pue`, `phases.sft.examples`."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        inner = _dotted(value) if isinstance(value, Mapping) and value else {"": value}
        flat |= {f"{key}.{subkey}".rstrip("."): entry for subkey, entry in inner.items()}
    return flat


def _at(scenario: Scenario, date: str, origin: str) -> Scenario:
    """Return a scenario with the date of its prices set by the pinned edition."""
    return scenario.changed(origin, "file", date=date)


def _price_ages(file: CheckFile, outcomes: Sequence[Outcome]) -> list[Finding]:
    """Judge the oldest price of all; a scenario without a result has prices that nobody knows."""
    assumption = file.price_age
    if assumption is None:
        return []
    age = oldest(price for outcome in outcomes for price in outcome.prices)
    read = {OLDEST_PRICE: age} if isinstance(age, Amount) else {}
    if old := old_prices(file, outcomes):
        message = f"{'; '.join(old)}; install a newer frontiercost, or give the scenario a price"
        return [Finding(replace(assumption, message=message), FAIL, "", read)]
    reason = next((outcome.error for outcome in outcomes if outcome.error), "")
    return [Finding(assumption, NOT_EVALUATED if reason else PASS, reason, read)]


def old_prices(file: CheckFile, outcomes: Sequence[Outcome]) -> list[str]:
    """Say which prices are older than the file allows."""
    prices = [price for outcome in outcomes for price in outcome.prices]
    return too_old(prices, file.price_age.expression) if file.price_age else []


def _finding(
    assumption: Assumption, outcome: Outcome, recorded: Mapping[str, Total] | None
) -> Finding:
    """Judge one condition; a name that it reads is looked up once more to be shown."""
    if outcome.total is None:
        return Finding(assumption, NOT_EVALUATED, outcome.error, {})
    amounts = {**outcome.known, **baseline.changes(outcome.total, recorded)}
    try:
        held = holds(assumption.expression, lambda name: look_up(amounts, name))
    except NotEvaluatedError as error:
        return Finding(assumption, NOT_EVALUATED, str(error), {})
    read = {name: look_up(amounts, name) for name in names(assumption.expression)}
    return Finding(assumption, PASS if held else assumption.level, "", read)
