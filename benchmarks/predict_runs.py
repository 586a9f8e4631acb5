"""Predict the MFU of every published run with the machine model, for `runs.csv`.

    python benchmarks/predict_runs.py

Writes the column mfu_predicted: step MFU of the plan found x goodput, from the model's shape, its
tokens, the chips (those for 90 days where unpublished), the critical batch and the software of the
time. It sees neither hours, days nor MFU of any run. `realised` then pools published MFU over it.
"""

import csv
import sys

from frontiercost.backtest.run_cases import RunCase, cases, shipped_rows
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue, shipped
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws
from frontiercost.stages.pretrain.cluster import arrange, chips_for

USUALLY_REALISED = 0.65


def predicted_mfu(case: RunCase, catalogue: Catalogue) -> float:
    """Return step MFU x goodput of the plan found for a run."""
    setup = case.setup
    chips = case.chips or chips_for(setup, case.training_flop, USUALLY_REALISED, catalogue)
    cluster_plan = arrange(setup, int(chips), DrawnCatalogue(catalogue, Draws(0)))
    return cluster_plan.step.mfu * float(cluster_plan.share)


def main() -> None:
    """Rewrite the column for every run that has a shape and a plan."""
    catalogue = shipped()
    found, skipped = cases(shipped_rows(catalogue), catalogue)
    mfu: dict[str, str] = {}
    for case in found:
        try:
            mfu[case.id] = f"{predicted_mfu(case, catalogue):.4f}"
        except InputError as error:
            skipped[case.id] = str(error)
    rows = catalogue.run_rows
    fields = [name for name in rows[0] if name != "mfu_predicted"]
    fields.insert(fields.index("mfu_causal"), "mfu_predicted")
    with (catalogue.root / "runs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {"mfu_predicted": mfu.get(row["id"], "")} for row in rows)
    for id, reason in skipped.items():
        print(f"{id}: {reason}", file=sys.stderr)
    print(f"{len(mfu)} of {len(rows)} runs predicted")


if __name__ == "__main__":
    main()
