import csv
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.core import facts
from frontiercost.physics import failures

DATA = Path(__file__).parents[2] / "src" / "frontiercost" / "data"
RECORD = csv.DictReader((DATA / "reliability.csv").read_text(encoding="utf-8").splitlines())
ROWS = {row["id"]: row for row in RECORD}
COUNTED = [r for r in ROWS.values() if r["interruptions"] and r["failures_per_1000_chip_days"]]
SECOND, MINUTE, DAY = 1 / 3600, 1 / 60, 24

rates = st.floats(1e-6, 1e-4)
chip_counts = st.floats(8, 2e6)
saves = st.floats(0.1 * SECOND, 10 * MINUTE)
restarts = st.floats(0, 1)


def constants(count=0):
    entries = tomllib.loads((DATA / "physics.toml").read_text(encoding="utf-8"))
    draws = facts.Draws(count)
    return {key: draws.sample(facts.read_fact(key, entry)) for key, entry in entries.items()}


CENTRAL = constants()
YEAR = 8766


@pytest.mark.parametrize("row", COUNTED, ids=[row["id"] for row in COUNTED])
def test_rates_of_the_record_follow_from_its_counts(row):
    count, chips, hours = float(row["interruptions"]), int(row["chips"]), DAY * float(row["days"])
    rate = failures.job_mtbf(chips, hours / count)  # M = 1/(n lambda), and lambda = 1/(n M)
    assert 1000 * DAY * rate == pytest.approx(float(row["failures_per_1000_chip_days"]), rel=5e-3)
    assert failures.job_mtbf(chips, rate) == pytest.approx(float(row["mtbf_hours"]), rel=5e-3)


def test_default_rate_lies_inside_the_record():
    published = [float(row["failures_per_1000_chip_days"] or "nan") for row in ROWS.values()]
    rate = CENTRAL["failure_rate"] / YEAR
    assert rate == pytest.approx(2.2e-5, rel=0.01)
    assert np.nanmin(published) < 1000 * DAY * rate < np.nanmax(published)


@pytest.mark.parametrize(
    ("run", "rate", "restart"),
    [
        ("llama3.1-405b-unexpected", 1.97e-5, 8 * MINUTE),
        ("megascale-prod", 1e-5, 12 * MINUTE),
        ("byterobust-9600", 1e-5, 5 * MINUTE),
    ],
)
def test_published_goodput(run, rate, restart):
    """Rates as published or estimated; the restart time is stated only by MegaScale."""
    row = ROWS[run]
    computed = failures.goodput_of_run(
        int(row["chips"]), rate, CENTRAL["checkpoint_save_time"] * DAY / 2, restart
    )
    published = float(row["goodput"])
    assert (
        computed > published
        if row["goodput_bound"]
        else computed == pytest.approx(published, abs=0.02)
    )


@pytest.mark.parametrize(
    ("chips", "published"),
    [(150e3, 0.72), (300e3, 0.57), (600e3, 0.38), (1.2e6, 0.27), (2.4e6, 0.18)],
)
def test_elastic_goodput_at_very_many_chips(chips, published):
    lost = CENTRAL["elastic_lost_time"] * DAY
    computed = failures.elastic_goodput(chips, 1 / YEAR, lost)
    assert computed == pytest.approx(published, abs=0.04)


@given(chip_counts, rates, saves, restarts)
def test_goodput_is_a_share_and_falls_with_chips(chips, rate, save, restart):
    computed = failures.goodput_of_run(chips, rate, save, restart)
    assert 0 <= computed <= 1
    assert computed > 0 or failures.job_mtbf(chips, rate) < restart / 100
    assert failures.goodput_of_run(2 * chips, rate, save, restart) <= computed
    assert failures.goodput_of_run(chips, 2 * rate, save, restart) <= computed
    assert failures.goodput_of_run(chips, rate, 1.5 * save, restart) <= computed
    assert failures.goodput_of_run(chips, rate, save, restart + 0.1) <= computed


@given(chip_counts, rates, saves, restarts)
def test_arrays_give_what_floats_give(chips, rate, save, restart):
    scalar = failures.goodput_of_run(chips, rate, save, restart)
    array = failures.goodput_of_run(np.array([chips, chips]), rate, np.array(save), restart)
    assert array == pytest.approx([scalar, scalar], rel=1e-9, abs=1e-300)


@given(st.floats(1, 1000), st.floats(1e-5, 0.2), restarts, st.floats(0.5, 2))
def test_dalys_interval_beats_its_neighbours(mtbf, save_share, restart, factor):
    save = save_share * mtbf
    best = failures.daly_interval(save, mtbf)
    at_best = failures.goodput(best, save, restart, mtbf)
    assert at_best >= failures.goodput(factor * best, save, restart, mtbf) * (1 - 1e-3)


@given(st.floats(1, 1000), st.floats(1e-6, 1e-4))
def test_young_and_meta_agree_with_daly_when_little_is_lost(mtbf, save_share):
    """Young 1974: sqrt(2 d M). Kokolis et al. 2024: (1 - (R + tau/2)/M)/(1 + d/tau)."""
    save, restart = save_share * mtbf, 0.001 * mtbf
    tau = failures.daly_interval(save, mtbf)
    assert tau == pytest.approx((2 * save * mtbf) ** 0.5, rel=0.02)
    meta = (1 - (restart + tau / 2) / mtbf) / (1 + save / tau)
    assert failures.goodput(tau, save, restart, mtbf) == pytest.approx(meta, rel=1e-3)


def test_drawn_facts_give_a_band_around_the_published_goodput():
    values = constants(256)
    times = (values[f"{name}_time"] * DAY for name in ("checkpoint_save", "restart"))
    drawn = failures.goodput_of_run(16384, values["failure_rate"] / YEAR, *times)
    low, middle, high = np.quantile(drawn, [0.05, 0.5, 0.95])
    assert low < 0.85 < middle < 0.93 < high < 0.98


def test_expected_failures_of_llama_3():
    assert 54 * DAY / failures.job_mtbf(16384, 1.973e-5) == pytest.approx(419, rel=1e-3)
