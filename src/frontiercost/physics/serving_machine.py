"""The machine that serves a model: a catalogue chip at its formats, with realised rates."""

from collections.abc import Mapping
from dataclasses import fields

from frontiercost.catalogue.types import SERVER_CHIPS, Chip
from frontiercost.core.facts import Fact
from frontiercost.physics import forward_pass
from frontiercost.physics.number_formats import Formats
from frontiercost.physics.realised_rates import ANY_GENERATION, number

BY_CHIP = ("gemm_rate", "expert_rate", "weight_share", "attention_rate")
HOST = ("step_overhead", "sequence_overhead", "expert_overhead")
"""What an engine's host adds to a step: it changes with each release, so none is known by name."""
BY_ENGINE = (*HOST, "first_token_overhead", "burst", "prompt_factor")
ENGINES = ("vllm", "sglang", "trtllm")
SHARED = (
    *(f.name for f in fields(forward_pass.ServingSoftware) if f.name not in BY_ENGINE),
    *("interference", "queue", "network_share", "prompt_utilisation"),
)
ANY_ENGINE = "any"
SLOWEST_LINK = 2e10  # B/s: PCIe, for chips without a link or a network of their own


def rate_name(
    kind: str, formats: Formats, generation: str, engine: str, rates: Mapping[str, Fact]
) -> str:
    """The fact that holds a rate: that of the generation or the engine, else of any.

    Source: definition.
    """
    if kind in ("expert_rate", "weight_share"):
        return f"{kind}_{formats.expert_family if kind == 'expert_rate' else formats.family}"
    stem = f"{kind}_{formats.family}" if kind == "gemm_rate" else kind
    own = engine if kind in BY_ENGINE else generation.lower()
    return f"{stem}_{own}" if f"{stem}_{own}" in rates else f"{stem}_{ANY_GENERATION}"


def peaks_of(chip: Chip, formats: Formats) -> dict[str, float]:
    """Peaks and bandwidths of a chip as `ServingMachine` names them.  Source: data sheets."""

    def known(key: str, otherwise: float) -> float:
        return chip.facts[key].value if key in chip.facts else otherwise

    network = known("scaleout_bandwidth", SLOWEST_LINK)
    return {
        "peak": chip.peak(formats.family).value,
        "expert_peak": chip.peak(formats.expert_family).value,
        "peak_bf16": chip.peak("bf16").value,
        "memory_bandwidth": chip.fact("memory_bandwidth").value,
        "link_bandwidth": known("scaleup_bandwidth", network),
        "network_bandwidth": network,
        "domain": max(known("scaleup_domain", SERVER_CHIPS), SERVER_CHIPS),
    }


def rates_on(
    chip: Chip, formats: Formats, rates: Mapping[str, Fact], engine: str
) -> dict[str, float]:
    """The rates of a chip and an engine by name, at their central values.

    Source: `serving_rates.toml`.
    """
    own = {
        kind: number(rates[rate_name(kind, formats, chip.generation, engine, rates)])
        for kind in (*BY_CHIP, *BY_ENGINE)
    }
    local = [name for name in rates if name.endswith("_gguf")]
    return own | {name: number(rates[name]) for name in (*SHARED, *local)}


def machine_on(
    chip: Chip, formats: Formats, rate: Mapping[str, float]
) -> forward_pass.ServingMachine:
    """The chip with what serving reaches of it.  Source: `peaks_of`, `rates_on`."""
    peaks = peaks_of(chip, formats)
    peaks["network_bandwidth"] *= rate["network_share"]
    return forward_pass.ServingMachine(**peaks, **{name: rate[name] for name in BY_CHIP})
