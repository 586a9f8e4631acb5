"""One scenario for many actors, a row each."""

from frontiercost.analysis.actors import Comparison, actors_at, nobody, spendable
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.report import Cell, Chart, Report, Sentence, Table
from frontiercost.core.wording import ABLE, money, plain
from frontiercost.reporting.bill import bill_table, verdict_row
from frontiercost.reporting.json_document import document, envelope
from frontiercost.reporting.notes import MEDIANS, evaluation_notes, uncounted
from frontiercost.stages.evaluation import AnyEvaluation
from frontiercost.stages.pretrain import answer


def of_comparison(comparison: Comparison, catalogue: Catalogue, *, of_kind: bool = False) -> Report:
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
    notes = list(evaluation_notes(evaluation, answer.notes(evaluation)))
    if comparison.skipped:
        reasons = "; ".join(f"{name} {reason}" for name, reason in comparison.skipped.items())
        notes.insert(0, [f"Not judged: {reasons}."])
    notes[:0] = [*([[MEDIANS]] if of_kind else []), *uncounted(catalogue, evaluation.terms.date)]
    distinct = list({id(j.evaluation): j.evaluation for j in judgements}.values())
    return Report(
        headline=_comparison_headline(comparison, evaluation),
        tables=(table, bill_table(evaluation)),
        notes=tuple(notes),
        document=lambda: document(
            distinct, "compare", plain(notes), comparison=_comparison_document(comparison)
        ),
        doubts=evaluation.doubts,
    )


def _comparison_document(comparison: Comparison) -> dict[str, object]:
    """Return who was judged, in order, with word and probability, and who was not."""
    actors = [
        {
            "actor": j.actor.name,
            "category": j.actor.category,
            "word": j.verdict.word,
            "probability_affordable": j.verdict.probability,
        }
        for j in comparison.judgements
    ]
    return {"actors": actors, "not_judged": list(comparison.skipped)}


def _comparison_headline(comparison: Comparison, e: AnyEvaluation) -> Sentence:
    able = [j.verdict.funds.label for j in comparison.judgements if j.verdict.word in ABLE]
    who = "none" if not able else ", ".join(able)
    return [
        f"{len(able)} of {len(comparison.judgements)} could afford {e.name} "
        f"({e.in_words}), which costs about ",
        *money(e, e.bill.total),
        f": {who}.",
    ]


def of_cost(catalogue: Catalogue, date: str, cost: float, text: str) -> Report:
    """Report how many actors of a date can spend a sum on one model, at central values."""
    money = spendable(actors_at(catalogue, date), date)
    able = {name: usd for name, usd in money.items() if usd >= cost}
    ranked = sorted(able.items(), key=lambda pair: -pair[1])
    labels = {actor.name: actor.label for actor in catalogue.actors.values()}
    rows = tuple((Cell(labels.get(name, name)), Cell(usd, "USD")) for name, usd in ranked)
    note = "Budget times share, both at their central values; members of one parent count once."
    return Report(
        headline=[f"{len(able)} of {len(money)} catalogued actors can spend {text} on one model."],
        tables=(Table("Who can", ("Who", "Could spend"), rows, chart=Chart(kind="bars")),),
        notes=([note], *uncounted(catalogue, date)),
        document=lambda: {
            **envelope(catalogue.edition, "compare"),
            "spendable": {
                "cost_usd": cost,
                "able": [{"actor": name, "could_spend_usd": usd} for name, usd in ranked],
                "counted": len(money),
            },
        },
    )
