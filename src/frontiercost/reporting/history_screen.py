"""Then and now as a screen tells it: the sentence, the table of dates, and the note below it."""

import re
from collections.abc import Callable, Collection, Sequence

from frontiercost.analysis.moments import SHOWN, TARGETS, Could, Shown, ShownHistory, ShownMoment
from frontiercost.core.report import Cell, Report, Sentence, Table
from frontiercost.core.wording import SHORT, months_words

LONGEST_NAME = 9


def of_kept(history: ShownHistory) -> Report:
    """Report what fits a screen of moments that are kept: nothing else is known of them."""
    table = moments_table(history, history.moments)
    return Report(headline(history), (table,), (short_note(history),), dict)


def target_label(history: ShownHistory, target: str) -> str:
    """The model of a fixed level as people call it."""
    label = history.catalogue.model(target).label
    return label.split()[0]


# --- the sentence ---------------------------------------------------------------------------------


def headline(history: ShownHistory) -> Sentence:
    """Say both: how a fixed level fell, and how leading rose."""
    target = history.target
    level, lead = (history.times(name) for name in (target or "lead", "lead"))
    if target is None or level is None or lead is None:
        now = history.now.shown("lead")
        cost = Cell(now.cost, "USD", figures=SHORT)
        return [f"{now.label} leads at {history.now.date}; to lead costs ", cost, "."]
    then, now = (moment.shown(target) for moment in (history.since, history.now))
    could = now.could or Could(0, 0, 0)
    return [
        f"Levels spread, the lead does not: on {history.basis}, "
        f"{target_label(history, target)}'s level costs ",
        Cell(1 / level, "x", figures=SHORT),
        f" less than in {history.since.date} ({could.likely} of {could.there} could make it, "
        f"{_then_words(then.could)}); to lead costs ",
        Cell(lead, "x", figures=SHORT),
        " more.",
    ]


def _then_words(could: Could | None) -> str:
    """How many could then: those who perhaps could, where nobody could likely."""
    if could and not could.likely and could.perhaps:
        return f"{could.perhaps} perhaps then"
    return f"{could.likely if could else 0} then"


# --- the table ------------------------------------------------------------------------------------


def moments_table(
    history: ShownHistory, moments: Sequence[ShownMoment], only: Collection[str] = SHOWN
) -> Table:
    """A row for each question about some rungs, a column for each of some dates."""
    rows: list[tuple[str, str, Callable[[Shown], Cell]]] = [
        ("Leader", "lead", _name),
        ("  to lead", "lead", cost_cell),
        ("  could", "lead", could_cell),
        ("Open weights", "run", _name),
        ("  months behind", "run", _behind),
        ("  to rebuild", "rebuild", cost_cell),
        ("  could", "rebuild", could_cell),
        ("  to adapt", "adapt", cost_cell),
        ("  could", "adapt", could_cell),
        ("At home, behind", "run-small", _median_behind),
        ("Use it, a year", "use", cost_cell),
    ]
    for target in TARGETS:
        label = f"{target_label(history, target)}'s level"
        rows += [(label, target, cost_cell), ("  could", target, could_cell)]
    body = tuple(
        (Cell(label), *(cell(moment.shown(name)) for moment in moments))
        for label, name, cell in rows
        if name in only
    )
    columns = (f"On {history.basis}", *(moment.date for moment in moments))
    return Table("Then and now", columns, body, bare=True)


def _name(shown: Shown) -> Cell:
    """The model of a rung by as many words of its name as a column holds."""
    name = shown.label
    while len(name) > LONGEST_NAME and (shorter := re.sub(r"[ -][^ -]*$", "", name)) != name:
        name = shorter
    return Cell(name or None)


def cost_cell(shown: Shown) -> Cell:
    """What it costs."""
    return Cell(shown.cost, "USD", figures=SHORT)


def could_cell(shown: Shown) -> Cell:
    """How many could, likely and perhaps, of those who were there."""
    could = shown.could
    return Cell(f"{could.likely}+{could.perhaps}/{could.there}" if could else None)


def _behind(shown: Shown) -> Cell:
    """Months behind, with their interval where it is wider than a month."""
    return Cell(shown.months and months_words(shown.months, unit=""))


def _median_behind(shown: Shown) -> Cell:
    return Cell(shown.months and months_words(shown.months, ends=False, unit=""))


# --- the note -------------------------------------------------------------------------------------


def short_note(history: ShownHistory) -> Sentence:
    """What must be said below a table that fits a screen."""
    priced = [(moment.date, moment.shown("lead").priced_as) for moment in history.moments]
    said = ", ".join(f"{date} as {label}" for date, label in priced if label)
    return [
        "a+b/c: likely, perhaps, of all there. To lead: explored (compare: owned); a level: "
        f"the cheapest recipe, else explored. {f'Priced: {said}. ' if said else ''}"
        f"Edition {history.catalogue.edition['edition']}, seed {history.seed}."
    ]
