"""The blocks of a configuration that predict further tokens while training."""

from collections.abc import Mapping, Sequence
from typing import Any

from frontiercost.scenario.model_config.blocks import Entry
from frontiercost.scenario.model_config.keys import Keys

ATTENTION = "attention"


def prediction_of(
    keys: Keys, family: Mapping[str, Any], mixers: Sequence[Entry], feed_forwards: Sequence[Entry]
) -> dict[str, list[Entry]]:
    """Return the lists of a shape for further tokens: a layer like the last one for each of them.

    Its mixer is the last that attends; a class may keep its feed-forward dense.
    """
    depth = keys.whole("prediction_depth", 0, least=0)
    attending = [entry for entry in mixers if ATTENTION in entry["kind"]]
    if not depth or not attending:
        return {}
    own = [entry for entry in feed_forwards if entry["count"] == 1]
    if family.get("dense_prediction"):
        own = [entry for entry in own if entry["kind"] == "dense"] or own
    lists = {"prediction_mixers": attending[-1:], "prediction_feed_forwards": own[-1:]}
    return {key: [{**entry, "count": depth} for entry in entries] for key, entries in lists.items()}
