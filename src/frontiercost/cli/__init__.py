"""The command line: a thin rim that turns errors into one line and an exit code."""

import gc
import os
import sys
from typing import NoReturn

from frontiercost.errors import ExitCode, FrontierCostError

# a run is short: looking for cycles while modules load is a tenth of its time
GARBAGE_THRESHOLD = 200_000


def main() -> None:
    """Run the program; the console script and `python -m frontiercost` both start here."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        sys.exit(_run())
    except FrontierCostError as error:
        _fail(f"error: {error}", error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.DONE)
    except Exception as error:
        if os.environ.get("FRONTIERCOST_DEBUG"):
            raise
        _framework_error(error)
        text = f"internal error: {type(error).__name__}: {error}"
        _fail(f"{text} (set FRONTIERCOST_DEBUG=1 for the traceback)", ExitCode.INTERNAL)


def _run() -> int:
    """Run the command and return its exit code, errors raised rather than printed."""
    from typer.main import get_command

    from frontiercost.cli.app import application

    app = application(sys.argv[1:])
    code = get_command(app).main(prog_name="frontiercost", standalone_mode=False)
    sys.stdout.flush()
    return int(code or ExitCode.DONE)


def _framework_error(error: Exception) -> None:
    """Exit on the framework's own errors, known by shape: their classes are private to it."""
    if type(error).__name__ == "Abort":
        sys.exit(ExitCode.INTERRUPTED)
    if hasattr(error, "format_message"):
        message = str(error.format_message())
        if "\n" in message:
            print(message, file=sys.stderr)
            sys.exit(ExitCode.USAGE)
        _fail(f"error: {message}", ExitCode.USAGE)


def _fail(message: str, code: ExitCode) -> NoReturn:
    print(" ".join(message.split()), file=sys.stderr)
    sys.exit(code)
