"""What follows from a shape, at one sequence length and in one number format, for whoever compares.

Source: the formulas of `model_shape` and `token_flop`.
"""

from frontiercost.physics.model_shape import Architecture, active_params, total_params
from frontiercost.physics.token_flop import (
    kv_elements_full,
    kv_elements_local,
    prediction_flop_per_token,
    state_bytes,
    training_flop_per_token,
)

SEQ_LEN = 8192
CACHE_BYTES = 2  # of an element in BF16


def figures_of(shape: Architecture) -> dict[str, float]:
    """Parameters, FLOP of a training token at 8,192, bytes kept of a sequence in BF16, by key.

    Embeddings count as active; what predicts further tokens stands apart.  Source: definition.
    """
    predicted = float(prediction_flop_per_token(shape, SEQ_LEN))
    return {
        "total_params": total_params(shape),
        "active_params": active_params(shape),
        "training_flop_per_token": float(training_flop_per_token(shape, SEQ_LEN)) - predicted,
        "prediction_flop_per_token": predicted,
        "kv_bytes_per_token": CACHE_BYTES * kv_elements_full(shape),
        "window_bytes_per_token": CACHE_BYTES * kv_elements_local(shape),
        "state_bytes": state_bytes(shape),
    }
