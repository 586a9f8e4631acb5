"""What an answer says of a shape that somebody brought along: counts, cache, what is unsure."""

from collections.abc import Iterator, Mapping

from frontiercost.core.number_format import format_quantity
from frontiercost.physics.model_shape import Architecture
from frontiercost.physics.shape_figures import figures_of

KEPT = {
    "kv_bytes_per_token": "kept of each token",
    "window_bytes_per_token": "of each token while it is in a window",
    "state_bytes": "of states a sequence",
}
MOST_SAID = 6


def said_of(shape: Architecture, entry: Mapping[str, object]) -> Iterator[str]:
    """Yield notes on a shape of one's own; `entry` is its table."""
    figures = figures_of(shape)
    parts = [
        format_quantity(figures["total_params"], "parameter"),
        format_quantity(figures["active_params"], "parameter").replace("parameters", "active"),
        *(f"{format_quantity(figures[k], 'B')} {words}" for k, words in KEPT.items() if figures[k]),
    ]
    yield f"shape of {entry.get('at') or 'its own'}: {', '.join(parts)}, the cache in BF16"
    if entry.get("note"):
        yield str(entry["note"])
    for key, words in (("assumed", "taken from the model's class"), ("not_counted", "not counted")):
        values = entry.get(key)
        if isinstance(values, list) and values:
            more = f" and {len(values) - MOST_SAID} more" if len(values) > MOST_SAID else ""
            yield f"{words}: {', '.join(map(str, values[:MOST_SAID]))}{more}"
