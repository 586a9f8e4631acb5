"""The keys of a configuration under one name each, whatever their spelling, with class defaults."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from frontiercost.core.errors import InputError
from frontiercost.scenario.model_config.files import shown

LARGEST = 10_000_000
MISSING = object()


class Keys:
    """What a file says, and what its class adds; remembers what was taken from the class.

    A default of the class never beats another spelling that is in the file; null means none.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        defaults: Mapping[str, Any],
        spellings: Mapping[str, Sequence[str]],
        where: str,
    ) -> None:
        """Read `given`, a table of the file; `where` names it in errors."""
        self.given, self.defaults, self.spellings, self.where = given, defaults, spellings, where
        self.assumed: dict[str, Any] = {}
        self.asked: set[str] = set()
        """Spellings that something has looked for."""

    def spelled(self, name: str) -> Sequence[str]:
        """Return how files spell a key."""
        return self.spellings.get(name, (name,))

    def has(self, name: str) -> bool:
        """Whether the file or the class gives it, and not as null."""
        return self.value(name) is not None

    def value(self, name: str) -> Any:
        """Return what the file gives under any spelling, else the class; None for neither."""
        self.asked.update(self.spelled(name))
        for table in (self.given, self.defaults):
            for key in self.spelled(name):
                value = _under(table, key)
                if value is not MISSING:
                    if table is self.defaults:
                        self.assumed[key] = value
                    return value
        return None

    def not_read(self, harmless: Iterable[str]) -> list[str]:
        """Return the keys of the file that nothing has looked for and that might matter."""
        read = {spelling.partition(".")[0] for spelling in self.asked}
        return sorted(shown(key) for key in self.given.keys() - read - {*harmless})

    def whole(
        self, name: str, default: int | None = None, least: int = 1, most: int = LARGEST
    ) -> int:
        """Return a whole number; raise InputError for any other value, and for none at all."""
        value = self.value(name)
        if value is None:
            if default is None:
                raise InputError(f"{self.where}: has no {self.spelled(name)[0]}")
            return default
        return self.checked(name, value, least, most)

    def checked(self, name: str, value: object, least: int = 1, most: int = LARGEST) -> int:
        """Return a whole number within what any model has; raise InputError for another value."""
        integral = isinstance(value, float) and value.is_integer()
        if (type(value) is int or integral) and least <= value <= most:  # type: ignore[operator]
            return int(value)  # type: ignore[call-overload, no-any-return]
        key = next((k for k in self.spelled(name) if _under(self.given, k) is not MISSING), name)
        raise InputError(
            f"{self.where}: {key} '{shown(value)}': must be a whole number from {least} to {most:,}"
        )

    def per_layer(self, name: str, layers: int, default: int | None = None) -> list[int]:
        """Return a whole number for each layer, of one for all or of a list."""
        value = self.value(name)
        if not isinstance(value, list):
            return [self.whole(name, default, least=0)] * layers
        if len(value) != layers:
            key = self.spelled(name)[0]
            raise InputError(f"{self.where}: {key} has {len(value)} entries for {layers} layers")
        return [self.checked(name, number, least=0) for number in value]

    def number(self, name: str, default: float) -> float:
        """Return a number above 0."""
        value = self.value(name)
        if value is None:
            return default
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= LARGEST:
            return float(value)
        raise InputError(f"{self.where}: {name} {shown(value)}: must be a number above 0")

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a switch; raise InputError for what is neither true nor false."""
        value = self.value(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        raise InputError(f"{self.where}: {name} {shown(value)}: must be true or false")

    def listed(self, name: str) -> list[Any] | None:
        """Return a list; None where there is none."""
        value = self.value(name)
        if value is None or isinstance(value, list):
            return value
        raise InputError(f"{self.where}: {name} {shown(value)}: must be a list")


def _under(table: Mapping[str, Any], key: str) -> Any:
    """Return what stands under a key, of a nested table under `outer.inner`."""
    if key in table:
        return table[key]
    outer, _, inner = key.partition(".")
    nested = table.get(outer)
    return nested.get(inner, MISSING) if inner and isinstance(nested, Mapping) else MISSING
