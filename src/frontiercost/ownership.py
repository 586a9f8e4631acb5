"""Owning against renting, and what repays a fixed cost."""

from typing import TYPE_CHECKING

from frontiercost.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    from frontiercost.facts import Number


def annuity(rate: "Number", years: "Number") -> "Number":
    """Return the capital recovery factor r / (1 - (1 + r)^-n) [1/year]."""
    return rate / (1 - (1 + rate) ** -years)


def owned_chip_hour(
    capital: "Number",
    rate: "Number",
    years: "Number",
    operations: "Number",
    power_kw: "Number",
    electricity: "Number",
    utilisation: "Number",
) -> "Number":
    """Return the cost of a used hour of an owned chip, energy only while used [USD/h].

    (K CRF(r, n) + o K) / (8766 u) + kW x USD/kWh; kW at the meter, cooling included.
    """
    fixed = capital * annuity(rate, years) + operations * capital
    return fixed / (HOURS_PER_YEAR * utilisation) + power_kw * electricity


def owning_beats_renting_above(
    fixed_per_year: "Number", rent: "Number", variable: "Number"
) -> "Number":
    """Return the use above which owning is cheaper: fixed / (8766 (rent - variable)) [1]."""
    return fixed_per_year / (HOURS_PER_YEAR * (rent - variable))


def break_even_volume(fixed: "Number", price: "Number", marginal: "Number") -> "Number":
    """Return the volume that repays a development cost: F / (p - c), in the unit of p and c."""
    return fixed / (price - marginal)
