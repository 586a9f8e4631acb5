"""Which terms of the step time earn their place?

    python benchmarks/ablate_terms.py

Leaves out one term of `StepTime` at a time, fits the rates again without it, and prints what that
does to the held-out error of published steps. A term earns its place if the error of the rows grows
without it; one that does not stays only where physics asks for it, and METHOD.md says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from statistics import median
from typing import Any
from unittest.mock import patch

from frontiercost.backtest.steps import GROUPS, changes, held_out
from frontiercost.backtest.summary import Summary, summarise
from frontiercost.catalogue.store import shipped
from frontiercost.physics.training_step import StepTime, step_time
from frontiercost.stages.published.step_cases import cases, published_rows

MODULES = ("frontiercost.physics.plan_search", "frontiercost.backtest.fit_training")


@contextmanager
def without(term: str) -> Iterator[None]:
    """Take a term out of every step time."""

    def ablated(*arguments: Any) -> StepTime:
        whole = step_time(*arguments)
        return replace(whole, **{term: 0 * getattr(whole, term)}) if term else whole

    patches = [patch(f"{module}.step_time", ablated) for module in MODULES]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


def measured(term: str, rows: list[Any], priors: Any) -> tuple[dict[str, Summary], float]:
    """Return the summary by group and the median error of all changes, without a term."""
    with without(term):
        predictions = held_out(rows, rows, priors)
    groups = {
        group: summarise([p.within(()) for p in predictions if p.case.group == group])
        for group in GROUPS
    }
    return groups, median(error for found in changes(predictions).values() for error in found)


def main() -> None:
    """Print a line for each term."""
    priors = shipped().constants("training_priors")
    rows, _ = cases(published_rows(), shipped())
    print(f"{'without':18}" + "".join(f"{group:>22}" for group in GROUPS) + "   changes")
    for term in ("", *(f.name for f in fields(StepTime))):
        if term in ("gemm", "experts"):
            continue
        groups, change = measured(term, rows, priors)
        shown = "".join(
            f"{s.median_abs_ln_error:12.3f} ({s.p90_abs_ln_error:.2f})   " for s in groups.values()
        )
        print(f"{term or 'nothing':18}{shown}{change:8.3f}")


if __name__ == "__main__":
    main()
