"""Why a text is no quantity in a unit, and what was meant: never another amount, or currency."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from frontiercost.core.currencies import mark_of
from frontiercost.core.units import (
    BARE,
    BINARY_PREFIXES,
    EXAMPLES,
    SI_PREFIXED,
    SI_PREFIXES,
    SPELLINGS,
    SUFFIXES,
    Part,
    parse,
    parts_of,
)

CLOSE = 0.6
RIVAL = 0.15
"""Spellings whose likeness to what was typed differs by less could each be meant."""
SUFFIX_OF = {1e3: "k", 1e6: "M", 1e9: "B", 1e12: "T"}
MINUTE_OR_MONTH = {
    "day": (r"m", "may be minutes, months or millions; write 'min' or 'months'"),
    "request/day": (r".*/m", "may be a minute or a month; write '/min' or '/month'"),
    "USD/year": (r".*/m", "may be a month or a million; write '/month' or '/year'"),
}
NEEDED = {"day": "a time"}
"""What to call a unit that stands for all of its kind."""
_DASH = re.compile(r"(?<=[\w.%])\s*(?:[-–—~…]|\bto\b)\s*(?=(?:US)?\$?[0-9])")
_SUFFIX = re.compile(
    rf"({'|'.join(sorted(filter(None, SUFFIXES), key=len, reverse=True))})(?![A-Za-z])\s*"
)


def refusal(text: str, unit: str, usual: str = "") -> str:
    """Return what is wrong with a text that is no quantity in a unit, with a remedy.

    `usual` is how such a quantity is written where the example of its unit is far off.
    """
    write = f"for example {usual}" if usual else example(unit)
    ends = [end.strip() for end in text.split("..")]
    if 1 < len(ends) <= 3 and all(ends) and "..." not in text:
        wrong = [end for end in ends if not parts_of(end)]
        return refusal(wrong[0], unit, usual) if wrong else f"'{text}' {_not_a_number(text, write)}"
    parts = parts_of(text)
    foreign = unit.startswith("USD") and mark_of(text)
    if foreign:
        return f"'{text}': '{foreign}' is not US dollars; convert it, and write {write}"
    return f"'{text}' {_wrong_unit(parts[0], unit, write) if parts else _not_a_number(text, write)}"


def example(unit: str) -> str:
    """Return how a quantity in a unit is written."""
    return f"for example {EXAMPLES[unit]}" if unit in EXAMPLES else f"a number in {unit}"


def _not_a_number(text: str, write: str) -> str:
    """Say why there is no number, or more than the two or three of an interval."""
    if re.search(r"[0-9][,_]", text):
        return _grouping(write)
    if not text.strip() or ".." in text:
        return f"is not a number or an interval; write {write}, or 2..4 of it"
    if "$" in write:
        write = re.sub(r"\$\S+", lambda sum: f"'{sum[0]}' in single quotes", write)
        write += ", as a shell reads $5 as a variable"
    return f"does not start with a number; write {write}"


def _grouping(write: str) -> str:
    point = f"write {write}"
    return f"has a comma or _ that is not before exactly three digits, as in 1,234,567.5; {point}"


def _wrong_unit(part: Part, unit: str, write: str) -> str:
    """Say what is wrong with what follows a number."""
    tail = part.tail
    if part.is_money and not unit.startswith("USD"):
        return f"is an amount of money; {unit} is needed; write {write}"
    pattern, choices = MINUTE_OR_MONTH.get(unit, ("", ""))
    if re.match(r"[,_.]", tail):
        return _grouping(write)
    if re.match(r"(?:[-–—~…]|to\b)\s*(?:USD)?\s*[0-9]", tail):
        return f"is no number; an interval is written with two dots, {_dotted(part.text, unit)}"
    if pattern and re.fullmatch(pattern, tail):
        return f"is not clear: '{tail}' {choices}"
    if tail in SUFFIXES:
        return f"has no unit; {NEEDED.get(unit, unit)} is needed; write {write}"
    return f"has an unknown unit '{tail}'; {_hint(part, unit, write)}"


def _dotted(text: str, unit: str) -> str:
    """Return an interval as it is to be written, with the numbers that were typed if it can be."""
    dotted = _DASH.sub("..", text, count=1)
    try:
        parse(dotted, unit)
    except ValueError:
        return "such as 2..4"
    return f"did you mean '{dotted}'?"


def _hint(part: Part, unit: str, write: str) -> str:
    """Offer the same number and suffix with the spelling that was meant, else an example."""
    match = _SUFFIX.match(part.tail)
    suffix, word = (match[1], part.tail[match.end() :]) if match else ("", part.tail)
    name = _meant(word, unit)
    if name and part.is_money:
        return f"did you mean '${part.number}{suffix}{name.removeprefix('USD')}'?"
    if name:
        return f"did you mean '{part.number}{suffix} {name}'?"
    if unit in BARE and suffix and not part.is_money and not re.search(r"[^\W\d_]", word):
        return f"did you mean '{part.number}{SUFFIX_OF[SUFFIXES[suffix]]}'?"
    return f"write {write}"


def _meant(word: str, unit: str) -> str:
    """Return the spelling that is surely meant: none whose rivals stand for another amount."""
    dollars = unit.startswith("USD") and word.startswith("/")
    typed = f"USD{word}" if dollars else word
    names = dict(_names(typed, unit))
    for name in names:
        if name.casefold() == typed.casefold():
            return name
    likeness = {name: _likeness(typed, name) for name in names}
    best = max(likeness, key=likeness.__getitem__)
    rivals = {names[n] for n, like in likeness.items() if like > likeness[best] - RIVAL}
    return best if likeness[best] >= CLOSE and len(rivals) == 1 else ""


def _names(word: str, unit: str) -> Iterator[tuple[str, float]]:
    """Yield the spellings of a unit with their factors, under the prefix that was typed."""
    prefixes = {**BINARY_PREFIXES, **SI_PREFIXES} if unit in SI_PREFIXED else {}
    prefix = next((p for p in prefixes if word.startswith(p)), "")
    yield from ((prefix + name, factor) for name, factor in SPELLINGS[unit].items())


def _likeness(word: str, name: str) -> float:
    """Return how alike two spellings are; not at all where a part starts otherwise.

    A first letter may be a prefix: `ktok` is no `Mtok`, and `mW` is no `W`.
    """
    parts, others = word.casefold().split("/"), name.casefold().split("/")
    starts = [part[:1] for part in parts] == [other[:1] for other in others]
    return SequenceMatcher(None, word, name).ratio() if starts else 0.0
