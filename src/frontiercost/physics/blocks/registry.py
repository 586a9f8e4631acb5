"""The kinds of blocks by name, each loaded when a shape has it; and blocks from their entries."""

from collections.abc import Collection, Mapping
from dataclasses import MISSING, fields
from functools import cache
from importlib import import_module
from typing import Any, get_args

from frontiercost.core.errors import nearest
from frontiercost.physics.blocks.block import Block

LARGEST_INTEGER = 10_000_000
MIXERS = (
    *("attention", "latent-attention", "compressed-attention"),
    *("gated-delta", "kimi-delta", "lightning", "mamba-1", "mamba-2"),
    *("mlstm", "rg-lru", "rwkv", "short-convolution"),
)
FEED_FORWARDS = ("dense", "mixture")
"""Each in a module of its own."""


@cache
def _class_of(kind: str) -> type[Block]:
    module = import_module(f"frontiercost.physics.blocks.{kind.replace('-', '_')}")
    block: type[Block] = module.BLOCK
    return block


def block_from(entry: object, kinds: Collection[str]) -> Any:
    """A block from its entry in a shape: its kind, its count and its dimensions.

    Raises ValueError for an unknown kind or key, and for a number that no block has.
    """
    if not isinstance(entry, Mapping):
        raise ValueError("is no table")
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError(f"unknown kind '{kind}'; {nearest(str(kind), kinds)}")
    try:
        return record_from(_class_of(kind), {k: v for k, v in entry.items() if k != "kind"})
    except ValueError as error:
        raise ValueError(f"{kind}: {error}") from None


def record_from(
    cls: type[Any], entry: Mapping[str, object], made: Mapping[str, object] | None = None
) -> Any:
    """A record from a table: whole numbers, at least 1 where the record has no default.

    `made` holds values that are no plain ones. Raises ValueError for what is missing, unknown or
    of another kind.
    """
    fields_by_name = {field.name: field for field in fields(cls)}
    for key in entry:
        if key not in fields_by_name:
            raise ValueError(f"unknown key '{key}'; {nearest(key, fields_by_name)}")
    values = dict(made or {})
    for name, field in fields_by_name.items():
        needed = field.default is MISSING and field.default_factory is MISSING
        if name in values:
            continue
        if name in entry:
            values[name] = _read(name, entry[name], field.type, least=int(needed))
        elif needed:
            raise ValueError(f"has no {name}")
    return cls(**values)


def _read(name: str, value: object, wanted: object, least: int) -> object:
    if wanted is int:
        if type(value) is int and least <= value <= LARGEST_INTEGER:
            return value
        raise ValueError(f"{name} must be a whole number from {least} to {LARGEST_INTEGER:,}")
    if wanted in (bool, str):
        if type(value) is wanted:
            return value
        raise ValueError(f"{name} must be {'true or false' if wanted is bool else 'a text'}")
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a table")
    (record, _) = get_args(wanted)
    return record_from(record, value)
