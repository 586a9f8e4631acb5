"""What stages use besides chips: electricity, its emissions, and people's pay."""

from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact
from frontiercost.core.lognormal import lognormal_mean

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

WATTS_PER_KW = 1000
GRAMS_PER_TONNE = 1e6


def power_kw(chip: Chip, drawn: DrawnCatalogue) -> "Number":
    """Return the average draw of a chip with its share of server and network, before cooling [kW].

    TDP x server/chip x network/server x average draw (arXiv 2405.21015; Epoch 2025). The server
    ratio of the chip's own system is used where the catalogue has it.
    """
    if "system_power" in chip.facts:
        server = drawn.sample(chip.facts["system_power"])
    else:
        server = drawn.sample(chip.fact("tdp")) * drawn.value("server_power", chip.kind)
    loaded = drawn.value("average_draw", chip.kind)
    return server * drawn.value("it_power", chip.kind) * loaded / WATTS_PER_KW


def carbon_t(energy_kwh: "Number", drawn: DrawnCatalogue) -> "Number":
    """Return the emissions of electricity at the meter: kWh x g/kWh [tCO2e]."""
    return energy_kwh * drawn.value("carbon_intensity") / GRAMS_PER_TONNE


def pay(kind: str, drawn: DrawnCatalogue) -> "Number":
    """Return the mean cost of a person-year [USD]: frontier, startup or academic pay.

    Frontier pay is mean salary x overhead + mean equity, from the 90 % ranges over individuals
    (lognormal), which average out over a team; the others are fully loaded judgements.
    """
    if kind != "frontier":
        return drawn.value(f"staff_cost_{kind}")
    salary, equity = drawn.fact("staff_salary"), drawn.fact("staff_equity")
    overhead = drawn.value("staff_overhead")
    return lognormal_mean(salary.low, salary.high) * overhead + lognormal_mean(
        equity.low, equity.high
    )


def pay_facts(kind: str, catalogue: Catalogue) -> tuple[Fact, ...]:
    """Return the facts that `pay` rests on."""
    names = ("staff_salary", "staff_equity") if kind == "frontier" else (f"staff_cost_{kind}",)
    return tuple(catalogue.assumption(name) for name in names)
