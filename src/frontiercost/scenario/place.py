"""Where and when a model was built: the emissions of a country's grid, cooling, the start."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.public_record import countries, grid_carbon
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Model
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity
from frontiercost.core.units import DAYS_PER_YEAR, HOURS_PER_DAY, decimal_year
from frontiercost.scenario.scenario import Scenario

if TYPE_CHECKING:
    from frontiercost.scenario.resolver import Resolver

LEAD_DAYS = 60
CARBON = "carbon_intensity"


@frozen
class Place:
    """What is known of a place, by the constant that it replaces."""

    facts: Mapping[str, Fact]
    note: str
    set_by: str


def put_at_its_place(r: "Resolver", built: Model | None) -> None:
    """Take cooling and emissions of the country asked for, else of where a model was built."""
    place = _place(r.scenario, r.catalogue, built, r.date, r.pue)
    r.notes += [place.note] if place.note else []
    for id, fact in place.facts.items():
        r.keep(id, fact, place.set_by)
    r.drawn = DrawnCatalogue(r.catalogue.changed(place.facts), r.draws)


def _place(
    scenario: Scenario, catalogue: Catalogue, built: Model | None, date: str, pue: str
) -> Place:
    """Return the emissions and cooling of the country asked for, else of where a model was built.

    A constant that the scenario sets stays. Raises InputError for an unknown country.
    """
    if scenario.has("grid"):
        chosen = _grid_asked_for(scenario, catalogue, date)
        return Place({CARBON: chosen}, _note(chosen, chosen.at), scenario.values["grid"].set_by)
    assert built is not None
    country = grid_carbon(catalogue, built.country, date)
    grid, cooling = built.built.get(CARBON) or country, built.built.get("pue")
    facts = {
        id: fact
        for id, fact in ((CARBON, grid), (pue, cooling))
        if fact is not None and id not in scenario.assumptions
    }
    note = "" if CARBON in scenario.assumptions else _note(grid, country.at if country else "")
    return Place(facts, note, "catalogue")


def _grid_asked_for(scenario: Scenario, catalogue: Catalogue, date: str) -> Fact:
    origin, name = scenario.origin("grid"), scenario.text("grid")
    if CARBON in scenario.assumptions:
        raise InputError(f"{origin} and assumptions.{CARBON}: give one; both are of the grid")
    fact = grid_carbon(catalogue, name, date)
    if fact is None:
        raise InputError(
            f"{origin} '{name}': no such country; {nearest(name, countries(catalogue))}"
        )
    return fact


def _note(grid: Fact | None, country: str) -> str:
    """Say whose electricity the emissions are of, and what they leave out."""
    if grid is None:
        return (
            "where it was trained is not published: emissions are of the usual grid, "
            "assumptions/carbon_intensity (--grid names another), without making the chips"
        )
    grams = format_quantity(grid.value, "count")
    return (
        f"emissions are of electricity in {country} at {grams} g CO2e/kWh ({grid.source}, "
        f"{grid.as_of}), without making the chips"
    )


def start_of(model: Model) -> str:
    """Return the month a published run began: release less its length less two months."""
    wall_time = model.built.get("wall_time")
    if wall_time is None and {"chips", "chip_hours"} <= model.built.keys():
        days = model.built["chip_hours"].value / model.built["chips"].value / HOURS_PER_DAY
    else:
        days = wall_time.value if wall_time else DAYS_PER_YEAR / 4
    year = decimal_year(model.built_release) - (days + LEAD_DAYS) / DAYS_PER_YEAR
    return f"{int(year)}-{int(year % 1 * 12) + 1:02d}"
