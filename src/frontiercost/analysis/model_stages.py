"""A model's whole bill by stage, with what each takes: making it, and a year of serving it.

The dollars are lines of one programme's bill, so that they add up to its total; work of other
stages is that of their own answers, at the same date, chip and terms.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError, NotEvaluatedError
from frontiercost.core.facts import mean
from frontiercost.core.frozen import frozen
from frontiercost.cost.bill import Line, total
from frontiercost.scenario.flags import keys_of
from frontiercost.scenario.scenario import Scenario
from frontiercost.stages.evaluation import AnyEvaluation, evaluate

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

NOT_SHARED = ("actor", "budget", "chips", "name", "price")
"""What is asked of the model's training alone."""


@frozen
class StageCost:
    """What a stage costs and takes; None for what it has none of, or nobody knows."""

    name: str
    label: str
    usd: "Number"
    chips: float | None = None
    days: "Number | None" = None
    energy_kwh: "Number | None" = None
    person_years: "Number | None" = None


@frozen
class ModelStages:
    """The stages of a model, and what they come to."""

    stages: tuple[StageCost, ...]
    usd: "Number"

    def of(self, name: str) -> StageCost | None:
        """Return a stage by name; None where it has no cost or nobody knows it."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def share(self, stage: StageCost) -> float:
        """Return a stage's mean over the mean of all."""
        whole = mean(self.usd)
        return mean(stage.usd) / whole if whole else 0.0


def model_stages(scenario: Scenario, e: AnyEvaluation, catalogue: Catalogue) -> ModelStages:
    """Return the stages of the model whose programme was evaluated, then a year of serving it."""
    beside = _Beside(scenario, e, catalogue)
    stages = [*_of_bill(e, beside.evaluated("dataprep")), *_serving(beside.evaluated("inference"))]
    known = tuple(stage for stage in stages if mean(stage.usd) > 0)
    usd: Number = 0.0
    for stage in known:
        usd = usd + stage.usd
    return ModelStages(known, usd)


def _of_bill(e: AnyEvaluation, data: AnyEvaluation | None) -> Iterable[StageCost]:
    """Return the lines of a programme's bill by what they are for."""
    lines, work = e.bill.lines, e.workload
    of_data = [line for line in lines if line.id.startswith(("data", "licences"))]
    after = [line for line in lines if line.id.startswith(("posttraining", "labels"))]
    final = [line for line in lines if line.of_chips]
    trials = [line for line in lines if line.id == "experiments"]
    told = {id(line) for line in (*of_data, *after, *final, *trials)}
    people = [line for line in lines if id(line) not in told]
    ratio = _over(after, final)
    yield StageCost(
        "dataprep",
        "Data",
        total(of_data),
        days=data.workload.wall_days if data else None,
        energy_kwh=data.workload.energy_kwh if data else None,
    )
    yield StageCost(
        "pretrain", "Pre-training", total(final), work.chips, work.wall_days, work.energy_kwh
    )
    yield StageCost(
        "posttrain",
        "Post-training",
        total(after),
        work.chips,
        ratio * work.wall_days,
        ratio * work.energy_kwh,
    )
    energy = e.bill.experiments * (1 + ratio) * work.energy_kwh
    yield StageCost("experiments", "Experiments", total(trials), energy_kwh=energy)
    yield StageCost("people", "Staff and offices", total(people), person_years=work.person_years)


def _over(after: Iterable[Line], final: Iterable[Line]) -> "Number":
    """Return the compute of post-training over that of the final run, which costs as much."""
    base = total(line for line in final if line.compute)
    return total(line for line in after if line.compute) / base if mean(base) else 0.0


def _serving(e: AnyEvaluation | None) -> Iterable[StageCost]:
    if e is not None:
        work = e.workload
        yield StageCost(
            "inference",
            "A year of serving",
            e.bill.total,
            work.chips or None,
            None,
            work.energy_kwh if work.chips else None,
        )


class _Beside:
    """The same scenario asked about another stage, with the keys that it reads."""

    def __init__(self, scenario: Scenario, e: AnyEvaluation, catalogue: Catalogue) -> None:
        self._scenario, self._evaluation, self._catalogue = scenario, e, catalogue

    def evaluated(self, stage: str) -> AnyEvaluation | None:
        """Return the answer of a stage; None where it has none for this model."""
        keys = keys_of(stage) - set(NOT_SHARED)
        other = self._scenario.without(*(k for k in self._scenario.values if k not in keys))
        date = self._evaluation.terms.date
        with suppress(InputError, NotEvaluatedError):
            return evaluate(other.changed("compare", stage=stage, date=date), self._catalogue)
        return None
