"""Predict every published post-training run and RL step, and record it beside the published figure.

    python benchmarks/predict_posttraining.py

Writes the columns `chip_hours_predicted`, `step_seconds_predicted`, `class` and `family` of
posttraining_runs.csv and rl_breakdown.csv. Rows whose lengths are not published get none: nothing
is learnt from a guess.
"""

import csv

from frontiercost.backtest.posttrain import predicted_work
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import FrontierCostError
from frontiercost.core.facts import Draws, Fact
from frontiercost.physics.posttraining_step import OFFLINE, pass_class, rl_class
from frontiercost.physics.training_method import Method
from frontiercost.stages.posttrain.published_errors import classes
from frontiercost.stages.published.posttrain_cases import (
    PosttrainCase,
    developer,
    run_cases,
    shipped_run_rows,
    shipped_step_rows,
    step_cases,
)

SECONDS_PER_HOUR = 3600
ALL = {
    name: Fact(f"all/{name}", 1.0, 1.0, 1.0, "x", "definition", "definition") for name in classes()
}


def class_of(case: PosttrainCase) -> str:
    """Return the class whose realised share the row informs; empty if its lengths are a guess."""
    phase = case.phase
    if phase.kind in ("rl", "synthetic"):
        known = phase.known("response_length")
        return (rl_class(phase.mode) if phase.kind == "rl" else OFFLINE) if known else ""
    key = "window" if phase.known("window") else "tokens_per_example"
    if not phase.known(key):
        return ""
    pair = phase.kind != "sft" and key != "window"
    method = Method(name=phase.method)
    return pass_class(phase.facts[key].value / (2 if pair else 1), method)


def predicted(case: PosttrainCase, quantity: str) -> str:
    """Return the prediction as it stands in the table."""
    try:
        hours = float(predicted_work(case, ALL, DrawnCatalogue(shipped(), Draws(0))).chip_hours)
    except FrontierCostError:
        return ""
    return (
        f"{hours if quantity == 'chip_hours' else hours * SECONDS_PER_HOUR / (case.chips or 1):.5g}"
    )


def write(file: str, rows: list[dict[str, str]], cases: list[PosttrainCase], quantity: str) -> None:
    """Rewrite one table with its predictions."""
    found = {case.id: case for case in cases}
    for row in rows:
        case = found.get(row["id"])
        name = class_of(case) if case else ""
        row["class"] = name
        row["family"] = case.family if case else ""
        row["organization"] = developer(row.get("organization") or row.get("system", ""))
        row[f"{quantity}_predicted"] = predicted(case, quantity) if case and name else ""
    with (shipped().root / file).open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Rewrite both tables."""
    runs, steps = shipped_run_rows(shipped()), shipped_step_rows(shipped())
    write("posttraining_runs.csv", runs, run_cases(runs, shipped())[0], "chip_hours")
    write("rl_breakdown.csv", steps, step_cases(steps, shipped())[0], "step_seconds")


if __name__ == "__main__":
    main()
