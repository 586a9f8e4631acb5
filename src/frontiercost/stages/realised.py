"""What published post-training runs and RL steps get of the speed predicted for them.

realised = predicted chip-hours / published ones, from the columns that
benchmarks/predict_posttraining.py writes. Classes of phases: supervised passes over short or long
sequences; sampling and RL by who waits for whom. A class starts from the mean of its kind and
moves towards its own rows by n / (n + within / between), as `pooling` does; every group of rows
counts alike, whether a developer published one run or ten.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from frontiercost.catalogue import Catalogue
from frontiercost.errors import DataError
from frontiercost.facts import Z95, Fact
from frontiercost.physics.posttraining import LONG, MODES, OFFLINE, SHORT

PASSES = (SHORT, LONG)
FEW_GROUPS = 2


@dataclass(frozen=True)
class Realised:
    """One published row: its class, who published it, of which model family, and ln(realised)."""

    id: str
    realised_class: str
    organization: str
    family: str
    log: float

def published(catalogue: Catalogue) -> list[Realised]:
    """Return every row of both tables that has a published and a predicted figure."""
    tables = (
        ("posttraining_runs.csv", "chip_hours", "chip_hours_predicted"),
        ("rl_breakdown.csv", "step_seconds", "step_seconds_predicted"),
    )
    return [
        _realised(row, row[actual], row[predicted])
        for file, actual, predicted in tables
        for row in catalogue.rows(file)
        if row[actual] and row[predicted]
    ]


def _realised(row: Mapping[str, str], actual: str, predicted: str) -> Realised:
    return Realised(
        id=row["id"],
        realised_class=row["class"],
        organization=row.get("organization") or row.get("system", ""),
        family=row["family"],
        log=math.log(float(predicted) / float(actual)),
    )


def realised_of(
    realised_class: str, catalogue: Catalogue, rows: Iterable[Realised] | None = None
) -> Fact:
    """Return what to expect of a class as a fact, from all published rows or from those given."""
    known = published(catalogue) if rows is None else list(rows)
    kind = [row for row in known if row.realised_class in kin_of(realised_class)]
    if len(kind) < FEW_GROUPS:
        raise DataError("too few published post-training runs to expect anything of a phase")
    mean = _expect(kind, realised_class)
    sigma = _spread(kind, realised_class)
    low, value, high = (math.exp(mean + sign * Z95 * sigma) for sign in (-1, 0, 1))
    own = sum(row.realised_class == realised_class for row in kind)
    return Fact(
        path=f"realised/posttraining-{realised_class}",
        value=value,
        low=low,
        high=high,
        unit="x",
        source="published-posttraining",
        confidence="measured",
        note=f"{own} published rows of the class {realised_class}, {len(kind)} of its kind",
    )


def classes() -> tuple[str, ...]:
    """Return every class of phases."""
    return (*PASSES, *MODES, OFFLINE)


def kin_of(realised_class: str) -> tuple[str, ...]:
    """Return the classes whose rows speak of one: passes, RL, and for sampling alone RL too."""
    if realised_class in PASSES:
        return PASSES
    return (*MODES, OFFLINE) if realised_class == OFFLINE else MODES


def _expect(rows: list[Realised], realised_class: str) -> float:
    """Mean of the groups of the kind, moved towards those of the class."""
    groups = _groups(rows)
    own = _groups([row for row in rows if row.realised_class == realised_class])
    mean = fmean(groups.values())
    if not own:
        return mean
    within, between = _variances(rows)
    weight = len(own) / (len(own) + within / between)
    return mean + weight * (fmean(own.values()) - mean)


def _spread(rows: list[Realised], realised_class: str) -> float:
    """Root mean square error of rows whose group is held out, each group counting alike.

    With the variance of the mean itself: the next run is of a group not seen yet.
    """
    squares: dict[str, list[float]] = {}
    for group in _groups(rows):
        others = [row for row in rows if _group(row) != group]
        if len(others) >= FEW_GROUPS:
            squares[group] = [
                (row.log - _expect(others, row.realised_class)) ** 2
                for row in rows
                if _group(row) == group
            ]
    error = fmean(fmean(values) for values in squares.values())
    return math.sqrt(error * (1 + 1 / len(squares)))


def _group(row: Realised) -> str:
    return row.organization


def _groups(rows: Iterable[Realised]) -> dict[str, float]:
    """Mean of ln(realised) by group and class."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        found.setdefault((_group(row), row.realised_class), []).append(row.log)
    means: dict[str, list[float]] = {}
    for (group, _), logs in found.items():
        means.setdefault(group, []).append(fmean(logs))
    return {group: fmean(each) for group, each in means.items()}


def _variances(rows: list[Realised]) -> tuple[float, float]:
    """Variance of groups inside classes, and between the means of classes."""
    by_class: dict[str, list[float]] = {}
    for name in {row.realised_class for row in rows}:
        own = [row for row in rows if row.realised_class == name]
        by_class[name] = list(_groups(own).values())
    freedom = max(sum(len(logs) - 1 for logs in by_class.values()), 1)
    within = sum((log - fmean(logs)) ** 2 for logs in by_class.values() for log in logs) / freedom
    means = [fmean(logs) for logs in by_class.values()]
    between = fmean((mean - fmean(means)) ** 2 for mean in means) if len(means) > 1 else 0.0
    least = within / max(len(rows), 1) or 1.0
    return within, max(between, least)
