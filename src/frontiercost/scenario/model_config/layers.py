"""Which kind of mixer and of feed-forward each layer of a configuration has."""

from collections.abc import Mapping
from typing import Any

from frontiercost.core.errors import InputError, nearest
from frontiercost.core.frozen import frozen
from frontiercost.scenario.model_config.files import shown
from frontiercost.scenario.model_config.keys import Keys

MOST_LAYERS = 1024
FEED_FORWARDS = ("dense", "moe")
LISTS = ("layers_block_type", "layer_types", "block_types")


@frozen
class Layers:
    """A word for each mixer and for each feed-forward, in order."""

    mixers: tuple[str, ...]
    feed_forwards: tuple[str, ...]


def layers_of(keys: Keys, family: Mapping[str, Any], words: Mapping[str, str]) -> Layers:
    """Return the kinds of all layers; raise InputError for a word or length that cannot be."""
    sequence = _stated(keys, words)
    if family.get("single_blocks") and sequence:
        return Layers(
            tuple(word for word in sequence if word not in FEED_FORWARDS),
            tuple(word for word in sequence if word in FEED_FORWARDS),
        )
    count = _count(keys, len(sequence or ()))
    mixers = sequence or _by_rule(keys, family, count, words)
    if len(mixers) != count:
        raise InputError(
            f"{keys.where}: {_list_key(keys)} has {len(mixers)} entries for {count} layers"
        )
    if family.get("attention_is_local"):
        mixers = ["local" if word == "full" else word for word in mixers]
    if family.get("mixers_only"):
        return Layers(tuple(mixers), ())
    return _repeated(family, mixers, _feed_forwards(keys, count, words))


def _repeated(family: Mapping[str, Any], mixers: list[str], feed_forwards: list[str]) -> Layers:
    """Return the layers, each of which may hold several mixers, and dense blocks as often."""
    times = family.get("sublayers", 1)
    dense = ["dense"] * len(mixers) * times if times > 1 else []
    return Layers(tuple(mixers * times), (*dense, *feed_forwards))


def _stated(keys: Keys, words: Mapping[str, str]) -> list[str]:
    """Return the kinds that the file lists; raise InputError where two of its lists differ."""
    layer_lists = {
        key: letters for key in LISTS_OF_ALL if (letters := LISTS_OF_ALL[key](keys, key, words))
    }
    keys_given = list(layer_lists)
    for key in keys_given[1:]:
        if layer_lists[key] != layer_lists[keys_given[0]]:
            raise InputError(f"{keys.where}: {keys_given[0]} and {key} differ; keep one of them")
    return layer_lists[keys_given[0]] if layer_lists else []


def _count(keys: Keys, listed: int) -> int:
    count = keys.whole("layers", listed or None)
    if count > MOST_LAYERS:
        raise InputError(f"{keys.where}: {count:,} layers are more than {MOST_LAYERS:,}")
    return count


def _list_key(keys: Keys) -> str:
    return next((key for key in LISTS if keys.given.get(key)), "layer_types")


def words_of(keys: Keys, key: str, values: Any, words: Mapping[str, str]) -> list[str]:
    """Return what each word of a list or letter of a text stands for."""
    if len(values) > MOST_LAYERS:
        raise InputError(f"{keys.where}: {key} has more than {MOST_LAYERS:,} entries")
    for value in values:
        if not isinstance(value, str) or value not in words:
            hint = nearest(shown(value), words)
            raise InputError(f"{keys.where}: {key}: unknown kind of layer '{shown(value)}'; {hint}")
    return [words[value] for value in values]


def _pattern(keys: Keys, key: str, words: Mapping[str, str]) -> list[str]:
    """Return the words of a text of letters."""
    letters = letters_of(keys, key, words)
    if not letters:
        return []
    count = keys.given.get("num_hidden_layers")
    if count is not None and keys.whole("layers") != len(letters):
        raise InputError(f"{keys.where}: {key} has {len(letters)} letters for {count} layers")
    return letters


def letters_of(keys: Keys, key: str, words: Mapping[str, str]) -> list[str]:
    """Return what the letters of a text stand for, up to the first bar; nothing without a text."""
    pattern = keys.value(key)
    if pattern is None:
        return []
    if not isinstance(pattern, str):
        raise InputError(f"{keys.where}: {key} must be a text")
    return words_of(keys, key, pattern.partition("/")[0], words)


def _listed(keys: Keys, key: str, words: Mapping[str, str]) -> list[str]:
    """Return the words of a list of layers that the file gives."""
    values = keys.listed(key)
    return words_of(keys, key, values, words) if values else []


def _indexed(word: str, other: str) -> Any:
    """Return a reader of the places of one kind of layer among those of another."""

    def read(keys: Keys, key: str, words: Mapping[str, str]) -> list[str]:
        places = keys.listed(key) or []
        count = keys.whole("layers") if places else 0
        return [word if i in places else other for i in range(count)]

    return read


LISTS_OF_ALL = {
    "hybrid_override_pattern": _pattern,
    "layers_block_type": _listed,
    "layer_types": _listed,
    "attn_layer_indices": _indexed("full", "linear"),
    "hybrid_layer_ids": _indexed("hybrid", "linear"),
    "full_attn_idxs": _indexed("full", "conv"),
}
"""Keys that say of every layer what it is, and what reads them."""


def _by_rule(
    keys: Keys, family: Mapping[str, Any], count: int, words: Mapping[str, str]
) -> list[str]:
    """Return the kinds that other keys of the file fix, else the rule of the class."""
    for rule in RULES:
        letters = rule(keys, count)
        if letters is not None:
            return letters
    cycle = keys.listed("block_types") or family.get("cycle", ())
    if not cycle:
        return _windowed(keys, family, count)
    kinds = words_of(keys, "block_types", cycle, words)
    word = [kinds[i % len(kinds)] for i in range(count)]
    if "local" in word and not keys.has("window"):
        return ["full"] * count
    return word


def _windowed(keys: Keys, family: Mapping[str, Any], count: int) -> list[str]:
    """Return local layers where the class has a window in all of them, or from a layer on.

    Raises InputError for a class of several kinds whose file does not tell them apart.
    """
    if "linear" in family:
        raise InputError(
            f"{keys.where}: does not say which of its {count} layers attend; give layer_types"
        )
    if not keys.has("window") or not family.get("windowed"):
        return ["full"] * count
    if family["windowed"] == "all":
        return ["local"] * count
    if not keys.flag("use_sliding_window"):
        return ["full"] * count
    first = keys.whole("max_window_layers", count, least=0)
    return ["local" if i >= first else "full" for i in range(count)]


def _attn_type_list(keys: Keys, count: int) -> list[str] | None:
    kinds = keys.listed("attn_type_list")
    return kinds and ["full" if kind == 1 else "linear" for kind in kinds]


def _hybrid_layer_pattern(keys: Keys, count: int) -> list[str] | None:
    kinds = keys.listed("hybrid_layer_pattern")
    return kinds and ["local" if kind == 1 else "full" for kind in kinds]


def _compress_ratios(keys: Keys, count: int) -> list[str] | None:
    """What stands beyond the layers is of the prediction blocks."""
    ratios = keys.listed("compress_ratios")
    if ratios is None or len(ratios) < count:
        return ratios and ["compressed"] * len(ratios)
    checked = (keys.checked("compress_ratios", ratio, least=0) for ratio in ratios[:count])
    return [f"compressed {ratio}" for ratio in checked]


def _kimi(keys: Keys, count: int) -> list[str] | None:
    """Layers are numbered from 1."""
    full = keys.value("linear_attn_config.full_attn_layers")
    if not isinstance(full, list):
        return None
    return ["full" if i + 1 in full else "linear" for i in range(count)]


def _attn_layer_period(keys: Keys, count: int) -> list[str] | None:
    if not keys.has("attn_layer_period"):
        return None
    period, first = keys.whole("attn_layer_period"), keys.whole("attn_layer_offset", 0, least=0)
    return ["full" if i % period == first else "linear" for i in range(count)]


def _last_of(key: str, other: str) -> Any:
    """Return a rule: every n-th layer, the last of each n, attends to everything."""

    def rule(keys: Keys, count: int) -> list[str] | None:
        if not keys.has(key):
            return None
        every = keys.whole(key)
        return ["full" if (i + 1) % every == 0 else other for i in range(count)]

    return rule


def _sliding_window_pattern(keys: Keys, count: int) -> list[str] | None:
    """A number: every n-th is full. A text: letters in turn, and the last layer is full."""
    pattern = keys.value("sliding_window_pattern")
    if pattern is None or not keys.has("window"):
        return None
    if not isinstance(pattern, str):
        return _last_of("sliding_window_pattern", "local")(keys, count)  # type: ignore[no-any-return]
    if not pattern or set(pattern) - {"L", "G"}:
        raise InputError(f"{keys.where}: sliding_window_pattern must hold letters L and G")
    kinds = ["local" if pattern[i % len(pattern)] == "L" else "full" for i in range(count)]
    return [*kinds[:-1], "full"]


def _no_rope_layers(keys: Keys, count: int) -> list[str] | None:
    """Layers with positions look at their chunk, those without at everything."""
    if not keys.has("attention_chunk_size"):
        return None
    roped = keys.listed("no_rope_layers")
    every = keys.whole("no_rope_layer_interval", 4)
    with_rope = roped or [(i + 1) % every != 0 for i in range(count)]
    return ["chunked" if rope else "full" for rope in with_rope]


def _block_configs(keys: Keys, count: int) -> list[str] | None:
    """Layers that a search has thinned out, each described for itself."""
    return ["searched"] * count if keys.has("block_configs") else None


RULES = (
    *(_attn_type_list, _hybrid_layer_pattern, _compress_ratios, _kimi),
    *(_attn_layer_period, _sliding_window_pattern, _no_rope_layers),
    *(_block_configs, _last_of("full_attention_interval", "linear")),
    *(_last_of("layer_group_size", "linear"), _last_of("global_attn_every_n_layers", "local")),
)


# --- feed-forwards --------------------------------------------------------------------------------


def _feed_forwards(keys: Keys, count: int, words: Mapping[str, str]) -> list[str]:
    """Return dense or mixture for each layer."""
    kinds = keys.listed("mlp_layer_types")
    if kinds is not None:
        return words_of(keys, "mlp_layer_types", kinds, words)
    if not has_experts(keys):
        return ["dense"] * count
    places = keys.listed("moe_layers")
    return ["moe" if _is_mixture(keys, i, count, places) else "dense" for i in range(count)]


def has_experts(keys: Keys) -> bool:
    """Whether there is more than one expert; some files give 0 or 1 for a dense model."""
    return keys.whole("experts", 0, least=0) > 1 and keys.flag("enable_moe_block", True)


def _is_mixture(keys: Keys, place: int, count: int, places: list[Any] | None) -> bool:
    if places is not None:
        return place in places
    frequency = keys.value("moe_layer_freq")
    if isinstance(frequency, list):
        return place < len(frequency) and bool(frequency[place])
    first = keys.whole("dense_first", 0, least=0)
    last = keys.whole("moe_layer_end_index", count - 1, least=0)
    if not first <= place <= max(last, 0) or place in (keys.listed("mlp_only_layers") or ()):
        return False
    step, offset = _step(keys)
    return place % step == offset % step


def _step(keys: Keys) -> tuple[int, int]:
    """Return every how many layers there is a mixture, and the first of them."""
    if keys.has("expert_layer_period"):
        return keys.whole("expert_layer_period"), keys.whole("expert_layer_offset", 0, least=0)
    step = keys.whole("moe_step", 1)
    return step, step - 1
