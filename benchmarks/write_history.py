"""Work out what the usual dates of `compare --history` took.

    python benchmarks/write_history.py

Writes src/frontiercost/data/history.csv. The tests fail when it is not what the catalogue and the
formulas give.
"""

import csv
from collections.abc import Iterator

from frontiercost.analysis.history import History, Moment
from frontiercost.analysis.kept_history import COLUMNS, TABLE
from frontiercost.analysis.moments import SHOWN
from frontiercost.catalogue.store import SHIPPED, shipped
from frontiercost.cli.compare import LADDER_DRAWS
from frontiercost.scenario.scenario import build

DIGITS = 6


def usual_history() -> History:
    """Return the history of the usual question, nothing of it kept."""
    return History(build({"draws": LADDER_DRAWS}), shipped())


def rows(history: History) -> Iterator[dict[str, str]]:
    """Yield a row for each date and rung."""
    for moment in history.moments:
        for name in SHOWN:
            times = history.times(name) if moment is history.now and name in CHANGES else None
            cells = (moment.date, name, *_cells(moment, name), _digits(times))
            yield dict(zip(COLUMNS, cells, strict=True))


CHANGES = ("lead", "gpt-4")
"""Whose change is told."""


def _cells(moment: Moment, name: str) -> Iterator[str]:
    shown = moment.shown(name)
    yield from (shown.label, shown.priced_as)
    yield from map(_digits, shown.months or (None,) * 3)
    yield _digits(shown.cost)
    could = shown.could
    yield from map(str, (could.likely, could.perhaps, could.there) if could else ("",) * 3)


def _digits(number: float | None) -> str:
    return "" if number is None else f"{number:.{DIGITS}g}"


if __name__ == "__main__":
    with (SHIPPED / TABLE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows(usual_history()))
