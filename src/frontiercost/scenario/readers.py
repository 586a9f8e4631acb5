"""How a text that somebody wrote is read: as a quantity, a choice, a date, … within its limits."""

import os
import re
from pathlib import Path

from frontiercost.core import units
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity
from frontiercost.core.units import Quantity

MOST_DRAWS = 1_000_000
FIRST_YEAR, LAST_YEAR = 2010, 2050
Text = str | bool | tuple[str, ...]
"""What is kept of a value: one text, a switch, or the texts of a list."""


@frozen
class Reader:
    """How the text of one kind of value is read and what it may be."""

    kind: str
    """quantity, money, chips, integer, choice, date, text, list, switch, file or folder."""
    unit: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    def text(self, value: object, origin: str) -> Text:
        """Return a value as it is kept; raise InputError for what is no value of this kind."""
        if self.kind == "switch":
            if str(value).lower() not in ("true", "false"):
                raise InputError(f"{origin} '{value}': must be true or false")
            return str(value).lower() == "true"
        several = isinstance(value, (list, tuple))
        if isinstance(value, (dict, bool)) or (several and self.kind != "list"):
            raise InputError(f"{origin}: must be a single value, for example a text in quotes")
        if self.kind == "list":
            return tuple(map(str, value)) if isinstance(value, (list, tuple)) else (str(value),)
        # a whole number, written as such, is one for who counts too
        return str(value).removesuffix(".0") if isinstance(value, float) else str(value)

    def quantity(self, text: Text, origin: str) -> Quantity | None:
        """Check a text and return the quantity in it, if it is one; InputError names `origin`."""
        try:
            return self._checked(str(text))
        except ValueError as error:
            message = str(error).removeprefix(f"'{text}' ")
            raise InputError(f"{origin} '{text}': {message}") from None

    def _checked(self, text: str) -> Quantity | None:
        if self.kind == "choice" and text not in self.choices:
            raise ValueError(nearest(text, self.choices))
        if self.kind == "date":
            check_year(units.check_date(text))
        if self.kind == "chips":
            chips_in(text)
        if self.kind == "integer" and not (text.isascii() and text.isdecimal()):
            raise ValueError("must be a whole number, for example 4096")
        if self.kind not in ("quantity", "money", "integer"):
            return None
        found = units.parse(text, money_unit(text) if self.kind == "money" else self.unit)
        self._check_range(found)
        return found

    def _check_range(self, quantity: Quantity) -> None:
        if self.least is not None and quantity.low < self.least:
            raise ValueError(f"must be at least {self._shown(self.least)}")
        if self.most is not None and quantity.high > self.most:
            raise ValueError(f"must be at most {self._shown(self.most)}")

    def _shown(self, limit: float) -> str:
        return format_quantity(limit, self.unit) if self.unit else f"{limit:,.0f}"


def quantity(unit: str, least: float | None = None, most: float | None = None) -> Reader:
    """Return how a quantity is read: a number or an interval with its unit."""
    return Reader("quantity", unit, least=least, most=most)


def integer(least: int = 0, most: int | None = None) -> Reader:
    """Return how a whole number is read."""
    return Reader("integer", "count", least=least, most=most)


def choice(*choices: str) -> Reader:
    """Return how one of a closed list is read."""
    return Reader("choice", choices=choices)


TEXT, LIST, SWITCH, FILE = (Reader(kind) for kind in ("text", "list", "switch", "file"))
FOLDER = Reader("folder")
DATE, CHIPS = Reader("date"), Reader("chips")
MONEY = Reader("money", "USD", least=0)


def money_unit(text: str) -> str:
    """Return USD/year for `"$5M/year"`, else USD."""
    return "USD/year" if "/" in text else "USD"


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
    found = re.match(r"^\s*(\S+)\s+(\S.*?)\s*$", text)
    if not found:
        raise ValueError("write a count and a chip, for example '300 h100'")
    return units.parse(found[1], "chip").value, found[2]
