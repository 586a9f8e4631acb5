"""Pre-training: from a model, its tokens and a chip to chip-hours, days, energy and people."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import prod
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.types import SERVER_CHIPS, Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR, HOURS_PER_DAY, SECONDS_PER_HOUR
from frontiercost.cost.energy_and_pay import carbon_t, power_kw
from frontiercost.cost.workload import Workload
from frontiercost.physics.token_flop import training_flop_per_token
from frontiercost.physics.whole_run import bounded_share, run_mfu
from frontiercost.stages.observed_utilisation import RunLosses
from frontiercost.stages.pretrain.chip_count import (
    COMFORTABLE_DAYS,
    chips_for,
    dividing,
    fewest_for,
    or_own,
)
from frontiercost.stages.pretrain.cluster import (
    ClusterPlan,
    TrainingSetup,
    arrange,
    arrange_given,
    spot_goodput,
)
from frontiercost.stages.pretrain.run_errors import RunErrors, RunSpeed, hours_of

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


@frozen
class Inputs:
    """What one pre-training run is: a shape or a FLOP count, tokens, and how it is computed.

    The hours come from the first of these that is known: the published hours, a utilisation
    that was given or pooled, the model of the machine.
    """

    chip: Chip
    tokens: Fact | None
    setup: TrainingSetup | None = None
    """Shape, machine and plan; None where the shape is unknown."""
    training_flop: Fact | None = None
    """Where the shape is unknown: the whole FLOP count as published or estimated."""
    size: Fact | None = None
    """Parameters as an interval: scales the FLOP of the shape, which is that of its centre."""
    chip_hours: Fact | None = None
    """As published; replaces the prediction by a pool."""
    mfu: Fact | None = None
    """Of the whole run: as given, or pooled from published runs."""
    losses: RunLosses | None = None
    """What whole runs get of the utilisation that the machine model predicts for their steps."""
    run_errors: RunErrors | None = None
    """What hours err by that the machine model predicts."""
    errors: tuple[Fact, ...] = ()
    """Factors between the hours of a pool, or of the same run before, and those it takes."""
    energy: Fact | None = None
    """Electricity before cooling, as published."""
    chips: Fact | None = None
    own_chips: int = 0
    """Chips of this kind that are there already."""
    deadline: Fact | None = None
    contributors: Fact | None = None
    project_time: Fact | None = None
    pue: str = "pue"
    """Which overhead of cooling applies: that of a hyperscaler or of others."""
    spot: bool = False
    """Whether servers may be taken back, and nothing else says what that costs."""


def training_flop(inputs: Inputs, draws: Draws) -> "Number":
    """Return the exact model FLOP of the run.

    C = F(s) D with F the training FLOP per token at sequence length s and D the tokens; F grows
    in proportion to an uncertain parameter count. Ignores recomputation, which is not model FLOP.
    """
    if inputs.setup is None or inputs.tokens is None:
        if inputs.training_flop is None:
            raise InputError("`tokens` is needed: the catalogue does not know how many were used")
        return draws.sample(inputs.training_flop)
    setup = inputs.setup
    per_token = training_flop_per_token(setup.architecture, setup.seq_len)
    flop = per_token * draws.sample(inputs.tokens)
    return flop * draws.sample(inputs.size) / inputs.size.value if inputs.size else flop


def chip_hours(flop: "Number", mfu: "Number", peak: "Number") -> "Number":
    """Return the chip-hours of a run: C / (3600 P MFU), P the dense BF16 peak of a chip [FLOP/s].

    The MFU is that of the whole run: downtime is inside it.
    """
    return flop / (SECONDS_PER_HOUR * peak * mfu)


def workload(inputs: Inputs, drawn: DrawnCatalogue) -> Workload:
    """Return what the run needs; all numbers are draws of the same facts."""
    flop = training_flop(inputs, drawn.draws)
    peak = drawn.sample(inputs.chip.peak("bf16"))
    cluster_plan = _arranged(inputs, drawn.median(flop), drawn)
    speed = _speed(inputs, cluster_plan, drawn) if cluster_plan else None
    error = prod((drawn.sample(error) for error in inputs.errors), start=1.0)
    if inputs.chip_hours is not None:
        hours = error * drawn.sample(inputs.chip_hours)
    else:
        hours = error * chip_hours(flop, _run_mfu(inputs, cluster_plan, speed, drawn), peak)
    chips = _chips(inputs, cluster_plan, drawn.median(hours))
    if inputs.spot and cluster_plan is None:
        hours = hours / spot_goodput(inputs.chip, chips, drawn)
    years = _project_years(inputs, drawn)
    energy = _energy(inputs, hours, drawn)
    return Workload(
        model_flop=flop,
        mfu=flop / (SECONDS_PER_HOUR * peak * hours),
        chip_hours=hours,
        chips=chips,
        wall_days=hours / (chips * HOURS_PER_DAY),
        energy_kwh=energy,
        carbon_t=carbon_t(energy, drawn),
        tokens=_tokens(flop, inputs, drawn),
        person_years=staff(flop, inputs, drawn) * years,
        project_years=years,
        errors=speed.errors if speed else inputs.errors,
        cluster_plan=cluster_plan and replace(cluster_plan, speed=speed),
    )


def _arranged(inputs: Inputs, flop: float, drawn: DrawnCatalogue) -> ClusterPlan | None:
    """Arrange the chips, unless the hours or the utilisation are known otherwise."""
    if inputs.setup is None or inputs.losses is None or inputs.mfu or inputs.chip_hours:
        return None
    if inputs.chips is not None or inputs.setup.sites is not None:
        chips = int(inputs.chips.value) if inputs.chips else 0
        return arrange_given(inputs.setup, chips, drawn)
    deadline = inputs.deadline.value if inputs.deadline else None
    losses, errors = inputs.losses, inputs.run_errors
    expected_mfu = partial(errors.mfu, losses) if errors else losses.mfu
    asked = (inputs.setup, flop, expected_mfu, drawn.catalogue)
    chips = chips_for(*asked, deadline)
    if deadline is None and inputs.own_chips:
        own = dividing(inputs.setup, inputs.own_chips, drawn.catalogue)
        chips = or_own(own, chips, lambda days: fewest_for(*asked, days))
    return arrange(inputs.setup, chips, drawn)


def _run_mfu(
    inputs: Inputs, cluster_plan: ClusterPlan | None, speed: RunSpeed | None, drawn: DrawnCatalogue
) -> "Number":
    """Return the run's utilisation: that of its steps x what is kept of it, else as given."""
    if cluster_plan is not None and speed is not None:
        return run_mfu(speed.step_mfu, speed.kept * cluster_plan.share)
    if inputs.mfu is None:
        raise InputError("`mfu` is needed: the run has neither a shape nor hours")
    return drawn.sample(inputs.mfu)


def _speed(inputs: Inputs, cluster_plan: ClusterPlan, drawn: DrawnCatalogue) -> RunSpeed | None:
    """Return how fast the steps of a run are, and what is kept of that; None without errors."""
    losses, errors = inputs.losses, inputs.run_errors
    if losses is None or errors is None:
        return None
    lasting, of_cluster = cluster_plan.lasting_mfu, losses.of_cluster(cluster_plan.chips)
    usual = losses.step_mfu(lasting, cluster_plan.chips)
    for fact in (losses.achieved, losses.step_weight):
        drawn.sample(fact)  # exact, and named among what the answer rests on
    factors = errors.of_steps(of_cluster, math.log(lasting / usual))
    kept = errors.kept(of_cluster)
    slower = prod((drawn.sample(factor) for factor in factors), start=1.0)
    undisturbed = usual / cluster_plan.failure_goodput
    centre = undisturbed / prod(factor.value for factor in factors)
    own_peak = cluster_plan.step.mfu / cluster_plan.step.mfu_own
    step_mfu = own_peak * bounded_share(undisturbed / slower / own_peak, centre / own_peak)
    rows = errors.measured.rows if errors.measured else ()
    return RunSpeed(step_mfu, drawn.sample(kept), (*factors, hours_of(kept)), rows)


def what_was_learnt(inputs: Inputs, work: Workload) -> Iterator[str]:
    """Say what published and measured runs did to the hours of this one.  Source: definition."""
    if inputs.run_errors is not None and inputs.losses is not None:
        yield from inputs.run_errors.said(inputs.losses.of_cluster(work.chips), work.chips)


def _chips(inputs: Inputs, cluster_plan: ClusterPlan | None, hours: float) -> float:
    """Return the chips used at once: as given or arranged, else whole servers for the deadline."""
    if cluster_plan is not None:
        return cluster_plan.chips
    if inputs.chips is not None:
        return inputs.chips.value

    def ending_in(days: float) -> int:
        return SERVER_CHIPS * max(1, math.ceil(hours / (days * HOURS_PER_DAY * SERVER_CHIPS)))

    if inputs.deadline is not None:
        return ending_in(inputs.deadline.value)
    return or_own(inputs.own_chips, ending_in(COMFORTABLE_DAYS), ending_in)


def _energy(inputs: Inputs, hours: "Number", drawn: DrawnCatalogue) -> "Number":
    """Return the electricity at the meter: chip-hours x kW x PUE, or published x PUE [kWh]."""
    if inputs.energy is not None:
        before_cooling = drawn.sample(inputs.energy)
    else:
        before_cooling = hours * power_kw(inputs.chip, drawn)
    return before_cooling * drawn.value(inputs.pue, inputs.chip.kind)


def staff(flop: "Number", inputs: Inputs, drawn: DrawnCatalogue) -> "Number":
    """Return the full-time people of the project [person].

    contributors x FTE per contributor; contributors as published, else grown from the four
    models that Epoch counted, in proportion to FLOP^0.7. Ignores outside labellers.
    """
    fte = drawn.value("fte_per_contributor")
    if inputs.contributors is not None:
        return drawn.sample(inputs.contributors) * fte
    reference = drawn.value("contributors_reference")
    size = flop / drawn.fact("contributors_reference_flop").value
    return reference * fte * size ** drawn.value("contributors_exponent")


def _tokens(flop: "Number", inputs: Inputs, drawn: DrawnCatalogue) -> "Number":
    """Return the tokens; where unknown, those of a usual ratio r to parameters: (r C / 6)^(1/2)."""
    if inputs.tokens is not None:
        return drawn.sample(inputs.tokens)
    return (drawn.value("tokens_per_parameter") * flop / 6) ** 0.5


def _project_years(inputs: Inputs, drawn: DrawnCatalogue) -> "Number":
    return drawn.sample(inputs.project_time or drawn.fact("project_time")) / DAYS_PER_YEAR
