"""One scenario for many actors, a row each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from frontiercost.analysis.actors import Comparison, actors_at, nobody, spendable
from frontiercost.analysis.model_stages import ModelStages
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.report import Cell, Chart, Later, Report, Screen, Sentence, Table
from frontiercost.core.wording import ABLE, capitalised, money, plain
from frontiercost.reporting.bill import bill_table, verdict_row
from frontiercost.reporting.json_document import document, envelope
from frontiercost.reporting.model_stages import stage_entries, stage_table
from frontiercost.reporting.notes import (
    MEDIANS,
    environment_points,
    evaluation_notes,
    last_line,
    uncounted,
)
from frontiercost.reporting.screen import least_sure, short_bill
from frontiercost.stages.evaluation import AnyEvaluation
from frontiercost.stages.verdict_words import answered

SERVING = "serving the model"
ABILITIES = {"Perhaps": ("toss-up",), "Hardly": ("unlikely", "no")}
NAMED = 5
FIRST = 8
"""Rows of a list that a screen shows."""


def of_comparison(
    comparison: Comparison,
    catalogue: Catalogue,
    stages: ModelStages | None = None,
    *,
    of_kind: bool = False,
) -> Report:
    """Report one scenario for many actors: a row each, by category; `of_kind`: its median."""
    judgements = comparison.judgements
    if not judgements:
        raise nobody(comparison.skipped)
    evaluation = judgements[0].evaluation
    rows = tuple(
        (
            Cell(f"{catalogue.categories[j.actor.category]['label']}: {who.value}"),
            *numbers,
        )
        for j in judgements
        for who, *numbers, _ in [verdict_row(j.evaluation, j.verdict)]
    )
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
        headline=_comparison_headline(comparison, evaluation),
        tables=(
            *by_stage,
            table,
            bill_table(evaluation),
        ),
        screen=lambda: _screen(comparison, evaluation, stages, catalogue),
        notes=notes,
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


def _screen(
    comparison: Comparison, e: AnyEvaluation, stages: ModelStages | None, catalogue: Catalogue
) -> Screen:
    """Return the stages side by side, and who could pay for all but the serving."""
    table = replace(stage_table(e, stages), title="", bare=True) if stages else short_bill(e)
    several = len(comparison.judgements) > 1
    points = [(name, ", ".join(_whose(comparison, words))) for name, words in ABILITIES.items()]
    told = [(name, who) for name, who in points if who and several]
    left = ("Left out", ", ".join(x for x in e.excluded if x != SERVING))
    points = [*told, *environment_points(e.question), *least_sure(e), left]
    return Screen((table,), tuple(points), last=last_line(e.drawn))


def _whose(comparison: Comparison, words: Sequence[str]) -> list[str]:
    """Return who is judged in one of some words, the first few by name."""
    labels = [j.verdict.funds.label for j in comparison.judgements if j.verdict.word in words]
    left = len(labels) - NAMED
    return [*labels[:NAMED], *([f"{left} more"] if left > 0 else [])]


def _comparison_headline(comparison: Comparison, e: AnyEvaluation) -> Sentence:
    if len(comparison.judgements) == 1:
        return answered(e, [f"{capitalised(e.name)} costs "])
    able = _whose(comparison, ABLE)
    counted = sum(j.verdict.word in ABLE for j in comparison.judgements)
    return [
        f"{counted} of {len(comparison.judgements)} could afford {e.name}, which costs ",
        *money(e, e.bill.total),
        f", {e.in_words}: {', '.join(able) or 'none'}.",
    ]


def of_cost(catalogue: Catalogue, date: str, cost: float, text: str) -> Report:
    """Report how many actors of a date can spend a sum on one model, at central values."""
    money = spendable(actors_at(catalogue, date), date)
    able = {name: usd for name, usd in money.items() if usd >= cost}
    ranked = sorted(able.items(), key=lambda pair: -pair[1])
    labels = {actor.name: actor.label for actor in catalogue.actors.values()}
    rows = tuple((Cell(labels.get(name, name)), Cell(usd, "USD")) for name, usd in ranked)
    note = (
        "Budget times share, both at their central values, or the R&D compute whole where that is "
        "more, as to lead; members of one parent count once."
    )
    return Report(
        headline=[f"{len(able)} of {len(money)} catalogued actors can spend {text} on one model."],
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
