"""The frontier of a date, derived: the largest sourced compute by then."""

from itertools import islice
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Model
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import decimal_year, not_after

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

COMPUTE = "training_flop"


@frozen
class Frontier:
    """The model with the largest compute that anybody put a figure on by a date.

    Ignores runs without a figure, published or outside, and models that are not out.
    """

    model: Model

    @property
    def compute(self) -> Fact:
        """Its training compute with its interval [FLOP]."""
        return self.model.facts[COMPUTE]


def frontier_of(catalogue: Catalogue, date: str) -> Frontier:
    """Return the frontier of a date; raise InputError before the first model with a figure."""

    def is_known(model: Model) -> bool:
        out = bool(model.release) and not_after(model.release, date)
        return out and COMPUTE in model.facts and model.states(COMPUTE)

    shipped = (catalogue.model(name) for name in reversed(catalogue.frontier_models))
    own = (catalogue.model(name) for name in catalogue.models_on_top)
    largest = [*islice(filter(is_known, shipped), 1), *filter(is_known, own)]
    if not largest:
        raise InputError(f"`date` {date}: no model with a figure of its compute was out by then")
    return Frontier(max(largest, key=lambda model: model.facts[COMPUTE].value))


def frontier_flop(drawn: DrawnCatalogue, date: str, growth: "Number") -> "Number":
    """Return the compute of the frontier of a date [FLOP].

    That of the catalogue's models by then, grown by the trend beyond the catalogue's edition:
    C g^(t - edition).  Ignores models that labs keep to themselves.
    """
    ahead = decimal_year(date) - decimal_year(drawn.catalogue.edition["edition"])
    grown: Number = growth ** max(ahead, 0.0)
    return drawn.sample(frontier_of(drawn.catalogue, date).compute) * grown
