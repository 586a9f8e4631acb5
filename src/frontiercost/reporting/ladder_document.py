"""The ladder as a document: rungs, and every actor on each."""

from collections.abc import Mapping, Sequence
from typing import Any

from frontiercost.analysis.ladder_rows import Row, RungCell
from frontiercost.analysis.ladder_table import CategoryRow, LadderTable
from frontiercost.analysis.outlook import top_share
from frontiercost.analysis.rungs import Rung
from frontiercost.catalogue.types import Actor, Level
from frontiercost.core.facts import Interval
from frontiercost.core.report import Sentence
from frontiercost.core.wording import interval, plain
from frontiercost.reporting.json_document import drawn_envelope
from frontiercost.reporting.outlook import when_entries


def document(table: LadderTable, notes: Sequence[Sentence], *, shows_done: bool) -> dict[str, Any]:
    """Return the ladder of a date with every catalogued actor, whatever the table shows."""
    ladder = table.ladder
    leader = ladder.history.leader
    return {
        **drawn_envelope(ladder.drawn, "compare", ladder.asked.question()),
        "ladder": {
            "date": ladder.date,
            "leader": (leader.model or leader.label) if leader else None,
            "rungs": [_rung(table, rung) for rung in table.rungs],
            "actors": [
                _actor(table, ladder.catalogue.actor(name), row)
                for name, row in table.everybody.items()
            ],
            "rows": [_row(table, row) for row in table.rows],
            **_levers(table),
            "categories": [_category(row) for row in table.categories],
            "counted": len(table.money),
            "top_five_money_share": top_share(table.money),
            "deeds": _deeds(table) if shows_done else [],
            "when": when_entries(table),
            "notes": [*plain(notes), *ladder.doubts],
        },
    }


def _levers(table: LadderTable) -> dict[str, Any]:
    """Return the levers with rungs and rows as they are without them."""
    if table.before is None:
        return {"levers": [], "rungs_without_levers": [], "without_levers": []}
    from frontiercost.reporting.levers import levers_entries, rungs_before

    rows = [_row(table.before, row) for row in table.before.rows]
    return {
        "levers": levers_entries(table),
        "rungs_without_levers": rungs_before(table),
        "without_levers": rows,
    }


def _rung(table: LadderTable, rung: Rung) -> dict[str, Any]:
    """Return what a rung is, for nobody in particular; `for_firms` where weights differ."""
    ladder, usual = table.ladder, table.ladder.usual(rung)
    choice, cost = ladder.choice(rung), ladder.usual_cost(rung)
    other = ladder.choice(rung, firm=True)
    differs = choice.model != other.model
    workload = cost.workload
    return {
        "rung": rung.name,
        "model": choice.model,
        "priced_as": choice.priced.name if choice.priced else None,
        "cost_usd": interval(ladder, cost.total),
        "once": rung.once,
        "people": usual.people.usual if rung.own_people else None,
        "members": ladder.costs.members(rung) if choice.exists else None,
        "project_years": interval(ladder, workload.project_years if workload else None),
        "command": ladder.costs.command(rung, usual) if choice.exists else None,
        **_level(table, rung, ladder.level(rung)),
        "control": rung.control,
        "reason": cost.reason or None,
        "sources": _sources(ladder.level(rung)),
        "for_firms": {"model": other.model, **_level(table, rung, ladder.level(rung, firm=True))}
        if differs
        else None,
    }


def _level(table: LadderTable, rung: Rung, level: Level | None) -> dict[str, Any]:
    """Return index and lag of a level; none where nobody can measure it."""
    months = table.ladder.history.months_behind(level) if level else None
    index = level.index if level else None
    ends = Interval(index.low, index.value, index.high) if index else None
    return {
        "index": ends._asdict() if ends else None,
        "months_behind": months._asdict() if months else None,
        "measured": level.measured if level else None,
    }


def _sources(level: Level | None) -> list[str]:
    return level.index.source.split(";") if level else []


def _actor(table: LadderTable, actor: Actor, row: Row) -> dict[str, Any]:
    """Return one with its cells, in its pool where it is in one, and as whom it is counted."""
    is_counted = _counts(table, actor)
    return {
        "actor": actor.name,
        "category": actor.category,
        "counted": is_counted,
        "counted_as": (actor.parent or actor.name) if is_counted else None,
        **_cells(table, row),
    }


def _counts(table: LadderTable, actor: Actor) -> bool:
    return any(actor.name == counted.name for counted in table.counted)


def _row(table: LadderTable, row: Row) -> dict[str, Any]:
    """Return one who is judged; of a category the median, under its own name."""
    names = [actor.name for actor in row.actors]
    label = row.actors[0].label if table.of_kind else row.label
    kind = row.actors[0].category if table.of_kind else None
    return {"label": label, "stands_for": kind, "actors": names, **_cells(table, row)}


def _cells(table: LadderTable, row: Row) -> dict[str, Any]:
    return {"cells": [_cell(table, cell) for cell in row.cells]}


def _cell(table: LadderTable, cell: RungCell) -> dict[str, Any]:
    return {
        "rung": cell.rung.name,
        "cost_usd": interval(table.ladder, cell.cost),
        "word": cell.word,
        "probability_affordable": cell.probability,
        "multiple": cell.multiple(table.ladder.draws),
        "binding": cell.binding(table.ladder.draws),
        "reason": cell.reason or None,
        "done": cell.done,
    }


def _category(row: CategoryRow) -> dict[str, Any]:
    shares: Mapping[str, float] = row.shares
    return {
        "category": row.name,
        "members": row.members,
        "cells": [
            {"rung": name, "share": share, "word": row.word(name), "done": row.done[name]}
            for name, share in shares.items()
        ],
    }


def _deeds(table: LadderTable) -> list[dict[str, Any]]:
    shown = {rung.name for rung in table.rungs}
    return [
        {
            "actor": deed.actor,
            "rung": deed.rung,
            "model": deed.model,
            "date": deed.date,
            "whose": deed.whose,
            "source": deed.source,
            "confidence": deed.confidence,
            "note": deed.note or None,
        }
        for deed in table.ladder.deeds
        if deed.rung in shown
    ]
