"""One scenario for many actors, a row each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from frontiercost.analysis.actors import ActorVerdict, Comparison, actors_at, nobody, spendable
from frontiercost.analysis.model_stages import ModelStages
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Cell, Chart, Later, Report, Screen, Sentence, Table
from frontiercost.core.wording import ABLE, CARRIED, first_of, plain
from frontiercost.reporting.bill import bill_table, input_table, source_table, verdict_row
from frontiercost.reporting.json_document import document, envelope
from frontiercost.reporting.model_stages import stage_entries, stage_table
from frontiercost.reporting.notes import (
    MEDIANS,
    environment_points,
    evaluation_notes,
    last_line,
    uncounted,
)
from frontiercost.reporting.screen import Fits, least_sure, nothing_fits, short_bill
from frontiercost.scenario.scenario import DEFAULT_STAGE
from frontiercost.stages.evaluation import AnyEvaluation
from frontiercost.stages.verdict_words import FEW, NAMED, answered

SERVING = "serving the model"
ABILITIES = {"Perhaps": ("toss-up",), "Hardly": ("unlikely", "no")}
TWO_LINES = 110
"""Columns of names in a list: two lines of a screen."""
FIRST = 8
"""Rows of a list that a screen shows."""


def of_comparison(
    comparison: Comparison,
    catalogue: Catalogue,
    stages: ModelStages | None = None,
    fits: Fits = nothing_fits,
    *,
    of_kind: bool = False,
) -> Report:
    """Report one scenario for many actors: a row each, by category; `of_kind`: its median."""
    evaluation = comparison.evaluation
    if not evaluation.verdicts:
        raise nobody(comparison.skipped)
    rows = tuple(_rows(comparison, catalogue))
    columns = ("Who", "Verdict", "Could spend", "Share needed", "Cost/purse")
    beside_cost = Chart(
        kind="bars",
        values=(2,),
        logarithmic=True,
        mark=Cell(evaluation.total.median, "USD"),
        mark_label="it costs",
    )
    table = Table("Who can afford it?", columns, rows, texts=2, chart=beside_cost)
    notes = Later(lambda: _comparison_notes(comparison, evaluation, catalogue, of_kind=of_kind))
    by_stage = [stage_table(evaluation, stages)] if stages else []
    return Report(
        headline=_comparison_headline(comparison, stages, of_kind=of_kind),
        tables=(
            *by_stage,
            table,
            bill_table(evaluation),
        ),
        screen=lambda: _screen(comparison, stages, fits, of_kind=of_kind),
        notes=notes,
        further=Later(lambda: (input_table(evaluation), source_table(evaluation))),
        document=lambda: document(
            [evaluation],
            "compare",
            plain(notes),
            comparison=_comparison_document(comparison, evaluation, stages),
        ),
        doubts=evaluation.doubts,
    )


def _comparison_notes(
    comparison: Comparison, e: AnyEvaluation, catalogue: Catalogue, *, of_kind: bool
) -> Iterator[Sentence]:
    """Yield who is not counted or judged, and what there is to say of the evaluation."""
    if of_kind:
        yield [MEDIANS]
    yield from uncounted(catalogue, e.terms.date)
    if comparison.skipped:
        reasons = "; ".join(f"{name} {reason}" for name, reason in comparison.skipped.items())
        yield [f"Not judged: {reasons}."]
    yield from evaluation_notes(e, e.stage.answer().notes(e))


def _comparison_document(
    comparison: Comparison, e: AnyEvaluation, stages: ModelStages | None
) -> dict[str, object]:
    """Return who was judged, in order, with word and probability, who was not, and the stages."""
    actors = [
        {
            "actor": j.actor.name,
            "category": j.actor.category,
            "word": j.verdict.word,
            "probability_affordable": j.verdict.probability,
        }
        for j in comparison.judgements
    ]
    entries = stage_entries(e, stages) if stages else []
    return {"actors": actors, "not_judged": list(comparison.skipped), "stages": entries}


def _rows(comparison: Comparison, catalogue: Catalogue) -> Iterator[tuple[Cell, ...]]:
    """Yield the verdicts as rows, that of a sum first, those of actors under their category."""
    if comparison.of_a_sum:
        yield verdict_row(comparison.evaluation, comparison.of_a_sum)[:-1]
    for judged in comparison.judgements:
        who, *numbers, _ = verdict_row(judged.evaluation, judged.verdict)
        kind = catalogue.categories[judged.actor.category]["label"]
        yield Cell(f"{kind}: {who.value}"), *numbers


def _screen(
    comparison: Comparison, stages: ModelStages | None, fits: Fits, *, of_kind: bool
) -> Screen:
    """Return the stages side by side, and who could pay for all but the serving."""
    e, judged = comparison.evaluation, _counted(comparison, of_kind=of_kind)
    table = replace(stage_table(e, stages), title="", bare=True) if stages else short_bill(e)
    points = [(name, _whose(judged, words)) for name, words in ABILITIES.items()]
    told = [(name, who) for name, who in points if who and len(e.verdicts) > FEW]
    excluded = (words for words in e.excluded if not (stages and words == SERVING))
    left = ("Left out", ", ".join(excluded))
    points = [*told, *fits(e), *_not_in_it(e), *environment_points(e.question)]
    points += [*least_sure(e), left]
    last = last_line(e.drawn)
    return Screen((table,), tuple(points), gives_way=tuple(reversed(ABILITIES)), last=last)


def _counted(comparison: Comparison, *, of_kind: bool) -> Sequence[ActorVerdict]:
    """Return whom to count: where each stands for a kind all, else each payer once."""
    return comparison.judgements if of_kind else [*comparison.by_payer.values()]


def _whose(judged: Iterable[ActorVerdict], words: Sequence[str]) -> str:
    """Return who is judged in one of some words: the first by name."""
    return first_of([j.verdict.funds.label for j in judged if j.verdict.word in words], TWO_LINES)


def _comparison_headline(
    comparison: Comparison, stages: ModelStages | None, *, of_kind: bool
) -> Sentence:
    """Say what it costs, whether a sum is enough, and how many could afford it."""
    e, judged = comparison.evaluation, _counted(comparison, of_kind=of_kind)
    served, name = _with_serving(e, stages), _called(e)
    if len(e.verdicts) <= FEW:
        return answered(e, [f"{name} costs "], beside=served)
    kinds = " kinds of actor, each by its median member" if of_kind else " actors"
    able = [j.verdict.funds.label for j in judged if j.verdict.word in ABLE]
    named = f" ({first_of(able, NAMED)})" if able else ""
    named += "," if of_kind else ""
    count = f"{len(able) or 'None'} of {len(judged)}{kinds}{named} could afford "
    if comparison.of_a_sum:
        beside = [*served, f"; {count.lower() if not able else count}it"]
        sentence = [f"{name} costs "]
        return answered(e, sentence, beside=beside, verdicts=[comparison.of_a_sum])
    which = " which costs " if name.endswith(",") else ", which costs "
    return answered(e, [f"{count}{name}{which}"], beside=served, verdicts=[])


def _called(e: AnyEvaluation) -> str:
    """Return what is judged: of a model that was made from another, that one."""
    if e.stage.name != DEFAULT_STAGE:
        return e.name
    from frontiercost.stages.pretrain.answer import called

    return called(e)


def _not_in_it(e: AnyEvaluation) -> Iterable[tuple[str, str]]:
    """Say what of a model's own making is not judged."""
    if e.stage.name != DEFAULT_STAGE:
        return ()
    from frontiercost.stages.pretrain.answer import own_recipe

    return own_recipe(e)


def _with_serving(e: AnyEvaluation, stages: ModelStages | None) -> Sentence:
    """Say what it comes to with a year of serving it, which its own cost does not hold."""
    if stages is None or stages.of("inference") is None:
        return []
    alone, served = (
        format_quantity(e.drawn.median(usd), "USD", CARRIED) for usd in (e.bill.total, stages.usd)
    )
    return [f"; {served} with a year of serving"] if served != alone else []


def of_cost(catalogue: Catalogue, date: str, cost: float, text: str) -> Report:
    """Report how many actors of a date can spend a sum on one model, at central values."""
    money = spendable(actors_at(catalogue, date), date)
    able = {name: usd for name, usd in money.items() if usd >= cost}
    ranked = sorted(able.items(), key=lambda pair: -pair[1])
    labels = {actor.name: actor.label for actor in catalogue.actors.values()}
    rows = tuple(
        (Cell(labels.get(name, name)), Cell(usd, "USD", figures=CARRIED)) for name, usd in ranked
    )
    note = (
        "Budget times share, both at their central values, or the R&D compute whole where that is "
        "more, as to lead; members of one parent count once."
    )
    named = f": {first_of([labels.get(name, name) for name, _ in ranked], NAMED)}" if ranked else ""
    edition = catalogue.edition["edition"]
    of = f" of {edition}, the last that are here" if date > edition else ""
    budgets = f", by budgets{of}" if of else ""
    who = f"{len(able)} of {len(money)} catalogued actors"
    return Report(
        headline=[f"{who} can spend {text} on one model{budgets}{named}."],
        tables=(Table("Who can", ("Who", "Could spend"), rows, chart=Chart(kind="bars")),),
        notes=([note], *uncounted(catalogue, date)),
        screen=lambda: _first_of(catalogue, rows, date),
        document=lambda: {
            **envelope(catalogue.edition, "compare"),
            "spendable": {
                "cost_usd": cost,
                "able": [{"actor": name, "could_spend_usd": usd} for name, usd in ranked],
                "counted": len(money),
            },
        },
    )


def _first_of(catalogue: Catalogue, rows: tuple[tuple[Cell, ...], ...], date: str) -> Screen:
    """Return those who can spend most, and what such sums rest on."""
    table = Table("", ("Who can", "Could spend"), rows[:FIRST], bare=True, bar=1)
    left = [str(row[0].value) for row in rows[FIRST:]]
    more = [f"{len(left) - FIRST} more"] if len(left) > FIRST else []
    points = [("And", ", ".join([*left[:FIRST], *more]))] if left else []
    points.append(
        ("Least sure", "the shares of budgets that could go to one model: most are judged")
    )
    last = f"edition {catalogue.edition['edition']}, at {date} · --more the whole list · -h flags"
    return Screen((table,), tuple(points), last=last)
