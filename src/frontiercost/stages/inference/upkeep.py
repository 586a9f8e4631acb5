"""What stands around the chips that serve: spares for those that fail, and people who run it."""

from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.types import SERVER_CHIPS, Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR
from frontiercost.cost.bill import Line
from frontiercost.cost.choices import PAY_OF_OPERATORS
from frontiercost.cost.energy_and_pay import pay, pay_facts
from frontiercost.cost.terms import Terms

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

AT_WORK, IDLE, SPARE, PEOPLE = "at-work", "idle", "spare", "people"
"""Lines of the bill."""
PARTS = (IDLE, SPARE)
"""Those that some bills lack: of chips that are given, or bought."""


@frozen
class Upkeep:
    """Spares and people of a service; each number a float or draws."""

    spare_share: "Number"
    """Spare chips over those that serve."""
    people: "Number"
    """Persons whom any service takes."""
    chips_each: "Number"
    """Chips for which it takes as many again."""
    facts: tuple[Fact, ...]

    def persons(self, chips: "Number") -> "Number":
        """Return p (1 + n / c) for n chips."""
        return self.people * (1 + chips / self.chips_each)


def upkeep_of(
    chip: Chip, chips: float, drawn: DrawnCatalogue, *, chips_given: bool, spot: bool
) -> Upkeep:
    """Return what a service on so many chips takes; chips that are given are all there are.

    Computers at a desk have neither spares nor people who are paid to run them, as long as they are
    no more than a server's chips. Of spot servers, taken back l times a year, others stand in for
    the time R of a restart: l R more spares.
    """
    kind = chip.kind if chips <= SERVER_CHIPS else ""
    people, of_people = drawn.both("service_people", kind)
    each, of_each = drawn.both("service_people_chips")
    spare = 0.0 if chips_given else drawn.value("spare_chips", kind)
    if spot and not chips_given:
        lost = drawn.value("restart_time") / DAYS_PER_YEAR
        spare = spare + drawn.value("spot_interruption_rate") * lost
    return Upkeep(spare, people, each, (of_people, of_each))


def people_line(persons: "Number", upkeep: Upkeep, terms: Terms, drawn: DrawnCatalogue) -> Line:
    """Return the pay of those who run a service for a year.

    They are paid as engineers of a startup where staff is paid as at the frontier: that is what
    researchers get.
    """
    level = PAY_OF_OPERATORS.get(terms.take("pay"), terms.pay)
    facts = (*upkeep.facts, *pay_facts(level, drawn.catalogue))
    cost = persons * pay(level, drawn)
    return Line(PEOPLE, "People who run it", cost, "persons × pay of a year", facts)
