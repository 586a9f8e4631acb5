import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.core.number_format import format_quantity
from frontiercost.core.units import (
    EXAMPLES,
    SPELLINGS,
    check_date,
    decimal_year,
    has_unit,
    not_after,
    parse,
    unit_of,
)

POSITIVE = st.floats(1e-6, 1e27, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("405B", "parameter", 405e9),
        ("15.6T", "token", 15.6e12),
        ("$5M", "USD", 5e6),
        ("$5 million", "USD", 5e6),
        ("$5M/year", "USD/year", 5e6),
        ("$1k/month", "USD/year", 12e3),
        ("16k", "chip", 16_000),
        ("1,024 chips", "chip", 1024),
        ("2_000", "chip", 2000),
        ("35%", "%", 0.35),
        ("0.35", "%", 0.35),
        ("3 months", "day", 91.3125),
        ("90 days", "day", 90),
        ("$2.50/h", "USD/chip-hour", 2.5),
        ("0.12 USD/kWh", "USD/kWh", 0.12),
        ("989.4 TFLOP/s", "FLOP/s", 989.4e12),
        ("3.8e25", "FLOP", 3.8e25),
        ("80 GB", "B", 80e9),
        ("80 GiB", "B", 80 * 2**30),
        ("700 W", "W", 700),
        ("27 GWh", "kWh", 27e6),
        ("30.84M chip-hour", "chip-hour", 30.84e6),
        ("0.15 USD/Mtoken", "USD/token", 0.15e-6),
    ],
)
def test_reads_what_people_write(text, unit, value):
    assert parse(text, unit) == pytest.approx((value, value, value))


@pytest.mark.parametrize(
    ("text", "unit", "low", "middle", "high"),
    [
        ("2..4", "x", 2, math.sqrt(8), 4),
        ("2..3..4", "x", 2, 3, 4),
        ("2..4 days", "day", 2, math.sqrt(8), 4),
        ("$2M..$5M", "USD", 2e6, math.sqrt(10) * 1e6, 5e6),
        ("0%..10%", "%", 0, 0.05, 0.1),
    ],
)
def test_reads_an_interval_wherever_a_number_goes(text, unit, low, middle, high):
    assert parse(text, unit) == pytest.approx((low, middle, high))


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        ("70 b0", "parameter", "did you mean '70B'?"),
        ("90", "day", "has no unit; a time is needed"),
        ("5 days", "USD", "unknown unit 'days'"),
        ("abc", "token", "does not start with a number"),
        ("", "USD", "is not a number or an interval"),
        ("4..2", "x", "must go from low to high"),
        ("1..2..3..4", "x", "is not a number or an interval"),
        ("1e999", "x", "is not finite"),
        ("nan", "x", "does not start with a number"),
        ("00M", "USD", "begins with zeros, as what a shell leaves"),
    ],
)
def test_refuses_with_a_reason(text, unit, says):
    with pytest.raises(ValueError, match=says.replace("?", r"\?")):
        parse(text, unit)


@given(POSITIVE, st.sampled_from(sorted(EXAMPLES)))
def test_what_is_printed_reads_back_within_its_precision(value, unit):
    assert parse(format_quantity(value, unit), unit).value == pytest.approx(value, rel=0.051)


@given(st.text(max_size=20), st.sampled_from(sorted(SPELLINGS)))
def test_any_text_is_read_or_refused(text, unit):
    try:
        low, value, high = parse(text, unit)
    except ValueError:
        return
    assert low <= value <= high


@pytest.mark.parametrize("unit", sorted(EXAMPLES))
def test_every_example_that_errors_show_is_valid(unit):
    assert parse(EXAMPLES[unit], unit).value > 0


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (480e6, "USD", "$480M"),
        (2.1e25, "FLOP", "2.1e25 FLOP"),
        (999.6, "USD", "$1.0k"),
        (123_456_789, "USD", "$123M"),
        (405e9, "parameter", "405B parameters"),
        (16_384, "chip", "16,384 chips"),
        (0.35, "%", "35%"),
        (39, "%", "39×"),
        (4.14, "x", "4.1×"),
        (0.25, "day", "6.0 hours"),
        (0, "USD", "$0"),
        (None, "USD", "unknown"),
        (1, "token", "1 token"),
    ],
)
def test_prints_two_to_three_figures(value, unit, text):
    assert format_quantity(value, unit) == text


def test_knows_a_unit_from_a_bare_number():
    assert has_unit("80 GB")
    assert not has_unit("405B")
    assert unit_of("0.5 USD/kWh") == "USD/kWh"
    assert unit_of("12") is None


def test_dates_may_name_only_a_month_or_a_year():
    assert check_date("2026-11") == "2026-11"
    assert decimal_year("2026-01-01") == pytest.approx(2026, abs=0.01)
    assert not_after("2026-11-09", "2026-11")
    assert not not_after("2026-12-01", "2026-11")
    for wrong in ("2026-13", "26-11", "november"):
        with pytest.raises(ValueError, match="is not a date"):
            check_date(wrong)
