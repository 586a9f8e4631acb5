"""JSON: the report's document with 6 significant digits; unknown is null, never NaN."""

import json
import re
from typing import Any

from frontiercost.core.report import Report
from frontiercost.core.safe_text import HIDDEN, as_utf8
from frontiercost.render.words import plain_number

# what JSON lets stand in a text, but a terminal, a log reader or UTF-8 does not
_UNSAFE = re.compile(f"[{HIDDEN}]|(?<=#)#")


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return the document as indented JSON; width and colour do not matter."""
    return dumps(_plain(report.document()), indent=2) + "\n"


def dumps(value: Any, indent: int | None = None) -> str:
    r"""Return JSON whose texts are exact and inert: what could do harm is written as \uXXXX."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return _UNSAFE.sub(_escaped, as_utf8(text))


def _escaped(match: re.Match[str]) -> str:
    return "\\u0023" if match[0] == "#" else json.dumps(match[0])[1:-1]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    return plain_number(value)
