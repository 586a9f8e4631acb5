"""Published vectors of ownership, trends and uncertainty; those of physics stand beside it."""

import math
from statistics import pstdev
from unittest.mock import patch

import pytest

from frontiercost.analysis.forecast import Growth, years_to_frontier
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import shipped
from frontiercost.core.facts import Z95, Draws, Fact
from frontiercost.core.lognormal import lognormal_mean, lognormal_sigma
from frontiercost.core.spread import variance_shares
from frontiercost.cost import market_prices
from frontiercost.cost.bill import total
from frontiercost.cost.compute_cost import Costing, annuity, break_even_volume
from frontiercost.cost.terms import Terms
from frontiercost.cost.workload import Workload
from published_checks import checks
from published_formulas import money_variance_share

PHYSICAL = ("C170", "C171")
AREAS = ("ownership", "trend", "uncertainty")
CHECKS = [check for check in checks(*AREAS, ids=("C072",)) if check.id not in PHYSICAL]
DAYS_PER_YEAR, MONTHS_PER_YEAR = 365.25, 12
DRAWN = 2**14


# --- owning and renting ---------------------------------------------------------------------------


def exact(name, value, unit="x"):
    return Fact(name, value, value, value, unit, "by hand", "definition")


NOTHING_BESIDES = (
    *("network_share", "storage_share", "residual_value", "facility_cost"),
    *("rental_extras_specialist", "operations_rate"),
)


def cost_lines(basis, server=1.0, kwh=0.0, price=None, **changed):
    """The lines of one chip-hour; no network, storage, resale, building, extras and upkeep."""
    values = dict.fromkeys(NOTHING_BESIDES, 0.0) | changed
    catalogue = shipped().changed({name: exact(name, value) for name, value in values.items()})
    work = Workload(0.0, 0.0, 1.0, 1.0, 0.0, kwh, 0.0, 0.0, 0.0, 0.0)
    terms = Terms(
        date="2026-01",
        basis=basis,
        price=price and exact("price", price),
        electricity_price=exact("electricity", changed.get("electricity", 0.0)),
    )
    with patch.object(market_prices, "server_price", return_value=exact("server", server)):
        return Costing(
            work, shipped().chip("h100-sxm"), terms, DrawnCatalogue(catalogue, Draws(0))
        ).compute()


def owned_hour(x):
    return total(
        cost_lines(
            "own",
            server=x["K"],
            kwh=x["kW"] * x["pue"],
            electricity=x["usd_kwh"],
            cost_of_capital=0.1,
            chip_life=4 * DAYS_PER_YEAR,
            operations_rate=x["om"],
            owned_utilisation=x["util"],
        )
    )


def use_above_which_owning_wins(x):
    """An owned hour costs fixed / use + energy: the use at which that is the rent."""
    always = {"cost_of_capital": 0.1, "chip_life": 4 * DAYS_PER_YEAR, "owned_utilisation": 1.0}
    server = x["own_fixed_per_year"] / annuity(0.1, 4)
    fixed = total(cost_lines("own", server=server, **always))
    variable = total(
        cost_lines("own", server=0.0, kwh=1.0, electricity=x["own_var_per_h"], **always)
    )
    return fixed / (total(cost_lines("rent", price=x["rent"])) - variable)


# --- growth ---------------------------------------------------------------------------------------


def years_until_affordable(x):
    growth = Growth(frontier_cost=x["g_cost"], level_fall=1.0, money=x["g_budget"])
    return years_to_frontier(x["C0"], x["B"], growth)


def months_to_double(x):
    growth = Growth(frontier_cost=1.0, level_fall=1.0, money=x["rate_per_year"])
    return MONTHS_PER_YEAR * years_to_frontier(2.0, 1.0, growth)


# --- draws ----------------------------------------------------------------------------------------


def factor(name, spread, **shared):
    return Fact(name, 1.0, 1 / spread, spread, "x", "by hand", "definition", **shared)


def product(facts):
    draws = Draws(DRAWN)
    return draws, math.prod(draws.sample(fact) for fact in facts)


def spread_of_product(x):
    draws, number = product([factor(str(i), x["each"]) for i in range(x["factors"])])
    return draws.summary(number).high


def share_of_log_variance(x):
    facts = [factor(str(i), math.exp(half)) for i, half in enumerate(x["ln90"])]
    draws, number = product(facts)
    return variance_shares(number, facts, draws)[0][1]


def sigma_of_correlated_product(x):
    """Each moves with a common factor by the root of their correlation."""
    shared = {"shared": "both", "correlation": math.sqrt(x["rho"])}
    _, number = product([factor(str(s), math.exp(s * Z95), **shared) for s in x["sigmas"]])
    return pstdev(map(math.log, number))


def share_of_money_variance(x):
    return money_variance_share(*(lognormal_sigma(1, math.exp(2 * half)) for half in x["ln90"]))


FORMULAS = {
    "C072": lambda x: x["gpu_hours"] * total(cost_lines("rent", price=x["usd_per_h"])),
    "C165": lambda x: x["K"] * annuity(x["r"], x["n"]),
    "C166": lambda x: x["K"] * annuity(x["r"], x["n"]),
    "C167": owned_hour,
    "C168": lambda x: break_even_volume(x["F"], x["p"], x["c"]) * 1e6,
    "C172": use_above_which_owning_wins,
    "C175": years_until_affordable,
    "C176": months_to_double,
    "C177": lambda x: lognormal_sigma(x["lo"], x["hi"]),
    "C178": lambda x: lognormal_mean(x["lo"], x["hi"]),
}
SAMPLED = {
    "C179": spread_of_product,
    "C181": share_of_log_variance,
    "C183": sigma_of_correlated_product,
}
"""What draws must agree with, within an error of their own."""
DOCUMENTED = {"C182": share_of_money_variance}
"""What no code of the program computes."""


def of(*formulas):
    ids = [id for each in formulas for id in each]
    return pytest.mark.parametrize("check", [c for c in CHECKS if c.id in ids], ids=lambda c: c.id)


def test_every_check_of_these_areas_is_here():
    assert {check.id for check in CHECKS} == {*FORMULAS, *SAMPLED, *DOCUMENTED}


@of(FORMULAS, DOCUMENTED)
def test_published_value(check):
    assert (FORMULAS | DOCUMENTED)[check.id](check.inputs) == check.expected


@of(SAMPLED)
def test_published_value_of_draws(check):
    published = check.expected.expected
    assert SAMPLED[check.id](check.inputs) == pytest.approx(published, rel=0.02)
