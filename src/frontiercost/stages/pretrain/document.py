"""A training run in the document: its plan and its metrics."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from frontiercost.core.units import BYTES_PER_GB
from frontiercost.core.wording import interval
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.pretrain.cluster import most_useful_chips, shortest_days
from frontiercost.stages.pretrain.stage import Detail

if TYPE_CHECKING:
    from frontiercost.physics.plan_search import Step


def entries(e: Evaluation[Detail]) -> dict[str, Any]:
    """Return the plan and the metrics of a training run."""
    return {"plan": _plan(e), "metrics": _metrics(e)}


def _plan(e: Evaluation[Detail]) -> dict[str, Any] | None:
    """Return the parallel plan that the machine model chose, with its runners-up."""
    cluster_plan, setup = e.workload.cluster_plan, e.detail
    if cluster_plan is None or setup is None:
        return None
    step = cluster_plan.step
    return {
        **_step(step.best),
        "step_mfu": step.mfu,
        "goodput": interval(e, cluster_plan.goodput),
        "sites": cluster_plan.sites,
        "link_utilisation": interval(e, cluster_plan.link_utilisation),
        "batch_tokens": step.tokens * cluster_plan.sites,
        "most_useful_chips": most_useful_chips(setup, cluster_plan),
        "shortest_days": shortest_days(setup, cluster_plan, e.catalogue),
        "seconds_by_term": {key: value for key, value in asdict(step.best.terms).items() if value},
        "runners_up": [_step(other) for other in step.runners_up],
    }


def _step(step: "Step") -> dict[str, Any]:
    plan = {key: int(value) for key, value in asdict(step.plan).items()}
    plan.pop("optimiser_bytes")
    memory = float(step.memory.total) / BYTES_PER_GB
    return {"ways": plan, "step_seconds": step.seconds, "memory_gb": memory}


def _metrics(e: Evaluation[Detail]) -> dict[str, Any]:
    return {
        "usd_per_chip_hour": interval(e, e.bill.final_run / e.workload.chip_hours),
        "final_run_share": e.bill.final_share,
        "experiments_ratio": interval(e, e.bill.experiments),
    }
