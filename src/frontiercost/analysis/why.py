"""Why one training costs less than another: one change after the other, their product the ratio."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from frontiercost.analysis.scenario_diff import ScenarioDiff
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity
from frontiercost.core.units import SECONDS_PER_HOUR
from frontiercost.cost.bill import total
from frontiercost.scenario.scenario import Scenario
from frontiercost.stages.evaluation import AnyEvaluation, evaluate

if TYPE_CHECKING:
    from frontiercost.core.facts import Number

STAGE = "pretrain"
COMPUTE_LINES = ("posttraining", "experiments")
"""Lines of the bill that are compute beside the final run's."""
NEAR = 0.1
"""The share of draws, nearest to the median ratio, that a usual factor is the mean over."""


class Pair(NamedTuple):
    """What something is of the first and of the other."""

    first: Any
    other: Any


@frozen
class Change:
    """One thing changed from the first's to the other's: what it makes of the cost."""

    id: str
    label: str
    words: Pair
    """What it is of the two, in words."""
    factor: "Number"
    evidence: tuple[str, ...]
    """What the two rest on, the other's first: confidence and source, or how it was predicted."""
    usual: float = 1.0
    """The factor where the ratio is the usual one."""
    after: float = 1.0
    """The product of this and the changes before it."""


def why(pair: ScenarioDiff, scenario: Scenario) -> list[Change]:
    """Return the changes in order, each with all before it made; their product is the ratio.

    T = 6 N D x f / (3600 P U) x p x e x s: N parameters that are active, D tokens, f the FLOP of a
    token over 6 N, P the peak of a chip and U what is used of it in the first's number format, p
    the price, e experiments and post-training, s people and the rest. What the number format does
    is the other run predicted in both. `scenario` is that of the other.
    """
    both = Pair(pair.first, pair.other)
    if {e.stage.name for e in both} != {STAGE}:
        raise InputError("`why`: only trainings are taken apart; name two models, or files of them")
    of_format = _of_format(both, scenario)
    changes = [
        *_work(both),
        _precision(both, of_format),
        _chip(both),
        _utilisation(both, of_format),
        _price(both),
        _experiments(both),
        _people(both),
    ]
    return _with_usual(changes, pair.ratio, pair.first.draws)


def _with_usual(changes: Sequence[Change], ratio: "Number", draws: Draws) -> list[Change]:
    """Return the changes with their usual factors and the products so far."""
    import numpy as np

    usual = _usual([change.factor for change in changes], ratio, draws)
    pairs = zip(changes, usual, np.cumprod(usual), strict=True)
    return [replace(change, usual=one, after=float(so_far)) for change, one, so_far in pairs]


def _usual(factors: Sequence["Number"], ratio: "Number", draws: Draws) -> list[float]:
    """Return what factors are where the ratio is its median, which is then their product.

    ln f_i = mean(ln f_i) + b_i (ln median - mean(ln R)) over the draws nearest to the median, with
    b_i = cov(ln f_i, ln R) / var(ln R), which add up to 1.
    """
    import numpy as np

    if not draws.count:
        return [float(factor) for factor in factors]
    log_ratio = np.log(np.broadcast_to(ratio, draws.count)) - np.log(draws.summary(ratio).median)
    near = np.argsort(np.abs(log_ratio))[: max(round(NEAR * draws.count), 1)]
    logs = np.array([np.log(np.broadcast_to(factor, draws.count))[near] for factor in factors])
    means, away = logs.mean(axis=1), log_ratio[near]
    strays = away - away.mean()
    spread = float(strays @ strays)
    slopes = logs @ strays / spread if spread else np.zeros(len(factors))
    return [float(usual) for usual in np.exp(means - slopes * away.mean())]


# --- work ---------------------------------------------------------------------------------------


def _work(both: Pair) -> list[Change]:
    """Return parameters, tokens and attention; compute as one where either has no counts."""
    active, tokens = (Pair(*map(fact_of, both)) for fact_of in (_active, _tokens))
    flop = Pair(*(e.workload.model_flop for e in both))
    if None in active or None in tokens:
        facts = Pair(*(e.model.facts.get("training_flop") if e.model else None for e in both))
        words = _words(both, flop, "FLOP")
        return [Change("compute", "Training compute", words, flop.other / flop.first, _of(facts))]
    drawn = Pair(*(e.draws.sample(fact) for e, fact in zip(both, tokens, strict=True)))
    over = Pair(*(c / (6 * n.value * d) for c, n, d in zip(flop, active, drawn, strict=True)))
    shapes = [_shape_source(e) for e in reversed(both)]
    return [
        Change(
            "active_parameters",
            "Active parameters",
            Pair(*(_bare(fact) for fact in active)),
            active.other.value / active.first.value,
            _of(active),
        ),
        Change(
            "tokens",
            "Tokens",
            Pair(*(_bare(fact) for fact in tokens)),
            drawn.other / drawn.first,
            _of(tokens),
        ),
        Change(
            "attention",
            "Attention",
            _words(both, over, "x"),
            over.other / over.first,
            tuple(dict.fromkeys(shapes)),
        ),
    ]


def _active(e: AnyEvaluation) -> Fact | None:
    """Return the parameters that a token meets."""
    known = e.model.facts if e.model else {}
    given = [e.inputs[key].fact for key in ("active_params", "params") if key in e.inputs]
    of_model = [known[key] for key in ("active_params", "total_params") if key in known]
    return next(iter([*given, *of_model]), None)


def _tokens(e: AnyEvaluation) -> Fact | None:
    return e.inputs["tokens"].fact if "tokens" in e.inputs else None


def _shape_source(e: AnyEvaluation) -> str:
    """Say where the FLOP of a token are from."""
    shape = e.model.shape if e.model else None
    if not shape or e.derived_shape:
        return "estimated: from counts of parameters"
    return f"{shape['confidence']}: {shape['source']}"


# --- machine ------------------------------------------------------------------------------------


def _of_format(both: Pair, scenario: Scenario) -> "Number":
    """Return the hours of the other run over those in the first's number format, as predicted.

    1 where the two are the same, and where its chip has no such format.
    """
    first, other = both
    if other.precision == first.precision:
        return 1.0
    asked = scenario.without("as_built").changed("why", chips=f"{other.workload.chips:g}")
    try:
        own, same = (
            evaluate(asked.changed("why", precision=e.precision, chip=other.chip.name))
            for e in (other, first)
        )
    except InputError:
        return 1.0
    return own.workload.chip_hours / same.workload.chip_hours


def _precision(both: Pair, of_format: "Number") -> Change:
    names = Pair(*(e.precision for e in both))
    evidence = f"predicted: {both.other.name} in {' and '.join(dict.fromkeys(names))}"
    return Change("precision", "Precision", names, of_format, (evidence,))


def _chip(both: Pair) -> Change:
    peaks = Pair(*(e.chip.peak(_format(e, both.first)) for e in both))
    drawn = Pair(*(e.draws.sample(peak) for e, peak in zip(both, peaks, strict=True)))
    names = Pair(*(e.chip.name for e in both))
    return Change("chip", "Chip's peak", names, drawn.first / drawn.other, _of(peaks))


def _format(e: AnyEvaluation, first: AnyEvaluation) -> str:
    """The first's number format, but bf16 where a chip does not have it."""
    return first.precision if f"peak_{first.precision}" in e.chip.facts else "bf16"


def _utilisation(both: Pair, of_format: "Number") -> Change:
    """U = C / (3600 P H): what is used of a chip's peak in the first's number format."""
    peaks = [e.draws.sample(e.chip.peak(_format(e, both.first))) for e in both]
    works = [e.workload for e in both]
    first, other = (
        work.model_flop / (SECONDS_PER_HOUR * peak * work.chip_hours)
        for work, peak in zip(works, peaks, strict=True)
    )
    used = Pair(first, other * of_format)
    observed = [e.inputs.get("realised") or e.inputs.get("mfu") for e in both]
    facts = Pair(*(found.fact if found else None for found in observed))
    evidence = ("predicted: the machine's model", *_of(facts))
    words = _words(both, used, "%")
    return Change("utilisation", "Utilisation", words, used.first / used.other, evidence)


# --- money --------------------------------------------------------------------------------------


def _price(both: Pair) -> Change:
    prices = Pair(*(_of_chips(e) / e.workload.chip_hours for e in both))
    evidence = _of_lines(both, "compute")
    words = _words(both, prices, "USD")
    return Change("price", "Price, $/chip-hour", words, prices.other / prices.first, evidence)


def _experiments(both: Pair) -> Change:
    over = Pair(*(_compute(e) / _of_chips(e) for e in both))
    evidence = _of_lines(both, "experiments", "posttraining")
    words = _words(both, over, "x")
    return Change("experiments", "Experiments", words, over.other / over.first, evidence)


def _people(both: Pair) -> Change:
    over = Pair(*(e.bill.total / _compute(e) for e in both))
    evidence = _of_lines(both, "staff", "overhead")
    return Change(
        "people", "People, rest", _words(both, over, "x"), over.other / over.first, evidence
    )


def _of_chips(e: AnyEvaluation) -> "Number":
    """Return what the chips of the final run cost, with what comes with them."""
    return total(line for line in e.bill.lines if line.of_chips)


def _compute(e: AnyEvaluation) -> "Number":
    """Return the compute of the whole programme: experiments and post-training included."""
    return total(line for line in e.bill.lines if line.of_chips or line.id in COMPUTE_LINES)


# --- words --------------------------------------------------------------------------------------


def _words(both: Pair, numbers: Pair, unit: str) -> Pair:
    pairs = zip(both, numbers, strict=True)
    return Pair(*(format_quantity(e.draws.summary(number).median, unit) for e, number in pairs))


def _bare(fact: Fact) -> str:
    """A large count without its unit."""
    return format_quantity(fact.value, fact.unit).split()[0]


def _of(facts: Iterable[Fact | None]) -> tuple[str, ...]:
    """Confidence and source of the facts of the two, the other's first, each once."""
    named = [f"{fact.confidence}: {fact.source}" for fact in facts if fact]
    return tuple(dict.fromkeys(reversed(named)))


def _of_lines(both: Pair, *ids: str) -> tuple[str, ...]:
    """What lines of both bills rest on, the other's first."""
    lines = (line for e in both for line in e.bill.lines if line.id in ids)
    return _of(fact for line in lines for fact in line.facts)
