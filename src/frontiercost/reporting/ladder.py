"""The ladder in a sentence and tables: who could be on which rung, and who has been."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from frontiercost.analysis.ladder_rows import Row
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.outlook import affordability_dates
from frontiercost.analysis.rungs import Rung
from frontiercost.core.report import Cell, Chart, Later, Report, Screen, Table
from frontiercost.core.wording import ABLE, SHORT, capitalised, listed, months_words, plain
from frontiercost.reporting.ladder_document import document
from frontiercost.reporting.ladder_notes import notes, paid_for, question_shown, short_notes
from frontiercost.reporting.ladder_sentence import headline, of_few
from frontiercost.reporting.ladder_words import (
    FEW,
    LEGEND,
    SCREEN,
    SYMBOLS,
    cell_word,
    cost_words,
    lines_of,
    model_label,
    multiple_words,
    rung_columns,
    shown_costs,
)
from frontiercost.reporting.notes import environment_points, last_line
from frontiercost.reporting.outlook import (
    all_growth_words,
    chance_table,
    when_tables,
    when_text,
    years_sentence,
)

MOST_ABLE = 2
"""Rungs that are named beside those asked about: the dearest that there is money for."""
HEAD_AND_LAST, LABEL = 4, 24
"""Lines of a screen that are the table's head and the last one; the width of who could."""
DONE, DONE_BY_SOME = "✓", "*"
"""Who is in a row has done it; of several kinds in one row, some have."""


def of_ladder(
    table: LadderTable, *, shows_done: bool = False, explain: bool = False, is_whole: bool = True
) -> Report:
    """Report who could be on which rung, or what levers change of it, who has, when, and why.

    Notes take as long as the table, so what fits a screen has none but its own.
    """
    asked = [done_table(table)] if shows_done else []
    asked += _years(table, is_whole=is_whole) if table.years else []
    asked += _explained(table) if explain else []
    report = Report(
        headline=[],
        tables=tuple(asked),
        asked=tuple(asked),
        question=tuple(question_shown(table, everything=is_whole)),
        notes=tuple(notes(table)) if is_whole else (),
        document=lambda: document(table, list(notes(table)), shows_done=shows_done),
        further=Later(lambda: _further(table, explain=explain)),
        doubts=table.ladder.doubts,
    )
    if table.before:
        from frontiercost.reporting.levers import with_levers

        return with_levers(report, table, asked)
    few = _few(table)
    usual = [row_table(table, row) for row in table.rows] if few else [symbol_table(table)]
    said = of_few(table) if few else headline(table)
    return replace(
        report,
        headline=[years_sentence(table)] if table.years and not is_whole else said,
        tables=(*usual, *asked),
        screen=None if explain else lambda: _screen(table, asked, "".join(map(str, said))),
    )


def _years(table: LadderTable, *, is_whole: bool) -> list[Table]:
    """Return the tables of years: on a screen one, which needs no title."""
    dates, chances = when_tables(table)
    return [dates, chances] if is_whole else [replace(dates, title="", bare=True)]


def _few(table: LadderTable) -> bool:
    return not table.of_kind and len(table.rows) <= FEW


def _explained(table: LadderTable) -> list[Table]:
    from frontiercost.reporting.ladder_explained import explained_tables

    return explained_tables(table)


def symbol_table(table: LadderTable) -> Table:
    """A row for each category or actor, a symbol for each rung; rows that agree are one."""
    ladder, rungs = table.ladder, table.rungs
    behind = [
        months_words(ladder.months_behind(rung), ends=False, unit="")
        if ladder.level(rung)
        else None
        for rung in rungs
    ]
    above = [
        (Cell("Months behind"), *map(Cell, behind)),
        *(
            (Cell(label), *(Cell(cost, "USD", figures=SHORT) for cost in costs))
            for label, costs in shown_costs(table)
        ),
    ]
    body = _of_categories(table) if table.of_kind else _of_rows(table)
    some = any(DONE_BY_SOME in str(cell.value) for row in body for cell in row[1:])
    columns = rung_columns(table, _legend(by_some=some))
    members = ", as expected of the members of a category" if table.of_kind else ""
    title = f"Who could be on which rung{members}"
    heat = Chart(kind="heat-map", values=tuple(range(1, len(columns))))
    return Table(title, columns, (*above, *body), bare=table.of_kind, chart=heat)


def _legend(*, by_some: bool) -> str:
    """The legend of the symbols with that of the marks."""
    if not by_some:
        return f"{LEGEND} {DONE} done"
    first, second = LEGEND.splitlines()
    return f"{first} {DONE}did\n{second} {DONE_BY_SOME}some"


def _of_categories(table: LadderTable) -> list[tuple[Cell, ...]]:
    """Rows of categories; those that could the same are one, marked by what each kind has done."""
    merged: dict[tuple[str, ...], list[int]] = {}
    for place, kind in enumerate(table.categories):
        symbols = tuple(SYMBOLS[kind.word(rung.name)] for rung in table.rungs)
        merged.setdefault(symbols, []).append(place)
    rows = []
    for places in merged.values():
        kinds = [table.categories[place] for place in places]
        cells = [
            _symbol(kinds[0].word(rung.name), *(kind.done[rung.name] for kind in kinds))
            for rung in table.rungs
        ]
        rows.append((Cell(capitalised(", ".join(kind.short for kind in kinds))), *cells))
    return rows


def _of_rows(table: LadderTable) -> list[tuple[Cell, ...]]:
    return [
        (Cell(row.label), *(_symbol(cell.word, cell.done) for cell in row.cells))
        for row in table.rows
    ]


def _symbol(word: str, *done: bool) -> Cell:
    mark = DONE if all(done) else DONE_BY_SOME if any(done) else " "
    return Cell(f"{SYMBOLS[word]} {mark}", tone=word)


def row_table(table: LadderTable, row: Row) -> Table:
    """One row in words: each rung with its model, what it costs and what could be spent."""
    firm = bool(row.actors) and table.ladder.profiles.of(row.actors[0]).firm
    body = tuple(
        (
            Cell(cell.rung.label),
            Cell(model_label(table.ladder, cell.rung, firm=firm)),
            Cell(months_words(table.ladder.months_behind(cell.rung, firm=firm), unit="")),
            Cell(cost_words(table.ladder, cell)),
            Cell(cell_word(cell, table.ladder.draws), tone=cell.word),
            Cell(multiple_words(cell, table.ladder.draws)),
            Cell("yes" if cell.done else ""),
        )
        for cell in row.cells
    )
    columns = ("Rung", "Model", "Behind", "Cost", "Verdict", "Cost/\npurse", "Done")
    return Table(row.label, columns, body, texts=5, wraps=(1, 4), last=(4,))


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
    level, cost = ladder.level(rung), ladder.usual_cost(rung).total
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


def _screen(table: LadderTable, asked: Sequence[Table], sentence: str) -> Screen:
    """Return one by rung in words, more as symbols; the legend of rungs where there is room."""
    last = last_line(table.ladder.drawn, "--done who has")
    asked_with = table.ladder.asked
    points = tuple(environment_points(asked_with.question(), asked_with.ignored))
    if len(table.rows) == 1 and not table.of_kind:
        growth = (all_growth_words(table.ladder),) if table.years else ()
        said = (*growth, *plain(paid_for(table)))
        by_rung = replace(row_table(table, table.rows[0]), bare=True)
        points = (*_would_fit(table, table.rows[0]), *points)
        return Screen((by_rung,), points, notes=said, last=last)
    shown = replace(symbol_table(table), bare=True)
    if table.years:
        return Screen((shown,), points, notes=(all_growth_words(table.ladder),), last=last)
    if asked:
        return Screen((shown,), points, last=last)
    around = lines_of(sentence) + len(points) + HEAD_AND_LAST
    rows = sum(lines_of(str(row[0].value), LABEL) for row in shown.rows)
    room = SCREEN - around - rows
    return Screen((shown,), points, notes=tuple(short_notes(table, room)), last=last)


def _would_fit(table: LadderTable, row: Row) -> Iterator[tuple[str, str]]:
    """Say what money that is too little for the rungs asked about is enough for, now and later."""
    from frontiercost.analysis.fitting import EVEN

    ladder = table.ladder
    short = [c for c in row.cells if c.probability is not None and c.probability < EVEN]
    others = [rung for rung in ladder.every_rung.values() if rung not in table.rungs]
    if not short or not others:
        return
    funds = None if row.actors else ladder.asked.funds()
    cells = (ladder.purse_row(funds, others) if funds else ladder.row(row.actors, others)).cells
    able = [
        (ladder.drawn.median(c.cost), c) for c in cells if c.word in ABLE and c.cost is not None
    ]
    ranked = sorted(able, key=lambda pair: -pair[0])[:MOST_ABLE]
    now = [f"{cell.rung.doing} ({cost_words(ladder, cell)})" for _, cell in ranked]
    level = affordability_dates(ladder, short[0], ())["level"]
    later = f"{short[0].rung.doing} at today's level by trend: {when_text(level)}"
    yield "Would fit", "; ".join(filter(None, (listed(now), later)))


def _further(table: LadderTable, *, explain: bool) -> Iterator[Table]:
    """Yield tables that words stand for in a terminal, and the levels where nothing says them."""
    if _few(table):
        yield symbol_table(table)
    if table.years:
        yield chance_table(table)
    if not explain:
        yield level_table(table)
