"""The costs of the usual question's rungs, kept in data so that it is answered at once.

`benchmarks/write_ladder_costs.py` works them out and writes them: a table to read, and beside it
the draws of each cost. Tests compare both with what is worked out. What it does not hold is worked
out, and so is everything where anything was asked.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from frontiercost.analysis.profiles import People, Profile
from frontiercost.analysis.rung_costs import Cost
from frontiercost.analysis.rungs import Rung
from frontiercost.catalogue.store import SHIPPED, Catalogue, shipped
from frontiercost.core.frozen import frozen
from frontiercost.scenario.scenario import Scenario

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TABLE = "ladder_costs.csv"
DRAWS = SHIPPED / "ladder_costs.npy"
API = "api"
"""The name of the API of the weights that are run, in the column of rungs."""
OF_WHOM = ("actor", "budget")
"""What may be asked without a change of any cost."""
COLUMNS = (
    *("rung", "people_low", "people", "people_high", "pay", "firm", "owns"),
    *("median_usd", "old_share", "enough", "cost", "years"),
)
"""Whose cost it is, its median, how much of its spread is old; of an API, from how many people on a
service of one's own is cheaper; the rows of its draws, and of the years that its work takes."""


@frozen
class KeptCosts:
    """Costs by rung and profile, as the shipped files hold them."""

    catalogue: Catalogue

    def cost(self, rung: Rung, profile: Profile) -> Cost | None:
        """Return the cost of a rung for a profile; None where it is not kept."""
        row = self._rows.get((rung.name, profile))
        if row is None:
            return None
        cost, years = (self._draws[int(row[key])] for key in ("cost", "years"))
        return Cost(cost, years=years)

    def api_cost(self, profile: Profile) -> "NDArray[np.float64] | None":
        """Return what an API of the weights that are run takes a year; None where not kept."""
        row = self._rows.get((API, profile))
        return None if row is None else self._draws[int(row["cost"])]

    def enough_people(self, profile: Profile) -> float | None:
        """Return from how many people on one's own service is the cheaper; None where it is not."""
        row = self._rows.get((API, profile))
        return float(row["enough"]) if row and row["enough"] else None

    def old_share(self, rung: Rung) -> float | None:
        """Return how much of the spread of a rung's usual cost rests on facts older than a year."""
        shares = (row["old_share"] for (name, _), row in self._rows.items() if name == rung.name)
        return next((float(share) for share in shares if share), None)

    @cached_property
    def _rows(self) -> Mapping[tuple[str, Profile], Mapping[str, str]]:
        return {_key(row): row for row in self.catalogue.rows(TABLE)}

    @cached_property
    def _draws(self) -> "NDArray[np.float64]":
        import numpy as np

        return np.asarray(np.load(DRAWS), dtype=np.float64)


def kept_costs(asked: Scenario, catalogue: Catalogue) -> KeptCosts | None:
    """Return the kept costs where a scenario asks for nothing that changes one."""
    is_usual = {key for key, _ in asked.question()} <= {*OF_WHOM} and catalogue is shipped()
    return KeptCosts(catalogue) if is_usual else None


def _key(row: Mapping[str, str]) -> tuple[str, Profile]:
    people = People(*(float(row[key]) for key in ("people_low", "people", "people_high")))
    return row["rung"], Profile(people, row["pay"], bool(row["firm"]), bool(row["owns"]))
