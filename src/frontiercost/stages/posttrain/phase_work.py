"""How much a phase of post-training is: FLOP, tokens, and hours at full rates on so many chips."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.fine_tuning import ADAMW, ALL_LINEAR
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import SERVER_CHIPS, Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import SECONDS_PER_HOUR
from frontiercost.physics import posttraining_step as physics
from frontiercost.physics.bulk_sampling import RLMachine, Rollouts, stream_seconds
from frontiercost.physics.model_shape import Architecture, shape_of, total_params
from frontiercost.physics.number_formats import formats_on
from frontiercost.physics.realised_rates import number
from frontiercost.physics.shape_guess import derive
from frontiercost.physics.training_machine import Software, machine_of, software_of
from frontiercost.physics.training_method import EVERY_WEIGHT, Method
from frontiercost.stages.posttrain.base import Base
from frontiercost.stages.posttrain.recipe import SUPERVISED, Phase, fact_of, one_of

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

DEFAULT_WINDOW = 4096
ANSWERS_PER_PAIR = 2
SOFTWARE = ("adapter_passes", "dequantise_passes", "adapter_launches", "host_bandwidth")
"""Constants of the training software that fine-tuning alone needs."""
POINTS = 3  # on each side of a drawn fact, its centre among them; between them a power law


@frozen
class Inputs:
    """A base model, the phases it goes through, and the chips they run on."""

    architecture: Architecture | None
    """None: its shape is not known, so that no phase can be modelled that depends on it."""
    chip: Chip
    phases: tuple[Phase, ...]
    precision: str = "bf16"
    chips: Fact | None = None
    """The same for every phase; None: the fewest servers that end a phase within a week."""
    own_chips: int = 0
    """Chips of this kind that are there already."""
    errors: Mapping[str, Fact] = field(default_factory=dict)
    """What predictions err by, by class; from published runs where not given."""
    whole_run: bool = True
    """Whether a phase also loads, compiles and saves once; a step alone does not."""
    deadline: Fact | None = None
    """In which all phases end, one after the other; None: each within a week."""
    date: str = ""
    """When it is trained: what its software could do. Empty: what it can today."""
    spot: bool = False
    """Whether servers are rented spot, to be taken back at any time."""
    base: Base | None = None
    """The pre-training of the base, where a phase is sized by it."""


@frozen
class Amount:
    """FLOP and tokens of a phase, and its hours at full rates on so many chips."""

    model_flop: "Number"
    generated: "Number"
    trained: "Number"
    speed_class: str
    hours: Callable[[int, Draws], "Number"]
    least_chips: int = SERVER_CHIPS
    """With which a search begins: a server, or one chip."""


def amount_of(phase: Phase, inputs: Inputs, drawn: DrawnCatalogue, assumed: list[str]) -> Amount:
    """Return the amount of a phase; what it leaves out is listed in `assumed`."""
    if phase.kind in SUPERVISED:
        return _supervised(phase, inputs, drawn, assumed)
    if phase.kind in ("rl", "on-policy-distillation"):
        return _reinforced(phase, inputs, drawn, assumed)
    return _sampled(phase, inputs, drawn, assumed)


def trained_model(phase: Phase, inputs: Inputs, catalogue: Catalogue) -> Architecture:
    """Return the model a phase trains: the policy, another of the catalogue, or one of a size."""
    if phase.base:
        model = catalogue.model(phase.base)
        arch = shape_of(model)
        return arch if arch else derive(model.facts["total_params"].value, 0)
    if phase.known("params"):
        return derive(phase.facts["params"].value, 0)
    assert inputs.architecture is not None, phase.name
    return inputs.architecture


def method_of(phase: Phase, catalogue: Catalogue, assumed: list[str]) -> Method:
    """Return what a phase trains and how, with the usual rank and targets of adapters."""
    chosen = replace(EVERY_WEIGHT, name=phase.method, optimizer=phase.optimizer or ADAMW)
    if not chosen.frozen:
        return chosen
    rank = fact_of(phase, "lora_rank", catalogue, assumed).value
    return replace(chosen, rank=rank, targets=phase.lora_targets or ALL_LINEAR)


def work_of(inputs: Inputs, catalogue: Catalogue) -> RLMachine:
    """Return the machine with the rates of training and of serving, sampling in BF16."""
    rates = catalogue.constants("training_rates")
    own = {name: number(catalogue.assumption(name)) for name in SOFTWARE}
    return RLMachine(
        chip=inputs.chip,
        machine=machine_of(inputs.chip, inputs.precision, rates),
        software=replace(_software(inputs.date, rates, catalogue), **own),
        rates=catalogue.constants("serving_rates"),
        formats=formats_on(inputs.chip, "bf16", "bf16", "bf16"),
    )


def _software(date: str, rates: Mapping[str, Fact], catalogue: Catalogue) -> Software:
    """Return what training software could do at a date.

    Ignores that early software recomputed every layer.
    """
    if not date:
        return software_of(rates)
    from frontiercost.stages.pretrain.software import era_of

    return era_of(date, catalogue).software(rates)


# --- supervised ----------------------------------------------------------------------------------


def _supervised(phase: Phase, inputs: Inputs, drawn: DrawnCatalogue, assumed: list[str]) -> Amount:
    """Tokens x FLOP of one, at the utilisation of a fine-tuning step."""
    arch, pair = trained_model(phase, inputs, drawn.catalogue), phase.kind != "sft"
    tokens = _trained_tokens(phase, drawn.draws)
    answers = ANSWERS_PER_PAIR if pair else 1
    length = _sequence(phase, assumed) / (1 if phase.known("window") else answers)
    batch = fact_of(phase, "batch", drawn.catalogue, assumed).value * answers
    at_once = int(one_of(phase, "micro_batch").value) * answers
    attended = _attended(phase, length, answers)
    reads = phase.kind == "preference" and phase.reference
    method = method_of(phase, drawn.catalogue, assumed)
    flop = tokens * physics.preference_flop(arch, attended, reads, method)
    machine = work_of(inputs, drawn.catalogue)

    def hours(chips: int, among: Draws) -> "Number":
        mfu = physics.supervised_mfu(arch, length, batch, chips, machine, at_once, method, attended)
        amount = flop if among.count else drawn.median(flop)
        chip_hours: Number = physics.chip_hours(amount, mfu, inputs.chip)
        return chip_hours

    one_by_one = method.frozen or inputs.chip.kind == "desktop"
    least = 1 if one_by_one else SERVER_CHIPS
    return Amount(flop, 0.0, tokens, physics.pass_class(length, method), hours, least)


def _trained_tokens(phase: Phase, draws: Draws) -> "Number":
    """Return the tokens after epochs: as given, else examples x tokens of one x epochs."""
    if phase.known("tokens"):
        return draws.sample(phase.facts["tokens"])
    for key in ("examples", "tokens_per_example"):
        if not phase.known(key):
            raise InputError(f"phase '{phase.name}': {key} missing")
    examples, each = (draws.sample(phase.facts[key]) for key in ("examples", "tokens_per_example"))
    return examples * each * draws.sample(one_of(phase, "epochs"))


def _sequence(phase: Phase, assumed: list[str]) -> float:
    """Return the length of a training sequence: the packed window, else an example."""
    for key in ("window", "tokens_per_example"):
        if phase.known(key):
            return phase.facts[key].value
    assumed.append(f"window = {DEFAULT_WINDOW}")
    return float(DEFAULT_WINDOW)


def _attended(phase: Phase, length: float, answers: int) -> float:
    """Return how much of a sequence a token may attend to: an example, where it is packed."""
    if not (phase.known("window") and phase.known("tokens_per_example")):
        return length
    return min(phase.facts["tokens_per_example"].value / answers, length)


# --- sampled -------------------------------------------------------------------------------------


def _sampled(phase: Phase, inputs: Inputs, drawn: DrawnCatalogue, assumed: list[str]) -> Amount:
    """Answers as an endless stream: those kept / acceptance; evaluation keeps all of them."""
    arch = trained_model(phase, inputs, drawn.catalogue)
    accepted = drawn.sample(_needed(phase, "examples")) * drawn.sample(
        one_of(phase, "samples_per_prompt")
    )
    synthetic = phase.kind == "synthetic"
    share = (
        drawn.sample(fact_of(phase, "acceptance", drawn.catalogue, assumed)) if synthetic else 1.0
    )
    answers = accepted / share
    facts = {
        key: fact_of(phase, key, drawn.catalogue, assumed)
        for key in ("response_length", "prompt_length")
    }
    length, prompt = (drawn.sample(fact) for fact in facts.values())
    machine, centre = work_of(inputs, drawn.catalogue), drawn.median(answers)
    read = physics.reading_flop(arch, sum(fact.value for fact in facts.values()))

    def hours(chips: int, among: Draws) -> "Number":
        def per_answer(value: Mapping[str, float]) -> float:
            rollouts = Rollouts(
                count=centre,
                prompt=value["prompt_length"],
                response=value["response_length"],
                longest=_longest(phase, value["response_length"], drawn.catalogue),
            )
            seconds = stream_seconds(arch, rollouts, chips, machine)
            return seconds * chips / SECONDS_PER_HOUR / centre

        return (answers if among.count else centre) * over_facts(facts, among, per_answer)

    return Amount(
        model_flop=answers * (length + prompt) * read,
        generated=answers * length,
        trained=0.0,
        speed_class=physics.OFFLINE,
        hours=hours,
    )


def _reinforced(phase: Phase, inputs: Inputs, drawn: DrawnCatalogue, assumed: list[str]) -> Amount:
    """Steps x time of one; sampled groups beyond the trained ones, a critic, a teacher, a mix."""
    arch = trained_model(phase, inputs, drawn.catalogue)
    facts = _step_facts(phase, drawn.catalogue, assumed)
    recipe = _recipe(phase, arch, drawn.catalogue, assumed)
    teacher, mix = _teacher(phase), _mix(phase)
    machine, steps = work_of(inputs, drawn.catalogue), _needed(phase, "steps")
    verifier = drawn.fact("verifier_share")

    def hours(chips: int, among: Draws) -> "Number":
        def per_step(value: Mapping[str, float]) -> float:
            layout = physics.Layout(
                chips=chips,
                transfer_rate=value["weight_transfer_rate"],
                mode=phase.mode,
                sampling_chips=_samplers(phase),
            )
            longest = _longest(phase, value["response_length"], drawn.catalogue)
            seconds = physics.rl_seconds(
                arch, _rollouts(value, longest), recipe, layout, machine, mix, teacher
            )
            return seconds * chips / SECONDS_PER_HOUR

        once = over_facts(facts, among, per_step)
        return among.sample(steps) * once / (1 - among.sample(verifier))

    values = {key: drawn.sample(fact) for key, fact in facts.items()}
    trained = values["prompts_per_step"] * values["samples_per_prompt"] * drawn.sample(steps)
    sampled = trained / values["mixed_group_share"]
    length = values["response_length"] + values["prompt_length"]
    rollouts = _rollouts({key: fact.value for key, fact in facts.items()}, 0.0)
    sampled_flop, trained_flop = physics.rl_flop_per_token(arch, rollouts, recipe, mix, teacher)
    return Amount(
        model_flop=(sampled * sampled_flop + trained * trained_flop) * length,
        generated=sampled * values["response_length"],
        trained=trained * length * (recipe.epochs + mix),
        speed_class=physics.rl_class(phase.mode),
        hours=hours,
    )


def _step_facts(phase: Phase, catalogue: Catalogue, assumed: list[str]) -> dict[str, Fact]:
    """Return what the time of a step depends on besides the machine."""
    return {
        "response_length": fact_of(phase, "response_length", catalogue, assumed),
        "prompt_length": fact_of(phase, "prompt_length", catalogue, assumed),
        "prompts_per_step": _needed(phase, "prompts_per_step"),
        "samples_per_prompt": one_of(phase, "samples_per_prompt"),
        "mixed_group_share": one_of(phase, "mixed_group_share"),
        "weight_transfer_rate": catalogue.assumption("weight_transfer_rate"),
    }


def _rollouts(value: Mapping[str, float], longest: float) -> Rollouts:
    trained = value["prompts_per_step"] * value["samples_per_prompt"]
    return Rollouts(
        count=physics.sampled_groups(trained, value["mixed_group_share"]),
        prompt=value["prompt_length"],
        response=value["response_length"],
        longest=longest or value["response_length"],
        samples_per_prompt=value["samples_per_prompt"],
        trained_share=value["mixed_group_share"],
    )


def _recipe(
    phase: Phase, arch: Architecture, catalogue: Catalogue, assumed: list[str]
) -> physics.Recipe:
    policy, method = float(total_params(arch)), method_of(phase, catalogue, assumed)
    updates = one_of(phase, "updates_per_step").value
    if phase.kind == "on-policy-distillation":
        return physics.Recipe(updates=updates, readings=0.0, method=method)
    reward = phase.facts["reward_params"].value / policy if phase.known("reward_params") else 0.0
    critic = phase.facts["critic_params"].value / policy if phase.known("critic_params") else 0.0
    return physics.Recipe(
        epochs=one_of(phase, "epochs").value,
        updates=updates,
        readings=fact_of(phase, "readings", catalogue, assumed).value + reward,
        critic=critic,
        method=method,
    )


def _teacher(phase: Phase) -> Architecture | None:
    if phase.kind != "on-policy-distillation":
        return None
    return derive(_needed(phase, "teacher_params").value, 0)


def _mix(phase: Phase) -> float:
    """Pre-training tokens trained beside each token of an answer and its prompt (PPO-ptx)."""
    return phase.facts["pretraining_mix"].value if phase.known("pretraining_mix") else 0.0


def _samplers(phase: Phase) -> int | None:
    return int(phase.facts["sampling_chips"].value) if phase.known("sampling_chips") else None


def _longest(phase: Phase, tokens: float, catalogue: Catalogue) -> float:
    """Return the limit on an answer: given, else a usual multiple of the mean."""
    if phase.known("longest_response"):
        return max(phase.facts["longest_response"].value, tokens)
    return tokens * number(catalogue.assumption("longest_over_mean_response"))


def _needed(phase: Phase, key: str) -> Fact:
    if not phase.known(key):
        raise InputError(f"phase '{phase.name}': {key} missing")
    return phase.facts[key]


def over_draws(fact: Fact, draws: Draws, hours: Callable[[float], float]) -> "Number":
    """Return hours for a drawn fact: a power law between its centre and two values on each side.

    Ignores how the machine bends between these five.
    """
    drawn = draws.sample(fact)
    if isinstance(drawn, (int, float)):
        return hours(float(drawn))
    import numpy as np

    below = np.geomspace(float(drawn.min()), fact.value, POINTS)
    above = np.geomspace(fact.value, float(drawn.max()), POINTS)
    # not np.unique: it imports masked arrays, which takes longer than all of this
    points = sorted({*below[:-1].tolist(), *above.tolist()})
    hours_at_points = np.array([hours(point) for point in points])
    interpolated: Number = np.exp(np.interp(np.log(drawn), np.log(points), np.log(hours_at_points)))
    return interpolated


def over_facts(
    facts: Mapping[str, Fact], draws: Draws, hours: Callable[[Mapping[str, float]], float]
) -> "Number":
    """Return hours for drawn facts: those at the centre, times what each alone makes of them.

    Ignores that facts far from the centre at once may do more or less than the product.
    """
    centre = {key: fact.value for key, fact in facts.items()}
    base = hours(centre)
    product: Number = base
    for key, fact in facts.items():
        if isinstance(draws.sample(fact), (int, float)):
            continue

        def alone(value: float, key: str = key) -> float:
            return base if value == centre[key] else hours({**centre, key: value})

        product = product * over_draws(fact, draws, alone) / base
    return product
