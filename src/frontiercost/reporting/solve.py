"""What would have to be true, and what drives the cost, in words and tables."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from frontiercost.analysis.sensitivity import Driver
from frontiercost.analysis.solve import Solved
from frontiercost.core.report import Cell, Chart, Later, Report, Sentence, Table, short_unit
from frontiercost.core.wording import CARRIED, money, share_cell
from frontiercost.cost.choices import LONGEST_DAYS
from frontiercost.reporting.evaluation import of_evaluation
from frontiercost.reporting.json_document import envelope
from frontiercost.stages.evaluation import AnyEvaluation

WORDS = {
    "tokens": "The most tokens it can be trained on",
    "params": "The largest size that fits",
    "steps": "The most steps that fit",
    "examples": "The most examples that fit",
    "chips": "The fewest chips that end in time",
    "days": "The longest run that fits",
    "budget": "The budget that is enough",
    "price": "The price of a chip-hour at which it fits",
    "requests": "The most requests that fit",
}


def of_solved(answer: Solved, command: str, explain: bool = False) -> Report:
    """Report an answer with the evaluation behind it, or why there is none."""
    solved = {
        "question": answer.question,
        "unit": answer.unit,
        "values": answer.values,
        "reason": answer.reason or None,
        "binding": answer.binding or None,
    }
    if answer.evaluation is None:
        sentence = f"There is no answer: {answer.reason}."
        return Report(
            headline=[sentence],
            tables=(),
            notes=(),
            document=lambda: {**_envelope(command), "solved": solved},
        )
    report = of_evaluation(answer.evaluation, command, explain)
    return replace(
        report,
        headline=[*_sentence(answer), *_then(answer.evaluation)],
        document=lambda: {**report.document(), "solved": solved},
    )


def _then(e: AnyEvaluation) -> Sentence:
    """Say what it costs with the answer put in."""
    return [f"; {e.name} then costs ", *money(e, e.bill.total), f", {e.in_words}."]


def _envelope(command: str) -> dict[str, Any]:
    from frontiercost.catalogue.store import shipped

    return envelope(shipped().edition, command)


def _sentence(answer: Solved) -> Sentence:
    """The answer in words: one value, or one for each probability."""
    sentence: list[str | Cell] = [f"{WORDS[answer.question]}: "]
    for place, (name, value) in enumerate(answer.values.items()):
        unit = "token" if name == "tokens" else answer.unit
        is_sum = answer.question == "budget"  # which nothing is evaluated at
        sentence += [", " if place else "", Cell(value, unit, figures=CARRIED if is_sum else 0)]
        if is_sum:
            sentence.append(f" with {name} probability")
    why = binding_words(answer.binding, answer.deadline) if answer.binding else ""
    return [*sentence, f"; {why}" if why else ""]


def binding_words(binding: str, deadline: float | None = None) -> str:
    """Say what keeps an answer from being more."""
    days = f"{deadline or LONGEST_DAYS:.3g}"
    return {
        "money": "more would not fit the money",
        "time": f"more would take longer than {days} day{'s' * (days != '1')}",
        "range": "no larger one was tried",
    }.get(binding, f"more cannot be evaluated: {binding.split('; what does', maxsplit=1)[0]}")


def with_sensitivity(report: Report, e: AnyEvaluation, drivers: Sequence[Driver]) -> Report:
    """Add to a report what its uncertain inputs do."""
    table = sensitivity_table(e, drivers)
    entries = [
        {
            "fact": driver.path,
            "variance_share": driver.share,
            "low": driver.low,
            "high": driver.high,
            "unit": driver.unit,
            "total_at_low_usd": driver.total_at_low,
            "total_at_high_usd": driver.total_at_high,
        }
        for driver in drivers
    ]
    return replace(
        report,
        tables=Later(lambda: (*report.tables, table)),
        asked=(*report.asked, table),
        document=lambda: {**report.document(), "sensitivity": entries},
    )


def sensitivity_table(e: AnyEvaluation, drivers: Sequence[Driver]) -> Table:
    """Each fact: its ends, its share of variance, and the total at each end, all else central."""
    rows = tuple(
        (
            Cell(_short(driver.path)),
            Cell(driver.low, short_unit(driver.unit), figures=CARRIED),
            Cell(driver.high, short_unit(driver.unit), figures=CARRIED),
            share_cell(driver.share),
            Cell(driver.total_at_low, "USD", figures=CARRIED),
            Cell(driver.total_at_high, "USD", figures=CARRIED),
        )
        for driver in drivers
    )
    columns = ("What is uncertain", "From", "to", "Variance", "At low", "at high")
    title = "What drives the cost, and the total at each end of it"
    tornado = Chart(
        kind="ranges",
        values=(),
        low=4,
        high=5,
        mark=Cell(e.total.median, "USD"),
        mark_label="median",
    )
    return Table(title, columns, rows, chart=tornado)


def _short(path: str) -> str:
    """Return a path without the name of its folder, which its own name makes clear."""
    folder, _, name = path.partition("/")
    return name if folder in ("assumptions", "models", "prices") else path
