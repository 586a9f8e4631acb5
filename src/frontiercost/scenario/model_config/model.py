"""A model of one's own from a configuration file: shape, counts, formats, and what is unsure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from frontiercost.core.errors import InputError, nearest
from frontiercost.core.frozen import frozen
from frontiercost.physics.model_shape import (
    Architecture,
    active_params,
    architecture_from,
    total_params,
)
from frontiercost.scenario.model_config.blocks import Entry, mixers_of
from frontiercost.scenario.model_config.classes import class_of, table
from frontiercost.scenario.model_config.counts import Counts, stored_params
from frontiercost.scenario.model_config.feed_forwards import feed_forwards_of
from frontiercost.scenario.model_config.files import (
    CONFIG,
    config_of,
    index_beside,
    shown,
)
from frontiercost.scenario.model_config.formats import weights_format
from frontiercost.scenario.model_config.keys import Keys
from frontiercost.scenario.model_config.layers import Layers, layers_of
from frontiercost.scenario.model_config.prediction import prediction_of
from frontiercost.scenario.user_facts import SOURCE

SHARED = ("tie_word_embeddings", "vocab_size", "quantization_config", "torch_dtype", "dtype")
"""Keys that may stand outside of the table of the language model alone."""
MOST_SAID = 12
LONGEST_CONTEXT = 10**9
USUAL = {"norms": 1, "own_cache": True, "products": 3}
"""What an entry need not say; of other keys, what is none."""


@frozen
class ConfiguredModel:
    """What a configuration file says of a model."""

    name: str
    entry: Mapping[str, Any]
    """As `[own.models.NAME]` holds it."""


def model_of(
    path: Path, total: float | None = None, active: float | None = None, origin: str = "--config"
) -> ConfiguredModel:
    """Return the model of a configuration file or its folder; `total` and `active` check it.

    `origin` is where the path was given. Raises InputError for what cannot be read, is not
    understood, or differs from a count by 2 %.
    """
    file, data = config_of(path, origin)
    where = f"{origin} '{file}'"
    language, model_type = _language(where, data)
    family = class_of(model_type)
    keys = Keys(language, (family or {}).get("defaults", {}), table()["spellings"], where)
    shape, built = _understood(keys, family, model_type)
    not_counted = [words for key, words in table()["not_counted"].items() if data.get(key)]
    index = index_beside(file, origin)
    counts = Counts(total, active, stored_params(index, keys), partial=bool(not_counted))
    notes = [counts.compared(where, built, known=family is not None)]
    if family is None:
        if not counts.any:
            raise InputError(f"{_unknown(where, model_type)}, unless --params agrees within 2%")
        notes.append(f"its model_type '{shown(model_type)}' is not known: read by its keys alone")
    elif unread := _blocks_not_read(keys):
        notes.append(f"keys not needed or not known: {unread}")
    weights = weights_format(keys, index.total_bytes / total_params(built) if index else None)
    if not weights and keys.value("quantization_config"):
        notes.append(
            "its quantization_config names no number format that is known, so that of the weights "
            "is a guess: see --precision"
        )
    note = "; ".join(filter(None, notes))
    assumed = [f"{key} = {shown(value)}" for key, value in sorted(keys.assumed.items())]
    label = file.parent.resolve().name if file.name == CONFIG else file.stem
    provenance = {"source": SOURCE, "at": file.name, "assumed": assumed, "not_counted": not_counted}
    provenance |= {"note": note} if note else {}
    facts = {
        "label": label or model_type,
        "total_params": f"{total_params(built)} parameter",
        "active_params": f"{round(active_params(built))} parameter",
        "weights": weights,
        "shape": {**shape, **provenance},
    }
    if keys.has("max_context"):
        facts["max_context"] = f"{keys.whole('max_context', most=LONGEST_CONTEXT)} token"
    return ConfiguredModel(
        _name(label or model_type), {key: value for key, value in facts.items() if value}
    )


def _name(label: str) -> str:
    """Return a label as the catalogue names things."""
    plain = re.sub(r"[^a-z0-9.]+", "-", label.lower()).strip("-.")
    return plain or "model"


def _language(where: str, data: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the table of the language model, and the type that it or the whole file names."""
    outer = data.get("model_type")
    _refuse(where, outer, data)
    text_part: Mapping[str, Any] = data
    for path in table()["language"]:
        inner: Any = data
        for key in path.split("."):
            inner = inner.get(key) if isinstance(inner, Mapping) else None
        if isinstance(inner, Mapping) and inner:
            text_part = inner
            break
    model_type = text_part.get("model_type") or outer
    if not isinstance(model_type, str) or not model_type:
        raise InputError(f"{where}: has no model_type, which says how its other keys are meant")
    _refuse(where, model_type, text_part)
    shared = {key: data[key] for key in SHARED if key in data}
    return {**shared, **text_part}, model_type


def _refuse(where: str, model_type: object, data: Mapping[str, Any]) -> None:
    for reason, kinds in table()["refused"].items():
        if model_type in kinds:
            raise InputError(f"{where}: {shown(model_type)} is {reason}, which is not modelled")
    for key in table()["repeated"]:
        times = data.get(key)
        if isinstance(times, int) and times > 1:
            raise InputError(
                f"{where}: {key} = {times}: layers that run several times, which is not modelled"
            )
    if data.get("is_encoder_decoder") is True:
        raise InputError(f"{where}: an encoder with a decoder, which is not modelled")


def _unknown(where: str, model_type: str) -> str:
    hint = nearest(model_type, table()["classes"])
    return f"{where}: model_type '{shown(model_type)}' is not known; {hint}"


def _understood(
    keys: Keys, family: Mapping[str, Any] | None, model_type: str
) -> tuple[dict[str, Any], Architecture]:
    """Return the shape as a table and as an architecture.

    Raises InputError for what no model has; of an unknown class also where a key that nothing has
    read names a block.
    """
    try:
        shape = _shape(keys, family or {})
        built = architecture_from(shape)
    except (InputError, ValueError) as error:
        text = str(error) if isinstance(error, InputError) else f"{keys.where}: {error}"
        raise InputError(text if family else _unread(keys, model_type, text)) from None
    if family is None and (unread := _blocks_not_read(keys)):
        raise InputError(_unread(keys, model_type, f"not understood: {unread}"))
    return shape, built


def _unread(keys: Keys, model_type: str, reason: str) -> str:
    unread = _blocks_not_read(keys)
    more = f"; not understood: {unread}" if unread and unread not in reason else ""
    return f"{_unknown(keys.where, model_type)}; {reason.removeprefix(keys.where + ': ')}{more}"


def _blocks_not_read(keys: Keys) -> str:
    """Return the keys that nothing has read and whose names tell of a block."""
    words = table()["block_words"]
    unread = keys.not_read([*table()["harmless"], *table()["not_counted"]])
    unread = [key for key in unread if keys.given[key] not in (None, False, 0, [])]
    blocks = [key for key in unread if any(word in key.lower() for word in words)]
    harmless = table()["harmless_words"]
    return ", ".join([k for k in blocks if not any(w in k for w in harmless)][:MOST_SAID])


def _shape(keys: Keys, family: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shape as a table of lists and dimensions."""
    words = table()["words"]
    layers = layers_of(keys, family, words)
    mixers = list(mixers_of(keys, family, layers))
    feed_forwards = list(feed_forwards_of(keys, family, layers))
    shape = {
        "hidden": keys.whole("hidden"),
        "vocab": keys.whole("vocab"),
        "tied_embeddings": keys.flag("tie_word_embeddings"),
        "embedding_width": _embedding_width(keys),
        "learned_positions": _positions(keys, family),
        **_look_ups(keys, layers),
        "residual_streams": keys.whole("hc_mult", 1),
        "mixers": _grouped(mixers),
        "feed_forwards": _grouped(feed_forwards),
        **{
            key: _grouped(entries)
            for key, entries in prediction_of(keys, family, words, mixers, feed_forwards).items()
        },
    }
    return {key: value for key, value in shape.items() if value or key == "mixers"}


def _embedding_width(keys: Keys) -> int:
    width = keys.whole("word_embed_proj_dim", 0, least=0)
    return 0 if width == keys.whole("hidden") else width


def _positions(keys: Keys, family: Mapping[str, Any]) -> int:
    if not family.get("learned_positions"):
        return 0
    return keys.whole("max_context") + int(family.get("position_offset", 0))


def _look_ups(keys: Keys, layers: Layers) -> dict[str, int]:
    """Return the table of which each layer reads a part of a row for a token."""
    width = keys.whole("hidden_size_per_layer_input", 0, least=0) * len(layers.mixers)
    rows = keys.whole("vocab_size_per_layer_input") if width else 0
    return {"lookup_rows": rows, "lookup_width": width}


def _grouped(entries: Iterable[Entry]) -> list[Entry]:
    """Return equal entries as one with their count, in the order they come first."""
    groups: dict[str, Entry] = {}
    for entry in entries:
        kept = {key: value for key, value in _plain(entry) if key != "count"}
        key = repr(sorted(kept.items(), key=str))
        group = groups.setdefault(key, {"kind": kept.pop("kind"), "count": 0, **kept})
        group["count"] += entry["count"]
    return list(groups.values())


def _plain(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what an entry says and is not as usual."""
    for key, value in entry.items():
        if value == USUAL[key] if key in USUAL else not value:
            continue
        yield key, dict(_plain(value)) if isinstance(value, Mapping) else value
