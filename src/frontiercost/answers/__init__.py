"""Evaluations in words and tables: what is said, without formatting a digit."""

from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

from frontiercost.answers import bill
from frontiercost.answers.notes import evaluation_notes
from frontiercost.answers.wording import plain
from frontiercost.document import document
from frontiercost.evaluation import Evaluation
from frontiercost.report import Cell, Report, Sentence, Table
from frontiercost.solve import BestModel


def of_evaluation(
    e: Evaluation, command: str, explain: bool = False, views: Sequence[str] = ()
) -> Report:
    """Report one evaluation of a stage; `views` name further tables that the stage has."""
    stage = _stage(e)
    said = [part for verdict in e.verdicts for part in (*bill.verdict_sentence(e, verdict), " ")]
    tables = [bill.verdict_table(e)] if e.verdicts else []
    tables += [bill.bill_table(e), bill.terms_table(e), *stage.tables(e, views)]
    if explain:
        tables += [*stage.explained(e), *_origins(e)]
    notes = list(evaluation_notes(e, stage.notes(e)))
    return Report(
        headline=[*said, *stage.headline(e)],
        tables=tuple(tables),
        notes=tuple(notes),
        document=document([e], command, plain(notes), views),
    )


def _stage(e: Evaluation) -> ModuleType:
    """Return the module that words a stage, imported only when it is asked for."""
    if e.stage == "inference":
        from frontiercost.answers import serving

        return serving
    from frontiercost.answers import training

    return training


def _origins(e: Evaluation) -> list[Table]:
    return [bill.formula_table(e), bill.input_table(e), bill.fact_table(e)]


def of_best_model(best: BestModel, command: str, explain: bool = False) -> Report:
    """Report the best model that a sum can train, with the evaluation behind it."""
    report = of_evaluation(best.evaluation, command, explain)
    nearest = best.evaluation.precedents[:1]
    like = f", the compute of {nearest[0].organization}'s {nearest[0].model}" if nearest else ""
    headline: Sentence = [
        "The best model this can train: ",
        Cell(best.params, "parameter"),
        " on ",
        Cell(best.tokens, "token"),
        f" (compute-optimal), expected loss {best.loss:.2f}{like}, about "
        f"{best.months_behind:.0f} months behind the frontier by trend. ",
        *report.headline,
    ]
    solved = {
        "question": "best-model",
        "params": best.params,
        "tokens": best.tokens,
        "expected_loss": best.loss,
        "capability_index": best.capability,
        "months_behind_frontier": best.months_behind,
        "nearest_run": nearest[0].model if nearest else None,
    }
    note = (
        "Size and tokens follow the loss law of dense models on web text; loss is not capability, "
        "and the months are those of a trend through 80 models (residual of about 5 months)."
    )
    return replace(
        report,
        headline=headline,
        notes=([note], *report.notes),
        document={**report.document, "solve": solved},
    )
