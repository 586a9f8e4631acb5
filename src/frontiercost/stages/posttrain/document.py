"""Post-training in the document: its phases and its metrics."""

from typing import Any

from frontiercost.core.facts import mean
from frontiercost.core.wording import interval
from frontiercost.cost.bill import total
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.posttrain.stage import PostTraining
from frontiercost.stages.posttrain.workload import PhaseWork


def entries(e: Evaluation[PostTraining]) -> dict[str, Any]:
    """Return recipe, phases and metrics."""
    detail = e.detail
    return {
        "plan": None,
        "recipe": detail.recipe.name,
        "phases": [_phase(e, phase) for phase in detail.phases],
        "metrics": {
            "pretraining_flop_ratio": interval(e, detail.base_flop_ratio),
            "pretraining_hours_ratio": interval(e, detail.base_hours_ratio),
            "labels_share": _labels_share(e),
            "experiments_ratio": interval(e, e.bill.experiments),
            "final_run_share": e.bill.final_share,
        },
    }


def _phase(e: Evaluation[PostTraining], phase: PhaseWork) -> dict[str, Any]:
    return {
        "name": phase.name,
        "kind": phase.kind,
        "method": phase.method or None,
        "chips": phase.chips,
        "model_flop": interval(e, phase.model_flop),
        "chip_hours": interval(e, phase.chip_hours),
        "tokens_generated": interval(e, phase.tokens_generated),
        "tokens_trained": interval(e, phase.tokens_trained),
        "labels": {kind: interval(e, count) for kind, count in phase.labels.items()},
        "assumed": list(phase.assumed),
    }


def _labels_share(e: Evaluation[PostTraining]) -> float:
    labels = total(line for line in e.bill.lines if line.id.startswith("labels-"))
    total_usd = mean(e.bill.total)
    return mean(labels) / total_usd if total_usd else 0.0


def trend_entries(e: Evaluation[PostTraining]) -> list[dict[str, Any]]:
    """Return published shares of pre-training compute, by date."""
    return [
        {
            "date": row["date"],
            "label": row["label"],
            "ratio": float(row["ratio"]),
            "bound": row["bound"] or None,
            "source": row["source"],
        }
        for row in e.catalogue.sourced_rows("posttraining_ratios.csv")
    ]
