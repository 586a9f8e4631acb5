"""The answer where a terminal has no UTF-8: every mark becomes one of ASCII, still told apart."""

MARKS = {
    "─": "-",
    "│": "|",
    "┆": ":",
    "×": "x",
    "÷": "/",
    "·": ".",
    "–": "-",
    "−": "-",
    "…": "~",
    "●": "#",
    "◐": "+",
    "○": "o",
    "✓": "*",
    "█": "#",
    "▉": "#",
    "▊": "#",
    "▋": "#",
    "▌": "#",
    "▍": "=",
    "▎": "=",
    "▏": "-",
    "≤": "<",
    "≥": ">",
    "≈": "~",
    "√": "V",
    "σ": "s",
    "€": "E",
    "£": "L",
    "¥": "Y",
    "“": '"',
    "”": '"',
    "’": "'",
}
"""One for one, so that columns stay where they are."""
_TABLE = {ord(mark): plain for mark, plain in MARKS.items()}


def in_ascii(text: str) -> str:
    """Return a text in ASCII: known marks by their like, letters without accents, others as ?."""
    from unicodedata import normalize

    plain = normalize("NFD", text.translate(_TABLE))
    bare = "".join(letter for letter in plain if not 0x300 <= ord(letter) < 0x370)
    return bare.encode("ascii", "replace").decode("ascii")


def fits(text: str, encoding: str) -> bool:
    """Whether an encoding has every letter of a text."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
