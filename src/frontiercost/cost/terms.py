"""The choices behind a bill: basis, programme, date, vendor."""

from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.cost.choices import BASIS_WORDS, FOLLOWER, Programme


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

    def in_words(self) -> str:
        """Return basis, programme and date in words."""
        return f"{BASIS_WORDS[self.basis]}, {self.programme.words}, prices of {self.date}"
