"""Who can afford which path, as the document."""

from collections.abc import Sequence
from typing import Any

from frontiercost.document import envelope
from frontiercost.document.numbers import interval
from frontiercost.paths import TYPICAL, Comparer, Path, Row
from frontiercost.reach import Compared, top_share, whens
from frontiercost.report import Sentence


def of_paths(found: Compared, notes: Sequence[Sentence]) -> dict[str, Any]:
    """Return who can afford which path, and when, as the document."""
    comparer, paths, years = found.comparer, found.paths, found.years
    path = next((path for path in paths if path.frontier), paths[0])
    return {
        **envelope(comparer.catalogue.edition, "compare"),
        "seed": comparer.draws.seed,
        "draws": comparer.draws.count,
        "paths": {
            "frontier": comparer.frontier,
            "date": comparer.date,
            "levels": [_level(comparer, path) for path in paths],
            "actors": [_row(row) for row in found.rows],
            "without_levers": [_row(row) for row in found.before],
            "near_frontier": sorted(found.near.any_path),
            "near_frontier_without_open_weights": sorted(found.near.without_open),
            "counted": len(found.money),
            "top_five_money_share": top_share(found.money),
            "when": [_when(comparer, row, path, years) for row in found.rows] if years else [],
            "notes": ["".join(map(str, note)) for note in notes],
        },
    }


def _level(comparer: Comparer, path: Path) -> dict[str, Any]:
    found, level = comparer.cost(path, TYPICAL), comparer.level(path, TYPICAL)
    return {
        "path": path.name,
        "cost_usd": None if isinstance(found, str) else interval(comparer, found[0]),
        "index": interval(comparer, level.index) if level else None,
        "months_behind": interval(comparer, level.months_behind) if level else None,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "actors": [actor.name for actor in row.actors],
        "category": row.actors[0].category,
        "cells": [
            {
                "path": cell.path.name,
                "word": cell.word,
                "probability_affordable": cell.probability,
                "multiple": cell.multiple,
                "reason": cell.reason or None,
            }
            for cell in row.cells
        ],
    }


def _when(comparer: Comparer, row: Row, path: Path, years: Sequence[int]) -> dict[str, Any]:
    found = whens(comparer, row, path, years)
    dates = {
        key: {
            "low": found[key].low,
            "median": found[key].median,
            "high": found[key].high,
            "probability_never": found[key].never,
        }
        for key in ("level", "frontier", "past")
    }
    chances = dict(zip(map(str, years), found["chances"], strict=True))
    return {"actors": [actor.name for actor in row.actors], **dates, "probability_by_year": chances}
