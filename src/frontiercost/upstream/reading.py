"""What every publisher's file becomes: rows of one table of the catalogue, and what was not read.

A row is as a CSV file of the catalogue has it. No cell is dropped without a word: what cannot be
used is kept with its line, its column and the reason.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.frozen import frozen
from frontiercost.core.safe_text import FORMULA, one_line

LONGEST_TEXT = 200
"""Characters of a name or an address that are kept."""
SHOWN = 40
"""Characters that are repeated of what was not read."""
_NUMBER = re.compile(r"\d+(\.\d*)?([eE][+-]?\d{1,3})?", re.ASCII)
_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)

Row = dict[str, str]


class Unread(NamedTuple):
    """A cell or a row that was not used: where it stands, whose it is, and why."""

    line: int
    name: str
    column: str
    text: str
    why: str


@frozen
class Reading:
    """What a file holds: rows for the catalogue, in the file's order, and what was not read."""

    as_of: str
    """When it was published, or the newest date in it."""
    count: int
    """Entries of the file, read or not."""
    rows: list[Row]
    unread: list[Unread]


@frozen
class Publisher:
    """A publisher whose files can be imported."""

    title: str
    table: str
    """Where its rows belong: `models` or `prices`."""
    sources: frozenset[str]
    """Ids of `sources.csv` under which the catalogue cites it; new rows cite the first."""
    read: Callable[[Path, Catalogue, str], Reading]
    """Reads a file, with the date of its publication where that is known."""


@frozen
class Entry:
    """One entry of a file while it is read: its cells, and the list of what is not used."""

    line: int
    name: str
    cells: Mapping[str, str]
    unread: list[Unread] = field(repr=False)
    titles: Mapping[str, str] = field(default_factory=dict)
    """What the file calls its columns, where that is not our name of the cell."""

    def text(self, column: str) -> str:
        """Return a cell as one harmless line; empty where there is none."""
        return plain_text(self.cells.get(column, ""))

    def refuse(self, column: str, why: str) -> None:
        """Keep a cell among what was not used."""
        text = plain_text(self.cells.get(column, ""))[:SHOWN]
        title = self.titles.get(column, column)
        self.unread.append(Unread(self.line, self.name, title, text, why))

    def number(self, column: str, least: float, most: float) -> float | None:
        """Return a number within its range; None, and a word on it, for any other text."""
        text = self.cells.get(column, "").strip()
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            self.refuse(column, "two numbers" if "," in text else "no plain number")
            return None
        number = float(text)
        if not least <= number <= most or math.isinf(number):
            self.refuse(column, f"outside {least:g} to {most:g}")
            return None
        return number

    def date(self, column: str) -> str:
        """Return a date as year, month and day, as far as it says; empty where it says none."""
        from frontiercost.core.units import check_date

        text = self.cells.get(column, "").strip()
        match = _DAY.match(text)
        try:
            return check_date(match[0]) if match else check_date(text) if text else ""
        except ValueError:
            self.refuse(column, "no date of the form 2026-11-24")
            return ""


def plain_text(text: str) -> str:
    """Return a text as one line, cut to length, that commands neither terminal nor spreadsheet."""
    return one_line(text)[:LONGEST_TEXT].lstrip("".join(FORMULA) + " ").rstrip()


def slug(name: str) -> str:
    """Return the id of a name: lower case, accents off, a hyphen for all but letters and digits.

    A letter of another alphabet becomes its name, "π0.6" pi0.6, and a plus
    is written out: "Command R+" is another model than "Command R".
    """
    letters = unicodedata.normalize("NFKD", name.replace("+", " plus "))
    ascii_text = "".join(map(_transliterated, letters)).lower()
    return re.sub(r"[^a-z0-9.]+", "-", ascii_text).strip("-.")


def _transliterated(letter: str) -> str:
    """Return a letter in ASCII: its own, else the last word of its name, else nothing."""
    if letter.isascii():
        return letter
    name = unicodedata.name(letter, "")
    return name.partition(" WITH ")[0].rpartition(" ")[2] if " LETTER " in name else ""


def written(number: float | None) -> str:
    """Return a number as a cell; empty where there is none."""
    if number is None:
        return ""
    return f"{number:.0f}" if number < 1e6 and float(number).is_integer() else f"{number:.6g}"
