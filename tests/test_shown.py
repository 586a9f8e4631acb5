"""What is shown beside a verdict does not contradict it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checking import RUN, assumption, toml
from frontiercost.checks.expressions import Amount, evaluate, parse
from frontiercost.checks.shown import FIGURES, cell_of, figures_of
from frontiercost.core import units
from frontiercost.render.words import cell_text

UNITS = {"USD": "${:.6f}", "%": "{:.8f}", "day": "{:.6f} days", "count": "{:.6f}"}
signs = st.sampled_from(["<", "<=", ">", ">="])


def read_again(amount, figures):
    """Return the amount that a reader takes from what is printed, and the text."""
    text = cell_text(cell_of(amount, figures))
    unit = amount.unit if amount.unit in UNITS else "%"
    value = units.parse(text.removeprefix("-"), unit).value
    scale = 100 if amount.unit == "per cent" else 1
    return Amount(scale * (-value if text.startswith("-") else value), amount.unit), text


@given(st.sampled_from(sorted(UNITS)), st.floats(0.01, 9e6), st.floats(-0.05, 0.05), signs)
def test_the_printed_figure_is_on_the_same_side_of_its_bound(unit, bound, apart, sign):
    if abs(apart) < 1e-5:
        apart = 1e-5
    value = bound * (1 + apart)
    condition = parse(f"x {sign} {UNITS[unit].format(bound)}")
    read = {"x": Amount(value, unit)}
    shown, text = read_again(read["x"], figures_of([(condition, read)]))
    assert evaluate(condition, {"x": shown}.__getitem__) == evaluate(condition, read.__getitem__)
    assert shown.value != condition.parts[1].amount.value, text
    assert sum(map(str.isdigit, text.replace(".", "").lstrip("$0"))) <= FIGURES[-1] + 2


@given(st.floats(-99, 1e3), st.integers(-99, 1000), signs)
def test_a_change_is_shown_on_its_side_too(change, bound, sign):
    condition = parse(f"change.total_pct {sign} {bound}".replace(" -", " 0 - "))
    read = {"change.total_pct": Amount(change, "per cent")}
    shown, _ = read_again(read["change.total_pct"], figures_of([(condition, read)]))
    if abs(change - bound) > 1e-3 and abs(change) > 1e-6:
        assert (shown.value < bound) == (change < bound)


@pytest.mark.parametrize(
    ("value", "unit", "conditions", "text"),
    [
        (615.121, "USD", ["x <= $616"], "$615"),
        (615.121, "USD", ["x <= $615"], "$620"),
        (619.6, "USD", ["x <= $619.9"], "$619.6"),
        (615.121, "USD", ["x <= $616", "x <= $615"], "$615.1"),
        (615.121, "USD", ["x <= $1M"], "$620"),
        (0.7998, "%", ["x >= 80%"], "79.98%"),
        (0.99976, "%", ["x >= 100%"], "99.98%"),
        (1.0, "%", ["x >= 100%"], "100%"),
        (8.0, "chip", ["x == 8"], "8"),
        (999_960.0, "USD", ["x < $1M"], "$999.96k"),
        (89.97, "day", ["x < 90 days"], "89.97 days"),
    ],
)
def test_as_many_figures_as_it_takes_and_no_more(value, unit, conditions, text):
    read = {"x": Amount(value, unit)}
    figures = figures_of([(parse(condition), read) for condition in conditions])
    assert cell_text(cell_of(read["x"], figures)) == text


def test_a_number_has_one_figure_for_all_conditions_on_a_scenario(run, file, tmp_path):
    small = toml({**RUN, "tokens": "20B", "draws": "4096"})
    (tmp_path / "run.toml").write_text(small, encoding="utf-8")
    name = file(assumption("total.median > $0.01"))
    (exact,) = re.findall(r'"total.median": ([\d.]+)', run("check", name, "--format", "json").out)
    above, below = (f"total.median <= ${float(exact) * factor}" for factor in (1.0004, 0.9996))
    both = file(assumption(above, "over"), assumption(below, "under"))
    found = run("check", both, "--more").out
    shown = re.findall(r"^ (?:over|under) +total.median +\$([\d.]+)$", found, re.MULTILINE)
    assert len(shown) == 2
    assert len({*shown}) == 1
    assert float(exact) * 0.9996 < float(shown[0]) < float(exact) * 1.0004
    assert f"${shown[0]}" in found.split("Totals")[1]
