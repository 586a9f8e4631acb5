"""The command line: a thin rim that turns errors into one line and an exit code."""

import atexit
import errno
import gc
import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from types import FrameType
from typing import NoReturn, TextIO

from frontiercost.core.errors import ExitCode, FrontierCostError

# a run is short: looking for cycles while modules load is a tenth of its time
GARBAGE_THRESHOLD = 200_000
# no matrices are multiplied here, and numpy's threads for it wait by spinning: a third of the CPU
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "1")
STARTS = (["<module>"], ["<module>", "_run_code", "_run_module_as_main"])
"""Who calls the program where nobody else does: a script, or `python -m`."""
MONITORS = 6
CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def program() -> NoReturn:
    """Run, then leave at once: the console script and `python -m frontiercost` start here.

    To take all modules down one by one would be a tenth of the time; what was printed is flushed.
    Where somebody waits for the end of the run, it ends as any other.
    """
    try:
        main()
    except SystemExit as stop:
        if not _is_alone():
            raise
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # of a full disk or closed pipe has been told by now
                stream.flush()
        os._exit(stop.code if isinstance(stop.code, int) else stop.code is not None)


def _is_alone() -> bool:
    """Whether nobody runs this inside a program of theirs, watches it or has asked to be called."""
    monitoring = getattr(sys, "monitoring", None)  # of Python 3.12
    watched = sys.gettrace() or sys.getprofile() or sys.flags.inspect
    if watched or (monitoring and any(map(monitoring.get_tool, range(MONITORS)))):
        return False
    if threading.active_count() > 1 or getattr(atexit, "_ncallbacks", lambda: 1)():
        return False
    return list(_callers(sys._getframe(2))) in STARTS


def _callers(frame: FrameType | None) -> Iterator[str]:
    while frame:
        yield frame.f_code.co_name
        frame = frame.f_back


def main() -> NoReturn:
    """Run the program and exit; errors become one line on stderr."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    os.environ.setdefault(*ONE_THREAD)
    encoding = "utf-8" if _wants_json(sys.argv[1:]) else None  # else the locale's
    sys.stdout, sys.stderr = _opened(sys.stdout, encoding), _opened(sys.stderr, encoding)
    if len(sys.argv) == 1 and sys.stdout.isatty():
        from frontiercost.cli.welcome import QUESTIONS

        sys.exit(print(QUESTIONS, end=""))
    try:
        sys.exit(_run())
    except FrontierCostError as error:
        from frontiercost.scenario.flags import spelled

        _fail(f"error: {error.spelled(spelled)}", error.exit_code)
    except BrokenPipeError:
        _leave_closed_pipe()
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # the framework turns it into exit 1
            _leave_closed_pipe()
        if stop.code == ExitCode.INTERNAL:  # so it refuses a shell that it cannot complete in
            sys.exit(ExitCode.USAGE)
        raise
    except MemoryError:
        _fail(
            "error: there is not enough memory for so much; ask for fewer --draws", ExitCode.USAGE
        )
    except Exception as error:
        if isinstance(error, OSError) and error.errno in CANNOT_WRITE:
            from frontiercost.cli.output import discard_output

            discard_output(sys.stdout)
            _fail(f"error: standard output: {error.strerror}", ExitCode.USAGE)
        if isinstance(error, FileNotFoundError) and _is_nowhere():
            _fail("error: the current folder is no longer there", ExitCode.USAGE)
        if os.environ.get("FRONTIERCOST_DEBUG"):
            raise
        _framework_error(error)
        text = f"internal error: {type(error).__name__}: {error}"
        _fail(f"{text} (set FRONTIERCOST_DEBUG=1 for the traceback)", ExitCode.INTERNAL)


def _is_nowhere() -> bool:
    """Whether the current folder was removed, so that no relative name leads anywhere."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _opened(stream: TextIO | None, encoding: str | None) -> TextIO:
    """Return a stream that writes whatever is asked, all of it or with an error.

    A closed one is None: there is no reader, but an exit code is still wanted. Python's unbuffered
    ones (`python -u`) would lose without a word what a full disk does not take at once.
    """
    if stream is None:
        return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding=encoding, errors="replace")
        if isinstance(stream.buffer, io.RawIOBase):
            return open(stream.fileno(), "w", -1, stream.encoding, "replace", closefd=False)
    return stream


def _run() -> int:
    """Run the command and return its exit code, errors raised rather than printed."""
    from typer.main import get_command

    from frontiercost.cli.app import application

    app = application(sys.argv[1:])
    code = get_command(app).main(prog_name="frontiercost", standalone_mode=False)
    sys.stdout.flush()
    return int(code or ExitCode.DONE)


def _leave_closed_pipe() -> NoReturn:
    """Leave quietly where help was read no further; answers see to it themselves."""
    from frontiercost.cli.output import discard_output

    discard_output(sys.stdout)
    sys.exit(ExitCode.DONE)


def _framework_error(error: Exception) -> None:
    """Exit on the framework's own errors, known by shape: their classes are private to it."""
    name = type(error).__name__
    if name == "Abort":
        sys.exit(ExitCode.INTERRUPTED)
    if hasattr(error, "format_message"):
        message = str(error.format_message())
        if name == "NoArgsIsHelpError":
            print(message, file=sys.stderr)
            sys.exit(ExitCode.USAGE)
        _fail(f"error: {_unknown_option(error) or _cured(error, message)}", ExitCode.USAGE)


def _cured(error: Exception, message: str) -> str:
    from frontiercost.cli.cures import cured

    command = getattr(getattr(error, "ctx", None), "info_name", None) or ""
    return cured(message, command, sys.argv[1:])


def _unknown_option(error: Exception) -> str:
    """Return what is said of an option that a command does not have; nothing for other errors."""
    from frontiercost.cli.app import COMMANDS
    from frontiercost.cli.flags import unknown_option

    command = getattr(getattr(error, "ctx", None), "info_name", "")
    if type(error).__name__ != "NoSuchOption" or command not in COMMANDS:
        return ""
    return unknown_option(error.option_name, command)  # type: ignore[attr-defined]


def _fail(message: str, code: ExitCode) -> NoReturn:
    """Say on one line of stderr, or there as JSON if that is the format, what went wrong."""
    from frontiercost.cli.output import on_terminal
    from frontiercost.core.report import error_document
    from frontiercost.core.safe_text import one_line

    said = on_terminal(one_line(message))
    if _wants_json(sys.argv[1:]):
        from frontiercost.render.json import dumps

        said = dumps(error_document(" ".join(message.split()).removeprefix("error: "), code))
    with suppress(OSError):
        print(said, file=sys.stderr)
    sys.exit(code)


def _wants_json(arguments: list[str]) -> bool:
    """Whether the last --format is json, also where the arguments could not be read."""
    asked = [
        argument.partition("=")[2] or following
        for argument, following in pairwise([*arguments, ""])
        if argument == "--format" or argument.startswith("--format=")
    ]
    return asked[-1:] == ["json"]
