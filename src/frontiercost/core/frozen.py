"""Frozen dataclasses that cost little to define.

The standard decorator compiles six methods for each class, over a millisecond at every start of
the program; classes made here share theirs. `fields`, `replace` and `asdict` of `dataclasses` work
on them, and type checkers see them as what they are.
"""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import Any, NamedTuple, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def frozen(cls: type[T], /) -> type[T]: ...
@overload
def frozen(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T] | None = None, /, *, kw_only: bool = False) -> Any:
    """Make an immutable record of a class's annotations, with equality, hash and repr by field."""

    def made(cls: type[T]) -> type[T]:
        record = dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=kw_only)(cls)
        for method in (__init__, __repr__, __eq__, __hash__, __setattr__, __delattr__):
            if method.__name__ not in cls.__dict__:  # what a class says itself stays
                setattr(record, method.__name__, method)
        record._layout = _layout(record)  # type: ignore[attr-defined]
        return record

    return made if cls is None else made(cls)


class _Layout(NamedTuple):
    """What fills an instance: names by position, all names, what may be left out, what follows."""

    positions: tuple[str, ...]
    names: frozenset[str]
    defaults: dict[str, Any]
    factories: dict[str, Callable[[], Any]]
    after: Callable[[Any], None] | None


def _layout(cls: type) -> _Layout:
    record_fields = fields(cls)
    return _Layout(
        tuple(f.name for f in record_fields if not f.kw_only),
        frozenset(f.name for f in record_fields),
        {f.name: f.default for f in record_fields if f.default is not MISSING},
        {f.name: f.default_factory for f in record_fields if f.default_factory is not MISSING},
        getattr(cls, "__post_init__", None),
    )


def __init__(self: Any, *args: Any, **keywords: Any) -> None:
    layout: _Layout = self._layout
    values = dict(zip(layout.positions, args, strict=False)) | keywords
    given = len(values)
    if given < len(layout.names):
        values = layout.defaults | values
        for name, made in layout.factories.items():
            if name not in values:
                values[name] = made()
    if values.keys() != layout.names or given != len(args) + len(keywords):
        twice = keywords.keys() & layout.positions[: len(args)]
        wrong = ", ".join(sorted((values.keys() ^ layout.names) | twice)) or f"{len(args)} values"
        raise TypeError(f"{type(self).__name__}: {wrong} missing, unknown or given twice")
    object.__setattr__(self, "__dict__", values)
    if layout.after:
        layout.after(self)


def _values(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, f.name) for f in fields(record) if f.compare)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, arrays as a whole, alone or inside of what holds them."""
    if isinstance(one, (tuple, list)) and type(one) is type(other):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if hasattr(one, "shape") or hasattr(other, "shape"):
        shapes = (getattr(value, "shape", ()) for value in (one, other))
        return next(shapes) == next(shapes) and bool((one == other).all())
    return bool(one == other)


def __repr__(self: Any) -> str:
    parts = (f"{f.name}={_shown(getattr(self, f.name))}" for f in fields(self) if f.repr)
    return f"{type(self).__name__}({', '.join(parts)})"


def _shown(value: Any) -> str:
    return f"<{len(value)} draws>" if getattr(value, "shape", ()) else repr(value)


def __eq__(self: Any, other: object) -> Any:
    if type(self) is not type(other):
        return NotImplemented
    try:
        return _values(self) == _values(other)
    except ValueError:  # arrays are neither true nor false
        return same(_values(self), _values(other))


def __hash__(self: Any) -> int:
    return hash(_values(self))


def __setattr__(self: Any, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field '{name}'")


def __delattr__(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field '{name}'")
