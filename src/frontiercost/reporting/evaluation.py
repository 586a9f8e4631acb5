"""Evaluations in words and tables: what is said, without formatting a digit."""

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from frontiercost.core.report import Report, Table
from frontiercost.core.wording import plain
from frontiercost.reporting import bill
from frontiercost.reporting.json_document import document
from frontiercost.reporting.notes import evaluation_notes
from frontiercost.stages.evaluation import Evaluation


def of_evaluation(
    e: Evaluation, command: str, explain: bool = False, views: Sequence[str] = ()
) -> Report:
    """Report one evaluation of a stage; `views` name further tables that the stage has."""
    stage = _stage(e)
    said = [part for verdict in e.verdicts for part in (*bill.verdict_sentence(e, verdict), " ")]
    tables = [bill.verdict_table(e)] if e.verdicts else []
    asked = [table for view in views for table in stage.VIEWS[view](e)]
    tables += [bill.bill_table(e), *bill.cash_tables(e), bill.terms_table(e)]
    tables += [*stage.tables(e), *asked]
    if explain:
        tables += [*stage.explained(e), *_origins(e)]
    notes = list(evaluation_notes(e, stage.notes(e)))
    return Report(
        headline=[*said, *stage.headline(e)],
        tables=tuple(tables),
        notes=tuple(notes),
        document=lambda: document([e], command, plain(notes), views),
        asked=tuple(asked),
    )


def _stage(e: Evaluation) -> ModuleType:
    """Return the module that words a stage, imported only when it is asked for."""
    return import_module(f"frontiercost.stages.{e.stage}.answer")


def _origins(e: Evaluation) -> list[Table]:
    return [bill.formula_table(e), bill.input_table(e), bill.fact_table(e)]
