"""Evaluations in words and tables: what is said, without formatting a digit."""

from frontiercost.core.report import Report, Table
from frontiercost.core.wording import plain
from frontiercost.reporting import bill
from frontiercost.reporting.json_document import document
from frontiercost.reporting.notes import evaluation_notes
from frontiercost.reporting.screen import Fits, nothing_fits, screen_of
from frontiercost.stages.evaluation import AnyEvaluation


def of_evaluation(
    e: AnyEvaluation, command: str, explain: bool = False, fits: Fits = nothing_fits
) -> Report:
    """Report one evaluation of a stage, with the further tables that were asked for."""
    answer = e.stage.answer()
    tables = [bill.verdict_table(e)] if e.verdicts else []
    view_tables = [table for view in e.views for table in answer.views[view](e)]
    tables += [bill.bill_table(e), *bill.cash_tables(e), *bill.terms_tables(e)]
    tables += [*answer.tables(e), *view_tables]
    if explain:
        tables += [*answer.explained(e), *_origins(e)]
    notes = list(evaluation_notes(e, answer.notes(e)))
    return Report(
        headline=answer.headline(e),
        tables=tuple(tables),
        notes=tuple(notes),
        document=lambda: document([e], command, plain(notes)),
        asked=tuple(view_tables),
        further=() if explain else (bill.input_table(e), bill.source_table(e)),
        screen=None if explain else lambda: screen_of(e, fits),
        doubts=e.doubts,
    )


def _origins(e: AnyEvaluation) -> list[Table]:
    return [bill.formula_table(e), bill.input_table(e), *bill.fact_tables(e)]
