"""GitHub: one workflow command for each assumption that does not hold, at its line of the file.

A scenario that is checked no more is a notice, so that a gate cannot go in silence.
"""

from typing import Any

from frontiercost.core.report import Report
from frontiercost.core.safe_text import inert
from frontiercost.render.words import sentence_text

LEVELS = {"fail": "error", "warn": "warning", "not-evaluated": "error"}


def render(report: Report, *, width: int | None, colour: bool) -> str:
    """Return annotations of a check, then its headline; width and colour do not matter."""
    check = report.document()["check"]
    assumptions = [
        assumption for assumption in check["assumptions"] if assumption["status"] in LEVELS
    ]
    lines = [_annotation(assumption, check["file"]) for assumption in assumptions]
    lines += [_notice(name, check["file"]) for name in check["no_longer_read"]]
    return "\n".join([*lines, escape_data(sentence_text(report.headline))]) + "\n"


def _annotation(assumption: dict[str, Any], file: str) -> str:
    """Return `::error file=…,line=…,title=…::message`."""
    level = LEVELS[assumption["status"]]
    reason, message = assumption["reason"], assumption["message"]
    parts = [f"could not be evaluated: {reason}"]
    if not reason:
        now = assumption["now"] and f"now {assumption['now']}"
        parts = [message, assumption["condition"], now]
    title = escape_property(f"Budget assumption {assumption['id']}")
    place = f"file={escape_property(file)},line={assumption['line']},title={title}"
    return f"::{level} {place}::{escape_data(' | '.join(filter(None, parts)))}"


def _notice(scenario: str, file: str) -> str:
    """Return `::notice file=…,title=…::message`."""
    place = f"file={escape_property(file)},title=Budget scenario no longer checked"
    return f"::notice {place}::{escape_data(f'{scenario} stands in the baseline alone')}"


def escape_data(text: str) -> str:
    """Escape what would end a message or begin a command: per cent, carriage return, newline."""
    text = inert(text)
    for mark, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(mark, code)
    return text


def escape_property(text: str) -> str:
    """Escape a property, which a colon or comma would end as well."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")
