import csv
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from frontiercost.physics import token_flop as arch
from frontiercost.physics.literature import six_nd
from frontiercost.physics.model_shape import active_params, architecture_from, total_params
from frontiercost.physics.shape_guess import derive

TESTS = Path(__file__).parents[1]
MODELS = TESTS.parent / "src" / "frontiercost" / "data" / "models"
VECTORS = TESTS / "vectors" / "model_architectures.csv"
PUBLISHED = list(csv.DictReader(VECTORS.read_text(encoding="utf-8").splitlines()))
SHAPES = {
    path.stem: data["shape"]
    for path in sorted(MODELS.glob("*.toml"))
    if "shape" in (data := tomllib.loads(path.read_text(encoding="utf-8")))
}
SUFFIXES = {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
CONVENTIONS = {
    "both embeddings": {},
    "lm_head only": {"input_embedding": False},
    "no embeddings": {"input_embedding": False, "output_head": False},
}


def shape(name):
    return architecture_from(SHAPES[name])


def parameters(text):
    number = text.split()[0]
    return float(number[:-1]) * SUFFIXES[number[-1]]


by_id = pytest.mark.parametrize("row", PUBLISHED, ids=[row["id"] for row in PUBLISHED])
by_shape = pytest.mark.parametrize("name", SHAPES)
seq_lens = st.integers(min_value=1, max_value=2_000_000)
shape_names = st.sampled_from(sorted(SHAPES))


@by_id
def test_total_params_match_the_published_count(row):
    total = total_params(shape(row["model_id"])) / 1e9
    assert total == pytest.approx(float(row["published_total_b"]), rel=0.02)
    assert total == pytest.approx(float(row["computed_total_b"]), rel=0.0005)


@by_id
def test_active_params_match_under_the_publishers_convention(row):
    if not row["published_active_b"]:
        return  # grok-1: the vendor publishes no active count
    convention = CONVENTIONS[row["active_convention"]]
    active = active_params(shape(row["model_id"]), **convention) / 1e9
    assert active == pytest.approx(float(row["published_active_b"]), rel=0.025)


@by_id
def test_kv_elements_match_the_table(row):
    model = shape(row["model_id"])
    if row["kv_elems_per_token_full"]:
        assert arch.kv_elements_full(model) == float(row["kv_elems_per_token_full"])
        local = float(row["kv_elems_per_token_local_within_window"])
        assert arch.kv_elements_local(model) == local


@by_shape
def test_every_shape_in_the_catalogue_builds_and_has_its_parameters(name):
    assert SHAPES[name]["source"]
    data = tomllib.loads((MODELS / f"{name}.toml").read_text(encoding="utf-8"))
    published = parameters(data["total_params"]["value"])
    assert total_params(shape(name)) == pytest.approx(published, rel=0.02)


def test_there_are_at_least_ninety_models():
    assert len(list(MODELS.glob("*.toml"))) >= 90


@given(shape_names, st.lists(seq_lens, min_size=1, max_size=4), st.booleans())
def test_arrays_give_what_scalars_give(name, lengths, causal):
    model = shape(name)
    together = arch.training_flop_per_token(model, np.array(lengths, dtype=float), causal=causal)
    apart = [arch.training_flop_per_token(model, float(s), causal=causal) for s in lengths]
    assert together == pytest.approx(apart, rel=1e-12)
    cache = arch.kv_bytes(model, np.array(lengths, dtype=float), 2)
    assert cache == pytest.approx([arch.kv_bytes(model, float(s), 2) for s in lengths], rel=1e-12)


@given(shape_names, seq_lens, seq_lens, st.booleans())
def test_cost_never_falls_with_length(name, one, other, causal):
    model, (short, long) = shape(name), sorted((one, other))
    slack = 1 + 1e-12
    for cost in (
        lambda s: arch.forward_flop_per_token(model, s, causal=causal),
        lambda s: arch.training_flop_per_token(model, s, causal=causal),
        lambda s: arch.kv_bytes(model, s, 1),
    ):
        assert cost(short) <= cost(long) * slack


@given(shape_names, seq_lens)
def test_causal_attention_costs_at_least_half_of_the_full_square(name, seq_len):
    model = shape(name)
    causal = arch.attention_core_flop_per_token(model, seq_len)
    full = arch.attention_core_flop_per_token(model, seq_len, causal=False)
    assert full / 2 <= causal * (1 + 1e-12)
    assert causal <= full * (1 + 1e-12)


@settings(max_examples=60, deadline=None)
@given(st.floats(min_value=8, max_value=13))
def test_derived_dense_shapes_have_the_parameters_asked_for(exponent):
    params = 10**exponent
    model = derive(params)
    assert total_params(model) == pytest.approx(params, rel=0.01)
    (attention,), (block,) = model.mixers, model.feed_forwards
    assert attention.heads % attention.kv_heads == 0
    assert 1 <= block.width / model.hidden <= 8


@settings(max_examples=60, deadline=None)
@given(st.floats(min_value=8.5, max_value=13), st.floats(min_value=0.01, max_value=1.6))
def test_derived_mixtures_meet_both_counts(exponent, sparsity):
    total, active = 10**exponent, 10 ** (exponent - sparsity)
    assume(active >= 1e8)
    model = derive(total, active)
    assert total_params(model) == pytest.approx(total, rel=0.02)
    assert active_params(model) == pytest.approx(active, rel=0.02)
    (mixture,) = model.mixtures
    assert mixture.experts_per_token in (2, 8)
    assert mixture.shared_width or mixture.experts_per_token == 2


@pytest.mark.parametrize(
    ("total", "active", "vocab", "reason"),
    [
        (1e9, 2e9, 0, "cannot exceed"),
        (9e5, 9e5, 0, "1 million"),
        (1e9, 5e5, 0, "1 million"),
        (1e7, 1e7, 500_000, "too few"),
        (1e13, 1e8, 0, "too many"),
    ],
)
def test_derive_refuses_with_a_reason(total, active, vocab, reason):
    with pytest.raises(ValueError, match=reason):
        derive(total, active, vocab=vocab)


def test_deepseek_v3_counts_match_its_reports():
    model = replace(shape("deepseek-v3"), prediction_mixers=(), prediction_feed_forwards=())
    causal = arch.training_flop_per_token(model, 4096)
    assert causal == pytest.approx(250e9, rel=0.01)
    assert arch.training_flop_per_token(model, 4096, causal=False) == pytest.approx(280e9, rel=0.01)
    extra = arch.prediction_flop_per_token(shape("deepseek-v3"), 4096)
    assert arch.training_flop_per_token(shape("deepseek-v3"), 4096) == causal + extra
    assert 0.03 < extra / causal < 0.05


def test_llama_8b_forward_by_hand():
    layer = 4096 * 128 * (2 * 32 + 2 * 8) + 3 * 4096 * 14336
    by_hand = 2 * (32 * layer + 128256 * 4096) + 32 * 4 * 4096 * 8192 / 2
    assert arch.forward_flop_per_token(shape("llama-3.1-8b"), 8192) == by_hand


@pytest.mark.parametrize(
    ("name", "seq_len", "off"),
    [
        ("gpt-3", 2048, -0.013),
        ("llama-3.1-8b", 8192, -0.064),
        ("llama-3.1-70b", 8192, -0.058),
        ("llama-3.1-405b", 8192, -0.035),
        ("llama-3.1-405b", 131072, -0.40),
    ],
)
def test_six_nd_misses_the_exact_count_by_this_much(name, seq_len, off):
    model = shape(name)
    exact = arch.training_flop_per_token(model, seq_len)
    rule = six_nd(total_params(model), 1)
    assert rule / exact - 1 == pytest.approx(off, abs=0.005)


def test_a_window_caps_keys_and_cache():
    full = shape("llama-3.1-8b")
    model = replace(full, mixers=(replace(full.mixers[0], window=4096),))
    core = arch.attention_core_flop_per_token
    unwindowed = core(full, 4096)
    assert core(model, 4096) == unwindowed
    mean_keys = (sum(range(1, 4097)) + 4096 * (65536 - 4096)) / 65536
    assert core(model, 65536) == pytest.approx(32 * 4 * 4096 * mean_keys, rel=1e-3)
    assert arch.decode_flop_per_token(model, 1e6) == arch.decode_flop_per_token(model, 4096)
    assert arch.kv_bytes(model, 1e6) == 4096 * arch.kv_bytes(model, 1)


def test_linear_layers_cost_and_keep_the_same_at_any_length():
    """A state of 32-bit numbers for each head, and 16-bit inputs of the convolution."""
    qwen = shape("qwen3.5-27b")
    model = replace(qwen, mixers=(qwen.mixers[0],))
    state, convolved = 48 * 128**2, 2 * 16 * 128 + 48 * 128
    assert arch.attention_core_flop_per_token(model, 1e3) == 48 * 6 * state
    assert arch.attention_core_flop_per_token(model, 1e6) == 48 * 6 * state
    assert arch.kv_bytes(model, 1e6, 1) == 48 * (4 * state + 2 * 4 * convolved)


def test_sparse_attention_saves_at_long_context_only():
    sparse, dense = shape("deepseek-v3.2"), shape("deepseek-v3")
    core = arch.attention_core_flop_per_token
    assert core(sparse, 1024) > core(dense, 1024)
    assert core(sparse, 131072) < core(dense, 131072) / 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mixers": []}, "needs mixers"),
        ({"mixers": [{"kind": "atention"}]}, "entry 1: unknown kind 'atention'.*attention"),
        ({"mixers": [{"kind": "attention", "count": 1}]}, "attention: has no heads"),
        ({"feed_forwards": [{"kind": "dense", "count": 2, "width": 0}]}, "width must be a whole"),
        ({"feed_forwards": [{"kind": "dense", "count": 2, "wide": 1}]}, "unknown key 'wide'"),
        ({"feed_forwards": [{"kind": "dense", "count": True, "width": 1}]}, "count must be"),
        ({"tied_embeddings": 1}, "tied_embeddings must be true or false"),
        (
            {"hidden": 10**7, "feed_forwards": [{"kind": "dense", "count": 99, "width": 10**7}]},
            "parameters are more than 1e[+]15",
        ),
        ({"hidden": 10**8}, "hidden must be a whole number from 1 to 10,000,000"),
    ],
)
def test_impossible_shapes_are_refused(change, reason):
    with pytest.raises(ValueError, match=reason):
        architecture_from(SHAPES["llama-3.1-8b"] | change)


def test_more_key_value_heads_than_heads_and_more_chosen_than_experts_are_refused():
    attention = dict(SHAPES["llama-3.1-8b"]["mixers"][0])
    with pytest.raises(ValueError, match="kv_heads 33 are more than heads 32"):
        architecture_from(SHAPES["llama-3.1-8b"] | {"mixers": [attention | {"kv_heads": 33}]})
    mixture = dict(SHAPES["mixtral-8x7b"]["feed_forwards"][0])
    with pytest.raises(ValueError, match="experts_per_token 9 are more than experts 8"):
        architecture_from(
            SHAPES["mixtral-8x7b"] | {"feed_forwards": [mixture | {"experts_per_token": 9}]}
        )


def test_the_catalogue_has_the_figures_it_had_but_where_it_was_wrong():
    """Before shapes were lists of blocks: tests/vectors/shapes_before.csv says what was mended."""
    rows = csv.DictReader((TESTS / "vectors" / "shapes_before.csv").read_text("utf-8").splitlines())
    for row in rows:
        model = shape(row["model"])
        now = {
            "total_params": total_params(model),
            "active_params": active_params(model),
            "training_flop_8192": arch.training_flop_per_token(model, 8192.0),
            "decode_flop_32768": arch.decode_flop_per_token(model, 32768.0),
            "cache_bytes_32768": arch.kv_bytes(model, 32768.0),
        }
        moved = {k for k, v in now.items() if v != pytest.approx(float(row[k]), rel=2e-5)}
        assert moved == {*row["mended"].split()}, row["model"]
