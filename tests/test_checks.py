"""Published numeric vectors of ownership and uncertainty; those of physics stand beside it."""

import csv
import json
import math
from pathlib import Path

import pytest

from frontiercost import costing, uncertainty

ROWS = csv.DictReader((Path(__file__).parent / "vectors" / "checks.csv").open(encoding="utf-8"))
PHYSICAL = {"C170", "C171"}
CHECKS = [
    row for row in ROWS if row["area"] in ("ownership", "uncertainty") and row["id"] not in PHYSICAL
]


def owned_hour(x):
    return costing.owned_chip_hour(
        capital=x["K"],
        rate=0.1,
        years=4,
        operations=x["om"],
        power_kw=x["kW"] * x["pue"],
        electricity=x["usd_kwh"],
        utilisation=x["util"],
    )


def sobol_share_of_log(x):
    return uncertainty.log_variance_shares(x["ln90"])[0]


def sobol_share_of_money(x):
    sigmas = [uncertainty.lognormal_sigma(1, math.exp(2 * half)) for half in x["ln90"]]
    return uncertainty.money_variance_share(*sigmas)


FORMULAS = {
    "C165": lambda x: x["K"] * costing.annuity(x["r"], x["n"]),
    "C166": lambda x: x["K"] * costing.annuity(x["r"], x["n"]),
    "C167": owned_hour,
    "C168": lambda x: costing.break_even_volume(x["F"], x["p"], x["c"]) * 1e6,
    "C172": lambda x: costing.owning_beats_renting_above(
        x["own_fixed_per_year"], x["rent"], x["own_var_per_h"]
    ),
    "C177": lambda x: uncertainty.lognormal_sigma(x["lo"], x["hi"]),
    "C178": lambda x: uncertainty.lognormal_mean(x["lo"], x["hi"]),
    "C179": lambda x: uncertainty.product_spread([x["each"]] * x["factors"]),
    "C181": sobol_share_of_log,
    "C182": sobol_share_of_money,
    "C183": lambda x: uncertainty.correlated_sigma(*x["sigmas"], x["rho"]),
}


def test_every_check_of_these_areas_is_here():
    assert {row["id"] for row in CHECKS} == set(FORMULAS)


@pytest.mark.parametrize("row", CHECKS, ids=[row["id"] for row in CHECKS])
def test_published_value(row):
    found = FORMULAS[row["id"]](json.loads(row["inputs(json)"]))
    assert found == pytest.approx(float(row["expected"]), rel=float(row["rel_tolerance"]))
