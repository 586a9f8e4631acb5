"""A year of chips that are held: at work, waiting for requests, or spare; its energy and people."""

from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import mean, positive_part
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR, HOURS_PER_YEAR, SECONDS_PER_HOUR
from frontiercost.cost.energy_and_pay import carbon_t, power_kw
from frontiercost.cost.workload import Part, Workload
from frontiercost.stages.inference.upkeep import AT_WORK, IDLE, SPARE, Upkeep

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


@frozen
class HeldChips:
    """Chips that are held for a year, and the chip-hours of it that are worked."""

    serving: "Number"
    worked: "Number"
    upkeep: Upkeep

    @property
    def chips(self) -> "Number":
        """Those that serve and those that stand by."""
        return self.serving * (1 + self.upkeep.spare_share)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What their hours are for: hours that nobody asked for anything are idle."""
        hours = self.serving * HOURS_PER_YEAR
        idle = positive_part(hours - self.worked)
        spare = hours * self.upkeep.spare_share
        parts = (
            Part(AT_WORK, "Chips at work", hours - idle),
            Part(IDLE, "Chips that wait for requests", idle),
            Part(SPARE, "Spare chips", spare),
        )
        return tuple(part for part in parts if mean(part.chip_hours))


def a_year(
    held: HeldChips,
    flop: "Number",
    tokens: "Number",
    chip: Chip,
    pue: str,
    drawn: DrawnCatalogue,
) -> Workload:
    """Return a year in which the chips are held, busy or not, for this work on tokens."""
    hours = held.chips * HOURS_PER_YEAR
    energy = hours * _mean_power(chip, pue, held.worked / hours, drawn)
    peak = drawn.sample(chip.peak("bf16"))
    return Workload(
        model_flop=flop,
        mfu=flop / (peak * hours * SECONDS_PER_HOUR),
        chip_hours=hours,
        chips=drawn.median(held.chips),
        wall_days=DAYS_PER_YEAR,
        energy_kwh=energy,
        carbon_t=carbon_t(energy, drawn),
        tokens=tokens,
        person_years=held.upkeep.persons(held.serving),
        project_years=1.0,
        held=True,
        parts=held.parts,
    )


def _mean_power(chip: Chip, pue: str, busy: "Number", drawn: DrawnCatalogue) -> "Number":
    """Return kW at the meter of a chip: loaded x (idle + (1 - idle) busy) x PUE."""
    loaded = power_kw(chip, drawn) * drawn.value(pue, chip.kind)
    idle = drawn.value("idle_draw")
    return loaded * (idle + (1 - idle) * busy)
