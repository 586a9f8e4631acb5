"""Numbers as people of many countries write them, with a point as their only mark.

1,234.5 and 1.234,5 and 1 234,5 are one number. 1.234 alone may be two; which of them is meant
follows from the other numbers of its table.
"""

import re
from collections.abc import Iterable

POINT, COMMA = ".", ","
EITHER = f"{POINT}{COMMA}"
_DIGITS = re.compile(r"\d[\d.,]*")
_BY_MARK = {
    mark: re.compile(rf"\d*(\{mark}\d*)?|[1-9]\d{{0,2}}(\{other}\d{{3}})+(\{mark}\d*)?")
    for mark, other in ((POINT, COMMA), (COMMA, POINT))
}
_SCALED = re.compile(r"\s*[eEkKMBTbt]")  # nobody parts the thousands of 6.740e9 or 1.500T
_GAP = re.compile(r"(?<=\d)[\s'’](?=\d{3}(?!\d))")


def decimal_mark(texts: Iterable[str], delimiter: str) -> str:
    """Return the decimal mark of a table's numbers; nothing where each has to say it itself.

    That is where none of them, or some of each kind, say it in a table by semicolons, which are
    there to spare commas.
    """
    marks = {mark for text in texts if len(mark := _marks(text) or "") == 1}
    if len(marks) == 1:
        return marks.pop()
    return "" if delimiter == ";" else POINT


def with_point(text: str, mark: str) -> str:
    """Return a number of a table with this decimal mark as one with a point and no other mark.

    Raises ValueError where it goes against the mark, or could be two numbers.
    """
    text = _GAP.sub("", text)
    marks = _marks(text)
    if marks is None:
        return text
    if not marks:
        raise ValueError(f"'{text}' is no number")
    if marks == COMMA and mark == POINT:
        raise ValueError(f"'{text}' has a decimal comma, unlike the other numbers; write a point")
    if marks == EITHER and not mark:
        readings = " or ".join(_pointed(text, each) for each in EITHER)
        raise ValueError(f"'{text}' may be {readings}; write it without marks of thousands")
    return _pointed(text, mark if marks == EITHER else marks)


def _marks(text: str) -> str | None:
    """Return what can be the decimal mark of a number; None where it has no mark at all."""
    match = _DIGITS.search(text)
    if not match or not set(match[0]) & set(EITHER):
        return None
    marks = "".join(mark for mark, form in _BY_MARK.items() if form.fullmatch(match[0]))
    if marks == EITHER and _SCALED.match(text, match.end()):
        return POINT if POINT in match[0] else COMMA
    return marks


def _pointed(text: str, mark: str) -> str:
    """Return a number whose decimal mark is known with a point."""
    other = EITHER.replace(mark, "")
    return text.replace(other, "").replace(mark, POINT)
