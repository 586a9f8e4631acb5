"""What intervals hold: shares by hand, the range of chance, and what draws carry of a digit."""

import math
import re

import pytest
import write_calibration as calibration
import write_draw_errors as draw_errors
from hypothesis import given
from hypothesis import strategies as st
from pages import METHOD

from binomial import coverage_is_plausible
from frontiercost.backtest.summary import Prediction
from frontiercost.core.facts import Interval
from frontiercost.core.units import parse
from frontiercost.scenario.resolver import DRAWS

shares = st.floats(min_value=0.01, max_value=0.99)


def predicted(actual, low=0.5, high=4.0, holder="h"):
    return Prediction(
        id="x",
        group="g",
        actual=actual,
        predicted=Interval(low, 1.0, high),
        naive=1.0,
        holder=holder,
    )


@given(st.floats(min_value=0.01, max_value=100.0))
def test_at_90_per_cent_a_value_is_inside_where_the_interval_holds_it(actual):
    p = predicted(actual)
    assert calibration.share_inside([p], 0.9) == p.inside


@given(st.floats(min_value=0.01, max_value=100.0), shares, shares)
def test_a_wider_interval_holds_what_a_narrower_one_does(actual, one, other):
    p, (narrow, wide) = predicted(actual), sorted((one, other))
    assert calibration.share_inside([p], narrow) <= calibration.share_inside([p], wide)


def test_each_side_of_an_interval_has_its_own_width():
    up, down = predicted(4.0), predicted(0.5)
    assert calibration.deviation(up) == pytest.approx(-calibration.deviation(down))
    assert calibration.share_inside([predicted(math.sqrt(4.0))], 0.5) == 0
    assert calibration.share_inside([predicted(4.0**0.4)], 0.5) == 1


def test_everyone_who_was_held_out_counts_once():
    rows = [predicted(1.0, holder="many")] * 9 + [predicted(9.0, holder="one")]
    assert calibration.share_inside(rows, 0.9) == 0.9
    assert calibration.share_by_holder(rows, 0.9) == 0.5


@given(st.integers(min_value=1, max_value=300), shares)
def test_the_range_of_chance_holds_nine_of_ten_and_the_stated_share(n, stated):
    low, high = calibration.range_of_chance(n, stated)
    k = range(round(n * low), round(n * high) + 1)
    assert sum(math.comb(n, i) * stated**i * (1 - stated) ** (n - i) for i in k) >= 0.9 - 1e-9
    assert low <= stated + 1 / n
    assert high >= stated - 1 / n
    middle = [i for i in k if 1 < i - k.start < len(k) - 2]
    assert all(coverage_is_plausible(i, n, stated) for i in middle)


# --- digits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", draw_errors.QUESTIONS)
def test_the_method_tells_the_errors_of_answers_like_those_of_today(name):
    """Within a tenth, which moves no error; python benchmarks/write_all.py draws renews it."""
    total = draw_errors.asked(draw_errors.QUESTIONS[name], DRAWS, seed=0).total
    row = re.search(rf"\| {re.escape(name)} \| {DRAWS:,} \|(.*)", METHOD.read_text("utf-8"))[1]
    ends = [cell.split(" ±")[0].strip() for cell in row.split("|")[:3]]
    assert [parse(end, "USD").value for end in ends] == pytest.approx(total, rel=0.1)


def test_the_usual_draws_carry_both_digits_of_a_median():
    page = METHOD.read_text("utf-8").split("<!-- draw errors: begin -->")[1]
    moved = re.findall(rf"\| {DRAWS:,} \|(?:[^|]*\|){{4}} ±([\d.]+) \|", page)
    assert len(moved) == len(draw_errors.QUESTIONS)
    assert all(float(one) < 0.5 for one in moved)
