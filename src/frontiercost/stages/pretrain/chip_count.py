"""How many chips a run takes: those that end it in time, of a number that plans divide."""

import math
from collections.abc import Callable

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import SERVER_CHIPS
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws
from frontiercost.core.units import SECONDS_PER_DAY
from frontiercost.cost.choices import LONGEST_DAYS
from frontiercost.stages.observed_utilisation import RunLosses, RunWork
from frontiercost.stages.pretrain.cluster import (
    RESTARTED_UP_TO,
    TrainingSetup,
    arrange,
    step_of_octave,
)

CHIPS_PER_OCTAVE = 8  # steps between powers of two, so that plans divide
TRIES = 6
COMFORTABLE_DAYS, CROWDED_DAYS = 90, 180
WORTH_WAITING = 0.8  # of the chip-hours: a longer run that takes no more than that
CLOSE_ENOUGH, CLOSE_BELOW = 1.02, 0.9
FEASIBLE_FACTORS = (1, 2, 4, 8, 16, 32, 64, 1 / 2, 1 / 4, 1 / 8, 1 / 16)


def chips_for(
    setup: TrainingSetup,
    flop: float,
    losses: RunLosses,
    catalogue: Catalogue,
    deadline: float | None = None,
) -> int:
    """Return the fewest chips, in whole servers, that finish by a deadline [day].

    `losses` are what runs get of the speed of their steps. Without a deadline, 90 days are aimed
    at, or 180 where so many chips would work so badly that the longer run takes a fifth fewer
    chip-hours. Raises InputError when no number of chips meets the deadline.
    """
    work = RunWork(flop, losses)
    if deadline is None:
        return _usual_chips(setup, work, catalogue)
    chips, fastest = _on_time(setup, work, deadline, catalogue)
    if chips:
        return chips
    raise InputError(
        f"`deadline`: no number of chips finishes in {deadline:.3g} days, because more chips "
        f"stop helping; allow {fastest:.2g} days, a larger `batch`, or a smaller model"
    )


def or_own(own: int, usual: int, ending_in: Callable[[float], int]) -> int:
    """Return the chips that are owned where they alone end a run within a year, else the usual.

    `usual` are as many as a run takes that owns none, `ending_in` gives the fewest that end it in
    so many days. Ignores that waiting costs.
    """
    if not 0 < own < usual:
        return usual
    try:
        return own if ending_in(LONGEST_DAYS) <= own else usual
    except InputError:  # no number of chips ends it in a year
        return usual


def dividing(setup: TrainingSetup, chips: int, catalogue: Catalogue) -> int:
    """Return so many chips where a plan uses them all, else the next fewer that plans divide."""
    try:
        arrange(setup, chips, DrawnCatalogue(catalogue, Draws(0)))
    except InputError:
        return _fewer(chips)
    return chips


def _usual_chips(setup: TrainingSetup, work: RunWork, catalogue: Catalogue) -> int:
    soon, _ = _on_time(setup, work, COMFORTABLE_DAYS, catalogue)
    if 0 < soon <= RESTARTED_UP_TO:  # a little more may divide the work better
        sizes = (soon, more := _rounded(soon + 1), _rounded(more + 1))
        return min(sizes, key=lambda size: size * _days(setup, work, size, catalogue))
    late, _ = _on_time(setup, work, CROWDED_DAYS, catalogue)
    if not (soon and late):
        return soon or late or _first_guess(setup, work, CROWDED_DAYS, catalogue)
    hours = {chips: chips * _days(setup, work, chips, catalogue) for chips in (soon, late)}
    return late if hours[late] < WORTH_WAITING * hours[soon] else soon


def _on_time(
    setup: TrainingSetup, work: RunWork, wanted_days: float, catalogue: Catalogue
) -> tuple[int, float]:
    """Return about the fewest chips that finish in so many days, or 0; and the fewest days seen.

    Starts from a third of the peak; the plan's utilisation falls with the chips.
    """
    chips = _first_guess(setup, work, wanted_days, catalogue)
    on_time, fastest = 0, math.inf
    for _ in range(TRIES):
        days = _days(setup, work, chips, catalogue)
        if math.isinf(days):
            break
        fastest = min(fastest, days)
        wanted = _rounded(chips * days / wanted_days)
        if days <= wanted_days * CLOSE_ENOUGH:
            on_time = chips
            if wanted > CLOSE_BELOW * chips:
                break
        chips = wanted
    while (fewer := _fewer(on_time)) < on_time:
        if _days(setup, work, fewer, catalogue) > wanted_days * CLOSE_ENOUGH:
            break
        on_time = fewer
    return on_time, fastest


def _first_guess(
    setup: TrainingSetup, work: RunWork, wanted_days: float, catalogue: Catalogue
) -> int:
    day = setup.chip.peak("bf16").value * SECONDS_PER_DAY
    return _feasible(setup, _rounded(3 * work.flop / (day * wanted_days)), catalogue)


def _days(setup: TrainingSetup, work: RunWork, chips: int, catalogue: Catalogue) -> float:
    """Return the days that a run takes; infinite if nothing fits."""
    try:
        cluster_plan = arrange(setup, chips, DrawnCatalogue(catalogue, Draws(0)))
    except InputError:
        return math.inf
    mfu = work.losses.mfu(cluster_plan.lasting_mfu, chips) * float(cluster_plan.own_share)
    return work.flop / (setup.chip.peak("bf16").value * SECONDS_PER_DAY * mfu * chips)


def _feasible(setup: TrainingSetup, chips: int, catalogue: Catalogue) -> int:
    """Return a number of chips on which some plan is legal and fits, near the one given."""
    for factor in FEASIBLE_FACTORS:
        try:
            arrange(setup, _rounded(chips * factor), DrawnCatalogue(catalogue, Draws(0)))
        except InputError:
            continue
        return _rounded(chips * factor)
    return chips


def _rounded(chips: float) -> int:
    unit = max(step_of_octave(chips, CHIPS_PER_OCTAVE), SERVER_CHIPS)
    return unit * max(1, math.ceil(chips / unit))


def _fewer(chips: int) -> int:
    """Return the next smaller number of chips that plans divide."""
    unit = max(step_of_octave(chips - 1, CHIPS_PER_OCTAVE), SERVER_CHIPS)
    return _rounded(chips - unit)
