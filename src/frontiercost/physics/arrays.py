"""Records whose fields are arrays, and the two numbers every formula of a pass needs."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

FLOP_PER_PARAMETER = 2  # one multiply-add
BF16_BYTES = 2

Row = TypeVar("Row")


def stacked(rows: Sequence[Row]) -> Row:
    """One record whose fields are arrays of the fields of these records.  Source: definition."""
    first: Any = rows[0]
    columns = {f.name: np.array([getattr(r, f.name) for r in rows], float) for f in fields(first)}
    return type(first)(**columns)  # type: ignore[no-any-return]


def indexed(record: Row, index: Any) -> Row:
    """The record at an index of its fields, all broadcast against each other.

    Source: definition.
    """
    columns = np.broadcast_arrays(*(getattr(record, f.name) for f in fields(record)))  # type: ignore[arg-type]
    chosen = {f.name: c[index] for f, c in zip(fields(record), columns, strict=True)}  # type: ignore[arg-type]
    return type(record)(**chosen)


def unstacked(record: Row) -> list[Row]:
    """A record of plain numbers for each place of fields that are arrays of one length.

    Source: definition.
    """
    columns = {f.name: getattr(record, f.name).tolist() for f in fields(record)}  # type: ignore[arg-type]
    rows = zip(*columns.values(), strict=True)
    return [type(record)(**dict(zip(columns, row, strict=True))) for row in rows]
