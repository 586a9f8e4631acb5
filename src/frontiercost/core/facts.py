"""Facts: a number with its unit, 90 % interval, source and date; and the draws made from it.

A fact is drawn once per evaluation, by its path and the seed: adding a fact moves no other,
and two evaluations that share a fact share its draws, so that differences are clean.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cache, lru_cache, wraps
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeAlias, TypeVar, cast

from frontiercost.core import units
from frontiercost.core.errors import DataError
from frontiercost.core.frozen import frozen
from frontiercost.core.limits import OF_UNIT, Limits, check, within
from frontiercost.core.provenance import CHOSEN, GIVEN, SPREADS, Provenance, provenance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Number: TypeAlias = "float | NDArray[np.float64]"
"""A number, or an array of its draws; a string, so that it can be imported without numpy."""
Condition: TypeAlias = "bool | NDArray[np.bool_]"
"""Whether something holds, or in which draws it does."""
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

Z95 = 1.6448536269514715  # NormalDist().inv_cdf(0.95), whose module loads slowly
SHARE_FLOOR = 1e-6
BYTES_PER_KEY = 8
MOST_KEPT = 2**22  # values of facts, ready to be handed out again: 32 MB
DETAILS = ("at", "note", "shared")


@frozen
class Source:
    """Where a fact comes from."""

    id: str
    title: str
    url: str
    licence: str
    note: str = ""


@frozen
class Fact:
    """One number with its 90 % interval in a base unit, and where it comes from.

    A unit of `%` marks a share of a whole: it is drawn on the logit scale and stays inside 0..1.
    Facts with the same `shared` name are drawn with that correlation to a common factor.
    """

    path: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    confidence: str
    as_of: str = ""
    at: str = ""
    note: str = ""
    shared: str = ""
    correlation: float = 0.0
    limits: Limits = OF_UNIT
    """What it could be at all, where its unit does not say; who changes it is held to that too."""

    @property
    def exact(self) -> bool:
        """Whether the fact has no interval."""
        return self.low == self.high

    @property
    def origin(self) -> str:
        """Its source, date and confidence in words."""
        return ", ".join(filter(None, (self.source, self.as_of, self.confidence)))


class Interval(NamedTuple):
    """The 5th, 50th and 95th percentile of draws; the ends are None when nothing was drawn."""

    low: float | None
    median: float
    high: float | None


def fact_from_text(
    path: str,
    text: str,
    unit: str,
    source: str,
    limits: Limits = OF_UNIT,
    exchange: units.Exchange | None = None,
) -> Fact:
    """Make a fact from what a user typed: exact, unless an interval was typed.

    Raises ValueError for what is no quantity in the unit, or outside its range.
    """
    quantity = units.parse(text, unit, exchange)
    check(quantity, unit, limits)
    return fact_from_quantity(path, quantity, unit, source)


def fact_from_quantity(path: str, quantity: units.Quantity, unit: str, source: str) -> Fact:
    """Make a fact from a quantity that a user typed."""
    low, value, high = quantity
    return Fact(path, value, low, high, unit, source, GIVEN)


def chosen(path: str, text: str, unit: str, limits: Limits = OF_UNIT) -> Fact:
    """Make the fact of a default that the authors chose, exact until someone says otherwise."""
    return replace(fact_from_text(path, text, unit, "", limits), **CHOSEN._asdict())


def read_fact(path: str, entry: object, unit: str = "", limits: Limits = OF_UNIT) -> Fact:
    """Make a fact from an entry `{value = "80 GB", source = "…", as_of = "…", confidence = "…"}`.

    Without `unit`, the value's own unit is taken; `least` and `most` of the entry say what it can
    be, else `limits`. Raises DataError when the value, its unit, source, date or confidence is
    missing, or a rule is broken.
    """
    if not isinstance(entry, Mapping):
        raise DataError(f"{path}: must be a table with value, unit and source")
    text = str(entry.get("value", ""))
    unit = unit or units.unit_of(text) or ""
    if not text or not units.has_unit(text) or not unit:
        raise DataError(f"{path}: value '{text}' has no known unit; {unit or 'one'} is needed")
    origin = provenance(path, entry)
    try:
        value = units.parse(text, unit).value
        low, high, least, most = (
            units.parse(str(entry[end]), unit).value if end in entry else None
            for end in ("low", "high", "least", "most")
        )
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error
    details = {key: str(entry[key]) for key in DETAILS if key in entry}
    correlation = float(entry.get("correlation", 0.0))
    limits = limits if least is most is None else Limits(least, most)
    fact = bounded(path, value, low, high, unit, origin, limits=limits, **details)
    return replace(fact, correlation=correlation)


def bounded(
    path: str,
    value: float,
    low: float | None,
    high: float | None,
    unit: str,
    origin: Provenance,
    at: str = "",
    note: str = "",
    shared: str = "",
    limits: Limits = OF_UNIT,
) -> Fact:
    """Complete the interval of a fact from its confidence, and check it against its limits."""
    spread = SPREADS[origin.confidence]
    if low is None:
        low = within(_stretch(value, 1 / spread, unit), unit, limits)
    if high is None:
        high = within(_stretch(value, spread, unit), unit, limits)
    try:
        check(units.Quantity(*sorted((low, value, high))), unit, limits)
    except ValueError as error:
        raise DataError(f"{path}: outside its range: it {error}") from error
    if not low <= value <= high:
        raise DataError(f"{path}: {low:g} ≤ {value:g} ≤ {high:g} does not hold")
    source, as_of, confidence = origin
    return Fact(
        path, value, low, high, unit, source, confidence, as_of, at, note, shared, limits=limits
    )


def _stretch(value: float, factor: float, unit: str) -> float:
    """Multiply a positive value, or the odds of a share."""
    if unit != "%" or value in (0.0, 1.0):
        return value * factor
    odds = value / (1 - value) * factor
    return odds / (1 + odds)


_READ: ContextVar[dict[str, Fact] | None] = ContextVar("read", default=None)


@contextmanager
def facts_read() -> Iterator[dict[str, Fact]]:
    """Gather the facts that are read inside, by path, drawn or not; whoever gathers outside too."""
    gathered: dict[str, Fact] = {}
    before = _READ.set(gathered)
    try:
        yield gathered
    finally:
        _READ.reset(before)
        note_read(gathered.values())


def note_read(facts: Iterable[Fact]) -> None:
    """Note that facts are read, for whoever gathers them."""
    if (gathered := _READ.get()) is not None:
        gathered.update((fact.path, fact) for fact in facts)


def kept(maxsize: int) -> Callable[[Callable[Asked, Answer]], Callable[Asked, Answer]]:
    """Keep answers of a function; the facts of one are read again wherever it stands."""

    def keeping(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        @lru_cache(maxsize=maxsize)
        def with_facts(*args: Asked.args, **more: Asked.kwargs) -> tuple[Answer, tuple[Fact, ...]]:
            with facts_read() as read:
                answer = function(*args, **more)
            return answer, tuple(read.values())

        @wraps(function)
        def answered(*args: Asked.args, **more: Asked.kwargs) -> Answer:
            answer, read = with_facts(*args, **more)  # type: ignore[arg-type]
            note_read(read)
            return answer

        return answered

    return keeping


class Draws:
    """Stratified draws of facts, keyed by the fact's path and the seed.

    `count` 0 gives the point estimate: every fact becomes its central value.
    """

    def __init__(self, count: int, seed: int = 0, pinned: Mapping[str, str] | None = None) -> None:
        """Draw so many; facts whose path is in `pinned` stay at that end of theirs, low or high."""
        self.count, self.seed, self.pinned = count, seed, pinned or {}
        self.used: dict[str, Fact] = {}
        self._drawn: dict[tuple[str, float, float, float], NDArray[np.float64]] = {}
        self._orders: dict[tuple[str, str, float], NDArray[np.uint32]] = {}
        self._common: dict[str, NDArray[np.float64]] = {}

    def sample(self, fact: Fact) -> "Number":
        """Return the fact as a float (exact, or no draws) or as an array of `count` draws.

        Split lognormal for positive quantities: value * (high/value)^(z/z95) above the median,
        value * (value/low)^(z/z95) below it; the same on the odds for shares.
        """
        self.used.setdefault(fact.path, fact)
        return self.peek(fact)

    def peek(self, fact: Fact) -> "Number":
        """Return the same where only a choice is made by it, and no number of the answer."""
        note_read((fact,))
        if fact.path in self.pinned:
            end: float = getattr(fact, self.pinned[fact.path])
            return end
        if self.count == 0 or fact.exact:
            return fact.value
        key = (fact.path, fact.low, fact.value, fact.high)
        if key in self._drawn:
            return self._drawn[key]
        values = _drawn(fact, self.deviation(fact))
        if len(self._drawn) * self.count < MOST_KEPT:
            self._drawn[key] = values
        return values

    def deviation(self, fact: Fact) -> "NDArray[np.float64]":
        """Return the standard normal draws behind a fact, with its part of a shared factor.

        Of each fact only the order is kept in which it goes through the same values.
        """
        key = (fact.path, fact.shared, fact.correlation)
        if key not in self._orders:
            self._orders[key] = self._order(fact)
        return _grid(self.count)[self._orders[key]]

    def _order(self, fact: Fact) -> "NDArray[np.uint32]":
        own = self._keyed_order(fact.path)
        if not fact.shared:
            return own
        if fact.shared not in self._common:
            self._common[fact.shared] = self.standard(f"shared/{fact.shared}")
        weight, own_draws = fact.correlation, _grid(self.count)[own]
        return _ranks(weight * self._common[fact.shared] + math.sqrt(1 - weight**2) * own_draws)

    def standard(self, path: str) -> "NDArray[np.float64]":
        """Return `count` standard normal values, one from each equal slice, in a keyed order."""
        return _grid(self.count)[self._keyed_order(path)]

    def _keyed_order(self, path: str) -> "NDArray[np.uint32]":
        """Return the slices in an order that path and seed alone decide."""
        from hashlib import shake_128

        import numpy as np

        # not numpy.random: it may change its streams, and takes as long to import as to draw
        noise = shake_128(f"{self.seed}/{path}".encode()).digest(BYTES_PER_KEY * self.count)
        # numbers that end in their place are sorted in half the time of an argsort
        below = np.uint64(2 ** self.count.bit_length() - 1)
        keys = np.frombuffer(noise, np.uint64) & ~below | np.arange(self.count, dtype=np.uint64)
        keys.sort()
        return (keys & below).astype(np.uint32)

    def summary(self, number: "Number") -> Interval:
        """Return the 5th, 50th and 95th percentile of a number drawn here."""
        if isinstance(number, (int, float)):
            ends = float(number) if self.count else None
            return Interval(ends, float(number), ends)
        import numpy as np

        # not np.quantile: it imports masked arrays, a tenth of the whole start
        places = np.array([0.05, 0.5, 0.95]) * (len(number) - 1)
        low, median, high = np.interp(places, np.arange(len(number)), np.sort(number))
        return Interval(float(low), float(median), float(high))

    def share(self, condition: "Condition") -> float | None:
        """Return the probability of a condition over the draws; None without draws."""
        if self.count == 0:
            return None
        return float(condition) if isinstance(condition, bool) else float(condition.mean())


@cache
def _grid(count: int) -> "NDArray[np.float64]":
    """Standard normal quantiles at the middles of `count` equal slices of probability."""
    from statistics import NormalDist

    import numpy as np

    inverse = NormalDist().inv_cdf
    below = np.array([inverse((i + 0.5) / count) for i in range((count + 1) // 2)])
    return np.concatenate([below, -below[::-1][count % 2 :]])


def _ranks(values: "NDArray[np.float64]") -> "NDArray[np.uint32]":
    """Return each value's place among all: on the grid there, marginals stay exact."""
    import numpy as np

    ranks = np.empty(len(values), np.uint32)
    ranks[values.argsort()] = np.arange(len(values), dtype=np.uint32)
    return ranks


def _drawn(fact: Fact, deviation: "NDArray[np.float64]") -> "NDArray[np.float64]":
    if fact.value == 0:
        values = _none_at_most(deviation, fact)
    elif fact.unit == "%":
        values = _split_logit(deviation, fact)
    else:
        values = _split_lognormal(deviation, fact.low, fact.value, fact.high)
    values.flags.writeable = False  # it is handed out again
    return values


def _none_at_most(deviation: "NDArray[np.float64]", fact: Fact) -> "NDArray[np.float64]":
    """Draw what is 0 at the centre and below it, and grows in proportion above."""
    import numpy as np

    least = _grid(len(deviation))[len(deviation) // 2]  # so that the median is 0, not nearly
    most = 1.0 if fact.unit == "%" else math.inf
    return np.asarray(np.clip(fact.high * (deviation - least) / (Z95 - least), 0.0, most))


def _split_lognormal(
    deviation: "NDArray[np.float64]", low: float, value: float, high: float
) -> "NDArray[np.float64]":
    import numpy as np

    below = math.log(value / low) if low > 0 else math.log(1 / SHARE_FLOOR)
    above = math.log(high / value)
    return value * np.exp(deviation / Z95 * np.where(deviation > 0, above, below))


def _split_logit(deviation: "NDArray[np.float64]", fact: Fact) -> "NDArray[np.float64]":
    low, value, high = (
        min(max(p, SHARE_FLOOR), 1 - SHARE_FLOOR) for p in (fact.low, fact.value, fact.high)
    )
    odds = _split_lognormal(deviation, low / (1 - low), value / (1 - value), high / (1 - high))
    return odds / (1 + odds)


def magnitude(number: "Number") -> "Number":
    """Return |number|, for floats and arrays alike."""
    return cast("Number", abs(number))  # to mypy, abs of a union is an object


def positive_part(number: "Number") -> "Number":
    """Return max(number, 0), for floats and arrays alike."""
    return (number + magnitude(number)) / 2


def at_least(number: "Number", floor: float) -> "Number":
    """Return max(number, floor), for floats and arrays alike."""
    return positive_part(number - floor) + floor


def mean(number: "Number") -> float:
    """Return the mean of draws, or the number itself."""
    return float(number) if isinstance(number, (int, float)) else float(number.mean())
