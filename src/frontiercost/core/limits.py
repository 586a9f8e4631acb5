"""What a number can be at all: the range of its unit, unless it has one of its own."""

from typing import NamedTuple

from frontiercost.core.units import Quantity


class Limits(NamedTuple):
    """The least and the most of something; None where its unit says."""

    least: float | None = None
    most: float | None = None


OF_UNIT = Limits()
"""Of what has no range but its unit's."""
LIMITS: dict[str, tuple[float, float]] = {
    "token": (1, 1e18),
    "parameter": (1e6, 1e15),
    "FLOP": (1, 1e36),
    "FLOP/s": (1e6, 1e21),
    "B": (0, 1e18),
    "B/s": (1, 1e18),
    "bit/s": (1, 1e18),
    "W": (0, 1e9),
    "kWh": (0, 1e15),
    "chip": (1, 1e9),
    "chip-hour": (0, 1e15),
    "person": (0, 1e9),
    "person-year": (0, 1e9),
    "day": (0, 36_525),
    "request/day": (0, 1e18),
    "user": (1, 1e12),
    "token/s": (0, 1e12),
    "USD": (0, 1e15),
    "USD/year": (0, 1e15),
    "USD/chip-hour": (0, 1e6),
    "USD/kWh": (0, 1e3),
    "USD/kW": (0, 1e9),
    "USD/token": (0, 1e3),
    "USD/person-year": (0, 1e9),
    "USD/CPU-hour": (0, 1e6),
    "USD/TB": (0, 1e9),
    "USD/TB-month": (0, 1e9),
    "USD/page": (0, 1e6),
    "USD/chip": (0, 1e9),
    "%": (0, 1),
    "/year": (0, 100),
    "ln": (0, 5),
}
"""Wide: they hold what could be meant, and keep out what no formula could bear."""
OTHERWISE = (0.0, 1e12)
SMALLEST = 1e-30
"""What is nearer to nothing is taken for a slip; nothing itself is 0."""


def check(quantity: Quantity, unit: str, own: Limits = OF_UNIT) -> None:
    """Raise ValueError that states the limit where a quantity is outside its range."""
    least, most = _ends(unit, own)
    if quantity.low < least:
        raise ValueError(f"must be at least {_shown(least, unit)}")
    if quantity.high > most:
        raise ValueError(f"must be at most {_shown(most, unit)}")
    if any(0 < abs(number) < SMALLEST for number in quantity):
        raise ValueError(f"must be 0 or at least {SMALLEST:g}")


def within(number: float, unit: str, own: Limits = OF_UNIT) -> float:
    """Return the nearest number that the limits allow."""
    least, most = _ends(unit, own)
    return min(max(number, least), most)


def _ends(unit: str, own: Limits) -> tuple[float, float]:
    """Return the least and the most of a fact: its own, else those of its unit."""
    least, most = LIMITS.get(unit, OTHERWISE)
    return (
        least if own.least is None else own.least,
        most if own.most is None else own.most,
    )


def _shown(limit: float, unit: str) -> str:
    from frontiercost.core.number_format import format_quantity

    return format_quantity(limit, unit) if unit else f"{limit:,.0f}"
