"""Fit the realised rates of training to published steps, and say how well they hold.

    python benchmarks/fit_training_rates.py [--write]

Starts from data/training_priors.toml, fits every row of data/throughput.csv that is fit for it, and
prints the accuracy with each software stack held out (all its versions at once). With --write the
rates go to data/training_rates.toml, with the rows used and the spread to expect of a prediction.
"""

import sys
from pathlib import Path

from rates_file import entry, spread_entry

from frontiercost.backtest.fit_training import Fitter, fitted_rates
from frontiercost.backtest.step_cases import Case, cases, published_rows
from frontiercost.backtest.steps import GROUPS, StepPrediction, changes, held_out, spread_of
from frontiercost.backtest.summary import summarise
from frontiercost.catalogue.store import SHIPPED, shipped
from frontiercost.core.facts import Fact

TARGET = SHIPPED / "training_rates.toml"
HEADER = """# What training reaches of the machine: one fact each, intervals are 90 %.
# Written by benchmarks/fit_training_rates.py; what was believed before is in training_priors.toml.
"""
SOURCE = "published-steps"


def main() -> None:
    """Print the accuracy; write the rates if asked."""
    priors = shipped().constants("training_priors")
    rows, skipped = cases(published_rows(), shipped())
    predictions = held_out(rows, rows, priors)
    spreads = {group: spread_of(predictions, group) for group in GROUPS}
    report(predictions, spreads)
    print(f"\nskipped: {len(skipped)} rows ({', '.join(sorted(set(skipped.values())))})")
    if "--write" in sys.argv:
        facts = fitted_rates(Fitter(rows, priors).fit(), priors)
        write(TARGET, facts, spreads, [row for row in rows if not row.unfit])
        print(f"written: {TARGET}")


def report(predictions: list[StepPrediction], spreads: dict[str, float]) -> None:
    """Print one line for each group and for each kind of change."""
    print("group        rows stacks median   p90  bias coverage width  naive  skill")
    for group in GROUPS:
        rows = [p for p in predictions if p.case.group == group]
        a = summarise(p.within(spreads[group]) for p in rows)
        stacks = len({p.case.stack for p in rows})
        print(
            f"{group:12} {a.n:4} {stacks:6}  {a.median_abs_ln_error:.3f} {a.p90_abs_ln_error:.3f} "
            f"{a.bias:.3f}     {a.coverage_90:.2f}  {a.interval_width:.2f}  "
            f"{a.naive_median_abs_ln_error:.3f}   {a.skill:.2f}"
        )
    print("\nchange within one stack: pairs, median |ln error of the ratio|")
    for kind, errors in changes(predictions).items():
        print(f"{kind:12} {len(errors):4}  {sorted(errors)[len(errors) // 2]:.3f}")


def write(path: Path, facts: dict[str, Fact], spreads: dict[str, float], rows: list[Case]) -> None:
    """Write the facts in the format of assumptions.toml."""
    text = [HEADER]
    for name, fact in sorted(facts.items()):
        text.append(entry(name, fact, _rows_note(name, rows) if fact.source == SOURCE else ""))
    for group, spread in spreads.items():
        name = f"step_error_{group.replace(' ', '_')}"
        text.append(spread_entry(name, spread, SOURCE, _spread_note(group, rows)))
    path.write_text("\n".join(text), encoding="utf-8")


def _rows_note(name: str, rows: list[Case]) -> str:
    """How many rows speak of a rate: those of its pool, or all."""
    used = rows
    parts = name.split("_")
    if name.startswith("gemm_rate"):
        used = [r for r in rows if (r.precision, r.chip.generation.lower()) == tuple(parts[2:])]
    elif name.startswith("attention_rate"):
        used = [r for r in rows if r.chip.generation.lower() == parts[2]]
    return f"{len(used)} rows of {len({r.stack for r in used})} stacks in data/throughput.csv"


def _spread_note(group: str, rows: list[Case]) -> str:
    used = [row for row in rows if row.group == group]
    return (
        f"actual over predicted step time, stacks held out: {len(used)} rows of "
        f"{len({row.stack for row in used})} stacks"
    )


if __name__ == "__main__":
    main()
