"""The frontier of a date, derived: the largest sourced compute by then."""

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Model
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.similar_names import nearest_of_family
from frontiercost.core.units import decimal_year, not_after

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

COMPUTE = "training_flop"
COUNTS = ("total_params", "tokens")
"""What compute can be worked out from."""


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


def is_out(model: Model, date: str) -> bool:
    """Whether a model had come out by a date."""
    return bool(model.release) and not_after(model.release, date)


def training_is_known(model: Model) -> bool:
    """Whether anybody put a figure on its training: compute, or size and tokens."""
    return COMPUTE in model.facts or set(COUNTS) <= model.facts.keys()


def training_flop(model: Model, value: Callable[[Fact], "Number"]) -> "Number":
    """Return the compute of a model's training: as stated or estimated, else 6 N D [FLOP].

    N parameters that are active, D tokens; `value` reads a fact, at its centre or as drawn.
    """
    if COMPUTE in model.facts:
        return value(model.facts[COMPUTE])
    active = model.facts.get("active_params") or model.facts["total_params"]
    return 6 * value(active) * value(model.facts["tokens"])


def frontier_of(catalogue: Catalogue, date: str) -> Frontier:
    """Return the frontier of a date; raise InputError before the first model with a figure."""

    def is_known(model: Model) -> bool:
        return is_out(model, date) and COMPUTE in model.facts and model.states(COMPUTE)

    shipped = (catalogue.model(name) for name in reversed(catalogue.frontier_models))
    own = (catalogue.model(name) for name in catalogue.models_on_top)
    largest = [*islice(filter(is_known, shipped), 1), *filter(is_known, own)]
    if not largest:
        raise InputError(f"`date` {date}: no model with a figure of its compute was out by then")
    return Frontier(max(largest, key=lambda model: model.facts[COMPUTE].value))


def named_leader(catalogue: Catalogue, name: str, date: str) -> str:
    """Return the model that stands for the leader of a date where it is named.

    Raises InputError, with the nearest valid choice, for one that is not known, had not come out,
    was not measured, or on whose training nobody put a figure.
    """
    model = catalogue.model(name, "`frontier`")
    measured = {level.model for level in catalogue.levels if not_after(level.date, date)}
    if not is_out(model, date):
        reason = f"came out in {model.release or 'a month that is not known'}, not by {date}"
    elif not training_is_known(model):
        reason = "nobody put a figure on its training: neither compute, nor size and tokens"
    elif model.name not in measured:
        reason = "its capability was not measured"
    else:
        return model.name
    models = (catalogue.model(other) for other in sorted(measured - {""}))
    known = [other.name for other in models if training_is_known(other) and is_out(other, date)]
    hint = nearest_of_family(model.name, known) or frontier_of(catalogue, date).model.name
    raise InputError(f"`frontier` '{name}': {reason}; the nearest that can be led with is '{hint}'")


def frontier_flop(drawn: DrawnCatalogue, date: str, growth: "Number") -> "Number":
    """Return the compute of the frontier of a date [FLOP].

    That of the catalogue's models by then, grown by the trend beyond the catalogue's edition:
    C g^(t - edition).  Ignores models that labs keep to themselves.
    """
    ahead = decimal_year(date) - decimal_year(drawn.catalogue.edition["edition"])
    grown: Number = growth ** max(ahead, 0.0)
    return drawn.sample(frontier_of(drawn.catalogue, date).compute) * grown


def is_year(frontier: str) -> bool:
    """Whether a frontier is named by its year, not by a model."""
    return frontier.isdecimal() and len(frontier) == len("2028")
