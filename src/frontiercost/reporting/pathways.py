"""Who can afford which path, what a lever changes, and when, in tables."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from frontiercost.analysis import forecast
from frontiercost.analysis.frontier_access import (
    PathwayTable,
    Returns,
    affordability_dates,
    returns,
    top_share,
)
from frontiercost.analysis.pathways import (
    TYPICAL,
    Pathway,
    PathwayModel,
    PathwayVerdict,
    Row,
    paths_of,
)
from frontiercost.core.report import Cell, Report, Sentence, Table
from frontiercost.core.wording import interval, interval_cells, per_cent, plain
from frontiercost.reporting.frontier import frontier_entries, frontier_sentence, growth_words
from frontiercost.reporting.json_document import envelope, question_entries
from frontiercost.reporting.notes import (
    MEDIANS,
    old_shares,
    question_notes,
    to_reproduce,
    uncounted,
)

if TYPE_CHECKING:
    from frontiercost.analysis.forecast import When
    from frontiercost.core.facts import Number

SIGNS = ((0.8, "●"), (0.2, "◐"), (0.0, "·"))
FEW = 3


def of_paths(table: PathwayTable, shows_returns: bool = False) -> Report:
    """Report who can afford which path, what the levers change, and when."""
    comparer, rows, paths = table.comparer, table.rows, table.paths
    levers = [lever_table(table.before, rows)] if table.before else []
    further = when_tables(comparer, rows, paths, table.years) if table.years else []
    further += returns_tables(comparer, rows) if shows_returns else []
    usual = [path_table(comparer, rows, paths), level_table(comparer, paths)]
    notes = list(_notes(table))
    return Report(
        headline=[*_of_few(rows, table.before), *_headline(table)],
        tables=(*levers, *usual, *further),
        asked=(*levers, *further),
        notes=tuple(notes),
        document=lambda: _document(table, notes, shows_returns),
        doubts=table.comparer.doubts,
    )


def _of_few(rows: Sequence[Row], before: Sequence[Row]) -> Sentence:
    """Say of a few actors what they can afford, and what it was without the levers."""
    if len(rows) > FEW:
        return []
    sentence: list[str | Cell] = []
    for row, old in zip_longest(rows, before):
        olds = old.cells if old else [None] * len(row.cells)
        each = map(_chance, row.cells, olds)
        sentence.append(f"{row.label}: {', '.join(each)}. ")
    return sentence


def _chance(cell: PathwayVerdict, old: PathwayVerdict | None) -> str:
    without = f" (without the levers {cell_word(old)})" if old and old.word != cell.word else ""
    return f"{cell.path.label.lower()} {cell_word(cell)}{without}"


def _headline(table: PathwayTable) -> Sentence:
    """Answer the question: how many can come near the frontier, and who holds the money."""
    near, paths = table.near, table.paths
    every = len(paths) == len(paths_of(table.comparer.catalogue))
    way = "some path" if every else " or ".join(f"‘{path.label.lower()}’" for path in paths)
    sentence: list[str | Cell] = [
        f"{len(near.any_path)} of {len(table.money)} catalogued actors, counted once by ultimate "
        f"parent, can reach a level at most 12 months behind the frontier on {way}",
    ]
    if len({path.open for path in paths}) > 1:
        without = Cell(float(len(near.without_open)), "count")
        sentence += [", ", without, " of them without open weights"]
    return [
        *sentence,
        "; the five richest hold ",
        Cell(top_share(table.money), "%"),
        " of what all could spend on one model.",
    ]


def path_table(comparer: PathwayModel, rows: Sequence[Row], paths: Sequence[Pathway]) -> Table:
    """A row for each actor, a word with its probability for each path."""
    body = tuple(
        (Cell(row.label), *(Cell(cell_word(cell), tone=cell.word) for cell in row.cells))
        for row in rows
    )
    columns = ("Who", *(path.label for path in paths))
    return Table("Who can afford which path", columns, body, texts=len(columns))


def cell_word(cell: PathwayVerdict) -> str:
    """The word with its probability in per cent."""
    if cell.probability is None:
        return cell.word
    return f"{cell.word} {per_cent(cell.probability)}"


def level_table(comparer: PathwayModel, paths: Sequence[Pathway]) -> Table:
    """What each path costs a nonprofit and what it reaches; paths differ in what they buy."""
    rows = tuple(
        (Cell(f"{path.label}: {path.about}"), *_cost_and_level(comparer, path)) for path in paths
    )
    columns = ("Path", "Low", "Cost", "High", "Index", "Months behind", "to")
    title = "What a path costs a nonprofit, and the level it reaches"
    return Table(title, columns, rows)


def _cost_and_level(comparer: PathwayModel, path: Pathway) -> tuple[Cell, ...]:
    """Cost, index, and from how many to how many months behind; where it has no cost, none."""
    costing, level = comparer.cost(path, TYPICAL), comparer.level(path, TYPICAL)
    if isinstance(costing, str) or level is None:
        return (Cell("none"),) * 6
    fewest, _, most = interval_cells(comparer, level.months_behind, "count")
    index = Cell(_of(comparer, level.index), "count")
    return (*interval_cells(comparer, costing[0], "USD"), index, fewest, most)


def _of(comparer: PathwayModel, number: "Number") -> float:
    return comparer.draws.summary(number).median


def lever_table(before: Sequence[Row], after: Sequence[Row]) -> Table:
    """Whom the levers move, on which path: from one word to another."""
    rows = [
        (Cell(new_row.label), Cell(new.path.label), Cell(cell_word(old)), Cell(cell_word(new)))
        for old_row, new_row in zip(before, after, strict=False)
        for old, new in zip(old_row.cells, new_row.cells, strict=True)
        if old.word != new.word
    ]
    columns = ("Who", "Path", "Without", "With")
    return Table("What the levers change", columns, tuple(rows), texts=4, wraps=(0,))


SUMS = (1e6, 1e7, 1e8, 1e9, 1e10)
OBSERVED = 12.0
"""Index points from GPT-4 to GPT-4.5: 125 to 137 in our refit of Epoch AI's scores."""


def returns_tables(comparer: PathwayModel, rows: Sequence[Row]) -> list[Table]:
    """What ten times the money buys, the worked example, and the lag each actor's money buys."""
    behind = tuple(
        (
            Cell(row.label),
            Cell(bought.usd, "USD"),
            *interval_cells(comparer, bought.months_behind, "count"),
        )
        for row, bought in _own_returns(comparer, rows)
    )
    columns = ("Who", "Could spend", "Low", "Median", "High")
    title = "Months behind the frontier that an actor's own money buys"
    own = [Table(title, columns, behind)] if behind else []
    return [_bought_table(comparer), _example_table(comparer), *own]


def _own_returns(comparer: PathwayModel, rows: Sequence[Row]) -> list[tuple[Row, Returns]]:
    """Return what the money of each who has some buys."""
    spends = [(row, comparer.draws.summary(row.cells[0].available).median) for row in rows]
    able = [(row, money) for row, money in spends if money]
    bought = returns(comparer, [money for _, money in able])
    return list(zip([row for row, _ in able], bought, strict=True))


def _bought_table(comparer: PathwayModel) -> Table:
    rows = tuple(
        (
            Cell(bought.usd, "USD"),
            Cell(bought.flop, "FLOP"),
            Cell(f"{bought.loss:.3f}"),
            *interval_cells(comparer, bought.index, "count"),
            Cell(_of(comparer, bought.months_behind), "count"),
        )
        for bought in returns(comparer, SUMS)
    )
    columns = ("Money", "Compute", "Loss", "Low", "Index", "High", "Months behind")
    title = "What ten times the money buys, as a fast follower"
    return Table(title, columns, rows, texts=0, wraps=())


def _example_table(comparer: PathwayModel) -> Table:
    """GPT-4 to GPT-4.5: ten times the compute by most estimates, a hundred by a disputed one."""
    slope = comparer.draws.sample(comparer.catalogue.assumption("capability_per_decade"))
    cases: list[tuple[str, Number]] = [
        ("10 times the compute, as most estimate: by the trend", slope),
        ("100 times, a disputed figure: by the trend", 2 * slope),
        ("As observed, from 125 to 137", OBSERVED),
    ]
    rows = tuple((Cell(label), *interval_cells(comparer, x, "count")) for label, x in cases)
    return Table("From GPT-4 to GPT-4.5, index points", ("", "Low", "Median", "High"), rows)


# --- when -----------------------------------------------------------------------------------------


def when_tables(
    comparer: PathwayModel, rows: Sequence[Row], paths: Sequence[Pathway], years: Sequence[int]
) -> list[Table]:
    """The year of today's level, of that year's frontier, and of a past one; and a chart."""
    path = next((path for path in paths if path.frontier), paths[0])
    dated_rows = [(row, affordability_dates(comparer, row, path, years)) for row in rows]
    dates = tuple(
        (Cell(row.label), *(Cell(when_text(w[key])) for key in ("level", "frontier", "past")))
        for row, w in dated_rows
    )
    chart = tuple(
        (Cell(row.label), Cell(" ".join(map(sign, w["chances"])))) for row, w in dated_rows
    )
    past = f"Frontier of {forecast.PAST_YEARS:.0f} years before"
    return [
        Table(
            f"In which year: {path.label.lower()}",
            ("Who", "Today's level", "That year's frontier", past),
            dates,
            texts=4,
            wraps=(0, 1, 2, 3),
        ),
        Table(
            "Today's level by year: ● likely, ◐ toss-up, · not",
            ("Who", " ".join(f"{year % 100:02d}" for year in years)),
            tuple((who, Cell(str(line.value).replace(" ", "  "))) for who, line in chart),
            texts=2,
        ),
    ]


def when_text(when: "When") -> str:
    """A year with its interval, or never by the last year with its probability."""
    if when.median is None:
        chance = "" if when.never is None else f" ({100 * when.never:.0f}%)"
        return f"not by {forecast.LAST}{chance}"
    ends = [when.low, when.high]
    if when.low is None:
        return f"{when.median:.0f}"
    shown = "–".join("later" if end is None else f"{end:.0f}" for end in ends)
    return f"{when.median:.0f} ({shown})"


def sign(chance: float | None) -> str:
    """One sign for a probability."""
    return next(sign for least, sign in SIGNS if (chance or 0.0) >= least)


# --- notes ----------------------------------------------------------------------------------------


def _notes(table: PathwayTable) -> Iterable[Sentence]:
    comparer, paths = table.comparer, table.paths
    yield from question_notes(comparer.asked.question())
    if any(path.frontier for path in paths):
        yield [frontier_sentence(comparer)]
    if table.years:
        yield [f"Years follow trends; of the frontier, {growth_words(comparer)}."]
    for path in paths:
        costing = comparer.cost(path, TYPICAL)
        if isinstance(costing, str):
            yield [f"{path.label} is not possible: {costing}."]
    yield [
        "Users, demand, sites and links by category are judgements; most shares of budgets are "
        "too, so probabilities are as good as these."
    ]
    if table.of_kind:
        yield [MEDIANS]
    yield from uncounted(comparer.catalogue, comparer.date)
    yield [
        "Levels follow a line through 80 models (index, GPT-5 = 150) for a model trained now; open "
        "weights trail the frontier as Epoch AI found."
    ]
    spreads = {path.label.lower(): comparer.spread(path, TYPICAL) for path in paths}
    yield [old_shares(spreads, comparer.date)]
    yield [to_reproduce(comparer.drawn, comparer.date)]


def _document(
    table: PathwayTable, notes: Sequence[Sentence], shows_returns: bool
) -> dict[str, Any]:
    """Return who can afford which path, and when, as the document."""
    comparer, paths, years = table.comparer, table.paths, table.years
    path = next((path for path in paths if path.frontier), paths[0])
    return {
        **envelope(comparer.catalogue.edition, "compare"),
        "question": question_entries(comparer.asked.question()),
        "seed": comparer.draws.seed,
        "draws": comparer.draws.count,
        "paths": {
            **frontier_entries(comparer),
            "date": comparer.date,
            "levels": [_level(comparer, path) for path in paths],
            "actors": [_row(row) for row in table.rows],
            "without_levers": [_row(row) for row in table.before],
            "near_frontier": sorted(table.near.any_path),
            "near_frontier_without_open_weights": sorted(table.near.without_open),
            "counted": len(table.money),
            "top_five_money_share": top_share(table.money),
            "when": [_when(comparer, row, path, years) for row in table.rows] if years else [],
            "notes": [*plain(notes), *table.comparer.doubts],
            **({"returns": _returns(comparer, table.rows)} if shows_returns else {}),
        },
    }


def _returns(comparer: PathwayModel, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what sums of money buy, and what the money of each buys."""
    own = [
        {"actors": [actor.name for actor in row.actors], **_bought(comparer, bought)}
        for row, bought in _own_returns(comparer, rows)
    ]
    return {
        "sums": [_bought(comparer, bought) for bought in returns(comparer, SUMS)],
        "actors": own,
    }


def _bought(comparer: PathwayModel, one: Returns) -> dict[str, Any]:
    return {
        "usd": one.usd,
        "flop": one.flop,
        "loss": one.loss,
        "index": interval(comparer, one.index),
        "months_behind": interval(comparer, one.months_behind),
    }


def _level(comparer: PathwayModel, path: Pathway) -> dict[str, Any]:
    costing, level = comparer.cost(path, TYPICAL), comparer.level(path, TYPICAL)
    return {
        "path": path.name,
        "cost_usd": None if isinstance(costing, str) else interval(comparer, costing[0]),
        "index": interval(comparer, level.index) if level else None,
        "months_behind": interval(comparer, level.months_behind) if level else None,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "actors": [actor.name for actor in row.actors],
        "category": row.actors[0].category,
        "cells": [
            {
                "path": cell.path.name,
                "word": cell.word,
                "probability_affordable": cell.probability,
                "multiple": cell.multiple,
                "reason": cell.reason or None,
            }
            for cell in row.cells
        ],
    }


def _when(comparer: PathwayModel, row: Row, path: Pathway, years: Sequence[int]) -> dict[str, Any]:
    affordable = affordability_dates(comparer, row, path, years)
    dates = {
        key: {
            "low": affordable[key].low,
            "median": affordable[key].median,
            "high": affordable[key].high,
            "probability_never": affordable[key].never,
        }
        for key in ("level", "frontier", "past")
    }
    chances = dict(zip(map(str, years), affordable["chances"], strict=True))
    return {"actors": [actor.name for actor in row.actors], **dates, "probability_by_year": chances}
