import math

import numpy as np
import pytest

from frontiercost.backtest.rental_prices import residuals, single_quotes
from frontiercost.core.errors import NotEvaluatedError
from frontiercost.cost import market_prices
from frontiercost.cost.choices import COMMITMENTS
from frontiercost.cost.siblings import chip_worth


def test_quotes_of_2024_and_later_fall_into_the_interval_predicted_from_older_ones(catalogue):
    found = residuals(catalogue, since="2024")
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
    assert all(row.age > 0 for row in residuals(catalogue, since="2024"))


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


def test_after_the_edition_a_price_is_carried_on_as_it_is_and_only_less_sure(catalogue):
    """A year on, a 3y H100 cost by one quote of 2024 instead of the eleven of 2026."""
    quotes = [q for q in catalogue.quotes("rental") if q.commitment in COMMITMENTS]
    for chip in {quote.chip for quote in quotes}:
        for commitment in ("on-demand", "1y", "3y"):
            now, *later = (
                price(catalogue, chip, date, commitment=commitment)
                for date in ("2026-11", "2027-11", "2029-11")
            )
            widths = [fact.high / fact.low for fact in (now, *later)]
            assert [fact.value for fact in later] == pytest.approx([now.value] * 2)
            assert widths[0] < widths[1] < widths[2]
            assert {fact.note for fact in later} == {now.note}


def test_where_no_quote_is_fresh_the_newest_cell_wins(catalogue):
    columns = "date,chip,vendor,tier,commitment,usd_per_chip_hour,region,source,at,confidence,note"
    text = (catalogue.root / "chips" / "h100-sxm.toml").read_text(encoding="utf-8")
    rows = [
        f"{date},aged,A cloud,specialist,{commitment},{usd},,own-judgement,,stated,"
        for date, commitment, usd in (("2023-01-05", "3y", 9.0), ("2025-05-05", "on-demand", 3.0))
    ]
    files = {
        "chips/aged.toml": text.replace('name = "h100-sxm"', 'name = "aged"'),
        "prices/rental.csv": "\n".join([columns, *rows, ""]),
    }
    found = price(catalogue.with_files(files), "aged", commitment="3y")
    assert found.as_of == "2025-05-05"
    assert "no specialist 3y quote, specialist on-demand used" in found.note


def thinned(catalogue, chip, *, kept, date="2026-11"):
    """Return the catalogue with one specialist quote on demand of a chip, at a multiple."""
    median = price(catalogue, chip, commitment="on-demand").value
    name = f"{chip}-thin"
    columns = "date,chip,vendor,tier,commitment,usd_per_chip_hour,region,source,at,confidence,note"
    row = f"{date}-01,{name},A cloud,specialist,on-demand,{kept * median},,own-judgement,,stated,"
    text = (catalogue.root / "chips" / f"{chip}.toml").read_text(encoding="utf-8")
    files = {
        f"chips/{name}.toml": text.replace(f'name = "{chip}"', f'name = "{name}"'),
        "prices/rental.csv": f"{columns}\n{row}\n",
    }
    return catalogue.with_files(files), name, median


@pytest.mark.parametrize("chip", ["h100-sxm", "b200", "mi300x"])
@pytest.mark.parametrize("off", [0.5, 2.0])
def test_a_lone_quote_far_off_like_chips_is_pulled_to_them_and_wider(catalogue, chip, off):
    thin, name, median = thinned(catalogue, chip, kept=off)
    pulled = price(thin, name, commitment="on-demand")
    assert abs(math.log(pulled.value / median)) < 0.75 * abs(math.log(off))
    assert min(off, 1) * median < pulled.value < max(off, 1) * median
    assert "by like chips" in pulled.note
    well_known = price(catalogue, chip, commitment="on-demand")
    assert pulled.high / pulled.low > well_known.high / well_known.low


def test_many_vendors_are_pulled_little_and_the_makers_own_price_not_at_all(catalogue):
    h100 = price(catalogue, commitment="on-demand")
    quotes = market_prices.quotes_of(
        catalogue.quotes("rental", "h100-sxm"), "specialist", "on-demand"
    )
    median = market_prices.centre(market_prices.in_force(quotes))
    assert h100.value == pytest.approx(median, rel=0.1)
    listed = price(catalogue, "tpu-v5p", "2026-11", "hyperscaler", "on-demand")
    assert (listed.value, "like chips" in listed.note) == (pytest.approx(4.2), False)


def test_chips_left_out_are_closer_with_like_chips_than_by_one_quote(catalogue):
    """Each vendor's quote of a cell, against the median of its other vendors."""
    alone, both, _ = (
        np.sqrt(np.mean(np.square(x))) for x in zip(*single_quotes(catalogue), strict=True)
    )
    print(f"alone {alone:.3f}, pulled {both:.3f}")
    assert both < 0.8 * alone


def test_the_worth_of_chips_is_that_of_their_files(catalogue):
    for row in catalogue.rows("prices/chip_worth.csv"):
        chip = catalogue.chip(row["chip"])
        assert float(row["worth"]) == pytest.approx(chip_worth(chip), rel=1e-4)
        assert row["maker"] == chip.vendor


def test_what_the_export_rules_cut_is_no_cheaper_for_its_thin_quotes(catalogue):
    h800, h100 = (price(catalogue, chip) for chip in ("h800-sxm", "h100-sxm"))
    assert h800.value > 0.97 * h100.value
    assert h800.high / h800.low > h100.high / h100.low


def test_a_purchase_price_is_pulled_too_and_carries_to_the_value_left(catalogue):
    chip = catalogue.chip("b300")
    new = market_prices.server_price(catalogue, chip, "2026-11")
    left = market_prices.server_value(catalogue, chip, "2026-11")
    assert "like chips" in new.note
    assert "like chips" in left.note
    assert left.value < new.value


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


def test_one_price_is_off_by_how_sure_it_is_once(catalogue):
    """A device that two list prices tell of: its own interval, beside what sellers differ by."""
    found = market_prices.server_price(catalogue, catalogue.chip("mac-studio-m3-ultra"), "2026-11")
    assert 2 < found.high / found.low < 4
