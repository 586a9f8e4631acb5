"""Work out what the rungs of the usual question cost, for everybody in the catalogue.

    python benchmarks/write_ladder_costs.py

Writes src/frontiercost/data/ladder_costs.csv and .npy. The tests fail when they are not what the
catalogue and the formulas give.
"""

import csv
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from frontiercost.analysis.kept_costs import API, COLUMNS, DRAWS, TABLE
from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.profiles import Profile
from frontiercost.analysis.rungs import Rung
from frontiercost.catalogue.store import SHIPPED, shipped
from frontiercost.cli.compare import LADDER_DRAWS
from frontiercost.core.facts import Number
from frontiercost.scenario.scenario import build

DIGITS = 4
RUN = "run"


def usual_ladder() -> Ladder:
    """Return the ladder of the usual question, nothing of it kept."""
    return Ladder(build({"draws": LADDER_DRAWS}), shipped())


def everybody(ladder: Ladder) -> Iterator[tuple[Rung, Profile, bool]]:
    """Yield each rung with each profile that its cost is for, and whether that is the usual one.

    They are those of actors and of a purse of nobody's.
    """
    actors = [ladder.profile([actor]) for actor in ladder.catalogue.actors.values()]
    whose = [*actors, ladder.profile(())]
    for rung in ladder.every_rung.values():
        usual = ladder.costs.relevant(rung, ladder.usual(rung))
        others = (ladder.costs.relevant(rung, profile) for profile in whose)
        for profile in dict.fromkeys((usual, *others)):
            yield rung, profile, profile == usual


def costs(ladder: Ladder) -> Iterator[tuple[str, Profile, Number, Number, dict[str, float | None]]]:
    """Yield name, profile, cost, years and what else is known of all that is kept."""
    for rung, profile, is_usual in everybody(ladder):
        cost = ladder.cost(rung, profile)
        if cost.total is not None:
            old = ladder.old_share(rung) if is_usual else None
            yield rung.name, profile, cost.total, cost.years, {"old_share": old}
    run = ladder.every_rung[RUN]
    for rung, profile, _ in everybody(ladder):
        api = ladder.api_cost(run, profile) if rung is run else None
        if api is not None:
            yield API, profile, api, 1.0, {"enough": ladder.enough_people(run, profile)}


def written(ladder: Ladder) -> tuple[list[dict[str, object]], NDArray[np.float32]]:
    """Return the rows of the table, and the draws they point at, each once."""
    draws: dict[bytes, NDArray[np.float32]] = {}

    def place(number: Number) -> int:
        values = np.broadcast_to(np.asarray(number, dtype=np.float32), ladder.draws.count)
        draws.setdefault(values.tobytes(), values)
        return list(draws).index(values.tobytes())

    rows = []
    for name, profile, cost, years, known in costs(ladder):
        cells = {
            **dict(zip(COLUMNS, (name, *profile.people, profile.pay), strict=False)),
            "firm": "yes" if profile.firm else "",
            "owns": "yes" if profile.owns else "",
            "median_usd": f"{ladder.drawn.median(cost):.{DIGITS}g}",
            **{key: "" if one is None else f"{one:.{DIGITS}g}" for key, one in known.items()},
            "cost": place(cost),
            "years": place(years),
        }
        rows.append({column: cells.get(column, "") for column in COLUMNS})
    return rows, np.stack(list(draws.values()))


if __name__ == "__main__":
    table, arrays = written(usual_ladder())
    with (SHIPPED / TABLE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    np.save(DRAWS, arrays)
    print(f"{len(table)} costs kept, {len(arrays)} arrays of draws")
