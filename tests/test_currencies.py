"""Money of other currencies is read wherever dollars are, at the month of the question's date."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import frontiercost as fc
from frontiercost.catalogue.public_record import exchange_rate
from frontiercost.core.currencies import SPELLINGS, UNCLEAR, currency_of
from frontiercost.core.units import parse

LLAMA = ("pretrain", "llama-2-7b")
FEW = ("--draws", "16")
AMOUNTS = st.integers(1, 10**9)
MARKS = [(mark, code) for code, marks in SPELLINGS.items() for mark in (code, code.lower(), *marks)]


def rated(currency):
    """Exchange rates of a made-up world."""
    return {"EUR": 1.25, "GBP": 1.5}.get(currency, 0.5)


@pytest.mark.parametrize(
    ("text", "unit", "usd"),
    [
        ("€32B", "USD", 40e9),
        ("32B EUR", "USD", 40e9),
        ("32 billion euros", "USD", 40e9),
        ("EUR 32B", "USD", 40e9),
        ("32 MEUR", "USD", 40e6),
        ("32M€", "USD", 40e6),
        ("£2M/year", "USD/year", 3e6),
        ("£2M per year", "USD/year", 3e6),
        ("2 EUR/h", "USD/chip-hour", 2.5),
        ("0.08 €/kWh", "USD/kWh", 0.1),
        ("€8/Mtok", "USD/token", 10e-6),
        ("CHF 5k", "USD", 2.5e3),
        ("HK$5", "USD", 2.5),
        ("-€4", "USD", -5),
        ("$5", "USD", 5),
        ("US$5M", "USD", 5e6),
    ],
)
def test_an_amount_is_read_as_dollars_are(text, unit, usd):
    assert parse(text, unit, rated).value == pytest.approx(usd)


@pytest.mark.parametrize("text", ["€4..€16", "€4..16", "4..16 EUR", "4..8..16 €"])
def test_the_currency_of_one_end_holds_for_the_others(text):
    assert parse(text, "USD", rated) == pytest.approx((5, 10, 20))


@given(AMOUNTS, st.sampled_from(MARKS), st.booleans(), st.sampled_from(["", "k", "M", "B"]))
def test_every_spelling_of_a_currency_means_the_same(number, mark, in_front, suffix):
    spelling, code = mark
    amount = f"{number}{suffix}"
    text = f"{spelling}{amount}" if in_front else f"{amount} {spelling}"
    assert currency_of(text) == code
    dollars = parse(f"${amount}", "USD").value
    assert parse(text, "USD", rated).value == pytest.approx(rated(code) * dollars)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("¥5B", "write JPY or CNY"),
        ("5 kr", "write SEK or NOK or DKK"),
        ("5M pounds", "write GBP"),
        ("5 rupees", "write INR"),
        ("€5..$9", "in two currencies: EUR and USD"),
        ("5 EUR..9 GBP", "in two currencies: EUR and GBP"),
        ("40 cents", "convert it to dollars"),
        ("NT$5", "convert it to dollars"),
        ("TT$5", "convert it to dollars"),
        ("₽5", "convert it to dollars"),
        ("5 EUR/furlong", r"write it as \$5M, with EUR for \$"),
    ],
)
def test_what_is_unclear_or_unknown_is_refused_and_no_amount_is_offered(text, says):
    with pytest.raises(ValueError, match=says) as refused:
        parse(text, "USD", rated)
    assert "did you mean" not in str(refused.value)


def test_a_quantity_that_is_no_money_stays_what_it_was():
    with pytest.raises(ValueError, match="unknown unit 'EUR'"):
        parse("5 EUR", "token", rated)


# --- rates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "month", "per_usd"),
    [
        ("EUR", "2022-09", 1.0094),  # below parity with the dollar
        ("GBP", "2022-09", 0.8829),  # the month of the mini-budget
        ("JPY", "2024-07", 157.6),
        ("CHF", "2020-12", 0.8887),
        ("AED", "2024-01", 3.6725),
    ],
)
def test_rates_are_those_of_their_months(catalogue, currency, month, per_usd):
    assert exchange_rate(catalogue, currency, month).value == pytest.approx(per_usd, rel=0.005)


def test_every_currency_that_is_read_has_a_rate_of_every_month(catalogue):
    rows = catalogue.rows("exchange_rates.csv")
    months = {row["month"] for row in rows}
    assert {(row["currency"], row["month"]) for row in rows} == {
        (code, month) for code in SPELLINGS for month in months
    }
    assert {code for codes in UNCLEAR.values() for code in codes} <= SPELLINGS.keys()


def test_a_later_date_takes_the_newest_rate_and_an_earlier_one_is_refused(catalogue):
    newest = max(row["month"] for row in catalogue.rows("exchange_rates.csv"))
    assert exchange_rate(catalogue, "EUR", "2031-05").as_of == newest
    assert exchange_rate(catalogue, "EUR", "2024").as_of == "2024-12"
    assert exchange_rate(catalogue, "EUR", "2024-03-09").as_of == "2024-03"
    with pytest.raises(ValueError, match=r"2016-05: the first is of 2017-01"):
        exchange_rate(catalogue, "EUR", "2016-05")


# --- questions ------------------------------------------------------------------------------------


def document(run, *asked):
    found = run(*asked, *FEW, "--format", "json")
    assert found.code == 0, found.err
    return json.loads(found.out)


def test_a_budget_is_judged_in_dollars_of_the_month_and_the_answer_says_the_rate(run, catalogue):
    asked = (*LLAMA, "--date", "2022-09", "--price", "$2/h")
    usd = 1 / exchange_rate(catalogue, "EUR", "2022-09").value
    euros = document(run, *asked, "--budget", "€5M")["evaluations"][0]
    dollars = document(run, *asked, "--budget", f"${5e6 * usd!r}")["evaluations"][0]
    verdicts = [entry["verdicts"][0]["available_usd"] for entry in (euros, dollars)]
    assert verdicts[0] == verdicts[1]
    (rate,) = euros["exchange_rates"]
    assert (rate["currency"], rate["month"]) == ("EUR", "2022-09")
    assert rate["usd"] == pytest.approx(usd, rel=1e-5)
    assert dollars["exchange_rates"] == []
    assert [entry["value"] for entry in euros["question"] if entry["key"] == "budget"] == ["€5M"]
    said = run(*asked, "--budget", "€5M", *FEW, "--more").out
    assert "a budget of $5.0M (€5M)" in said
    assert f"1 EUR is ${usd:.4g}, the mean of 2022-09 (ecb-reference-rates)." in said


@pytest.mark.parametrize(
    "asked",
    [
        (*LLAMA, "--price", "2 EUR/h"),
        (*LLAMA, "--basis", "own", "--electricity-price", "0.2 €/kWh"),
        (*LLAMA, "--set", "assumptions.staff_cost_startup=€200k/person-year", "--pay", "startup"),
        ("pretrain", "--budget", "€5M"),
        ("dataprep", "--tokens", "1T", "--licence", "news=€5M/year"),
        (
            "inference",
            "llama-3.1-8b",
            "--price",
            "€2/h",
            "--price",
            "€10/Mtok",
            "--development",
            "€1M",
        ),
        ("posttrain", "llama-3.1-8b", "--set", "phases.sft.examples=10k", "--budget", "€1M/year"),
        ("compare", "--cost", "€30M"),
        ("compare", "--actor", "princeton", "--rung", "run", "--grant", "€10M"),
    ],
    ids=" ".join,
)
def test_every_amount_of_money_may_be_in_another_currency(run, asked):
    said = document(run, *asked)
    rates = said.get("exchange_rates") or said["evaluations"][0]["exchange_rates"]
    assert [rate["currency"] for rate in rates] == ["EUR"]
    assert "1 EUR is $" in run(*asked, *FEW, "--more").out


def test_a_model_as_built_is_paid_at_the_rates_of_its_time(run):
    said = document(run, "pretrain", "bloom-176b", "--as-built", "--budget", "€5M")
    (evaluation,) = said["evaluations"]
    assert evaluation["exchange_rates"][0]["month"] == evaluation["date"]


def test_a_saved_question_keeps_what_was_typed_and_gives_the_same_answer(run, tmp_path):
    file = tmp_path / "saved.toml"
    asked = (*LLAMA, "--budget", "£5M", "--price", "2 EUR/h", *FEW, "--format", "json")
    first = run(*asked, "--save", file)
    assert 'budget = "£5M"' in file.read_text(encoding="utf-8")
    assert run("pretrain", "--scenario", file, "--format", "json").out == first.out


def test_a_row_of_ones_own_is_converted_at_its_own_date(catalogue):
    own = {
        "actors": [{"name": "lab", "label": "Lab", "category": "nonprofit"}],
        "budgets": [{"actor": "lab", "date": "2020-03", "usd": "€7M", "kind": "stock"}],
    }
    scenario = fc.ask(model="llama-2-7b", actor="lab", own=own, price="$2/h", draws="0")
    (verdict,) = fc.evaluate(scenario).verdicts
    usd = 1 / exchange_rate(catalogue, "EUR", "2020-03").value
    assert verdict.funds.money.value == pytest.approx(7e6 * usd)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--budget", "¥5B"), "--budget '¥5B': '¥' is not clear; write JPY or CNY"),
        (("--price", "2 EUR/h", "--date", "2015-01"), "the first is of 2017-01"),
        (("--tokens", "5 EUR"), "unknown unit 'EUR'"),
    ],
)
def test_what_cannot_be_converted_is_said_in_one_line(run, asked, says):
    found = run(*LLAMA, *asked)
    assert found.code == 2
    assert says in found.err
    assert found.err.count("\n") == 1


def test_conditions_of_a_check_are_in_dollars_and_say_so(file, run):
    found = run("check", file('[[assumption]]\nid = "a"\ncondition = "total.median < €1B"\n'))
    assert found.code == 2
    assert "an amount in dollars" in found.err
