"""From the keys of a configuration to the entries of its feed-forwards."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from frontiercost.core.errors import InputError
from frontiercost.scenario.model_config.blocks import Entry, block_config, switched
from frontiercost.scenario.model_config.keys import Keys
from frontiercost.scenario.model_config.layers import Layers

USUAL_RATIO = 4
"""Of width to hidden, where a file gives none: GPT-2 and its heirs."""


def feed_forwards_of(keys: Keys, family: Mapping[str, Any], layers: Layers) -> Iterator[Entry]:
    """Yield an entry for each feed-forward, in order, each of count 1."""
    norms = family.get("norms", (1, 1))[1]
    for place, word in enumerate(layers.feed_forwards):
        if keys.has("block_configs"):
            entries = _searched(keys, family, place)
        elif word == "moe":
            entries = _mixtures(keys, family, place, len(layers.feed_forwards))
        else:
            entries = _dense(keys, family, place, len(layers.feed_forwards))
        for entry in entries:
            yield {"count": 1, "norms": norms, **entry}
    yield from _beside(keys, family, layers)


def _dense(keys: Keys, family: Mapping[str, Any], place: int, layers: int) -> Iterator[Entry]:
    width = _dense_width(keys, family, place, layers)
    if width:
        yield _block(keys, family, width)


def _block(keys: Keys, family: Mapping[str, Any], width: int) -> Entry:
    products = family.get("products", 3)
    return {
        "kind": "dense",
        "width": width,
        "products": products,
        "bias": switched(keys, family, "ffn_bias"),
    }


def _dense_width(keys: Keys, family: Mapping[str, Any], place: int, layers: int) -> int:
    """Return the width of a dense block by the key of its own, else the usual one."""
    hidden = keys.whole("hidden")
    if family.get("width_key") and keys.has(family["width_key"]):
        return keys.whole(family["width_key"], least=0)
    if keys.has("ffn_proj_factor"):
        return rounded_up(
            keys.number("ffn_proj_factor", 1) * hidden, keys.whole("ffn_round_up_to_multiple_of", 1)
        )
    usual = int(
        USUAL_RATIO * hidden
        if not keys.has("expansion_ratio")
        else keys.number("expansion_ratio", USUAL_RATIO) * hidden
    )
    width = keys.per_layer("ffn", layers, usual)[place]
    if keys.flag("block_auto_adjust_ff_dim"):
        scaled = int(keys.number("block_ffn_dim_multiplier", 1.0) * int(2 * width / 3))
        return rounded_up(scaled, keys.whole("block_multiple_of", 1))
    if family.get("ffn_halves"):
        return width // 2
    first_shared = layers - keys.whole("num_kv_shared_layers", 0, least=0)
    return width * 2 if keys.flag("use_double_wide_mlp") and place >= first_shared else width


def rounded_up(width: float, step: int) -> int:
    """Return a width rounded up to a multiple."""
    return step * ceil(width / step)


def _searched(keys: Keys, family: Mapping[str, Any], place: int) -> Iterator[Entry]:
    """Yield what a search left of a layer's feed-forward: none, or one of another width."""
    layer = block_config(keys, place, "ffn", "a block")
    if layer is None:
        return
    ratio = layer.get("ffn_mult")
    if not isinstance(ratio, (int, float)) or not 0 < ratio < 1000:
        raise InputError(f"{keys.where}: block_configs: ffn_mult must be a number above 0")
    width = int(2 * ratio * keys.whole("hidden") / 3)
    yield _block(keys, family, rounded_up(width, 256))


def _mixtures(keys: Keys, family: Mapping[str, Any], place: int, layers: int) -> Iterator[Entry]:
    experts, hidden = keys.whole("experts"), keys.whole("hidden")
    per_token = keys.per_layer("topk", layers)[place]
    if per_token > experts:
        raise InputError(
            f"{keys.where}: {per_token} experts per token are more than {experts} experts"
        )
    name = "expert_width" if keys.has("expert_width") else "ffn"
    width = keys.per_layer(name, layers, USUAL_RATIO * hidden)[place]
    beside = (
        keys.per_layer(family["dense_beside"], layers)[place] if "dense_beside" in family else 0
    )
    yield {
        "kind": "mixture",
        "experts": experts,
        "experts_per_token": per_token,
        "width": width,
        "shared_width": _shared_width(keys, family, width, place, layers) + beside,
        "products": family.get("products", 3),
        "latent": keys.whole("expert_latent", 0, least=0),
        "zero_experts": keys.whole("zero_expert_num", 0, least=0),
        "shared_gate": bool(family.get("shared_gate")),
        "bias": bool(family.get("moe_bias")),
    }


def _shared_width(
    keys: Keys, family: Mapping[str, Any], width: int, place: int, layers: int
) -> int:
    """Return the summed width of the experts that work for every token."""
    count = keys.per_layer("shared_experts", layers, family.get("shared_experts", 0))[place]
    own = keys.whole("shared_width", 0, least=0)
    return own * max(count, 1) if own else count * width


def _beside(keys: Keys, family: Mapping[str, Any], layers: Layers) -> Iterator[Entry]:
    """Yield the blocks that stand beside the layers' own: shared ones, and those of small models.

    Blocks with look-ups of their own in every layer read them through a gate and a projection.
    """
    hybrid = layers.mixers.count("hybrid")
    if hybrid and family.get("shared") == "hybrid":
        rank = keys.whole("adapter_rank", 0, least=0)
        block = _block(keys, family, keys.whole("ffn"))
        copies = keys.whole("num_mem_blocks", 1)
        yield {"count": hybrid, "copies": copies, "adapter_rank": rank, **block}
    narrow = keys.whole("hidden_size_per_layer_input", 0, least=0)
    count = len(layers.feed_forwards)
    if narrow:
        yield {"count": count, "kind": "dense", "width": narrow, "products": 3}
    if keys.whole("laurel_rank", 0, least=0):
        rank = keys.whole("laurel_rank")
        yield {"count": count, "kind": "dense", "width": rank, "products": 2}
    streams = keys.whole("altup_num_inputs", 1)
    if streams > 1:
        hidden = keys.whole("hidden")
        yield {"count": streams - 1, "kind": "dense", "width": hidden, "products": 2, "norms": 0}
