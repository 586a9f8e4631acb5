"""From the keys of a configuration to the entries of a shape: one function for a kind of layer."""

from collections.abc import Callable, Iterator, Mapping
from math import ceil
from typing import Any

from frontiercost.core.errors import InputError
from frontiercost.scenario.model_config.keys import Keys
from frontiercost.scenario.model_config.layers import Layers

Entry = dict[str, Any]


def mixers_of(keys: Keys, family: Mapping[str, Any], layers: Layers) -> Iterator[Entry]:
    """Yield an entry for each mixer, in order, each of count 1."""
    norms = family.get("norms", (1, 1))[0]
    own_caches = _own_caches(keys, len(layers.mixers))
    for place, word in enumerate(layers.mixers):
        kind, _, dimension = word.partition(" ")
        mixer = family.get("linear", kind) if kind == "linear" else kind
        if mixer not in MIXERS:
            raise InputError(f"{keys.where}: this class has no {kind} layer that mixes tokens")
        for entry in MIXERS[mixer](keys, family, place, dimension):
            if not own_caches[place]:
                entry["own_cache"] = False
            yield {"count": 1, "norms": norms, **entry}


def _own_caches(keys: Keys, count: int) -> list[bool]:
    """Whether each layer writes keys and values, or reads those of the last one that does.

    The last layers of a model read (Gemma 3n), or all but the first of each group (Hunyuan).
    """
    last = count - keys.whole("num_kv_shared_layers", 0, least=0)
    group = keys.whole("cla_share_factor", 1) if keys.flag("use_cla") else 1
    return [place < last and place % group == 0 for place in range(count)]


# --- attention ------------------------------------------------------------------------------------


def _full(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    if keys.has("kv_lora_rank"):
        yield _latent(keys, family, place)
    else:
        attention = _attention(keys, family, _heads(keys, place), local=False)
        yield attention | {"indexer": _block_sparse(keys, place)}


def _local(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    window = {"window": keys.whole("window")}
    yield _attention(keys, family, _heads(keys, place), local=True) | window


def _chunked(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    chunk = {"window": keys.whole("attention_chunk_size"), "chunked": True}
    yield _attention(keys, family, _heads(keys, place), local=True) | chunk


def _heads(keys: Keys, place: int) -> int:
    per_layer = keys.listed("num_attention_heads_per_layer")
    if per_layer and place < len(per_layer):
        return keys.checked("num_attention_heads_per_layer", per_layer[place])
    return keys.whole("heads")


def _attention(keys: Keys, family: Mapping[str, Any], heads: int, *, local: bool) -> Entry:
    """Grouped-query attention; local layers may have widths of their own, and so may full ones."""
    if local:
        heads = keys.whole("swa_num_attention_heads", heads)
        kv_heads = keys.whole("swa_num_key_value_heads", _kv_heads(keys, heads))
        head_dim = keys.whole("swa_head_dim", _head_dim(keys))
        value_dim = keys.whole("swa_v_head_dim", _value_dim(keys, head_dim))
        shared = False
    else:
        kv_heads = keys.whole("num_global_key_value_heads", _kv_heads(keys, heads))
        head_dim = keys.whole("global_head_dim", _head_dim(keys))
        value_dim = _value_dim(keys, head_dim)
        shared = keys.flag("attention_k_eq_v")
    _check_heads(keys, heads, kv_heads)
    normed = not family.get("qk_norm_if") or keys.flag(family["qk_norm_if"])
    return {
        "kind": "attention",
        "heads": heads,
        "kv_heads": kv_heads,
        "head_dim": head_dim,
        "v_head_dim": value_dim if value_dim != head_dim else 0,
        "key_is_value": shared,
        "output_gate": _output_gate(keys, family),
        "qkv_bias": switched(keys, family, "qkv_bias"),
        "output_bias": switched(keys, family, "output_bias"),
        "qk_norm": family.get("qk_norm", "") if normed else "",
        "sinks": family.get("sinks") in ((True, "local") if local else (True,)),
    }


def _output_gate(keys: Keys, family: Mapping[str, Any]) -> str:
    """Return the gate of the output: that of the class, unless the file has one or none."""
    of_class = str(family.get("output_gate", ""))
    is_gated = keys.flag("gated_output", bool(of_class))
    return (of_class or "full") if is_gated else ""


def switched(keys: Keys, family: Mapping[str, Any], name: str) -> bool:
    """Return what a class has always, or by a key of the file."""
    setting = family.get(name, False)
    return setting if isinstance(setting, bool) else keys.flag(setting)


def _kv_heads(keys: Keys, heads: int) -> int:
    """Return the key-value heads: given, one where all queries share them, else as many."""
    if keys.value("multi_query_attention") is False:
        return heads
    if keys.has("multi_query") and not keys.flag("new_decoder_architecture"):
        return 1 if keys.flag("multi_query") else heads
    return keys.whole("kv_heads", heads)


def _head_dim(keys: Keys) -> int:
    """Return the width of a head: given, else hidden / heads."""
    if keys.has("head_dim"):
        return keys.whole("head_dim")
    hidden, heads = keys.whole("hidden"), keys.whole("heads")
    if hidden % heads:
        raise InputError(
            f"{keys.where}: hidden size {hidden} is no multiple of {heads} heads; give head_dim"
        )
    return hidden // heads


def _value_dim(keys: Keys, head_dim: int) -> int:
    return keys.whole("v_head_dim", head_dim)


def _check_heads(keys: Keys, heads: int, kv_heads: int) -> None:
    if kv_heads > heads:
        raise InputError(f"{keys.where}: {kv_heads} key-value heads are more than {heads} heads")
    if heads % kv_heads:
        raise InputError(
            f"{keys.where}: {heads} heads are no multiple of {kv_heads} key-value heads"
        )


def _block_sparse(keys: Keys, place: int) -> Entry | None:
    """Return the indexer of attention that reads only the best blocks of tokens."""
    layers = keys.listed("sparse_layers") or [1] * (place + 1)
    if not keys.has("sparse_blocks") or place >= len(layers) or not layers[place]:
        return None
    return {
        "heads": keys.whole("sparse_heads"),
        "dim": keys.whole("sparse_dim"),
        "topk": keys.whole("sparse_blocks") * keys.whole("sparse_block_size"),
    }


def _latent(keys: Keys, family: Mapping[str, Any], place: int) -> Entry:
    return {
        "kind": "latent-attention",
        "heads": _heads(keys, place),
        "q_rank": keys.whole("q_lora_rank", 0, least=0),
        "kv_rank": keys.whole("kv_lora_rank"),
        "nope_dim": keys.whole("qk_nope_head_dim"),
        "rope_dim": keys.whole("qk_rope_head_dim"),
        "v_head_dim": keys.whole("v_head_dim"),
        "output_gate": _output_gate(keys, family),
        "indexer": _indexer(keys, place),
    }


def _indexer(keys: Keys, place: int) -> Entry | None:
    """Return the layer's own indexer, or the use of an earlier layer's choice."""
    if not keys.has("index_topk"):
        return None
    kinds, topk = keys.listed("indexer_types"), keys.whole("index_topk")
    if kinds and place < len(kinds) and kinds[place] == "shared":
        return {"topk": topk}
    return {"heads": keys.whole("index_n_heads"), "dim": keys.whole("index_head_dim"), "topk": topk}


def _compressed(keys: Keys, family: Mapping[str, Any], place: int, ratio: str) -> Iterator[Entry]:
    compression = int(ratio)
    indexed = compression and compression < keys.whole("overlapping_below", 16)
    yield {
        "kind": "compressed-attention",
        "heads": _heads(keys, place),
        "head_dim": keys.whole("head_dim"),
        "q_rank": keys.whole("q_lora_rank"),
        "o_rank": keys.whole("o_lora_rank"),
        "o_groups": keys.whole("o_groups"),
        "window": keys.whole("window"),
        "compression": compression,
        "indexer": _indexer(keys, place) if indexed else None,
    }


def _searched(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    """Yield what a search left of attention in a layer: none, a matrix, or fewer heads."""
    layer = block_config(keys, place, "attention", "attention")
    if layer is None:
        return
    heads = keys.whole("heads")
    group = keys.checked("n_heads_in_group", layer.get("n_heads_in_group", 1))
    entry = _attention(keys, family, heads, local=False)
    _check_heads(keys, heads, max(heads // group, 1))
    yield entry | {"kv_heads": max(heads // group, 1)}


def block_config(keys: Keys, place: int, part: str, words: str) -> Mapping[str, Any] | None:
    """Return what `block_configs` says of a part of a layer, None where a search left none.

    Raises InputError for a part, by these words, that a matrix replaces.
    """
    configs = keys.listed("block_configs") or []
    layer = configs[place] if place < len(configs) else {}
    config = (layer.get(part) or {}) if isinstance(layer, Mapping) else None
    if not isinstance(config, Mapping):
        raise InputError(f"{keys.where}: block_configs must hold tables")
    if config.get("no_op"):
        return None
    if config.get("replace_with_linear"):
        raise InputError(f"{keys.where}: block_configs: {words} replaced by a matrix is not read")
    return config


# --- recurrences ----------------------------------------------------------------------------------


def _gated_delta(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    yield {
        "kind": "gated-delta",
        "key_heads": keys.whole("linear_num_key_heads"),
        "value_heads": keys.whole("linear_num_value_heads"),
        "key_dim": keys.whole("linear_key_head_dim"),
        "value_dim": keys.whole("linear_value_head_dim"),
        "convolution": keys.whole("linear_convolution"),
    }


def _kimi_delta(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    yield {
        "kind": "kimi-delta",
        "heads": keys.whole("linear_heads"),
        "head_dim": keys.whole("linear_head_dim"),
        "convolution": keys.whole("linear_convolution"),
        "full_decay": bool(family.get("full_gates")),
        "full_gate": bool(family.get("full_gates")) or keys.flag("use_full_rank_gate"),
    }


def _lightning(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    yield {"kind": "lightning", "heads": keys.whole("heads"), "head_dim": _head_dim(keys)}


def _mamba_1(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    hidden = keys.whole("hidden")
    channels = keys.whole("mamba_expand", 2) * hidden
    if family.get("channels_key"):
        channels = keys.whole(family["channels_key"], channels)
    rank = keys.value("mamba_rank")
    yield {
        "kind": "mamba-1",
        "channels": channels,
        "state": keys.whole("mamba_state"),
        "rank": ceil(hidden / 16) if rank in (None, "auto") else keys.whole("mamba_rank"),
        "convolution": keys.whole("mamba_convolution"),
        "inner_norms": switched(keys, family, "mamba_norm"),
    }


def _mamba_2(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    heads = keys.whole("mamba_heads")
    inner = keys.value("mamba_d_ssm") or keys.whole("mamba_expand", 2) * keys.whole("hidden")
    auto = keys.value("mamba_head_dim") in (None, "auto")
    yield {
        "kind": "mamba-2",
        "heads": heads,
        "head_dim": inner // heads if auto else keys.whole("mamba_head_dim"),
        "state": keys.whole("mamba_state"),
        "groups": keys.whole("mamba_groups", 1),
        "convolution": keys.whole("mamba_convolution"),
        "gated_norm": switched(keys, family, "mamba_norm"),
    }


def _short_convolution(
    keys: Keys, family: Mapping[str, Any], place: int, _: str
) -> Iterator[Entry]:
    hidden = keys.whole("hidden")
    yield {"kind": "short-convolution", "channels": hidden, "taps": keys.whole("conv_L_cache")}


def _rg_lru(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    yield {
        "kind": "rg-lru",
        "channels": keys.whole("lru_width", keys.whole("hidden")),
        "heads": keys.whole("heads"),
        "convolution": keys.whole("conv1d_width"),
    }


def _mlstm(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    hidden, heads = keys.whole("hidden"), keys.whole("heads")
    yield {
        "kind": "mlstm",
        "heads": heads,
        "key_dim": int(hidden * keys.number("qk_dim_factor", 0.5)) // heads,
        "value_dim": int(hidden * keys.number("v_dim_factor", 1.0)) // heads,
    }


def _rwkv(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    yield {"kind": "rwkv", "channels": keys.whole("attention_hidden_size", keys.whole("hidden"))}


# --- layers of several mixers ---------------------------------------------------------------------


def _parallel(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    """Yield attention and a state-space layer that work on the same input; one norm for both."""
    yield from _full(keys, family, place, "")
    yield from ({**entry, "norms": 0} for entry in _mamba_2(keys, family, place, ""))


def _hybrid(keys: Keys, family: Mapping[str, Any], place: int, _: str) -> Iterator[Entry]:
    """Yield a state-space layer and attention whose weights few blocks share.

    It reads the input and the embedding side by side, and each use has a projection of its own.
    """
    if family.get("parallel_mixers"):
        yield from _parallel(keys, family, place, "")
        return
    if "linear" not in family:
        raise InputError(f"{keys.where}: this class has no hybrid layer")
    yield from MIXERS[family["linear"]](keys, family, place, "")
    wide, heads = 2 * keys.whole("hidden"), keys.whole("heads")
    adapted = keys.flag("use_shared_attention_adapter")
    yield {
        "kind": "attention",
        "heads": heads,
        "kv_heads": keys.whole("kv_heads", heads),
        "head_dim": keys.whole("head_dim", wide // heads),
        "input_width": wide,
        "copies": keys.whole("num_mem_blocks", 1),
        "use_projection": True,
        "adapter_rank": keys.whole("adapter_rank", 0, least=0) if adapted else 0,
        "norms": 2,
    }


Build = Callable[[Keys, Mapping[str, Any], int, str], Iterator[Entry]]
MIXERS: Mapping[str, Build] = {
    "full": _full,
    "local": _local,
    "chunked": _chunked,
    "compressed": _compressed,
    "searched": _searched,
    "gated-delta": _gated_delta,
    "kimi-delta": _kimi_delta,
    "lightning": _lightning,
    "mamba-1": _mamba_1,
    "mamba-2": _mamba_2,
    "conv": _short_convolution,
    "recurrent": _rg_lru,
    "mlstm": _mlstm,
    "rwkv": _rwkv,
    "hybrid": _hybrid,
}
