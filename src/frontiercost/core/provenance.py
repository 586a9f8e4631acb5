"""Where numbers come from: source, date and confidence, without which no number loads."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from frontiercost.core import units
from frontiercost.core.errors import DataError

GIVEN = "given"
"""How sure what a user typed is: exact, unless an interval was typed."""
# the 90 % interval of a fact that states none: value / spread .. value * spread
SPREADS = {"definition": 1.0, "measured": 1.02, "stated": 1.1, "estimated": 1.5, "judged": 2.5}
SPREADS |= {GIVEN: 1.0}

DATES = ("as_of", "checked", "listed", "date", "year", "month")
WANTED = {
    "source": "",
    "as_of": ", the date of its source, as 2026-11",
    "confidence": f", one of {', '.join(SPREADS)}",
}
"""What is wanted of what is missing."""


class Provenance(NamedTuple):
    """Where numbers come from: the id of their source, the date at which they were so, how sure.

    `as_of` is the date of the source: of its publication or version, or of what it reports; where
    it has none, the day it was read; of a judgement, the day it was made.
    """

    source: str
    as_of: str
    confidence: str


CHOSEN = Provenance("own-judgement", "2026-11-24", "judged")
"""Of the defaults that stand in the program: the authors chose them."""


def provenance(path: str, entry: Mapping[str, object]) -> Provenance:
    """Return where the numbers of an entry or row come from; raise DataError where it is not said.

    A row may call its date otherwise (DATES): a listed price was `checked`, else `listed`.
    """
    as_of = next(filter(None, map(entry.get, DATES)), "")
    origin = (entry.get("source") or "", as_of, entry.get("confidence") or "")
    try:
        return _checked(*map(str, origin))
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


@lru_cache(maxsize=4096)
def _checked(source: str, as_of: str, confidence: str) -> Provenance:
    """Return what thousands of rows share; raise ValueError for what is missing or no date."""
    origin = Provenance(source, as_of, confidence)
    for key, text in origin._asdict().items():
        if not text:
            raise ValueError(f"no {key}{WANTED[key]}")
    if confidence not in SPREADS:
        raise ValueError(f"confidence '{confidence}' is not one of {', '.join(SPREADS)}")
    try:
        units.check_date(as_of)
    except ValueError as error:
        raise ValueError(f"as_of {error}") from None
    return origin
