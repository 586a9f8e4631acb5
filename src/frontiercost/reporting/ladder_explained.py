"""What --explain adds to a ladder: each rung's command, its bill, and whose money is counted."""

from collections.abc import Iterable, Iterator, Mapping

from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.profiles import Profile
from frontiercost.analysis.rungs import Rung
from frontiercost.catalogue.types import Actor
from frontiercost.core.frozen import frozen
from frontiercost.core.report import Cell, Table
from frontiercost.core.wording import interval_cells, listed, months_words, per_cent
from frontiercost.cost.bill import Line
from frontiercost.reporting.ladder_words import FEW, other_models

MOST_LINES = 4
"""Of a bill that are told by themselves."""
DRIVERS = 2


@frozen
class _Judged:
    """A rung for whom it is priced: somebody who is shown, else nobody in particular."""

    label: str
    rung: Rung
    profile: Profile
    whose: Mapping[str, str]
    """At whose pay: the choice that says so."""


def explained_tables(table: LadderTable) -> list[Table]:
    """Return how each rung is priced, what its bill holds, and whose money is counted."""
    judged = [*_judged(table)]
    actors = {actor.name: actor for row in table.rows for actor in row.actors}
    whom = table.counted if table.of_kind else list(actors.values())
    priced = [_command_table(table.ladder, judged), _bill_table(table.ladder, judged)]
    of_rungs = [_level_table(table.ladder, table.rungs), *(priced if judged else [])]
    return [*of_rungs, *([_money_table(table, whom)] if whom else [])]


def _judged(table: LadderTable) -> Iterator[_Judged]:
    """Yield each rung that has a cost: for the few who are shown, of many for nobody."""
    ladder = table.ladder
    rows = table.rows if not table.of_kind and len(table.rows) <= FEW else ()
    for rung in table.rungs:
        whom = [
            _Judged(
                f"{rung.label}, {row.label}" if len(rows) > 1 else rung.label,
                rung,
                ladder.profile(row.actors),
                {"actor": row.actors[0].name} if row.actors else _pay(ladder, rung),
            )
            for row in rows
        ]
        for each in whom or [_Judged(rung.label, rung, ladder.usual(rung), {})]:
            if ladder.cost(rung, each.profile).total is not None:
                yield each


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


def _pay(ladder: Ladder, rung: Rung) -> Mapping[str, str]:
    """The pay of a purse that is nobody's, where people are paid."""
    return {} if rung.stage == "inference" else {"pay": ladder.profile(()).pay}


def _command_table(ladder: Ladder, judged: Iterable[_Judged]) -> Table:
    """Each rung as the command that answers the same, and which facts carry its spread."""
    rows = tuple(
        (
            Cell(each.label),
            Cell(ladder.costs.command(each.rung, each.profile, **each.whose)),
            Cell(_drivers(ladder, each.rung)),
        )
        for each in judged
    )
    columns = ("Rung", "Answered by", "Most of the spread")
    return Table("How each rung is priced", columns, rows, texts=3, wraps=(0, 1, 2))


def _drivers(ladder: Ladder, rung: Rung) -> str:
    """Return the facts that carry most of a rung's spread, with share, date and source."""
    drivers = ladder.spread(rung)[:DRIVERS]
    return listed([f"{fact.path} {per_cent(share)} ({fact.origin})" for fact, share in drivers])


def _bill_table(ladder: Ladder, judged: Iterable[_Judged]) -> Table:
    """The largest lines of each rung's bill, for whom it is priced; all members'."""
    rows = []
    for each in judged:
        rung, profile = each.rung, ladder.costs.relevant(each.rung, each.profile)
        bills, basis = ladder.costs.bills(rung, profile).bills, ladder.costs.basis(rung, profile)
        lines = bills.at(profile.pay, basis).bill.lines
        largest = sorted(lines, key=lambda line: -ladder.drawn.median(line.cost))[:MOST_LINES]
        for line in largest:
            ends = interval_cells(ladder, line.cost, "USD")
            rows.append((Cell(f"{each.label}: {line.label}"), Cell(_basis_of(line)), *ends))
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
