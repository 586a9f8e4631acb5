"""The railroad: what repays a development, at today's price and at one that falls."""

import math
from pathlib import Path

import numpy as np
import pytest

from frontiercost.core.errors import InputError
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate
from frontiercost.stages.inference import break_even as repaid

FAST = {"stage": "inference", "draws": "256"}
RAIL = {
    "model": "llama-3.1-70b",
    "development": "$100M",
    "token_price": "$10/Mtok",
    "requests": "100M/day",
    "output_tokens": "500",
    "input_tokens": "500",
}


def ask(**flags):
    return evaluate(build(FAST | flags))


def test_break_even_is_fixed_cost_over_margin():
    found = ask(**RAIL, draws="0")
    b = repaid.break_even(found)
    assert b.volume == pytest.approx(100e6 / (10e-6 - b.marginal))
    assert b.years == pytest.approx(b.volume / (100e6 * 500 * 365.25))
    averages = repaid.average_costs(b, found.draws)
    at_break_even = next(cost for volume, cost in averages if volume == pytest.approx(b.volume))
    assert at_break_even == pytest.approx(10e-6)
    assert [cost for _, cost in averages] == sorted((c for _, c in averages), reverse=True)


def test_growing_demand_repays_sooner_and_dearer_serving_later_or_never():
    steady, grown = (repaid.break_even(ask(**RAIL, draws="0", **g)) for g in GROWTH)
    assert grown.years < steady.years
    years = [y for _, y in repaid.when_inference_grows(steady, ask(**RAIL, draws="0").draws)]
    assert years == sorted(years)
    cheap = repaid.break_even(ask(**RAIL | {"token_price": "$0.01/Mtok"}, draws="0"))
    assert math.isinf(cheap.volume)


EXAMPLE = Path(__file__).parent.parent / "examples" / "break-even.toml"
GROWTH = ({}, {"demand_growth": "3x"})


def test_falling_prices_repay_later_or_never():
    def ask_falling(decline):
        found = ask(**RAIL, price_decline=decline, draws="0")
        return repaid.break_even(found)

    years = [ask_falling(d).years_falling for d in ("1.37x", "1.6x", "3x", "10x", "1000x")]
    assert years == sorted(years)
    assert math.isinf(years[-1])
    usual = repaid.break_even(ask(**RAIL, draws="0"))
    assert usual.price_decline == 10
    assert usual.years_falling >= usual.years


def test_a_price_that_falls_as_costs_do_earns_a_falling_margin():
    """F / V = (p - c) (1 - e^-rt) / r, r the logarithm of both declines."""
    b = repaid.break_even(ask(**RAIL, price_decline="1.37x", draws="0"))
    r, t = math.log(1.37), b.years_falling
    earned = (b.price - b.marginal) * (1 - math.exp(-r * t)) / r * b.yearly_tokens
    assert earned == pytest.approx(b.development, rel=1e-6)


def test_break_even_says_how_likely_a_margin_is():
    found = ask(**RAIL | {"token_price": "$0.3/Mtok..$3/Mtok"})
    b = repaid.break_even(found)
    assert 0 < b.probability_repaid < 1
    assert np.isinf(b.volume).mean() == pytest.approx(1 - b.probability_repaid)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"token_price": "$0.01/Mtok"}, "never repaid: a token is sold for less than it costs"),
        ({"token_price": "$10/Mtok"}, " sold at today's price, and never at one that falls 10×"),
        ({"token_price": "$10/Mtok", "price_decline": "1x"}, " sold; "),
        (
            {"token_price": "$10/Mtok", "demand_growth": "0.01x", "requests": "1M/day"},
            "never repaid: a demand that shrinks so ends before",
        ),
    ],
)
def test_the_answer_says_why_a_development_is_not_repaid(run, flags, says):
    args = [f"--{key.replace('_', '-')}={text}" for key, text in (RAIL | flags).items()]
    args = [arg for arg in args if not arg.startswith("--model")]
    args = [arg.replace("--token-price", "--price") for arg in args]
    told = run("inference", RAIL["model"], *args, "--draws", "256", "-q").out
    assert says in " ".join(told.split())


def test_a_price_that_may_be_above_the_cost_is_not_called_below_it(run):
    """It said that a token is sold for less than it costs where 48 % of the draws said more."""
    told = " ".join(run("inference", "--scenario", EXAMPLE, "-q").out.split())
    assert "sold for less" not in told
    assert "today a token sells for more than it costs in 48%" in told
    assert "its price falls 10× a year" in told


def test_break_even_without_a_price_says_what_is_missing():
    with pytest.raises(InputError, match=r"development .* and price"):
        repaid.break_even(ask(model="llama-3.1-8b", draws="0"))
