"""The errors a person can act on, and the exit codes they lead to."""

import re
from collections.abc import Callable, Iterable
from enum import IntEnum

LIKE = 0.6
"""How alike a text and a valid choice must be for that to be offered."""
LIKE_THINGS = 0.8
"""The same for names of things, which are many: `nvidia` is no typo of `india`."""


class ExitCode(IntEnum):
    """What the process tells the shell: a finding is never confused with a failure to run."""

    DONE = 0
    INTERNAL = 1
    USAGE = 2
    GATE_FAILED = 3
    NOT_EVALUATED = 4
    INTERRUPTED = 130


class FrontierCostError(Exception):
    """Base of every error raised on purpose; its text is one line: what, where, why, what to do.

    Keys of a scenario stand in backticks, so that each caller can name them in its own way. A text
    that takes long to find is a function, which is asked when somebody reads it.
    """

    exit_code = ExitCode.INTERNAL

    def __init__(self, text: str | Callable[[], str]) -> None:
        """Take the text, or what finds it."""
        super().__init__(text)

    def __str__(self) -> str:
        """Return the text with plain keys."""
        return self.spelled(str)

    def spelled(self, spelling: Callable[[str], str]) -> str:
        """Return the text with keys as a caller writes them: flags on the command line."""
        (text,) = self.args
        said = text() if callable(text) else text
        return re.sub(r"`(\w+)`", lambda key: spelling(key[1]), said)


class InputError(FrontierCostError):
    """A flag, file or key holds something that cannot be used."""

    exit_code = ExitCode.USAGE


class DataError(FrontierCostError):
    """A catalogue row is not usable: no unit, no source, or a value outside its rule.

    The tests read every row that is shipped: it is one that somebody laid on top.
    """

    exit_code = ExitCode.USAGE


class NotEvaluatedError(FrontierCostError):
    """The question is well formed, but the catalogue lacks a fact that it needs."""

    exit_code = ExitCode.NOT_EVALUATED


def refused(where: str, text: object, reason: ValueError) -> InputError:
    """Return the error for a text that cannot be read: where it stands, what it is, and why."""
    said = str(reason).removeprefix(f"'{text}'").removeprefix(":").strip()
    return InputError(f"{where} '{text}': {said}")


def without_effect(origin: str, reason: str = "") -> str:
    """Say that what was given changes nothing, and why."""
    return f"{origin} has no effect here: {reason or 'nothing in this question reads it'}"


def nearest(
    name: str, choices: Iterable[str], like: float = LIKE, aliases: Iterable[str] = ()
) -> str:
    """Return the hint `did you mean 'x'?` for the nearest valid choice, or a short list of them.

    `aliases` are offered, and not listed.
    """
    from frontiercost.core.similar_names import nearest_name

    ordered = sorted(choices)
    if meant := nearest_name(name, [*ordered, *aliases], like):
        return f"did you mean '{meant}'?"
    shown = ", ".join(ordered[:8]) + (", …" if len(ordered) > 8 else "")
    return f"choose from: {shown}"
