import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.core.errors import DataError
from frontiercost.core.facts import Draws, Fact, bounded, positive_part, read_fact
from frontiercost.core.facts import fact_from_text as typed
from frontiercost.core.provenance import CHOSEN, Provenance

FROM = {"source": "s", "as_of": "2026-11", "confidence": "stated"}
SPREAD = st.floats(1.01, 5)


def fact(low, value, high, unit="x", path="test/fact", **more):
    return Fact(path, value, low, high, unit, "own-judgement", "judged", **more)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"value": "80", **FROM}, "no known unit"),
        ({"value": "80 GB"}, "no source"),
        (FROM, "no known unit"),
        ({"value": "80 GB", **FROM, "confidence": "sure"}, "confidence 'sure'"),
        ({"value": "80 GB", **FROM, "low": "90 GB"}, "does not hold"),
        ({"value": "80 parsec", **FROM}, "unknown unit"),
        ("80 GB", "must be a table"),
    ],
)
def test_a_number_without_unit_or_source_does_not_load(entry, says):
    with pytest.raises(DataError, match=says):
        read_fact("chips/x/memory", entry, "B")


@pytest.mark.parametrize(
    ("confidence", "spread"),
    [("definition", 1), ("measured", 1.02), ("stated", 1.1), ("estimated", 1.5), ("judged", 2.5)],
)
def test_a_missing_interval_follows_the_confidence(confidence, spread):
    made = bounded("p", 10.0, None, None, "x", Provenance("s", "2026", confidence))
    assert (made.low, made.high) == pytest.approx((10 / spread, 10 * spread))


def test_a_share_stays_between_nothing_and_all():
    made = bounded("p", 0.9, None, None, "%", CHOSEN)
    assert made.high < 1
    drawn = Draws(2000).sample(made)
    assert drawn.min() > 0
    assert drawn.max() < 1
    with pytest.raises(DataError, match="outside its range"):
        bounded("p", 0.9, 0.5, 1.2, "%", CHOSEN)


@pytest.mark.parametrize("unit", ["x", "%"])
def test_draws_have_the_interval_they_were_given(unit):
    draws = Draws(4096)
    drawn = draws.summary(draws.sample(fact(0.1, 0.3, 0.4, unit)))
    assert drawn == pytest.approx((0.1, 0.3, 0.4), rel=0.01)


@given(st.floats(1e-3, 1e12), SPREAD, SPREAD)
def test_draws_are_ordered_and_positive(value, below, above):
    draws = Draws(256)
    drawn = draws.sample(fact(value / below, value, value * above))
    low, median, high = draws.summary(drawn)
    assert 0 < low <= median <= high


def test_a_fact_is_drawn_once_and_a_new_one_moves_no_other():
    one, other = fact(1, 2, 4, path="a"), fact(1, 2, 4, path="b")
    first = Draws(512, seed=7)
    first.sample(other)
    assert np.array_equal(first.sample(one), Draws(512, seed=7).sample(one))
    assert not np.array_equal(first.sample(one), first.sample(other))
    assert not np.array_equal(first.sample(one), Draws(512, seed=8).sample(one))


def test_facts_of_a_shared_factor_move_together():
    one, other = (
        fact(1, 2, 4, path=path, shared="market", correlation=0.8**0.5) for path in ("a", "b")
    )
    draws = Draws(4096)
    together = np.corrcoef(np.log(draws.sample(one)), np.log(draws.sample(other)))[0, 1]
    assert together == pytest.approx(0.8, abs=0.03)
    assert draws.summary(draws.sample(one)) == pytest.approx((1, 2, 4), rel=0.01)


def test_what_a_user_typed_is_exact_unless_it_is_an_interval():
    assert Draws(100).sample(typed("input/tokens", "2T", "token", "flag:--tokens")) == 2e12
    assert Draws(100).sample(typed("input/tokens", "1T..4T", "token", "flag")).shape == (100,)


def test_no_draws_give_the_central_value_and_no_interval():
    draws = Draws(0)
    assert draws.sample(fact(1, 2, 4)) == 2
    assert draws.summary(2.0) == (None, 2.0, None)
    assert draws.share(True) is None


@given(st.floats(-1e9, 1e9))
def test_positive_part_is_the_same_for_floats_and_arrays(number):
    assert positive_part(number) == max(number, 0)
    assert positive_part(np.array([number]))[0] == max(number, 0)
