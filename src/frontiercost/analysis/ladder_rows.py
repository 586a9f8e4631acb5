"""Who is judged on the ladder, rung by rung."""

from typing import TYPE_CHECKING

from frontiercost.analysis.rungs import Rung
from frontiercost.catalogue.types import Actor
from frontiercost.core.facts import Draws
from frontiercost.core.frozen import frozen
from frontiercost.cost.affordability import binding_of
from frontiercost.cost.workload import Workload

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


@frozen
class RungCell:
    """One actor on one rung: what it costs, what could be spent, the chance that it suffices."""

    rung: Rung
    cost: "Number | None"
    available: "Number"
    probability: float | None
    word: str
    workload: Workload | None = None
    reason: str = ""
    """Why it has no cost, no money, or nothing can be said."""
    done: bool = False

    def multiple(self, draws: Draws) -> float | None:
        """Return median cost over the median of what could be spent; None without either."""
        most = draws.summary(self.available).median
        return draws.summary(self.cost).median / most if most and self.cost is not None else None

    def binding(self, draws: Draws) -> str | None:
        """Return what stands in the way: money, or time; None where nothing known does."""
        return binding_of(self.word, self.workload, draws) if self.workload else None


@frozen
class Row:
    """Who is judged: an actor, several that pool, or a purse that was typed, on every rung."""

    label: str
    actors: tuple[Actor, ...]
    cells: tuple[RungCell, ...]

    @property
    def payer(self) -> str:
        """Whose money it is: of one actor its parent's, else its own."""
        if len(self.actors) != 1:
            return self.label
        (actor,) = self.actors
        return actor.parent or actor.name

    def cell(self, rung: str) -> RungCell:
        """Return the cell of a rung."""
        return next(cell for cell in self.cells if cell.rung.name == rung)
