"""Post-training: from a model and its phases to chip-hours, tokens and labels, phase by phase.

A pure function of inputs, draws and catalogue. Prices, energy and the bill are made elsewhere.
"""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR, HOURS_PER_DAY, SECONDS_PER_HOUR
from frontiercost.cost.bill import Line
from frontiercost.cost.choices import LONGEST_DAYS
from frontiercost.cost.energy_and_pay import carbon_t, power_kw
from frontiercost.cost.workload import Part, Workload
from frontiercost.stages.posttrain.phase_work import Amount, Inputs, amount_of
from frontiercost.stages.posttrain.published_errors import error_of
from frontiercost.stages.posttrain.recipe import LABELS, SHARE, Phase, fact_of

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

COMFORTABLE_HOURS = 7 * HOURS_PER_DAY
MOST_CHIPS = 4096
SHARE_HOURS = 60 * HOURS_PER_DAY
"""How long a phase lasts that is sized by its base: INTELLECT-3's took two months."""
LABEL_WORDS = {
    "comparison": "Comparisons by people",
    "ai_comparison": "Comparisons by a model",
    "demonstration": "Demonstrations by people",
    "expert_hour": "Hours of experts",
    "rl_task": "Tasks with a verifier",
    "environment": "Environments",
}


@frozen
class Team:
    """Who post-trains, and for how long."""

    contributors: Fact
    project_time: Fact

    def years(self, drawn: DrawnCatalogue) -> "Number":
        """Return the length of the project [year]."""
        return drawn.sample(self.project_time) / DAYS_PER_YEAR

    def person_years(self, drawn: DrawnCatalogue) -> "Number":
        """Return full-time staff: contributors x FTE of one x years [person-year].

        Contributors are the authors of the recipe, as those of pre-training are of a model.
        Ignores that a follower needs fewer, and a larger base more.
        """
        people = drawn.sample(self.contributors) * drawn.value("fte_per_contributor")
        return people * self.years(drawn)


@frozen
class PhaseWork:
    """What one phase needs; each number a float or an array of draws."""

    name: str
    kind: str
    model_flop: "Number"
    """Exact model FLOP of the final run [FLOP]."""
    chip_hours: "Number"
    """Of the final run [chip-hour]."""
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
    if phase.kind == SHARE:
        return _share_of_base(phase, inputs, drawn, labels)
    amount = amount_of(phase, inputs, drawn, assumed)
    chips = _chips(amount, inputs, drawn)
    try:
        hours = _hours(amount, chips, inputs, drawn)
    except InputError as reason:
        from frontiercost.stages.posttrain.feasibility import unfit

        raise unfit(reason, phase, inputs, drawn, chips) from None
    if inputs.spot:
        from frontiercost.stages.pretrain.cluster import spot_goodput

        hours = hours / spot_goodput(inputs.chip, chips, drawn)
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


def _hours(amount: Amount, chips: int, inputs: Inputs, drawn: DrawnCatalogue) -> "Number":
    """Return the chip-hours of a phase on so many chips: predicted, set up once, and its error."""
    key = amount.speed_class
    error = inputs.errors[key] if key in inputs.errors else error_of(key, drawn.catalogue)
    hours = amount.hours(chips, drawn.draws)
    if inputs.whole_run:
        hours = hours + chips * drawn.value("run_setup_time") * HOURS_PER_DAY
    return hours * drawn.sample(error)


def _share_of_base(
    phase: Phase, inputs: Inputs, drawn: DrawnCatalogue, labels: Mapping[str, "Number"]
) -> PhaseWork:
    """Return a phase that is so much of its base's pre-training: share x its chip-hours.

    As published shares are of chip-hours or cost; FLOP are taken as the same share, although
    sampling makes fewer in an hour. Tokens are not known.
    """
    assumed: list[str] = []
    if inputs.base is None:
        raise InputError(f"phase '{phase.name}': the pre-training of its base is not known")
    share = drawn.sample(fact_of(phase, "share", drawn.catalogue, assumed))
    hours = share * inputs.base.chip_hours
    time = _hours_for(inputs, SHARE_HOURS)
    servers = math.ceil(drawn.median(hours) / (time * inputs.chip.server_chips))
    chips = int(inputs.chips.value) if inputs.chips else servers * int(inputs.chip.server_chips)
    return PhaseWork(
        name=phase.name,
        kind=phase.kind,
        model_flop=share * inputs.base.model_flop,
        chip_hours=hours,
        chips=chips,
        tokens_generated=0.0,
        tokens_trained=0.0,
        labels=labels,
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


def _chips(amount: Amount, inputs: Inputs, drawn: DrawnCatalogue) -> int:
    """Return the chips: given, else servers doubled until the phase fits and ends in time.

    It fits where its longest drawn answers do. Each phase has a week as it is predicted, or an
    equal part of the deadline at the median of what it takes; InputError where none ends in that.
    One chip at first where that is the habit: adapters, and cards that people own. Without a
    deadline, of chips that are there as many as do, where all phases end on them within a year.
    """
    if inputs.chips is not None:
        return int(inputs.chips.value)
    chips, fits, owned, centre = amount.least_chips, 0, 0, Draws(0)
    by_deadline = inputs.deadline is not None
    hours, longest = _hours_for(inputs), LONGEST_DAYS * HOURS_PER_DAY / _busy(inputs)
    while chips <= MOST_CHIPS:
        try:
            if by_deadline:
                taken = drawn.median(_hours(amount, chips, inputs, drawn))
            else:
                taken = float(amount.hours(chips, centre))
            if taken <= chips * hours:
                _hours(amount, chips, inputs, drawn)
                return owned if owned and chips > inputs.own_chips else chips
            if chips <= inputs.own_chips and not by_deadline and taken <= chips * longest:
                _hours(amount, chips, inputs, drawn)
                owned = chips
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
    return owned or fits or amount.least_chips


def _hours_for(inputs: Inputs, usual: float = COMFORTABLE_HOURS) -> float:
    """Return the hours that each phase has: the usual, or its part of the deadline."""
    if inputs.deadline is None:
        return usual
    return inputs.deadline.value * HOURS_PER_DAY / _busy(inputs)


def _busy(inputs: Inputs) -> int:
    """Return how many phases take chips, one after the other."""
    return max(sum(not p.empty and p.kind != "labels" for p in inputs.phases), 1)


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


def summed(
    phases: tuple[PhaseWork, ...], chip: Chip, pue: str, team: Team, drawn: DrawnCatalogue
) -> Workload:
    """Return all phases, one after the other, as one piece of work with its parts and people."""
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
        person_years=team.person_years(drawn),
        project_years=team.years(drawn),
        parts=tuple(Part(f"phase-{p.name}", p.name, p.chip_hours) for p in phases if p.chips),
    )


def label_lines(
    phases: tuple[PhaseWork, ...], without: Iterable[str], drawn: DrawnCatalogue
) -> tuple[Line, ...]:
    """Return what labels cost, a line for each kind of them; none where there are none.

    Those of a phase that is left out are left out with it.
    """
    left_out = {name.casefold() for name in without}
    kept = tuple(p for p in phases if not {p.name, f"phase-{p.name}"} & left_out)
    return tuple(
        Line(
            f"labels-{kind}",
            LABEL_WORDS[kind],
            label_cost(kind, count, drawn),
            "labels × price of one",
            (drawn.fact(LABELS[kind]),),
        )
        for kind, count in total(kept).labels.items()
        if not isinstance(count, float) or count
    )
