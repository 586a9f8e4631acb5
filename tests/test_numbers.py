"""Numbers as people write them are read, or refused with a line that changes no amount."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from frontiercost.core.units import (
    BARE,
    EXAMPLES,
    SPELLINGS,
    SUFFIXES,
    check_date,
    decimal_year,
    parse,
    parts_of,
)

MONEY = [unit for unit in SPELLINGS if unit.startswith("USD")]


@pytest.mark.parametrize(
    ("text", "unit", "low", "high"),
    [
        ("$5..10M", "USD", 5e6, 10e6),
        ("$5..$10M", "USD", 5e6, 10e6),
        ("5..10M", "USD", 5e6, 10e6),
        ("$2..$4/h", "USD/chip-hour", 2, 4),
        ("$2..4/h", "USD/chip-hour", 2, 4),
        ("2..4/h", "USD/chip-hour", 2, 4),
        ("$1..$10/Mtok", "USD/token", 1e-6, 10e-6),
        ("1..3T", "token", 1e12, 3e12),
        ("30..90 days", "day", 30, 90),
        ("2..4 TB/s", "B/s", 2e12, 4e12),
        ("10..20%", "%", 0.1, 0.2),
        ("1..2M/day", "request/day", 1e6, 2e6),
        ("$900k..$2M", "USD", 0.9e6, 2e6),
        ("900k..2M", "token", 0.9e6, 2e6),
        ("$900k..$2M/year", "USD/year", 0.9e6, 2e6),
        ("900k..2M/month", "USD/year", 12 * 0.9e6, 12 * 2e6),
        ("500 MB..2 GB", "B", 0.5e9, 2e9),
        ("12 hours..3 days", "day", 0.5, 3),
    ],
)
def test_the_last_suffix_and_unit_of_an_interval_hold_for_ends_without_their_own(
    text, unit, low, high
):
    found = parse(text, unit)
    assert (found.low, found.high) == pytest.approx((low, high))


@pytest.mark.parametrize("text", ["500..2k", "$500..$2k", "10..5M", "$2M..$900k", "5%..4%"])
def test_an_interval_that_goes_down_as_it_is_read_is_refused(text):
    with pytest.raises(ValueError, match="must go from low to high"):
        parse(text, "%" if "%" in text else "USD")


@pytest.mark.parametrize(
    "text",
    [
        *("5,5M", "$5,5M", "1,23", "12,3456", "1234,567", "0,500", "1,234,56", "1,,234", "1,234,"),
        *("1.234,56", "1,2..3", "1_0", "1__000", "1_000,000", "12_34M"),
    ],
)
def test_a_comma_stands_before_three_digits_all_along_or_is_refused(text):
    with pytest.raises(ValueError, match="three digits"):
        parse(text, "USD")


@given(st.integers(0, 10**15), st.sampled_from([",", "_"]), st.sampled_from(["", ".5"]))
def test_thousands_may_be_grouped_by_either_sign(number, sign, fraction):
    grouped = f"{number:,}".replace(",", sign) + fraction
    assert parse(grouped, "x").value == float(f"{number}{fraction}")


@given(st.text("0123456789,_.", min_size=1, max_size=12))
def test_a_number_is_read_only_as_one_that_would_be_written_so(text):
    try:
        found = parse(text, "x")
    except ValueError:
        return
    assume(".." not in text)
    assert found.value == float(re.sub("[,_]", "", text))
    whole = text.partition(".")[0]
    assert re.fullmatch(r"\d*|\d{1,3}(,\d{3})*|\d{1,3}(_\d{3})*", whole)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("50k/year", "USD/year", 50e3),
        ("50k per year", "USD/year", 50e3),
        ("$2.50 per hour", "USD/chip-hour", 2.5),
        ("2.5/h", "USD/chip-hour", 2.5),
        ("10/Mtok", "USD/token", 10e-6),
        ("US$5M", "USD", 5e6),
        ("USD 5M", "USD", 5e6),
        ("5M$", "USD", 5e6),
        ("0.09 $/kWh", "USD/kWh", 0.09),
        ("-$5", "USD", -5),
        ("$4", "USD/chip-hour", 4),
    ],
)
def test_money_may_stand_before_after_or_unsaid_where_only_money_can_be_meant(text, unit, value):
    assert parse(text, unit).value == pytest.approx(value)


@pytest.mark.parametrize("unit", ["USD", "USD/year", "USD/chip-hour", "USD/token", "USD/kWh"])
@pytest.mark.parametrize(
    "text",
    ["€5", "5 EUR", "2 EUR/h", "£5M/year", "C$5", "HK$5/h", "¥900", "5 rupees", "40 cents/h"],
)
def test_other_currencies_are_named_and_nothing_is_suggested_that_converts_them(text, unit):
    with pytest.raises(ValueError, match="not US dollars") as refused:
        parse(text, unit)
    assert "did you mean" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        ("3m", "day", "minutes, months or millions"),
        ("30m..2h", "day", "minutes, months or millions"),
        ("5/m", "request/day", "a minute or a month"),
        ("$5/m", "USD/year", "a month or a million"),
        ("5-10M", "USD", "two dots, did you mean '5..10M'?"),
        ("$5–$10M", "USD", "two dots, did you mean '$5..$10M'?"),
        ("30 to 90 days", "day", "two dots, did you mean '30..90 days'?"),
        ("10-5M", "USD", "two dots, such as 2..4"),
        ("8000", "%", "must be at most 100%"),
        ("80", "%", "write 80% for 80 per cent"),
        ("1.5", "%", "write 1.5% for 1.5 per cent"),
        ("1e308T", "token", "is not finite"),
        ("0...3", "x", "is not a number or an interval"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_with_the_choices(text, unit, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        parse(text, unit)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("$10/ktok", "USD/token"),
        ("$10/Gtok", "USD/token"),
        ("700 mW", "W"),
        ("5 mwh", "kWh"),
        ("5 us", "day"),
        ("5k people", "token"),
        ("2/kGPU-hour", "USD/chip-hour"),
    ],
)
def test_no_suggestion_is_made_where_the_nearest_spelling_is_another_amount(text, unit):
    with pytest.raises(ValueError, match="unknown unit") as refused:
        parse(text, unit)
    assert "did you mean" not in str(refused.value)


WORDS = sorted({name for names in SPELLINGS.values() for name in names} | set(SUFFIXES))
typed_tails = st.one_of(
    st.sampled_from(WORDS),
    st.text("kMGTBmbt /$-UShdaytoken", max_size=8),
    st.tuples(st.sampled_from(["", *SUFFIXES]), st.sampled_from(["", " "]), st.sampled_from(WORDS))
    .map("".join)
    .flatmap(
        lambda tail: st.sampled_from([tail, tail[:-1], tail.upper(), tail.lower(), tail + "x"])
    ),
)
typed = st.tuples(
    st.sampled_from(["", "$"]),
    st.sampled_from(["5", "2.50", "1,000", ".5", "3e4"]),
    st.sampled_from(["", " "]),
    typed_tails,
).map("".join)
SUFFIX = rf"\s*({'|'.join(sorted(filter(None, SUFFIXES), key=len, reverse=True))})?(?![A-Za-z])"


def amount(text):
    """The number as typed, times its suffix where one stands by itself."""
    part = parts_of(text)[0]
    suffix = re.match(SUFFIX, part.tail)
    scale = SUFFIXES[suffix[1]] if suffix and suffix[1] else 1.0
    return float(part.number.replace(",", "")) * scale


@given(typed, st.sampled_from(sorted(SPELLINGS)))
def test_a_suggestion_has_the_amount_that_was_typed_and_is_read_in_that_unit(text, unit):
    try:
        parse(text, unit)
    except ValueError as error:
        offered = re.search(r"did you mean '(.*)'\?", str(error))
        if offered:
            parse(offered[1], unit)
            assert amount(offered[1]) == pytest.approx(amount(text))
            assert offered[1].startswith("$") == text.startswith("$")


@given(st.sampled_from(sorted(BARE & EXAMPLES.keys())), st.floats(0, 1e300), st.floats(0, 1e300))
def test_an_end_takes_the_unit_of_the_other_as_if_it_were_written_there(unit, one, other):
    low, high = sorted((one, other))
    for name in (name for name in SPELLINGS[unit] if name):
        bare, full = f"{low!r}..{high!r} {name}", f"{low!r} {name}..{high!r} {name}"
        assert parse(bare, unit) == parse(full, unit)


@pytest.mark.parametrize("date", ["2027-06-31", "2026-02-29", "2100-02-29", "2026-11-00", "0000"])
def test_days_that_are_in_no_calendar_are_refused(date):
    for read in (check_date, decimal_year):
        with pytest.raises(ValueError, match="is not a date"):
            read(date)


@given(st.dates())
def test_every_day_of_the_calendar_is_read_and_none_before_it_is_later(day):
    assert check_date(day.isoformat()) == day.isoformat()
    assert int(decimal_year(day.isoformat()) + 0.01) in (day.year, day.year + 1)


def test_every_money_unit_names_its_example_in_dollars():
    assert all("$" in EXAMPLES.get(unit, "$") or "USD" in EXAMPLES[unit] for unit in MONEY)
