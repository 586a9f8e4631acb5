"""A parallel plan: how a model and a batch are spread over the chips, and every legal way to do it.

chips = tensor x pipeline x context x data; experts live on expert x (the rest) of a stage's chips.
Source: Narayanan et al. 2021; Rajbhandari et al. 2020 (ZeRO); Liu et al. 2025 (MoE folding).
"""

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from frontiercost.core.facts import Condition, Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import Index, indexed
from frontiercost.physics.layer_load import LayerWork

RECOMPUTE = ("none", "selective", "full")
NONE, SELECTIVE, FULL = range(3)
TENSOR_WAYS = (1, 2, 4, 8, 12, 16)
WIDEST_FOR_EXPERTS = 8  # beyond, a mixture spreads its experts rather than split them
LARGEST_PIPELINE = 64
VIRTUAL_STAGES = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16)
CONTEXT_WAYS = (1, 2, 4, 8, 16, 32)
SHORTEST_PIECE = 4096  # tokens: shorter pieces are not worth passing keys around for
EXPERT_WAYS = (1, 2, 4, 8, 16, 32, 64, 128)
MICRO_BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
ZERO_STAGES = (1, 2, 3)
MASTER_AND_MOMENTS = 12  # bytes: FP32 master weight, mean and variance of Adam


@frozen(kw_only=True)
class Plan:
    """Ways of each parallelism, ZeRO stage, sequences per micro-batch and recomputation.

    recompute: 0 none, 1 norms and products, 2 everything. Fields are whole numbers or arrays.
    Source: Narayanan et al. 2021; Korthikanti et al. 2022.
    """

    tensor: Number
    pipeline: Number
    data: Number
    virtual: Number = 1
    context: Number = 1
    expert: Number = 1
    zero: Number = 1
    micro_batch: Number = 1
    recompute: Number = 0
    optimiser_bytes: Number = MASTER_AND_MOMENTS

    @property
    def chips(self) -> Number:
        """n = t p c d.  Source: definition."""
        return self.tensor * self.pipeline * self.context * self.data

    def micro_batches(self, sequences: Number) -> Number:
        """Micro-batches of the busiest replica: m = ceil(B/(d b)).  Source: definition."""
        return np.ceil(sequences / (self.data * self.micro_batch))

    def layers_of_stage(self, layers: Number) -> Number:
        """Whole layers of the fullest pipeline stage: v ceil(L/(p v)).

        Source: Narayanan et al. 2021 (interleaved stages hold whole layers).
        """
        return self.virtual * np.ceil(layers / (self.pipeline * self.virtual))

    def legal(self, sequences: Number) -> Condition:
        """Whether each replica has sequences enough for a micro-batch: d b <= B.

        Source: definition.
        """
        return self.data * self.micro_batch <= sequences

    def placed(self, kept: NDArray[np.bool_]) -> "Plan":
        """The plans of those placements alone that a mask keeps.  Source: definition."""
        columns = {f.name: getattr(self, f.name) for f in fields(self)}
        return Plan(**{name: c[kept] if np.ndim(c) > 2 else c for name, c in columns.items()})

    def __getitem__(self, index: Index) -> "Plan":
        """The plans at an index of the array that the fields make up together."""
        return indexed(self, index)


def candidate_plans(
    load: LayerWork,
    chips: int,
    sequences: int,
    scaleup_domain: float,
    fixed: Mapping[str, int] | None = None,
) -> Plan:
    """Every plan on so many chips, as one record: placements down, then micro-batches, recompute.

    t p c d = n, d <= B, p v <= L + 2 (embeddings may take a layer's place), t within the scale-up
    domain, e <= E and e | t c d, pieces of a context of 4,096 tokens at least. Fields broadcast
    to (placements, micro-batches, 3), so that what depends on the placement alone is worked out
    once for it; those with `Plan.legal` are plans.
    Tensor ways divide the heads.  Source: Narayanan et al. 2021; Liu et al. 2025.
    """
    fixed = dict(fixed or {})
    placements = _placements(load, chips, sequences, scaleup_domain, fixed)
    columns = {name: column[:, None, None].astype(float) for name, column in placements.items()}
    micro_batches = _ways(fixed, "micro_batch", _micro_batches(sequences))
    recompute = _ways(fixed, "recompute", (NONE, SELECTIVE, FULL))
    return Plan(
        **columns,
        micro_batch=np.array(micro_batches, float)[:, None],
        recompute=np.array(recompute, float),
        optimiser_bytes=fixed.get("optimiser_bytes", MASTER_AND_MOMENTS),
    )


def _placements(
    load: LayerWork, chips: int, sequences: int, scaleup_domain: float, fixed: Mapping[str, int]
) -> "dict[str, NDArray[np.int64]]":
    """Every way to spread the model and its states, one to a row."""
    grid = _Grid()
    grid.cross("tensor", _ways(fixed, "tensor", _tensor_ways(load, scaleup_domain)))
    grid.cross("pipeline", _ways(fixed, "pipeline", _divisors(chips, LARGEST_PIPELINE)))
    grid.keep(grid["pipeline"] <= load.layers)
    grid.cross("context", _ways(fixed, "context", _context_ways(float(load.seq_len))))
    model_ways = grid["tensor"] * grid["pipeline"] * grid["context"]
    grid.keep(chips % model_ways == 0)
    grid.set("data", chips // (grid["tensor"] * grid["pipeline"] * grid["context"]))
    grid.keep((grid["data"] <= sequences) & (grid["data"] == fixed.get("data", grid["data"])))
    grid.cross("virtual", _ways(fixed, "virtual", VIRTUAL_STAGES))
    grid.keep(_whole_stages(grid, float(load.layers)) | ("virtual" in fixed))
    grid.cross("expert", _ways(fixed, "expert", _expert_ways(float(load.experts))))
    stage_chips = grid["tensor"] * grid["context"] * grid["data"]
    grid.keep(stage_chips % grid["expert"] == 0)
    grid.cross("zero", _ways(fixed, "zero", ZERO_STAGES))
    grid.keep((grid["zero"] < 3) | (grid["pipeline"] == 1) | ("zero" in fixed))
    return grid.columns


class _Grid:
    """Columns of equal length that grow by crossing and shrink by keeping."""

    def __init__(self) -> None:
        self.columns: dict[str, NDArray[np.int64]] = {}

    def __getitem__(self, name: str) -> NDArray[np.int64]:
        return self.columns[name]

    def cross(self, name: str, values: tuple[int, ...]) -> None:
        """Repeat every row for each of the values."""
        size = len(next(iter(self.columns.values()))) if self.columns else 1
        self.columns = {key: np.repeat(old, len(values)) for key, old in self.columns.items()}
        self.columns[name] = np.tile(np.array(values, np.int64), size)

    def set(self, name: str, column: NDArray[np.int64]) -> None:
        """Add a column that follows from the others."""
        self.columns[name] = column

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Drop the rows outside the mask."""
        self.columns = {key: column[mask] for key, column in self.columns.items()}


def _ways(fixed: Mapping[str, int], name: str, usual: tuple[int, ...]) -> tuple[int, ...]:
    return (int(fixed[name]),) if name in fixed else usual


def _tensor_ways(load: LayerWork, domain: float) -> tuple[int, ...]:
    widest = min(domain, WIDEST_FOR_EXPERTS) if load.experts > 1 else domain
    heads = int(load.heads)
    return tuple(ways for ways in TENSOR_WAYS if ways <= max(widest, 1) and heads % ways == 0)


def _divisors(chips: int, largest: int) -> tuple[int, ...]:
    return tuple(p for p in range(1, min(chips, largest) + 1) if chips % p == 0)


def _context_ways(seq_len: float) -> tuple[int, ...]:
    return tuple(ways for ways in CONTEXT_WAYS if ways == 1 or seq_len / ways >= SHORTEST_PIECE)


def _micro_batches(sequences: int) -> tuple[int, ...]:
    """The usual sizes and those that divide the batch."""
    return tuple(sorted({*MICRO_BATCHES, *_divisors(sequences, max(MICRO_BATCHES))}))


def _expert_ways(experts: float) -> tuple[int, ...]:
    return tuple(ways for ways in EXPERT_WAYS if ways <= experts)


def _whole_stages(grid: _Grid, layers: float) -> NDArray[np.bool_]:
    """Whether the layers, with or without places for the embeddings, divide into equal stages."""
    stages = grid["pipeline"] * grid["virtual"]
    divides = (layers % stages == 0) | ((layers + 1) % stages == 0) | ((layers + 2) % stages == 0)
    alone = (grid["pipeline"] > 1) | (grid["virtual"] == 1)
    roomy = (grid["virtual"] == 1) & (layers >= 2 * stages)
    return np.asarray(alone & (divides | roomy))
