"""Post-training: from a model and its phases to chip-hours, tokens and labels, phase by phase.

A pure function of inputs, draws and catalogue. Prices, energy and the bill are made elsewhere.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws
from frontiercost.core.frozen import frozen
from frontiercost.core.units import HOURS_PER_DAY, SECONDS_PER_HOUR
from frontiercost.cost.bill import Line
from frontiercost.cost.energy_and_pay import carbon_t, power_kw
from frontiercost.cost.workload import Part, Workload
from frontiercost.stages.posttrain.phase_work import Amount, Inputs, amount_of
from frontiercost.stages.posttrain.published_errors import error_of
from frontiercost.stages.posttrain.recipe import LABELS, Phase

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

COMFORTABLE_HOURS = 7 * HOURS_PER_DAY
MOST_CHIPS = 4096
LABEL_WORDS = {
    "comparison": "Comparisons by people",
    "ai_comparison": "Comparisons by a model",
    "demonstration": "Demonstrations by people",
    "expert_hour": "Hours of experts",
    "rl_task": "Tasks with a verifier",
    "environment": "Environments",
}


@frozen
class PhaseWork:
    """What one phase needs; each number a float or an array of draws."""

    name: str
    kind: str
    model_flop: "Number"
    """Exact model FLOP of the final run [FLOP]."""
    chip_hours: "Number"
    """Of the final run, with its experiments where asked for [chip-hour]."""
    chips: int
    """Chips used at once [chip]."""
    tokens_generated: "Number"
    """Sampled, those that a filter throws away too [token]."""
    tokens_trained: "Number"
    """Through a backward pass, after epochs [token]."""
    labels: Mapping[str, "Number"]
    """Human or AI labels by kind [count]."""
    method: str = ""
    """How it trains, where it does: full, lora or qlora, and its optimiser if not the usual."""
    assumed: tuple[str, ...] = ()
    """Quantities that the phase left out, with the prior that was taken."""


def workload(inputs: Inputs, drawn: DrawnCatalogue) -> tuple[PhaseWork, ...]:
    """Return what each phase needs; a phase of zero examples needs exactly nothing."""
    return tuple(phase_work(phase, inputs, drawn) for phase in inputs.phases)


def phase_work(phase: Phase, inputs: Inputs, drawn: DrawnCatalogue) -> PhaseWork:
    """Return what one phase needs.

    hours = (predicted + chips x set-up) x error; error is what published runs took over what the
    machine model predicts for them.
    """
    labels = label_counts(phase, drawn.draws)
    if phase.empty or phase.kind == "labels":
        return PhaseWork(phase.name, phase.kind, 0.0, 0.0, 0, 0.0, 0.0, labels)
    assumed: list[str] = []
    amount = amount_of(phase, inputs, drawn, assumed)
    chips = _chips(amount, inputs)
    key = amount.speed_class
    error = inputs.errors[key] if key in inputs.errors else error_of(key, drawn.catalogue)
    try:
        hours = amount.hours(chips, drawn.draws)
    except InputError as reason:
        from frontiercost.stages.posttrain.feasibility import unfit

        raise unfit(reason, phase, inputs, drawn, chips) from None
    if inputs.whole_run:
        setup = drawn.value("run_setup_time") * HOURS_PER_DAY
        hours = hours + chips * setup
    hours = hours * drawn.sample(error)
    if inputs.spot:
        from frontiercost.stages.pretrain.cluster import spot_goodput

        hours = hours / spot_goodput(inputs.chip, chips, drawn)
    if inputs.experiments:
        hours = hours * drawn.value("posttraining_experiments")
    return PhaseWork(
        name=phase.name,
        kind=phase.kind,
        model_flop=amount.model_flop,
        chip_hours=hours,
        chips=chips,
        tokens_generated=amount.generated,
        tokens_trained=amount.trained,
        labels=labels,
        method=phase.method_in_words,
        assumed=tuple(assumed),
    )


def phase_flop(phase: Phase, inputs: Inputs, drawn: DrawnCatalogue) -> "Number":
    """Return the model FLOP of one phase, without asking how long they take."""
    if phase.empty or phase.kind == "labels":
        return 0.0
    return amount_of(phase, inputs, drawn, []).model_flop


def label_counts(phase: Phase, draws: Draws) -> dict[str, "Number"]:
    """Return labels by kind: examples x labels per example; zero where there are no examples."""
    counts: dict[str, Number] = {}
    for kind, each in phase.labels.items():
        if phase.empty:
            counts[kind] = 0.0
        elif phase.known("examples"):
            counts[kind] = draws.sample(phase.facts["examples"]) * draws.sample(each)
        else:
            raise InputError(f"phase '{phase.name}': examples missing; its labels are per example")
    return counts


def label_cost(kind: str, count: "Number", drawn: DrawnCatalogue) -> "Number":
    """Return what so many labels cost [USD]: count x price of one, drawn once per kind."""
    return count * drawn.value(LABELS[kind])


def _chips(amount: Amount, inputs: Inputs) -> int:
    """Return the chips: given, else servers doubled until the phase fits and ends in time.

    Each phase has a week, or an equal part of the deadline; InputError where none ends in that.
    One chip at first where that is the habit: adapters, and cards that people own.
    """
    if inputs.chips is not None:
        return int(inputs.chips.value)
    chips, fits, centre = amount.least_chips, 0, Draws(0)
    hours = _hours_for(inputs)
    while chips <= MOST_CHIPS:
        try:
            if amount.hours(chips, centre) <= chips * hours:
                return chips
            fits = chips
        except InputError:
            fits = 0
        chips *= 2
    if inputs.deadline is not None and fits:
        days = inputs.deadline.value
        raise InputError(
            f"`deadline`: up to {MOST_CHIPS:,} {inputs.chip.name} no number of chips ends in "
            f"{days:.3g} days; allow more"
        )
    return fits or amount.least_chips


def _hours_for(inputs: Inputs) -> float:
    """Return the hours that each phase has: a week, or its part of the deadline."""
    if inputs.deadline is None:
        return COMFORTABLE_HOURS
    busy = sum(not phase.empty and phase.kind != "labels" for phase in inputs.phases)
    return inputs.deadline.value * HOURS_PER_DAY / max(busy, 1)


def total(phases: tuple[PhaseWork, ...]) -> PhaseWork:
    """Return the sum of phases under the name `total`; chips are the most used at once."""
    zero: Number = 0.0
    labels: dict[str, Number] = {}
    for phase in phases:
        for kind, count in phase.labels.items():
            labels[kind] = labels.get(kind, 0.0) + count
    return PhaseWork(
        name="total",
        kind="total",
        model_flop=sum((phase.model_flop for phase in phases), zero),
        chip_hours=sum((phase.chip_hours for phase in phases), zero),
        chips=max((phase.chips for phase in phases), default=0),
        tokens_generated=sum((phase.tokens_generated for phase in phases), zero),
        tokens_trained=sum((phase.tokens_trained for phase in phases), zero),
        labels=labels,
        assumed=tuple(dict.fromkeys(text for phase in phases for text in phase.assumed)),
    )


def summed(phases: tuple[PhaseWork, ...], chip: Chip, pue: str, drawn: DrawnCatalogue) -> Workload:
    """Return all phases, one after the other, as one piece of work with its parts."""
    all_phases, zero = total(phases), 0.0
    hours = all_phases.chip_hours
    busy = (phase for phase in phases if phase.chips)
    days = sum((phase.chip_hours / (phase.chips * HOURS_PER_DAY) for phase in busy), zero)
    energy = hours * power_kw(chip, drawn) * drawn.value(pue, chip.kind)
    seconds = SECONDS_PER_HOUR * hours * drawn.sample(chip.peak("bf16"))
    return Workload(
        model_flop=all_phases.model_flop,
        mfu=all_phases.model_flop / seconds if all_phases.chips else zero,
        chip_hours=hours,
        chips=all_phases.chips,
        wall_days=days,
        energy_kwh=energy,
        carbon_t=carbon_t(energy, drawn),
        tokens=all_phases.tokens_generated + all_phases.tokens_trained,
        person_years=zero,
        project_years=1.0,
        parts=tuple(Part(f"phase-{p.name}", p.name, p.chip_hours) for p in phases if p.chips),
    )


def label_lines(phases: tuple[PhaseWork, ...], drawn: DrawnCatalogue) -> tuple[Line, ...]:
    """Return what labels cost, a line for each kind of them; none where there are none."""
    return tuple(
        Line(
            f"labels-{kind}",
            LABEL_WORDS[kind],
            label_cost(kind, count, drawn),
            "labels × price of one",
            (drawn.fact(LABELS[kind]),),
        )
        for kind, count in total(phases).labels.items()
        if not isinstance(count, float) or count
    )
