"""Serving rates: rows read rightly, models held out, and better than the independent tool."""

from dataclasses import replace

import numpy as np
import pytest

from frontiercost.backtest.fit_serving import (
    FEWEST_MODELS,
    ServingFitter,
    fitted_rates,
    is_nuisance,
)
from frontiercost.backtest.least_squares import linearised
from frontiercost.backtest.serving import (
    QUANTITIES,
    HeldOutServing,
    factors_without,
    held_out_serving,
    times_of_rows,
)
from frontiercost.backtest.serving_rows import ServingRow, ServingRows
from frontiercost.physics.number_formats import GGUF, format_on
from frontiercost.physics.realised_rates import number
from frontiercost.physics.serving_deployment import served
from frontiercost.physics.serving_machine import ANY_ENGINE
from frontiercost.physics.serving_memory import Request
from frontiercost.stages.inference.serving_error import ENGINE_UNKNOWN, KINDS
from frontiercost.stages.prediction_error import interval_of
from frontiercost.stages.published.serving_cases import (
    STATIC,
    measured_case,
    measured_cases,
    measured_rows,
    tool_cases,
)

ROW = {
    "id": "a",
    "backend": "sglang",
    "model_path": "deepseek-ai/DeepSeek-R1",
    "system": "b200_sxm",
    "isl": "1024",
    "osl": "1024",
    "gemm_quant_mode": "nvfp4",
    "concurrency": "64",
    "tp_size": "8",
    "attention_dp_size": "1",
    "moe_tp_size": "1",
    "moe_ep_size": "8",
    "silicon_ttft_ms": "300",
    "silicon_tpot_ms": "12",
    "collection": "inferencex_export",
}
# median and 90th percentile of |ln error| with each model held out, with a small margin
REACHED = {"tpot": (0.13, 0.42), "ttft": (0.35, 1.2), "request_throughput": (0.13, 0.425)}
REACHED_NAMED = (0.27, 0.87)
REACHED_STATIC = {"tpot": (0.13, 0.3), "ttft": (0.12, 0.43)}
CONFIGURATION = (
    *("backend", "backend_version", "model_path", "system", "precision", "isl", "osl"),
    *("gemm_quant_mode", "moe_quant_mode", "concurrency", "tp_size", "attention_dp_size"),
    *("moe_tp_size", "moe_ep_size", "spec"),
)


@pytest.fixture(scope="module")
def measured(catalogue):
    return measured_cases(measured_rows(), catalogue)[0]


@pytest.fixture(scope="module")
def training(measured, catalogue):
    return [*measured, *tool_cases(catalogue)]


@pytest.fixture(scope="module")
def held_out(training, catalogue):
    return HeldOutServing(training, catalogue)


@pytest.fixture(scope="module")
def predictions(measured, held_out):
    return held_out.predict(measured)


@pytest.fixture(scope="module")
def static(training, held_out):
    return held_out.predict([c for c in training if c.engine == STATIC][::7])


@pytest.fixture(scope="module")
def fit(training, catalogue):
    fitter = ServingFitter(training, catalogue.constants("serving_priors"))
    return fitter, fitter.fit(np.ones(len(training), bool))


def quantiles(errors):
    return float(np.median(np.abs(errors))), float(np.quantile(np.abs(errors), 0.9))


def reached(predictions, quantity, limits):
    median, p90 = quantiles([p.error(quantity) for p in predictions])
    assert median <= limits[0]
    assert p90 <= limits[1]


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_models_held_out_are_predicted_as_well_as_recorded(predictions, quantity):
    reached(predictions, quantity, REACHED[quantity])


@pytest.fixture(scope="module")
def named(measured, held_out):
    return held_out.predict(measured, named=True)


def test_an_engines_name_tells_of_the_first_token(named, predictions):
    reached(named, "ttft", REACHED_NAMED)
    assert [p.tpot for p in named] == [p.tpot for p in predictions]


@pytest.mark.parametrize("quantity", REACHED_STATIC)
def test_static_batches_follow_the_tool_s_tables(static, quantity):
    """The targets, 8 % for the first token and 10 % per token, are missed."""
    reached(static, quantity, REACHED_STATIC[quantity])


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_physics_beats_the_tool_s_tables_on_the_same_rows(predictions, quantity):
    rows = [p for p in predictions if p.case.tool_ttft and p.case.tool_tpot]
    assert len(rows) > 1400
    ours, tools = (quantiles([p.error(quantity, who) for p in rows]) for who in ("ours", "tool"))
    assert ours < tools


def test_a_prediction_sees_no_row_of_its_model(training, catalogue):
    wrong = [
        replace(case, tpot=3 * case.tpot, ttft=case.ttft / 2)
        if case.model == "deepseek-v3"
        else case
        for case in training
    ]
    rows = [case for case in training if case.model == "deepseek-v3"][:3]
    one, other = (held_out_serving(rows, each, catalogue) for each in (training, wrong))
    for mine, theirs in zip(one, other, strict=True):
        assert mine.tpot == pytest.approx(theirs.tpot)
        assert mine.ttft == pytest.approx(theirs.ttft)


def test_derivatives_of_rates_that_no_row_shares_are_those_of_each_alone(fit):
    fitter, found = fit
    together, alone = (
        linearised(fitter.log_times, found.theta, reads)[1] for reads in (fitter.reads, None)
    )
    assert np.array_equal(together, alone)


def test_who_waits_is_told_of_each_fit(measured, catalogue):
    told = []
    one = {case.model: case for case in measured}["llama-3.1-8b"]
    HeldOutServing(
        [c for c in measured if c.chip is one.chip], catalogue, tell=told.append
    ).predict([one, one])
    assert told == ["serving, a fit without llama-3.1-8b"]


def test_what_is_scored_is_what_inference_uses(measured, catalogue):
    """With the shipped rates a row's times are those of the same deployment in the search."""
    rates = catalogue.constants("serving_rates")
    for case in [c for c in measured if c.concurrency == 64 and not c.architecture.experts][::20]:
        request = Request(prompt=case.prompt, output=case.output)
        found = served(case.architecture, request, case.chip, case.formats, rates, largest=8)
        ways = found.deployment
        (place,) = np.flatnonzero(
            (ways.tensor == case.deployment.tensor)
            & (ways.chips == case.deployment.chips)
            & (found.in_flight == case.sequences)
            & (found.prompt_chips == 0)
        )
        times = times_of_rows(ServingRows([ServingRow.of(case)]), [rates], [ANY_ENGINE])
        assert found.time_to_first_token[place] == pytest.approx(times.first[0])
        assert found.time_per_token[place] == pytest.approx(times.per_token[0])


def test_the_shipped_rates_are_the_fitted_ones(fit, catalogue):
    fitted = fitted_rates(fit[1], catalogue.constants("serving_priors"))
    rates = catalogue.constants("serving_rates")
    for name, fact in fitted.items():
        if is_nuisance(name):
            assert name not in rates
        elif not name.endswith(GGUF):
            assert rates[name].value == pytest.approx(fact.value, rel=2e-3), name


def test_what_fewer_than_three_models_speak_of_stays_what_was_believed(training, fit, catalogue):
    fitter, found = fit
    models = fitter.models_of(np.ones(len(training), bool))
    priors = catalogue.constants("serving_priors")
    few = [p for p in found.parameters if models[p.name] < FEWEST_MODELS]
    assert few
    for parameter in few:
        _, value, _ = found.interval(parameter.name)
        scale = number(priors[parameter.name]) / priors[parameter.name].value
        prior = priors[parameter.name]
        low, high = scale * prior.low, scale * prior.high
        assert low * (1 - 1e-6) <= value <= high * (1 + 1e-6), parameter.name


def test_no_row_contradicts_another_of_its_configuration():
    """Runs of the same software differ by less; more was speculation that nobody noted."""
    times_of_rows = {}
    for row in measured_rows():
        same = tuple(row[column] for column in CONFIGURATION)
        times_of_rows.setdefault(same, []).append(float(row["silicon_tpot_ms"]))
    assert max(max(times) / min(times) for times in times_of_rows.values()) <= 1.35


@pytest.mark.parametrize(
    ("columns", "ways"),
    [
        ({}, (8, 1, 8)),
        ({"tp_size": "64", "moe_tp_size": "8"}, (8, 1, 8)),
        ({"tp_size": "1", "attention_dp_size": "64", "moe_tp_size": "8"}, (1, 8, 8)),
        (
            {"tp_size": "2", "attention_dp_size": "", "moe_tp_size": "4", "moe_ep_size": "1"},
            (2, 2, 1),
        ),
    ],
    ids=["plain", "tensor multiplied", "data multiplied", "data left out"],
)
def test_ways_are_read_from_the_columns(catalogue, columns, ways):
    deployment = measured_case(ROW | columns, catalogue).deployment
    assert (deployment.tensor, deployment.data, deployment.expert) == ways


def test_attention_of_an_fp4_mixture_stays_in_bf16(catalogue):
    case = measured_case(ROW, catalogue)
    assert (case.formats.family, case.formats.expert_family) == ("bf16", "fp4")
    assert case.deployment.expert_bytes < 1


def test_a_chip_without_units_for_a_format_computes_in_bf16(catalogue):
    assert format_on("nvfp4", catalogue.chip("h100")) == ("bf16", 0.56)
    assert format_on("fp8", catalogue.chip("a100")) == ("bf16", 1.0)
    assert format_on("w4a16_mxfp4", catalogue.chip("b200")) == ("bf16", 0.53)
    with pytest.raises(ValueError, match="number format 'fp3' not known"):
        format_on("fp3", catalogue.chip("h100"))


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"model_path": "nobody/Unheard-7B"}, "not in the catalogue"),
        ({"concurrency": ""}, "concurrency missing"),
        ({"spec": "mtp"}, "multi-token prediction"),
        ({"unfit": "a burst of requests"}, "a burst of requests"),
        ({"tp_size": "72", "moe_ep_size": "72"}, "spread over more than 8 chips"),
    ],
)
def test_rows_that_cannot_be_used_say_why(catalogue, columns, reason):
    _, skipped = measured_cases([ROW | columns], catalogue)
    assert reason in skipped["a"]


# 90 % intervals, high over low; the target of 6.5 is missed where no engine is named: with its
# name the first token's is 6.2
@pytest.mark.parametrize(
    ("quantity", "width"), [("tpot", 2.6), ("request_throughput", 2.6), ("ttft", 8.2)]
)
def test_intervals_hold_nine_in_ten_without_the_model(
    predictions, named, catalogue, quantity, width
):
    known = factors_without(named, quantity, catalogue.constants("serving_rates"))
    ends = [interval_of(p.of(quantity), known(p)) for p in predictions]
    held = [
        end.low <= p.of(quantity, "actual") <= end.high
        for end, p in zip(ends, predictions, strict=True)
    ]
    assert 0.87 <= np.mean(held) <= 0.93
    assert np.median([end.high / end.low for end in ends]) <= width


def test_an_unknown_engine_is_any_of_them(predictions, catalogue):
    """Its ends are the soonest and the latest engine; the commonest is nearest to the centre."""
    fact = catalogue.constants("serving_rates")[ENGINE_UNKNOWN]
    assert fact.low < 1 < fact.high
    assert fact.high / fact.low == pytest.approx(
        np.exp(np.mean([p.engine_ends[1] - p.engine_ends[0] for p in predictions])), rel=0.1
    )


def test_sparse_attention_has_an_interval_of_its_own(catalogue):
    rates = catalogue.constants("serving_rates")
    usual, sparse = (rates[f"serving_error_tpot_{kind}"] for kind in KINDS)
    assert sparse.value > 1.1 * usual.value
    assert sparse.high / sparse.low > usual.high / usual.low
