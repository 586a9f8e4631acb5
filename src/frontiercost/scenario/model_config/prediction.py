"""The blocks of a configuration that predict further tokens while training."""

from collections.abc import Mapping, Sequence
from typing import Any

from frontiercost.scenario.model_config.blocks import Entry
from frontiercost.scenario.model_config.keys import Keys
from frontiercost.scenario.model_config.layers import FEED_FORWARDS, letters_of, words_of

LETTERS = "mtp_hybrid_override_pattern"
LIST = "mtp_layers_block_type"
USUAL = ("full", "")
KINDS = {"full": "attention", "dense": "dense", "moe": "mixture"}
"""What the kind of a block is called, by the word for a layer of it; of others, any."""


def prediction_of(
    keys: Keys,
    family: Mapping[str, Any],
    words: Mapping[str, str],
    mixers: Sequence[Entry],
    feed_forwards: Sequence[Entry],
) -> dict[str, list[Entry]]:
    """Return the lists of a shape for further tokens: for each the last blocks of some kinds.

    They are attention and the last feed-forward, unless a key says otherwise; a class may keep its
    feed-forward dense.
    """
    depth = keys.whole("prediction_depth", 0, least=0)
    if not depth:
        return {}
    listed = words_of(keys, LIST, keys.listed(LIST) or (), words)
    kinds = letters_of(keys, LETTERS, words) or listed or USUAL
    own = [entry for entry in feed_forwards if entry["count"] == 1]
    lists: dict[str, list[Entry]] = {"prediction_mixers": [], "prediction_feed_forwards": []}
    for word in kinds:
        of_tokens = word in FEED_FORWARDS or not word
        kind = "dense" if of_tokens and family.get("dense_prediction") else KINDS.get(word, "")
        entries = own if of_tokens else mixers
        like_blocks = [entry for entry in entries if kind in entry["kind"]] or list(entries)
        name = "prediction_feed_forwards" if of_tokens else "prediction_mixers"
        lists[name] += [{**entry, "count": depth} for entry in like_blocks[-1:]]
    return lists if lists["prediction_mixers"] else {}
