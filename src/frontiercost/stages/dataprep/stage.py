"""Data preparation: get and prepare training data."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.facts import mean
from frontiercost.core.frozen import frozen
from frontiercost.cost.choices import Programme
from frontiercost.cost.programme import ProgrammeCosts
from frontiercost.cost.terms import Terms
from frontiercost.scenario.resolver import Resolver
from frontiercost.stages.dataprep import workload as dataprep
from frontiercost.stages.dataprep.cost_lines import costs
from frontiercost.stages.dataprep.inputs import inputs_of
from frontiercost.stages.dataprep.workload import Preparation
from frontiercost.stages.stage import Answer, Stage, StageResult

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

CHIP = "h100-sxm"


@frozen
class Prepared:
    """A mix of sources that was prepared, and what other sources would add to it."""

    preparation: Preparation
    gains: Mapping[str, "Number"]
    """Effective tokens that a source adds where it replaces repeats, by its label."""


def result(r: Resolver) -> StageResult[Prepared]:
    """Get and prepare training data."""
    drawn = r.drawn
    chip = r.chip(CHIP)
    inputs = inputs_of(r, chip, None, alone=True)
    preparation = dataprep.prepare(inputs, drawn)
    workload = dataprep.summed(preparation, inputs, r.pue, drawn)

    def programme_costs(terms: Terms) -> ProgrammeCosts:
        price = terms.price or drawn.fact("cpu_price")
        lines = costs(preparation, inputs, price, terms.take("pay"), drawn)
        own = {part.id for part in workload.parts}
        return ProgrammeCosts(tuple(line for line in lines if line.id not in own))

    detail = Prepared(preparation, _gains(preparation, drawn))
    return StageResult(
        chip, r.scenario.text("precision", "bf16"), workload, detail, programme_costs
    )


def _gains(preparation: Preparation, drawn: DrawnCatalogue) -> dict[str, "Number"]:
    """Return what licensed and proprietary sources would add, where tokens are repeated."""
    if not mean(preparation.repeated_tokens):
        return {}
    used = {source_work.source.name for source_work in preparation.sources}
    others = (
        source
        for source in drawn.catalogue.data_sources.values()
        if source.kind in dataprep.PROPRIETARY and source.name not in used
    )
    return {source.label: dataprep.gain(preparation, source, drawn) for source in others}


def _answer() -> Answer[Prepared]:
    from frontiercost.stages.dataprep.answer import ANSWER

    return ANSWER


STAGE = Stage(
    name="dataprep",
    result=result,
    answer=_answer,
    programme=Programme("preparation", "without training"),
    leaves_out=("settlements", "experiments of training"),
    needs_model=False,
    subject="the training data",
)
