"""What predictions of post-training err by: published over predicted, by the rule of all training.

ln published = ln predicted + residual of the class, from the columns that
benchmarks/predict_posttraining.py writes; no rate is fitted to these rows. Classes: passes over
short or long sequences, passes with adapters, reinforcement whose sampling and training wait for
each other or overlap, and sampling alone. A developer counts once, however much it published; of
steps, a model family.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import DataError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.posttraining_step import (
    ADAPTERS,
    ASYNCHRONOUS,
    LONG,
    OFFLINE,
    SHORT,
    SYNCHRONOUS,
)
from frontiercost.stages.prediction_error import Residual, residual_fact

PASSES = (SHORT, LONG)
REINFORCED = (SYNCHRONOUS, ASYNCHRONOUS)
FEW_HOLDERS = 3
SOURCE = "published-posttraining"


@frozen
class PublishedRow:
    """One published row: its class, who published it, of which model family, and ln(error)."""

    id: str
    speed_class: str
    organization: str
    family: str
    log: float
    """ln(published / predicted)."""
    step: bool
    """Whether it is one RL step rather than a whole run."""

    @property
    def residual(self) -> Residual:
        """Whose rows are not independent: one developer's, or steps of one model family."""
        holder = self.family if self.step else self.organization
        return Residual(holder, self.speed_class, self.log)


def published(catalogue: Catalogue) -> list[PublishedRow]:
    """Return every row of both tables that has a published and a predicted figure."""
    tables = (
        ("posttraining_runs.csv", "chip_hours", "chip_hours_predicted"),
        ("rl_breakdown.csv", "step_seconds", "step_seconds_predicted"),
    )
    return [
        _row(row, actual, predicted)
        for file, actual, predicted in tables
        for row in catalogue.sourced_rows(file)
        if row[actual] and row[predicted]
    ]


def _row(row: Mapping[str, str], actual: str, predicted: str) -> PublishedRow:
    return PublishedRow(
        id=row["id"],
        speed_class=row["class"],
        organization=row["organization"],
        family=row["family"],
        log=math.log(float(row[actual]) / float(row[predicted])),
        step=actual == "step_seconds",
    )


def error_of(
    speed_class: str, catalogue: Catalogue, rows: Iterable[PublishedRow] | None = None
) -> Fact:
    """Return the factor between a prediction of a class and what happens.

    From rows of the class, of its kin where fewer than two developers have published any. Raises
    DataError where these are too few too.
    """
    every = published(catalogue) if rows is None else list(rows)
    own = [row.residual for row in every if row.speed_class == speed_class]
    if len({residual.holder for residual in own}) < FEW_HOLDERS:
        own = [row.residual for row in every if row.speed_class in kin_of(speed_class)]
    if len({residual.holder for residual in own}) < FEW_HOLDERS:
        raise DataError("too few published post-training runs to expect anything of a phase")
    fact = residual_fact(f"errors/posttraining-{speed_class}", own, speed_class)
    return replace(fact, source=SOURCE)


def classes() -> tuple[str, ...]:
    """Return every class of phases."""
    return (*PASSES, ADAPTERS, *REINFORCED, OFFLINE)


def kin_of(speed_class: str) -> tuple[str, ...]:
    """Return the classes that speak of one with too few rows: all passes, or all that sample."""
    passes, sampled = (*PASSES, ADAPTERS), (*REINFORCED, OFFLINE)
    return passes if speed_class in passes else sampled
