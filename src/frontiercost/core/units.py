"""Units: what people write becomes a quantity in a base unit.

The table is closed: a unit that is not here is an error. Suffixes are decimal
(k, M, B, T = 10^3, 10^6, 10^9, 10^12); SI prefixes go before a unit (GB, TFLOP/s, kW).
"""

import math
import re
from functools import lru_cache
from typing import NamedTuple

PER_MILLION = 1e6
BYTES_PER_GB = 1e9
SECONDS_PER_HOUR = 3600
HOURS_PER_DAY = 24
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
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
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
        for what in ("", "request", "requests")
        for per, count in {
            **dict.fromkeys(("day", "d"), 1.0),
            **dict.fromkeys(("s", "second"), 86_400.0),
            **dict.fromkeys(("min", "minute"), 1_440.0),
            **dict.fromkeys(("h", "hour"), 24.0),
            "week": 1 / 7,
            "month": 12 / DAYS_PER_YEAR,
            "year": 1 / DAYS_PER_YEAR,
        }.items()
    },
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
    "token/s": "50",
    "%": "35%",
    "x": "2.2",
}

_NUMBER = re.compile(r"^([+-]?(?:\d[\d_,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)$", re.DOTALL)
_MONEY = re.compile(r"^\$\s*([^\s/a-zA-Z]+(?:[eE][+-]?\d+)?)\s*([a-zA-Z]*)\s*(/.*)?$", re.DOTALL)


class Quantity(NamedTuple):
    """A number in its base unit with its 90 % interval; exact when the three agree."""

    low: float
    value: float
    high: float

    @property
    def exact(self) -> bool:
        """Whether there is no interval."""
        return self.low == self.high


def parse(text: str, unit: str) -> Quantity:
    """Read `"405B"`, `"$5M/year"`, `"3 months"` or an interval `"2..4"` as a quantity in `unit`.

    A missing middle is the geometric mean of two positive ends, else their mean.
    Raises ValueError with the reason and an example.
    """
    parts = [part.strip() for part in text.strip().split("..")]
    if len(parts) > 3 or "" in parts:
        raise ValueError(f"'{text}' is not a number or an interval; write {_example(unit)}")
    last_tail = _split(parts[-1])[1] if len(parts) > 1 else ""
    numbers = [_parse_one(part, unit, last_tail) for part in parts]
    if numbers != sorted(numbers):
        raise ValueError(f"'{text}' must go from low to high")
    if len(numbers) == 2:
        numbers.insert(1, _middle(*numbers))
    return Quantity(numbers[0], numbers[len(numbers) // 2], numbers[-1])


def _middle(low: float, high: float) -> float:
    return math.sqrt(low * high) if low > 0 else (low + high) / 2


def _parse_one(text: str, unit: str, last_tail: str) -> float:
    number, tail = _split(text)
    if not number:
        raise ValueError(f"'{text}' does not start with a number; write {_example(unit)}")
    value = float(number.replace(",", "").replace("_", ""))
    if not math.isfinite(value):
        raise ValueError(f"'{text}' is not finite")
    return value * _factor(tail or last_tail, unit, text)


def _split(text: str) -> tuple[str, str]:
    """Split `"$5M/year"` into `("5", "M USD/year")` and `"3 months"` into `("3", "months")`."""
    if money := _MONEY.match(text):
        number, suffix, per = money.groups()
        return number, f"{suffix} USD{per or ''}".strip()
    match = _NUMBER.match(text)
    return (match[1], match[2].strip()) if match else ("", "")


def _factor(tail: str, unit: str, text: str) -> float:
    names = SPELLINGS[unit]
    if tail in names:
        return names[tail]
    if tail == "" and unit in BARE:
        return 1.0
    for suffix, scale in SUFFIXES.items():
        symbol = tail.removeprefix(suffix).strip()
        if (
            suffix
            and tail.startswith(suffix)
            and (symbol in names or (symbol == "" and unit in BARE))
        ):
            return scale * names.get(symbol, 1.0)
    if unit in SI_PREFIXED:
        for prefix, scale in (SI_PREFIXES | BINARY_PREFIXES).items():
            if tail.startswith(prefix) and tail.removeprefix(prefix) in names:
                return scale * names[tail.removeprefix(prefix)]
    what = f"has no unit; {unit} is needed" if tail == "" else f"has an unknown unit '{tail}'"
    raise ValueError(f"'{text}' {what}; {_hint(text, tail, unit)}")


def _hint(text: str, tail: str, unit: str) -> str:
    """Offer the same number with the nearest suffix or spelling, else an example."""
    from difflib import get_close_matches

    near = get_close_matches(tail, ["k", "M", "B", "T", *SPELLINGS[unit]], n=1, cutoff=0.6)
    if unit in BARE and not near:
        near = [suffix for suffix in ("k", "M", "B", "T") if tail[:1].upper() == suffix.upper()]
    if not near:
        return f"write {_example(unit)}"
    number = _split(text)[0]
    gap = "" if near[0] in SUFFIXES else " "
    return f"did you mean '{number}{gap}{near[0]}'?"


def _example(unit: str) -> str:
    return f"for example {EXAMPLES[unit]}" if unit in EXAMPLES else f"a number in {unit}"


def unit_of(text: str) -> str | None:
    """Return the base unit that a text names, or None for a bare number or an unknown unit."""
    tail = _split(text.rsplit("..", maxsplit=1)[-1].strip())[1]
    tails = [tail, *(tail.removeprefix(s).strip() for s in SUFFIXES if s and tail.startswith(s))]
    for name in filter(None, tails):
        if name in SPELLINGS:
            return name
        for unit, names in SPELLINGS.items():
            if name in names:
                return unit
    return None


def has_unit(text: str) -> bool:
    """Whether the text carries a unit and is not a bare number (facts must; flags need not)."""
    return _split(text.rsplit("..", maxsplit=1)[-1].strip())[1] not in SUFFIXES


# --- dates ------------------------------------------------------------------------------------

_DATE = re.compile(r"^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?$")


def check_date(text: str) -> str:
    """Return a date written as YYYY, YYYY-MM or YYYY-MM-DD; raise ValueError otherwise."""
    if not _DATE.match(text.strip()):
        raise ValueError(f"'{text}' is not a date; write it as 2026-11 or 2026-11-24")
    return text.strip()


@lru_cache(maxsize=4096)
def decimal_year(date: str) -> float:
    """Turn a date into a year with a fraction; a missing month or day is the middle of it."""
    match = _DATE.match(date)
    if not match:
        raise ValueError(f"'{date}' is not a date; write it as 2026-11 or 2026-11-24")
    year, month, day = match.groups()
    months = float(month) - 1 if month else 6.0
    days = float(day) - 0.5 if day else (15.0 if month else 0.0)
    return float(year) + months / 12 + days / DAYS_PER_YEAR


def not_after(date: str, limit: str) -> bool:
    """Whether a date is not later than a limit that may name only its month or year."""
    return date[: len(limit)] <= limit
