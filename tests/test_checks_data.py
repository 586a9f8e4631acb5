"""Published numeric vectors of data preparation and of the cost of development."""

import math

import pytest

from frontiercost.analysis.forecast import Growth, years_to_frontier
from frontiercost.catalogue.store import shipped
from frontiercost.cost.bill import Bill, Line, total
from frontiercost.cost.compute_cost import amortised_value
from frontiercost.physics import data_work
from published_checks import checks

AREAS = {"data", "devcost"}
CHECKS = checks(*AREAS)
MILLION, BILLION = 1e6, 1e9
PARTS = ("staff", "chips", "servers", "network", "energy")
TOKENS_OF_A_BOOK = 120_000


def source(name):
    return shipped().data_source(name)


def kept_of(x, pool):
    """Kept over shown is the yield, and kept over the yield is what was shown: one relation."""
    return data_work.scored_tokens(x["kept"], x[pool])


def reading_price(x):
    return data_work.pages(BILLION, x["tokens_per_page"]) * x["usd_per_M_pages"] / MILLION


def development_sum(x):
    return total(Line(part, part, x[part], "") for part in PARTS)


def staff_share(x):
    lines = (Line("staff", "", x["staff"], ""), Line("rest", "", x["total"] - x["staff"], ""))
    return Bill(lines).shares[0]


def amortised_servers(x):
    rate = x["oom_per_year"] * math.log(10)
    return amortised_value(x["server_usd_per_chip"], rate, x["chip_hours"]) / MILLION


def months_to_double(x):
    growth = Growth(frontier_cost=1.0, level_fall=1.0, money=x["growth"])
    return 12 * years_to_frontier(2.0, 1.0, growth)


FORMULAS = {
    "C146": lambda x: x["h"] / data_work.classifier_hours(x["tokens"], 1),
    "C147": lambda x: kept_of(x, "of"),
    "C149": lambda x: kept_of(x, "pool"),
    "C151": reading_price,
    "C156": development_sum,
    "C157": development_sum,
    "C158": staff_share,
    "C159": staff_share,
    "C161": amortised_servers,
    "C164": months_to_double,
}
FACTS = {
    "C152": lambda: source("text-licensed").price.value * MILLION,
    "C153": lambda: source("books-settled").price.value * TOKENS_OF_A_BOOK,
}
"""Prices that the catalogue keeps as the program reads them."""
DOCUMENTED = {
    "C145": lambda x: x["tokens"] / x["snapshots"],
    "C150": lambda x: x["usd"] / x["TB"],
    "C155": lambda x: x["usd"] / x["years"],
    "C163": lambda x: x["rnd"] / x["final"],
}
"""Arithmetic of the publications: behind facts of the catalogue, in no code of the program."""
KNOWN = {
    **FORMULAS,
    **DOCUMENTED,
    **{id: lambda x, fact=fact: fact() for id, fact in FACTS.items()},
}


def test_every_check_of_these_areas_is_here():
    assert {check.area for check in CHECKS} == AREAS
    assert {check.id for check in CHECKS} == KNOWN.keys()


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_published_value(check):
    assert KNOWN[check.id](check.inputs) == check.expected


def test_facts_of_preparation_rest_on_the_published_arithmetic():
    """C145 with 85 TB a crawl, C147, C149, and C150 within a percent of our price of a CPU-hour."""
    crawl, strict, dclm = map(source, ("common-crawl", "common-crawl-strict", "dclm-baseline"))
    assert data_work.raw_bytes(1.5625e11, crawl.facts["raw_bytes"].value) == pytest.approx(85e12)
    assert strict.facts["yield"].value == pytest.approx(1.3 / 15, rel=1e-3)
    assert dclm.facts["yield"].value == pytest.approx(4 / 240, rel=1e-3)
    price, work = (shipped().assumption(key).value for key in ("cpu_price", "text_cpu"))
    assert data_work.cpu_hours(1e12, work) * price == pytest.approx(87.5, rel=0.01)
