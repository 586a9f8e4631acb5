"""Units: what people write becomes a quantity in a base unit.

The table is closed: a unit that is not here is an error. Suffixes are decimal
(k, M, B, T = 10^3, 10^6, 10^9, 10^12); SI prefixes go before a unit (GB, TFLOP/s, kW).
"""

import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import MINYEAR, date
from functools import lru_cache
from typing import NamedTuple

PER_MILLION = 1e6
BYTES_PER_GB = 1e9
SECONDS_PER_HOUR = 3600
HOURS_PER_DAY = 24
HOURS_PER_WEEK = 7 * HOURS_PER_DAY
SECONDS_PER_DAY = HOURS_PER_DAY * SECONDS_PER_HOUR
DAYS_PER_YEAR = 365.25
MONTHS_PER_YEAR = 12
HOURS_PER_YEAR = HOURS_PER_DAY * DAYS_PER_YEAR

SUFFIXES = {
    "": 1.0,
    "k": 1e3,
    "K": 1e3,
    "M": 1e6,
    "B": 1e9,
    "bn": 1e9,
    "T": 1e12,
    **dict.fromkeys(("thousand", "Thousand"), 1e3),
    **dict.fromkeys(("million", "Million"), 1e6),
    **dict.fromkeys(("billion", "Billion"), 1e9),
    **dict.fromkeys(("trillion", "Trillion"), 1e12),
    "m": 1e6,
    "mn": 1e6,
    "b": 1e9,
    "t": 1e12,
}
SI_PREFIXES = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
BINARY_PREFIXES = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}

# base unit -> every spelling of it, with its factor
SPELLINGS: dict[str, dict[str, float]] = {
    "token": {"token": 1, "tokens": 1, "tok": 1},
    "parameter": {"parameter": 1, "parameters": 1, "params": 1, "param": 1},
    "FLOP": {"FLOP": 1, "FLOPs": 1, "flop": 1},
    "FLOP/s": {"FLOP/s": 1, "FLOPS": 1, "FLOPs/s": 1, "flop/s": 1},
    "B": {"B": 1, "byte": 1, "bytes": 1},
    "B/s": {"B/s": 1, "byte/s": 1, "bytes/s": 1},
    "bit/s": {"bit/s": 1, "bps": 1, "b/s": 1},
    "W": {"W": 1, "watt": 1, "watts": 1},
    "kWh": {"Wh": 1e-3},
    "chip": {"chip": 1, "chips": 1, "gpu": 1, "gpus": 1, "GPU": 1, "GPUs": 1},
    "chip-hour": {"chip-hour": 1, "chip-hours": 1, "GPU-hour": 1, "GPU-hours": 1, "h": 1},
    "person": {"person": 1, "persons": 1, "people": 1, "contributors": 1},
    "person-year": {"person-year": 1, "person-years": 1},
    "day": {
        "ms": 1e-3 / 86_400,
        "s": 1 / 86_400,
        "second": 1 / 86_400,
        "seconds": 1 / 86_400,
        "min": 1 / 1_440,
        "minute": 1 / 1_440,
        "minutes": 1 / 1_440,
        "h": 1 / 24,
        "hour": 1 / 24,
        "hours": 1 / 24,
        "d": 1,
        "day": 1,
        "days": 1,
        "week": 7,
        "weeks": 7,
        "month": DAYS_PER_YEAR / 12,
        "months": DAYS_PER_YEAR / 12,
        "year": DAYS_PER_YEAR,
        "years": DAYS_PER_YEAR,
    },
    "request/day": {
        f"{what}/{per}": count
        for what in ("", "request", "requests", "req", "reqs")
        for per, count in {
            **dict.fromkeys(("day", "d"), 1.0),
            **dict.fromkeys(("s", "sec", "second"), 86_400.0),
            **dict.fromkeys(("min", "minute"), 1_440.0),
            **dict.fromkeys(("h", "hour"), 24.0),
            "week": 1 / 7,
            "month": 12 / DAYS_PER_YEAR,
            "year": 1 / DAYS_PER_YEAR,
        }.items()
    }
    | dict.fromkeys(("rps", "RPS", "qps", "QPS"), 86_400.0),
    "user": dict.fromkeys(("user", "users", "concurrent", "concurrent users", "at once"), 1),
    "token/s": {"token/s": 1, "tokens/s": 1, "tok/s": 1},
    "USD": {"USD": 1, "usd": 1, "dollars": 1},
    "USD/year": {"USD/year": 1, "USD/yr": 1, "USD/y": 1, "USD/month": 12},
    "USD/chip-hour": {
        "USD/chip-hour": 1,
        "USD/h": 1,
        "USD/hour": 1,
        "USD/GPU-hour": 1,
        "USD/hr": 1,
    },
    "USD/kWh": {"USD/kWh": 1, "USD/MWh": 1e-3},
    "USD/kW": {"USD/kW": 1, "USD/MW": 1e-3},
    "USD/token": {"USD/token": 1, "USD/Mtoken": 1e-6, "USD/Mtok": 1e-6, "USD/Ttoken": 1e-12},
    "USD/person-year": {"USD/person-year": 1},
    "page": {"page": 1, "pages": 1},
    "B/token": {"B/token": 1, "bytes/token": 1},
    "token/page": {"token/page": 1, "tokens/page": 1},
    "chip-hour/Gtoken": {"chip-hour/Gtoken": 1},
    "chip-hour/Mpage": {"chip-hour/Mpage": 1},
    "CPU-hour/TB": {"CPU-hour/TB": 1, "CPU-hours/TB": 1},
    "USD/CPU-hour": {"USD/CPU-hour": 1},
    "USD/TB": {"USD/TB": 1, "USD/GB": 1e3},
    "USD/TB-month": {"USD/TB-month": 1, "USD/GB-month": 1e3},
    "USD/page": {"USD/page": 1},
    "gCO2e/kWh": {"gCO2e/kWh": 1},
    "tCO2e": {"tCO2e": 1, "kgCO2e": 1e-3},
    "%": {"%": 1e-2, "percent": 1e-2, "x": 1, "×": 1},
    "x": {"x": 1, "×": 1, "%": 1e-2},
    "/year": {"/year": 1, "%/year": 1e-2},
    "index": {"index": 1, "points": 1},
    "ln": {"ln": 1},
    "count": {"": 1},
}
SI_PREFIXED = {"FLOP", "FLOP/s", "B", "B/s", "bit/s", "W", "kWh"}
MILLI = {"W", "kWh"}
"""Where people write m for a thousandth: mW is no megawatt."""
# a bare number is clear for these; for a time or a rate it is not
BARE = {
    "token",
    "parameter",
    "FLOP",
    "chip",
    "chip-hour",
    "person",
    "USD",
    "USD/chip-hour",
    "token/s",
    "%",
    "x",
}
EXAMPLES = {
    "token": "15.6T",
    "parameter": "405B",
    "FLOP": "3.8e25",
    "FLOP/s": "989 TFLOP/s",
    "B": "80 GB",
    "B/s": "3.35 TB/s",
    "bit/s": "110 Mbit/s",
    "W": "700 W",
    "kWh": "27 GWh",
    "chip": "16k",
    "chip-hour": "30.84M",
    "person": "220",
    "day": "3 months",
    "USD": "$5M",
    "USD/year": "$5M/year",
    "USD/chip-hour": "$2.50/h",
    "USD/kWh": "0.09 USD/kWh",
    "USD/token": "$10/Mtok",
    "request/day": "1M/day",
    "user": "20 users",
    "token/s": "50",
    "%": "35%",
    "x": "2.2",
}

GROUPED = r"[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?:_[0-9]{3})+|[0-9]+"
NUMBER = rf"(?:(?:{GROUPED})(?![0-9,_])(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""A number without its sign; thousands are grouped all along, by commas or by `_`, or not at all"""
_PART = re.compile(rf"(?:([+-])\s*)?((?:US)?\$|USD)?\s*((?(1)|[+-]?){NUMBER})\s*(.*)", re.DOTALL)
_ZEROS = re.compile(r"[+-]?0[0-9]")
_PER, _DOLLARS = re.compile(r"\s*\bper\s+"), re.compile(r"(?:US)?\$")


class Quantity(NamedTuple):
    """A number in its base unit with its 90 % interval; exact when the three agree."""

    low: float
    value: float
    high: float

    @property
    def exact(self) -> bool:
        """Whether there is no interval."""
        return self.low == self.high


Exchange = Callable[[str], float]
"""What a unit of another currency is in dollars, by its code."""


class Part(NamedTuple):
    """A number as it is written, alone or at one end of an interval."""

    text: str
    number: str
    is_money: bool
    tail: str
    """What follows the number: a suffix, a unit, both or nothing."""


NO_PART = Part("", "", False, "")


class Scale(NamedTuple):
    """What a tail multiplies its number by."""

    suffix: float
    unit: float


def parse(text: str, unit: str, exchange: Exchange | None = None, example: str = "") -> Quantity:
    """Read `"405B"`, `"$5M/year"`, `"3 months"` or an interval `"2..4"` as a quantity in `unit`.

    The last suffix and unit of an interval hold for ends that have none of their own. A missing
    middle is the geometric mean of two positive ends, else their mean. Money of another currency
    is read where there is an exchange, and becomes dollars.
    Raises ValueError with the reason and an example: that of the unit, unless one is given.
    """
    if exchange is not None and unit.startswith("USD"):
        with suppress(ValueError):
            return parse(text, unit, example=example)
        from frontiercost.core.currencies import parse_foreign

        return parse_foreign(text, unit, exchange)
    parts = parts_of(text)
    if not parts:
        raise ValueError(_refusal(text, unit, example))
    if unit.startswith("USD") and any(_ZEROS.match(part.number) for part in parts):
        raise ValueError(
            f"'{text}' begins with zeros, as what a shell leaves of \"$100M\"; "
            "write 100M or '$100M'"
        )
    last = _scale(parts[-1], unit)
    scales = [_scale(part, unit, last) for part in parts]
    for part, scale in zip(parts, scales, strict=True):
        if scale is None:
            raise ValueError(_refusal(part.text, unit, example))
    numbers = [_number(part, scale) for part, scale in zip(parts, scales, strict=True) if scale]
    if numbers != sorted(numbers):
        raise ValueError(f"'{text}' must go from low to high{_as_read(parts)}")
    if unit == "%" and parts[-1].tail == "" and numbers[-1] > 1:
        number = parts[-1].number
        hint = f"; write {number}% for {number} per cent" if numbers[-1] <= 100 else ""
        raise ValueError(f"'{text}' must be at most 100%{hint}")
    if len(numbers) == 2:
        numbers.insert(1, _middle(*numbers))
    return Quantity(numbers[0], numbers[len(numbers) // 2], numbers[-1])


@lru_cache(maxsize=1024)
def parts_of(text: str) -> tuple[Part, ...]:
    """Return the ends of an interval, or a number alone; none where it is neither."""
    texts = [part.strip() for part in text.split("..")]
    matches = [_PART.fullmatch(part) for part in texts]
    if len(matches) > 3 or "..." in text or not all(matches):
        return ()
    return tuple(_part(*pair) for pair in zip(texts, filter(None, matches), strict=True))


def _part(text: str, match: re.Match[str]) -> Part:
    sign, money, number, tail = match.groups()
    tail = _PER.sub("/", _DOLLARS.sub("USD", tail)) if tail else ""
    return Part(text, (sign or "") + number, bool(money), tail.strip())


def _as_read(parts: Sequence[Part]) -> str:
    """Say which tail an end without one was read with."""
    tail = parts[-1].tail
    shared = tail and any(part.tail == "" for part in parts)
    return f"; '{tail}' holds for every end that has none of its own" if shared else ""


def _middle(low: float, high: float) -> float:
    return min(low * math.sqrt(high / low), high) if low > 0 else (low + high) / 2


def _number(part: Part, scale: Scale) -> float:
    number = float(part.number.replace(",", "").replace("_", ""))
    value = number * scale.suffix * scale.unit
    if not math.isfinite(value):
        raise ValueError(f"'{part.text}' is not finite")
    return value


def _scale(part: Part, unit: str, last: Scale | None = None) -> Scale | None:
    """Return what a tail stands for, with the last one's suffix and unit where it has none."""
    if part.is_money and not unit.startswith("USD"):
        return None
    if part.tail == "" and last:
        return last
    if (own := _own_scale(part.tail, unit)) or not last:
        return own
    clear = unit not in SI_PREFIXED and (part.tail, unit) != ("m", "day")
    return Scale(SUFFIXES[part.tail], last.unit) if clear and part.tail in SUFFIXES else None


@lru_cache(maxsize=1024)
def _own_scale(tail: str, unit: str) -> Scale | None:
    """Return what a tail stands for by itself: a suffix or an SI prefix, before a unit."""
    for suffix, scale in SUFFIXES.items():
        rest = tail.removeprefix(suffix)
        is_milli = suffix == "m" and unit in MILLI and rest[:1].isalpha()
        if tail.startswith(suffix) and not is_milli:
            factor = _factor(rest.strip(), unit)
            if factor is not None:
                return Scale(scale, factor)
    if unit in SI_PREFIXED:
        for prefix, scale in (SI_PREFIXES | BINARY_PREFIXES).items():
            if tail.startswith(prefix) and tail.removeprefix(prefix) in SPELLINGS[unit]:
                return Scale(1.0, scale * SPELLINGS[unit][tail.removeprefix(prefix)])
    return None


def _factor(name: str, unit: str) -> float | None:
    """Return the factor of a spelling; money may leave out its dollars, and some units all."""
    names = SPELLINGS[unit]
    if name == "" and unit in BARE:
        return 1.0
    if unit.startswith("USD") and name.startswith("/"):
        return names.get(f"USD{name}")
    return names.get(name)


def _refusal(text: str, unit: str, example: str) -> str:
    from frontiercost.core.unit_hints import refusal

    return refusal(text, unit, example)


def unit_of(text: str) -> str | None:
    """Return the base unit that a text names, or None for a bare number or an unknown unit."""
    part = (parts_of(text) or [NO_PART])[-1]
    tails = [part.tail.removeprefix(suffix).strip() for suffix in SUFFIXES]
    names = [
        *([] if part.is_money else tails),
        *(f"USD{tail}" for tail in tails if tail[:1] == "/"),
    ]
    for name in filter(None, [*names, "USD" if part.is_money else ""]):
        if name in SPELLINGS:
            return name
        for unit, spellings in SPELLINGS.items():
            if name in spellings:
                return unit
    return None


def has_unit(text: str) -> bool:
    """Whether the text carries a unit and is not a bare number (facts must; flags need not)."""
    part = (parts_of(text) or [NO_PART])[-1]
    return part.is_money or part.tail not in SUFFIXES


# --- dates ------------------------------------------------------------------------------------

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


@lru_cache(maxsize=4096)
def check_date(text: str) -> str:
    """Return a date of the calendar, written YYYY, YYYY-MM or YYYY-MM-DD; else raise ValueError."""
    match = _DATE.fullmatch(text.strip())
    if not match:
        raise ValueError(f"'{text}' is not a date; write it as 2026-11 or 2026-11-24")
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise ValueError(f"'{text}' is not a date: {_no_such_day(year, month)}") from None
    return match[0]


def _no_such_day(year: str, month: str | None) -> str:
    """Say why a date is not in the calendar."""
    from calendar import monthrange

    if int(year) < MINYEAR:
        return "there is no year 0"
    if month and not 1 <= int(month) <= MONTHS_PER_YEAR:
        return "months go from 01 to 12"
    return f"{year}-{month} has {monthrange(int(year), int(month or 1))[1]} days"


@lru_cache(maxsize=4096)
def decimal_year(text: str) -> float:
    """Turn a date into a year with a fraction; a missing month or day is the middle of it."""
    year, month, day = (*check_date(text).split("-"), "", "")[:3]
    months = float(month) - 1 if month else 6.0
    days = float(day) - 0.5 if day else (15.0 if month else 0.0)
    return float(year) + months / 12 + days / DAYS_PER_YEAR


def not_after(date: str, limit: str) -> bool:
    """Whether a date is not later than a limit that may name only its month or year."""
    return date[: len(limit)] <= limit
