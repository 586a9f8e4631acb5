"""What would have to be true, and what drives the cost, in words and tables."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from frontiercost.analysis.sensitivity import Driver
from frontiercost.analysis.solve import Solved
from frontiercost.core.report import Cell, Report, Sentence, Table, short_unit
from frontiercost.reporting.evaluation import of_evaluation
from frontiercost.reporting.json_document import envelope
from frontiercost.stages.evaluation import AnyEvaluation

WORDS = {
    "tokens": "The most tokens it can be trained on",
    "params": "The largest size that fits",
    "chips": "The fewest chips that end in time",
    "days": "The longest run that fits",
    "budget": "The budget that is enough",
    "price": "The price of a chip-hour at which it fits",
}


def of_solved(found: Solved, command: str, explain: bool = False) -> Report:
    """Report an answer with the evaluation behind it, or why there is none."""
    solved = {
        "question": found.question,
        "unit": found.unit,
        "values": found.values,
        "reason": found.reason or None,
    }
    if found.evaluation is None:
        sentence = f"There is no answer: {found.reason}."
        return Report(
            headline=[sentence],
            tables=(),
            notes=(),
            document=lambda: {**_envelope(command), "solved": solved},
        )
    report = of_evaluation(found.evaluation, command, explain)
    return replace(
        report,
        headline=[*_sentence(found), " ", *report.headline],
        document=lambda: {**report.document(), "solved": solved},
    )


def _envelope(command: str) -> dict[str, Any]:
    from frontiercost.catalogue.store import shipped

    return envelope(shipped().edition, command)


def _sentence(found: Solved) -> Sentence:
    """The answer in words: one value, or one for each probability."""
    said: list[str | Cell] = [f"{WORDS[found.question]}: "]
    for place, (name, value) in enumerate(found.values.items()):
        unit = "token" if name == "tokens" else found.unit
        said += [", " if place else "", Cell(value, unit)]
        if found.question == "budget":
            said.append(f" with {name} probability")
    return [*said, "."]


def with_sensitivity(report: Report, e: AnyEvaluation, drivers: Sequence[Driver]) -> Report:
    """Add to a report what its uncertain inputs do."""
    table = sensitivity_table(e, drivers)
    entries = [
        {
            "fact": one.path,
            "variance_share": one.share,
            "low": one.low,
            "high": one.high,
            "unit": one.unit,
            "total_at_low_usd": one.total_at_low,
            "total_at_high_usd": one.total_at_high,
        }
        for one in drivers
    ]
    return replace(
        report,
        tables=(*report.tables, table),
        asked=(*report.asked, table),
        document=lambda: {**report.document(), "sensitivity": entries},
    )


def sensitivity_table(e: AnyEvaluation, drivers: Sequence[Driver]) -> Table:
    """Each fact: its ends, its share of variance, and the total at each end, all else central."""
    rows = tuple(
        (
            Cell(_short(one.path)),
            Cell(one.low, short_unit(one.unit)),
            Cell(one.high, short_unit(one.unit)),
            Cell(one.share, "%"),
            Cell(one.total_at_low, "USD"),
            Cell(one.total_at_high, "USD"),
        )
        for one in drivers
    )
    columns = ("What is uncertain", "From", "to", "Variance", "At low", "at high")
    title = "What drives the cost, and the total at each end of it"
    return Table(title, columns, rows)


def _short(path: str) -> str:
    """Return a path without the name of its folder, which its own name makes clear."""
    folder, _, name = path.partition("/")
    return name if folder in ("assumptions", "models", "prices") else path
