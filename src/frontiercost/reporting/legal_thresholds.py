"""Thresholds of law that a training is above: in one sentence, and in the document."""

from collections.abc import Iterable
from functools import partial
from itertools import groupby
from typing import Any

from frontiercost.analysis.legal_thresholds import Crossing, crossings
from frontiercost.catalogue.public_record import LegalThreshold
from frontiercost.core.number_format import format_quantity
from frontiercost.core.report import Sentence
from frontiercost.core.wording import interval
from frontiercost.stages.evaluation import AnyEvaluation


def legal_notes(e: AnyEvaluation) -> Iterable[Sentence]:
    """Say in one sentence which thresholds of law are passed: of each act the highest."""
    of_acts = {(one.threshold.act, one.threshold.applies_to): one for one in crossings(e)}
    by_limit = groupby(of_acts.values(), key=partial(_how_far, e))
    clauses = [f"{far}: {' and '.join(map(_in_words, group))}" for far, group in by_limit]
    if clauses:
        yield [f"By law: {'; '.join(clauses)}."]


def _how_far(e: AnyEvaluation, crossing: Crossing) -> str:
    """Say whose training is above which threshold, and in how many draws where not in all."""
    threshold, chance = crossing.threshold, crossing.probability
    share = f"{100 * (1.0 if chance is None else chance):.0f}"
    sure = "" if share in ("0", "100") else f" ({share}% of draws)"
    whole = threshold.applies_to == "model"
    what, of = (_whose(e), "") if whole else ("this training", " of its base's")
    how = "is" if crossing.above else "may be"
    return f"{what} {how} above {limit_in_words(threshold)}{of}{sure}"


def _whose(e: AnyEvaluation) -> str:
    """Say whether a model's training is mostly that of the base that it is made from."""
    assert e.base_flop is not None
    of_base = e.drawn.median(e.base_flop) > e.drawn.median(e.workload.model_flop)
    return "the training of its base" if of_base else "its training"


def _in_words(crossing: Crossing) -> str:
    threshold = crossing.threshold
    whose = f"{threshold.jurisdiction} {threshold.act}, {threshold.quantity.at}"
    return f"{threshold.means} ({whose})"


def limit_in_words(threshold: LegalThreshold) -> str:
    """Return a threshold as laws write it: 1e25 FLOP, or 0.33×."""
    figures = 1 if threshold.quantity.unit == "FLOP" else 2
    return format_quantity(threshold.quantity.value, threshold.quantity.unit, figures)


def legal_entries(e: AnyEvaluation) -> list[dict[str, Any]]:
    """Return every threshold that is passed, in some draws at least."""
    return [_entry(e, crossing) for crossing in crossings(e)]


def _entry(e: AnyEvaluation, crossing: Crossing) -> dict[str, Any]:
    threshold = crossing.threshold
    return {
        "id": threshold.id,
        "jurisdiction": threshold.jurisdiction,
        "act": threshold.act,
        "applies_to": threshold.applies_to,
        "means": threshold.means,
        "threshold": threshold.quantity.value,
        "unit": threshold.quantity.unit,
        "measured": interval(e, crossing.quantity),
        "above": crossing.above,
        "probability_above": crossing.probability,
        "since": threshold.since,
        "until": threshold.until or None,
        "source": threshold.quantity.source,
        "at": threshold.quantity.at,
        "confidence": threshold.quantity.confidence,
    }
