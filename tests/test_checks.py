"""Published numeric vectors of ownership and uncertainty; those of physics stand beside it."""

import math

import pytest

from frontiercost.core import lognormal
from frontiercost.cost import compute_cost
from published_checks import checks

PHYSICAL = ("C170", "C171")
CHECKS = [c for c in checks("ownership", "uncertainty") if c.id not in PHYSICAL]


def owned_hour(x):
    return compute_cost.owned_chip_hour(
        capital=x["K"],
        rate=0.1,
        years=4,
        operations=x["om"],
        power_kw=x["kW"] * x["pue"],
        electricity=x["usd_kwh"],
        utilisation=x["util"],
    )


def sobol_share_of_log(x):
    return lognormal.log_variance_shares(x["ln90"])[0]


def sobol_share_of_money(x):
    sigmas = [lognormal.lognormal_sigma(1, math.exp(2 * half)) for half in x["ln90"]]
    return lognormal.money_variance_share(*sigmas)


FORMULAS = {
    "C165": lambda x: x["K"] * compute_cost.annuity(x["r"], x["n"]),
    "C166": lambda x: x["K"] * compute_cost.annuity(x["r"], x["n"]),
    "C167": owned_hour,
    "C168": lambda x: compute_cost.break_even_volume(x["F"], x["p"], x["c"]) * 1e6,
    "C172": lambda x: compute_cost.owning_beats_renting_above(
        x["own_fixed_per_year"], x["rent"], x["own_var_per_h"]
    ),
    "C177": lambda x: lognormal.lognormal_sigma(x["lo"], x["hi"]),
    "C178": lambda x: lognormal.lognormal_mean(x["lo"], x["hi"]),
    "C179": lambda x: lognormal.product_spread([x["each"]] * x["factors"]),
    "C181": sobol_share_of_log,
    "C182": sobol_share_of_money,
    "C183": lambda x: lognormal.correlated_sigma(*x["sigmas"], x["rho"]),
}


def test_every_check_of_these_areas_is_here():
    assert {check.id for check in CHECKS} == set(FORMULAS)


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_published_value(check):
    assert FORMULAS[check.id](check.inputs) == check.expected
