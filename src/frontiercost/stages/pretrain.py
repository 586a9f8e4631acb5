"""Pre-training: from a model, its tokens and a chip to chip-hours, days, energy and people."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from frontiercost.catalogue import Catalogue
from frontiercost.errors import InputError
from frontiercost.facts import Draws, Fact
from frontiercost.physics.architecture import training_flop_per_token
from frontiercost.physics.shape import Architecture
from frontiercost.records import Chip
from frontiercost.uncertainty import lognormal_mean
from frontiercost.units import DAYS_PER_YEAR, HOURS_PER_DAY
from frontiercost.workload import Workload

if TYPE_CHECKING:
    from frontiercost.facts import Number

SECONDS_PER_HOUR = 3600
WATTS_PER_KW = GRAMS_PER_TONNE_KG = 1000
COMFORTABLE_DAYS = 90
SERVER_CHIPS = 8


@dataclass(frozen=True)
class Inputs:
    """What one pre-training run is: a shape or a FLOP count, tokens, chip, and utilisation."""

    chip: Chip
    mfu: Fact | None
    tokens: Fact | None
    architecture: Architecture | None = None
    seq_len: float = 0
    training_flop: Fact | None = None
    """Where the shape is unknown: the whole FLOP count as published or estimated."""
    size: Fact | None = None
    """Parameters as an interval: scales the FLOP of the shape, which is that of its centre."""
    chip_hours: Fact | None = None
    """As published; replaces the prediction."""
    energy: Fact | None = None
    """Electricity before cooling, as published."""
    chips: Fact | None = None
    contributors: Fact | None = None
    project_time: Fact | None = None
    pue: str = "pue"
    """Which overhead of cooling applies: that of a hyperscaler or of others."""


def training_flop(inputs: Inputs, draws: Draws) -> "Number":
    """Return the exact model FLOP of the run.

    C = F(s) D with F the training FLOP per token at sequence length s and D the tokens; F grows
    in proportion to an uncertain parameter count. Ignores recomputation, which is not model FLOP.
    """
    if inputs.architecture is None or inputs.tokens is None:
        if inputs.training_flop is None:
            raise InputError("--tokens is needed: the catalogue does not know how many were used")
        return draws.of(inputs.training_flop)
    per_token: float = training_flop_per_token(inputs.architecture, inputs.seq_len)
    flop = per_token * draws.of(inputs.tokens)
    return flop * draws.of(inputs.size) / inputs.size.value if inputs.size else flop


def chip_hours(flop: "Number", mfu: "Number", peak: "Number") -> "Number":
    """Return the chip-hours of a run: C / (3600 P MFU), P the dense BF16 peak of a chip [FLOP/s].

    The MFU is that of the whole run, so downtime is inside it and no goodput is applied.
    """
    return flop / (SECONDS_PER_HOUR * peak * mfu)


def workload(inputs: Inputs, draws: Draws, catalogue: Catalogue) -> Workload:
    """Return what the run needs; all numbers are draws of the same facts."""
    flop = training_flop(inputs, draws)
    peak = draws.of(inputs.chip.peak("bf16"))
    hours = _hours(inputs, flop, peak, draws)
    chips = inputs.chips.value if inputs.chips else default_chips(draws.summary(hours).median)
    power = power_kw(inputs.chip, draws, catalogue)
    before_cooling = draws.of(inputs.energy) if inputs.energy else hours * power
    energy = before_cooling * draws.of(catalogue.assumption(inputs.pue))
    years = _project_years(inputs, draws, catalogue)
    return Workload(
        model_flop=flop,
        mfu=flop / (SECONDS_PER_HOUR * peak * hours),
        chip_hours=hours,
        chips=chips,
        wall_days=hours / (chips * HOURS_PER_DAY),
        energy_kwh=energy,
        carbon_t=energy * draws.of(catalogue.assumption("carbon_intensity")) / 1e6,
        tokens=_tokens(flop, inputs, draws, catalogue),
        person_years=staff(flop, inputs, draws, catalogue) * years,
        project_years=years,
    )


def _hours(inputs: Inputs, flop: "Number", peak: "Number", draws: Draws) -> "Number":
    """Return the published chip-hours, else those that the utilisation predicts."""
    if inputs.chip_hours is not None:
        return draws.of(inputs.chip_hours)
    if inputs.mfu is None:
        raise InputError("--mfu is needed: the run has neither hours nor a utilisation")
    return chip_hours(flop, draws.of(inputs.mfu), peak)


def default_chips(hours: float) -> int:
    """Return the smallest number of whole servers that finishes in 90 days."""
    servers = hours / (COMFORTABLE_DAYS * HOURS_PER_DAY * SERVER_CHIPS)
    return SERVER_CHIPS * max(1, math.ceil(servers))


def power_kw(chip: Chip, draws: Draws, catalogue: Catalogue) -> "Number":
    """Return the average draw of a chip with its share of server and network, before cooling [kW].

    TDP x server/chip x network/server x average draw (arXiv 2405.21015; Epoch 2025). The server
    ratio of the chip's own system is used where the catalogue has it.
    """
    kind = "_tpu" if chip.generation == "TPU" else ""
    if "system_power" in chip.facts:
        server = draws.of(chip.facts["system_power"])
    else:
        server = draws.of(chip.fact("tdp")) * draws.of(catalogue.assumption(f"server_power{kind}"))
    loaded = draws.of(catalogue.assumption(f"average_draw{kind}"))
    return server * draws.of(catalogue.assumption("it_power")) * loaded / WATTS_PER_KW


def staff(flop: "Number", inputs: Inputs, draws: Draws, catalogue: Catalogue) -> "Number":
    """Return the full-time people of the project [person].

    contributors x FTE per contributor; contributors as published, else grown from the four
    models that Epoch counted, in proportion to FLOP^0.7. Ignores outside labellers.
    """
    fte = draws.of(catalogue.assumption("fte_per_contributor"))
    if inputs.contributors is not None:
        return draws.of(inputs.contributors) * fte
    reference = draws.of(catalogue.assumption("contributors_reference"))
    size = flop / catalogue.assumption("contributors_reference_flop").value
    return reference * fte * size ** draws.of(catalogue.assumption("contributors_exponent"))


def pay(kind: str, draws: Draws, catalogue: Catalogue) -> "Number":
    """Return the mean cost of a person-year [USD]: frontier, startup or academic pay.

    Frontier pay is mean salary x overhead + mean equity, from the 90 % ranges over individuals
    (lognormal), which average out over a team; the others are fully loaded judgements.
    """
    if kind != "frontier":
        return draws.of(catalogue.assumption(f"staff_cost_{kind}"))
    salary, equity = catalogue.assumption("staff_salary"), catalogue.assumption("staff_equity")
    overhead = draws.of(catalogue.assumption("staff_overhead"))
    return lognormal_mean(salary.low, salary.high) * overhead + lognormal_mean(
        equity.low, equity.high
    )


def _tokens(flop: "Number", inputs: Inputs, draws: Draws, catalogue: Catalogue) -> "Number":
    """Return the tokens; where unknown, those of a usual ratio r to parameters: (r C / 6)^(1/2)."""
    if inputs.tokens is not None:
        return draws.of(inputs.tokens)
    return (draws.of(catalogue.assumption("tokens_per_parameter")) * flop / 6) ** 0.5


def _project_years(inputs: Inputs, draws: Draws, catalogue: Catalogue) -> "Number":
    return draws.of(inputs.project_time or catalogue.assumption("project_time")) / DAYS_PER_YEAR
