"""The command line: a thin rim that turns errors into one line and an exit code."""

import errno
import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn, TextIO

from frontiercost.core.errors import ExitCode, FrontierCostError

# a run is short: looking for cycles while modules load is a tenth of its time
GARBAGE_THRESHOLD = 200_000
# no matrices are multiplied here, and numpy's threads for it wait by spinning: a third of the CPU
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "1")
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def program() -> NoReturn:
    """Run, then leave at once: the console script and `python -m frontiercost` start here.

    To take all modules down one by one would be a tenth of the time; what was printed is flushed.
    """
    try:
        main()
    except SystemExit as stop:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # of a full disk or closed pipe has been told by now
                stream.flush()
        os._exit(stop.code if isinstance(stop.code, int) else stop.code is not None)


def main() -> NoReturn:
    """Run the program and exit; errors become one line on stderr."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    os.environ.setdefault(*ONE_THREAD)
    # closed ones are None: there is no reader, but an exit code is still wanted
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
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
        raise
    except MemoryError:
        _fail(
            "error: there is not enough memory for so much; ask for fewer --draws", ExitCode.USAGE
        )
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            from frontiercost.cli.output import discard_output

            discard_output()
            _fail(f"error: standard output: {error.strerror}", ExitCode.USAGE)
        if os.environ.get("FRONTIERCOST_DEBUG"):
            raise
        _framework_error(error)
        text = f"internal error: {type(error).__name__}: {error}"
        _fail(f"{text} (set FRONTIERCOST_DEBUG=1 for the traceback)", ExitCode.INTERNAL)


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


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

    discard_output()
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
        _fail(f"error: {_unknown_option(error) or message}", ExitCode.USAGE)


def _unknown_option(error: Exception) -> str:
    """Return what is said of an option that a command does not have; nothing for other errors."""
    from frontiercost.cli.app import COMMANDS, STAGES
    from frontiercost.cli.flags import unknown_option

    command = getattr(getattr(error, "ctx", None), "info_name", "")
    if type(error).__name__ != "NoSuchOption" or command not in COMMANDS:
        return ""
    return unknown_option(error.option_name, command, stage=command in STAGES)  # type: ignore[attr-defined]


def _fail(message: str, code: ExitCode) -> NoReturn:
    """Say on one line of stderr, or there as JSON if that is the format, what went wrong."""
    from frontiercost.core.report import error_document
    from frontiercost.core.safe_text import one_line

    said = one_line(message)
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
        for argument, following in zip(arguments, [*arguments[1:], ""], strict=True)
        if argument == "--format" or argument.startswith("--format=")
    ]
    return asked[-1:] == ["json"]
