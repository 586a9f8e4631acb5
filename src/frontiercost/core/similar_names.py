"""The valid name that is nearest to one that is not: the same family's nearest version, or a typo.

A name is words and numbers: `sonnet 4.5` is of the family of all names with the word `sonnet`, and
of those the nearest version is meant. A number before b, m or t is a size: `llama-3.1-8b`.
"""

import math
import re
from collections.abc import Iterable
from typing import NamedTuple

_PART = re.compile(r"(?P<size>\d+(?:\.\d+)?)(?:gb|[bmt])(?![a-z])|(?P<number>\d+(?:\.\d+)?)|[a-z]+")
_SPLIT_VERSION = re.compile(r"(?<=\b\d)-(?=\d\b(?!\.))")
"""The hyphen of `claude-3-5`, which is 3.5."""


class NameParts(NamedTuple):
    """What a name is made of."""

    words: tuple[str, ...]
    version: float | None
    size: float | None


def name_parts(name: str) -> NameParts:
    """Return the words of a name, its first number and its first size."""
    parts = list(_PART.finditer(_SPLIT_VERSION.sub(".", name.lower())))
    numbers = (float(part["number"]) for part in parts if part["number"])
    sizes = (float(part["size"]) for part in parts if part["size"])
    words = tuple(part[0] for part in parts if part[0].isalpha())
    return NameParts(words, next(numbers, None), next(sizes, None))


def nearest_of_family(name: str, choices: Iterable[str]) -> str | None:
    """Return the choice with all words of a name and the nearest version, else the newest.

    Of such the one that begins alike, then of the nearest size, then the first. None where no
    choice has all its words, or the name has none.
    """
    asked = name_parts(name)
    family = [(choice, name_parts(choice)) for choice in choices]
    family = [entry for entry in family if set(asked.words) <= set(entry[1].words)]
    if not asked.words or not family:
        return None

    def distance(entry: tuple[str, NameParts]) -> tuple[float, bool, float, float, int]:
        parts = entry[1]
        newness = -math.inf if parts.version is None else parts.version
        away = -newness if asked.version is None else abs(newness - asked.version)
        begins_otherwise = parts.words[0] != asked.words[0]
        size = abs(math.log(parts.size / asked.size)) if parts.size and asked.size else math.inf
        return away, begins_otherwise, size, -newness, len(parts.words)

    return min(family, key=distance)[0]


def nearest_name(name: str, choices: Iterable[str], like: float) -> str | None:
    """Return the valid choice that is most likely meant: by its family, else as a typo; or None."""
    from difflib import get_close_matches

    known = list(choices)
    typo = get_close_matches(name, known, n=1, cutoff=like)
    return nearest_of_family(name, known) or next(iter(typo), None)
