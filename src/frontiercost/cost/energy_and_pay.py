"""What stages use besides chips: electricity, its emissions, and people's pay."""

from typing import TYPE_CHECKING

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.lognormal import lognormal_mean

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

WATTS_PER_KW = 1000
GRAMS_PER_TONNE = 1e6


def power_kw(chip: Chip, draws: Draws, catalogue: Catalogue) -> "Number":
    """Return the average draw of a chip with its share of server and network, before cooling [kW].

    TDP x server/chip x network/server x average draw (arXiv 2405.21015; Epoch 2025). The server
    ratio of the chip's own system is used where the catalogue has it.
    """
    kind = "_tpu" if chip.generation == "TPU" else ""
    if "system_power" in chip.facts:
        server = draws.sample(chip.facts["system_power"])
    else:
        server = draws.sample(chip.fact("tdp")) * draws.sample(
            catalogue.assumption(f"server_power{kind}")
        )
    loaded = draws.sample(catalogue.assumption(f"average_draw{kind}"))
    return server * draws.sample(catalogue.assumption("it_power")) * loaded / WATTS_PER_KW


def carbon_t(energy_kwh: "Number", draws: Draws, catalogue: Catalogue) -> "Number":
    """Return the emissions of electricity at the meter: kWh x g/kWh [tCO2e]."""
    return energy_kwh * draws.sample(catalogue.assumption("carbon_intensity")) / GRAMS_PER_TONNE


def pay(kind: str, draws: Draws, catalogue: Catalogue) -> "Number":
    """Return the mean cost of a person-year [USD]: frontier, startup or academic pay.

    Frontier pay is mean salary x overhead + mean equity, from the 90 % ranges over individuals
    (lognormal), which average out over a team; the others are fully loaded judgements.
    """
    if kind != "frontier":
        return draws.sample(catalogue.assumption(f"staff_cost_{kind}"))
    salary, equity = catalogue.assumption("staff_salary"), catalogue.assumption("staff_equity")
    overhead = draws.sample(catalogue.assumption("staff_overhead"))
    return lognormal_mean(salary.low, salary.high) * overhead + lognormal_mean(
        equity.low, equity.high
    )


def pay_facts(kind: str, catalogue: Catalogue) -> tuple[Fact, ...]:
    """Return the facts that `pay` rests on."""
    names = ("staff_salary", "staff_equity") if kind == "frontier" else (f"staff_cost_{kind}",)
    return tuple(catalogue.assumption(name) for name in names)
