"""Files of the catalogue in layers: the shipped ones, a folder of one's own, and texts above."""

import csv
import io
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from frontiercost.core import plain_toml
from frontiercost.core.errors import DataError, InputError
from frontiercost.core.provenance import provenance


class Layers:
    """Files by name, each read when it is asked for, as the topmost layer that has it gives it.

    Rows of tables are those of all layers, one after the other.
    """

    def __init__(self, root: Path, overlay: Path | None, files: Mapping[str, str]) -> None:
        """Read from a folder; files of an overlay come on top, and texts by name above them."""
        self.root, self.overlay, self.files = root, overlay, dict(files)
        self._texts: dict[str, str] = {}
        self._sourced: dict[str, list[dict[str, str]]] = {}
        self._of_chips: dict[str, dict[str, list[dict[str, str]]]] = {}

    def laid_on_top(self) -> dict[str, str]:
        """Return the texts of all files that lie on the shipped ones, by name."""
        folder = self.overlay
        overlay_files = sorted(folder.rglob("*.*")) if folder else []
        texts = {
            str(p.relative_to(folder)): _read(p, p.name)
            for p in overlay_files
            if folder and p.is_file()
        }
        return texts | self.files

    def _toml(self, name: str) -> dict[str, Any]:
        try:
            return plain_toml.loads(self._text(name))
        except tomllib.TOMLDecodeError as error:
            raise DataError(f"catalogue file {name}: {error}") from error

    def _text(self, name: str) -> str:
        """Return a file as the topmost layer that has it gives it."""
        above = self._on_top(name)
        return above[-1] if above else self._shipped(name)

    def _shipped(self, name: str) -> str:
        if name not in self._texts:
            self._texts[name] = _read(self.root / name, name)
        return self._texts[name]

    def _on_top(self, name: str) -> list[str]:
        """Return a file of the overlay and of the files given, where they have it."""
        path = self.overlay / name if self.overlay else None
        folder = [_read(path, name)] if path and path.exists() else []
        return folder + ([self.files[name]] if name in self.files else [])

    def names_in(self, folder: str) -> list[str]:
        """Return the names of all entries of a folder, sorted."""
        shipped = (path.stem for path in (self.root / folder).glob("*.toml"))
        return sorted({*shipped, *self.names_on_top(folder)})

    def names_on_top(self, folder: str) -> list[str]:
        """Return the names of the entries of a folder that lie on the shipped ones."""
        above = [*(self.overlay / folder).glob("*.toml")] if self.overlay else []
        return sorted({p.stem for p in (*above, *map(Path, self.files)) if p.parent.name == folder})

    def columns(self, name: str) -> list[str]:
        """Return the columns of a CSV file."""
        return next(csv.reader(io.StringIO(self._shipped(name), newline="")))

    def rows(self, name: str, **where: str) -> list[dict[str, str]]:
        """Return the rows of one CSV file: all, or those whose column holds what is given."""
        header, *rows = csv.reader(io.StringIO(self._shipped(name), newline=""))
        for text in self._on_top(name):
            columns, *added = [*csv.reader(io.StringIO(text, newline=""))] or [header]
            if columns != header:
                raise InputError(f"{self.overlay}/{name}: its columns must be {', '.join(header)}")
            rows += added
        for column, text in where.items():
            if text:
                place = header.index(column)
                rows = [row for row in rows if row[place] == text]
        try:
            return [dict(zip(header, row, strict=True)) for row in rows]
        except ValueError as error:
            raise DataError(f"catalogue file {name}: {error}") from error

    def sourced_rows(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a table of numbers, each with its source, date and confidence."""
        if name not in self._sourced:
            self._sourced[name] = self.rows(name)
            for number, row in enumerate(self._sourced[name], start=2):
                provenance(f"catalogue file {name}, line {number}", row)
        return self._sourced[name]

    def rows_of_chip(self, name: str, chip: str) -> list[dict[str, str]]:
        """Return the sourced rows of a chip, or all: an answer asks for dozens of chips."""
        if name not in self._of_chips:
            of_chips: dict[str, list[dict[str, str]]] = {}
            for row in self.sourced_rows(name):
                of_chips.setdefault(row["chip"], []).append(row)
            self._of_chips[name] = of_chips | {"": self.sourced_rows(name)}
        return self._of_chips[name].get(chip, [])


def _read(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"catalogue file {name}: {error}") from error
