"""Evaluations as the versioned JSON document: stable snake_case keys with the unit in the key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from frontiercost.analysis import forecast
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.core.facts import Fact
from frontiercost.core.report import SCHEMA_VERSION
from frontiercost.core.units import decimal_year
from frontiercost.core.version import __version__
from frontiercost.core.wording import interval
from frontiercost.cost.affordability import Verdict
from frontiercost.cost.bill import Line
from frontiercost.cost.programme import experiment_parts
from frontiercost.cost.research_and_staff import cash_by_year
from frontiercost.scenario.scenario import ScenarioValue
from frontiercost.stages.evaluation import AnyEvaluation


def envelope(edition: Mapping[str, str], command: str) -> dict[str, Any]:
    """Return what every document starts with."""
    return {
        "schema_version": SCHEMA_VERSION,
        "frontiercost": __version__,
        "catalogue": dict(edition),
        "command": command,
    }


def drawn_envelope(
    drawn: DrawnCatalogue, command: str, question: Iterable[tuple[str, ScenarioValue]]
) -> dict[str, Any]:
    """Return the same of what was drawn, with what was given and with which draws."""
    return {
        **envelope(drawn.catalogue.edition, command),
        "question": question_entries(question),
        "seed": drawn.draws.seed,
        "draws": drawn.draws.count,
    }


def question_entries(question: Iterable[tuple[str, ScenarioValue]]) -> list[dict[str, Any]]:
    """Return what was given, and by whom."""
    return [
        {"key": key, "value": value.text, "set_by": value.set_by, "origin": value.origin}
        for key, value in question
    ]


def document(
    evaluations: Sequence[AnyEvaluation],
    command: str,
    notes: Sequence[str],
    **more: object,
) -> dict[str, Any]:
    """Return evaluations as one document; unknown numbers are None."""
    first = evaluations[0]
    return {
        **envelope(first.catalogue.edition, command),
        "seed": first.draws.seed,
        "draws": first.draws.count,
        "evaluations": [_evaluation(e, notes) for e in evaluations],
        **more,
    }


def _of_stage(e: AnyEvaluation) -> dict[str, Any]:
    """Return what only a stage has, and the views asked for."""
    answer = e.stage.answer()
    view_entries = {view.replace("-", "_"): answer.view_entries[view](e) for view in e.views}
    return {**answer.entries(e), **view_entries}


def _evaluation(e: AnyEvaluation, notes: Sequence[str]) -> dict[str, Any]:
    return {
        "name": e.name,
        "question": question_entries(e.question),
        "stage": e.stage.name,
        "date": e.terms.date,
        "basis": e.terms.basis,
        "programme": e.terms.programme.name,
        "vendor": e.terms.vendor,
        "commitment": e.terms.commitment,
        "pay": e.terms.pay if e.bill.has("staff", "curation") else None,
        "chip": e.chip.name,
        "precision": e.precision,
        "includes": e.included,
        "excludes": e.excluded,
        "inputs": {key: _input(entry.fact, entry.set_by) for key, entry in e.inputs.items()},
        "workload": _workload(e),
        **_of_stage(e),
        "bill": [_line(e, *pair) for pair in zip(e.bill.lines, e.bill.shares, strict=True)],
        "experiments_of_which_usd": {
            name: interval(e, part)
            for name, part in experiment_parts(e.costing, e.programme_costs, e.bill).items()
        },
        "total_usd": interval(e, e.bill.total),
        "cash_by_year_usd": [
            interval(e, payment) for payment in cash_by_year(e.bill.total, e.terms.years)
        ],
        "verdicts": [_verdict(e, verdict) for verdict in e.verdicts],
        "other_terms": [
            {"terms": label, "total_usd": interval(e, total)} for label, total in e.other_terms
        ],
        **_outside_entries(e),
        "drivers": [
            {"fact": fact.path, "variance_share": share, "as_of": fact.as_of or None}
            for fact, share in e.drivers
        ],
        "variance_share_older_than_a_year": e.old_share,
        "notes": [*notes, *e.doubts],
    }


def _outside_entries(e: AnyEvaluation) -> dict[str, Any]:
    """Return what laws make of the training, and what other currencies were converted at."""
    from frontiercost.reporting.exchange_rates import rate_entries
    from frontiercost.reporting.legal_thresholds import legal_entries

    return {"legal_thresholds": legal_entries(e), "exchange_rates": rate_entries(e.rates)}


def _input(fact: Fact, set_by: str) -> dict[str, Any]:
    return {
        "value": fact.value,
        "low": fact.low,
        "high": fact.high,
        "unit": fact.unit or "1",
        "source": fact.source,
        "as_of": fact.as_of or None,
        "confidence": fact.confidence,
        "set_by": set_by,
    }


def _workload(e: AnyEvaluation) -> dict[str, Any]:
    workload = e.workload
    return {
        "model_flop": interval(e, workload.model_flop),
        "mfu": interval(e, workload.mfu),
        "chips": workload.chips,
        "chip_hours": interval(e, workload.chip_hours),
        "wall_days": interval(e, workload.wall_days),
        "energy_mwh": interval(e, workload.energy_kwh / 1e3),
        "emissions_tco2e": interval(e, workload.carbon_t),
        "tokens": interval(e, workload.tokens),
        "staff_person_years": interval(e, workload.person_years),
        "project_years": interval(e, workload.project_years),
    }


def _line(e: AnyEvaluation, line: Line, share: float) -> dict[str, Any]:
    return {
        "id": line.id,
        "label": line.label,
        "cost_usd": interval(e, line.cost),
        "with_experiments_usd": interval(e, e.bill.with_experiments(line)),
        "share": share,
        "formula": line.formula,
        "sources": list(line.sources),
    }


def _verdict(e: AnyEvaluation, verdict: Verdict) -> dict[str, Any]:
    budget = verdict.funds.budget
    return {
        "actor": verdict.funds.actor.name if verdict.funds.actor else None,
        "scope": verdict.scope,
        "budget_scope": budget.scope if budget else None,
        "budget_as_of": budget.money.as_of if budget else None,
        "budget_given": not verdict.funds.planned,
        "cost_usd": interval(e, verdict.cost),
        "budget_usd": interval(e, e.draws.sample(verdict.funds.money)),
        "available_usd": interval(e, verdict.available),
        "share_needed": interval(e, verdict.share_needed),
        "share_confidence": verdict.funds.share.confidence if verdict.funds.share else None,
        "probability_affordable": verdict.probability,
        "multiple": interval(e, verdict.multiple),
        "word": verdict.word,
        "commitment": verdict.commitment if e.terms.basis == "rent" else None,
        "binding": verdict.binding,
        "affordable_year": _affordable_year(e, verdict),
    }


def _affordable_year(e: AnyEvaluation, verdict: Verdict) -> dict[str, Any]:
    """Return when the same will be affordable: its cost falls by trend, an actor's money grows."""
    now, growth = decimal_year(e.terms.date), forecast.growth_of(e.drawn)
    if verdict.funds.actor is None:
        growth = replace(growth, money=1.0)
    years = forecast.years_to_level(verdict.cost, verdict.available, growth)
    return when_entry(forecast.when(years, now, e.draws))


def when_entry(dates: forecast.When) -> dict[str, float | None]:
    """Return a year with its interval, and the probability that it does not come."""
    ends = {"low": dates.low, "median": dates.median, "high": dates.high}
    return {**ends, "probability_never": dates.never}
