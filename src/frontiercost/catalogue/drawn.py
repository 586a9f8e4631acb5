"""What is known and how it was drawn: the catalogue with the draws of one evaluation."""

from typing import TYPE_CHECKING

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.frozen import frozen

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


@frozen
class DrawnCatalogue:
    """A catalogue and the draws made of its facts, passed on as one."""

    catalogue: Catalogue
    draws: Draws

    def fact(self, name: str, kind: str = "") -> Fact:
        """Return a constant of the catalogue: that of a kind of machine where it has its own."""
        return self.catalogue.assumption(name, kind)

    def value(self, name: str, kind: str = "") -> "Number":
        """Return a constant of the catalogue as drawn."""
        return self.draws.sample(self.fact(name, kind))

    def both(self, name: str, kind: str = "") -> "tuple[Number, Fact]":
        """Return a constant of the catalogue as drawn, and itself."""
        fact = self.fact(name, kind)
        return self.draws.sample(fact), fact

    def sample(self, fact: Fact) -> "Number":
        """Return any fact as drawn."""
        return self.draws.sample(fact)

    def median(self, number: "Number") -> float:
        """Return the median of a number drawn here."""
        return self.draws.summary(number).median
