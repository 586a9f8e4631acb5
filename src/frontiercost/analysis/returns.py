"""What ten times the compute bought: pairs of models that were observed, and what else did."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from frontiercost.analysis.frontier import training_flop
from frontiercost.analysis.levels import LevelHistory
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.types import Level
from frontiercost.core.frozen import frozen
from frontiercost.core.provenance import Provenance, provenance
from frontiercost.core.units import MONTHS_PER_YEAR, decimal_year

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

TABLE = "returns.csv"
SLOPE = "capability_per_decade"
LEAST_TENFOLD = 0.3
"""The decades of compute, twice as much, below which points for ten times say nothing."""


@frozen
class Returned:
    """Two models that were observed: how much more compute, and how many points it came with."""

    first: Level
    other: Level
    labels: tuple[str, str]
    """What people call the two: the shorter of their names."""
    by: str
    """Who says so, where several have said something about the compute."""
    compute: "Number"
    """That of the other over that of the first."""
    points: "Number"
    """Of the index, of the other above the first."""
    by_compute: "Number"
    """Points that the line through published models gives for as much compute."""
    provenance: Provenance
    note: str

    @property
    def months(self) -> float:
        """The months between the two."""
        dates = decimal_year(self.other.date), decimal_year(self.first.date)
        return MONTHS_PER_YEAR * (dates[0] - dates[1])

    @property
    def rest(self) -> "Number":
        """Points that compute does not explain: post-training, data, compute at answer time."""
        return self.points - self.by_compute

    def per_tenfold(self, decades: float) -> float | None:
        """Return points for ten times the compute, at the central indices; None without more."""
        gained = self.other.index.value - self.first.index.value
        return gained / decades if decades > LEAST_TENFOLD else None


def returns(drawn: DrawnCatalogue, date: str) -> list[Returned]:
    """Return the pairs that had been observed by a date, in the order of the file."""
    history = LevelHistory(drawn, date)
    rows = drawn.catalogue.sourced_rows(TABLE)
    known = [row for row in rows if history.of(row["first"]) and history.of(row["other"])]
    return [_returned(drawn, history, row) for row in known]


def _returned(drawn: DrawnCatalogue, history: LevelHistory, row: Mapping[str, str]) -> Returned:
    first, other = (history.of(row[key]) for key in ("first", "other"))
    assert first is not None
    assert other is not None
    models = [drawn.catalogue.model(row[key]) for key in ("first", "other")]
    stated = float(row["compute"]) if row["compute"] else None
    flop = [training_flop(model, drawn.sample) for model in models]
    compute = stated or flop[1] / flop[0]
    points = drawn.sample(other.index) - drawn.sample(first.index)
    by_compute = drawn.value(SLOPE) * _log10(compute)
    labels = (first.called(models[0]), other.called(models[1]))
    said = (row["by"], compute, points, by_compute, provenance(TABLE, row), row["note"])
    return Returned(first, other, labels, *said)


def _log10(number: "Number") -> "Number":
    if isinstance(number, (int, float)):
        return math.log10(number)
    import numpy as np

    logs: Number = np.log10(number)
    return logs
