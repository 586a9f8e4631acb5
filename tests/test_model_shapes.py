"""Published configurations are read to their counts, FLOP and caches.

tests/vectors/model_configs.csv holds counts of the model classes and of released files, FLOP that
frameworks state, and bytes of caches; model_configs.json the configurations, numbers only. Their
sources stand in the table.
"""

import csv
import json
from pathlib import Path

import pytest

from frontiercost.physics.model_shape import active_params, architecture_from, total_params
from frontiercost.physics.model_shape import shape_of as catalogue_shape
from frontiercost.physics.shape_figures import figures_of
from frontiercost.physics.token_flop import (
    kv_elements_full,
    kv_elements_local,
    prediction_flop_per_token,
    state_bytes,
    training_flop_per_token,
)
from frontiercost.scenario.model_config.model import model_of

VECTORS = Path(__file__).parent / "vectors"
CONFIGS = json.loads((VECTORS / "model_configs.json").read_text(encoding="utf-8"))
ROWS = list(csv.DictReader((VECTORS / "model_configs.csv").read_text("utf-8").splitlines()))
by_row = pytest.mark.parametrize("row", ROWS, ids=[row["model"] for row in ROWS])


def shape_of(config, content):
    return architecture_from(model_of(config(content)).entry["shape"])


@by_row
def test_a_published_configuration_gives_its_counts(config, row):
    shape = shape_of(config, CONFIGS[row["model"]])
    assert total_params(shape) == pytest.approx(int(row["total_params"]), rel=1e-3)
    assert active_params(shape) == pytest.approx(int(row["active_params"]), rel=1e-3)


@by_row
def test_its_cache_window_and_state_are_those_of_the_model(config, row):
    shape = shape_of(config, CONFIGS[row["model"]])
    assert 2 * kv_elements_full(shape) == float(row["kv_bytes"])
    assert 2 * kv_elements_local(shape) == float(row["window_bytes"])
    assert state_bytes(shape) == float(row["state_bytes"])


@by_row
def test_its_flop_are_those_of_the_formulas_and_of_frameworks(config, row):
    """DeepSeek-V4's own count lets the indexer choose as much early in a sequence as late in it."""
    shape = shape_of(config, CONFIGS[row["model"]])
    ours = training_flop_per_token(shape, 8192.0) - prediction_flop_per_token(shape, 8192.0)
    close = 0.02 if "deepseek-v4" in row["model"] else 1e-3
    assert ours == pytest.approx(float(row["training_gflop_8192"]) * 1e9, rel=close)
    if row["published_gflop"]:
        published, length = float(row["published_gflop"]) * 1e9, float(row["seq_len"])
        with_prediction = training_flop_per_token(shape, length)
        alone = with_prediction - prediction_flop_per_token(shape, length)
        off = min(abs(with_prediction / published - 1), abs(alone / published - 1))
        assert off <= float(row["flop_tolerance"])


def test_infinity_is_read_as_real_files_have_it_and_a_pattern_gives_the_depth(config):
    nano = {**CONFIGS["nemotron-3-nano-30b-a3b"], "time_step_limit": [0.0, float("inf")]}
    del nano["num_hidden_layers"]
    assert total_params(shape_of(config, nano)) == pytest.approx(31577937344, rel=1e-6)


UNLIKE_ITS_FILE = {"kimi-linear-48b-a3b"}
"""Its file holds the class's layers, 21 and 6; the released model has 20 and 7:
https://github.com/huggingface/transformers/issues/47875."""


def test_a_model_by_name_has_the_shape_of_its_configuration(config, catalogue):
    """Within what biases and norms make, which the catalogue's shapes leave out where small."""
    both = sorted(CONFIGS.keys() & {*catalogue.names("model")} - UNLIKE_ITS_FILE)
    named = {name: catalogue_shape(catalogue.model(name)) for name in both}
    known = {name: figures_of(shape) for name, shape in named.items() if shape is not None}
    assert len(known) >= 50
    for name, figures in known.items():
        assert figures == pytest.approx(figures_of(shape_of(config, CONFIGS[name])), rel=1e-3), name
