"""Published costs of frontier models beside ours: a check of consistency, not a test of coverage.

Most of these figures are estimates as ours is, some by the method that ours follows. They fall in
three groups, which are never pooled: what the developer stated, what others estimated, and what
buying the machine costs. No row sees its own hours, days, utilisation or cost.
"""

import math
from statistics import median

from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Model
from frontiercost.core.errors import FrontierCostError
from frontiercost.core.units import decimal_year
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import AnyEvaluation, evaluate

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


def backtest_cost(
    rows: list[dict[str, str]] | None, catalogue: Catalogue, draws: int
) -> list[Backtest]:
    """Compare our cost of published models with the figures of others, group by group."""
    cases: list[tuple[dict[str, str], AnyEvaluation, tuple[str, ...]]] = []
    skipped: dict[str, dict[str, str]] = {group: {} for group in GROUPS}
    for row in rows if rows is not None else catalogue.rows("frontier_costs.csv"):
        group = row["group"] if row.get("group") in GROUPS else GROUPS[1]
        try:
            cases.append((row | {"group": group}, *_evaluated(row, catalogue, draws)))
        except (FrontierCostError, ValueError) as error:
            skipped[group][row["id"]] = str(error)
    return [
        Backtest(
            stage="cost",
            quantity="usd",
            unit="USD",
            predictions=tuple(_predictions(group, cases)),
            skipped=skipped[group],
            subset=group,
            consistency=True,
        )
        for group in GROUPS
    ]


def _evaluated(
    row: dict[str, str], catalogue: Catalogue, draws: int
) -> tuple[AnyEvaluation, tuple[str, ...]]:
    """Evaluate the model of a row on its terms; raise with the reason where that cannot be."""
    stage = row.get("stage") or "final-run"
    if stage not in TESTED:
        raise ValueError(PASSED.get(stage, f"stage {stage}"))
    name = catalogue.find("model", row["model"]) if row.get("model") else None
    if name is None:
        raise ValueError("no model of the catalogue: a year's spending, a forecast, or unknown")
    if not row.get("usd"):
        raise ValueError("usd missing")
    flags, assumed = _flags(row, TESTED[stage], catalogue.model(name))
    return evaluate(build(flags | {"draws": str(draws)}), catalogue), assumed


def _flags(
    row: dict[str, str], programme: str, model: Model
) -> tuple[dict[str, object], tuple[str, ...]]:
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


def _predictions(
    group: str, cases: list[tuple[dict[str, str], AnyEvaluation, tuple[str, ...]]]
) -> list[Prediction]:
    """Return a group's rows; the naive one is the median USD per FLOP of the other models in it.

    Where a group has no other model, that of the other groups.
    """
    mine = [case for case in cases if case[0]["group"] == group]
    predictions = []
    for row, evaluation, assumed in mine:
        others = [
            [_rate(*case[:2]) for case in pool if case[1].model != evaluation.model]
            for pool in (mine, cases)
        ]
        naive = math.exp(median(others[0] or others[1] or [0.0])) * _flop(evaluation)
        predictions.append(
            Prediction(
                id=row["id"],
                group=group,
                actual=float(row["usd"]),
                predicted=evaluation.draws.summary(evaluation.bill.total),
                naive=naive,
                assumed=assumed,
            )
        )
    return predictions


def _flop(evaluation: AnyEvaluation) -> float:
    return evaluation.draws.summary(evaluation.workload.model_flop).median


def _rate(row: dict[str, str], evaluation: AnyEvaluation) -> float:
    """Return ln(USD per FLOP) of a row."""
    return math.log(float(row["usd"]) / _flop(evaluation))
