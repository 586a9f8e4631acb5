"""Files people write: read within limits, one clear error for whatever cannot be read."""

import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from frontiercost.core.errors import InputError

LARGEST_FILE = 256 * 1024
"""Bytes: far above any scenario, and read at once."""
DEEPEST_FILE = 16
NO_WAIT = getattr(os, "O_NONBLOCK", 0)
STDIN = ("-", "/dev/stdin")  # the latter may be a socket, which cannot be opened by its name
_TEXTS = re.compile(  # strings and comments, closed or not
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)|"(?:\\.|[^"\\\n])*"?'
    r"|'''.*?(?:'''|\Z)|'[^'\n]*'?|#[^\n]*",
    re.DOTALL,
)
_PARTS = re.compile(r"[=,\[\]{}\n]")


def file_named(text: str) -> Path:
    """Return the file that a text names, in UTF-8 where the locale cannot write it."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return Path(os.fsdecode(text.encode("utf-8", "surrogateescape")))
    return Path(text)


def read_text(path: Path, what: str, largest: int = LARGEST_FILE) -> str:
    """Return the text of a small file; `what` names it where it is not there.

    Raises InputError for a file that is absent, unreadable, too large or not UTF-8.
    """
    raw = read_bytes(path, what, largest)
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{what} '{path}': not UTF-8 at byte {error.start}") from None


def read_bytes(path: Path, what: str, most: int, *, stdin: bool = False) -> bytes:
    """Return what a file holds, or standard input where `-` may name it, up to so many bytes.

    Raises InputError for what is absent, unreadable or larger.
    """
    read = _typed if stdin and str(path) in STDIN else _stored
    try:
        raw = read(path, most + 1)
    except FileNotFoundError:
        raise InputError(f"{what} '{path}': no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{what} '{path}': {reason}") from None
    if len(raw) > most:
        raise InputError(f"{what} '{path}': larger than {most:,} bytes")
    return raw


def _stored(path: Path, count: int) -> bytes:
    """Read from the start; a named pipe that nobody writes to is empty, not waited for."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | NO_WAIT)) as opened:
        if NO_WAIT:
            os.set_blocking(opened.fileno(), True)
        return opened.read(count)


def _typed(_: Path, count: int) -> bytes:
    if sys.stdin is None:
        raise OSError("standard input is closed")
    return sys.stdin.buffer.read(count)


def read_toml(path: Path, what: str) -> tuple[str, dict[str, Any]]:
    """Return a file's text and what it holds; raise InputError also where it is no TOML."""
    text = read_text(path, what)
    try:
        _check_dots(text)
        data = tomllib.loads(text)
        _check_depth(data)
        _check_filled(data, text, path)
    except RecursionError:
        raise InputError(f"{path}: nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f'{path}: {error}; a number with a suffix needs quotes: tokens = "15T"'
        ) from error
    except ValueError:
        raise InputError(f"{path}: a number has too many digits") from None
    return text, data


def _check_dots(text: str) -> None:
    """Raise RecursionError for `a.a.a.a` so long that reading it would take all memory."""
    if any(part.count(".") > DEEPEST_FILE for part in _PARTS.split(_TEXTS.sub("", text))):
        raise RecursionError


def _check_depth(data: Mapping[str, Any]) -> None:
    """Raise RecursionError for what the functions that read it could not go down."""
    level: list[Any] = [data]
    for _ in range(DEEPEST_FILE):
        inner = (v.values() if isinstance(v, dict) else v for v in level)
        level = [v for values in inner for v in values if isinstance(v, (dict, list))]
    if level:
        raise RecursionError


def _check_filled(data: Mapping[str, Any], text: str, path: Path) -> None:
    """Raise InputError for the first key that holds nothing: it is not the same as none."""
    for key in _empty(data):
        line = lines_of(text).get(key.rpartition(".")[2], 1)
        raise InputError(f"{path}:{line} {key} '': is empty; give a value, or leave it out")


def _empty(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the dotted keys of blank texts and of lists that hold one."""
    for key, value in table.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Mapping):
                yield from (f"{key}.{inner}" for inner in _empty(part))
            elif isinstance(part, str) and not part.strip():
                yield key


def merged(below: Mapping[str, Any], above: object, where: str) -> dict[str, Any]:
    """Return nested tables as one, entries of lists one after the other, the upper winning."""
    if not isinstance(above, Mapping):
        raise InputError(f"{where}: must be a table, for example [own.chips.NAME]")
    both = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(both.get(key), Mapping):
            both[key] = merged(both[key], value, where)
        elif isinstance(value, list) and isinstance(both.get(key), list):
            both[key] = both[key] + value
        else:
            both[key] = value
    return both


def flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the entries of nested tables under dotted keys."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{subkey}", entry) for subkey, entry in flat(value))
        else:
            yield key, value


def lines_of(text: str) -> dict[str, int]:
    """Return the line on which each key first stands, found in one pass over the text."""
    first_lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if key := re.match(r"[ \t]*\[*([^\s\]=]+)[ \t]*[\]=]", line):
            first_lines.setdefault(key[1], number)
    return first_lines
