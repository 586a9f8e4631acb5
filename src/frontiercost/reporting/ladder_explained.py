"""What --explain adds to a ladder: each rung's command, its bill, and whose money is counted."""

from collections.abc import Iterable

from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.rungs import Rung
from frontiercost.catalogue.types import Actor
from frontiercost.core.report import Cell, Table
from frontiercost.core.wording import interval_cells, listed, months_words, per_cent
from frontiercost.cost.bill import Line
from frontiercost.reporting.ladder_words import other_models

MOST_LINES = 4
"""Of a bill that are told by themselves."""
DRIVERS = 2


def explained_tables(table: LadderTable) -> list[Table]:
    """Return how each rung is priced, what its bill holds, and whose money is counted."""
    there = [rung for rung in table.rungs if _is_priced(table.ladder, rung)]
    actors = {actor.name: actor for row in table.rows for actor in row.actors}
    whom = table.counted if table.of_kind else list(actors.values())
    priced = [_command_table(table.ladder, there), _bill_table(table.ladder, there)]
    of_rungs = [_level_table(table.ladder, table.rungs), *(priced if there else [])]
    return [*of_rungs, *([_money_table(table, whom)] if whom else [])]


def _is_priced(ladder: Ladder, rung: Rung) -> bool:
    return ladder.usual_cost(rung).total is not None


def _level_table(ladder: Ladder, rungs: Iterable[Rung]) -> Table:
    """What each rung is, who holds what, and the level of its model with its source."""
    rows = []
    for rung in rungs:
        level = ladder.level(rung)
        about = f"{rung.label}: {rung.about}; {rung.control}"
        index = Cell(level.index.value if level else None, "count")
        behind = Cell(months_words(ladder.months_behind(rung), unit=""))
        source = Cell(f"{level.index.origin}" if level else "")
        rows.append((Cell(about), Cell(other_models(ladder, rung)), source, index, behind))
    columns = ("Rung", "Model", "Source of the index", "Index", "Behind")
    return Table("The rungs", columns, tuple(rows), texts=3, wraps=(0, 1, 2))


def _command_table(ladder: Ladder, rungs: Iterable[Rung]) -> Table:
    """Each rung as the command that answers the same, and which facts carry its spread."""
    rows = tuple(
        (
            Cell(rung.label),
            Cell(ladder.costs.command(rung, ladder.usual(rung))),
            Cell(_drivers(ladder, rung)),
        )
        for rung in rungs
    )
    columns = ("Rung", "Answered by", "Most of the spread")
    return Table("How each rung is priced", columns, rows, texts=3, wraps=(1, 2))


def _drivers(ladder: Ladder, rung: Rung) -> str:
    """Return the facts that carry most of a rung's spread, with share, date and source."""
    drivers = ladder.spread(rung)[:DRIVERS]
    return listed([f"{fact.path} {per_cent(share)} ({fact.origin})" for fact, share in drivers])


def _bill_table(ladder: Ladder, rungs: Iterable[Rung]) -> Table:
    """The largest lines of each rung's bill, for whom it is priced in the table; all members'."""
    rows = []
    for rung in rungs:
        usual = ladder.usual(rung)
        bills, basis = ladder.costs.bills(rung, usual).bills, ladder.costs.basis(rung, usual)
        lines = bills.at(usual.pay, basis).bill.lines
        largest = sorted(lines, key=lambda line: -ladder.drawn.median(line.cost))[:MOST_LINES]
        for line in largest:
            ends = interval_cells(ladder, line.cost, "USD")
            rows.append((Cell(f"{rung.label}: {line.label}"), Cell(_basis_of(line)), *ends))
    columns = ("Line", "Formula and sources", "Low", "Median", "High")
    return Table("The largest lines of each", columns, tuple(rows), texts=2, wraps=(0, 1))


def _basis_of(line: Line) -> str:
    """Return the formula of a line and the sources of its facts."""
    return f"{line.formula} ({', '.join(line.sources)})" if line.sources else line.formula


def _money_table(table: LadderTable, actors: Iterable[Actor]) -> Table:
    """Whose money is counted: the budget in force, the share for one model, and their sources."""
    rows = []
    for actor in actors:
        budget = actor.budget(table.ladder.date)
        if budget is None:
            continue
        money, share = budget.money, budget.share
        about = f"{budget.in_words}, share {share.confidence}"
        rows.append(
            (
                Cell(actor.label),
                Cell(f"{about} ({money.source}, {money.confidence})"),
                Cell(money.value, money.unit),
                Cell(share.value, "%"),
                Cell(table.ladder.profiles.of(actor).people.usual, "count"),
            )
        )
    columns = ("Who", "Money", "Budget", "For a model", "People")
    return Table("Whose money is counted", columns, tuple(rows), texts=2, wraps=(0, 1))
