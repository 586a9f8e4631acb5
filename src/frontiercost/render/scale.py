"""From numbers to places along an axis, linear or in powers of ten, with round marks."""

import math
from collections.abc import Iterable, Iterator

from frontiercost.core.frozen import frozen

MARKS = 4
"""About how many marks an axis has."""
CLOSE = 1e-6
"""How near to each other numbers are one, as a share of the largest."""
ROUND = (1.0, 2.0, 5.0, 10.0)


@frozen
class Scale:
    """An axis from the least to the most."""

    least: float
    most: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return where a number is, from 0 at the least to 1 at the most; never beyond."""
        least, most, at = self.least, self.most, min(max(value, self.least), self.most)
        if self.logarithmic:
            least, most, at = math.log(least), math.log(most), math.log(at)
        return (at - least) / (most - least) if most > least else 1.0

    def marks(self) -> Iterator[float]:
        """Yield round numbers from the least to the most."""
        if not self.logarithmic:
            step = _round_step((self.most - self.least) / MARKS)
            yield from (step * count for count in _whole(self.least / step, self.most / step))
            return
        powers = _whole(math.log10(self.least), math.log10(self.most))
        every = max(1, math.ceil(len(powers) / (MARKS + 1)))
        yield from (10.0**power for power in powers[::every])


def _whole(least: float, most: float) -> range:
    """Return the whole numbers between two, which may miss one by rounding."""
    return range(math.ceil(least - 1e-9), math.floor(most + 1e-9) + 1)


def _round_step(step: float) -> float:
    """Return the next of 1, 2 and 5 times a power of ten."""
    if step <= 0 or not math.isfinite(step):
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return power * next(times for times in ROUND if times * power >= step * (1 - 1e-9))


def scale_of(numbers: Iterable[float | None], *, logarithmic: bool, zero: bool = True) -> Scale:
    """Return the axis that holds numbers; one of bars begins at zero, in powers of ten at a power.

    Numbers that are unknown, endless, or for powers of ten not above zero have no place.
    """
    known = [number for number in numbers if number is not None and math.isfinite(number)]
    if logarithmic:
        known = [number for number in known if number > 0]
        if not known:
            return Scale(1.0, 10.0, logarithmic=True)
        least, most = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
        return Scale(10.0**least, 10.0 ** max(most, least + 1), logarithmic=True)
    apart = known and max(known) - min(known) > CLOSE * max(map(abs, known))
    ends = known if apart and not zero else [*known, 0.0]
    return Scale(min(ends), max(ends))
