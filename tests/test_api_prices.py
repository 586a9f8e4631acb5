"""List prices of APIs: which are in force at a date, for which requests, and until when."""

import pytest

from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import InputError
from frontiercost.cost.api_prices import api_prices, confidence, interval
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate
from frontiercost.stages.inference import bought


def ask(**flags):
    return evaluate(build({"stage": "inference", "draws": "256"} | flags))


def listed(id, date="2026-11", prompt=1e3, kind="standard"):
    every = api_prices(shipped(), "deepseek-v4-pro", date, prompt)
    return next((p for p in every if (p.id, p.kind) == (id, kind)), None)


@pytest.mark.parametrize(
    ("kind", "prompt", "usd"),
    [
        ("standard", 200_000, (2, 0.2, 12)),
        ("standard", 200_001, (4, 0.4, 18)),
        ("batch", 100_000, (1, 0.2, 6)),
        ("batch", 300_000, (2, 0.4, 9)),
    ],
)
def test_a_long_prompt_pays_the_tier_for_the_whole_request_and_a_batch_half(kind, prompt, usd):
    """Gemini 3.1 Pro as Google lists it: https://ai.google.dev/gemini-api/docs/pricing."""
    price = listed("gemini-3.1-pro-preview", prompt=prompt, kind=kind)
    assert [1e6 * x for x in (price.input, price.cached, price.output)] == pytest.approx(usd)
    assert price.of(prompt, 0, 1e3) == pytest.approx((prompt * usd[0] + 1e3 * usd[2]) / 1e6)


def test_busy_hours_count_by_their_share_of_a_week():
    """DeepSeek: twice the price on weekdays from 1 to 4 and from 6 to 10 UTC."""
    assert 1e6 * listed("deepseek-v4-pro").output == pytest.approx(1.98 * (1 + 35 / 168))
    assert listed("deepseek-v4-pro", date="2026-06").peak_share == 0


def test_no_offer_precedes_its_model_and_no_price_its_start():
    assert listed("gemini-3.1-pro-preview", date="2026-01") is None
    assert api_prices(shipped(), "", "2018-06", 1e3) == []
    for date in ("2023-06", "2025-01", "2026-05"):
        offered = api_prices(shipped(), "llama-3.1-70b", date, 1e3)
        assert all(max(p.released, p.date)[: len(date)] <= date for p in offered)


@pytest.mark.parametrize(
    ("model", "date", "usd"),
    [
        ("deepseek-v3", "2024-12-31", (0.14, 0.014, 0.28)),
        ("deepseek-v3", "2025-02-08", (0.14, 0.014, 0.28)),
        ("deepseek-v3", "2025-02", (0.27, 0.07, 1.10)),
        ("deepseek-v3-0324", "2025-05", (0.27, 0.07, 1.10)),
        ("deepseek-v3.1", "2025-09-01", (0.27, 0.07, 1.10)),
        ("deepseek-v3", "2025-05", None),
        ("deepseek-v3", "2024-11", None),
    ],
)
def test_deepseek_sold_its_v3_at_a_price_of_the_launch_and_then_at_its_own(model, date, usd):
    """Until 16:00 UTC of 2025-02-08: api-docs.deepseek.com/quick_start/pricing of early 2025."""
    own = [p for p in api_prices(shipped(), model, date, 1e3) if p.model == model]
    (price,) = [p for p in own if p.provider == "deepseek"] or [None]
    assert (usd is None) == (price is None)
    if price:
        assert [1e6 * x for x in (price.input, price.cached, price.output)] == pytest.approx(usd)


def test_a_name_that_sells_another_model_ends_the_price_of_the_first():
    """deepseek-reasoner sold R1, then V3.1, V3.2 and V4 Flash: api-docs.deepseek.com/updates."""

    def sellers(model, date):
        return {p.id for p in api_prices(shipped(), model, date, 1e3) if p.model == model}

    assert "deepseek-reasoner" in sellers("deepseek-r1", "2025-08")
    assert "deepseek-reasoner" not in sellers("deepseek-r1", "2026-11")
    assert "deepseek-reasoner" in sellers("deepseek-v3.1", "2025-09-10")
    assert "deepseek-reasoner" not in sellers("deepseek-v3.1", "2026-11")


@pytest.mark.parametrize(
    ("model", "last", "first_without"),
    [
        ("gpt-4.5", "2025-07-13", "2025-07-14"),  # OpenAI's table of deprecations
        ("o1-preview", "2025-07", "2025-08"),
        ("claude-2", "2025-07-20", "2025-07-21"),  # Anthropic's
        ("gemini-1.5-pro", "2025-09", "2025-10"),  # Google's release notes of 2025-09-29
        ("grok-3", "2026-05", "2026-06"),  # xAI's notice
    ],
)
def test_what_is_withdrawn_is_sold_until_its_last_day(model, last, first_without):
    assert ask(model=model, date=last, draws="0").detail.price.model == model
    with pytest.raises(InputError, match=r"sold no longer, by \S+ until 202.*earlier date"):
        ask(model=model, date=first_without, draws="0")


def test_a_sale_that_will_end_says_so_and_every_end_is_of_an_offer():
    gpt_4o = ask(model="gpt-4o", draws="0")
    assert "the sale by openai ends on 2027-01-14" in list(bought.notes(gpt_4o))
    offers = {(row["provider"], row["id"]): row["released"] for row in shipped().api_rows}
    for offer, until in shipped().api_ends.items():
        assert offers[offer] < until, offer


def test_a_model_whose_weights_are_published_runs_where_its_sale_has_ended():
    """deepseek-reasoner sold it first, and ended as a name of V4 Flash."""
    with pytest.raises(InputError, match=r"no API price of DeepSeek-R1 .* leave out bought"):
        ask(model="deepseek-r1", bought=True, date="2026-11", draws="0")
    assert not isinstance(ask(model="deepseek-r1", draws="0").detail, bought.Purchase)


def test_a_price_that_nobody_checked_counts_only_where_no_other_is_known():
    price = ask(model="llama-3.1-405b", bought=True, draws="0").detail.price
    own = [p for p in api_prices(shipped(), "llama-3.1-405b", "2026-11", 1e3) if not p.reference]
    assert any(p.confidence == "judged" and p.output < price.output for p in own)
    assert price.confidence != "judged"


def test_a_price_of_no_known_day_says_when_it_was_read():
    def sentence(date):
        return bought.headline(ask(model="gpt-4", date=date))

    assert any(
        "prices read 2025-07-04, taken for 2023-06" in str(part) for part in sentence("2023-06")
    )
    assert not any("taken for" in str(part) for part in sentence("2025-08"))


def test_a_price_is_as_sure_as_its_check_is_near():
    price = listed("gemini-3.1-pro-preview")
    assert confidence(price, "2026-11") == "stated"
    assert confidence(price, "2027-11") == "estimated"
    unchecked = [p for p in shipped().api_prices() if not p.checked]
    assert {p.confidence for p in unchecked} == {"estimated", "judged"}
    widths = [interval(price, 1.0, date) for date in ("2026-11", "2027-11")]
    assert widths[0].high < widths[1].high
