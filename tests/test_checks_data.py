"""Published numeric vectors of data preparation and of the cost of development."""

import pytest

from frontiercost.cost import research_and_staff
from frontiercost.physics import data_work
from frontiercost.stages.dataprep import cost_lines
from published_checks import checks

AREAS = {"data", "devcost"}
CHECKS = checks(*AREAS)
MILLION, BILLION = 1e6, 1e9
PARTS = ("staff", "chips", "servers", "network", "energy")


def development_sum(x):
    return research_and_staff.development_cost(x[part] for part in PARTS)


def staff_share(x):
    return research_and_staff.share(x["staff"], x["total"])


def amortised_servers(x):
    rate = research_and_staff.amortisation_rate(x["oom_per_year"])
    return (
        research_and_staff.amortised_value(x["server_usd_per_chip"], x["chip_hours"], rate)
        / MILLION
    )


FORMULAS = {
    "C145": lambda x: data_work.tokens_per_snapshot(x["tokens"], x["snapshots"]),
    "C146": lambda x: x["h"] / data_work.classifier_hours(x["tokens"], 1),
    "C147": lambda x: data_work.kept_share(x["kept"], x["of"]),
    "C149": lambda x: data_work.kept_share(x["kept"], x["pool"]),
    "C150": lambda x: cost_lines.price_per_tb(x["usd"], x["TB"]),
    "C151": lambda x: cost_lines.ocr_price(x["usd_per_M_pages"], x["tokens_per_page"]) * BILLION,
    "C152": lambda x: cost_lines.licence_price(x["usd_per_word"], x["words_per_token"]) * MILLION,
    "C153": lambda x: cost_lines.settlement_per_work(x["usd"], x["works"]),
    "C155": lambda x: cost_lines.yearly(x["usd"], x["years"]),
    "C156": development_sum,
    "C157": development_sum,
    "C158": staff_share,
    "C159": staff_share,
    "C161": amortised_servers,
    "C163": lambda x: research_and_staff.research_multiple(x["rnd"], x["final"]),
    "C164": lambda x: research_and_staff.doubling_months(x["growth"]),
}


def test_every_check_of_these_areas_is_here():
    assert {check.area for check in CHECKS} == AREAS
    assert {check.id for check in CHECKS} == set(FORMULAS)


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_published_value(check):
    assert FORMULAS[check.id](check.inputs) == check.expected
