"""A price that is older than the file allows fails, counted to today unless a date is given."""

from datetime import date

import pytest

from checking import RUN, assumption, checked, statuses, toml
from frontiercost.checks import check as check_module
from frontiercost.checks import price_age

HOLDS = assumption("total.p50 < $1M", "holds")
LIMITED = 'scenario = "run.toml"\nmax_price_age = "365 days"\n'
LATER = "2029-01-01"


def test_an_old_price_fails_and_says_which(run, file):
    name = file(HOLDS, head=LIMITED)
    assert run("check", name).code == 0
    found = run("check", name, "--today", LATER, "--more")
    assert found.code == 3
    assert found.err == ""
    said = " ".join(found.out.split())
    assert "FAIL budget.toml:2 max_price_age: prices/rental/h100-sxm" in said
    assert "days older than 2029-01-01; install a newer frontiercost" in " ".join(found.out.split())


def test_every_format_has_it(run, file):
    name = file(HOLDS, head=LIMITED)
    found = run("check", name, "--today", LATER, "--format", "json")
    assert statuses(found) == {"holds": "pass", "max_price_age": "fail"}
    age = checked(found)["assumptions"][-1]
    assert (age["scenario"], age["line"]) == (None, 2)
    assert age["condition"] == "oldest_price <= 365 days"
    assert age["read"]["oldest_price"] > 700
    assert len(checked(found)["old_prices"]) == 1
    annotation = run("check", name, "--today", LATER, "--format", "github").out
    assert annotation.startswith("::error file=budget.toml,line=2,title=Budget assumption max_pri")
    assert run("check", name, "--today", LATER, "-q").out.startswith("1 of 2 assumptions hold")


def test_the_age_counts_to_today_unless_a_date_is_given(run, file, monkeypatch):
    name = file(HOLDS, head=LIMITED)
    monkeypatch.setattr(check_module, "clock", lambda: LATER)
    assert run("check", name).code == 3
    assert run("check", name, "--today", "2026-11-24").code == 0


def test_the_clock_is_that_of_the_machine():
    before = date.today().isoformat()
    assert before <= price_age.clock() <= date.today().isoformat()


@pytest.mark.parametrize("today", ["soon", "2026-13", "", "1999-01-01"])
def test_a_date_that_is_none_is_refused(run, file, today):
    found = run("check", file(HOLDS, head=LIMITED), "--today", today)
    assert found.code == 2
    assert f"--today '{today}'" in found.err


def test_the_age_of_a_scenario_of_another_date_counts_to_its_own(run, file, tmp_path):
    old = toml({**RUN, "date": "2024-06"})
    (tmp_path / "run.toml").write_text(old, encoding="utf-8")
    assert run("check", file(HOLDS, head=LIMITED), "--today", LATER).code == 0


def test_a_pinned_edition_grows_old(run, file):
    head = f'edition = "2025-01"\n{LIMITED}'
    assert run("check", file(HOLDS, head=head), "--today", "2025-06-01").code == 0
    assert run("check", file(HOLDS, head=head), "--today", "2026-11-24").code == 3


def test_the_age_of_prices_that_nobody_knows_is_not_passed(run, file):
    absent = assumption("chips > 0", "absent", scenario="none.toml")
    found = run("check", file(HOLDS, absent, head=LIMITED), "--format", "json")
    assert found.code == 4
    assert statuses(found)["max_price_age"] == "not-evaluated"


def test_a_price_that_is_given_has_no_age(run, file, tmp_path):
    given = toml({**RUN, "price": "$3/h"})
    (tmp_path / "run.toml").write_text(given, encoding="utf-8")
    name = file(HOLDS, head=LIMITED)
    assert run("check", name, "--today", LATER).code == 0
    found = run("check", file(assumption("oldest_price < 90 days")))
    assert found.code == 4
    assert "no price of the catalogue is read" in " ".join(found.out.split())


def test_a_condition_may_warn_of_age_alone(run, file):
    name = file(assumption("oldest_price < 90 days", level="warn"))
    assert statuses(run("check", name, "--format", "json")) == {"a": "pass"}
    later = run("check", name, "--today", "2027-06-01", "--format", "json")
    assert (statuses(later), later.code) == ({"a": "warn"}, 0)


def test_its_name_is_taken(run, file):
    found = run("check", file(assumption("chips > 0", "max_price_age"), head=LIMITED))
    assert found.code == 2
    assert "id 'max_price_age' is used on line 2 too" in found.err
