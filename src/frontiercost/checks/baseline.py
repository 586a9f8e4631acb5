"""The recorded totals that changes are measured from, and what a change comes from."""

import json
import math
import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from frontiercost.catalogue.store import Catalogue
from frontiercost.checks.expressions import Amount
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Interval
from frontiercost.core.frozen import frozen
from frontiercost.core.report import SCHEMA_VERSION
from frontiercost.core.safe_files import read_text
from frontiercost.core.version import __version__
from frontiercost.scenario.scenario import Scenario
from frontiercost.stages.evaluation import AnyEvaluation

DIGITS = 6
DIGEST_LENGTH = 16
NO_BASELINE = "no baseline is recorded; run: frontiercost check FILE --record"


@frozen
class Total:
    """The total of one scenario, and what it was computed from."""

    scenario: str
    digest: str
    """Of the scenario's values, so that comments and order do not matter."""
    date: str
    edition: str
    version: str
    usd: Interval


def default_path(file: Path) -> Path:
    """Return where the baseline of a file of assumptions lies: beside it."""
    return file.with_name(f"{file.stem}.baseline.json")


def digest(scenario: Scenario, catalogue: Catalogue) -> str:
    """Return a short digest of all that a scenario asks, and of facts laid on the shipped ones."""
    content = {"scenario": scenario.content(), "facts": catalogue.laid_on_top()}
    text = json.dumps(content, sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def total_of(name: str, scenario_digest: str, e: AnyEvaluation) -> Total:
    """Return the total of an evaluation, to as many digits as are recorded."""
    ends = (_rounded(end) for end in e.draws.summary(e.bill.total))
    low, median, high = ends
    assert median is not None
    edition = str(e.catalogue.edition["edition"])
    usd = Interval(low, median, high)
    return Total(name, scenario_digest, e.terms.date, edition, __version__, usd)


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.{DIGITS}g}")


def to_json(totals: Iterable[Total], edition: Mapping[str, str]) -> str:
    """Return the baseline as the text of its file."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "frontiercost": __version__,
        "catalogue": dict(edition),
        "scenarios": {
            one.scenario: {
                "digest": one.digest,
                "date": one.date,
                "total_usd": one.usd._asdict(),
            }
            for one in totals
        },
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read(path: Path) -> dict[str, Total] | None:
    """Read recorded totals by scenario; None where nothing has been recorded."""
    if not os.path.exists(path):
        return None
    text = read_text(path, "`baseline`")
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
    return Total(name, str(entry["digest"]), str(entry["date"]), edition, version, usd)


def changes(now: Total, recorded: Mapping[str, Total] | None) -> dict[str, Amount | str]:
    """Return the change of a total under the names that conditions use.

    change.total_pct = 100 (median now / recorded median - 1), in per cent.
    """
    names = ("change.total_usd", "change.total_pct")
    before = (recorded or {}).get(now.scenario)
    if before is None:
        reason = NO_BASELINE if recorded is None else "this scenario is not in the baseline"
        return dict.fromkeys(names, reason)
    difference = now.usd.median - before.usd.median
    relative: Amount | str = "the recorded total is zero; use change.total_usd"
    if before.usd.median > 0:
        relative = Amount(100 * difference / before.usd.median, "per cent")
    return dict(zip(names, (Amount(difference, "USD"), relative), strict=True))


def causes(now: Total, before: Total) -> list[str]:
    """Say what differs from when the baseline was recorded, and so may explain a change."""
    found = []
    if now.digest != before.digest:
        found.append("the scenario file")
    if now.edition != before.edition:
        age = "a newer" if now.edition > before.edition else "an older"
        found.append(f"{age} catalogue edition ({before.edition} to {now.edition})")
    elif now.date != before.date:
        found.append(f"the date of the prices ({before.date} to {now.date})")
    if now.version != before.version:
        found.append(f"another version of the program ({before.version} to {now.version})")
    return found
