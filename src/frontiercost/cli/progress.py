"""What is being worked on, for people who wait: on a terminal's stderr, after two seconds."""

import sys
from time import monotonic

from frontiercost.cli.output import say

PATIENCE = 2.0
"""Seconds that nobody needs to be told of."""


class Progress:
    """Tells what comes next, once it has taken a while; never a pipe, a file or a log."""

    def __init__(self, doing: str) -> None:
        """Start to count the time."""
        self._doing, self._start = doing, monotonic()
        self._is_seen = bool(sys.stderr and sys.stderr.isatty())

    def __call__(self, what: str) -> None:
        """Tell what is worked on now."""
        seconds = monotonic() - self._start
        if self._is_seen and seconds >= PATIENCE:
            say(f"{self._doing}: {what} … ({seconds:.0f} s)")
