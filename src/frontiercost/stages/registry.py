"""What each stage makes of a scenario: its work, its detail, and what stands around it in a bill.

A stage imports its own physics only when it is asked for.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip, Model, Run
from frontiercost.core.errors import NotEvaluatedError
from frontiercost.core.facts import Draws, Fact, mean
from frontiercost.core.frozen import frozen
from frontiercost.cost import market_prices
from frontiercost.cost.bill import Line, total
from frontiercost.cost.programme import ProgrammeCosts
from frontiercost.cost.terms import Terms
from frontiercost.cost.workload import Workload
from frontiercost.scenario.resolver import Resolver

if TYPE_CHECKING:
    from frontiercost.core.facts import Number
    from frontiercost.stages.dataprep.workload import Inputs, Preparation
    from frontiercost.stages.posttrain.recipe import Recipe
    from frontiercost.stages.posttrain.workload import PhaseWork

SIMILAR = 3.0
DEFAULT_SEQ_LEN = 4096.0
DATA_CHIP = "h100-sxm"
"""Prepares data where the chips of the run have no rental price."""


def nothing(terms: Terms) -> ProgrammeCosts:
    """Return nothing around the chips."""
    return ProgrammeCosts()


@frozen
class StageResult:
    """What a stage answers to its inputs."""

    chip: Chip
    precision: str
    workload: Workload
    detail: Any = None
    """The training machine, the service, the phases or the preparation."""
    programme_costs: Callable[[Terms], ProgrammeCosts] = nothing
    precedents: tuple[Run, ...] = ()


@frozen
class PostTraining:
    """A recipe on a base, phase by phase."""

    recipe: "Recipe"
    phases: tuple["PhaseWork", ...]
    base_flop_ratio: "Number | None"
    """Its model FLOP over those of the base's pre-training; None where those are not known."""
    base_hours_ratio: "Number | None"
    """The same in chip-hours of the same chip: what it costs of it."""


@frozen
class Prepared:
    """A mix of sources that was prepared, and what other sources would add to it."""

    preparation: "Preparation"
    gains: Mapping[str, "Number"]
    """Effective tokens that a source adds where it replaces repeats, by its label."""


# --- pre-training ---------------------------------------------------------------------------------


def pretraining(r: Resolver) -> StageResult:
    """Train a base model; a whole programme adds data, post-training, experiments and staff."""
    from frontiercost.stages.pretrain import inputs as training
    from frontiercost.stages.pretrain import workload as pretrain

    draws, catalogue = r.draws, r.catalogue
    inputs = training.inputs(r)
    work = pretrain.workload(inputs, draws, catalogue)
    done = precedents(r.model, draws.summary(work.model_flop).median, catalogue)

    data = ProgrammeData(r, work)

    def programme_costs(terms: Terms) -> ProgrammeCosts:
        if not terms.whole:
            return ProgrammeCosts()
        return _programme(r, work, terms, data.lines(inputs.chip, terms))

    precision = training.precision(r)
    return StageResult(inputs.chip, precision, work, inputs.setup, programme_costs, done)


def _programme(
    r: Resolver, work: Workload, terms: Terms, lines: tuple[Line, ...]
) -> ProgrammeCosts:
    experiments = r.catalogue.assumption(f"experiments_{terms.programme}")
    if "recipe" not in r.scenario.values:
        usual = r.catalogue.assumption("posttraining_ratio")
        return ProgrammeCosts(lines, experiments, r.draws.sample(usual), (usual,), staff=True)
    after = posttraining(r)
    share = after.workload.chip_hours / work.chip_hours
    labels = after.programme_costs(replace(terms, programme="final-run")).lines
    return ProgrammeCosts((*labels, *lines), experiments, share, (), staff=True)


class ProgrammeData:
    """The data of a training programme: prepared once for a chip, priced on any terms.

    The programme's experiments hold the ablations and its staff the curation, so neither is
    counted here.
    """

    def __init__(self, r: Resolver, work: Workload) -> None:
        self._r, self._tokens = r, _tokens_fact(r, work)
        self._prepared: dict[str, tuple[Inputs, Preparation]] = {}

    def lines(self, chip: Chip, terms: Terms) -> tuple[Line, ...]:
        """Return the line of the data, and licences by name."""
        from frontiercost.stages.dataprep import cost_lines

        price, chip = _data_price(self._r, chip, terms)
        inputs, found = self._prepare(chip)
        where = (self._r.draws, self._r.catalogue)
        costs = cost_lines.costs(found, inputs, price, terms.pay, *where)
        licences = tuple(line for line in costs if line.id == "licences")
        rest = [line for line in costs if line.id != "licences"]
        facts = {fact.path: fact for line in rest for fact in line.facts}
        label = "Data preparation" if licences else "Data preparation, without licences"
        formula = "work of the sources × prices"
        return (Line("data", label, total(rest), formula, tuple(facts.values())), *licences)

    def _prepare(self, chip: Chip) -> "tuple[Inputs, Preparation]":
        from frontiercost.stages.dataprep import inputs as preparation
        from frontiercost.stages.dataprep import workload as dataprep

        if chip.name not in self._prepared:
            inputs = preparation.inputs(self._r, chip, self._tokens, alone=False)
            found = dataprep.prepare(inputs, self._r.draws, self._r.catalogue)
            self._prepared[chip.name] = inputs, found
        return self._prepared[chip.name]


def _data_price(r: Resolver, chip: Chip, terms: Terms) -> tuple[Fact, Chip]:
    """Return the price of a chip-hour that prepares data: of the run's chip, else of another."""
    if terms.price is not None:
        return terms.price, chip
    cell = (terms.date, terms.vendor, terms.commitment)
    try:
        return market_prices.rental_price(r.catalogue, chip, *cell), chip
    except NotEvaluatedError:
        other = r.catalogue.chip(DATA_CHIP)
        return market_prices.rental_price(r.catalogue, other, *cell), other


def _tokens_fact(r: Resolver, work: Workload) -> Fact:
    """Return the training tokens as one fact: as given, else those of the work."""
    if "tokens" in r.inputs:
        return r.inputs["tokens"].fact
    low, median, high = r.draws.summary(work.tokens)
    ends = (median if low is None else low, median if high is None else high)
    return Fact("work/tokens", median, *ends, "token", "own-judgement", "estimated")


def precedents(model: Model | None, flop: float, catalogue: Catalogue) -> tuple[Run, ...]:
    """Return up to three published runs of about this compute by different developers."""
    found: dict[str, tuple[float, Run]] = {}
    for run in catalogue.runs:
        distance = abs(math.log(run.training_flop / flop))
        same = model is not None and run.model == model.name
        nearer = distance < found.get(run.organization, (math.log(SIMILAR), None))[0]
        if nearer and not same:
            found[run.organization] = (distance, run)
    ranked = sorted(found.values(), key=itemgetter(0))
    return tuple(run for _, run in ranked[:3])


# --- post-training --------------------------------------------------------------------------------


def posttraining(r: Resolver) -> StageResult:
    """Take a base through the phases of a recipe; a programme adds experiments, never the base."""
    from frontiercost.stages.posttrain import inputs as recipes
    from frontiercost.stages.posttrain import workload as posttrain

    draws, catalogue = r.draws, r.catalogue
    recipe, inputs = recipes.inputs(r)
    phases = posttrain.workload(inputs, draws, catalogue)
    work = posttrain.summed(phases, inputs.chip, r.pue, draws, catalogue)
    labels = posttrain.label_lines(phases, draws, catalogue)

    def programme_costs(terms: Terms) -> ProgrammeCosts:
        if not terms.whole:
            return ProgrammeCosts(labels)
        return ProgrammeCosts(labels, _posttraining_experiments(terms.programme, catalogue))

    detail = PostTraining(recipe, phases, *_base_ratios(r, work, inputs.chip))
    return StageResult(inputs.chip, inputs.precision, work, detail, programme_costs)


def _posttraining_experiments(programme: str, catalogue: Catalogue) -> Fact:
    """Return experiments over final runs: as for any known recipe, or what finding one took."""
    if programme == "follower":
        return catalogue.assumption("experiments_follower")
    all_runs = catalogue.assumption("posttraining_experiments")
    low, value, high = (end - 1 for end in (all_runs.low, all_runs.value, all_runs.high))
    return replace(all_runs, low=low, value=value, high=high)


def _base_ratios(
    r: Resolver, work: Workload, chip: Chip
) -> tuple["Number | None", "Number | None"]:
    """Return post-training over the base's own training: of FLOP, and of chip-hours.

    Hours of the base are the published ones on such chips, else FLOP at the utilisation that runs
    on such chips had.
    """
    from frontiercost.physics.token_flop import training_flop_per_token
    from frontiercost.stages.pretrain.workload import chip_hours

    tokens, shape = r.model_fact("tokens"), r.architecture()
    if tokens is None or shape is None:
        return None, None
    length = r.model_fact("seq_len")
    at = length.value if length else DEFAULT_SEQ_LEN
    base: Number = training_flop_per_token(shape, at) * r.draws.sample(tokens)
    published = r.model.built.get("chip_hours") if r.model else None
    if published is not None and r.model and r.model.built_chip == chip.name:
        hours = r.draws.sample(published)
    else:
        mfu = r.draws.sample(pooled_mfu(r.catalogue, chip, bool(shape.experts)))
        hours = chip_hours(base, mfu, r.draws.sample(chip.peak("bf16")))
    return work.model_flop / base, work.chip_hours / hours


def pooled_mfu(catalogue: Catalogue, chip: Chip, moe: bool) -> Fact:
    """Return the utilisation of published runs on such chips."""
    from frontiercost.stages.observed_utilisation import run_mfu, usable

    return run_mfu(usable(catalogue.runs), chip.generation, "bf16", moe)


# --- data preparation -----------------------------------------------------------------------------


def preparing(r: Resolver) -> StageResult:
    """Get and prepare training data."""
    from frontiercost.stages.dataprep import cost_lines
    from frontiercost.stages.dataprep import inputs as preparation
    from frontiercost.stages.dataprep import workload as dataprep

    draws, catalogue = r.draws, r.catalogue
    chip = r.chip(DATA_CHIP)
    inputs = preparation.inputs(r, chip, None, alone=True)
    found = dataprep.prepare(inputs, draws, catalogue)
    work = dataprep.summed(found, inputs, r.pue, draws, catalogue)

    def programme_costs(terms: Terms) -> ProgrammeCosts:
        price = terms.price or catalogue.assumption("cpu_price")
        lines = cost_lines.costs(found, inputs, price, terms.pay, draws, catalogue)
        own = {part.id for part in work.parts}
        return ProgrammeCosts(tuple(line for line in lines if line.id not in own))

    detail = Prepared(found, _gains(found, draws, catalogue))
    return StageResult(chip, r.scenario.text("precision", "bf16"), work, detail, programme_costs)


def _gains(found: "Preparation", draws: Draws, catalogue: Catalogue) -> dict[str, "Number"]:
    """Return what licensed and proprietary sources would add, where tokens are repeated."""
    from frontiercost.stages.dataprep import workload as dataprep

    if not mean(found.repeated_tokens):
        return {}
    used = {work.source.name for work in found.sources}
    others = (
        source
        for source in catalogue.data_sources.values()
        if source.kind in dataprep.PROPRIETARY and source.name not in used
    )
    return {one.label: dataprep.gain(found, one, draws, catalogue) for one in others}


# --- inference ------------------------------------------------------------------------------------


def serving(r: Resolver) -> StageResult:
    """Serve a model for a year."""
    from frontiercost.stages.inference import inputs as resolved
    from frontiercost.stages.inference import workload as inference

    inputs = resolved.inputs(r)
    service = inference.service(inputs, r.draws, r.catalogue)
    return StageResult(inputs.chip, inputs.precision, service.workload, service)


STAGES: Mapping[str, Callable[[Resolver], StageResult]] = {
    "pretrain": pretraining,
    "posttrain": posttraining,
    "dataprep": preparing,
    "inference": serving,
}
