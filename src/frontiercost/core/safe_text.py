"""One escape for every text that reaches a terminal or a CI runner."""

import re

PICTURES = 0x2400  # where Unicode has a visible picture of each control character
DELETE = 0x7F
# what moves a cursor, reorders or hides text, or XML and UTF-8 cannot hold; a newline stays
HIDDEN = (
    "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufff9-\ufffc\ufffe\uffff\U000e0000-\U000e007f"
)
_CONTROL = re.compile(f"[\x00-\x09\x0b-\x1f{HIDDEN}]")
# where `::error` (GitHub; at the start of a line, and lines wrap) or `##[`, `##vso[` would command
_COMMAND = re.compile(r"(?<=:)(?=:)|(?<=#)(?=#+(?:vso)?\[)", re.IGNORECASE)
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Starts of a text that a spreadsheet would compute; also as full-width characters."""
_UNREAD = re.compile("[\udc80-\udcff]+")


def inert(text: str) -> str:
    """Return a text that commands neither a terminal nor a CI runner, with nothing hidden."""
    return _COMMAND.sub(" ", _CONTROL.sub(_picture, as_utf8(text)))


def as_utf8(text: str) -> str:
    """Return a text with the bytes that the locale could not read, read as UTF-8, else as �."""
    return _UNREAD.sub(_read_again, text)


def _read_again(match: re.Match[str]) -> str:
    raw = match[0].encode("ascii", "surrogateescape")
    return raw.decode("utf-8", "replace")


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < ord(" "):
        return chr(PICTURES + code)
    return "␡" if code == DELETE else "�"


def one_line(text: str) -> str:
    """Return a text as one line that commands nothing."""
    return inert(" ".join(text.split()))
