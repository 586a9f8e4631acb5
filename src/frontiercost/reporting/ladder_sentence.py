"""The sentence that answers: who leads, who could be on which rung, what a few can at what cost."""

from collections.abc import Sequence

from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.ladder_rows import Row, RungCell
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.rungs import Rung
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Sentence
from frontiercost.core.wording import ABLE, SHORT, capitalised, listed
from frontiercost.reporting.ladder_words import behind_words, without_date

MOSTLY = 0.5
"""The share of who could use or adapt that could do each, for one count to stand for both."""
DOING = {"use": "use", "adapt-small": "adapt a small one"}


def headline(table: LadderTable) -> Sentence:
    """Answer the essay in one sentence: how many could lead, rebuild or use, and who leads."""
    whole = {rung.name for rung in table.rungs} == table.ladder.every_rung.keys()
    parts = []
    if not table.of_kind:
        parts.append(_of_those_shown(table))
    elif table.ladder.history.leader or not whole:
        parts.append(_of_all(table, whole=whole))
    parts += [_who_leads(table.ladder) if whole else "", _of_another_date(table.ladder)]
    return [f"{capitalised('; '.join(filter(None, parts)))}."]


def _of_another_date(ladder: Ladder) -> str:
    """Say that a date is later than what is known."""
    if not ladder.knows_less:
        return ""
    edition = ladder.catalogue.edition["edition"]
    return f"nothing here is known after {edition}, so this is still its ladder (--years: trends)"


def _who_leads(ladder: Ladder) -> str:
    """Say who leads, and how far behind are open weights and what runs at home."""
    leader, rungs = ladder.history.leader, ladder.every_rung
    if leader is None:
        first = min(ladder.catalogue.levels, key=lambda level: level.date)
        return f"nobody leads yet: the first model here, {first.label}, is of {first.date}"
    name = without_date(leader.label)
    if not any(ladder.months_behind(rungs[name]) for name in ("run", "run-small")):
        home = "at home too" if ladder.level(rungs["run-small"]) else "and none run at home"
        return f"{name} leads, open weights are too weak to measure, {home}"
    weights = behind_words(ladder, rungs["run"], "open weights are", ends=True)
    behind = " behind" if ladder.months_behind(rungs["run"]) else ""
    home = behind_words(ladder, rungs["run-small"], "a home computer", unit="")
    return f"{name} leads, {weights}{behind}, {home}"


def _of_all(table: LadderTable, *, whole: bool) -> str:
    """Say how many of all actors could be on the rungs that are there, and how many have led."""
    there = [rung for rung in table.rungs if table.ladder.choice(rung).exists]
    if not there:
        return "nobody could be on it yet"
    shown = [rung for rung in there if rung.name in ("rebuild", "lead")] if whole else there
    parts = [_how_many(table, rung, perhaps=not whole or rung.name == "lead") for rung in shown]
    if whole:
        parts.reverse()
        if lowest := [rung.name for rung in there if rung.name in ("use", "adapt-small")]:
            parts.append(_use_or_adapt(table, lowest))
    first, *others = parts
    first = first.replace(" ", " could ", 1)
    counts = ", ".join((first, *others)) if whole else listed([first, *others])
    return f"of {len(table.money)} actors {counts}"


def _use_or_adapt(table: LadderTable, names: Sequence[str]) -> str:
    """Say how many could use what others made, or change it a little.

    Each apart where few of them could do the one: `or` would sound as if all could do both.
    """
    able = len(table.who_could(*names))
    each = {name: len(table.who_could(name)) for name in names}
    if min(each.values()) < MOSTLY * able:
        told = (f"{count or 'none'} {DOING[name]}" for name, count in each.items())
        return ", ".join(told)
    doing = listed([name.removesuffix("-small") for name in names], "or")
    return f"{'all' if able == len(table.money) else able} {doing}"


def _how_many(table: LadderTable, rung: Rung, *, perhaps: bool) -> str:
    """Say how many could be on a rung, how many perhaps, and how many have led."""
    able, open_to = len(table.who_could(rung.name)), len(table.who_might(rung.name))
    named = table.ladder.frontier_label if rung.choose == "leader" else ""
    beside = [f"{open_to} perhaps"] if perhaps and open_to else []
    have = len(table.who_have("lead"))  # of the first leaders no deed may be listed
    if rung.name == "lead" and not table.ladder.frontier and have:
        beside.append(f"{have} {'has' if have == 1 else 'have'} led")
    like = f" like {named}" if named else ""
    return f"{able} {rung.doing}{like}" + (f" ({'; '.join(beside)})" if beside else "")


def _of_those_shown(table: LadderTable) -> str:
    """Say how many of those shown could be on which rungs, the most first, each payer once."""
    everybody = {row.payer for row in table.rows}
    by_count: dict[int, list[str]] = {}
    for rung in table.rungs:
        able = {row.payer for row in table.rows if row.cell(rung.name).word in ABLE}
        by_count.setdefault(len(able), []).append(rung.doing)
    names = {len(everybody): "all", 0: "none"}
    parts = [
        f"{names.get(count, count)} could {listed(by_count[count], 'or' if not count else 'and')}"
        for count in sorted(by_count, reverse=True)
    ]
    once = ", each parent once," if len(everybody) < len(table.rows) else ""
    return f"of the {len(everybody)} judged{once} {listed(parts)}"


def of_few(table: LadderTable) -> Sentence:
    """Say of a few what they can, at what cost, and what they cannot."""
    told = [_told(table, row) for row in table.rows]
    return [f"{capitalised('; '.join(filter(None, (*told, _of_another_date(table.ladder)))))}."]


def _told(table: LadderTable, row: Row) -> str:
    """Return what one can in a sentence."""
    groups = (("can", ABLE), ("might", ("toss-up",)), ("cannot", ("unlikely", "no")))
    there = [cell for cell in row.cells if table.ladder.choice(cell.rung).exists]
    parts = []
    for verb, words in groups:
        cells = [cell for cell in there if cell.word in words]
        shown = [_chance(table, cell, verb) for cell in cells]
        if shown:
            parts.append(f"{verb} {listed(shown, 'or' if verb == 'cannot' else 'and')}")
    unknown = "" if parts else next((cell.reason for cell in row.cells), "")
    absent = [cell.rung.doing for cell in row.cells if cell not in there]
    yet = f", nobody could yet {listed(absent, 'or')}" if absent and parts else ""
    reasons = {cell.reason for cell in there}
    why = f": {min(reasons)}" if len(reasons) == 1 and all(reasons) and parts else ""
    return f"{row.label} {', '.join(parts) or unknown}{why}{yet}"


def _chance(table: LadderTable, cell: RungCell, verb: str) -> str:
    if verb == "cannot" or cell.cost is None:
        return cell.rung.doing
    period = "once" if cell.rung.once else "a year"
    cost = format_quantity(table.ladder.drawn.median(cell.cost), "USD", SHORT)
    return f"{cell.rung.doing} ({cost} {period})"
