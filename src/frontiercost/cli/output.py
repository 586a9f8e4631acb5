"""Where the answer goes: stdout or a file, in the chosen format, width and colour."""

import os
import shutil
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from frontiercost.core.errors import InputError, nearest
from frontiercost.core.safe_text import as_utf8, one_line

if TYPE_CHECKING:
    from frontiercost.cli.flags import FlagValues
    from frontiercost.core.report import Report, Screen

NARROWEST = 60
TABLE = "table"
PAGES = ("html", "markdown")
FORMAT_OF = {
    ".html": "html",
    ".htm": "html",
    ".svg": "svg",
    ".md": "markdown",
    ".json": "json",
    ".csv": "csv",
    ".txt": TABLE,
    "": TABLE,
}


def say(text: str) -> None:
    """Tell people something beside the answer, in one line on stderr that commands nothing.

    On a terminal it ends at words; a pipe has the line.
    """
    with suppress(OSError):
        print(on_terminal(one_line(text)), file=sys.stderr)


def on_terminal(line: str) -> str:
    """Return a line of stderr, where that is a terminal in lines that end at words."""
    if not sys.stderr.isatty():
        return line
    return _wrapped(line, max(shutil.get_terminal_size().columns, NARROWEST)).rstrip("\n")


def emit(report: "Report", values: "FlagValues", *, to_stdout: bool = False) -> None:
    """Write a report; one -q leaves the sentence, in a file what was asked for too, two nothing.

    It goes to the file of --output, unless that is no place for it.
    """
    from frontiercost.render import render
    from frontiercost.render.words import sentence_text

    output = None if to_stdout else values["output"]
    quiet, format = values["quiet"], format_of(values, output)
    if quiet and values["more"]:
        raise InputError("--more: -q asks for the sentence alone; give one of the two")
    if quiet > 1:
        return
    for doubt in dict.fromkeys(report.doubts if format != "json" else ()):  # its notes hold them
        say(f"warning: {doubt}")
    width = _width(output)
    if quiet and format == TABLE:
        text = _wrapped(sentence_text(report.headline), width)  # needs no tables, which load slowly
    elif report.screen and format == TABLE and not values["more"]:
        text = _on_screen(report, report.screen(), width, colour=_colour(output))
    else:
        shown = _with_question(report, values)
        if not quiet:
            shown = with_screen(shown, format)
        if quiet and format != "svg":  # a picture is no more than the answer
            shown = replace(shown, tables=shown.asked, notes=(), further=())
        text = render(shown, format, width=width, colour=_colour(output))
    write(text, output)


def format_of(values: "FlagValues", output: Path | None, *more: str) -> str:
    """Return the format that is asked for, else that of the file's ending, else a table.

    Raises InputError for one that there is not, here or among those that only one command has, and
    for an ending that none has.
    """
    from frontiercost.render import FORMATS

    formats = (*FORMATS, *more)
    ending = output.suffix.lower() if output else ""
    if not values["format"] and ending not in FORMAT_OF:
        endings = ", ".join(filter(None, FORMAT_OF))
        raise InputError(f"--output '{output}': no format ends in {ending}; endings: {endings}")
    format: str = values["format"] or FORMAT_OF[ending]
    if format not in formats:
        raise InputError(f"--format '{format}': no such format; {nearest(format, formats)}")
    return format


def _question() -> list[tuple[str, str]]:
    """Return the question of the command that runs, and the command that gives the answer again."""
    from shlex import join

    from frontiercost.cli.flags import help_of

    command, arguments = sys.argv[1], iter(sys.argv[1:])
    words = []
    for word in arguments:
        name, _, value = word.partition("=")
        if name in ("-o", "--output", "--format"):
            if not value:
                next(arguments, None)
        else:
            words.append(word)
    return [("Question", help_of(command).question), ("Command", join(["frontiercost", *words]))]


def _with_question(report: "Report", values: "FlagValues") -> "Report":
    """Return the report with the flags that no scenario holds, in its notes and its document.

    Beside them stands what a report itself has of the question.
    """
    from frontiercost.core.report import Later
    from frontiercost.reporting.notes import question_notes

    ways = values.ways()

    def document() -> dict[str, Any]:
        from frontiercost.reporting.json_document import question_entries

        content = report.document()
        return {**content, "question": [*content.get("question", ()), *question_entries(ways)]}

    told = [(key, value) for key, value in ways if value.text is not True]  # a view shows itself
    asked = [*question_notes([*report.question, *told])]
    return replace(report, notes=Later(lambda: (*asked, *report.notes)), document=document)


def is_whole(values: "FlagValues") -> bool:
    """Whether more is asked for than fits a screen: the whole answer, or a page or file of it."""
    return bool(values["more"]) or format_of(values, values["output"]) != TABLE


def _on_screen(report: "Report", screen: "Screen", width: int | None, *, colour: bool) -> str:
    """Return what fits a screen of it: all that it shows, if that does."""
    from frontiercost.render.table import LINES, on_screen, render

    text = render(on_screen(report, screen), width=width, colour=colour)
    if text.count("\n") <= LINES:
        return text
    from frontiercost.render.screen import shortened

    return shortened(report, screen, width=width, colour=colour)


def with_screen(report: "Report", format: str) -> "Report":
    """Return the whole answer under what fits a terminal; on a page under its points alone."""
    if report.screen is None:
        return report
    screen = report.screen()
    if format in PAGES:
        handed_on = replace(screen, points=(*_question(), *screen.points))
        return replace(report, tables=(handed_on.point_table, *report.tables))
    if format != TABLE:
        return report
    from frontiercost.render.screen import whole

    return whole(report, screen)


def _wrapped(text: str, width: int | None) -> str:
    """Return one line for a pipe, else lines that end at words."""
    import textwrap

    text = text.strip()
    if width:
        text = textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
    return f"{text}\n"


def write(text: str, output: Path | None, flag: str = "--output") -> None:
    """Print, or replace a file in one step, so that nothing is ever half written.

    Raises InputError that names the flag where the file cannot be written.
    """
    stream = _stream(output)
    if output is None or stream:
        _print(text, stream or sys.stdout)
        return
    from frontiercost.core.written_files import write_whole

    try:
        write_whole(output, as_utf8(text).encode("utf-8", errors="replace"))
    except OSError as error:
        raise InputError(f"{flag} '{output}': {error.strerror or error}") from error


def folder_of(output: Path) -> Path:
    """Return the folder of what is written: for stdout, the current one."""
    return Path() if _stream(output) else output.parent


def _stream(output: Path | None) -> TextIO | None:
    """Return stdout or stderr where the output is one of them, by whichever name."""
    if output is None:
        return sys.stdout
    from frontiercost.core.written_files import descriptor_of

    return {1: sys.stdout, 2: sys.stderr}.get(descriptor_of(output) or 0)


def _print(text: str, stream: TextIO) -> None:
    """Print; a reader that has gone away loses the rest, and changes no exit code of a gate."""
    try:
        stream.write(_writable(text, stream))
        stream.flush()
    except BrokenPipeError:
        discard_output(stream)


def _writable(text: str, stream: TextIO) -> str:
    """Return a text that a stream has letters for: where it has not, in ASCII."""
    encoding = stream.encoding or "ascii"
    if encoding.lower().replace("-", "") == "utf8":
        return text
    from frontiercost.render.plain_ascii import fits, in_ascii

    return text if fits(text, encoding) else in_ascii(text)


def discard_output(stream: TextIO) -> None:
    """Drop what is still to be printed, so that leaving does not fail on it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _width(output: Path | None) -> int | None:
    """Return the terminal's width, COLUMNS if set, or None for a pipe or file."""
    if os.environ.get("COLUMNS", "").isdecimal():
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
