"""Figures: a quantity in a base unit becomes text for people, which `units.parse` reads back."""

import math
from collections.abc import Callable

from frontiercost.core.units import DAYS_PER_YEAR, HOURS_PER_DAY, SI_PREFIXED, SI_PREFIXES, SUFFIXES

LARGEST_PERCENTAGE = 10  # 1000 % reads better as 10×
COUNT_SUFFIXES = ("", "k", "M", "B", "T")
_PLURAL = {"token": "tokens", "parameter": "parameters", "chip": "chips", "day": "days"}
_PLURAL |= {"person": "people", "chip-hour": "chip-hours", "person-year": "person-years"}
_PLURAL |= {"request/day": "requests/day", "token/s": "tokens/s", "user": "users"}


def format_quantity(value: float | None, unit: str, figures: int = 0) -> str:
    """Print a number with 2 to 3 significant figures and its unit, so that `parse` reads it back.

    Three figures for specifications and where the first figure is a 1, else two: the rounding
    error stays below 5 %, far inside every interval that is printed. `figures` asks for so many.
    """
    if value is None:
        return "unknown"
    family = "money" if unit.startswith("USD") else "prefixed" if unit in SI_PREFIXED else unit
    return _FORMATTERS.get(family, _format_count)(value, unit, figures)


def _format_ratio(value: float, unit: str, figures: int) -> str:
    if unit == "%" and abs(value) < LARGEST_PERCENTAGE:
        return f"{_significant(100 * value, figures)}%"
    return f"{_significant(value, figures)}×"


def _format_money(value: float, unit: str, figures: int) -> str:
    if unit == "USD/token":
        return _format_money(value * SUFFIXES["M"], "USD/Mtoken", figures)
    amount = _scaled(abs(value), SUFFIXES, COUNT_SUFFIXES, figures=figures)
    return f"{'-' if value < 0 else ''}${amount}{unit.removeprefix('USD')}"


def _format_prefixed(value: float, unit: str, figures: int) -> str:
    if unit == "FLOP":
        return f"{_scientific(value, figures)} FLOP"
    scales, order = SI_PREFIXES | {"": 1.0}, ("", *SI_PREFIXES)
    if unit == "kWh":
        return f"{_scaled(1e3 * value, scales, order, ' ', figures)}Wh"
    return f"{_scaled(value, scales, order, ' ', figures or 3)}{unit}"


def _format_count(value: float, unit: str, figures: int) -> str:
    figures = figures or (3 if unit in ("token", "parameter") else 0)
    counted = unit in ("chip", "person", "user", "count", "token") and value == round(value)
    if counted and abs(value) < SUFFIXES["M"]:
        number = f"{value:,.0f}"
    else:
        number = _scaled(value, SUFFIXES, COUNT_SUFFIXES, figures=figures)
    name = unit if value == 1 else _PLURAL.get(unit, unit)
    return number if unit == "count" else f"{number} {name}"


# below how many days a time is printed in which unit
SHORT_TIMES = {"ms": 1 / 86_400, "s": 2 / 1_440, "min": 2 / 24}


def _format_days(value: float, unit: str, figures: int) -> str:
    for name, days in (("ms", 1e-3 / 86_400), ("s", 1 / 86_400), ("min", 1 / 1_440)):
        if value and abs(value) < SHORT_TIMES[name]:
            return f"{_significant(value / days, figures)} {name}"
    if value and abs(value) < 1:
        return f"{_significant(HOURS_PER_DAY * value, figures)} hours"
    if abs(value) >= 3 * DAYS_PER_YEAR:
        return f"{_significant(value / DAYS_PER_YEAR, figures)} years"
    amount = _significant(value, figures)
    return f"{amount} day" if amount == "1" else f"{amount} days"


def _scientific(value: float, figures: int) -> str:
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{(figures or _figures(value)) - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def _scaled(
    value: float,
    scales: dict[str, float],
    order: tuple[str, ...],
    gap: str = "",
    figures: int = 0,
) -> str:
    """Print with the largest suffix that keeps the rounded number at 1 or above."""
    rounded = float(f"{value:.{(figures or _figures(value)) - 1}e}")
    suffix = max(
        (s for s in order if abs(rounded) >= scales[s]), key=scales.__getitem__, default=""
    )
    return f"{_significant(value / scales[suffix], figures)}{gap}{suffix}"


def _figures(value: float) -> int:
    """Three figures when the first one is a 1, else two."""
    return 3 if f"{abs(value):.2e}".startswith("1") else 2


def _significant(value: float, figures: int = 0) -> str:
    if value == 0:
        return "0"
    digits = figures or _figures(value)
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = digits - 1 - math.floor(math.log10(abs(rounded)))
    text = f"{rounded:,.{max(decimals, 0)}f}"
    if figures and "." in text:
        return text.rstrip("0").rstrip(".")
    return text[:-1].rstrip(".") if digits > 2 and "." in text and text[-1] == "0" else text


_FORMATTERS: dict[str, Callable[[float, str, int], str]] = {
    "x": _format_ratio,
    "%": _format_ratio,
    "money": _format_money,
    "prefixed": _format_prefixed,
    "day": _format_days,
}
