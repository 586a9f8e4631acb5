"""The choices behind a bill: basis, programme, date, vendor."""

from dataclasses import field
from typing import Any

from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.cost.choices import FOLLOWER, Programme


@frozen
class OwnChips:
    """Chips an actor owns already: used first, at their running cost."""

    chip: Chip
    count: float


@frozen
class Terms:
    """The choices, as opposed to the uncertainties, behind a bill."""

    date: str
    basis: str = "rent"
    programme: Programme = FOLLOWER
    vendor: str = "specialist"
    commitment: str = "1y"
    price: Fact | None = None
    electricity_price: Fact | None = None
    pay: str = "frontier"
    own_chips: OwnChips | None = None
    without: tuple[str, ...] = ()
    """Lines of the bill that are left out."""
    years: int = 0
    """Over which the total is paid; 0: not asked."""
    indirect: Fact | None = None
    """A grant's indirect costs over its direct ones."""
    rest_hours: float = 0.0
    """Chip-hours of a contract that is paid to its end beyond those that are used."""
    read: set[str] = field(default_factory=set, compare=False, repr=False)
    """Choices that a bill has used."""

    def take(self, name: str) -> Any:
        """Return a choice, which counts as read."""
        self.read.add(name)
        return getattr(self, name)
