"""Shapes of models of which only the counts are known: built as models of their kind are."""

import pytest

from frontiercost.physics.blocks.mixture import Mixture
from frontiercost.physics.model_shape import active_params, total_params
from frontiercost.physics.shape_guess import derive


def mixture_of(shape):
    (block,) = shape.feed_forwards
    assert isinstance(block, Mixture)
    return block


@pytest.mark.parametrize(
    ("total", "active", "layers", "hidden", "experts"),
    [
        (671e9, 37e9, 61, 7168, 256),  # DeepSeek-V3
        (235e9, 22e9, 94, 4096, 128),  # Qwen3 235B
        (30.5e9, 3.3e9, 48, 2048, 128),  # Qwen3 30B
        (117e9, 5.1e9, 36, 2880, 128),  # gpt-oss 120B
        (229e9, 11e9, 62, 3072, 256),  # MiniMax-M2
    ],
)
def test_fine_mixtures_are_guessed_within_a_factor_of_three(total, active, layers, hidden, experts):
    shape = derive(total, active)
    block = mixture_of(shape)
    assert layers / 2 < shape.layers < 2 * layers
    assert hidden / 1.6 < shape.hidden < 1.6 * hidden
    assert experts / 3 < block.experts < 3 * experts
    assert block.experts_per_token == 8
    assert block.shared_width > 0


@pytest.mark.parametrize(
    ("total", "active", "width"),
    [(46.7e9, 12.9e9, 14336), (141e9, 39e9, 16384), (316e9, 84e9, 32768)],
)  # Mixtral 8x7B and 8x22B, Grok-1
def test_of_little_that_idles_there_are_few_wide_experts(total, active, width):
    block = mixture_of(derive(total, active))
    assert block.experts_per_token == 2
    assert block.experts <= 12
    assert width / 1.6 < block.width < 1.6 * width


@pytest.mark.parametrize("ratio", [1.05, 1.5, 3.0, 4.4, 4.6, 10.0, 30.0])
@pytest.mark.parametrize("active", [1e9, 1e10, 1e11])
def test_both_counts_are_met(active, ratio):
    shape = derive(active * ratio, active)
    assert total_params(shape) == pytest.approx(active * ratio, rel=0.02)
    assert active_params(shape) == pytest.approx(active, rel=0.02)
