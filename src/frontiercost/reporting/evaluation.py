"""Evaluations in words and tables: what is said, without formatting a digit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from frontiercost.core.report import Later, Report, Sentence, Table
from frontiercost.core.wording import plain
from frontiercost.reporting.notes import evaluation_notes
from frontiercost.reporting.screen import Fits, nothing_fits, screen_of
from frontiercost.stages.evaluation import AnyEvaluation


def of_evaluation(
    e: AnyEvaluation, command: str, explain: bool = False, fits: Fits = nothing_fits
) -> Report:
    """Report one evaluation of a stage, with the further tables that were asked for."""
    answer = e.stage.answer()
    asked = [table for view in e.views for table in answer.views[view](e)]
    notes = Later(lambda: evaluation_notes(e, answer.notes(e)))
    return Report(
        headline=answer.headline(e),
        tables=Later(lambda: _tables(e, asked, explain=explain)),
        notes=notes,
        document=lambda: _document(e, command, notes),
        asked=asked,
        further=() if explain else Later(lambda: _further(e)),
        screen=None if explain else lambda: screen_of(e, fits),
        doubts=e.doubts,
    )


def _tables(e: AnyEvaluation, asked: Sequence[Table], *, explain: bool) -> Iterable[Table]:
    """Yield all tables of an answer, from its verdict to where each number comes from."""
    from frontiercost.reporting import bill

    answer = e.stage.answer()
    if e.verdicts:
        yield bill.verdict_table(e)
    yield from (bill.bill_table(e), *bill.cash_tables(e), *bill.terms_tables(e))
    yield from (*answer.tables(e), *asked)
    if explain:
        yield from (*answer.explained(e), bill.formula_table(e), bill.input_table(e))
        yield from bill.fact_tables(e)


def _further(e: AnyEvaluation) -> Iterable[Table]:
    from frontiercost.reporting.bill import input_table, source_table

    return input_table(e), source_table(e)


def _document(e: AnyEvaluation, command: str, notes: Sequence[Sentence]) -> Mapping[str, Any]:
    from frontiercost.reporting.json_document import document

    return document([e], command, plain(notes))
