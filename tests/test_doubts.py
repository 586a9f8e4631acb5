"""A condition that one scenario could not decide otherwise than another is no gate."""

import operator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checking import RUN, assumption, toml
from frontiercost.checks.doubts import refuse_constant
from frontiercost.checks.expressions import Amount, evaluate, parse
from frontiercost.core.errors import InputError, NotEvaluatedError

NEVER_FAIL = [
    ("1 < 2", "reads no result; write total.median <= $2M"),
    ("p(affordable) <= 80", "lies between 0% and 100%; write 80%"),
    ("probability <= 80", "write 80%"),
    ("p(affordable, ai2) < 101%", "write a share between them"),
    ("p(affordable) >= 0", "write a share between them"),
    ("p(affordable) >= 0%", "write a share between them"),
    ("0 <= p(affordable)", "write a share between them"),
    ("p(affordable) != 80", "write 80%"),
    ("mfu.median <= 35", "mfu.median lies between 0% and 100%; write 35%"),
    ("final_run_share < 2", "write 2%"),
    ("total.median >= 0", "is never below 0"),
    ("total.median > -$1", "is never below 0"),
    ("change.total_pct >= -100", "is never below -100"),
    ("total.median == total.p50", "leave it no choice"),
    ("total.p5 <= total.p95", "leave it no choice"),
    ("total.median - total.median < $1", "leave it no choice"),
    ("0 * total.median < $1", "leave it no choice"),
    ("total.median / chips >= 0", "leave it no choice"),
    ("p(affordable) + 1 > 0.5", "leave it no choice"),
    ("p(affordable) >= 50% or p(affordable) < 50%", "its parts leave nothing out"),
    ("total.p95 <= $2M or not total.p95 <= $1M", "its parts leave nothing out"),
]
NEVER_HOLD = [
    ("2 < 1", "reads no result"),
    ("not 2 < 1", "reads no result"),
    ("p(affordable) >= 80", "write 80%"),
    ("p(affordable) > 100%", "write a share between them"),
    ("p(affordable) < 0", "write a share between them"),
    ("mfu.median >= 30", "write 30%"),
    ("total.p95 < total.median", "leave it no choice"),
    ("100 * p(affordable) >= 180", "leave it no choice"),
    ("total.median < $1M and total.median > $2M", "its parts exclude each other"),
]


@pytest.mark.parametrize(
    ("text", "verdict", "says"),
    [(text, "can never fail", says) for text, says in NEVER_FAIL]
    + [(text, "can never hold", says) for text, says in NEVER_HOLD],
)
def test_a_condition_that_is_decided_beforehand_is_refused(text, verdict, says):
    with pytest.raises(InputError) as raised:
        refuse_constant(parse(text))
    assert verdict in str(raised.value)
    assert says in str(raised.value)


@pytest.mark.parametrize("text", ["1 < 2", "p(affordable) <= 80", "mfu.median >= 30"])
@pytest.mark.parametrize("beside", ["{} and total.p95 < $2M", "not (chips > 8 or {})"])
def test_it_is_refused_also_beside_one_that_decides(text, beside):
    with pytest.raises(InputError):
        refuse_constant(parse(beside.format(text)))


@pytest.mark.parametrize(
    "text",
    [
        "p(affordable) >= 80%",
        "p(affordable) <= 100%",
        "p(affordable) >= 100%",
        "p(affordable) > 0",
        "100 * p(affordable) >= 80",
        "mfu.median >= 0.3 and mfu.median <= 60%",
        "mfu.high - mfu.low <= 10%",
        "experiments_ratio.median <= 2",
        "chips == 512",
        "total.p95 < 3 * total.median",
        "total.median / chips < $4k",
        "110% * total.median <= $2.2M",
        "total.median - $500k == $1.5M",
        "total.median > $1M and total.median < $2M",
        "total.median < $1M or total.median > $2M",
        "change.total_pct <= 10 and change.total_usd > -5",
        "not (total.p95 <= $2M or p(affordable) >= 80%)",
        "unknown.name >= 5",
    ],
)
def test_a_condition_that_may_go_either_way_is_not_refused(text):
    assert refusal(text) == ""


def refusal(text):
    """Return what is said against a condition; nothing where it is not refused."""
    try:
        refuse_constant(parse(text))
    except InputError as error:
        return str(error)
    return ""


SIGNS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
signs = st.sampled_from(sorted(SIGNS))


@given(signs, st.integers(-200, 300), st.floats(0, 1))
def test_what_is_refused_of_a_share_has_one_answer_for_every_share(sign, bound, share):
    said = refusal(f"mfu.median {sign} {bound}%")
    if said:
        assert SIGNS[sign](share, bound / 100) == ("can never fail" in said)
    else:
        assert 0 <= bound <= 100


names = st.sampled_from(["total.low", "total.median", "total.high", "chips", "p(affordable)"])
sums = st.one_of(names, st.tuples(names, st.sampled_from("+-*/"), names).map(" ".join))
parts = st.tuples(sums, signs, st.sampled_from(["0", "1", "0.5", "80", "total.median"]))
conditions = st.lists(parts.map(" ".join), min_size=1, max_size=3).flatmap(
    lambda texts: st.sampled_from([" and ".join(texts), " or ".join(texts)])
)
sizes = st.lists(st.floats(0, 100), min_size=4, max_size=4)


@given(conditions, sizes, st.floats(0, 1))
def test_a_refusal_is_never_wrong(text, numbers, share):
    """Whatever the results are, a refused condition has a part with the answer that it is said."""
    *ends, chips = numbers
    known = dict(zip(("total.low", "total.median", "total.high"), sorted(ends), strict=True))
    amounts = {name: Amount(value) for name, value in known.items()}
    amounts |= {"chips": Amount(chips), "p(affordable)": Amount(share)}
    if said := refusal(text):
        part = said.split("'")[1] if "'" in said else text
        with suppress(NotEvaluatedError):
            assert evaluate(parse(part), amounts.__getitem__) == ("can never fail" in said), said


def test_a_file_with_such_a_condition_names_the_line_the_condition_and_what_to_write(run, file):
    found = run("check", file(assumption("chips > 1"), assumption("p(affordable) <= 80", "b")))
    assert (found.code, found.out) == (2, "")
    assert found.err == (
        "error: budget.toml:7 'b': condition, character 15: 'p(affordable) <= 80' can never fail: "
        "p(affordable) lies between 0% and 100%; write 80%\n"
    )


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        ("total.median <= 5", "did you mean $5M?"),
        ("2.5 >= total.median", "did you mean $2.5M?"),
        ("total.median <= $5", ""),
        ("total.median <= 5000", ""),
        ("usd_per_chip_hour.median <= 5", ""),
    ],
)
def test_a_bare_number_beside_millions_is_only_questioned(run, file, tmp_path, condition, asked):
    large = toml({**RUN, "params": "100B", "tokens": "10T"})
    (tmp_path / "run.toml").write_text(large, encoding="utf-8")
    found = run("check", file(assumption(condition, level="warn")))
    assert found.code == 0
    assert ("did you mean" in found.out) == bool(asked)
    assert asked in " ".join(found.out.split())


@pytest.mark.parametrize(
    ("age", "says"),
    [
        ("-5 days", "write one time above 0"),
        ("0 days", "write one time above 0"),
        ("30..90 days", "write one time above 0"),
        ("365", "has no unit"),
        ("nan", "does not start with a number"),
    ],
)
def test_an_age_that_no_price_could_have_is_refused(run, file, age, says):
    head = f'scenario = "run.toml"\nmax_price_age = "{age}"\n'
    found = run("check", file(assumption("chips > 1"), head=head))
    assert (found.code, found.out) == (2, "")
    assert "budget.toml:2 max_price_age" in found.err
    assert says in found.err
