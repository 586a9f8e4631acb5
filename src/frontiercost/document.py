"""Evaluations as the versioned JSON document: stable snake_case keys with the unit in the key."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from frontiercost import __version__
from frontiercost.affordability import Verdict
from frontiercost.costing import Line
from frontiercost.evaluation import Evaluation
from frontiercost.facts import Fact
from frontiercost.stages.arrangement import most_useful_chips, shortest_days

if TYPE_CHECKING:
    from frontiercost.facts import Number
    from frontiercost.physics.search import Step

SCHEMA_VERSION = "1"
BYTES_PER_GB = 1e9


def envelope(edition: Mapping[str, str], command: str) -> dict[str, Any]:
    """Return what every document starts with."""
    return {
        "schema_version": SCHEMA_VERSION,
        "frontiercost": __version__,
        "catalogue": dict(edition),
        "command": command,
    }


def document(
    evaluations: Sequence[Evaluation],
    command: str,
    notes: Sequence[str],
    **more: object,
) -> dict[str, Any]:
    """Return evaluations as one document; unknown numbers are None."""
    first = evaluations[0]
    return {
        **envelope(first.edition, command),
        "seed": first.draws.seed,
        "draws": first.draws.count,
        "evaluations": [_evaluation(e, notes) for e in evaluations],
        **more,
    }


def _evaluation(e: Evaluation, notes: Sequence[str]) -> dict[str, Any]:
    return {
        "name": e.name,
        "stage": e.stage,
        "date": e.terms.date,
        "basis": e.terms.basis,
        "programme": e.terms.programme,
        "vendor": e.terms.vendor,
        "commitment": e.terms.commitment,
        "chip": e.chip.name,
        "precision": e.precision,
        "includes": e.terms.coverage()[0],
        "excludes": e.terms.coverage()[1],
        "inputs": {key: _input(entry.fact, entry.set_by) for key, entry in e.inputs.items()},
        "workload": _workload(e),
        "plan": _plan(e),
        "metrics": _metrics(e),
        "bill": [_line(e, *pair) for pair in zip(e.bill.lines, e.bill.shares, strict=True)],
        "total_usd": _interval(e, e.bill.total),
        "verdicts": [_verdict(e, verdict) for verdict in e.verdicts],
        "other_terms": [
            {"terms": label, "total_usd": _interval(e, total)} for label, total in e.other_terms
        ],
        "drivers": [{"fact": path, "variance_share": share} for path, share in e.drivers],
        "notes": list(notes),
    }


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


def _workload(e: Evaluation) -> dict[str, Any]:
    work = e.workload
    return {
        "model_flop": _interval(e, work.model_flop),
        "mfu": _interval(e, work.mfu),
        "chips": work.chips,
        "chip_hours": _interval(e, work.chip_hours),
        "wall_days": _interval(e, work.wall_days),
        "energy_mwh": _interval(e, work.energy_kwh / 1e3),
        "emissions_tco2e": _interval(e, work.carbon_t),
        "tokens": _interval(e, work.tokens),
        "staff_person_years": _interval(e, work.person_years),
        "project_years": _interval(e, work.project_years),
    }


def _plan(e: Evaluation) -> dict[str, Any] | None:
    """Return the parallel plan that the machine model chose, with its runners-up."""
    arrangement, setup = e.workload.arrangement, e.setup
    if arrangement is None or setup is None:
        return None
    step = arrangement.step
    return {
        **_step(step.best),
        "step_mfu": step.mfu,
        "goodput": _interval(e, arrangement.goodput),
        "sites": arrangement.sites,
        "link_utilisation": _interval(e, arrangement.link_utilisation),
        "batch_tokens": step.tokens * arrangement.sites,
        "most_useful_chips": most_useful_chips(setup, arrangement),
        "shortest_days": shortest_days(setup, arrangement, e.costing.catalogue),
        "seconds_by_term": {key: value for key, value in asdict(step.best.terms).items() if value},
        "runners_up": [_step(other) for other in step.runners_up],
    }


def _step(step: "Step") -> dict[str, Any]:
    plan = {key: int(value) for key, value in asdict(step.plan).items()}
    plan.pop("optimiser_bytes")
    memory = float(step.memory.total) / BYTES_PER_GB
    return {"ways": plan, "step_seconds": step.seconds, "memory_gb": memory}


def _metrics(e: Evaluation) -> dict[str, Any]:
    return {
        "usd_per_chip_hour": _interval(e, e.bill.final_run / e.workload.chip_hours),
        "final_run_share": e.bill.final_share,
        "experiments_ratio": _interval(e, e.bill.experiments),
    }


def _line(e: Evaluation, line: Line, share: float) -> dict[str, Any]:
    return {
        "id": line.id,
        "label": line.label,
        "cost_usd": _interval(e, line.cost),
        "with_experiments_usd": _interval(e, e.bill.with_experiments(line)),
        "share": share,
        "formula": line.formula,
        "sources": list(line.sources),
    }


def _verdict(e: Evaluation, verdict: Verdict) -> dict[str, Any]:
    return {
        "actor": verdict.purse.actor.name if verdict.purse.actor else None,
        "scope": verdict.scope,
        "budget_usd": _interval(e, e.draws.of(verdict.purse.money)),
        "available_usd": _interval(e, verdict.available),
        "share_needed": _interval(e, verdict.share_needed),
        "share_confidence": verdict.purse.share.confidence if verdict.purse.share else None,
        "probability_affordable": verdict.probability,
        "multiple": _interval(e, verdict.multiple),
        "word": verdict.word,
        "binding": verdict.binding,
        "affordable_year": None,
    }


def _interval(e: Evaluation, number: "Number | None") -> dict[str, float | None] | None:
    if number is None:
        return None
    low, median, high = e.draws.summary(number)
    return {"low": low, "median": median, "high": high}
