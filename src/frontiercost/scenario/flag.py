"""A flag: one row of the table that commands, help, completion and files are made from."""

from typing import Any

from frontiercost.core.frozen import frozen
from frontiercost.scenario.readers import Reader

LADDER = "compare"
"""The stage that a file names whose question is the ladder."""
STAGE = "stage"
"""Stands for the command of every stage."""


@frozen
class Flag:
    """One row of the table."""

    name: str
    panel: str
    commands: frozenset[str]
    reader: Reader
    help: str
    is_key: bool = True
    """Whether it is a part of the question, so a key of a file, or only how an answer is given."""
    is_flag: bool = True
    spellings: tuple[str, ...] = ()
    """On the command line, where that is not `--name` alone."""
    argument: bool = False
    """Whether it stands without a name."""
    repeats: bool = False
    counts: bool = False
    default: str | None = None
    completes: str = ""
    """What completes it: a kind of the catalogue, or a closed list of the command line."""
    synonyms: str = ""
    """Other names that people know it by."""

    @property
    def spelling(self) -> str:
        """How people write it."""
        if self.argument:
            return self.name.upper()
        return (self.spellings or (f"--{self.name.replace('_', '-')}",))[0]

    def is_of(self, command: str, *, stage: bool) -> bool:
        """Whether a command has it."""
        return command in self.commands or (stage and STAGE in self.commands)


def key(name: str, panel: str, commands: str, reader: Reader, help: str, **more: Any) -> Flag:
    """Return a row for a part of the question."""
    more.setdefault("repeats", reader.kind == "list")
    return Flag(name, panel, frozenset(commands.split()), reader, help, **more)


def way(name: str, panel: str, commands: str, reader: Reader, help: str, **more: Any) -> Flag:
    """Return a row for how an answer is found or given."""
    return key(name, panel, commands, reader, help, is_key=False, **more)
