"""How a text that somebody wrote is read: as a quantity, a choice, a date, … within its limits."""

import os
import re
from pathlib import Path

from frontiercost.core import units
from frontiercost.core.errors import InputError, nearest, refused
from frontiercost.core.frozen import frozen
from frontiercost.core.limits import OF_UNIT, Limits, check
from frontiercost.core.units import Exchange, Quantity

MOST_DRAWS = 1_000_000
FIRST_YEAR, LAST_YEAR = 2010, 2050
Text = str | bool | tuple[str, ...]
"""What is kept of a value: one text, a switch, or the texts of a list."""


@frozen
class Reader:
    """How the text of one kind of value is read and what it may be."""

    kind: str
    """quantity, money, demand, chips, integer, choice, date, text, list, switch, file or folder."""
    unit: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    example: str = ""
    """How a quantity is written where the usual example of its unit is far off."""

    @property
    def limits(self) -> Limits:
        """What its quantity may be, where the unit does not say."""
        return Limits(self.least, self.most)

    def text(self, value: object, origin: str) -> Text:
        """Return a value as it is kept; raise InputError for what is no value of this kind."""
        if self.kind == "switch":
            if str(value).lower() not in ("true", "false"):
                raise InputError(f"{origin} '{value}': must be true or false")
            return str(value).lower() == "true"
        if isinstance(value, (list, tuple)) and self.kind == "list":
            return tuple(filled(text, origin) for text in value)
        if isinstance(value, (dict, list, tuple, bool)):
            raise InputError(f"{origin}: must be a single value, for example a text in quotes")
        # a whole number, written as such, is one for who counts too
        number = str(value).removesuffix(".0") if isinstance(value, float) else value
        text = filled(number, origin)
        if self.kind == "choice" and text.strip().lower() in self.choices:
            return text.strip().lower()
        if self.kind == "list":
            return (text,)
        return text if self.kind in ("text", "file", "path") else text.strip()

    @property
    def is_money(self) -> bool:
        """Whether it reads amounts of money."""
        return self.kind == "money" or self.unit.startswith("USD")

    def is_foreign(self, text: str) -> bool:
        """Whether a text is money that names another currency than the dollar."""
        from frontiercost.core.currencies import mark_of

        return self.is_money and bool(mark_of(text))

    def quantity(
        self, text: Text, origin: str, exchange: Exchange | None = None
    ) -> Quantity | None:
        """Check a text and return the quantity in it, if it is one; InputError names `origin`."""
        try:
            return self._checked(str(text), exchange)
        except ValueError as error:
            raise refused(origin, text, error) from None

    def _checked(self, text: str, exchange: Exchange | None) -> Quantity | None:
        if self.kind == "choice" and text not in self.choices:
            raise ValueError(nearest(text, self.choices))
        if self.kind == "date":
            check_year(units.check_date(text))
        if self.kind == "chips":
            chips_in(text)
        if self.kind == "integer" and not (text.isascii() and text.isdecimal()):
            raise ValueError("must be a whole number, for example 4096")
        if self.kind not in ("quantity", "money", "demand", "integer"):
            return None
        unit = self.unit_in(text)
        amount = units.parse(text, unit, exchange, self.example)
        check(amount, unit, self.limits if unit == self.unit else OF_UNIT)
        return amount

    def unit_in(self, text: str) -> str:
        """Return the unit that a text is read in: money may be yearly, demand users at once."""
        if self.kind == "money":
            return money_unit(text)
        return "user" if self.kind == "demand" and units.unit_of(text) == "user" else self.unit


def filled(value: object, origin: str) -> str:
    """Return a value as text; raise InputError where it is empty, which is not the same as absent.

    The variable of a shell that is not set must not give the answer to another question.
    """
    text = str(value)
    if not text.strip():
        raise InputError(f"{origin} '{text}': is empty; give a value, or leave it out")
    return text


def quantity(
    unit: str, least: float | None = None, most: float | None = None, example: str = ""
) -> Reader:
    """Return how a quantity is read: a number or an interval with its unit."""
    return Reader("quantity", unit, least=least, most=most, example=example)


def integer(least: int = 0, most: int | None = None) -> Reader:
    """Return how a whole number is read."""
    return Reader("integer", "count", least=least, most=most)


def choice(*choices: str) -> Reader:
    """Return how one of a closed list is read."""
    return Reader("choice", choices=choices)


TEXT, LIST, SWITCH, FILE = (Reader(kind) for kind in ("text", "list", "switch", "file"))
PATH = Reader("path")
DATE, CHIPS = Reader("date"), Reader("chips")
MONEY = Reader("money", "USD")
DEMAND = Reader("demand", "request/day", least=1e-6, most=1e15)


def money_unit(text: str) -> str:
    """Return USD/year for `"$5M/year"`, else USD."""
    yearly = "/" in text or re.search(r"\bper\b", text)
    return "USD/year" if yearly else "USD"


def folder_seen_from(here: str | Path, path: str, beside: str | Path) -> str:
    """Return the path from one folder to what stands beside another; an absolute one stays."""
    if not path or os.path.isabs(path):
        return path
    return os.path.relpath(os.path.join(os.path.realpath(beside), path), os.path.realpath(here))


def check_year(date: str) -> None:
    """Raise ValueError for a year beyond which neither prices nor trends mean anything."""
    if not FIRST_YEAR <= int(date[:4]) <= LAST_YEAR:
        raise ValueError(f"must be between {FIRST_YEAR} and {LAST_YEAR}")


def chips_in(text: str) -> tuple[float, str]:
    """Split `"300 h100"` into a count and the name of a chip."""
    match = re.match(r"^\s*(\S+)\s+(\S.*?)\s*$", text)
    if not match:
        raise ValueError("write a count and a chip, for example '300 h100'")
    count = units.parse(match[1], "chip")
    check(count, "chip")
    return count.value, match[2]
