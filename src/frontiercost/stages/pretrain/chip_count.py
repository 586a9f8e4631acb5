"""How many chips a run takes: those that end it in time, of a number that plans divide."""

import math
from collections.abc import Callable, Iterator

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import SERVER_CHIPS
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws
from frontiercost.core.units import SECONDS_PER_DAY
from frontiercost.cost.choices import LONGEST_DAYS
from frontiercost.stages.pretrain.cluster import (
    RESTARTED_UP_TO,
    TrainingSetup,
    arrange,
    step_of_octave,
)

CHIPS_PER_OCTAVE = 8  # steps between powers of two, so that plans divide
TRIES = 6
MORE = 8  # sizes above the fewest that end in time, among which the cheapest is taken
COMFORTABLE_DAYS, CROWDED_DAYS = 90, 180
WORTH_WAITING = 0.8  # of the chip-hours: a longer run that takes no more than that
CLOSE_BELOW = 0.9
FEASIBLE_FACTORS = (1, 2, 4, 8, 16, 32, 64, 1 / 2, 1 / 4, 1 / 8, 1 / 16)
LARGEST = 2**20  # chips
ExpectedMfu = Callable[[float, float], float]
"""MFU to expect of a run, of that predicted of its steps over what failures leave, and chips."""


def chips_for(
    setup: TrainingSetup,
    flop: float,
    expected_mfu: ExpectedMfu,
    catalogue: Catalogue,
    deadline: float | None = None,
) -> int:
    """Return the chips, in whole servers, that finish by a deadline [day] in fewest chip-hours.

    Without a deadline, 90 days are aimed at, or 180 where so many chips would work so badly that
    the longer run takes a fifth fewer chip-hours. Raises InputError when no number of chips meets
    the deadline, with the least that some number does meet.
    """
    sizes = _Sizes(setup, flop, expected_mfu, catalogue)
    if deadline is None:
        return _usual_chips(sizes)
    if chips := sizes.cheapest(deadline):
        return chips
    raise InputError(
        f"`deadline`: no number of chips finishes in {deadline:.3g} days, because more chips "
        f"stop helping; allow {_rounded_up(sizes.fewest_days)} days, a larger `batch`, or a "
        "smaller model"
    )


def fewest_for(
    setup: TrainingSetup,
    flop: float,
    expected_mfu: ExpectedMfu,
    catalogue: Catalogue,
    deadline: float,
) -> int:
    """Return the fewest chips, in whole servers, that finish by a deadline [day]; 0 if none do."""
    return _Sizes(setup, flop, expected_mfu, catalogue).fewest(deadline)


def or_own(own: int, usual: int, ending_in: Callable[[float], int]) -> int:
    """Return the chips that are owned where they alone end a run within a year, else the usual.

    `usual` are as many as a run takes that owns none, `ending_in` gives the fewest that end it in
    so many days, or 0. Ignores that waiting costs.
    """
    if not 0 < own < usual:
        return usual
    return own if 0 < ending_in(LONGEST_DAYS) <= own else usual


def dividing(setup: TrainingSetup, chips: int, catalogue: Catalogue) -> int:
    """Return so many chips where a plan uses them all, else the next fewer that plans divide."""
    try:
        arrange(setup, chips, DrawnCatalogue(catalogue, Draws(0)))
    except InputError:
        return _fewer(chips)
    return chips


def _usual_chips(sizes: "_Sizes") -> int:
    soon = sizes.cheapest(COMFORTABLE_DAYS)
    if 0 < soon <= RESTARTED_UP_TO:
        return soon
    late = sizes.cheapest(CROWDED_DAYS)
    if not (soon and late):
        return soon or late or sizes.first_guess(CROWDED_DAYS)
    return late if sizes.hours(late) < WORTH_WAITING * sizes.hours(soon) else soon


class _Sizes:
    """How long a run takes on each number of chips that was tried."""

    def __init__(
        self,
        setup: TrainingSetup,
        flop: float,
        expected_mfu: ExpectedMfu,
        catalogue: Catalogue,
    ) -> None:
        self._setup, self._flop, self._expected_mfu = setup, flop, expected_mfu
        self._drawn = DrawnCatalogue(catalogue, Draws(0))
        self._day = setup.chip.peak("bf16").value * SECONDS_PER_DAY
        self._days: dict[int, float] = {}

    @property
    def fewest_days(self) -> float:
        """Of all that were tried."""
        return min(self._days.values())

    def days(self, chips: int) -> float:
        """Return the days that a run takes; infinite if nothing fits."""
        if chips not in self._days:
            self._days[chips] = self._days_of(chips)
        return self._days[chips]

    def hours(self, chips: int) -> float:
        """Return chips x days, which compare as chip-hours do."""
        return chips * self.days(chips)

    def cheapest(self, wanted_days: float) -> int:
        """Return the chips that finish in so many days in fewest chip-hours, or 0.

        Among the fewest that do and the next sizes above: a little more may divide the work better.
        """
        fewest = self.fewest(wanted_days)
        if not fewest:
            return 0
        sizes = [fewest]
        while len(sizes) <= MORE:
            sizes.append(_rounded(sizes[-1] + 1))
        return min((n for n in sizes if self.days(n) <= wanted_days), key=self.hours)

    def first_guess(self, wanted_days: float) -> int:
        """Return the chips for so many days at a third of the peak, or near it what fits."""
        chips = _rounded(3 * self._flop / (self._day * wanted_days))
        sizes = (_rounded(chips * factor) for factor in FEASIBLE_FACTORS)
        return next((size for size in sizes if math.isfinite(self.days(size))), chips)

    def fewest(self, wanted_days: float) -> int:
        """Return about the fewest chips that finish in so many days, or 0.

        By the days of the last size tried, as the plan's utilisation falls with the chips; where
        that leads nowhere, of every size.
        """
        chips, on_time = self.first_guess(wanted_days), 0
        for _ in range(TRIES):
            days = self.days(chips)
            if math.isinf(days):
                break
            wanted = _rounded(chips * days / wanted_days)
            if days <= wanted_days:
                on_time = chips
                if wanted > CLOSE_BELOW * chips:
                    break
            chips = wanted
        on_time = on_time or next((n for n in _every_size() if self.days(n) <= wanted_days), 0)
        while (fewer := _fewer(on_time)) < on_time and self.days(fewer) <= wanted_days:
            on_time = fewer
        return on_time

    def _days_of(self, chips: int) -> float:
        try:
            cluster_plan = arrange(self._setup, chips, self._drawn)
        except InputError:
            return math.inf
        mfu = self._expected_mfu(cluster_plan.lasting_mfu, chips) * float(cluster_plan.own_share)
        return self._flop / (self._day * mfu * chips)


def _every_size() -> Iterator[int]:
    chips = SERVER_CHIPS
    while chips <= LARGEST:
        yield chips
        chips = _rounded(chips + 1)


def _rounded_up(days: float) -> str:
    """Three figures that are no less."""
    unit = 10.0 ** (math.floor(math.log10(days)) - 2)
    return f"{math.ceil(days / unit) * unit:.3g}"


def _rounded(chips: float) -> int:
    unit = max(step_of_octave(chips, CHIPS_PER_OCTAVE), SERVER_CHIPS)
    return unit * max(1, math.ceil(chips / unit))


def _fewer(chips: int) -> int:
    """Return the next smaller number of chips that plans divide."""
    unit = max(step_of_octave(chips - 1, CHIPS_PER_OCTAVE), SERVER_CHIPS)
    return _rounded(chips - unit)
