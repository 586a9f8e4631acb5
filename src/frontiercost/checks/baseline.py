"""The recorded totals that changes are measured from, and what a change comes from."""

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from frontiercost.catalogue.store import Catalogue
from frontiercost.checks.expressions import Amount
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact, Interval
from frontiercost.core.frozen import frozen
from frontiercost.core.report import SCHEMA_VERSION
from frontiercost.core.safe_files import read_text
from frontiercost.core.version import __version__
from frontiercost.scenario.scenario import SETTERS, Scenario
from frontiercost.scenario.user_facts import SOURCE
from frontiercost.stages.evaluation import AnyEvaluation

DIGITS = 6
DIGEST_LENGTH = 16
LARGEST_BASELINE = 16 * 1024 * 1024
"""Bytes: some kilobytes for each scenario that a file of assumptions can hold."""
ASKED = ("input", "work", "phase")
"""Where paths of facts begin that follow from what is asked, and not from the catalogue alone."""
DATED = ("prices/", "actors/")
"""Where paths of facts begin that depend on the date."""
MOST_NAMED = 5
NO_BASELINE = "no baseline is recorded; run: frontiercost check FILE --record"


@frozen
class Origin:
    """What a total was computed from, as short digests: comments and order do not matter."""

    digest: str
    """Of all: what the scenario asks, and the facts laid on the shipped ones."""
    scenario: str = ""
    """Of what it asks alone; empty where an older program recorded it."""
    own_facts: str = ""
    """Of the facts that it lays on the shipped ones, its own or those of a folder."""


@frozen
class Total:
    """The total of one scenario, and what it was computed from."""

    scenario: str
    origin: Origin
    facts: Mapping[str, str]
    """Each fact of the catalogue that it rests on, by path: `low..value..high`."""
    date: str
    edition: str
    version: str
    usd: Interval


def default_path(file: Path) -> Path:
    """Return where the baseline of a file of assumptions lies: beside it."""
    return file.with_name(f"{file.stem}.baseline.json")


def origin_of(scenario: Scenario, catalogue: Catalogue) -> Origin:
    """Return the digests of what a scenario asks; a folder counts by what is in it, not by name."""
    content = scenario.without("catalogue").content()
    own = {"own": content["own"], "facts": catalogue.laid_on_top()}
    asked = {key: value for key, value in content.items() if key != "own"}
    every = {"scenario": content, "facts": own["facts"]}
    return Origin(_digest(every), _digest(asked), _digest(own))


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def total_of(name: str, origin: Origin, e: AnyEvaluation) -> Total:
    """Return the total of an evaluation, to as many digits as are recorded."""
    ends = (_rounded(end) for end in e.draws.summary(e.bill.total))
    low, median, high = ends
    assert median is not None
    edition = str(e.catalogue.edition["edition"])
    usd = Interval(low, median, high)
    return Total(name, origin, _known(e.facts), e.terms.date, edition, __version__, usd)


def _known(facts: Iterable[Fact]) -> dict[str, str]:
    """Return the facts that the catalogue knows, not those that a scenario set or asks about."""
    catalogued = (
        fact
        for fact in facts
        if fact.path.partition("/")[0] not in ASKED
        and fact.source.partition(":")[0] not in (*SETTERS, SOURCE)
    )
    return {fact.path: _span(fact) for fact in sorted(catalogued, key=lambda fact: fact.path)}


def _span(fact: Fact) -> str:
    ends = (fact.value,) if fact.exact else (fact.low, fact.value, fact.high)
    return "..".join(f"{end:.{DIGITS}g}" for end in ends)


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.{DIGITS}g}")


def to_json(totals: Iterable[Total], edition: Mapping[str, str]) -> str:
    """Return the baseline as the text of its file."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "frontiercost": __version__,
        "catalogue": dict(edition),
        "scenarios": {
            total.scenario: {
                "digest": total.origin.digest,
                "scenario_digest": total.origin.scenario,
                "own_facts_digest": total.origin.own_facts,
                "date": total.date,
                "total_usd": total.usd._asdict(),
                "facts": dict(total.facts),
            }
            for total in totals
        },
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read(path: Path) -> dict[str, Total] | None:
    """Read recorded totals by scenario; None where nothing has been recorded."""
    if not os.path.exists(path):
        return None
    text = read_text(path, "`baseline`", LARGEST_BASELINE)
    try:
        data = json.loads(text)
        edition, version = str(data["catalogue"]["edition"]), str(data["frontiercost"])
        return {
            name: _total(name, entry, edition, version) for name, entry in data["scenarios"].items()
        }
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        raise InputError(
            f"`baseline` '{path}': is not a baseline; write it with `record`"
        ) from None


def _total(name: str, entry: Mapping[str, Any], edition: str, version: str) -> Total:
    median = float(entry["total_usd"]["median"])
    low, high = (entry["total_usd"][end] for end in ("low", "high"))
    if not math.isfinite(median) or median < 0:
        raise ValueError(f"{median} is no total")
    usd = Interval(low, median, high)
    digests = (str(entry.get(key, "")) for key in ("scenario_digest", "own_facts_digest"))
    origin, facts = Origin(str(entry["digest"]), *digests), dict(entry.get("facts", {}))
    return Total(name, origin, facts, str(entry["date"]), edition, version, usd)


def changes(total: Total, recorded: Mapping[str, Total] | None) -> dict[str, Amount | str]:
    """Return the change of a total under the names that conditions use.

    change.total_pct = 100 (median now / recorded median - 1), in per cent.
    """
    names = ("change.total_usd", "change.total_pct")
    recorded_total = (recorded or {}).get(total.scenario)
    if recorded_total is None:
        reason = NO_BASELINE if recorded is None else "this scenario is not in the baseline"
        return dict.fromkeys(names, reason)
    difference = total.usd.median - recorded_total.usd.median
    relative: Amount | str = "the recorded total is zero; use change.total_usd"
    if recorded_total.usd.median > 0:
        relative = Amount(100 * difference / recorded_total.usd.median, "per cent")
    return dict(zip(names, (Amount(difference, "USD"), relative), strict=True))


def causes(total: Total, recorded: Total) -> list[str]:
    """Say what differs from when the baseline was recorded, and so may explain a change."""
    differences = [*_asked(total.origin, recorded.origin)]
    if total.edition != recorded.edition:
        age = "a newer" if total.edition > recorded.edition else "an older"
        differences.append(f"{age} catalogue edition ({recorded.edition} to {total.edition})")
    else:
        if total.date != recorded.date:
            differences.append(f"the date of the prices ({recorded.date} to {total.date})")
        differences += _changed_facts(total, recorded)
    if total.version != recorded.version:
        differences.append(
            f"another version of the program ({recorded.version} to {total.version})"
        )
    return differences


def _asked(now: Origin, then: Origin) -> Iterator[str]:
    """Say which of scenario and own facts differ; an older baseline cannot tell them apart."""
    if not then.scenario:
        if now.digest != then.digest:
            yield "what the scenario asks, or its own facts"
        return
    if now.scenario != then.scenario:
        yield "what the scenario asks"
    if now.own_facts != then.own_facts:
        yield "its own facts"


def _changed_facts(total: Total, recorded: Total) -> Iterator[str]:
    """Name facts of the same edition that differ, less those that own facts or the date move."""
    if total.origin.own_facts != recorded.origin.own_facts:
        return
    moving = DATED if total.date != recorded.date else ()
    changed = [
        path
        for path, span in total.facts.items()
        if recorded.facts.get(path, span) != span and not path.startswith(moving)
    ]
    if changed:
        named = ", ".join(changed[:MOST_NAMED]) + (", …" if len(changed) > MOST_NAMED else "")
        yield f"facts of the catalogue ({len(changed)} changed: {named})"
