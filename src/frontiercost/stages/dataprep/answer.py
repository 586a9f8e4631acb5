"""Data preparation in tables: sources, the wall where unique tokens run out, what others add."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from frontiercost.core.facts import mean
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Sentence, Table
from frontiercost.core.wording import CARRIED, drawn_cell, interval_cells
from frontiercost.stages.dataprep.document import entries
from frontiercost.stages.dataprep.stage import Prepared
from frontiercost.stages.evaluation import Evaluation
from frontiercost.stages.stage import Answer
from frontiercost.stages.verdict_words import answered

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


def headline(e: Evaluation[Prepared]) -> Sentence:
    """What it costs."""
    tokens = e.drawn.median(e.detail.preparation.tokens)
    return answered(e, [f"{e.name}, ", Cell(tokens, "token"), ", costs "])


def points(e: Evaluation[Prepared]) -> list[tuple[str, str]]:
    """Whether the sources hold as many unique tokens, and what it takes."""
    preparation, median = e.detail.preparation, e.drawn.median

    def count(number: "Number", unit: str = "count") -> str:
        return format_quantity(median(number), unit, CARRIED)

    unique = count(preparation.unique_tokens, "token")
    if median(preparation.repeated_tokens) > 0:
        fresh = format_quantity(median(preparation.tokens - preparation.repeated_tokens), "token")
        wall = (
            f"{fresh} are read once and {count(preparation.repeated_tokens)} repeated: worth "
            f"{count(preparation.effective_tokens)} fresh ones (the sources hold {unique})"
        )
    else:
        wall = f"not reached: the sources hold {unique} once"
    people = count(preparation.person_years, "person-year")
    takes = f"{people}; {count(preparation.cpu_hours)} CPU-hours"
    return [("Data wall", wall), ("It takes", takes)]


def tables(e: Evaluation[Prepared]) -> list[Table]:
    """Sources, pools of unique tokens, and what further sources would add."""
    return [source_table(e), supply_table(e), *_gain_tables(e)]


def source_table(e: Evaluation[Prepared]) -> Table:
    """Each source: tokens wanted and read once, processors, chips and people, at the medians."""
    rows = tuple(
        (
            Cell(source_work.source.label),
            *(
                drawn_cell(e, number, "count")
                for number in (
                    source_work.wanted,
                    source_work.read,
                    source_work.cpu_hours,
                    source_work.model_hours,
                    source_work.person_years,
                )
            ),
        )
        for source_work in e.detail.preparation.sources
    )
    columns = ("Source", "Tokens", "Read once", "CPU-hours", "Chip-hours", "People")
    return Table("Where the tokens come from", columns, rows)


def supply_table(e: Evaluation[Prepared]) -> Table:
    """Wanted against unique tokens by pool; sources of one pool hold the same material."""
    token_supplies = e.detail.preparation.token_supplies
    rows = tuple(
        (
            Cell(pool),
            *(
                drawn_cell(e, number, "count")
                for number in (supply.wanted, supply.unique, supply.repeated, supply.effective)
            ),
        )
        for pool, supply in token_supplies.items()
    )
    columns = ("Pool", "Wanted", "Unique", "Repeats", "Worth")
    return Table("Where unique tokens run out", columns, rows)


def _gain_tables(e: Evaluation[Prepared]) -> list[Table]:
    gains = e.detail.gains
    if not gains:
        return []
    rows = tuple((Cell(label), *interval_cells(e, gain, "count")) for label, gain in gains.items())
    title = "Fresh tokens that another source would add in place of repeats"
    return [Table(title, ("", "Low", "Median", "High"), rows)]


def explained(e: Evaluation[Prepared]) -> list[Table]:
    """What --explain adds: the work on chips, by kind."""
    rows = tuple(
        (Cell(part.label), *interval_cells(e, part.chip_hours, "count"))
        for part in e.workload.parts
    )
    title = f"Chip-hours, {e.chip.name}"
    return [Table(title, ("", "Low", "Median", "High"), rows)] if rows else []


def notes(e: Evaluation[Prepared]) -> Iterable[str]:
    """What the tokens are worth by which law, and what the mix is."""
    if (sentence := _optimum(e)) is not None:
        yield sentence
    yield "repeats are worth what the repeated-data law says; sources of one pool do not add up"
    if mean(e.detail.preparation.sum(lambda work: work.synthetic_hours)):
        yield "synthetic text is counted as fresh, which its generator's limits may not allow"


def _optimum(e: Evaluation[Prepared]) -> str | None:
    """How the tokens stand to the model's parameters, where a model is named."""
    facts = e.model.facts if e.model else {}
    kind = "active" if "active_params" in facts else "total"
    if f"{kind}_params" not in facts:
        return None
    from frontiercost.stages.optimal_tokens import optimum_sentence

    tokens, size = e.drawn.median(e.detail.preparation.tokens), facts[f"{kind}_params"].value
    return optimum_sentence(tokens, size, f"{kind} parameter", e.drawn)


ANSWER = Answer(
    headline=headline,
    tables=tables,
    explained=explained,
    notes=notes,
    points=points,
    entries=entries,
)
