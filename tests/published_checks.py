"""Published numeric vectors: inputs, the value they must give, and within what."""

import csv
import json
import math
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

TABLE = Path(__file__).parent / "vectors" / "checks.csv"


@dataclass(frozen=True)
class Check:
    """One row of checks.csv."""

    id: str
    area: str
    quantity: str
    inputs: dict
    expected: object


def checks(*areas, ids=()):
    """Return the rows of these areas and those with these ids."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [_check(row) for row in rows if row["area"] in areas or row["id"] in ids]


def _check(row):
    value, tolerance = row["expected"], float(row["rel_tolerance"])
    return Check(
        id=row["id"],
        area=row["area"],
        quantity=row["quantity"],
        inputs=json.loads(row["inputs(json)"]),
        expected=pytest.approx(float(value), rel=tolerance, abs=_printing_error(row)),
    )


def _printing_error(row):
    """Half a unit of the last printed digit, for values that are exact but for their printing."""
    exact = row["note"].startswith("exact arithmetic")
    return 0.5 * 10.0 ** Decimal(row["expected"]).as_tuple().exponent if exact else 0.0


def crossing(rising, level, low, high):
    """Where a function that rises from low to high passes a level, by bisection of logarithms."""
    for _ in range(100):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if rising(middle) >= level else (middle, high)
    return high


def lowest(function, low, high):
    """Where a function with one valley is lowest, by thirds of the logarithm."""
    for _ in range(100):
        third = (high / low) ** (1 / 3)
        left, right = low * third, high / third
        low, high = (low, right) if function(left) < function(right) else (left, high)
    return math.sqrt(low * high)
