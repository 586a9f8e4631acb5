"""How far the seed moves what is printed: Monte-Carlo error of answers by the number of draws.

    python benchmarks/write_draw_errors.py

Writes tables into METHOD.md. The standard error of an end or a median is the standard deviation of
its logarithm over seeds. A digit is carried where that error is below half of its unit.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean, stdev

from pages import METHOD, write

import frontiercost as fc
from frontiercost.core.facts import Interval
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Table
from frontiercost.core.wording import CARRIED
from frontiercost.render.markdown import render_table
from frontiercost.scenario.resolver import DRAWS

SEEDS = range(20)
COUNTS = (256, 1024, DRAWS, 16_384)
QUESTIONS: dict[str, dict[str, str]] = {
    "pretrain llama-3.1-405b": {"stage": "pretrain", "model": "llama-3.1-405b"},
    "pretrain gpt-4 --as-built": {"stage": "pretrain", "model": "gpt-4", "as_built": "true"},
    "posttrain llama-3.1-70b": {"stage": "posttrain", "model": "llama-3.1-70b"},
    "inference deepseek-v3": {"stage": "inference", "model": "deepseek-v3"},
    "dataprep --tokens 15T": {"stage": "dataprep", "tokens": "15T"},
}
AFFORDED = "pretrain llama-3.1-405b --budget '$400M'"
"""Whose probability is asked for too: near an even chance, where it moves most."""
BUDGET = {"stage": "pretrain", "model": "llama-3.1-405b", "budget": "$400M"}
COLUMNS = (
    *("", "Draws", "Low", "Median", "High"),
    *("Last digit of low", "of median", "of high", "Seeds that print the same"),
)


def asked(flags: dict[str, str], draws: int, seed: int) -> fc.Evaluation:
    """Answer a question with so many draws of a seed."""
    return fc.evaluate(fc.ask(**flags, draws=draws, seed=seed))


def printed(value: float | None) -> str:
    """Return a sum as answers print it."""
    return format_quantity(value, "USD", CARRIED)


def in_last_digits(error: float, value: float) -> float:
    """Return a relative error of a number in units of its last printed digit."""
    return error * value / 10 ** (math.floor(math.log10(value)) - CARRIED + 1)


def log_errors(totals: Sequence[Interval]) -> Iterator[float]:
    """Yield the standard deviations over seeds of ln low, ln median and ln high."""
    for numbers in zip(*totals, strict=True):
        yield stdev(math.log(number) for number in numbers)


def same_digits(totals: Iterable[Interval]) -> float:
    """Return the share of low ends, medians and high ends that read as with most seeds."""
    columns = zip(*(map(printed, total) for total in totals), strict=True)
    return fmean(
        most / len(SEEDS) for column in columns for _, most in Counter(column).most_common(1)
    )


def row(name: str, flags: dict[str, str], draws: int) -> tuple[Cell, ...]:
    """Return a question's printed answer with one seed, and how far other seeds move it."""
    totals = [asked(flags, draws, seed).total for seed in SEEDS]
    ends = [*zip(totals[0], log_errors(totals), strict=True)]
    return (
        Cell(name),
        Cell(float(draws), "count"),
        *(Cell(f"{printed(end)} ±{100 * error:.2g} %") for end, error in ends),
        *(Cell(f"±{in_last_digits(error, end or 0.0):.2g}") for end, error in ends),
        Cell(same_digits(totals), "%", figures=CARRIED),
    )


def probability_row(draws: int) -> tuple[Cell, ...]:
    """Return the probability that a budget is enough, its standard error and its range."""
    shares = [asked(BUDGET, draws, seed).verdicts[0].probability or 0.0 for seed in SEEDS]
    numbers = (shares[0], stdev(shares), min(shares), max(shares))
    return Cell(float(draws), "count"), *(Cell(number, "%", figures=3) for number in numbers)


def section() -> str:
    """Return both tables."""
    rows = [row(name, flags, draws) for name, flags in QUESTIONS.items() for draws in COUNTS]
    title = f"Totals: standard error over {len(SEEDS)} seeds"
    columns = ("Draws", "Probability", "Error", "Least", "Most")
    probabilities = tuple(map(probability_row, COUNTS))
    tables = (
        Table(title, COLUMNS, tuple(rows)),
        Table(f"{AFFORDED}: probability that it is enough", columns, probabilities, texts=0),
    )
    return "\n\n".join(map(render_table, tables))


if __name__ == "__main__":
    write(METHOD, "draw errors", section())
