"""Predict the MFU of every published run with the machine model, for `runs.csv`.

    python benchmarks/predict_runs.py

Writes the columns mfu_exact, from hours and exact FLOP; mfu_predicted: step MFU of the plan found
x goodput, from the model's shape, its tokens, the chips, the critical batch and the software of
the time, without sight of hours, days or MFU of any run; mfu_of_steps: the same with the step MFU
that was published, where the column `step` names a row of `throughput.csv` and the hours do not
come from it; and chips_assumed: those for 90 days, where none are published.
"""

import csv
import sys

from frontiercost.backtest.steps import mfu as step_mfu
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import Catalogue, shipped
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.stages.observed_utilisation import RunLosses
from frontiercost.stages.pretrain.chip_count import chips_for
from frontiercost.stages.pretrain.cluster import arrange, goodput
from frontiercost.stages.published.run_cases import RunCase, cases, shipped_rows
from frontiercost.stages.published.step_cases import cases as step_cases
from frontiercost.stages.published.step_cases import published_rows

WRITTEN = ("mfu_exact", "mfu_predicted", "mfu_of_steps", "chips_assumed")


def usually_achieved() -> RunLosses:
    """Return what the search for a number of chips starts from."""
    shares = {"achieved": 0.65, "weight": 1.0, "servers": 8.0, "server": 1.0, "cluster": 1.0}
    return RunLosses(
        *(
            Fact(name, value, value, value, "x", "own-judgement", "judged")
            for name, value in shares.items()
        )
    )


def predicted(case: RunCase, catalogue: Catalogue) -> dict[str, str]:
    """Return what is written of a run."""
    usual = usually_achieved().mfu
    chips = case.chips or chips_for(case.setup, case.training_flop, usual, catalogue)
    cluster_plan = arrange(case.setup, int(chips), DrawnCatalogue(catalogue, Draws(0)))
    return {
        "mfu_exact": f"{case.mfu:.4f}",
        "mfu_predicted": f"{cluster_plan.lasting_mfu:.4f}",
        "chips_assumed": "" if case.chips else f"{chips:.0f}",
    }


def of_steps(row: dict[str, str], catalogue: Catalogue) -> dict[str, str]:
    """Return the MFU of the published steps of a run over what failures leave of so many chips."""
    if not row["step"]:
        return {}
    [step], _ = step_cases([one for one in published_rows() if one["id"] == row["step"]], catalogue)
    return {"mfu_of_steps": f"{step_mfu(step) * goodput(int(row['chips']), catalogue):.4f}"}


def main() -> None:
    """Rewrite the column for every run that has a shape and a plan."""
    catalogue = shipped()
    found, skipped = cases(shipped_rows(catalogue), catalogue)
    by_id = {row["id"]: row for row in catalogue.run_rows}
    written: dict[str, dict[str, str]] = {}
    for case in found:
        try:
            written[case.id] = predicted(case, catalogue) | of_steps(by_id[case.id], catalogue)
        except InputError as error:
            skipped[case.id] = str(error)
    rows = catalogue.run_rows
    fields = [name for name in rows[0] if name not in WRITTEN]
    place = fields.index("mfu_causal")
    fields[place:place] = WRITTEN
    with (catalogue.root / "runs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            dict.fromkeys(WRITTEN, "") | row | written.get(row["id"], {}) for row in rows
        )
    for id, reason in skipped.items():
        print(f"{id}: {reason}", file=sys.stderr)
    print(f"{len(written)} of {len(rows)} runs predicted")


if __name__ == "__main__":
    main()
