"""Constants of a catalogue: facts of one file by id, each read when it is first asked for."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping

from frontiercost.core import plain_toml
from frontiercost.core.errors import DataError
from frontiercost.core.facts import Fact, note_read, read_fact
from frontiercost.core.limits import Limits


class Constants(Mapping[str, Fact]):
    """Facts of one file by id, each parsed when it is first asked for."""

    def __init__(
        self, name: str, text: str, changed: Callable[[str], Fact | None] = lambda key: None
    ) -> None:
        """Split a file at its tables, `[id]` on a line of its own; `changed` goes first.

        Of tables with one id the last holds, within the limits of the first.
        """
        self._changed = changed
        parts = re.split(r"^\[(\w+)\]$", text, flags=re.MULTILINE)
        if stray := _first_statement(parts[0]):
            raise DataError(
                f"catalogue file {name}: '{stray}' is in no table; write [id] before it"
            )
        self._name, self._read = name, dict[str, Fact]()
        self._entries: dict[str, list[str]] = {}
        for key, entry in zip(parts[1::2], parts[2::2], strict=True):
            self._entries.setdefault(key, []).append(entry)

    def __getitem__(self, key: str) -> Fact:
        """Return one fact: as a scenario changed it, else read from the file."""
        fact = self._fact(key)
        note_read((fact,))
        return fact

    def _fact(self, key: str) -> Fact:
        if (changed := self._changed(key)) is not None:
            return changed
        if key not in self._read:
            try:
                lowest, *above = map(plain_toml.loads, self._entries[key])
            except tomllib.TOMLDecodeError as error:
                raise DataError(f"catalogue file {self._name}: [{key}] {error}") from error
            limits = {end: lowest[end] for end in Limits._fields if end in lowest}
            self._read[key] = read_fact(f"assumptions/{key}", limits | [lowest, *above][-1])
        return self._read[key]

    def __contains__(self, key: object) -> bool:
        """Whether there is such a fact, without reading it."""
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        """Go through the ids."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._entries)


def _first_statement(text: str) -> str:
    """Return the first line that is neither empty nor a comment."""
    lines = (line.strip() for line in text.splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")
