"""Fit the realised rates of training to published steps, and say how well they hold.

    python benchmarks/fit_training_rates.py [--write]

Starts from data/training_priors.toml, fits every row of data/throughput.csv that is fit for it, and
prints the accuracy with each software stack held out (all its versions at once). With --write the
rates go to data/training_rates.toml, with the rows used and the spread to expect of a prediction.
"""

import sys
from math import exp
from pathlib import Path

from frontiercost.backtest.steps import GROUPS, StepPrediction, changes, held_out, spread_of
from frontiercost.backtest.summary import summarise
from frontiercost.catalogue import SHIPPED, shipped
from frontiercost.facts import Z95, Fact
from frontiercost.published.calibration import Fitter, fitted_rates
from frontiercost.published.steps import Case, cases, published_rows

TARGET = SHIPPED / "training_rates.toml"
HEADER = """# What training reaches of the machine: one fact each, intervals are 90 %.
# Written by benchmarks/fit_training_rates.py; what was believed before is in training_priors.toml.
"""
SECONDS = 86400  # a fact keeps times in days


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
    text += [_entry(name, fact, rows) for name, fact in sorted(facts.items())]
    text += [_spread_entry(group, spreads[group], rows) for group in GROUPS]
    path.write_text("\n".join(text), encoding="utf-8")


def _entry(name: str, fact: Fact, rows: list[Case]) -> str:
    unit, factor = _unit(fact.unit)
    lines = [f"[{name}]"]
    lines += [
        f'{key} = "{getattr(fact, key) * factor:.4g}{unit}"' for key in ("value", "low", "high")
    ]
    lines += [f'source = "{fact.source}"', f'confidence = "{fact.confidence}"']
    if fact.at:
        lines.append(f'at = "{fact.at}"')
    note = _rows_note(name, rows) if fact.source == "published-steps" else fact.note
    as_of = shipped().edition["edition"] if fact.source == "published-steps" else fact.as_of
    lines += [f'as_of = "{as_of}"'] * bool(as_of) + [f'note = "{note}"'] * bool(note)
    return "\n".join(lines) + "\n"


def _unit(unit: str) -> tuple[str, float]:
    spelled = {"%": ("%", 100.0), "x": (" x", 1.0), "B": (" bytes", 1.0), "B/s": (" bytes/s", 1.0)}
    return spelled.get(unit) or (" s", float(SECONDS))


def _rows_note(name: str, rows: list[Case]) -> str:
    """How many rows speak of a rate: those of its pool, or all."""
    used = rows
    parts = name.split("_")
    if name.startswith("gemm_rate"):
        used = [r for r in rows if (r.precision, r.chip.generation.lower()) == tuple(parts[2:])]
    elif name.startswith("attention_rate"):
        used = [r for r in rows if r.chip.generation.lower() == parts[2]]
    return f"{len(used)} rows of {len({r.stack for r in used})} stacks in data/throughput.csv"


def _spread_entry(group: str, spread: float, rows: list[Case]) -> str:
    used = [row for row in rows if row.group == group]
    half = Z95 * spread
    return (
        f"[step_error_{group.replace(' ', '_')}]\n"
        f'value = "1 x"\nlow = "{exp(-half):.4g} x"\nhigh = "{exp(half):.4g} x"\n'
        'source = "published-steps"\nconfidence = "measured"\n'
        f'as_of = "{shipped().edition["edition"]}"\n'
        f'note = "actual over predicted step time, stacks held out: {len(used)} rows of '
        f'{len({row.stack for row in used})} stacks"\n'
    )


if __name__ == "__main__":
    main()
