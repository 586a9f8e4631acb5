"""What actors differ in on the ladder: people, pay, chips of their own, licences for firms."""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Actor

CAPITAL = ("machine", "all-capex")
"""Scopes of budgets that buy machines: whoever has one owns chips."""


class People(NamedTuple):
    """How many people are served: the 90 % interval and its middle."""

    low: float
    usual: float
    high: float

    @property
    def spread(self) -> tuple[float, float]:
        """The logarithms of high and of low over the usual number."""
        return math.log(self.high / self.usual), math.log(self.usual / self.low)


class Profile(NamedTuple):
    """What a cost depends on beside the rung."""

    people: People
    """Those who ask on a usual day."""
    pay: str
    firm: bool = False
    """Whether weights for non-commercial use are not for it."""
    owns: bool = False
    """Whether it has machines of its own, so that its best basis is to own."""


def product_of(first: People, *others: People) -> People:
    """Return a product of independent counts: spreads add as squares."""
    every = (first, *others)
    usual = math.prod(each.usual for each in every)
    above, below = (math.hypot(*ends) for ends in zip(*(e.spread for e in every), strict=True))
    return People(usual * math.exp(-below), usual, usual * math.exp(above))


class Profiles:
    """The profiles of actors at a date, from their kind, their purse and what was asked."""

    def __init__(self, catalogue: Catalogue, date: str, people: People | None = None) -> None:
        """`people` stands for those of everybody."""
        self._catalogue, self._date, self._people = catalogue, date, people
        self._of: dict[str, Profile] = {}

    @cached_property
    def _rows(self) -> Mapping[str, Mapping[str, str]]:
        return {row["who"]: row for row in self._catalogue.sourced_rows("people.csv")}

    def of(self, actor: Actor) -> Profile:
        """Return the profile of an actor: its own row of people, else that of its category."""
        if actor.name not in self._of:
            self._of[actor.name] = self._profile(actor)
        return self._of[actor.name]

    def _profile(self, actor: Actor) -> Profile:
        kind, budget = self._catalogue.categories[actor.category], actor.budget(self._date)
        staff = self._rows.get(actor.name) or self._rows[actor.category]
        return Profile(
            people=self._people or _active(staff),
            pay=kind["pay"],
            firm=bool(kind["firm"]),
            owns=bool(kind["owns"] or actor.own_chips or (budget and budget.scope in CAPITAL)),
        )

    def of_anybody(self, pay: str) -> Profile:
        """Return the profile of who is no actor of the catalogue."""
        return Profile(self._people or People(1.0, 1.0, 1.0), pay)


def _active(row: Mapping[str, str]) -> People:
    """Return the people who ask: people × active share."""
    people, active = (
        People(float(row[f"{key}_low"]), float(row[key]), float(row[f"{key}_high"]))
        for key in ("people", "active")
    )
    return product_of(people, active)
