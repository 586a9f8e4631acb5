"""Models as files and rows say them: a file for one of known shape, a row for counts alone.

A row lies on the file of the same name, and a later row on an earlier one, figure by figure.
"""

from collections.abc import Callable, Iterable
from typing import Any

from frontiercost.catalogue.parsing import model_from, model_with
from frontiercost.catalogue.types import Model
from frontiercost.core.errors import DataError, nearest

FOLDER = "models"
TABLE = "models.csv"


class ModelEntries:
    """All models by name, each read once, when it is asked for."""

    def __init__(
        self,
        files: Iterable[str],
        rows: Iterable[dict[str, str]],
        toml: Callable[[str], dict[str, Any]],
    ) -> None:
        """Take the names of the files, the rows of the table, and how a file is read."""
        self._files, self._toml = set(files), toml
        self._rows: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            self._rows.setdefault(row["name"], []).append(row)
        self._models: dict[str, Model] = {}
        self.names = sorted({*self._files, *self._rows})

    def model(self, name: str) -> Model:
        """Return a model by its own name."""
        return self._known(name, ())

    @property
    def of_rows(self) -> list[str]:
        """The names of the models that rows say something of."""
        return sorted(self._rows)

    def _known(self, name: str, heirs: tuple[str, ...]) -> Model:
        if name not in self._models:
            self._models[name] = self._read(name, heirs)
        return self._models[name]

    def _read(self, name: str, heirs: tuple[str, ...]) -> Model:
        """Read a model, and before it the one it was made from or has the shape of."""
        model, path = None, f"{FOLDER}/{name}"
        if name in self._files:
            entry = self._toml(f"{path}.toml")
            parent, heirs = str(entry.get("base") or entry.get("shape_of") or ""), (*heirs, name)
            if parent in heirs:
                raise DataError(f"{path}: it cannot come of '{parent}', which comes of it")
            if parent and parent not in self.names:
                raise DataError(f"{path}: no such model '{parent}'; {nearest(parent, self.names)}")
            model = model_from(path, entry, self._known(parent, heirs) if parent else None)
        for row in self._rows.get(name, ()):
            model = model_with(model, row)
        assert model is not None, name
        return model
