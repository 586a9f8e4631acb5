"""What must be said below a ladder: models, whom costs are for, what they rest on."""

from collections.abc import Iterable

from frontiercost.analysis.frontier import is_year
from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.ladder_table import LadderTable
from frontiercost.analysis.rungs import Rung
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Sentence
from frontiercost.core.wording import capitalised, listed, plain
from frontiercost.reporting.ladder_words import (
    FEW,
    lines_of,
    model_label,
    other_models,
    own_service,
    without_date,
)
from frontiercost.reporting.notes import old_shares, to_reproduce, uncounted
from frontiercost.reporting.outlook import all_growth_words, growth_words
from frontiercost.scenario.scenario import ScenarioValue


def question_shown(table: LadderTable, *, everything: bool) -> Iterable[tuple[str, ScenarioValue]]:
    """Yield what was asked for all rungs: the date only where nothing else names it."""
    asked = table.ladder.asked.question()
    return (pair for pair in asked if everything or pair[0] != "date")


def short_notes(table: LadderTable, room: int) -> Iterable[str]:
    """What must be said below a table that fits a screen: models, whom costs are for.

    In so many lines: what has no room there stands in the whole answer.
    """
    texts = [*_from_long_to_short(table)]
    yield next((text for text in texts if lines_of(text) <= room), texts[-1])


def _from_long_to_short(table: LadderTable) -> Iterable[str]:
    whom = ", ".join(filter(None, (_whom(table.ladder, rung) for rung in table.rungs)))
    barred = plain([*_of_a_year(table), *_not_possible(table, absent=False)])
    whole = _models(table)
    for said, models, costs in (
        (barred, whole, whom),
        (barred, whole, ""),
        ([], whole, whom),
        ([], whole, ""),
        ([], _models(table, short=True), ""),
        ([], _models(table, short=True, priced=False), ""),
    ):
        about = ". ".join(filter(None, (models, capitalised(costs))))
        yield " ".join([*said, f"{about}."])


def _models(table: LadderTable, *, short: bool = False, priced: bool = True) -> str:
    """Name the model of each rung, and the rungs that are not there.

    `short`: without those that firms take, nor why another model is `priced`, where that is told.
    """
    by_model: dict[str, list[str]] = {}
    for rung in table.rungs:
        choice = table.ladder.choice(rung)
        named = model_label(table.ladder, rung) if short else other_models(table.ladder, rung)
        model = without_date(named) if choice.exists else "not there yet"
        if choice.stand_in and priced:
            why = "" if short else ": its compute is unknown"
            model += f" (as {without_date(choice.stand_in.label)}{why})"
        owned = rung.scenario.get("basis") == "own" and not rung.device
        paid = " (owned)" if owned and not table.ladder.asked.has("basis", "price") else ""
        by_model.setdefault(model, []).append(f"{rung.label.lower()}{paid}")
    return capitalised("; ".join(f"{', '.join(names)} {m}" for m, names in by_model.items()))


def _whom(ladder: Ladder, rung: Rung) -> str:
    """Return whom the cost of a rung in the table is for, where that is not clear."""
    if not ladder.choice(rung).exists:
        return ""
    if rung.own_people:
        people = ladder.usual(rung).people.usual
        many = f"{format_quantity(people, 'count')}{' people' if people != 1 else ''}"
        return f"{rung.label.lower()} for {many}"
    shares = ladder.costs.members(rung)
    return f"{rung.label.lower()} as 1 of {shares:.0f}" if rung.choose == "shown" else ""


def notes(table: LadderTable) -> Iterable[Sentence]:
    """What must be said below tables that scroll."""
    ladder = table.ladder
    if table.of_kind or len(table.rows) > FEW:
        yield [f"{_models(table)}."]
    yield from _as_priced(table)
    if table.years and not is_year(ladder.frontier):
        yield [all_growth_words(ladder)]
    yield from _not_possible(table)
    yield from _otherwise_done(table)
    yield from paid_for(table)
    yield from _own_models(table)
    yield from own_service(table) if len(table.rows) <= FEW and not table.of_kind else ()
    yield from _shared(table)
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
    yield [old_shares({rung.label.lower(): ladder.old_share(rung) for rung in table.rungs})]
    yield [to_reproduce(ladder.drawn, ladder.date)]


def _as_priced(table: LadderTable) -> Iterable[Sentence]:
    """Say what to lead is priced as, where that is not the leader itself."""
    for rung in table.rungs:
        if stand_in := table.ladder.choice(rung).stand_in:
            yield [
                f"The compute of {model_label(table.ladder, rung)} is not known; to "
                f"{rung.doing} is priced as the last leader whose is: {stand_in.label}."
            ]
    yield from _of_a_year(table)


def _of_a_year(table: LadderTable) -> Iterable[Sentence]:
    """Say how the cost of leading in a year by trend has come about."""
    ladder = table.ladder
    leads = any(rung.choose == "leader" for rung in table.rungs)
    if leads and is_year(ladder.frontier):
        yield [f"Leading is that of {ladder.frontier}, grown by trend: {growth_words(ladder)}."]


def _shared(table: LadderTable) -> Iterable[Sentence]:
    """Say whose the cost of joining is."""
    ladder = table.ladder
    for rung in (rung for rung in table.rungs if rung.choose == "shown"):
        cost = ladder.usual_cost(rung).total
        if cost is not None:
            count = ladder.costs.members(rung)
            whole = format_quantity(ladder.drawn.median(cost) * count, "USD")
            yield [f"{rung.label} is the share of one of {count:.0f} members; all of it {whole}."]


def _otherwise_done(table: LadderTable) -> Iterable[Sentence]:
    """Name what was done on a rung by whom the model that the rung takes is called out of reach."""
    ladder = table.ladder
    for row in table.rows:
        names = [actor.name for actor in row.actors]
        harsh = [cell.rung for cell in row.cells if cell.done and cell.word in ("no", "unlikely")]
        for rung in harsh:
            deeds = [d for d in ladder.deeds if d.rung == rung.name and d.actor in names]
            last = max(deeds, key=lambda deed: deed.date)
            yield [
                f"{rung.label} was done by {row.label} with {last.model} ({last.date}); the "
                f"verdict is on {model_label(ladder, rung)}, which the rung takes."
            ]


def paid_for(table: LadderTable) -> Iterable[Sentence]:
    """Say with which programme a payer of several is counted."""
    date = table.ladder.date
    for actor in (actor for row in table.rows for actor in row.actors if actor.programmes):
        spent = actor.budget(date)
        by = [each.label for each in actor.programmes if spent and each.budget(date) == spent]
        yield [
            f"{actor.label} is counted with what its programme that can spend most has "
            f"({listed(by)}), not with all that it could vote."
        ]


def _own_models(table: LadderTable) -> Iterable[Sentence]:
    """Name the models of rungs that are an actor's own: it sells them, or need not ask for them."""
    ladder = table.ladder
    for actor in (actor for row in table.rows for actor in row.actors if actor.organization):
        firm = ladder.profiles.of(actor).firm
        chosen = [ladder.choice(rung, firm=firm) for rung in table.rungs]
        labels = [
            model_label(ladder, choice.rung, firm=firm)
            for choice in chosen
            if choice.priced and choice.priced.organization == actor.organization
        ]
        if labels:
            own = listed(list(dict.fromkeys(labels)))
            yield [f"{own} {'is' if len(set(labels)) == 1 else 'are'} {actor.label}'s own."]


def _not_possible(table: LadderTable, *, absent: bool = True) -> Iterable[Sentence]:
    """Say why rungs have no cost: those that were not there, and those that something hinders."""
    for rung in table.rungs:
        exists = table.ladder.choice(rung).exists
        cost = table.ladder.usual_cost(rung)
        if cost.total is None and (exists or absent):
            what = "is not possible" if exists else "was not there"
            yield [f"{rung.label} {what}: {cost.reason}."]
