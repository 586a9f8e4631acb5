"""Which deployment is taken: of those that are fast enough the one that costs least, as drawn."""

from typing import TYPE_CHECKING

import numpy as np

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.frozen import frozen
from frontiercost.core.provenance import CHOSEN
from frontiercost.cost.market_prices import rental_price
from frontiercost.physics.arrays import median_of_rows
from frontiercost.physics.serving_choice import in_time, undominated
from frontiercost.physics.serving_deployment import Served
from frontiercost.stages.inference.drawn_times import drawn_served

if TYPE_CHECKING:
    from frontiercost.core.facts import Number
    from frontiercost.physics.arrays import Array
    from frontiercost.stages.inference.workload import Inputs


@frozen
class Choices:
    """Deployments, one for each demand: which of them costs least depends on how many requests."""

    each: Served
    drawn: Served
    """The same, a row of draws for each."""
    price: "Number"
    """What a chip is rented for, as drawn: what is least in dollars need not be so in chips."""

    def least(self, requests: "Number") -> tuple["Array", "Array"]:
        """Return which costs least for so many requests a second, and the chips that it takes.

        The least median of chips x price. Of several demands each has a row of draws.
        """
        chips = self.drawn.chips_for(requests)
        best = np.argmin(median_of_rows(chips * self.price), axis=-1)
        taken = np.take_along_axis(chips, best[..., None, None], axis=-2)
        return best, taken[..., 0, :]


def choices(inputs: "Inputs", candidates: Served, drawn: DrawnCatalogue) -> Choices:
    """Return those in time that some demand takes, the fewest chip-seconds first, with draws."""
    soon = fast_enough(inputs, candidates)
    few = soon[undominated(soon)]
    few = few[np.argsort(few.chip_seconds, kind="stable")]
    column = few[np.arange(len(few.chips))[:, None]]
    drawn_column = drawn_served(inputs, column, drawn, drawn.draws.peek)
    return Choices(few, drawn_column, _rent(inputs.chip, drawn))


def _rent(chip: Chip, drawn: DrawnCatalogue) -> "Number":
    """Return the usual rent of a chip-hour today as drawn; 1 where nobody rents it out."""
    today = str(drawn.catalogue.edition["edition"])
    try:
        rent = rental_price(drawn.catalogue, chip, today, "specialist", "1y")
    except NotEvaluatedError:
        return 1.0
    return drawn.draws.peek(rent)


def fast_enough(inputs: "Inputs", candidates: Served) -> Served:
    """Return those in time; InputError names the fastest, and the speed that nobody asked for."""
    try:
        return in_time(candidates, inputs.slowest_token, inputs.slowest_first)
    except InputError as error:
        if inputs.speed is None or inputs.speed.source != CHOSEN.source:
            raise
        raise InputError(
            f"{error.spelled('`{}`'.format)}; {inputs.speed.value:g} is the default"
        ) from None
