"""JSON: the report's document with 6 significant digits; unknown is null, never NaN."""

import json
import math
from typing import Any

from frontiercost.report import Report

DIGITS = 6


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return the document as indented JSON; width and colour do not matter."""
    return json.dumps(_plain(report.document()), indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    rounded = float(f"{value:.{DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded
