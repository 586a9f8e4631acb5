"""Where the answer goes: stdout or a file, in the chosen format, width and colour."""

import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from frontiercost.errors import InputError, nearest

if TYPE_CHECKING:
    from frontiercost.report import Report

NARROWEST = 60


def emit(report: "Report", format: str, output: Path | None, quiet: int) -> None:
    """Write a report; one -q leaves the answer and what was asked for, two leave nothing."""
    from frontiercost.render import FORMATS, render
    from frontiercost.render.words import sentence_text

    if format not in FORMATS:
        raise InputError(f"--format '{format}': no such format; {nearest(format, FORMATS)}")
    if quiet > 1:
        return
    if quiet and format != "json" and not report.asked:
        text = sentence_text(report.headline) + "\n"
    else:
        shown = replace(report, tables=report.asked, notes=()) if quiet else report
        text = render(shown, format, width=_width(output), colour=_colour(output))
    write(text, output)


def write(text: str, output: Path | None) -> None:
    """Print, or replace a file in one step, so that nothing is ever half written."""
    if output is None or str(output) == "-":
        sys.stdout.write(text)
        return
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=output.parent, delete=False, encoding="utf-8"
        ) as file:
            file.write(text)
        Path(file.name).replace(output)
    except OSError as error:
        raise InputError(f"--output '{output}': {error.strerror or error}") from error


def _width(output: Path | None) -> int | None:
    """Return the terminal's width, COLUMNS if set, or None for a pipe or file."""
    if os.environ.get("COLUMNS", "").isdigit():
        return max(int(os.environ["COLUMNS"]), NARROWEST)
    if _to_terminal(output):
        return max(shutil.get_terminal_size().columns, NARROWEST)
    return None


def _colour(output: Path | None) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or _to_terminal(output)


def _to_terminal(output: Path | None) -> bool:
    return output is None and sys.stdout.isatty()
