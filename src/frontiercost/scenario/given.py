"""What Python gives by name beside single values: tables, and None for what is left out."""

from collections.abc import Mapping
from typing import Any

from frontiercost.core.safe_files import flat, merged
from frontiercost.scenario.scenario import Draft, reader_of


def give_table(draft: Draft, key: str, table: Mapping[str, Any], origin: str) -> None:
    """Set each value of a table, as a file would: `own`, `assumptions` or `phases`."""
    if key == "own":
        draft.own = merged(draft.own, table, origin)
        return
    for name, value in flat(table):
        draft.give(f"{key}.{name}", value, f"{origin}.{name}")


def leave_out(draft: Draft, key: str, origin: str) -> None:
    """Take away what a file sets under a key, a table's name or a name in it."""
    section, _, name = key.partition(".")
    if section in draft.sections:
        held = draft.sections[section]
        draft.sections[section] = {k: v for k, v in held.items() if name and k != name}
    elif key == "own":
        draft.own = {}
    else:
        reader_of(key, origin)
        draft.values.pop(key, None)
        draft.own_phases = () if key == "phase" else draft.own_phases
