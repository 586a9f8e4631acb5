"""Published costs of frontier models beside ours: a check of consistency, not a test of coverage.

Most of these figures are estimates as ours is, some by the method that ours follows. They fall in
three groups, which are never pooled: what the developer stated, what others estimated, and what
buying the machine costs. No row sees its own hours, days, utilisation or cost.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from statistics import median

from frontiercost.backtest.predicting import predictions_of
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Model
from frontiercost.core.facts import Interval
from frontiercost.core.frozen import frozen
from frontiercost.core.units import decimal_year
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate
from frontiercost.stages.published.case_reading import read_cases
from frontiercost.stages.published.cells import Cells, needed

GROUPS = ("stated by the developer", "estimated by others", "purchase price")
TESTED = {"final-run": "final-run", "programme": "follower"}
"""Which stages of the table are a pre-training run or its programme, and on what terms."""
BASES = {"amortised": "amortised", "buy": "buy"}
"""Bases that the table and the program share; all others are what renting costs."""
PASSED = {
    "post-training": "post-training: another stage",
    "inference-year": "serving: another stage",
}
CHIPS_BY_RELEASE = ((2023.75, "h100-sxm"), (2020.75, "a100-80g"), (0.0, "v100"))
"""What a model is taken to be trained on where that is unknown, from which release on."""
TERMS = ("commitment", "vendor")
"""Columns with the terms that a figure's own method names."""


@frozen
class CostCase:
    """One published figure, and what we make of its model on its terms."""

    id: str
    group: str
    model: str
    usd: float
    ours: Interval
    flop: float
    assumed: tuple[str, ...]

    @property
    def rate(self) -> float:
        """ln(USD per FLOP)."""
        return math.log(self.usd / self.flop)


def backtest_cost(rows: Sequence[Cells] | None, catalogue: Catalogue, draws: int) -> list[Backtest]:
    """Compare our cost of published models with the figures of others, group by group."""
    rows = catalogue.rows("frontier_costs.csv") if rows is None else rows
    cases, skipped = read_cases(rows, lambda row: _case(row, catalogue, draws))
    groups = {row["id"]: _group(row) for row in rows}
    return [
        _backtest(group, cases, {id: why for id, why in skipped.items() if groups[id] == group})
        for group in GROUPS
    ]


def _backtest(group: str, cases: Sequence[CostCase], skipped: Mapping[str, str]) -> Backtest:
    mine = [case for case in cases if case.group == group]
    usual = cache(lambda model: _usual_rate(model, mine, cases))
    predictions, failed = predictions_of(mine, lambda case: _prediction(case, usual(case.model)))
    return Backtest(
        stage="cost",
        quantity="usd",
        unit="USD",
        predictions=predictions,
        skipped={**skipped, **failed},
        subset=group,
        consistency=True,
    )


def _group(row: Cells) -> str:
    return row["group"] if row.get("group") in GROUPS else GROUPS[1]


def _case(row: Cells, catalogue: Catalogue, draws: int) -> CostCase:
    """Evaluate the model of a row on its terms; raise with the reason where that cannot be."""
    stage = row.get("stage") or "final-run"
    if stage not in TESTED:
        raise ValueError(PASSED.get(stage, f"stage {stage}"))
    name = catalogue.find("model", row["model"]) if row.get("model") else None
    if name is None:
        raise ValueError("no model of the catalogue: a year's spending, a forecast, or unknown")
    usd = needed(row, "usd")
    flags, assumed = _flags(row, TESTED[stage], catalogue.model(name))
    e = evaluate(build(flags | {"draws": str(draws)}), catalogue)
    ours, flop = e.draws.summary(e.bill.total), e.draws.summary(e.workload.model_flop).median
    return CostCase(row["id"], _group(row), name, usd, ours, flop, assumed)


def _flags(row: Cells, programme: str, model: Model) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return the question behind a row, and what had to be assumed.

    The chip is named even where it is the published one: then its hours are predicted, not read.
    """
    assumed: list[str] = []
    flags: dict[str, object] = {
        "model": model.name,
        "programme": programme,
        "basis": BASES.get(row.get("basis", ""), "rent"),
        "without_developer": model.organization,
    }
    if model.built_chip:
        flags |= {"as_built": True, "chip": model.built_chip}
    else:
        year = decimal_year(model.release)
        chip = next(chip for since, chip in CHIPS_BY_RELEASE if year >= since)
        flags |= {"chip": chip, "date": row.get("date") or model.release}
        assumed.append(f"chip = {flags['chip']}")
    if "chips" in model.built:
        flags["chips"] = f"{model.built['chips'].value:.0f}"
    for term in TERMS:
        if row.get(term):
            flags[term] = row[term]
            assumed.append(f"{term} = {row[term]}")
    return flags, tuple(assumed)


def _usual_rate(model: str, group: Sequence[CostCase], every: Sequence[CostCase]) -> float:
    """Return the median ln(USD per FLOP) of the other models of a group, or of all groups."""
    pools = ([case.rate for case in pool if case.model != model] for pool in (group, every))
    return median(next(filter(None, pools), [0.0]))


def _prediction(case: CostCase, usual_rate: float) -> Prediction:
    return Prediction(
        id=case.id,
        group=case.group,
        actual=case.usd,
        predicted=case.ours,
        naive=math.exp(usual_rate) * case.flop,
        assumed=case.assumed,
    )
