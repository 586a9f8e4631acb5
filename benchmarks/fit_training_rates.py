"""Fit the realised rates of training to published steps, and say how well they hold.

    python benchmarks/fit_training_rates.py [--write]

Starts from data/training_priors.toml, fits every row of data/throughput.csv that is fit for it, and
prints the accuracy at each level of what is known, with each way of leaving rows out. With --write
the rates go to data/training_rates.toml, with the rows used.
"""

import sys
from pathlib import Path

from rates_file import entry

from frontiercost.backtest.fit_training import Fitter, fitted_rates
from frontiercost.backtest.folds import FOLDS
from frontiercost.backtest.steps import backtest_steps
from frontiercost.catalogue.store import SHIPPED, shipped
from frontiercost.core.facts import Fact
from frontiercost.stages.published.step_cases import Case, cases, published_rows

TARGET = SHIPPED / "training_rates.toml"
HEADER = """# What training reaches of the machine: one fact each, intervals are 90 %.
# Written by benchmarks/fit_training_rates.py; what was believed before is in training_priors.toml.
"""
SOURCE = "published-steps"


def main() -> None:
    """Write the rates if asked; print the accuracy otherwise."""
    if "--write" not in sys.argv:
        return report()
    priors = shipped().constants("training_priors")
    rows, _ = cases(published_rows(), shipped())
    facts = fitted_rates(Fitter(rows, priors).fit(), priors)
    write(TARGET, facts, [row for row in rows if not row.unfit])
    return print(f"written: {TARGET}")


def report() -> None:
    """Print one line for each fold, level and group."""
    print(
        "rows  median    p90   bias coverage  width  naive  skill | stacks equal: median coverage"
    )
    for fold in FOLDS:
        for result in backtest_steps(None, shipped(), fold):
            print(f"\nwithout its {fold.name}; {result.subset}")
            for group, a in {"all": result.summary, **result.groups}.items():
                print(
                    f"{a.n:4} {a.median_abs_ln_error:7.3f}{a.p90_abs_ln_error:7.3f} {a.bias:6.3f} "
                    f"{a.coverage_90:8.2f} {a.interval_width:6.2f} "
                    f"{a.naive_median_abs_ln_error:6.3f} {a.skill:6.2f} | "
                    f"{a.holders_equal_median:.3f} {a.holders_equal_coverage:.2f}  {group}"
                )


def write(path: Path, facts: dict[str, Fact], rows: list[Case]) -> None:
    """Write the facts in the format of assumptions.toml."""
    text = [HEADER]
    for name, fact in sorted(facts.items()):
        text.append(entry(name, fact, _rows_note(name, rows) if fact.source == SOURCE else ""))
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


if __name__ == "__main__":
    main()
