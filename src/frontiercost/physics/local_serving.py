"""Passes of llama.cpp's files on devices at home or in an office: bandwidth, compute, launches.

A device holds whole layers; several take turns at a token and share the micro-batches of a prompt.
Source: llama.cpp (micro-batches of 512 tokens, layers split over devices); fitted to measured rows.
"""

from collections.abc import Mapping

import numpy as np

from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import FLOP_PER_PARAMETER
from frontiercost.physics.forward_pass import Deployment
from frontiercost.physics.model_shape import Architecture, head_params, matmul_params
from frontiercost.physics.token_flop import (
    attention_core_flop_per_token,
    kv_elements_read,
    state_bytes,
)

MICRO_BATCH = 512
"""Tokens of a prompt that llama.cpp computes together."""
RATES = ("weight_share", "layer_overhead", "gemm_rate", "mixture_rate", "core_rate", "kernel_peak")
"""Facts of `serving_rates.toml`, each with `_gguf`."""


@frozen(kw_only=True)
class LocalMachine:
    """One device: bandwidth [B/s] and peak [FLOP/s] of its data sheet, and what is reached of them.

    Kernels gain little from chips beyond `kernel_peak`: rate = share peak / (1 + peak / limit).
    """

    memory_bandwidth: float
    peak: float
    weight_share: float
    layer_overhead: float
    gemm_rate: float
    mixture_rate: float  # of products of a mixture over those of a dense model
    core_rate: float  # of attention over those
    kernel_peak: float

    @property
    def flop_rate(self) -> float:
        """FLOP/s that products of dense layers reach.  Source: fitted."""
        return self.gemm_rate * self.peak / (1 + self.peak / self.kernel_peak)


def local_machine(chip: Chip, rates: Mapping[str, float]) -> LocalMachine:
    """The device with its rates.  Source: data sheets; `serving_rates.toml`."""
    peak = chip.facts.get("peak_fp16_accumulate") or chip.fact("peak_bf16")
    reached = {name: rates[f"{name}_gguf"] for name in RATES}
    bandwidth = chip.fact("memory_bandwidth").value
    return LocalMachine(memory_bandwidth=bandwidth, peak=peak.value, **reached)


def step_seconds(
    arch: Architecture,
    sequences: Number,
    context: Number,
    deployment: Deployment,
    machine: LocalMachine,
) -> Number:
    """Seconds of one decode step of n sequences: the weights it touches and their caches, read.

    t = max(bytes / (s BW), n F / rate) + L o, the two joined as (x^4 + y^4)^(1/4).
    Source: roofline.
    """
    core = sum(mixer.count * mixer.step_flop(context) for mixer in arch.mixers)
    flop = sequences * FLOP_PER_PARAMETER * matmul_params(arch)
    kept = kv_elements_read(arch, context) * deployment.cache_bytes + 2 * state_bytes(arch)
    moved = _touched_bytes(arch, sequences, deployment) + sequences * kept
    seconds = _seconds(arch, flop, sequences * core, moved, machine)
    return seconds + arch.layers * machine.layer_overhead


def prompt_seconds(
    arch: Architecture,
    prompt: Number,
    cached: Number,
    deployment: Deployment,
    machine: LocalMachine,
) -> Number:
    """Seconds to read a prompt of which a prefix is cached, in micro-batches of 512 tokens.

    m micro-batches on p devices take (m + p - 1) / p times one, for each device has L / p layers.
    Source: roofline; pipeline of micro-batches.
    """
    fresh = np.maximum(prompt - cached, 1.0)
    batches = np.ceil(fresh / MICRO_BATCH)
    core = prompt * attention_core_flop_per_token(arch, prompt)
    core = core - cached * attention_core_flop_per_token(arch, np.maximum(cached, 1.0))
    flop = FLOP_PER_PARAMETER * matmul_params(arch) * fresh / batches
    moved = _touched_bytes(arch, fresh / batches, deployment)
    devices = deployment.pipeline
    one = (
        _seconds(arch, flop, core / batches, moved, machine) + arch.layers * machine.layer_overhead
    )
    return one * (batches + devices - 1) / devices


def _seconds(
    arch: Architecture, flop: Number, core: Number, moved: Number, machine: LocalMachine
) -> Number:
    products = flop / (machine.mixture_rate if arch.experts else 1.0)
    computing = (products + core / machine.core_rate) / machine.flop_rate
    reading = moved / (machine.memory_bandwidth * machine.weight_share)
    return np.sqrt(np.hypot(np.square(computing), np.square(reading)))


def _touched_bytes(arch: Architecture, tokens: Number, deployment: Deployment) -> Number:
    """Bytes of weights that so many tokens touch: all but the experts that none chose."""
    routed = sum(b.count * b.working * b.expert(arch.hidden) for b in arch.mixtures)
    dense = matmul_params(arch) - head_params(arch) - routed
    experts: Number = 0.0
    for block in arch.mixtures:
        touched = block.experts * (1 - (1 - block.working / block.experts) ** tokens)
        experts = experts + block.count * touched * block.expert(arch.hidden)
    return (
        dense * deployment.weight_bytes
        + experts * deployment.expert_bytes
        + head_params(arch) * deployment.head_bytes
    )
