"""The shape of the model of a published row: the catalogue's, the row's own, or a guess."""

import re
from collections.abc import Sequence
from dataclasses import replace

from frontiercost.catalogue.store import Catalogue
from frontiercost.physics.blocks.attention import Attention
from frontiercost.physics.blocks.dense import Dense
from frontiercost.physics.blocks.mixture import Mixture
from frontiercost.physics.model_shape import Architecture, active_params, shape_of, total_params
from frontiercost.physics.shape_guess import derive
from frontiercost.stages.published.cells import Cells, needed, whole

DEFAULT_VOCAB = 51200
HEAD_DIMS = (128, 256)
CLOSE = 0.05  # relative distance of a parameter count from the published one
GUESSED = "shape from the parameter counts"
"""What is assumed where no shape is known."""
SHAPE_COLUMNS = ("layers", "hidden", "ffn", "heads")
_BRACKETS = re.compile(r"\([^()]*\)")


def without_brackets(name: str) -> str:
    """Return a name without what stands in brackets behind its parts."""
    return " ".join(_BRACKETS.sub(" ", name).split())


def known_by_first_words(kind: str, words: Sequence[str], catalogue: Catalogue) -> str:
    """Return the catalogue's name for words, the last dropped until one is known; empty: none."""
    shorter = ("-".join(words[:count]) for count in range(len(words), 0, -1))
    return next(filter(None, (catalogue.find(kind, name) for name in shorter)), "")


def architecture_of(
    published: str,
    total: float,
    active: float,
    shape: Cells,
    catalogue: Catalogue,
    assumed: list[str],
) -> Architecture:
    """The shape: the catalogue's for a known model, else that of columns, else a guess from counts.

    Counts that are not published are 0, and so are active ones of a dense model. Columns that miss
    the counts (of a hybrid, whose layers differ) are no shape.
    """
    name = without_brackets(published)
    model = catalogue.model(name) if catalogue.find("model", name) else None
    arch = shape_of(model) if model else None
    if arch and (not total or abs(total_params(arch) / total - 1) < 0.1):
        return _without_prediction(arch) if "w/o MTP" in published else arch
    if all(shape.get(column) for column in SHAPE_COLUMNS):
        arch = _from_columns(shape, total, active)
        if _miss(arch, total, active) < CLOSE:
            return arch
    if not total and model is not None:
        total = model.facts["total_params"].value
        active = model.facts["active_params"].value if "active_params" in model.facts else 0
    if not total:
        raise ValueError("parameters missing")
    assumed.append(GUESSED)
    return derive(total, active)


def _from_columns(row: Cells, total: float, active: float) -> Architecture:
    """A shape from the row's columns: matrices, head size, tying and experts by the counts."""
    layers, hidden, ffn, heads = (int(needed(row, column)) for column in SHAPE_COLUMNS)
    kv_heads, vocab = whole(row, "kv_heads") or heads, whole(row, "vocab") or DEFAULT_VOCAB
    dense = [
        Architecture(
            hidden=hidden,
            vocab=vocab,
            mixers=(Attention(count=layers, heads=heads, kv_heads=kv_heads, head_dim=dim),),
            feed_forwards=(Dense(count=layers, width=ffn, products=products),),
            tied_embeddings=tied,
        )
        for dim in dict.fromkeys((hidden // heads, *HEAD_DIMS))
        for products in (2, 3)
        for tied in (True, False)
    ]
    choices = [_mixed(arch, total, active) if active else arch for arch in dense]
    misses = [_miss(arch, total, active) for arch in choices]
    usual = min(range(4), key=misses.__getitem__)
    best = usual if misses[usual] < CLOSE else misses.index(min(misses))
    return choices[best]


def _mixed(dense: Architecture, total: float, active: float) -> Architecture:
    """Turn the dense block into k of E experts of its width, both counts in whole experts."""
    (block,) = dense.feed_forwards
    assert isinstance(block, Dense)
    expert = block.count * block.matrices(dense.hidden)
    bare = total_params(dense) - expert
    per_token = max(round((active - bare) / expert), 1)
    mixture = Mixture(
        count=block.count,
        experts=max(round((total - bare) / expert), per_token),
        experts_per_token=per_token,
        width=block.width,
        products=block.products,
    )
    return replace(dense, feed_forwards=(mixture,))


def _without_prediction(arch: Architecture) -> Architecture:
    return replace(arch, prediction_mixers=(), prediction_feed_forwards=())


def _miss(arch: Architecture, total: float, active: float) -> float:
    """Relative distance of the counts from the published ones; 0 where none is published."""
    pairs = [(total_params(arch), total), (active_params(arch), active)]
    return max((abs(ours / theirs - 1) for ours, theirs in pairs if theirs), default=0.0)
