"""A scenario's file: its keys and tables go into the draft, after those of the file it extends."""

from collections.abc import Mapping
from pathlib import Path

from frontiercost.core.errors import InputError
from frontiercost.core.safe_files import file_named, flat, lines_of, merged, read_toml
from frontiercost.scenario.scenario import PROVENANCE, SETTERS, Draft

LONGEST_CHAIN = 16


def read_file(file: Path, draft: Draft, above: tuple[Path, ...] = ()) -> None:
    """Read a file, after the one it extends; `above` are the files that extend this one."""
    text, data = read_toml(file, "`scenario`")
    lines = lines_of(text)
    base = data.pop("extends", None)
    if base is not None:
        where = f"{file}:{lines.get('extends', 1)} extends"
        _read_base(file, str(base), where, draft, above)
    provenance = data.pop(PROVENANCE, {})
    draft.own = merged(draft.own, data.pop("own", {}), f"{file}:{lines.get('own', 1)} own")
    for key, value in data.items():
        if key in draft.sections and isinstance(value, dict):
            for dotted, entry in flat(value):
                where = f"{file}:{lines.get(dotted.rpartition('.')[2], 1)} {key}.{dotted}"
                draft.put(f"{key}.{dotted}", entry, *_set_by(provenance, f"{key}.{dotted}", where))
        else:
            where = f"{file}:{lines.get(key, 1)} {key}"
            draft.put(key, value, *_set_by(provenance, key, where), file.parent)


def stage_in(file: Path) -> str:
    """Return the stage that a file asks about, by itself or the one it extends; else nothing."""
    draft = Draft()
    read_file(file, draft)
    return str(draft.values["stage"].text) if "stage" in draft.values else ""


def _set_by(provenance: object, key: str, where: str) -> tuple[str, str]:
    """Return who set a value and where: as a saved file remembers it, else this file."""
    who_set_it = provenance.get(key) if isinstance(provenance, Mapping) else None
    set_by, colon, origin = str(who_set_it or "").partition(":")
    return (set_by, origin) if colon and set_by in SETTERS else ("file", where)


def _read_base(file: Path, base: str, where: str, draft: Draft, above: tuple[Path, ...]) -> None:
    """Read the file that another extends; refuse a chain that comes back to itself."""
    path = (file.parent / file_named(base)).resolve()
    chain = (*above, file.resolve())
    if path in chain:
        raise InputError(f"{where}: '{base}' extends itself, by way of {len(chain)} file(s)")
    if len(chain) >= LONGEST_CHAIN:
        raise InputError(f"{where}: more than {LONGEST_CHAIN} files extend each other")
    read_file(path, draft, chain)
