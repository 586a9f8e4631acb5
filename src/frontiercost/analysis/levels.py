"""Observed levels over time: who leads at a date, and how many months a level lies behind."""

from calendar import monthrange
from functools import cached_property
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.types import Level
from frontiercost.core.facts import Interval
from frontiercost.core.units import MONTHS_PER_YEAR, decimal_year, not_after

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

MEASURED = ("official", "placed")
"""Kinds of levels that others are measured against."""


class LevelHistory:
    """The levels that were observed by a date, oldest first."""

    def __init__(self, drawn: DrawnCatalogue, date: str) -> None:
        """Take those of the catalogue; `date` may name only its month, which has then ended."""
        self.levels = [level for level in drawn.catalogue.levels if not_after(level.date, date)]
        self._drawn = drawn
        self._now = decimal_year(_last_day(date, drawn.catalogue.edition["as_of"]))

    @cached_property
    def leader(self) -> Level | None:
        """The highest level of all; None before any was observed."""
        return max(self._measured, key=lambda level: level.index.value, default=None)

    def of(self, model: str) -> Level | None:
        """Return the level of a model: its highest; None where it was not observed by the date."""
        own = (level for level in self.levels if level.model == model)
        return max(own, key=lambda level: level.index.value, default=None)

    @cached_property
    def leaders(self) -> list[Level]:
        """Return the levels that were the highest of all on their day, oldest first."""
        best: list[Level] = []
        for level in sorted(self._measured, key=lambda level: level.date):
            if not best or level.index.value > best[-1].index.value:
                best.append(level)
        return best

    @cached_property
    def _measured(self) -> list[Level]:
        return [level for level in self.levels if level.kind in MEASURED]

    @cached_property
    def _near_records(self) -> list[Level]:
        """The levels that may have been the highest of their day: others seldom pass one first."""
        best, near = 0.0, []
        for level in sorted(self._measured, key=lambda level: level.date):
            if level.index.high > best:
                near.append(level)
            best = max(best, level.index.value)
        return near

    def months_behind(self, level: Level) -> Interval | None:
        """Return the months since some model first stood strictly above a level.

        t - t_first; 0 where none has, so for the leader.  The interval is that of all indices,
        each drawn within its own.  None below what benchmarks can tell.  Ignores models that labs
        keep to themselves.  Source: Epoch AI's lag of open models, without ties.
        """
        if not level.measured and level.kind in MEASURED:
            return Interval(0.0, 0.0, 0.0) if level is self.leader else None
        above = [e for e in self._measured if e.index.value > level.index.value]
        central = max(map(self._since, above), default=0.0)
        low, _, high = self._drawn.draws.summary(self._drawn_lag(level))
        if low is None or high is None:
            return Interval(None, central, None)
        return Interval(min(low, central), central, max(high, central))

    def _drawn_lag(self, level: Level) -> "Number":
        import numpy as np

        sample = self._drawn.sample
        others = [
            e for e in self._near_records if e is not level and e.index.high > level.index.low
        ]
        if not others:
            return 0.0
        own = sample(level.index)
        months = [np.where(sample(e.index) > own, self._since(e), 0.0) for e in others]
        first = np.asarray(np.max(np.broadcast_arrays(*months), axis=0))
        return first if first.shape else float(first)

    def _since(self, level: Level) -> float:
        """Return the months since a model came out."""
        return MONTHS_PER_YEAR * max(self._now - decimal_year(level.date), 0.0)


def _last_day(date: str, newest: str) -> str:
    """Return the last day that a date names, but of the catalogue's month the day it ends at."""
    if not_after(newest, date):
        return newest
    year, month, day = (*date.split("-"), "", "")[:3]
    month = month or "12"
    return f"{year}-{month}-{day or monthrange(int(year), int(month))[1]:02}"
