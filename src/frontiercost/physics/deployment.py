"""Deployments of a served model on servers of one chip: which fit, how fast, how many requests.

The whole grid of tensor x data x expert ways and requests in flight is one array evaluation;
deployments whose weights and cache do not fit in memory are masked.
Source: Pope et al. 2022; DeepSeek-V3 inference overview 2025 (data-parallel attention).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontiercost.errors import InputError
from frontiercost.facts import Fact
from frontiercost.physics import serving
from frontiercost.physics.architecture import Architecture, kv_bytes
from frontiercost.physics.closed_form import FloatOrArray
from frontiercost.physics.load import BF16_BYTES, indexed
from frontiercost.physics.machine import ANY_GENERATION, number
from frontiercost.physics.shape import head_params, total_params
from frontiercost.records import Chip

BY_CHIP = ("gemm_rate", "expert_rate", "weight_share", "attention_rate")
BY_ENGINE = (
    *("step_overhead", "sequence_overhead", "expert_overhead"),
    *("first_token_overhead", "burst", "prompt_factor"),
)
ANY_ENGINE = "any"
SLOWEST_LINK = 2e10  # B/s: PCIe, for chips without a link of their own
USABLE_MEMORY = 0.9
WORKSPACE = 4e9  # bytes a chip keeps for activations and buffers
WAYS = (1, 2, 4, 8)
IN_FLIGHT = tuple(int(2 ** (k / 2)) for k in range(21))  # requests per group of chips, to 1,024

# what a number takes in memory, block scales included, and what its products are computed in
FORMATS = {
    **dict.fromkeys(("bf16", "bfloat16", "fp16", "float16"), ("bf16", 2.0)),
    **dict.fromkeys(("fp8", "fp8_block", "fp8_static", "fp8_ootb", "sq"), ("fp8", 1.0)),
    **dict.fromkeys(("fp4", "nvfp4"), ("fp4", 0.56)),
    **dict.fromkeys(("w4a8_mxfp4_mxfp8", "w4afp8"), ("fp8", 0.53)),
    **dict.fromkeys(("w4a16_mxfp4", "int4_wo"), ("bf16", 0.53)),
    "int8_wo": ("bf16", 1.0),
}
WIDER = {"fp4": "fp8", "fp8": "bf16"}


@dataclass(frozen=True, kw_only=True)
class Formats:
    """What dense and expert products are computed in, and bytes of their numbers and the cache."""

    family: str
    expert_family: str
    weight_bytes: float
    expert_bytes: float
    cache_bytes: float

    @property
    def sizes(self) -> dict[str, float]:
        """The bytes, as `Deployment` names them.  Source: definition."""
        return {
            "weight_bytes": self.weight_bytes,
            "expert_bytes": self.expert_bytes,
            "cache_bytes": self.cache_bytes,
        }


@dataclass(frozen=True, kw_only=True)
class Request:
    """Mean lengths of a request [token]."""

    prompt: float
    output: float


@dataclass(frozen=True, kw_only=True)
class Served:
    """Deployments that fit, as arrays: chips of a replica, requests in flight, times, rates.

    Times in seconds, rates in requests per second of a whole replica.
    """

    deployment: serving.Deployment
    in_flight: NDArray[np.float64]
    time_per_token: NDArray[np.float64]
    time_to_first_token: NDArray[np.float64]
    requests: NDArray[np.float64]

    @property
    def chip_seconds(self) -> NDArray[np.float64]:
        """Chip-seconds of a request: n / rate.  Source: definition."""
        return np.asarray(self.deployment.chips / self.requests, np.float64)

    def __getitem__(self, index: Any) -> "Served":
        """The deployments at an index."""
        own = [f.name for f in fields(self) if f.name != "deployment"]
        columns = {name: getattr(self, name)[index] for name in own}
        return Served(deployment=indexed(self.deployment, index), **columns)


def formats_on(chip: Chip, dense: str, experts: str, cache: str) -> Formats:
    """The formats of dense layers, experts and cache, as a chip computes them.

    Published FP4 mixtures keep attention in BF16: name it so.  Source: model cards.
    """
    family, weight_bytes = format_on(dense, chip)
    expert_family, expert_bytes = format_on(experts, chip)
    return Formats(
        family=family,
        expert_family=expert_family,
        weight_bytes=weight_bytes,
        expert_bytes=expert_bytes,
        cache_bytes=format_on(cache, chip)[1],
    )


def format_on(name: str, chip: Chip) -> tuple[str, float]:
    """What products of a number format are computed in on a chip, and bytes of a number.

    A chip without units for a format computes in the next wider one. Raises ValueError for a
    format that is not known.  Source: OCP microscaling formats (block scales included).
    """
    if name.lower() not in FORMATS:
        raise ValueError(f"number format '{name}' not known")
    family, size = FORMATS[name.lower()]
    while f"peak_{family}" not in chip.facts and family in WIDER:
        family = WIDER[family]
    return family, size


def rate_name(
    kind: str, formats: Formats, generation: str, engine: str, known: Mapping[str, Fact]
) -> str:
    """The fact that holds a rate: that of the generation or the engine, else of any.

    Source: definition.
    """
    if kind in ("expert_rate", "weight_share"):
        return f"{kind}_{formats.expert_family if kind == 'expert_rate' else formats.family}"
    stem = f"{kind}_{formats.family}" if kind == "gemm_rate" else kind
    own = engine if kind in BY_ENGINE else generation.lower()
    return f"{stem}_{own}" if f"{stem}_{own}" in known else f"{stem}_{ANY_GENERATION}"


def peaks_of(chip: Chip, formats: Formats) -> dict[str, float]:
    """Peaks and bandwidths of a chip as `ServingMachine` names them.  Source: data sheets."""
    links = ("scaleup_bandwidth", "scaleout_bandwidth")
    known = [chip.facts[key].value for key in links if key in chip.facts]
    return {
        "peak": chip.peak(formats.family).value,
        "expert_peak": chip.peak(formats.expert_family).value,
        "peak_bf16": chip.peak("bf16").value,
        "memory_bandwidth": chip.fact("memory_bandwidth").value,
        "link_bandwidth": known[0] if known else SLOWEST_LINK,
    }


def replica_memory(
    arch: Architecture, deployment: serving.Deployment, in_flight: FloatOrArray, request: Request
) -> FloatOrArray:
    """Bytes on a chip: dense weights / t + experts / n + caches / key-value ways + workspace.

    The cache holds prompt and output of every request in flight. Ignores paging.
    Source: Pope et al. 2022, section 3.3.
    """
    expert = arch.ffn_matrices * arch.hidden * arch.moe_ffn * arch.experts * arch.moe_layers
    embeddings = head_params(arch)
    dense = total_params(arch) - expert - embeddings
    weights = (
        dense * deployment.weight_bytes / deployment.tensor
        + embeddings * BF16_BYTES / deployment.tensor
        + expert * deployment.expert_bytes / deployment.chips
    )
    ways = np.minimum(deployment.tensor, 1 if arch.kv_lora_rank else arch.kv_heads)
    cache = kv_bytes(arch, request.prompt + request.output, 1.0) * deployment.cache_bytes
    return weights + in_flight * cache / ways + WORKSPACE


def served(
    arch: Architecture,
    request: Request,
    chip: Chip,
    formats: Formats,
    rates: Mapping[str, Fact],
    engine: str = ANY_ENGINE,
    largest: int = max(WAYS),
) -> Served:
    """Every deployment on up to so many chips that fits, with what it reaches under load.

    Raises InputError with the reason when none fits.  Source: exhaustive search.
    """
    deployment, in_flight = _grid(arch, formats, largest)
    used = replica_memory(arch, deployment, in_flight, request)
    room = USABLE_MEMORY * chip.fact("memory").value
    fitting = np.flatnonzero(used <= room)
    if not len(fitting):
        raise InputError(
            f"{largest} {chip.name}: the model and one request need at least "
            f"{np.min(used) / 1e9:.0f} GB a chip, and {room / 1e9:.0f} GB is usable; take more "
            "chips, chips with more memory, or a narrower number format"
        )
    rate = {
        kind: number(rates[rate_name(kind, formats, chip.generation, engine, rates)])
        for kind in (*BY_CHIP, *BY_ENGINE)
    } | {name: number(fact) for name, fact in rates.items()}
    kept = indexed(deployment, fitting)
    return _under_load(arch, request, kept, in_flight[fitting], peaks_of(chip, formats), rate)


def _grid(
    arch: Architecture, formats: Formats, largest: int
) -> tuple[serving.Deployment, NDArray[np.float64]]:
    """Tensor x data x requests in flight; a mixture spreads its experts or splits each of them."""
    spread = (False, True) if arch.experts else (False,)
    rows = [
        (tensor, data, tensor * data if wide else 1, count)
        for tensor, data, wide, count in product(WAYS, WAYS, spread, IN_FLIGHT)
        if tensor * data <= largest and (wide or data == 1)
    ]
    tensor, data, expert, in_flight = np.array(rows, np.float64).T
    return (
        serving.Deployment(
            tensor=tensor,
            data=data,
            expert=expert,
            **formats.sizes,
        ),
        in_flight,
    )


def _under_load(
    arch: Architecture,
    request: Request,
    deployment: serving.Deployment,
    in_flight: NDArray[np.float64],
    peaks: Mapping[str, float],
    rate: Mapping[str, float],
) -> Served:
    machine = serving.ServingMachine(**peaks, **{name: rate[name] for name in BY_CHIP})
    times = serving.times_under_load(
        serving.prefill(arch, 1.0, request.prompt),
        serving.decode(arch, in_flight, request.prompt + request.output / 2),
        deployment,
        machine,
        rate,
        in_flight,
        request.output,
    )
    concurrency = in_flight * deployment.data
    requests = serving.request_rate(concurrency, times.first, times.per_token, request.output)
    return Served(
        deployment=deployment,
        in_flight=in_flight,
        time_per_token=np.asarray(times.per_token, np.float64),
        time_to_first_token=np.asarray(times.first, np.float64),
        requests=np.asarray(requests, np.float64),
    )


def frontier(found: Served) -> Served:
    """Deployments that none is both faster to its user and cheaper than, fastest first.

    Source: definition (Pareto).
    """
    order = np.lexsort((found.chip_seconds, found.time_per_token))
    cheapest = np.minimum.accumulate(found.chip_seconds[order])
    first = np.r_[True, cheapest[1:] < cheapest[:-1]]
    return found[order[first]]


def cheapest(found: Served, slowest_token: float, slowest_first: float) -> Served:
    """The deployment of fewest chip-seconds that meets both times; raise InputError if none does.

    Source: exhaustive search.
    """
    meets = (found.time_per_token <= slowest_token) & (found.time_to_first_token <= slowest_first)
    if not meets.any():
        token, first = np.min(found.time_per_token), np.min(found.time_to_first_token)
        raise InputError(
            f"no deployment reaches it: the fastest gives {1 / token:.0f} tokens per second to a "
            f"user, the soonest first token comes after {first:.2g} s"
        )
    return found[int(np.flatnonzero(meets)[np.argmin(found.chip_seconds[meets])])]
