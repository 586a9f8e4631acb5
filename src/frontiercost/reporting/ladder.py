"""The ladder in a sentence and tables: who could be on which rung, and who has been."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest

from frontiercost.analysis.ladder import Row, RungCell, is_year
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.rungs import Rung
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Chart, Report, Screen, Sentence, Table
from frontiercost.core.wording import ABLE, capitalised, listed, per_cent
from frontiercost.reporting.ladder_document import document
from frontiercost.reporting.ladder_words import cost_words, model_label, months_words, own_service
from frontiercost.reporting.notes import (
    last_line,
    old_shares,
    question_notes,
    to_reproduce,
    uncounted,
)
from frontiercost.reporting.outlook import chance_table, growth_words, returns_tables, when_tables

SYMBOLS = {"yes": "●", "likely": "●", "toss-up": "◐", "unlikely": "○", "no": "·", "unknown": "?"}
DONE = "✓"
LEGEND = "● likely ◐ toss-up\n○ unlikely · no"
FEW = 3
"""Rows that are told one by one, in words."""
SHORT = 2
"""Significant figures of a cost in the table that has to fit a screen."""
HEADS = {"run-small": "run\nsmall", "adapt-small": "adapt\nsmall", "rebuild": "re-\nbuild"}


def of_ladder(
    table: LadderTable,
    *,
    shows_returns: bool = False,
    shows_done: bool = False,
    is_whole: bool = True,
) -> Report:
    """Report who could be on which rung, what the levers change, who has, and when.

    Notes take as long as the table, so an answer that is not whole has none.
    """
    levers = [lever_table(table)] if table.before else []
    asked = [*levers, *([done_table(table)] if shows_done else [])]
    asked += when_tables(table) if table.years else []
    asked += returns_tables(table) if shows_returns else []
    few = not table.of_kind and len(table.rows) <= FEW
    usual = [row_table(table, row) for row in table.rows] if few else [symbol_table(table)]
    return Report(
        headline=_of_few(table) if few else _headline(table),
        tables=(*levers, *usual, *(t for t in asked if t not in levers)),
        asked=tuple(asked),
        notes=tuple(_notes(table)) if is_whole else (),
        document=lambda: document(
            table, list(_notes(table)), shows_returns=shows_returns, shows_done=shows_done
        ),
        screen=lambda: _screen(table, tuple(asked)),
        further=(*_to_look_at(table, few=few), level_table(table)),
        doubts=table.ladder.doubts,
    )


# --- the sentence ---------------------------------------------------------------------------------


def _headline(table: LadderTable) -> Sentence:
    """Answer the essay: who leads, what is open to all, how many could rebuild or lead."""
    names = {rung.name for rung in table.rungs}
    counted = len(table.money)
    if names < table.ladder.every_rung.keys():
        parts = [f"{len(table.who_could(r.name))} could {r.doing}" for r in table.rungs]
        return [f"Of {counted} actors {listed(parts)}."]
    leader, rungs = table.ladder.history.leader, table.ladder.every_rung
    everyone = len(table.who_could("use", "adapt-small"))
    who = "all" if everyone == counted else str(everyone)
    perhaps = len(table.who_could("lead", words=("toss-up",)))
    return [
        f"{leader.label if leader else 'Nobody that was measured'} leads. Open weights are "
        f"{months_words(table.ladder.months_behind(rungs['run']))} behind, a home computer "
        f"{months_words(table.ladder.months_behind(rungs['run-small']), ends=False, unit='')}. "
        f"Of {counted} actors {who} could use or adapt, {len(table.who_could('rebuild'))} "
        f"rebuild, {len(table.who_could('lead'))} lead ({perhaps} perhaps); "
        f"{len(table.who_have('lead'))} have led.",
    ]


def _of_few(table: LadderTable) -> Sentence:
    """Say of a few what they can, at what cost, and what they cannot."""
    pairs = zip_longest(table.rows, table.before)
    return [" ".join(_told(table, row, old) for row, old in pairs)]


def _told(table: LadderTable, row: Row, old: Row | None) -> str:
    """Return what one can in a sentence; where levers are pulled, with the word without them."""
    groups = (("can", ABLE), ("perhaps", ("toss-up",)), ("cannot", ("unlikely", "no")))
    before = {cell.rung.name: cell for cell in old.cells} if old else {}
    parts = []
    for verb, words in groups:
        cells = [cell for cell in row.cells if cell.word in words]
        shown = [_chance(table, cell, before.get(cell.rung.name), verb) for cell in cells]
        if shown:
            parts.append(f"{verb} {listed(shown, 'or' if verb == 'cannot' else 'and')}")
    unknown = "" if parts else next((cell.reason for cell in row.cells), "")
    return f"{capitalised(row.label)} {'; '.join(parts) or unknown}."


def _chance(table: LadderTable, cell: RungCell, old: RungCell | None, verb: str) -> str:
    without = f" (without the levers {cell_word(old)})" if old and old.word != cell.word else ""
    if verb == "cannot" or cell.cost is None:
        return f"{cell.rung.doing}{without}"
    period = "once" if cell.rung.once else "a year"
    cost = format_quantity(table.ladder.drawn.median(cell.cost), "USD")
    return f"{cell.rung.doing} ({cost} {period}){without}"


# --- tables ---------------------------------------------------------------------------------------


def symbol_table(table: LadderTable) -> Table:
    """A row for each category or actor, a symbol for each rung; rows that agree are one."""
    ladder, rungs = table.ladder, table.rungs
    behind = [months_words(ladder.months_behind(rung), ends=False, unit="") for rung in rungs]
    costs = [ladder.cost(rung, ladder.usual(rung)).total for rung in rungs]
    medians = [None if cost is None else ladder.drawn.median(cost) for cost in costs]
    above = [
        (Cell("Months behind"), *map(Cell, behind)),
        (Cell("Cost"), *(Cell(cost, "USD", figures=SHORT) for cost in medians)),
    ]
    body = _of_categories(table) if table.of_kind else _of_rows(table)
    columns = (LEGEND, *(HEADS.get(rung.name, rung.label.lower()) for rung in rungs))
    members = ", as expected of the members of a category" if table.of_kind else ""
    title = f"Who could be on which rung{members}"
    heat = Chart(kind="heat-map", values=tuple(range(1, len(columns))))
    return Table(title, columns, (*above, *body), bare=table.of_kind, chart=heat)


def _of_categories(table: LadderTable) -> list[tuple[Cell, ...]]:
    """Rows of categories; those that could the same are one, done by one of either's kind."""
    merged: dict[tuple[str, ...], list[int]] = {}
    for place, kind in enumerate(table.categories):
        symbols = tuple(SYMBOLS[kind.word(rung.name)] for rung in table.rungs)
        merged.setdefault(symbols, []).append(place)
    rows = []
    for places in merged.values():
        kinds = [table.categories[place] for place in places]
        cells = [
            _symbol(kinds[0].word(rung.name), done=any(kind.done[rung.name] for kind in kinds))
            for rung in table.rungs
        ]
        rows.append((Cell(capitalised(", ".join(kind.short for kind in kinds))), *cells))
    return rows


def _of_rows(table: LadderTable) -> list[tuple[Cell, ...]]:
    return [
        (Cell(row.label), *(_symbol(cell.word, done=cell.done) for cell in row.cells))
        for row in table.rows
    ]


def _symbol(word: str, *, done: bool) -> Cell:
    return Cell(f"{SYMBOLS[word]} {DONE if done else ' '}", tone=word)


def row_table(table: LadderTable, row: Row) -> Table:
    """One row in words: each rung with its model, what it costs and what could be spent."""
    firm = bool(row.actors) and table.ladder.profiles.of(row.actors[0]).firm
    body = tuple(
        (
            Cell(cell.rung.label),
            Cell(model_label(table.ladder, cell.rung, firm=firm)),
            Cell(months_words(table.ladder.months_behind(cell.rung, firm=firm), unit="")),
            Cell(cost_words(table.ladder, cell)),
            Cell(cell_word(cell), tone=cell.word),
            Cell(cell.multiple(table.ladder.draws), "x"),
            Cell("yes" if cell.done else ""),
        )
        for cell in row.cells
    )
    columns = ("Rung", "Model", "Behind", "Cost", "Verdict", "Cost/purse", "Done")
    return Table(row.label, columns, body, texts=5, wraps=(1,))


def cell_word(cell: RungCell) -> str:
    """The word with its probability in per cent."""
    if cell.probability is None or cell.cost is None:
        return cell.word
    return f"{cell.word} {per_cent(cell.probability)}"


def level_table(table: LadderTable) -> Table:
    """Each rung: its model, what it is, its level, how far behind, its cost and its sources."""
    return Table(
        "The rungs",
        ("Rung", "Control", "Model", "Index", "Months behind", "Low", "Cost", "High", "Sources"),
        tuple(_level_row(table, rung) for rung in table.rungs),
        texts=3,
        wraps=(0, 2, 8),
    )


def _level_row(table: LadderTable, rung: Rung) -> tuple[Cell, ...]:
    ladder = table.ladder
    level, cost = ladder.level(rung), ladder.cost(rung, ladder.usual(rung)).total
    ends = (None,) * 3 if cost is None else ladder.draws.summary(cost)
    return (
        Cell(f"{rung.label}: {rung.about}"),
        Cell(rung.control),
        Cell(model_label(ladder, rung)),
        Cell(level.index.value if level else None, "count"),
        Cell(months_words(ladder.months_behind(rung), unit="")),
        *(Cell(end, "USD") for end in ends),
        Cell(level.index.source if level else ""),
    )


def lever_table(table: LadderTable) -> Table:
    """Whom the levers move, on which rung: from one word to another."""
    rows = [
        (Cell(new_row.label), Cell(new.rung.label), Cell(cell_word(old)), Cell(cell_word(new)))
        for old_row, new_row in zip(table.before, table.rows, strict=False)
        for old, new in zip(old_row.cells, new_row.cells, strict=True)
        if old.word != new.word
    ]
    columns = ("Who", "Rung", "Without", "With")
    return Table("What the levers change", columns, tuple(rows), texts=4, wraps=(0,))


def done_table(table: LadderTable) -> Table:
    """Who has done it by the date, where it is known from, and how well."""
    labels = {actor.name: actor.label for actor in table.ladder.catalogue.actors.values()}
    shown = {rung.name: rung.label for rung in table.rungs}
    rows = tuple(
        (
            Cell(shown[deed.rung]),
            Cell(deed.date),
            Cell(labels[deed.actor] if deed.whose == "itself" else f"like {labels[deed.actor]}"),
            Cell(f"{deed.model}{': ' if deed.note else ''}{deed.note}"),
            Cell(f"{deed.source}, {deed.confidence}"),
        )
        for deed in table.ladder.deeds
        if deed.rung in shown
    )
    title = f"Who has done it by {table.ladder.date}"
    return Table(title, ("Rung", "Date", "Who", "What", "Source"), rows, texts=5, wraps=(2, 3, 4))


def _screen(table: LadderTable, asked: tuple[Table, ...]) -> Screen:
    """Return one by rung in words, more as symbols; the legend of rungs where there is room."""
    last = last_line(table.ladder.drawn, "--done who has")
    if len(table.rows) == 1 and not table.of_kind:
        return Screen((replace(row_table(table, table.rows[0]), bare=True),), (), last)
    shown = replace(symbol_table(table), bare=True)
    return Screen((shown,), () if asked else (_rungs_point(table),), last)


def _to_look_at(table: LadderTable, *, few: bool) -> list[Table]:
    """Tables that words stand for in a terminal."""
    symbols = [symbol_table(table)] if few else []
    return [*symbols, *([chance_table(table)] if table.years else [])]


# --- notes ----------------------------------------------------------------------------------------


def _rungs_point(table: LadderTable) -> tuple[str, str]:
    """What must be said below a table of symbols: models and marks."""
    models = []
    for rung in table.rungs:
        label = model_label(table.ladder, rung)
        other = model_label(table.ladder, rung, firm=True)
        models.append(label if label == other else f"{label} (firms {other})")
    return "Rungs", f"{'; '.join(models)}; {DONE} done"


def _notes(table: LadderTable) -> Iterable[Sentence]:
    ladder = table.ladder
    yield from question_notes(ladder.asked.question())
    lead = ladder.every_rung["lead"]
    choice = ladder.choice(lead)
    if choice.level and choice.priced and choice.priced.name != choice.level.model:
        yield [
            f"The compute of {choice.level.label} is not known; to lead is priced as the largest "
            f"run that is: {choice.priced.label}."
        ]
    if is_year(ladder.frontier):
        yield [f"Leading is that of {ladder.frontier}, grown by trend: {growth_words(ladder)}."]
    elif table.years:
        yield [f"Years follow trends; of the frontier, {growth_words(ladder)}."]
    yield from _not_possible(table)
    yield from own_service(table)
    yield [
        "Levels are Epoch AI's capability index, of one vintage; months behind count since some "
        "model first stood strictly above. Public benchmarks flatter open models, and labs keep "
        "their best; adapting does not raise the index."
    ]
    yield [
        "People and how many of them ask are judged by category, and so are most shares of "
        "budgets: probabilities are as good as these."
    ]
    yield from uncounted(ladder.catalogue, ladder.date)
    spreads = {rung.label.lower(): ladder.spread(rung) for rung in table.rungs}
    yield [old_shares(spreads, ladder.date)]
    yield [to_reproduce(ladder.drawn, ladder.date)]


def _not_possible(table: LadderTable) -> Iterable[Sentence]:
    for rung in table.rungs:
        cost = table.ladder.cost(rung, table.ladder.usual(rung))
        if cost.total is None:
            yield [f"{rung.label} is not possible: {cost.reason}."]
