"""The choices behind a bill: basis, programme, date, vendor."""

from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen

BASIS_WORDS = {"rent": "rented", "amortised": "amortised", "own": "owned", "buy": "bought"}
BASES = tuple(BASIS_WORDS)
TIERS = ("specialist", "hyperscaler", "marketplace")
COMMITMENTS = ("on-demand", "1y", "3y", "spot")
CHIPS_INCLUDE = {
    "rent": "rented chips with power and building",
    "amortised": "hardware value lost while in use, and energy",
    "own": "hardware, building, operations and energy at a realistic use",
    "buy": "the purchase of the whole cluster, and energy",
}
"""What the lines of the chips hold, by basis."""
LONGEST_DAYS = 365


@frozen
class Programme:
    """How much stands around the work that was asked for."""

    name: str
    words: str
    whole: bool = False
    """Whether it holds everything around the final run."""


PROGRAMMES = {
    programme.name: programme
    for programme in (
        Programme("follower", "whole programme of a follower", whole=True),
        Programme("explorer", "whole programme of an explorer", whole=True),
        Programme("final-run", "final run only"),
    )
}
FOLLOWER, FINAL_RUN = PROGRAMMES["follower"], PROGRAMMES["final-run"]


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
