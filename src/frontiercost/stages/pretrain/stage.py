"""Pre-training: train a base model; a whole programme adds data, post-training and people."""

import math
from functools import cache, partial
from operator import itemgetter
from typing import TYPE_CHECKING

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip, Model, Run
from frontiercost.core.errors import NotEvaluatedError
from frontiercost.core.facts import Fact
from frontiercost.core.provenance import CHOSEN
from frontiercost.cost.bill import Line, total
from frontiercost.cost.choices import EXPLORER, Programme
from frontiercost.cost.compute_cost import rental_price
from frontiercost.cost.programme import PostTrainingCosts, ProgrammeCosts
from frontiercost.cost.terms import Terms
from frontiercost.cost.workload import Workload
from frontiercost.scenario.resolver import Resolver
from frontiercost.stages.pretrain.cluster import TrainingSetup
from frontiercost.stages.pretrain.inputs import inputs_of, precision_of
from frontiercost.stages.pretrain.workload import what_was_learnt, workload
from frontiercost.stages.stage import Answer, Stage, StageResult

if TYPE_CHECKING:
    from frontiercost.stages.dataprep.workload import Inputs, Preparation

Detail = TrainingSetup | None
"""The training machine; None where the hours are known or the shape is not."""
SIMILAR = 3.0
PROGRAMME_KEYS = ("recipe", "source", "licence", "mix", "pay")
TEAM_FACTS = ("contributors_reference", "contributors_exponent")
USUAL_RECIPE = "compute-share"
DATA_CHIP = "h100-sxm"
"""Prepares data where the chips of the run have no rental price."""


def result(r: Resolver) -> StageResult[Detail]:
    """Train a base model; a whole programme adds data, post-training, experiments and staff."""
    inputs = inputs_of(r)
    work = workload(inputs, r.drawn)
    r.notes += what_was_learnt(inputs, work)
    done = precedents(r.model, r.drawn.median(work.model_flop), r.catalogue)

    data, after = ProgrammeData(r, work), cache(partial(_posttraining, r, work))

    def programme_costs(terms: Terms) -> ProgrammeCosts:
        if not terms.programme.whole:
            r.because("a final run has no such line", *PROGRAMME_KEYS)
            return ProgrammeCosts()
        return _programme(r, terms, after(terms.programme), data.lines(inputs.chip, terms))

    precision = precision_of(r)
    return StageResult(
        inputs.chip, precision, work, inputs.setup, programme_costs, done, base_flop=0.0
    )


def _programme(
    r: Resolver, terms: Terms, after: PostTrainingCosts, lines: tuple[Line, ...]
) -> ProgrammeCosts:
    experiments = r.catalogue.assumption(f"experiments_{terms.programme.name}")
    team = tuple(r.drawn.fact(name) for name in TEAM_FACTS)
    return ProgrammeCosts(lines, experiments, after, staff=team)


def _posttraining(r: Resolver, work: Workload, programme: Programme) -> PostTrainingCosts:
    """Return the post-training of a programme by its recipe.

    A follower's, where none is asked for, is the share of pre-training that is usual: the whole of
    the recipe `compute-share`, without reading what other recipes need.
    """
    asked = r.scenario.has("recipe") or r.scenario.phases or r.scenario.own_phases
    if not (asked or programme == EXPLORER):
        usual = r.catalogue.assumption("posttraining_ratio")
        return PostTrainingCosts(USUAL_RECIPE, r.draws.sample(usual), facts=(usual,))
    from frontiercost.stages.posttrain.stage import of_programme

    return of_programme(r, work)


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
        costs = cost_lines.costs(found, inputs, price, terms.pay, self._r.drawn)
        licences = tuple(line for line in costs if line.id == "licences")
        rest = [line for line in costs if line.id != "licences"]
        facts = {fact.path: fact for line in rest for fact in line.facts}
        label = "Data preparation" if licences else "Data preparation, without licences"
        formula = "work of the sources × prices"
        return (Line("data", label, total(rest), formula, tuple(facts.values())), *licences)

    def _prepare(self, chip: Chip) -> "tuple[Inputs, Preparation]":
        from frontiercost.stages.dataprep.inputs import inputs_of as data_inputs
        from frontiercost.stages.dataprep.workload import prepare

        if chip.name not in self._prepared:
            inputs = data_inputs(self._r, chip, self._tokens, alone=False)
            found = prepare(inputs, self._r.drawn)
            self._prepared[chip.name] = inputs, found
        return self._prepared[chip.name]


def _data_price(r: Resolver, chip: Chip, terms: Terms) -> tuple[Fact, Chip]:
    """Return the price of a chip-hour that prepares data: of the run's chip, else of another."""
    price: Fact | None = terms.take("price")
    if price is not None:
        return price, chip
    try:
        return rental_price(chip, terms, r.catalogue), chip
    except NotEvaluatedError:
        other = r.catalogue.chip(DATA_CHIP)
        return rental_price(other, terms, r.catalogue), other


def _tokens_fact(r: Resolver, work: Workload) -> Fact:
    """Return the training tokens as one fact: as given, else those of the work."""
    if "tokens" in r.inputs:
        return r.inputs["tokens"].fact
    low, median, high = r.draws.summary(work.tokens)
    ends = (median if low is None else low, median if high is None else high)
    origin = CHOSEN._replace(confidence="estimated")
    return Fact("work/tokens", median, *ends, "token", **origin._asdict())


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


def _answer() -> Answer[Detail]:
    from frontiercost.stages.pretrain.answer import ANSWER

    return ANSWER


STAGE = Stage(
    name="pretrain",
    result=result,
    answer=_answer,
    whole_programme=True,
    programme_lines={
        "experiments": "experiments and failed runs",
        "data": "data preparation",
        "posttraining": "post-training",
        "staff": "staff",
        "overhead": "overhead",
    },
    leaves_out=("serving the model", "data licences that are not named", "settlements"),
)
