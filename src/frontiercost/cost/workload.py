"""The waist of the house: what a stage physically needs. No dollars above it, no FLOP below."""

from typing import TYPE_CHECKING, Any

from frontiercost.core.frozen import frozen

if TYPE_CHECKING:
    from frontiercost.core.facts import Fact, Number


@frozen
class Part:
    """A part of a stage's work on chips."""

    id: str
    label: str
    chip_hours: "Number"


@frozen
class Workload:
    """Chips, time, energy and people of one stage; each a float or an array of draws."""

    model_flop: "Number"
    """Exact model FLOP of the final run [FLOP]."""
    mfu: "Number"
    """Model FLOP utilisation over the whole run, of the BF16 peak [1]."""
    chip_hours: "Number"
    """Chip-hours of the final run [chip-hour]."""
    chips: float
    """Chips used at once [chip]."""
    wall_days: "Number"
    """Days from start to end of the final run [day]."""
    energy_kwh: "Number"
    """Electricity of the final run at the meter [kWh]."""
    carbon_t: "Number"
    """Emissions of that electricity [tCO2e]."""
    tokens: "Number"
    """Training tokens, or tokens read and written in a year [token]."""
    person_years: "Number"
    """Full-time staff of the whole project [person-year]."""
    project_years: "Number"
    """Length of the project, from the first experiment to the release, or of serving [year]."""
    held: bool = False
    """Whether the chips are held for all this time, busy or not: a year of serving."""
    parts: tuple[Part, ...] = ()
    """What the chip-hours are for, where the stage has parts: phases, steps of preparation."""
    errors: "tuple[Fact, ...]" = ()
    """Factors between the chip-hours that are predicted and those it takes, where any are drawn."""
    cluster_plan: Any = None
    """How the chips are arranged, where the machine model predicted the hours."""
