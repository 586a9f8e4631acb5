"""One scenario for many actors, a row each."""

from frontiercost.analysis.actors import Comparison
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError
from frontiercost.core.report import Cell, Report, Sentence, Table
from frontiercost.core.wording import ABLE, money, plain
from frontiercost.reporting.bill import bill_table, verdict_row
from frontiercost.reporting.json_document import document
from frontiercost.reporting.notes import evaluation_notes
from frontiercost.stages.evaluation import AnyEvaluation
from frontiercost.stages.pretrain import answer


def of_comparison(comparison: Comparison, catalogue: Catalogue) -> Report:
    """Report one scenario for many actors: a row each, by category."""
    judgements = comparison.judgements
    if not judgements:
        raise InputError("none of these actors has a budget in dollars in the catalogue")
    evaluation = judgements[0].evaluation
    rows = tuple(
        (
            Cell(f"{catalogue.categories[j.actor.category]['label']}: {j.verdict.funds.label}"),
            *verdict_row(j.evaluation, j.verdict)[1:-1],
        )
        for j in judgements
    )
    columns = ("Who", "Verdict", "Could spend", "Share needed", "Cost/purse")
    table = Table("Who can afford it?", columns, rows, texts=2)
    notes = list(evaluation_notes(evaluation, answer.notes(evaluation)))
    if comparison.skipped:
        names = ", ".join(actor.name for actor in comparison.skipped)
        notes.insert(0, [f"No budget in dollars is known, so not judged: {names}."])
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
    return {"actors": actors, "not_judged": [actor.name for actor in comparison.skipped]}


def _comparison_headline(comparison: Comparison, e: AnyEvaluation) -> Sentence:
    able = [j.verdict.funds.label for j in comparison.judgements if j.verdict.word in ABLE]
    who = "none" if not able else ", ".join(able)
    return [
        f"{len(able)} of {len(comparison.judgements)} could afford {e.name} "
        f"({e.in_words}), which costs about ",
        *money(e, e.bill.total),
        f": {who}.",
    ]
