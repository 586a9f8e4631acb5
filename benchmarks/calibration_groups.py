"""What groups a published row belongs to: kind of model, family of chip, framework or engine."""

from collections.abc import Mapping

from frontiercost.catalogue.store import Catalogue
from frontiercost.stages.published import posttrain_cases, run_cases, serving_cases, step_cases

Labels = Mapping[str, Mapping[str, str]]
"""By id of a row: its group by each way of grouping."""


def labels_by_id(catalogue: Catalogue) -> dict[str, Labels]:
    """Return the groups of every published row that can be predicted, by stage."""
    runs, _ = run_cases.cases(run_cases.shipped_rows(catalogue), catalogue)
    steps, _ = step_cases.cases(step_cases.published_rows(), catalogue)
    served, _ = serving_cases.measured_cases(serving_cases.measured_rows(), catalogue)
    phases, _ = posttrain_cases.run_cases(posttrain_cases.shipped_run_rows(catalogue), catalogue)
    return {
        "pretrain": {
            case.id: {
                "kind": "mixture" if case.moe else "dense",
                "chip": case.chip.generation,
                "shape": "shape guessed" if case.shape_is_guessed else "shape known",
            }
            for case in runs
        },
        "training-step": {
            case.id: {
                "kind": f"mixture {case.precision}" if case.moe else f"dense {case.precision}",
                "chip": case.chip.generation,
                "framework": case.framework,
            }
            for case in steps
        },
        "serving": {
            case.id: {
                "kind": case.kind,
                "chip": case.chip.generation,
                "engine": case.engine,
                "model": case.model,
            }
            for case in served
        },
        "posttrain": {
            case.id: {"kind": case.group, "chip": case.chip.generation} for case in phases
        },
    }
