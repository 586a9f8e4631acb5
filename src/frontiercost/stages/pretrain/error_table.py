"""Which unknown widens the hours of a run by how much, and what would tell it."""

from frontiercost.core.facts import Fact
from frontiercost.core.report import Cell, Table
from frontiercost.cost.workload import Workload
from frontiercost.stages.prediction_error import interval_of

OWN_STEP = "--measured: a step on your machine"
OWN_RUN = "--measured: a run of your own"
TOLD_BY = {
    "run_steps": ("Software, its tuning and age, and its plan", OWN_STEP),
    "server_steps": ("Software, its tuning and age", OWN_STEP),
    "run_goodput": ("Restarts, evaluation, stops over the run", OWN_RUN),
    "server_run_goodput": ("Restarts, evaluation, stops over the run", OWN_RUN),
    "pools": ("How much of the peak such runs reach", "--mfu, or --params and --tokens"),
    "runs_within": ("What runs of one maker stray by", OWN_RUN),
    "plan": ("The plan, which the program chose", "--tp or --zero: how it is split"),
    "shape": ("The shape, guessed from the counts", "--config: its config.json"),
    "kernel": ("The attention kernel", OWN_STEP),
    "chip": ("A chip without a published run", OWN_STEP),
}
"""What a factor stands for, and the flag that tells it, by the name of the factor."""


def error_tables(work: Workload) -> list[Table]:
    """Return the factors of the hours by how much wider each makes them; none if none is drawn.

    Of each, the width (high over low) of all of them over that of all but it.
    """
    if not work.errors:
        return []
    widest = _width(work.errors)
    factors = sorted((_without(work.errors, fact), *TOLD_BY[_name(fact)]) for fact in work.errors)
    rows = [
        *((Cell(what), Cell(told_by), Cell(widest / rest, "x")) for rest, what, told_by in factors),
        (Cell("All of them: high over low"), Cell(""), Cell(widest, "x")),
    ]
    return [Table("What widens the hours", ("", "Told by", "Widens by"), tuple(rows), texts=2)]


def _without(facts: tuple[Fact, ...], left_out: Fact) -> float:
    return _width(tuple(fact for fact in facts if fact is not left_out))


def _width(facts: tuple[Fact, ...]) -> float:
    low, _, high = interval_of(1.0, facts)
    return (high or 1.0) / (low or 1.0)


def _name(fact: Fact) -> str:
    """What a factor stands for: an unknown by its own name, else what errs."""
    name = fact.path.rpartition("/")[2]
    if "_unknown_" in name:
        return name.partition("_unknown_")[0].partition("_")[2]
    return next(key for key in sorted(TOLD_BY, key=len, reverse=True) if name.startswith(key))
