"""Serving: published services, and what length, speed, demand and price do to the cost."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.core.errors import InputError
from frontiercost.core.wording import plain
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate
from frontiercost.stages.inference import economics
from frontiercost.stages.inference.request_flop import attention_share

FAST = {"stage": "inference", "draws": "256"}
# DeepSeek's day of 27 February 2025: 608 B tokens read, 56.3 % of them from the cache, and 168 B
# written with a mean of 4,989 tokens of context, at 20 to 22 tokens per second; 1,814 H800 at $2
OUTPUT, PROMPT = 1211, 4383
DEEPSEEK_DAY = {
    "model": "deepseek-v3",
    "chip": "h800-sxm",
    "input_tokens": str(PROMPT),
    "output_tokens": str(OUTPUT),
    "cache_hit": "56.3%",
    "requests": f"{168e9 / OUTPUT}/day",
    "tokens_per_second": "21",
    "utilisation": "100%",
    "price": "$2/h",
}
# 96 H100 with SGLang, May 2025: 52,300 tokens read and 22,300 written per second and server
SGLANG = {
    "model": "deepseek-v3",
    "chip": "h100-sxm",
    "input_tokens": "2000",
    "output_tokens": "100",
    "requests": "1B/day",
    "tokens_per_second": "10.9",
    "utilisation": "100%",
}


def ask(**flags):
    return evaluate(build(FAST | flags))


def median(evaluation, number):
    return evaluation.draws.summary(number).median


def total(**flags):
    evaluation = ask(**flags)
    return median(evaluation, evaluation.bill.total)


def holds(evaluation, number, actual):
    low, _, high = evaluation.draws.summary(number)
    return low <= actual <= high


# --- published services -----------------------------------------------------------------------


def test_deepseeks_day_lies_inside_the_interval():
    found = ask(**DEEPSEEK_DAY | {"draws": "2048"})
    rented = found.drawn.sample(found.terms.price) * found.workload.chip_hours
    assert holds(found, rented / 365.25, 87_072)
    assert median(found, rented) / 365.25 == pytest.approx(1.5 * 87_072, rel=0.05)
    assert holds(found, found.workload.chip_hours / 8766, 226.75 * 8)


def test_96_h100_with_sglang_lie_inside_the_interval():
    found = ask(**SGLANG | {"draws": "2048"})
    service = found.detail
    written, read = 8 * 100 / 22_282, 8 * 2000 / 52_300
    ours = service.output_seconds + service.prompt_seconds
    assert holds(found, ours, written + read)
    assert median(found, ours) == pytest.approx(1.35 * (written + read), rel=0.05)


def test_gpt_oss_in_bulk_costs_what_others_publish():
    """$0.02 (InferenceX, best point) to $0.03 a million tokens, on B200 at $2.6 an hour.

    Chips alone, always full, no speed asked for; tokens read and written count alike.
    """
    found = ask(
        model="gpt-oss-120b",
        chip="b200",
        requests="50M/day",
        input_tokens="1k",
        output_tokens="1k",
        utilisation="100%",
        tokens_per_second="5",
        price="$2.6/h",
        without=["people", "spare"],
    )
    low, median, high = found.draws.summary(found.bill.total / found.workload.tokens * 1e6)
    assert low < 0.02 < high
    assert 0.012 < median < 0.03


def test_electricity_of_a_chat_is_of_the_size_that_others_found():
    """0.24 Wh a median prompt (Google 2025), 0.3 Wh (Epoch 2025, GPT-4o), 0.34 Wh (OpenAI 2025)."""
    found = ask(model="deepseek-v3", output_tokens="500", requests="100M/day", utilisation="60%")
    assert 0.05 < 1e3 * median(found, found.detail.kwh_per_request) < 1.5


# --- what the question is about ---------------------------------------------------------------


@pytest.mark.parametrize("precision", ["bf16", "q4_k_m"])
def test_fewer_users_at_once_are_served_faster_and_one_alone_fastest(precision):
    at_home = {"model": "llama-3.1-8b", "chip": "rtx4090", "precision": precision, "draws": "0"}
    loads = [{"chips": "1"}, {"requests": "20 users"}, {"requests": "1 user"}]
    speeds = [1 / ask(**at_home | load).detail.token_seconds for load in loads]
    assert speeds == sorted(speeds)
    assert speeds[-1] > 1.5 * speeds[0]
    alone = ask(**at_home | loads[0])
    assert alone.detail.alone_tokens_per_second == pytest.approx(speeds[-1])


def test_four_bits_are_faster_for_one_user_at_home():
    home = {"model": "llama-3.1-8b", "chip": "rtx4090", "requests": "100/day", "draws": "0"}
    wide, narrow = (ask(**home, precision=p).detail.token_seconds for p in ("bf16", "q4_k_m"))
    assert narrow < wide


@pytest.mark.parametrize("speed", ["10", "40"])
def test_the_speed_asked_is_kept_when_full_and_shown_beside_that_of_the_load(speed):
    found = ask(model="deepseek-r1", chip="b200", tokens_per_second=speed, draws="0")
    s = found.detail
    assert float(speed) <= s.full_tokens_per_second <= 1 / s.token_seconds
    assert s.full_first_seconds >= s.first_seconds
    (shown,) = (text for name, text in found.stage.answer().points(found) if name == "Speed")
    assert re.search(rf"\d tokens/s to a user at this load .*full: \d+ \({speed} asked\)", shown)


def test_a_speed_that_nobody_asked_for_is_said_to_be_the_default():
    slow = {"model": "llama-3.1-405b", "chip": "mac-studio-m3-ultra", "draws": "0"}
    with pytest.raises(InputError, match=r"fastest gives 5\.\d+; 20 is the default"):
        ask(**slow)
    with pytest.raises(InputError, match=r"fastest gives 5\.\d+$"):
        ask(**slow, tokens_per_second="12")


def test_four_bits_without_units_for_them_save_memory_and_no_computing():
    base = {"model": "llama-3.3-70b", "chip": "h100-sxm", "kv_precision": "bf16", "draws": "0"}
    found = ask(**base, precision="fp4")
    assert found.detail.inputs.formats.family == "bf16"
    assert any("computes in BF16" in note for note in found.notes)


def test_chain_of_thought_multiplies_the_cost_of_an_answer():
    found = ask(model="llama-3.1-70b", input_tokens="500", output_tokens="500")
    points = economics.by_reasoning(found)
    costs = [point.cost for point in points]
    assert costs == sorted(costs)
    eight_times = next(p.cost for p in points if p.value == 8000) / costs[0]
    assert eight_times > (8000 + 500) / 500, "a longer cache costs more than its tokens"


def test_reasoning_delays_the_answer_and_counts_in_the_bill():
    plain, thinking = (ask(model="llama-3.1-70b", reasoning_tokens=r) for r in ("0", "4k"))
    assert median(thinking, thinking.bill.total) > 4 * median(plain, plain.bill.total)
    assert thinking.detail.inputs.output == pytest.approx(4000 + 400)


def test_cost_grows_faster_than_the_context_and_windows_save_most_of_it():
    found = ask(model="llama-4-scout", tokens_per_second="5", draws="0")
    points, plain = economics.by_context(found), economics.by_context(found, plain=True)
    assert [p.value for p in points] == [8192, 32768, 131072, 1048576, 10485760]
    costs = [point.cost for point in points]
    steps = [b.value / a.value for a, b in pairwise(points)]
    grown = [b / a for a, b in pairwise(costs)]
    assert all(g > s for g, s in zip(grown[1:], steps[1:], strict=True))
    assert plain[-1].cost > 2.5 * costs[-1]


@pytest.mark.parametrize(
    ("model", "least"), [("deepseek-v3", 1.3), ("gemma-3-27b", 2), ("deepseek-v3.2", 3)]
)
def test_latents_windows_and_sparse_attention_save(model, least):
    found = ask(model=model, draws="0")
    there, plain = (economics.by_context(found, plain=p)[2] for p in (False, True))
    assert plain.cost > least * there.cost


def test_the_quadratic_part_takes_over():
    inputs = ask(model="llama-3.1-70b", draws="0").detail.inputs
    shares = [
        attention_share(inputs.architecture, economics._filling(inputs, context))
        for context in (8_192, 131_072, 1_048_576, 10_485_760)
    ]
    assert shares == sorted(shares)
    assert shares[0] < 0.1
    assert shares[-1] > 0.98


def test_fast_answers_cost_many_times_slow_ones():
    points = economics.by_speed(ask(model="llama-3.1-70b", draws="0"))
    assert [p.value for p in points] == sorted((p.value for p in points), reverse=True)
    costs = [p.cost for p in points]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > 10 * costs[-1]


def test_scale_makes_a_unit_cheap_and_one_user_pays_for_a_whole_replica():
    scales = economics.by_demand(ask(model="llama-3.1-70b", draws="0"))
    handicaps = [scale.handicap for scale in scales]
    assert handicaps == sorted(handicaps, reverse=True)
    assert handicaps[0] > 1e4
    assert handicaps[-1] == pytest.approx(1, abs=0.02)
    assert scales[0].chips == min(scale.chips for scale in scales) >= 1


@given(demand=st.floats(1, 1e9))
def test_more_demand_never_costs_less_in_all_nor_more_apiece(demand):
    by_demand = economics.cost_by_demand(SMALL.detail, SMALL.bill, SMALL.drawn)

    def cost(requests):
        scale = economics._scale(by_demand, requests, 3.7, 1e-4)
        return scale.usd_per_year, scale.usd_per_request

    here, there = cost(demand), cost(3 * demand)
    assert there[0] >= here[0]
    assert there[1] <= here[1] * (1 + 1e-9)


SMALL = ask(model="llama-3.1-8b", draws="0")


# --- beside: an API ---------------------------------------------------------------------------


def test_api_offers_price_the_same_tokens_and_name_the_model_first():
    found = ask(model="llama-3.1-70b", cache_hit="50%", draws="0")
    offers = economics.offers(found)
    assert [offer.same_model for offer in offers] == sorted(
        (offer.same_model for offer in offers), reverse=True
    )
    first = offers[0]
    price, request = first.price, found.detail.inputs.request
    by_hand = request.prompt / 2 * (price.input + price.cached) + request.output * price.output
    assert first.usd_per_year.median == pytest.approx(by_hand * 365.25e6)


def test_a_price_of_the_future_is_not_in_force():
    offers = economics.offers(ask(model="deepseek-v4-pro", date="2026-05", draws="0"))
    mine = next(o for o in offers if o.same_model and o.price.provider == "deepseek")
    assert mine.price.output == pytest.approx(0.87e-6)


# --- how it is served -------------------------------------------------------------------------


def test_a_cached_prefix_is_not_read_again():
    costs = [total(model="llama-3.1-70b", input_tokens="20k", cache_hit=h) for h in HITS]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > 3 * costs[-1]


HITS = ("0%", "60%", "100%")


def test_chips_that_are_held_are_paid_for_at_any_use_and_must_suffice():
    eight = ask(model="llama-3.1-8b", chips="8", draws="0")
    assert eight.workload.chip_hours == pytest.approx(8 * 8766)
    with pytest.raises(InputError, match=r"chips 8: the demand needs about \d+ chips; .* a day"):
        ask(model="llama-3.1-70b", chips="8", requests="100M/day")


def test_owners_of_held_chips_pay_for_every_hour_once():
    found = ask(model="llama-3.1-8b", basis="own", draws="0")
    assert "assumptions/owned_utilisation" not in {fact.path for fact in found.facts}


def test_a_wider_interval_where_nothing_was_measured():
    def width(**flags):
        found = ask(**flags)
        low, _, high = found.draws.summary(found.detail.output_seconds)
        return high / low

    fixed = {"input_tokens": "500", "output_tokens": "500", "requests": "10k/day"}
    near, far = (width(model="llama-3.1-70b", chip=c, **fixed) for c in ("h100-sxm", "tpu-v5p"))
    assert far > 1.2 * near


def test_a_slower_speed_or_a_later_first_token_never_costs_more():
    speeds = [total(model="llama-3.1-70b", requests="100M/day", tokens_per_second=s) for s in SPEED]
    assert speeds == sorted(speeds)
    waits = [total(model="llama-3.1-70b", requests="100M/day", ttft=w) for w in WAITS]
    assert waits == sorted(waits)


SPEED = ("5", "20", "50", "80")
WAITS = ("30 s", "3 s", "300 ms")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"model": "llama-3.1-405b", "context": "10M"}, "131,072 tokens .* llama-4-scout"),
        ({"model": "llama-3.1-405b", "chips": "4"}, r"4 h100-sxm: .* fits on 8"),
        (
            {"model": "deepseek-v3", "tokens_per_second": "5000"},
            r"5,000 tokens .* fastest gives \d",
        ),
        ({"model": "llama-3.1-8b", "ttft": "1 ms"}, "no deployment is that soon: .* s at best"),
        ({"model": "claude-mythos-preview"}, "no shape and no API price of Claude Mythos Preview"),
        ({"model": "llama-3.1-8b", "context": "8k", "input_tokens": "4k"}, "give one"),
        ({"model": "llama-3.1-8b", "context": "100", "output_tokens": "200"}, "longer context"),
        ({"model": "llama-3.1-8b", "tokens": "15T"}, "tokens: has no effect on inference"),
        ({"model": "llama-2-70b", "input_tokens": "5k"}, "4,096 tokens that Llama 2 70B reads"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(flags, message):
    with pytest.raises(InputError, match=message):
        ask(**flags, draws="0")


@pytest.mark.parametrize(("reasoning", "hints"), [({}, True), ({"reasoning_tokens": "0"}, False)])
@pytest.mark.parametrize("model", ["gpt-5", "glm-5.3"])
def test_the_sentence_says_that_reasoning_is_not_counted(model, reasoning, hints):
    found = ask(model=model, **reasoning, draws="0")
    assert ("--reasoning-tokens" in plain([found.stage.answer().headline(found)])[0]) == hints


# --- more freedom never costs more ------------------------------------------------------------

ROUGHLY = 1.02
"""The choice is by chips and rent; spare chips and people are not in it."""
STRICTER = (
    {"prompts": "together"},
    {"prompts": "apart"},
    {"export_rule": "links"},
    {"ttft": "1 s"},
    {"tokens_per_second": "40"},
)


@pytest.mark.parametrize("stricter", STRICTER, ids=" ".join)
@given(
    model=st.sampled_from(("llama-3.1-8b", "llama-3.1-70b", "deepseek-r1", "qwen3-235b-a22b")),
    chip=st.sampled_from(("h100-sxm", "b200", "a100-80g", "gb200-nvl72")),
    requests=st.floats(2, 8),
    lengths=st.tuples(st.floats(1.5, 4.5), st.floats(1, 3.5)),
)
def test_what_is_asked_besides_never_makes_a_service_cheaper(
    stricter, model, chip, requests, lengths
):
    read, written = (str(round(10**length)) for length in lengths)
    demand = {"requests": f"{10**requests:.0f}/day", "input_tokens": read, "output_tokens": written}
    try:
        asked = total(model=model, chip=chip, **demand, **stricter)
    except InputError:  # nothing is that fast
        return
    assert total(model=model, chip=chip, **demand) <= asked * ROUGHLY


def test_a_surer_deployment_is_taken_before_one_that_is_cheaper_at_the_centre():
    """At central values DeepSeek-R1 takes the fewest chips with prompts on some of their own."""
    flags = {"model": "deepseek-r1", "chip": "b200", "requests": "500k/day", "draws": "1024"}
    flags |= {"input_tokens": "4000"}
    central, drawn, apart = (ask(**flags | x) for x in ({"draws": "0"}, {}, {"prompts": "apart"}))
    assert central.detail.chosen.prompt_chips > 0
    assert drawn.detail.chosen.prompt_chips == 0
    assert 1.05 * median(drawn, drawn.bill.total) < median(apart, apart.bill.total)
