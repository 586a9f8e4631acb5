"""What published post-training runs and RL steps get of the speed predicted for them.

realised = predicted over published chip-hours (or seconds), from the columns that
benchmarks/predict_posttraining.py writes. Classes of phases: supervised passes over short or long
sequences; RL by who waits for whom; sampling alone. Rows of one developer are not independent, so
each developer counts once, however much it published.
"""

import math
from collections.abc import Iterable, Mapping
from statistics import fmean

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import DataError
from frontiercost.core.facts import Z95, Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.posttraining_step import LONG, MODES, OFFLINE, SHORT

PASSES = (SHORT, LONG)
FEW_GROUPS, MANY_GROUPS = 2, 6  # to have a mean of its own; to have a spread of its own


@frozen
class Realised:
    """One published row: its class, who published it, of which model family, and ln(realised)."""

    id: str
    speed_class: str
    organization: str
    family: str
    log: float
    step: bool
    """Whether it is one RL step rather than a whole run."""
    date: str = ""

    @property
    def group(self) -> str:
        """Who is not independent: rows of one developer, steps of one model family."""
        return self.family if self.step else self.organization


def published(catalogue: Catalogue) -> list[Realised]:
    """Return every row of both tables that has a published and a predicted figure."""
    tables = (
        ("posttraining_runs.csv", "chip_hours", "chip_hours_predicted"),
        ("rl_breakdown.csv", "step_seconds", "step_seconds_predicted"),
    )
    return [
        _achieved_fraction(row, actual, predicted)
        for file, actual, predicted in tables
        for row in catalogue.sourced_rows(file)
        if row[actual] and row[predicted]
    ]


def _achieved_fraction(row: Mapping[str, str], actual: str, predicted: str) -> Realised:
    return Realised(
        id=row["id"],
        speed_class=row["class"],
        organization=row["organization"],
        family=row["family"],
        log=math.log(float(row[predicted]) / float(row[actual])),
        step=actual == "step_seconds",
        date=row.get("date") or row["year"],
    )


def achieved_fraction_of(
    speed_class: str, catalogue: Catalogue, rows: Iterable[Realised] | None = None
) -> Fact:
    """Return what to expect of a class as a fact, from all published rows or from those given."""
    realised_rows = published(catalogue) if rows is None else list(rows)
    kind = [row for row in realised_rows if row.speed_class in kin_of(speed_class)]
    if len(_groups(kind)) < FEW_GROUPS:
        raise DataError("too few published post-training runs to expect anything of a phase")
    mean = _expect(kind, speed_class)
    sigma = _spread(kind)
    if len(_groups(kind)) < MANY_GROUPS:
        sigma = max(sigma, _spread(realised_rows))
    low, value, high = (math.exp(mean + sign * Z95 * sigma) for sign in (-1, 0, 1))
    own = sum(row.speed_class == speed_class for row in kind)
    return Fact(
        path=f"realised/posttraining-{speed_class}",
        value=value,
        low=low,
        high=high,
        unit="x",
        source="published-posttraining",
        confidence="measured",
        as_of=max(row.date for row in kind),
        note=f"{own} published rows of the class {speed_class}, {len(kind)} of its kind",
    )


def classes() -> tuple[str, ...]:
    """Return every class of phases."""
    return (*PASSES, *MODES, OFFLINE)


def kin_of(speed_class: str) -> tuple[str, ...]:
    """Return the classes whose rows speak of one: passes, RL, and for sampling alone RL too."""
    if speed_class in PASSES:
        return PASSES
    return (*MODES, OFFLINE) if speed_class == OFFLINE else MODES


def _expect(rows: list[Realised], speed_class: str) -> float:
    """Mean over the groups of the class, or of its whole kind where the class has too few."""
    own = _groups([row for row in rows if row.speed_class == speed_class])
    return fmean((own if len(own) >= FEW_GROUPS else _groups(rows)).values())


def _groups(rows: Iterable[Realised]) -> dict[str, float]:
    """Mean of ln(realised) by group."""
    logs_by_group: dict[str, list[float]] = {}
    for row in rows:
        logs_by_group.setdefault(row.group, []).append(row.log)
    return {group: fmean(logs) for group, logs in logs_by_group.items()}


def _spread(rows: list[Realised]) -> float:
    """Root mean square error of rows whose group is held out, each group counting once.

    With the variance of the mean itself: the next run is of a group not seen yet.
    """
    squares = []
    for group in _groups(rows):
        others = [row for row in rows if row.group != group]
        errors = [r.log - _expect(others, r.speed_class) for r in rows if r.group == group]
        squares.append(fmean(error**2 for error in errors))
    return math.sqrt(fmean(squares) * (1 + 1 / len(squares)))
