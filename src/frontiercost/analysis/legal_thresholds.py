"""Which thresholds of law the training of a model is above."""

from typing import TYPE_CHECKING

from frontiercost.catalogue.public_record import LegalThreshold, legal_thresholds
from frontiercost.core.frozen import frozen
from frontiercost.stages.evaluation import AnyEvaluation

if TYPE_CHECKING:
    from frontiercost.core.facts import Number


@frozen
class Crossing:
    """A threshold in force that a training is above, at its median or in a part of its draws."""

    threshold: LegalThreshold
    quantity: "Number"
    """Training compute of the whole model [FLOP], or of a modification over its base's [x]."""
    above: bool
    """Whether the median is."""
    probability: float | None


def crossings(e: AnyEvaluation) -> list[Crossing]:
    """Return the thresholds in force at the date of the prices that lie below the 95th percentile.

    The whole model's compute is that of its base and of what is trained on it; ignores experiments,
    synthetic data and what else some laws count.
    """
    if e.base_flop is None:
        return []
    every, date = legal_thresholds(e.catalogue), e.terms.date
    in_force = [threshold for threshold in every if threshold.in_force(date)]
    crossed = [_crossing(e, threshold, _measured(e, threshold, in_force)) for threshold in in_force]
    return sorted(filter(None, crossed), key=lambda crossing: crossing.threshold.quantity.value)


def _measured(
    e: AnyEvaluation, threshold: LegalThreshold, in_force: list[LegalThreshold]
) -> "Number":
    """Return what a threshold is about; of a modification nothing, where its base is not covered.

    C = C_base + C_stage, or C_stage / C_base of a base that is above the act's lowest threshold.
    """
    base, added = e.base_flop, e.workload.model_flop
    assert base is not None
    if threshold.applies_to == "model":
        return base + added
    lowest = min(
        one.quantity.value
        for one in in_force
        if one.act == threshold.act and one.applies_to == "model"
    )
    return added / base if e.drawn.median(base) > lowest else 0.0


def _crossing(e: AnyEvaluation, threshold: LegalThreshold, quantity: "Number") -> Crossing | None:
    limit = threshold.quantity.value
    _, median, high = e.draws.summary(quantity)
    if max(median, high or 0.0) <= limit:
        return None
    return Crossing(threshold, quantity, median > limit, e.draws.share(quantity > limit))
