"""Records whose fields are arrays, and the two numbers every formula of a pass needs."""

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from frontiercost.core.facts import Number

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FLOP_PER_PARAMETER = 2  # one multiply-add
BF16_BYTES = 2

Array: TypeAlias = NDArray[np.float64]
Row = TypeVar("Row", bound="DataclassInstance")
Index: TypeAlias = int | NDArray[np.intp] | NDArray[np.bool_] | tuple[NDArray[np.intp], ...]
"""Where in an array: at one place, at places along one axis or all, or where a mask holds."""


def plain(value: Array) -> Number:
    """A float for an array of no dimensions, any other as it is.  Source: definition."""
    return value if value.shape else float(value)


def median_of_rows(values: Array) -> Array:
    """The median along the last axis.  Source: definition."""
    # not np.median: it imports masked arrays, a tenth of the whole start
    last = values.shape[-1] - 1
    middles = [last // 2, (last + 1) // 2]
    return np.asarray(np.partition(values, middles, axis=-1)[..., middles].mean(axis=-1))


def stacked(rows: Sequence[Row]) -> Row:
    """One record whose fields are arrays of the fields of these records.  Source: definition."""
    first = rows[0]
    columns = {f.name: np.array([getattr(r, f.name) for r in rows], float) for f in fields(first)}
    return type(first)(**columns)


def indexed(record: Row, index: Index) -> Row:
    """The record at an index of its fields, all broadcast against each other.

    Source: definition.
    """
    columns = np.broadcast_arrays(*(getattr(record, f.name) for f in fields(record)))
    chosen = {f.name: c[index] for f, c in zip(fields(record), columns, strict=True)}
    return type(record)(**chosen)


def unstacked(record: Row) -> list[Row]:
    """A record of plain numbers for each place of fields that are arrays of one length.

    Source: definition.
    """
    columns = {f.name: getattr(record, f.name).tolist() for f in fields(record)}
    rows = zip(*columns.values(), strict=True)
    return [type(record)(**dict(zip(columns, row, strict=True))) for row in rows]


def sum_of_fields(record: "DataclassInstance") -> Number:
    """The sum of the fields of a record of numbers or arrays.  Source: definition."""
    terms: list[Number] = [getattr(record, f.name) for f in fields(record)]
    return sum(terms)
