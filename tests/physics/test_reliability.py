import csv
import math
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


CLUSTER = failures.from_facts(constants())


@pytest.mark.parametrize("row", COUNTED, ids=[row["id"] for row in COUNTED])
def test_rates_of_the_record_follow_from_its_counts(row):
    count, chips, hours = float(row["interruptions"]), int(row["chips"]), DAY * float(row["days"])
    rate = failures.rate_from_count(count, chips, hours)
    assert 1000 * DAY * rate == pytest.approx(float(row["failures_per_1000_chip_days"]), rel=5e-3)
    assert failures.job_mtbf(chips, rate) == pytest.approx(float(row["mtbf_hours"]), rel=5e-3)


def test_default_rate_lies_inside_the_record():
    published = [float(row["failures_per_1000_chip_days"] or "nan") for row in ROWS.values()]
    rate = CLUSTER.failure_rate
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
    computed = failures.goodput_of_run(int(row["chips"]), rate, CLUSTER.save_time / 2, restart)
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
    lost = constants()["elastic_lost_time"] * DAY
    computed = failures.elastic_goodput(chips, 1 / 8766, lost)
    assert computed == pytest.approx(published, abs=0.04)


def test_bloom_checkpoint():
    assert failures.checkpoint_bytes(176e9) == pytest.approx(2.3e12, rel=0.08)


def test_failures_double_in_the_first_six_months():
    month = 8766 / 12
    young = failures.failure_rate(CLUSTER, 3 * month)
    assert young == 2 * failures.failure_rate(CLUSTER, 7 * month)
    ages = failures.failure_rate(CLUSTER, np.array([3, 7]) * month)
    assert ages == pytest.approx([young, young / 2])


@given(st.floats(1e-3, 2000))
def test_spares_are_the_least_that_cover_99_percent(mean):
    def covered(count):
        return sum(
            math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1)
        )

    count = failures.spares(mean)
    assert covered(count) >= 0.99 - 1e-9
    assert count == 0 or covered(count - 1) < 0.99 + 1e-9


def test_no_spares_without_failures():
    assert failures.spares(0.0) == 0


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
    save = save_share * mtbf
    tau = failures.young_interval(save, mtbf)
    assert tau == pytest.approx(failures.daly_interval(save, mtbf), rel=0.02)
    exact = failures.goodput(tau, save, 0.001 * mtbf, mtbf)
    assert failures.expected_ettr(tau, save, 0.001 * mtbf, mtbf) == pytest.approx(exact, rel=1e-3)


def test_drawn_facts_give_a_band_around_the_published_goodput():
    cluster = failures.from_facts(constants(256))
    drawn = failures.goodput_of_run(
        16384, cluster.failure_rate, cluster.save_time, cluster.restart_time
    )
    low, middle, high = np.quantile(drawn, [0.05, 0.5, 0.95])
    assert low < 0.85 < middle < 0.93 < high < 0.98


def test_expected_failures_of_llama_3():
    assert failures.expected_failures(16384, 1.973e-5, 54 * DAY) == pytest.approx(419, rel=1e-3)
