"""The command line: a thin rim that turns errors into one line and an exit code."""

import os
import sys

from frontiercost.errors import ExitCode, FrontierCostError


def main() -> None:
    """Run the program; the console script and `python -m frontiercost` both start here."""
    from frontiercost.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
        sys.stdout.flush()
    except FrontierCostError as error:
        _fail(f"error: {error}", error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.DONE)
    except Exception as error:
        if os.environ.get("FRONTIERCOST_DEBUG"):
            raise
        kind = type(error).__name__
        _fail(
            f"internal error: {kind}: {error} (set FRONTIERCOST_DEBUG=1 for the traceback)",
            ExitCode.INTERNAL,
        )


def _fail(message: str, code: ExitCode) -> None:
    print(" ".join(message.split()), file=sys.stderr)
    sys.exit(code)
