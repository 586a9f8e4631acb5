"""How far predicted times of served models err: facts of `serving_rates.toml`, by kind of model.

Residuals are those of measured rows whose model was held out; what counts as one observation is a
model with an engine on a chip, however many rows it has (`stages.prediction_error`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact
from frontiercost.core.limits import Limits
from frontiercost.physics.model_shape import Architecture
from frontiercost.physics.number_formats import Formats
from frontiercost.physics.serving_machine import ANY_ENGINE
from frontiercost.stages.prediction_error import Residual, residual_fact

USUAL, SPARSE = "usual", "sparse"
KINDS = (USUAL, SPARSE)
BY_NAME = ("ttft",)
"""Quantities that an engine's name narrows; a step takes as long with each."""
SOURCE = "published-serving"
SMALLEST = 0.001
"""Of a factor of times: nothing takes no time."""


def kind_of(arch: Architecture) -> str:
    """Return the kind of a model: sparse attention runs slower than its bytes and FLOP say."""
    return SPARSE if arch.is_sparse else USUAL


def error_name(quantity: str, kind: str, engine: str = ANY_ENGINE) -> str:
    """Return the name of the fact: the factor between a predicted quantity and what happens."""
    named = "_named" if quantity in BY_NAME and engine != ANY_ENGINE else ""
    return f"serving_error_{quantity}{named}_{kind}"


def error_of(
    rates: Mapping[str, Fact],
    quantity: str,
    arch: Architecture,
    engine: str = ANY_ENGINE,
    formats: Formats | None = None,
) -> Fact:
    """Return the factor between a predicted quantity of a model and what happens.

    Of llama.cpp's files it is that of its speeds, a time being one over a speed.
    """
    if formats is None or not formats.software:
        return rates[error_name(quantity, kind_of(arch), engine)]
    if quantity == "request_throughput":
        return rates[local_error_name("decode_rate")]
    speed = rates[local_error_name("decode_rate" if quantity == "tpot" else "prefill_rate")]
    return replace(
        speed,
        path=f"{speed.path}/time",
        value=1 / speed.value,
        low=1 / speed.high,
        high=1 / speed.low,
        shared=speed.path,
        correlation=-1.0,
    )


def is_unfitted(chip: Chip, formats: Formats, rates: Mapping[str, Fact]) -> bool:
    """Return whether no rate was fitted to chips of its kind; llama.cpp's are to any."""
    return f"attention_rate_{chip.generation.lower()}" not in rates and not formats.software


def local_error_name(quantity: str) -> str:
    """Return the name of the fact for speeds of llama.cpp on devices at home."""
    return f"serving_error_{quantity}_gguf"


def learnt_of(name: str, residuals: Sequence[Residual], kind: str) -> Fact:
    """Return a factor from residuals of its own kind and others."""
    return replace(
        residual_fact(name, residuals, kind),
        source=SOURCE,
        confidence="measured",
        limits=Limits(least=SMALLEST),
    )


def learnt(name: str, residuals: Sequence[Residual], kind: str) -> Fact:
    """Return such a factor from residuals; usual models borrow nothing from sparse ones."""
    speaking = [row for row in residuals if kind == SPARSE or row.kind == USUAL]
    return learnt_of(name, speaking, kind)
