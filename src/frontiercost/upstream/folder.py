"""The folder that an import fills: a catalogue to lay on the shipped one with `--catalogue`."""

import csv
import io
import os
from pathlib import Path

from frontiercost.catalogue.store import KINDS, SHIPPED, Catalogue, at
from frontiercost.core.errors import InputError
from frontiercost.core.safe_files import read_text
from frontiercost.core.written_files import UNFINISHED, write_whole
from frontiercost.upstream.reading import Row

FILES = {"models": "models.csv", "prices": "prices/api.csv"}
"""The file of the catalogue that each table is."""
LARGEST = 64 * 2**20
MOST_FILES = 10_000


def beneath(folder: Path | None, catalogue: str) -> Catalogue:
    """Return the catalogue with what is in the folder already; refuse one of other content.

    Of a folder that is not there yet, or not named, the catalogue that is asked for.
    """
    if folder is None or not os.path.lexists(folder):
        return at(catalogue)
    if catalogue and not os.path.samefile(catalogue, folder):
        raise InputError("`catalogue`: the folder of --output holds facts already; they count")
    if not folder.is_dir():
        raise InputError(f"--output '{folder}': is no folder; an import fills one")
    for number, path in enumerate(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if number > MOST_FILES or (not path.is_dir() and not _belongs(name)):
            raise InputError(
                f"--output '{folder}': holds '{name}', which is no file of a catalogue; "
                "name a folder of its own"
            )
    return at(str(folder))


def _belongs(name: str) -> bool:
    if UNFINISHED.fullmatch(os.path.basename(name)):
        return True
    kind, _, rest = name.partition("/")
    is_thing = kind in (KINDS["chip"], KINDS["model"]) and rest.endswith(".toml")
    return is_thing or (SHIPPED / name).is_file()


def add(path: Path, rows: list[Row], columns: list[str]) -> None:
    """Add rows to a table, in one step; raise InputError where it cannot be written.

    What stands there stays as it is, byte for byte.
    """
    text = read_text(path, "--output", LARGEST) if path.exists() else ""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    if not text:
        writer.writeheader()
    elif not text.endswith("\n"):
        file.write("\n")
    writer.writerows(rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, f"{text}{file.getvalue()}".encode())
    except OSError as error:
        raise InputError(f"--output '{path}': {error.strerror or error}") from error
