"""Who can afford it, what it costs line by line, and where each number comes from."""

from collections.abc import Iterator
from dataclasses import replace

from frontiercost.core.facts import Fact
from frontiercost.core.report import Cell, Chart, Table, fact_cells, fact_table
from frontiercost.core.wording import (
    INTERVAL_BARS,
    drawn_cell,
    interval_cells,
    per_cent,
    share_cell,
)
from frontiercost.cost import research_and_staff
from frontiercost.cost.affordability import AvailableFunds, Verdict
from frontiercost.cost.programme import experiment_parts
from frontiercost.reporting.fact_words import fact_words
from frontiercost.stages.evaluation import AnyEvaluation
from frontiercost.stages.verdict_words import verdict_word

LEAST_SHARE = 0.005
"""Of the variance, from which on a fact moves the answer."""
ASKED_BY = ("flag", "file", "environment")


def verdict_table(e: AnyEvaluation) -> Table:
    """Who could spend what, the share it would take, and the word."""
    rows = tuple(verdict_row(e, verdict) for verdict in e.verdicts)
    columns = ("Who", "Verdict", "Could spend", "Share needed", "Cost/purse", "Binding")
    return Table("Can they afford it?", columns, rows, texts=2)


def verdict_row(e: AnyEvaluation, verdict: Verdict) -> tuple[Cell, ...]:
    """One verdict as cells; a probability is shown only where the share is not judged."""
    needed, multiple = (
        Cell("no money") if number is None else drawn_cell(e, number, unit)
        for number, unit in ((verdict.share_needed, "%"), (verdict.multiple, "x"))
    )
    return (
        Cell(_who(verdict.funds)),
        Cell(_word_with_probability(e, verdict), tone=verdict.word),
        drawn_cell(e, verdict.available, "USD"),
        needed,
        multiple,
        Cell(verdict.binding or "none"),
    )


def _who(funds: AvailableFunds) -> str:
    """Who pays, and under it the budget in force."""
    return f"{funds.label}\n  {funds.budget.in_brief}" if funds.budget else funds.label


def _word_with_probability(e: AnyEvaluation, verdict: Verdict) -> str:
    word = verdict_word(e, verdict)
    if verdict.funds.judged or verdict.probability is None or word != verdict.word:
        return word
    return f"{word} ({per_cent(verdict.probability)})"


def bill_table(e: AnyEvaluation) -> Table:
    """The bill, line by line; medians do not add up, shares of the means do."""
    rows: list[tuple[Cell, ...]] = []
    for line, share in zip(e.bill.lines, e.bill.shares, strict=True):
        rows.append((Cell(line.label), *interval_cells(e, line.cost, "USD"), share_cell(share)))
        if line.id == "experiments":
            rows += _experiment_rows(e)
    rows.append((Cell("Total"), *interval_cells(e, e.bill.total, "USD"), Cell(1.0, "%")))
    paid = f"{e.basis} of {e.terms.date}" if e.stage.paid else f"{e.basis} at {e.terms.date} prices"
    title = f"What it costs, {paid}"
    columns = ("", "Low", "Median", "High", "Share")
    return Table(title, columns, tuple(rows), chart=_beside_purse(e))


def _beside_purse(e: AnyEvaluation) -> Chart:
    """Return how a bill is drawn: with the purse where there is one."""
    if len(e.verdicts) != 1:
        return INTERVAL_BARS
    (verdict,) = e.verdicts
    available = drawn_cell(e, verdict.available, "USD")
    return replace(INTERVAL_BARS, mark=available, mark_label=verdict.funds.label)


def _experiment_rows(e: AnyEvaluation) -> list[tuple[Cell, ...]]:
    """What experiments hold, which is not added again."""
    parts = experiment_parts(e.costing, e.programme_costs, e.bill)
    return [
        (Cell(f"  of which {name.replace('_', ' ')}"), *interval_cells(e, part, "USD"), Cell(""))
        for name, part in parts.items()
    ]


def cash_tables(e: AnyEvaluation) -> list[Table]:
    """The total as equal payments over the years asked for."""
    if not e.terms.years:
        return []
    payments = research_and_staff.cash_by_year(e.bill.total, e.terms.years)
    rows = tuple(
        (Cell(f"Year {number}"), *interval_cells(e, payment, "USD"))
        for number, payment in enumerate(payments, start=1)
    )
    return [Table("As cash by year", ("", "Low", "Median", "High"), rows)]


def terms_tables(e: AnyEvaluation) -> list[Table]:
    """The same run and programme on every other basis: the basis is most of the answer."""
    if e.stage.paid:
        return []
    rows = tuple((Cell(label), *interval_cells(e, total, "USD")) for label, total in e.other_terms)
    columns = ("", "Low", "Median", "High")
    return [Table("The same on other terms", columns, rows, chart=INTERVAL_BARS)]


def formula_table(e: AnyEvaluation) -> Table:
    """How each line came about, and what it is with its part of the experiments."""
    rows = tuple(
        (
            Cell(line.label),
            Cell(f"{line.formula} ({', '.join(line.sources) or 'given'})"),
            drawn_cell(e, e.bill.with_experiments(line), "USD"),
        )
        for line in e.bill.lines
    )
    columns = ("", "Formula and sources", "With its experiments")
    return Table("How each line is computed", columns, rows, texts=2, wraps=(0, 1))


def input_table(e: AnyEvaluation) -> Table:
    """All that moves the answer and who set it: inputs, choices, what its lines rest on."""
    entries = {id(entry.fact): entry.set_by for entry in e.inputs.values()}
    facts = [entry.fact for entry in e.inputs.values()]
    facts += [fact for fact in moving_facts(e) if id(fact) not in entries]
    rows = [
        fact_cells(fact, _about(fact, entries.get(id(fact)) or _set_by(fact))) for fact in facts
    ]
    columns = ("", "Low", "Value", "High")
    return Table("Inputs and who set them", columns, (*_choices(e), *rows))


def moving_facts(e: AnyEvaluation) -> list[Fact]:
    """Return the facts that carry the spread of the total, then others that its lines name."""
    spread = [fact for fact, share in e.spread if share >= LEAST_SHARE]
    of_lines = [fact for line in e.bill.lines for fact in line.facts]
    return list({fact.path: fact for fact in (*spread, *of_lines)}.values())


def _about(fact: Fact, set_by: str) -> str:
    """Return what a fact is, who set it and where it is from."""
    words = f"  {fact_words(fact.path)}\n" if fact.path.startswith("assumptions/") else ""
    return f"{words}  set by {set_by}: {fact.origin.removeprefix(f'{set_by}:')}"


def _set_by(fact: Fact) -> str:
    """Return who set a fact: somebody who asked, else the catalogue."""
    asked, colon, _ = fact.source.partition(":")
    return asked if colon and asked in ASKED_BY else "catalogue"


def _choices(e: AnyEvaluation) -> Iterator[tuple[Cell, ...]]:
    """Yield what was chosen, which is no fact: the chip, how it is paid, whose research and pay."""
    terms, asked = e.terms, dict(e.question)
    chosen = {"chip": e.chip.name, "precision": e.precision, "basis": terms.basis}
    if terms.basis == "rent" and terms.price is None:
        chosen |= {"commitment": terms.commitment, "vendor": terms.vendor}
    chosen |= {"programme": terms.programme.name, "date": terms.date}
    if e.bill.has("staff", "curation"):
        chosen["pay"] = terms.pay
    for key, word in ({} if e.stage.paid else chosen).items():
        who = f"{asked[key].set_by}: {asked[key].origin}" if key in asked else "default"
        yield Cell(f"{key}\n  set by {who}"), Cell(""), Cell(word), Cell("")


def source_table(e: AnyEvaluation) -> Table:
    """The sources of every number that was drawn, and where they are."""
    facts = (*e.facts, *moving_facts(e))
    ids = sorted({id for fact in facts for id in fact.source.split(";") if id})
    known = e.catalogue.sources
    rows = tuple(
        (Cell(id), Cell(known[id].title), Cell(known[id].url)) for id in ids if id in known
    )
    return Table("Sources", ("Id", "Title", "Address"), rows, texts=3, wraps=(0, 1, 2))


def fact_tables(e: AnyEvaluation) -> list[Table]:
    """Every fact that was read, drawn or not, with its interval, source, date and confidence."""
    titles = {
        "Facts drawn, with source, date and confidence": e.facts,
        "Facts read at their centre, with the same": e.fixed,
    }
    return [fact_table(title, facts) for title, facts in titles.items()]
