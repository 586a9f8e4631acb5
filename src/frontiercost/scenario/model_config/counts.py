"""A shape against the counts that are known of its model: typed ones, and those of its files."""

from frontiercost.core.errors import InputError
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity
from frontiercost.physics.model_shape import (
    CLOSE,
    Architecture,
    active_params,
    head_params,
    total_params,
)
from frontiercost.scenario.model_config.files import WeightsIndex
from frontiercost.scenario.model_config.keys import Keys

BYTES = {"float32": 4.0, "float64": 8.0}
"""Of a parameter, by the format a file names; any other takes 2."""
FAR = 0.2
"""Apart from which the files of a known class cannot be of this shape."""


def stored_params(index: WeightsIndex | None, keys: Keys) -> float | None:
    """Return how many parameters an index tells of, itself or by its bytes; None if it cannot."""
    if index is None or index.total_params is not None:
        return index.total_params if index else None
    size = BYTES.get(str(keys.value("stored_format")).removeprefix("torch."), 2.0)
    return None if keys.has("quantization_config") else index.total_bytes / size


@frozen
class Counts:
    """What is known of a model's parameters besides its shape."""

    total: float | None
    active: float | None
    stored: float | None
    """In the files of the weights, which may hold more than the language model."""
    partial: bool
    """Whether a part of the model, such as a vision tower, is not in the shape."""

    @property
    def any(self) -> bool:
        """Whether one of the counts is of the whole model."""
        return self.total is not None or self.stored is not None

    def compared(self, where: str, shape: Architecture, *, known: bool) -> str:
        """Return what is to be said of a difference; raise InputError where it is too large.

        Typed counts agree within 2 %, and so does the index where the class is not `known`. Files
        of a known class may hold a tied head twice, prediction blocks, buffers and scales.
        """
        ours = total_params(shape)
        if self.total is not None:
            _check(f"{where}: its shape has", ours, "--params says", self.total, CLOSE)
        if self.active is not None:
            active = active_params(shape)
            _check(f"{where}: its shape has active", active, "--active-params", self.active, CLOSE)
        if self.stored is None or self._explained(shape, self.stored):
            return ""
        limit, theirs = (FAR if known else CLOSE), "the index beside it says"
        _check(f"{where}: its shape has", ours, theirs, self.stored, limit)
        return f"{theirs} {format_quantity(self.stored, 'parameter')}, more than 2% apart"

    def _explained(self, shape: Architecture, stored: float) -> bool:
        """Whether the files hold the model, with or without what comes beside it."""
        ours, more = total_params(shape), (prediction_params(shape), head_params(shape))
        sums = (ours, ours + more[0], ours + more[1], ours + sum(more))
        near = any(abs(count - stored) <= CLOSE * stored for count in sums)
        return near or (self.partial and stored > ours)


def prediction_params(shape: Architecture) -> int:
    """Return the parameters of the blocks that predict further tokens, projections included."""
    hidden = shape.hidden
    blocks = (*shape.prediction_mixers, *shape.prediction_feed_forwards)
    inner = sum(block.count * (block.matrices(hidden) + block.vectors(hidden)) for block in blocks)
    return inner + shape.prediction_blocks * (2 * hidden**2 + 3 * hidden)


def _check(ours: str, our_count: float, theirs: str, their_count: float, most: float) -> None:
    if abs(our_count / their_count - 1) > most:
        raise InputError(
            f"{ours} {format_quantity(our_count, 'parameter')}, {theirs} "
            f"{format_quantity(their_count, 'parameter')}: more than {100 * most:.0f}% apart"
        )
