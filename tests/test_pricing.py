import math

import pytest

from frontiercost.core.errors import NotEvaluatedError
from frontiercost.cost import market_prices


def test_quotes_of_2024_and_later_fall_into_the_interval_predicted_from_older_ones(catalogue):
    found = market_prices.residuals(catalogue, since="2024")
    coverage = {
        tier: sum(row.covered for row in rows) / len(rows)
        for tier in market_prices.TIERS
        if (rows := [row for row in found if row.quote.tier == tier])
    }
    print({tier: round(share, 3) for tier, share in coverage.items()})
    overall = sum(row.covered for row in found) / len(found)
    assert len(found) > 250
    assert 0.86 <= overall <= 0.95
    assert all(share >= 0.85 for share in coverage.values())


def test_a_prediction_sees_only_older_rows(catalogue):
    assert all(row.age > 0 for row in market_prices.residuals(catalogue, since="2024"))


def price(catalogue, chip="h100-sxm", date="2026-11", tier="specialist", commitment="1y"):
    return market_prices.rental_price(catalogue, catalogue.chip(chip), date, tier, commitment)


def test_tier_and_commitment_are_choices_with_their_own_price(catalogue):
    on_demand = price(catalogue, commitment="on-demand").value
    assert price(catalogue).value < on_demand
    assert price(catalogue, tier="hyperscaler", commitment="on-demand").value > 1.5 * on_demand


def test_the_date_picks_the_price_in_force(catalogue):
    before = price(catalogue, date="2025-06", tier="hyperscaler", commitment="on-demand")
    assert before.as_of <= "2025-06-30"
    assert price(catalogue, date="2023-12", commitment="on-demand").value > 4


def test_gpt_4_rent_by_three_year_commitment_is_a_third_of_on_demand(catalogue):
    three = price(catalogue, "a100-40g", "2022-10", "hyperscaler", "3y").value
    hourly = price(catalogue, "a100-40g", "2022-10", "hyperscaler", "on-demand").value
    assert 2.2 < hourly / three < 3.5


def test_a_missing_cell_says_what_was_used_and_is_wider(catalogue):
    other = price(catalogue, "tpu-v4", "2023-01", "specialist", "1y")
    assert "no specialist 1y quote, hyperscaler 1y used" in other.note
    derived = price(catalogue, "gb300-nvl72", "2026-11", "specialist", "1y")
    assert "on-demand used" in derived.note
    assert derived.high / derived.low > price(catalogue).high / price(catalogue).low


def test_an_old_price_is_less_certain(catalogue):
    widths = [price(catalogue, date=date) for date in ("2026-11", "2027-11", "2029-11")]
    ratios = [fact.high / fact.low for fact in widths]
    assert ratios == sorted(ratios)
    assert ratios[1] > 1.3 * ratios[0]


def test_no_price_is_no_number(catalogue):
    with pytest.raises(NotEvaluatedError, match=r"no rental price .* give price"):
        price(catalogue, "tpu-v7")
    with pytest.raises(NotEvaluatedError, match="no purchase price"):
        market_prices.server_price(catalogue, catalogue.chip("trainium3"), "2026-11")


@pytest.mark.parametrize(
    ("chip", "start", "usd"),
    [("tpu-v4", "2023-06", 4489), ("a100-40g", "2022-08", 14_300), ("v100", "2020-01", 12_900)],
)
def test_value_at_the_start_of_a_run_agrees_with_epochs(catalogue, chip, start, usd):
    """Server value per chip that Epoch's published hardware costs imply."""
    value = market_prices.server_value(catalogue, catalogue.chip(chip), start)
    assert value.low <= usd <= value.high
    assert value.value == pytest.approx(usd, rel=0.35)


def test_value_falls_by_the_amortisation_rate(catalogue):
    chip = catalogue.chip("tpu-v4")
    now, later = (
        market_prices.server_value(catalogue, chip, date).value for date in ("2023-06", "2024-06")
    )
    rate = catalogue.assumption("amortisation_rate").value
    assert later / now == pytest.approx(math.exp(-rate), rel=0.01)


def test_prices_of_the_market_move_together(catalogue):
    one, other = price(catalogue), price(catalogue, "b200")
    assert one.shared == other.shared == "compute-market"
    assert one.correlation**2 == pytest.approx(0.8)
