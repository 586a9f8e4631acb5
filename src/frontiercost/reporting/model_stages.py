"""The stages of a model side by side: dollars, chips, days, electricity, people and shares."""

from typing import TYPE_CHECKING, Any

from frontiercost.analysis.model_stages import ModelStages, StageCost
from frontiercost.core.report import Cell, Chart, Table
from frontiercost.core.wording import CARRIED, interval, share_cell
from frontiercost.stages.evaluation import AnyEvaluation

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

KWH_PER_MWH = 1000


def stage_table(e: AnyEvaluation, found: ModelStages) -> Table:
    """What each stage costs and takes, at the medians, and its share of the whole."""
    rows = [_row(e, stage, found.share(stage)) for stage in found.stages]
    whole = StageCost("total", "Total", found.usd)
    columns = ("Stage", "Cost", "Share", "Chips", "Days", "MWh", "Person-years")
    title = "The stages, and a year of serving"
    chart = Chart(kind="waterfall", values=(2,))
    return Table(title, columns, (*rows, _row(e, whole, 1.0)), bar=2, chart=chart)


def _row(e: AnyEvaluation, stage: StageCost, share: float) -> tuple[Cell, ...]:
    counts = (stage.days, _energy_mwh(stage), stage.person_years)
    return (
        Cell(stage.label),
        Cell(e.drawn.median(stage.usd), "USD", figures=CARRIED),
        share_cell(share),
        Cell("" if stage.chips is None else stage.chips, "count"),
        *(_count(e, number) for number in counts),
    )


def _energy_mwh(stage: StageCost) -> "Number | None":
    return None if stage.energy_kwh is None else stage.energy_kwh / KWH_PER_MWH


def _count(e: AnyEvaluation, number: "Number | None") -> Cell:
    if number is None:
        return Cell("")
    return Cell(e.drawn.median(number), "count", figures=CARRIED)


def stage_entries(e: AnyEvaluation, found: ModelStages) -> list[dict[str, Any]]:
    """Return the stages as entries of a document."""
    return [
        {
            "stage": stage.name,
            "cost_usd": interval(e, stage.usd),
            "share": found.share(stage),
            "chips": stage.chips,
            "wall_days": interval(e, stage.days),
            "energy_mwh": interval(e, _energy_mwh(stage)),
            "staff_person_years": interval(e, stage.person_years),
        }
        for stage in found.stages
    ]
