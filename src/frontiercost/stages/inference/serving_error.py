"""How far predicted times of served models err: facts of `serving_rates.toml`, by kind of model.

Residuals are those of measured rows whose model was held out, predicted with the name of their
engine; what counts as one observation is a model with an engine on a chip, however many rows it has
(`stages.prediction_error`). What a question leaves open adds a term: the engine, the kind of chip.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.limits import Limits
from frontiercost.physics.model_shape import Architecture
from frontiercost.physics.number_formats import Formats
from frontiercost.physics.serving_machine import ANY_ENGINE, ENGINES
from frontiercost.stages.prediction_error import (
    Residual,
    interval_of,
    learnt_fact,
    residual_fact,
)

USUAL, SPARSE = "usual", "sparse"
KINDS = (USUAL, SPARSE)
BY_NAME = ("ttft",)
"""Quantities of which an engine's name tells; a step takes as long with each."""
RATE = "request_throughput"
"""The quantity that falls as times grow."""
ENGINE_UNKNOWN = "serving_error_ttft_engine_unknown"
CHIP_UNKNOWN = "serving_error_chip"
SOURCE = "published-serving"
SMALLEST = 0.001
"""Of a factor of times: nothing takes no time."""


@frozen
class OwnTimes:
    """ln(measured / predicted) of one's own benchmark, and what of it was passed over."""

    tpot: tuple[float, ...] = ()
    ttft: tuple[float, ...] = ()
    request_throughput: tuple[float, ...] = ()
    engine: str = ANY_ENGINE
    passed_over: int = 0

    @property
    def rows(self) -> int:
        """How many rows speak."""
        return max(len(self.tpot), len(self.ttft))


NONE_MEASURED = OwnTimes()


def kind_of(arch: Architecture) -> str:
    """Return the kind of a model: sparse attention runs slower than its bytes and FLOP say."""
    return SPARSE if arch.is_sparse else USUAL


def error_name(quantity: str, kind: str) -> str:
    """Return the name of the fact: the factor between a predicted quantity and what happens."""
    return f"serving_error_{quantity}_{kind}"


def within_name(quantity: str) -> str:
    """Return the name of the spread of rows about the mean of their model, engine and chip."""
    return f"serving_error_{quantity}_within"


def errors_of(
    rates: Mapping[str, Fact],
    quantity: str,
    arch: Architecture,
    chip: Chip,
    engine: str = ANY_ENGINE,
    formats: Formats | None = None,
    own: OwnTimes = NONE_MEASURED,
) -> tuple[Fact, ...]:
    """Return the factors between a predicted quantity of a model and what happens.

    That of its kind, then what each thing adds that is not known. One's own rows speak of all of
    them together. Of llama.cpp's files it is that of its speeds, a time being one over a speed.
    """
    if formats is not None and formats.software:
        return (_of_local_speeds(rates, quantity, own),)
    residual = rates[error_name(quantity, kind_of(arch))]
    factors = (residual, *unknown_of(rates, quantity, chip, engine))
    if not own.rows:
        return factors
    low, value, high = interval_of(1.0, factors)
    whole = replace(residual, low=low or value, value=value, high=high or value)
    return (learnt_fact(whole, rates[within_name(quantity)], getattr(own, quantity)),)


def unknown_of(
    rates: Mapping[str, Fact], quantity: str, chip: Chip, engine: str
) -> tuple[Fact, ...]:
    """Return what the engine adds where its name would tell, and a chip without fitted rates."""
    unknown = []
    if quantity in BY_NAME and engine not in ENGINES:
        unknown.append(rates[ENGINE_UNKNOWN])
    if is_unfitted(chip, rates):
        slower = _together(rates[CHIP_UNKNOWN])
        unknown.append(_inverse(slower) if quantity == RATE else slower)
    return tuple(unknown)


def centre_of(factors: Sequence[Fact]) -> float:
    """Return the product of the central values."""
    return prod(fact.value for fact in factors)


def _of_local_speeds(rates: Mapping[str, Fact], quantity: str, own: OwnTimes) -> Fact:
    name, time = ("prefill_rate", "ttft") if quantity == "ttft" else ("decode_rate", "tpot")
    logs = [-log for log in getattr(own, time)]
    speed = _together(learnt_fact(rates[local_error_name(name)], rates[within_name(time)], logs))
    return speed if quantity == RATE else _inverse(speed)


def _together(fact: Fact) -> Fact:
    """Return a fact that moves with its inverse."""
    return replace(fact, shared=fact.path, correlation=1.0)


def _inverse(fact: Fact) -> Fact:
    """Return one over a fact, which falls as that grows."""
    return replace(
        fact,
        path=f"{fact.path}/inverse",
        value=1 / fact.value,
        low=1 / fact.high,
        high=1 / fact.low,
        shared=fact.path,
        correlation=-1.0,
    )


def is_unfitted(chip: Chip, rates: Mapping[str, Fact]) -> bool:
    """Return whether no rate was fitted to chips of its kind."""
    return f"attention_rate_{chip.generation.lower()}" not in rates


def local_error_name(quantity: str) -> str:
    """Return the name of the fact for speeds of llama.cpp on devices at home."""
    return f"serving_error_{quantity}_gguf"


def published(fact: Fact) -> Fact:
    """Return a factor as learnt from published rows of served models."""
    return replace(fact, source=SOURCE, confidence="measured", limits=Limits(least=SMALLEST))


def learnt(name: str, residuals: Sequence[Residual], kind: str) -> Fact:
    """Return a factor from residuals; usual models borrow nothing from sparse ones."""
    speaking = [row for row in residuals if kind == SPARSE or row.kind == USUAL]
    return published(residual_fact(name, speaking, kind))
