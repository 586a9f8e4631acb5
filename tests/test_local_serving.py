"""One user of a device at home: speeds follow its bandwidth and compute, each device held out."""

import pytest

from frontiercost.backtest.local_serving import (
    HeldOutDevices,
    backtest_local,
    fit_local,
    local_rates,
    local_rows,
)
from frontiercost.physics.local_serving import local_machine, prompt_seconds, step_seconds
from frontiercost.physics.realised_rates import number
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate
from frontiercost.stages.inference.serving_error import local_error_name
from frontiercost.stages.published.local_cases import QUANTITIES, local_case, local_cases

# median |ln error| with each device held out, with a small margin
REACHED = {"decode_rate": 0.15, "prefill_rate": 0.31}
ROW = {
    "id": "a",
    "device": "4090 24GB",
    "model": "llama-3-70b",
    "quantization": "Q4_K_M",
    "devices": "2",
    "prompt_tokens": "1024",
    "output_tokens": "1024",
    "concurrency": "1",
    "decode_tok_s": "19.06",
    "prefill_tok_s": "905.38",
}


@pytest.fixture(scope="module")
def results(catalogue):
    return {result.quantity: result for result in backtest_local(None, catalogue)}


@pytest.fixture(scope="module")
def cases(catalogue):
    return local_cases(local_rows(), catalogue)[0]


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_devices_held_out_are_predicted_as_well_as_recorded(results, quantity):
    summary = results[quantity].summary
    assert summary.median_abs_ln_error <= REACHED[quantity]
    assert summary.median_abs_ln_error < summary.naive_median_abs_ln_error
    assert 0.85 <= summary.coverage_90 <= 0.95


def test_a_prediction_sees_no_row_of_its_device(cases, catalogue):
    priors = catalogue.constants("serving_priors")
    mine = next(case for case in cases if case.chip.name == "strix-halo")
    others = [case for case in cases if case.chip.name != "strix-halo"]
    all_rows, without = (HeldOutDevices(rows, priors) for rows in (cases, others))
    for quantity in QUANTITIES:
        assert all_rows.predicted(mine, quantity) == without.predicted(mine, quantity)


def test_the_shipped_rates_and_errors_are_the_fitted_ones(cases, catalogue):
    priors, rates = (catalogue.constants(f"serving_{name}") for name in ("priors", "rates"))
    for name, fact in local_rates(fit_local(cases, priors), priors).items():
        assert rates[name].value == pytest.approx(fact.value, rel=2e-3), name
    held_out = HeldOutDevices(cases, priors)
    for quantity in QUANTITIES:
        shipped, fact = rates[local_error_name(quantity)], held_out.factor(quantity)
        ends = [(one.low, one.value, one.high) for one in (shipped, fact)]
        assert ends[0] == pytest.approx(ends[1], rel=2e-3)


def test_columns_are_read_as_people_publish_them(catalogue):
    case = local_case(ROW, catalogue)
    assert (case.chip.name, case.deployment.pipeline) == ("rtx4090", 2)
    for columns, reason in (
        ({"device": "4070 Ti 12GB"}, "not in the catalogue"),
        ({"concurrency": "8"}, "several users"),
        ({"quantization": "AWQ"}, "no format of llama"),
        ({"decode_tok_s": "", "prefill_tok_s": ""}, "decode_tok_s missing"),
    ):
        assert reason in local_cases([ROW | columns], catalogue)[1]["a"]


def test_inference_of_two_cards_holds_what_was_measured():
    """19.06 tokens per second on two RTX 4090 (XiongjieDai), 13 to 19 with intervals around."""
    flags = {"model": "llama-3-70b", "chip": "rtx4090", "chips": "2", "precision": "q4_k_m"}
    lengths = {"input_tokens": "1024", "output_tokens": "1024", "requests": "1 user"}
    asked = {"stage": "inference", "basis": "buy", "tokens_per_second": "5", "draws": "512"}
    found = evaluate(build(flags | lengths | asked))
    assert found.detail.chosen.deployment.pipeline == 2
    low, _, high = found.draws.summary(1 / found.detail.token_seconds)
    assert low < 19.06 < high


def test_steps_are_read_and_prompts_computed(cases, catalogue):
    rates = {name: number(f) for name, f in catalogue.constants("serving_rates").items()}
    case = next(c for c in cases if c.chip.name == "rtx4090" and c.deployment.pipeline == 1)
    arch, alone = case.architecture, case.deployment
    card, other = (local_machine(catalogue.chip(c), rates) for c in ("rtx4090", "rtx3090"))
    steps = [step_seconds(arch, 1.0, 512.0, alone, machine) for machine in (card, other)]
    prompts = [prompt_seconds(arch, 1024.0, 0.0, alone, machine) for machine in (card, other)]
    assert steps[1] / steps[0] < 1.1  # 1,008 against 936 GB/s
    assert prompts[1] / prompts[0] > 1.4  # 330 against 142 TFLOP/s
    assert prompt_seconds(arch, 1536.0, 512.0, alone, card) > prompts[0]
