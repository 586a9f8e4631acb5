"""The rule for what predictions err by, on numbers whose answer is known."""

import math
from dataclasses import replace
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.core.facts import Z95, Fact
from frontiercost.stages.prediction_error import (
    FEW_HOLDERS,
    MeasuredRow,
    Residual,
    after_rows,
    carried_over,
    interval_of,
    learnt_fact,
    repeat_fact,
    residual_fact,
    unknown_fact,
    weighted_quantile,
    within_fact,
)
from frontiercost.stages.pretrain.run_errors import apart, times_kept

LOGS = st.floats(-1.5, 1.5)
ROWS = st.lists(
    st.builds(Residual, st.sampled_from("abcdefgh"), st.sampled_from(["dense", "mixture"]), LOGS),
    min_size=1,
    max_size=40,
)


def normal(holders, sigma, centre=0.0, kind="dense"):
    """One row for each holder, at the quantiles of a normal distribution."""
    deviate = NormalDist(centre, sigma).inv_cdf
    return [Residual(str(n), kind, deviate((n + 0.5) / holders)) for n in range(holders)]


def test_many_normal_holders_give_the_normal_interval():
    fact = residual_fact("x", normal(2000, 0.2, 0.1), "dense")
    assert math.log(fact.value) == pytest.approx(0.1, abs=1e-3)
    assert math.log(fact.high) == pytest.approx(0.1 + Z95 * 0.2, rel=0.01)
    assert math.log(fact.low) == pytest.approx(0.1 - Z95 * 0.2, rel=0.01)


def test_few_holders_are_believed_less():
    few, many = (residual_fact("x", normal(n, 0.2), "dense") for n in (10, 400))
    assert few.high / few.low > 1.1 * many.high / many.low


def test_a_holder_weighs_the_same_however_many_rows_it_has():
    rows = normal(20, 0.2)
    repeated = rows + [rows[-1]] * 500
    one, other = (residual_fact("x", each, "dense") for each in (repeated, rows))
    assert one.high == pytest.approx(other.high)


def test_a_kind_without_rows_borrows_all_it_has_from_the_others():
    rows = normal(FEW_HOLDERS, 0.3)
    assert residual_fact("x", rows, "mixture").value == residual_fact("x", rows, "dense").value


def test_no_residuals_teach_nothing():
    with pytest.raises(ValueError, match="no residuals"):
        residual_fact("x", [], "dense")


@given(ROWS, st.sampled_from(["dense", "mixture"]))
def test_a_residual_is_an_ordered_interval_around_its_centre(rows, kind):
    fact = residual_fact("x", rows, kind)
    assert fact.low <= fact.value <= fact.high


def test_what_is_unknown_shifts_by_the_mean_and_adds_the_spread():
    shifts = [
        Residual(holder, "dense", log) for holder, log in (("a", 0.1), ("a", 0.3), ("b", 0.0))
    ]
    fact = unknown_fact("x", shifts, "dense")
    assert math.log(fact.value) == pytest.approx(0.1)
    spread = math.sqrt(((0.0**2 + 0.2**2) / 2 + 0.1**2) / 2)
    assert math.log(fact.high / fact.value) == pytest.approx(Z95 * spread)


def test_what_is_unknown_of_a_kind_with_few_holders_is_borrowed_as_residuals_are():
    others = normal(FEW_HOLDERS, 0.3)
    borrowed, own = (unknown_fact("x", others, kind) for kind in ("mixture", "dense"))
    assert borrowed.value == pytest.approx(own.value)
    with pytest.raises(ValueError, match="no ratios"):
        unknown_fact("x", [], "dense")


def test_factors_combine_as_their_draws_do(catalogue):
    from frontiercost.core.facts import Draws

    factors = [
        residual_fact("a", normal(50, 0.2, 0.1), "dense"),
        unknown_fact("b", [Residual("a", "dense", 0.2)], "dense"),
    ]
    draws = Draws(4096)
    product = 3.0
    for factor in factors:
        product = product * draws.sample(factor)
    for drawn, said in zip(draws.summary(product), interval_of(3.0, factors), strict=True):
        assert drawn == pytest.approx(said, rel=0.02)


def test_what_moves_together_adds_up_as_it_is_and_not_as_squares(catalogue):
    from frontiercost.core.facts import Draws

    one, other = (residual_fact(name, normal(50, 0.2), "dense") for name in "ab")
    apart_, together = (
        [replace(one, shared=name), replace(other, shared=name)] for name in ("", "speed")
    )
    assert wide(together) == pytest.approx(wide([one]) * wide([other]))
    assert wide(apart_) < wide(together)
    draws = Draws(4096)
    moved = [draws.sample(replace(fact, correlation=1.0)) for fact in together]
    low, _, high = draws.summary(moved[0] * moved[1])
    assert high / low == pytest.approx(wide(together), rel=0.02)


def test_rows_of_ones_own_move_and_narrow_a_residual():
    fact = residual_fact("x", normal(200, 0.2), "dense")
    within = within_fact("w", [(h, str(x), x) for h in "ab" for x in (-0.05, 0.05)])
    one, ten = (learnt_fact(fact, within, [0.3] * n) for n in (1, 10))
    assert fact.value < one.value < ten.value < math.exp(0.3)
    widths = [found.high / found.low for found in (fact, one, ten)]
    assert widths == sorted(widths, reverse=True)
    assert learnt_fact(fact, within, []) == fact


@given(st.floats(0.05, 0.5), st.floats(-0.5, 0.5), st.integers(1, 50))
def test_partial_pooling_never_widens_and_never_passes_its_rows(sigma, log, rows):
    fact = residual_fact("x", normal(30, sigma), "dense")
    within = within_fact("w", [("a", str(x), x) for x in (-0.05, 0.05)])
    learnt = learnt_fact(fact, within, [log] * rows)
    assert learnt.high / learnt.low <= fact.high / fact.low * (1 + 1e-9)
    ends = sorted((math.log(fact.value), log))
    assert ends[0] - 1e-9 <= math.log(learnt.value) <= ends[1] + 1e-9


def test_a_step_carries_over_to_a_run_by_its_share():
    run, step = (residual_fact("x", normal(200, s), "dense") for s in (0.4, 0.2))
    within = within_fact("w", [("a", str(x), x) for x in (-0.05, 0.05)])
    learnt = learnt_fact(step, within, [0.3] * 100)
    half = carried_over(run, step, learnt, 0.5)
    assert math.log(half.value) == pytest.approx(0.5 * math.log(learnt.value), abs=1e-9)
    assert carried_over(run, step, learnt, 0.0).value == run.value
    assert half.high / half.low < run.high / run.low


def test_what_is_told_of_the_very_thing_is_not_pulled_back():
    fact = residual_fact("x", normal(200, 0.2), "dense")
    within = within_fact("w", [("a", str(x), x) for x in (-0.05, 0.05)])
    pulled, told = (learnt_fact(fact, within, [1.2], as_told=as_told) for as_told in (False, True))
    assert math.log(told.value) == pytest.approx(1.2, abs=0.01)
    assert math.log(pulled.value) < math.log(told.value)


def row(log, same=False, left_open=()):
    return MeasuredRow(log, same, frozenset(left_open))


def test_rows_of_the_same_model_tell_what_both_leave_open_and_others_do_not():
    residual = residual_fact("x", normal(200, 0.2), "dense")
    plan = unknown_fact("plan", [Residual("a", "dense", 0.1), Residual("b", "dense", 0.0)], "dense")
    within, repeat = (within_fact("w", [("a", str(x), x) for x in (-s, s)]) for s in (0.08, 0.03))
    scatter = (within, repeat)
    asked = {"plan": plan}
    usual = after_rows(residual, asked, [], asked, scatter)
    other = after_rows(residual, asked, [row(0.3, left_open=["plan"])], asked, scatter)
    same = after_rows(residual, asked, [row(0.3, True, ["plan"])], asked, scatter)
    assert usual == (residual, plan)
    assert other[1:] == (plan,)
    assert len(same) == 1
    assert math.log(same[0].value) == pytest.approx(0.3, abs=0.02)
    widths = [wide(factors) for factors in (usual, other, same)]
    assert widths == sorted(widths, reverse=True)


def wide(factors):
    low, _, high = interval_of(1.0, factors)
    return high / low


def test_repeats_are_measured_around_their_own_mean_and_holders_weigh_the_same():
    rows = [("a", "m", 0.1), ("a", "m", -0.1), *[("b", "n", 0.0)] * 2]
    fact = repeat_fact("r", rows)
    many = repeat_fact("r", [*rows, *[("b", "n", 0.0)] * 8])
    assert fact.value == 1
    assert many.high == pytest.approx(fact.high)
    assert repeat_fact("r", [(h, m, log + 3) for h, m, log in rows]).high == pytest.approx(
        fact.high
    )
    with pytest.raises(ValueError, match="no two rows alike"):
        repeat_fact("r", [("a", "m", 0.1), ("b", "m", 0.2)])


@given(st.floats(0.1, 0.8), st.floats(0.5, 0.97), st.floats(0.05, 0.4))
def test_an_error_of_hours_is_told_apart_into_steps_and_a_share_of_at_most_all(sigma, value, below):
    hours = residual_fact("hours", normal(60, sigma, 0.1), "dense")
    kept = Fact("kept", value, value - below, (1 + value) / 2, "%", "test", "judged")
    steps, share = apart(hours, kept, "steps")
    both = times_kept(steps, share)
    for name in ("low", "value", "high"):
        assert getattr(both, name) == pytest.approx(getattr(hours, name))
    least, most = kept.low * (1 - 1e-9), kept.high * (1 + 1e-9)
    assert least <= share.low <= share.value <= share.high <= most < 1


@given(st.lists(st.tuples(LOGS, st.floats(0.1, 3)), min_size=1, max_size=30), st.floats(0.05, 0.95))
def test_a_weighted_quantile_lies_among_the_values(rows, share):
    values, weights = zip(*rows, strict=True)
    assert min(values) <= weighted_quantile(values, weights, share) <= max(values)


def test_a_model_with_many_rows_weighs_as_one_with_few():
    few = [("a", "one", -0.1), ("a", "other", 0.1)]
    many = [*few, *[("a", "one", -0.1)] * 20, ("alone", "one", 3.0)]
    assert within_fact("w", many).high == pytest.approx(within_fact("w", few).high)
    with pytest.raises(ValueError, match="no holder with two models"):
        within_fact("w", [("a", "one", 0.1), ("a", "one", 0.2)])
