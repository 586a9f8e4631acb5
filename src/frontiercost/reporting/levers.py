"""What levers change over the whole ladder: levels, costs and who could, before and after."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.ladder_rows import Row, RungCell
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.levers import KEYS, Levers, idle
from frontiercost.analysis.rungs import Rung
from frontiercost.catalogue.export_rules import EXPORT_RULES
from frontiercost.core.facts import Draws
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Chart, Later, Report, Screen, Sentence, Table
from frontiercost.core.wording import (
    ABLE,
    SHORT,
    capitalised,
    first_of,
    interval,
    listed,
    months_words,
    per_cent,
    share_cell,
)
from frontiercost.reporting.ladder_words import FEW, LEGEND, SYMBOLS, rung_columns, shown_costs
from frontiercost.reporting.notes import environment_points, last_line
from frontiercost.stages.verdict_words import word_or_near

MOST_ROWS = 6
"""Rows of those who change on a screen: those that change most; all of them where it scrolls."""
NAMED = 48
"""Columns of the names of those who change alike."""
BEFORE_AND_AFTER = Chart(kind="ranges", low=1, high=2)


def with_levers(report: Report, table: LadderTable, asked: Sequence[Table]) -> Report:
    """Return the report of a ladder with what the levers change in place of the ladder itself."""
    return replace(
        report,
        headline=headline(table),
        tables=Later(lambda: (levers_table(table), *report.tables)),
        asked=Later(lambda: (*asked, _short_table(table))) if asked else (),
        further=Later(lambda: (*_further(table), *report.further)),
        screen=lambda: _screen(table, alone=not asked),
    )


def _screen(table: LadderTable, *, alone: bool) -> Screen:
    """Return who changes most, and how many more change."""
    shown = _short_table(table)
    left = len(levers_table(table).rows) - len(shown.rows)
    asked = table.ladder.asked
    return Screen(
        (shown,),
        tuple(environment_points(asked.question(), asked.ignored)),
        notes=(f"Rows: who changes most; {left} more: --more.",) if left and alone else (),
        last=last_line(table.ladder.drawn),
    )


def _short_table(table: LadderTable) -> Table:
    return levers_table(table, MOST_ROWS)


def _further(table: LadderTable) -> Iterator[Table]:
    """Yield what levers change in numbers."""
    yield _counts_table(table) if table.of_kind else _chances_table(table)


# --- words ----------------------------------------------------------------------------------------


def lever_words(levers: Levers) -> dict[str, str]:
    """Each lever that is pulled, in words, by its key."""
    lent, rule = levers.free_chips, EXPORT_RULES.get(levers.export_rule)
    free = "open weights free for every use" if levers.open_weights == "free" else "no open weights"
    words = {
        "grant": levers.grant and f"a grant of {format_quantity(levers.grant.value, 'USD')}",
        "pool": f"a pool of {listed([actor.label for actor in levers.pool])}",
        "subsidy": levers.subsidy and f"a subsidy of {format_quantity(levers.subsidy.value, '%')}",
        "free_chips": lent and f"{lent.count:,.0f} {lent.chip.name} lent for a year",
        "open_weights": free,
        "export_rule": rule and f"an export rule that cuts {rule.about}",
    }
    return {key: str(words[key]) for key in KEYS if getattr(levers, key)}


def _both(table: LadderTable) -> tuple[LadderTable, LadderTable]:
    """The ladder without the levers, and with them."""
    assert table.before is not None
    return table.before, table


def headline(table: LadderTable) -> Sentence:
    """Say whom the levers move to which rung, which levels follow, and which lever does nothing."""
    words, without = lever_words(table.ladder.levers), _idle(table)
    said = [f"{words[key]} changes nothing: no cost, no money, no level" for key in without]
    if pulled := [text for key, text in words.items() if key not in without]:
        few = not table.of_kind and len(table.rows) <= FEW
        moved = [*(_rows_moved(table) if few else _moved(table)), *_levels_moved(table)]
        what = "; ".join(moved) or "no word changes on any rung"
        said.insert(0, f"With {listed(pulled)}: {what}")
    return [capitalised("; ".join(said)), "."]


def _idle(table: LadderTable) -> list[str]:
    before, after = _both(table)
    return list(idle(before.ladder, after.ladder, table.rungs))


def _moved(table: LadderTable) -> Iterator[str]:
    """Say of which rungs more or fewer could."""
    pairs = zip(table.rungs, *_counts(table), strict=True)
    moved = [f"{now} ({then}) {rung.doing}" for rung, then, now in pairs if then != now]
    if moved:
        said = listed(moved).replace("(", "(before ", 1).replace(")", ") could", 1)
        yield f"of {len(_everybody(table))}, {said}"


def _everybody(table: LadderTable) -> Collection[str]:
    """Return who is counted: all, or those who are shown, each payer once."""
    return table.money if table.of_kind else {row.payer for row in table.rows}


def _counts(table: LadderTable) -> list[list[int]]:
    """How many could be on each rung, before and after."""
    return [[len(_able(each, rung)) for rung in table.rungs] for each in _both(table)]


def _able(table: LadderTable, rung: Rung) -> Collection[str]:
    if table.of_kind:
        return table.who_could(rung.name)
    return {row.payer for row in table.rows if row.cell(rung.name).word in ABLE}


def _levels_moved(table: LadderTable) -> Iterator[str]:
    """Say how many months the levels that follow are behind."""
    if moved := list(_months_moved(table)):
        yield f"months behind: {listed(moved)}"


def _months_moved(table: LadderTable) -> Iterator[str]:
    for rung in table.rungs:
        then, now = (each.ladder.months_behind(rung) for each in _both(table))
        if then != now:
            old, new = (months_words(months, ends=False, unit="") for months in (then, now))
            yield f"{rung.label.lower()} {new} ({old})"


def _rows(table: LadderTable) -> Iterator[tuple[Row, Row]]:
    """Each who is shown, before and after."""
    return zip(*(each.rows for each in _both(table)), strict=True)


def _rows_moved(table: LadderTable) -> Iterator[str]:
    """Say of each who is shown where its word changes."""
    draws = table.ladder.draws
    for then, now in _rows(table):
        changes = [
            f"{new.rung.doing} from {_told(old, draws)} to {_told(new, draws)}"
            for old, new in zip(then.cells, now.cells, strict=True)
            if old.word != new.word
        ]
        if changes:
            yield f"{now.label}: {', '.join(changes)}"


def _told(cell: RungCell, draws: Draws) -> str:
    return word_or_near(cell.word, cell.probability, draws)


# --- the table ------------------------------------------------------------------------------------


def levers_table(table: LadderTable, most: int | None = None) -> Table:
    """Each rung before and after: months behind, cost, how many could; then whose word changes."""
    rows = [
        *_pair(table, "Months behind", _months),
        *_costs(table),
    ]
    few = not table.of_kind and len(table.rows) <= FEW
    if few:
        rows += [_row(then, now) for then, now in _rows(table)]
    else:
        counts = [[Cell(f"{count}") for count in of_rungs] for of_rungs in _counts(table)]
        rows += _before_and_after(f"Could, of {len(_everybody(table))}", *counts)
        rows += _changed(table, most)
    columns = rung_columns(table, "" if few else LEGEND)
    return Table("What the levers change", columns, tuple(rows), bare=True)


def _pair(
    table: LadderTable, label: str, cell: Callable[[Ladder, Rung], Cell]
) -> list[tuple[Cell, ...]]:
    then, now = ([cell(each.ladder, rung) for rung in table.rungs] for each in _both(table))
    return _before_and_after(label, then, now)


def _before_and_after(
    label: str, then: Sequence[Cell], now: Sequence[Cell]
) -> list[tuple[Cell, ...]]:
    """Return a row of what was, and one of what differs, where anything does."""
    changed = [Cell("") if old == new else new for old, new in zip(then, now, strict=True)]
    first: tuple[Cell, ...] = (Cell(label), *then)
    return [first, (Cell("  after"), *changed)] if any(c.value != "" for c in changed) else [first]


def _months(ladder: Ladder, rung: Rung) -> Cell:
    return Cell(months_words(ladder.months_behind(rung), ends=False, unit=""))


def _costs(table: LadderTable) -> Iterator[tuple[Cell, ...]]:
    """What each rung costs, before and after; of those who are named from the least to the most."""
    then, now = (dict(shown_costs(each)) for each in _both(table))
    if then.keys() != now.keys():  # alike before or after: then both ends are the same
        then, now = (_ends(costs) for costs in (then, now))
    for label, costs in then.items():
        yield from _before_and_after(label, [*map(_cost, costs)], [*map(_cost, now[label])])


def _ends(costs: Mapping[str, list[float | None]]) -> dict[str, list[float | None]]:
    first, *_, last = [*costs.values(), *costs.values()]
    return {"Cost, from": first, "  to": last}


def _cost(usd: float | None) -> Cell:
    return Cell("-" if usd is None else format_quantity(usd, "USD", SHORT))


def _changed(table: LadderTable, most: int | None) -> list[tuple[Cell, ...]]:
    """Rows of those who change anywhere, so many; those that change alike are one."""
    merged: dict[tuple[Cell, ...], list[str]] = {}
    for name, words in _words(table):
        cells = tuple(_change(then, now) for then, now in words)
        if any(cell.value for cell in cells):
            merged.setdefault(cells, []).append(name)
    rows = [(Cell(_names(names)), *cells) for cells, names in merged.items()]
    shown = sorted(rows, key=lambda row: sum(cell.value != "" for cell in row), reverse=True)[:most]
    return [row for row in rows if row in shown]


def _words(table: LadderTable) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each kind, or each who is shown, with its words before and after."""
    before, after = _both(table)
    if table.of_kind:
        for kind, then in zip(after.categories, before.categories, strict=True):
            yield kind.short, [(then.word(r.name), kind.word(r.name)) for r in after.rungs]
        return
    for old, new in _rows(table):
        yield new.label, [(x.word, y.word) for x, y in zip(old.cells, new.cells, strict=True)]


def _names(names: Sequence[str]) -> str:
    """Return those who change alike, the first by name."""
    return capitalised(first_of(names, NAMED))


def _change(old: str, new: str) -> Cell:
    """The symbols before and after; nothing where they are the same."""
    if SYMBOLS[old] == SYMBOLS[new]:
        return Cell("")
    return Cell(f"{SYMBOLS[old]}→{SYMBOLS[new]}", tone=new)


def _row(then: Row, now: Row) -> tuple[Cell, ...]:
    """The chances of one who is shown, before and after."""
    cells = []
    for old, new in zip(then.cells, now.cells, strict=True):
        chances = [
            cell.word if cell.probability is None else per_cent(cell.probability).rstrip("%")
            for cell in (old, new)
        ]
        same = chances[0] == chances[1]
        cells.append(Cell(f"{chances[1] if same else '→'.join(chances)}%", tone=new.word))
    return (Cell(now.label), *cells)


def _counts_table(table: LadderTable) -> Table:
    """How many could be on each rung, before and after: a bar from one to the other."""
    rows = tuple(
        (Cell(rung.label), *(Cell(float(count), "count") for count in counts))
        for rung, *counts in zip(table.rungs, *_counts(table), strict=True)
    )
    title = f"How many of {len(table.money)} could, before and after"
    return Table(title, ("Rung", "Before", "After"), rows, chart=BEFORE_AND_AFTER)


def _chances_table(table: LadderTable) -> Table:
    """The chances of those who are shown that change, before and after."""
    pairs = [
        (row.label, old, new)
        for then, row in _rows(table)
        for old, new in zip(then.cells, row.cells, strict=True)
        if old.probability != new.probability
    ]
    rows = tuple(
        (
            Cell(f"{label}: {new.rung.doing}"),
            share_cell(old.probability),
            share_cell(new.probability),
        )
        for label, old, new in pairs
    )
    title = "Chances that change, before and after"
    return Table(title, ("Who", "Before", "After"), rows, chart=BEFORE_AND_AFTER if rows else None)


# --- the document ---------------------------------------------------------------------------------


def levers_entries(table: LadderTable) -> list[dict[str, Any]]:
    """Return each lever that is pulled, in words, and whether it changes anything."""
    without = _idle(table)
    words = lever_words(table.ladder.levers).items()
    return [{"lever": key, "words": said, "has_effect": key not in without} for key, said in words]


def rungs_before(table: LadderTable) -> list[dict[str, Any]]:
    """Return each rung without the levers: its model, how far behind, what it costs."""
    ladder = _both(table)[0].ladder
    entries = []
    for rung in table.rungs:
        months = ladder.months_behind(rung)
        entries.append(
            {
                "rung": rung.name,
                "model": ladder.choice(rung).model,
                "months_behind": months._asdict() if months else None,
                "cost_usd": interval(ladder, ladder.usual_cost(rung).total),
            }
        )
    return entries
