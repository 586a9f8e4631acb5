"""The shape of a model as tables and as a document: its blocks, and what follows from them."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from frontiercost.catalogue.types import Model
from frontiercost.core.report import Cell, Table
from frontiercost.physics.blocks.block import Block
from frontiercost.physics.model_shape import Architecture, shape_of
from frontiercost.physics.shape_figures import SEQ_LEN, figures_of

FIGURES = {
    "total_params": ("Parameters", "parameter"),
    "active_params": ("Active for a token, embeddings counted", "parameter"),
    "training_flop_per_token": (f"Training, at {SEQ_LEN:,} tokens", "FLOP/token"),
    "prediction_flop_per_token": ("  and to predict further tokens", "FLOP/token"),
    "kv_bytes_per_token": ("Cache of a token in BF16, for good", "B"),
    "window_bytes_per_token": ("  and while it is in a window", "B"),
    "state_bytes": ("State of a sequence", "B"),
}


def shape_tables(model: Model) -> list[Table]:
    """Return the blocks of a model and what follows from them; none where no shape is known."""
    shape = shape_of(model)
    if shape is None:
        return []
    figures = tuple(
        (Cell(FIGURES[key][0]), Cell(value, FIGURES[key][1]))
        for key, value in figures_of(shape).items()
        if value
    )
    rows = [*_rows("", shape.blocks), *_rows("further tokens: ", _predictions(shape))]
    lists = Table("Shape", ("Blocks", "Each", "Count"), tuple(rows), texts=2, wraps=(1,))
    return [Table("What follows from its shape", ("", ""), figures), lists]


def _predictions(shape: Architecture) -> tuple[Block, ...]:
    return (*shape.prediction_mixers, *shape.prediction_feed_forwards)


def _rows(before: str, blocks: Iterable[Block]) -> Iterable[tuple[Cell, ...]]:
    for block in blocks:
        yield (
            Cell(before + _kind(block)),
            Cell(_dimensions(block)),
            Cell(float(block.count), "count"),
        )


def _dimensions(record: Any) -> str:
    """Return the fields of a block that are not as usual, in words."""
    values = ((f, getattr(record, f.name)) for f in fields(record) if f.name != "count")
    return ", ".join(_said(f.name, value) for f, value in values if value != f.default)


def _kind(block: Block) -> str:
    return type(block).__module__.rpartition(".")[2].replace("_", " ")


def _said(name: str, value: object) -> str:
    words = name.replace("_", " ")
    if isinstance(value, bool):
        return words if value else f"no {words}"
    return (
        f"{words} {value}" if isinstance(value, (int, str)) else f"{words} ({_dimensions(value)})"
    )


def shape_entry(model: Model) -> dict[str, Any] | None:
    """Return what follows from a model's shape as a document's entry."""
    shape = shape_of(model)
    if shape is None or model.shape is None:
        return None
    said = {key: model.shape.get(key, []) for key in ("assumed", "not_counted")}
    return {"name": model.name, **figures_of(shape), **said}
