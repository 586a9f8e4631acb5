"""The machine and the software that drives it, as plain numbers: what a step time depends on.

`machine_of` makes one from a catalogue chip and the realised rates; the physics itself reads
neither files nor prices.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, replace

from frontiercost.catalogue.types import Chip
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Fact, Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.realised_rates import ANY_GENERATION, number

OPERAND_BYTES = {"bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "fp4": 0.5}
MATURING_YEARS = 1.0
"""In which what kernels of a new chip lack halves: judged, by one stack's releases of a year."""
CURRENT, UNFUSED = "current", "unfused"  # attention kernels; "first" fused ones in between


@frozen(kw_only=True)
class Machine:
    """One chip at one precision: peaks [FLOP/s], memory [B], bandwidths one way [B/s], rates.

    A rate is the share of the peak that training reaches; fields are numbers or arrays.
    Source: data sheets for the peaks, `training_rates.toml` for the rates.
    """

    peak: Number  # at the precision of the layers' matrix products
    peak_bf16: Number
    operand_bytes: Number
    memory: Number
    memory_bandwidth: Number
    scaleup_bandwidth: Number
    scaleup_domain: Number
    scaleout_bandwidth: Number
    gemm_rate: Number  # of peak
    head_rate: Number  # of peak_bf16: the output head stays in BF16
    attention_rate: Number  # of peak_bf16, causal attention core
    expert_rate: Number  # of expert products, relative to dense ones
    novelty: Number = 0.0  # 1 when the chip came out, halving every year; 0: old, or not known


@frozen(kw_only=True)
class Software:
    """How well the training software uses the machine, the same for every chip.

    Source: `training_rates.toml`, each with its own.
    """

    memory_bandwidth_share: Number
    elementwise_passes: Number  # times each kept activation crosses the memory bus
    scan_bytes: Number  # of memory traffic for a channel of a recurrence and token, forward
    quantise_passes: Number  # further times for the inputs of products below 16 bits
    fp4_quantise: Number  # times as many of these in 4 bits: rotations, scales of blocks, rounding
    recompute_cost: Number  # of a forward pass done again, relative to the first
    layer_overhead: Number  # seconds a layer and micro-batch cost whatever their size
    narrow_width: Number  # width of an expert at which half the rate is lost
    routing_passes: Number  # times routed rows cross the memory bus on the way and back
    routing_overhead: Number  # seconds a mixture layer costs besides
    young_mixture: Number  # times that work in a mixture takes while a chip is new
    scaleup_share: Number  # of the link's bandwidth, in collectives
    ring_share: Number
    alltoall_share: Number
    hidden_tensor: Number  # share of the traffic that computing hides today
    hidden_data: Number
    hidden_expert: Number
    hidden_pipeline: Number
    straggler_sigma: Number  # spread of step times between chips
    contention: Number  # loss of network bandwidth per doubling of the chips
    usable_memory: Number
    workspace: Number  # bytes
    attention_speed: Number = 1.0  # of the attention kernel, relative to a current one
    score_passes: Number = 0.0  # times an unfused kernel moves each score
    hides_traffic: Number = 1.0  # 0 for software that computed and sent in turn
    adapter_passes: Number = 0.0  # times the inputs and outputs of adapters cross the memory bus
    dequantise_passes: Number = 0.0  # times a 4-bit weight and its copy in BF16 do, for a product
    adapter_launches: Number = 0.0  # seconds in which the host launches a layer, forward
    host_bandwidth: Number = math.inf  # of a chip's share of the host's memory [B/s]


def machine_of(chip: Chip, precision: str, rates: Mapping[str, Fact], date: str = "") -> Machine:
    """The machine a catalogue chip is at a precision and date, with its generation's rates.

    Ignores power limits and memory the system keeps for itself. A chip whose network is not known
    takes the judged one (`judged_links`). Raises InputError for a server of several chips whose
    link is not known.  Source: the chip's data sheet.
    """
    values = {key: fact.value for key, fact in chip.facts.items()}
    family = precision_family(precision)
    domain = values.get("scaleup_domain", 1.0)
    if domain > 1 and "scaleup_bandwidth" not in values:
        raise InputError(
            f"`chip`: the bandwidth between the {domain:g} {chip.name} of a server is not public; "
            "describe a chip of your own with `scaleup_bandwidth`, or give `mfu`"
        )
    return Machine(
        peak=chip.peak(family).value,
        peak_bf16=chip.peak("bf16").value,
        operand_bytes=OPERAND_BYTES[family],
        memory=values["memory"],
        memory_bandwidth=values["memory_bandwidth"],
        scaleup_domain=domain,
        scaleup_bandwidth=values.get("scaleup_bandwidth", math.inf),
        scaleout_bandwidth=values.get("scaleout_bandwidth", rates["scaleout_default"].value),
        gemm_rate=gemm_rate(rates, chip, family).value,
        head_rate=gemm_rate(rates, chip, "bf16").value,
        attention_rate=_of_generation(rates, "attention_rate", chip.generation).value,
        expert_rate=_of_generation(rates, "expert_rate", chip.generation).value,
        novelty=novelty(chip.release, date),
    )


def novelty(release: str, date: str) -> float:
    """Return what of a chip's newness is left at a date, 2^(-years); 0 where one is not known.

    Source: definition.
    """
    if not (release and date):
        return 0.0
    years = _year(date) - _year(release)
    return float(2 ** -(max(years, 0.0) / MATURING_YEARS))


def _year(date: str) -> float:
    """A date, to the month where it has one, as years."""
    year, _, rest = date.partition("-")
    month = rest.partition("-")[0]
    return int(year) + ((int(month) - 0.5) / 12 if month else 0.5)


def judged_links(chip: Chip, chips: float, rates: Mapping[str, Fact]) -> str:
    """Say where the network of so many chips is judged; nothing where it is known or not needed.

    Source: definition.
    """
    domain = chip.facts["scaleup_domain"].value if "scaleup_domain" in chip.facts else 1.0
    if chips <= domain or "scaleout_bandwidth" in chip.facts:
        return ""
    judged = rates["scaleout_default"].value / 1e9
    return (
        f"the network between servers of {chip.name} is not public; {judged:g} GB/s a chip judged"
    )


def software_of(rates: Mapping[str, Fact]) -> Software:
    """The constants of the software, from their facts.  Source: `training_rates.toml`."""
    names = [f.name for f in fields(Software) if f.name in rates]
    return Software(**{name: number(rates[name]) for name in names})


def with_kernel(software: Software, attention: str, rates: Mapping[str, Fact]) -> Software:
    """Return the software with its attention kernel: current, first fused ones, or unfused."""
    if attention == CURRENT:
        return software
    speed = rates["first_kernel_speed"].value
    passes = rates["unfused_score_passes"].value if attention == UNFUSED else 0.0
    return replace(software, attention_speed=speed, score_passes=passes)


def gemm_rate(rates: Mapping[str, Fact], chip: Chip, precision: str) -> Fact:
    """Share of its peak that matrix products reach on a chip generation at a precision.

    Falls back to the mean of all generations at that precision.  Source: fit to published steps.
    """
    return _of_generation(rates, f"gemm_rate_{precision_family(precision)}", chip.generation)


def precision_family(precision: str) -> str:
    """bf16, fp8 or fp4: the width of the products, whatever scaling recipe goes with it.

    Source: definition.
    """
    name = precision.lower() or "bf16"
    for family in ("fp8", "fp4"):
        if family in name:
            return family
    if name in ("bf16", "fp16", "mixed"):
        return "bf16"
    raise InputError(f"`precision` '{precision}': choose from: bf16, fp16, fp8, fp4")


def _of_generation(rates: Mapping[str, Fact], name: str, generation: str) -> Fact:
    own = f"{name}_{generation.lower()}"
    return rates[own] if own in rates else rates[f"{name}_{ANY_GENERATION}"]
