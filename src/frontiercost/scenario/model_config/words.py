"""What an answer says of a shape that somebody brought along: counts, cache, what is unsure."""

from collections.abc import Iterator, Mapping

from frontiercost.core.number_format import format_quantity
from frontiercost.physics.model_shape import Architecture, active_params, total_params
from frontiercost.physics.token_flop import kv_elements_full, kv_elements_local, state_bytes

CACHE_BYTES = 2
"""Of an element in BF16."""
MOST_SAID = 6


def said_of(shape: Architecture, entry: Mapping[str, object]) -> Iterator[str]:
    """Yield notes on a shape of one's own; `entry` is its table."""
    kept = {
        "kept of each token": CACHE_BYTES * kv_elements_full(shape),
        "of each token in a window": CACHE_BYTES * kv_elements_local(shape),
        "a sequence in states": state_bytes(shape),
    }
    parts = [
        format_quantity(total_params(shape), "parameter"),
        f"{format_quantity(active_params(shape), 'parameter')} active",
        *(f"{format_quantity(size, 'B')} {words}" for words, size in kept.items() if size),
    ]
    yield f"shape of {entry.get('at') or 'its own'}: {', '.join(parts)}, the cache in BF16"
    for key, words in (("assumed", "taken from the model's class"), ("not_counted", "not counted")):
        values = entry.get(key)
        if isinstance(values, list) and values:
            more = f" and {len(values) - MOST_SAID} more" if len(values) > MOST_SAID else ""
            yield f"{words}: {', '.join(map(str, values[:MOST_SAID]))}{more}"
