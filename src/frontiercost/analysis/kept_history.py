"""What the usual dates took, kept in data so that the usual question is answered at once.

`benchmarks/write_history.py` works it out and writes it; a test compares it with what is worked
out. Where anything else is asked, everything is worked out.
"""

from collections.abc import Mapping
from functools import cached_property

from frontiercost.analysis.moments import BASIS, TARGETS, Could, Shown
from frontiercost.catalogue.store import Catalogue, shipped
from frontiercost.core.facts import Interval
from frontiercost.scenario.scenario import Scenario

TABLE = "history.csv"
COLUMNS = (
    *("date", "rung", "label", "priced_as", "low", "months", "high", "cost_usd"),
    *("likely", "perhaps", "there", "times"),
)
"""`times`: of the last date, the cost over that at the first date at which the level was there."""


class KeptMoment:
    """One date of the file."""

    def __init__(self, date: str, rows: Mapping[str, Mapping[str, str]]) -> None:
        """Take its rows by rung or level."""
        self.date, self.rows = date, rows

    def shown(self, name: str) -> Shown:
        """Return what a screen tells of a rung or a fixed level."""
        row = self.rows[name]
        ends = [_number(row[key]) for key in ("low", "months", "high")]
        counts = [row[key] for key in ("likely", "perhaps", "there")]
        return Shown(
            label=row["label"],
            priced_as=row["priced_as"],
            months=Interval(ends[0], ends[1], ends[2]) if ends[1] is not None else None,
            cost=_number(row["cost_usd"]),
            could=Could(*map(int, counts)) if counts[0] else None,
        )


class KeptHistory:
    """Moments from the oldest, as the file has them."""

    basis, seed = BASIS, 0

    def __init__(self, catalogue: Catalogue) -> None:
        """Read the file."""
        self.catalogue = catalogue
        by_date: dict[str, dict[str, Mapping[str, str]]] = {}
        for row in catalogue.rows(TABLE):
            by_date.setdefault(row["date"], {})[row["rung"]] = row
        self.moments = [KeptMoment(date, rows) for date, rows in by_date.items()]

    @property
    def now(self) -> KeptMoment:
        """The last moment."""
        return self.moments[-1]

    @property
    def target(self) -> str:
        """The level that the answer is about."""
        return TARGETS[-1]

    @cached_property
    def since(self) -> KeptMoment:
        """The first moment at which that level could be made."""
        return next(m for m in self.moments if m.shown(self.target).cost is not None)

    def times(self, name: str) -> float | None:
        """Return the median of the change of a cost since then."""
        return _number(self.now.rows[name]["times"])


def _number(text: str) -> float | None:
    return float(text) if text else None


def kept_history(asked: Scenario, catalogue: Catalogue) -> KeptHistory | None:
    """Return what is kept where a scenario asks for nothing else."""
    is_usual = {key for key, _ in asked.question()} <= {"history"} and catalogue is shipped()
    return KeptHistory(catalogue) if is_usual else None
