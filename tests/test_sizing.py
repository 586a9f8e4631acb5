"""Services sized as people ask: by users, chips, formats; several tokens a step; prompts apart."""

import pytest

from frontiercost.core.errors import InputError
from frontiercost.physics.forward_pass import Deployment
from frontiercost.physics.serving_memory import weight_memory
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate

FAST = {"stage": "inference", "draws": "256"}


def ask(**flags):
    return evaluate(build(FAST | flags))


def median(evaluation, number):
    return evaluation.draws.summary(number).median


def test_chips_without_a_demand_answer_with_what_they_serve():
    found = ask(model="llama-3.1-70b", chips="8")
    service = found.detail
    assert found.workload.chips == 8
    assert service.requests_per_day == pytest.approx(service.most_requests * 86_400 * 0.45, rel=0.3)
    again = ask(model="llama-3.1-70b", chips="8", requests=f"{service.requests_per_day / 2}/day")
    assert total_of(again) == pytest.approx(total_of(found))
    with pytest.raises(InputError, match="8: the demand needs about"):
        ask(model="llama-3.1-70b", chips="8", requests=f"{2 * service.requests_per_day}/day")


def total_of(evaluation):
    return median(evaluation, evaluation.bill.total)


def test_users_at_once_need_the_memory_of_their_caches():
    """Five of 131,072 tokens are 215 GB of BF16 cache beside 72 GB of FP8 weights."""
    five = ask(model="llama-3.1-70b", chip="h100-sxm", context="128k", requests="5 users")
    assert five.workload.chips >= (215 + 72) / 73
    assert five.detail.most_users >= 5
    mean = ask(model="llama-3.1-70b", requests="50 rps").detail.requests_per_day
    assert mean == 50 * 86_400


@pytest.mark.parametrize(
    ("precision", "gigabytes"), [("q4_k_m", 19.9), ("q8_0", 34.8), ("awq", 19.4), ("bf16", 65.5)]
)
def test_files_of_a_32b_are_as_large_as_published(precision, gigabytes):
    """Qwen2.5 32B: bartowski's GGUF files, Qwen's AWQ and BF16 ones, in GB."""
    inputs = ask(model="qwen2.5-32b", chip="h200", precision=precision, draws="0").detail.inputs
    alone = Deployment(tensor=1.0, **inputs.formats.sizes)
    assert weight_memory(inputs.architecture, alone) == pytest.approx(gigabytes * 1e9, rel=0.03)


def test_the_cache_is_in_the_models_own_format_unless_asked_otherwise():
    for flags, size in (({}, 2), ({"kv_precision": "fp8"}, 1), ({"precision": "fp4"}, 1)):
        assert (
            ask(model="llama-3.1-70b", **flags, draws="0").detail.inputs.formats.cache_bytes == size
        )


def test_speculation_shortens_steps_and_says_where_it_was_not_measured():
    plain, fast = (ask(model="deepseek-v3", chip="h200", speculative=s) for s in ("false", "true"))
    ratio = median(fast, fast.detail.token_seconds) / median(plain, plain.detail.token_seconds)
    same = fast.detail.chosen.in_flight == plain.detail.chosen.in_flight
    assert not same or ratio == pytest.approx(0.63, rel=0.15)
    assert median(fast, fast.bill.total) < median(plain, plain.bill.total)
    low, _, high = fast.draws.summary(fast.detail.token_seconds)
    narrow = plain.draws.summary(plain.detail.token_seconds)
    assert high / low > narrow.high / narrow.low
    dense = ask(model="llama-3.1-8b", speculative="true", draws="0")
    assert any("draft model" in note for note in dense.stage.answer().notes(dense))


def test_prompts_are_read_where_it_was_asked():
    costs = {}
    for where in ("together", "apart", ""):
        flags = {"prompts": where} if where else {}
        found = ask(model="deepseek-v3", chip="h200", requests="100M/day", **flags, draws="0")
        costs[where] = found.bill.total
        if where:
            assert (found.detail.chosen.prompt_chips > 0) == (where == "apart")
    assert costs[""] == min(costs.values())
