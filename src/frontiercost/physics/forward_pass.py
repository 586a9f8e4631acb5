"""Time of one forward pass of a served model: prefill of a prompt, or one decode step of a batch.

Pass = matrix products + experts + attention + head + element-wise + launches + collectives, on
the chips of a replica. Fields of all records may be floats or numpy arrays that broadcast.
Source: Pope et al. 2022 (Efficiently scaling transformer inference); DeepSeek-V3 report, section 3.
"""

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import BF16_BYTES, FLOP_PER_PARAMETER, sum_of_fields
from frontiercost.physics.collectives import all_reduce_seconds, all_to_all_seconds
from frontiercost.physics.model_shape import Architecture, head_params, matmul_params
from frontiercost.physics.token_flop import (
    attention_core_flop_per_token,
    kv_elements,
    kv_elements_read,
    state_bytes,
)

ALL_REDUCES_PER_LAYER = 2
STATE_PASSES = 2  # a recurrent state is read and written
REFERENCE_HEAD_DIM = 128


@frozen(kw_only=True)
class Pass:
    """What one forward pass asks of each group of chips that holds its own sequences.

    Source: the formulas in `prefill` and `decode`.
    """

    tokens: Number  # processed
    sequences: Number
    layers: Number
    hidden: Number
    head_dim: Number
    kv_heads: Number  # ways its cache can be split: 1 for a latent
    dense_params: Number  # all layers: projections, dense and shared blocks, router
    head_params: Number
    expert_params: Number  # one expert of one layer
    expert_width: Number
    experts: Number
    experts_per_token: Number
    moe_layers: Number
    sent_share: Number  # of a token's elements that go to its experts: below 1 in a latent width
    core_flop: Number  # scores and weighted values, of all tokens and layers
    cache_elements: Number  # read of the cache, all sequences and layers
    state_bytes: Number  # of recurrent mixers, read and written, all sequences and layers
    keys: Number  # mean length attended to
    shared_tokens: Number  # 1: context ways share the tokens (a prompt); 0: only its cache
    passed_elements: Number  # of the cache, handed around between context ways


@frozen(kw_only=True)
class Deployment:
    """How a replica is spread over chips, and the bytes its numbers take.

    A stage has n = tensor x data x context chips and a share of the layers; experts live on
    `expert` groups of n / expert chips. Context ways each keep a part of every sequence's cache.
    """

    tensor: Number
    data: Number = 1.0
    expert: Number = 1.0
    pipeline: Number = 1.0
    context: Number = 1.0
    weight_bytes: Number = 1.0
    expert_bytes: Number = 1.0
    cache_bytes: Number = 1.0
    head_bytes: Number = BF16_BYTES

    @property
    def stage_chips(self) -> Number:
        """Chips of a pipeline stage: t d c.  Source: definition."""
        return self.tensor * self.data * self.context

    @property
    def chips(self) -> Number:
        """Chips of a replica: t d c p.  Source: definition."""
        return self.stage_chips * self.pipeline


@frozen(kw_only=True)
class ServingMachine:
    """One chip: peaks [FLOP/s], bandwidths [B/s], and what serving reaches of them.

    Source: data sheets for the peaks, `serving_rates.toml` for the rates.
    """

    peak: Number  # of dense layers' products, at their precision
    expert_peak: Number
    peak_bf16: Number
    memory_bandwidth: Number
    link_bandwidth: Number
    network_bandwidth: Number  # between servers
    domain: Number  # chips on links
    gemm_rate: Number
    expert_rate: Number
    weight_share: Number  # of the memory bandwidth, reading weights
    attention_rate: Number


@frozen(kw_only=True)
class ServingSoftware:
    """What serving costs besides bytes and FLOP, the same for every chip.

    Source: `serving_rates.toml`.
    """

    cache_share: Number  # of the memory bandwidth, reading the cache
    short_keys: Number  # keys at which attention loses half its rate
    narrow_head: Number  # exponent of head_dim / 128 in the attention rate
    narrow_width: Number  # width of an expert at which half the rate is lost
    imbalance: Number  # excess of the busiest expert group, per doubling of groups
    elementwise_passes: Number
    layer_overhead: Number  # seconds per layer
    expert_overhead: Number  # seconds per mixture layer
    link_share: Number
    link_latency: Number  # seconds per collective and doubling of its ranks
    step_overhead: Number  # seconds per pass: scheduling, sampling
    sequence_overhead: Number  # seconds per sequence in a pass
    # between servers, where no published row measures it
    network_latency: Number = 0.0  # seconds per exchange and doubling of its servers
    hidden_exchange: Number = 0.0  # share of experts' traffic behind computing


def software_from(rate: Mapping[str, Number]) -> ServingSoftware:
    """What serving costs besides, from rates by name.  Source: `serving_rates.toml`."""
    names = (f.name for f in fields(ServingSoftware) if f.name in rate)
    return ServingSoftware(**{name: rate[name] for name in names})


@frozen(kw_only=True)
class PassTime:
    """Seconds of one pass by cause.  Source: the formulas in `pass_time`."""

    gemm: Number
    experts: Number
    attention: Number
    head: Number
    elementwise: Number
    overhead: Number
    collectives: Number

    @property
    def total(self) -> Number:
        """Seconds of the pass: the sum of all terms.  Source: definition."""
        return sum_of_fields(self)


def prefill(arch: Architecture, sequences: Number, prompt: Number, cached: Number = 0.0) -> Pass:
    """The pass that reads prompts of s tokens of which the first h are in the cache.

    Causal core b [s F_core(s) - h F_core(h)]; the cache of the prefix is read once.
    Source: Pope et al. 2022, section 3.
    """
    core = prompt * attention_core_flop_per_token(arch, prompt)
    core = core - cached * attention_core_flop_per_token(arch, np.maximum(cached, 1.0))
    read = kv_elements(arch, cached) * (cached / np.maximum(prompt, 1))
    return replace(
        _pass(
            arch,
            sequences * (prompt - cached),
            sequences,
            sequences * core,
            sequences * read,
            prompt,
        ),
        shared_tokens=1.0,
        passed_elements=sequences * kv_elements(arch, prompt),
    )


def decode(arch: Architecture, sequences: Number, context: Number) -> Pass:
    """One step of a batch at this context: the cache is read, one token each is written.

    Each mixer reads and computes as a server does it: latents in their absorbed form, of sparse
    attention what was chosen.  Source: Pope et al. 2022, section 3.3.
    """
    core = sum(mixer.count * mixer.step_flop(context) for mixer in arch.mixers)
    cache = kv_elements_read(arch, context)
    return _pass(arch, sequences, sequences, sequences * core, sequences * cache, context)


def _pass(
    arch: Architecture,
    tokens: Number,
    sequences: Number,
    core: Number,
    cache: Number,
    keys: Number,
) -> Pass:
    usual = arch.mixtures[0] if arch.mixtures else None
    routed = sum(b.count * b.working * b.expert(arch.hidden) for b in arch.mixtures)
    return Pass(
        tokens=tokens,
        sequences=sequences,
        layers=arch.layers,
        hidden=arch.hidden,
        head_dim=max(mixer.key_width for mixer in arch.mixers) or REFERENCE_HEAD_DIM,
        kv_heads=arch.cache_ways,
        dense_params=matmul_params(arch) - head_params(arch) - routed,
        head_params=head_params(arch),
        expert_params=usual.expert(arch.hidden) if usual else 0,
        expert_width=usual.width if usual else 1,
        experts=usual.experts if usual else 1,
        experts_per_token=usual.working if usual else 1,
        moe_layers=sum(block.count for block in arch.mixtures),
        sent_share=usual.sent_width(arch.hidden) / arch.hidden if usual else 1.0,
        core_flop=core,
        cache_elements=cache,
        state_bytes=STATE_PASSES * sequences * state_bytes(arch),
        keys=keys,
        shared_tokens=0.0,
        passed_elements=0.0,
    )


def _tokens_of_a_chip(forward: Pass, deployment: Deployment) -> Number:
    return forward.tokens / deployment.context**forward.shared_tokens


def pass_time(
    forward: Pass, deployment: Deployment, machine: ServingMachine, software: ServingSoftware
) -> PassTime:
    """Seconds of one forward pass.

    Every product takes the longer of its FLOP and its bytes. A pass goes through all pipeline
    stages. Ignores overlap between kinds of work within a server, and paging of the cache.
    Source: Pope et al. 2022.
    """
    return PassTime(
        gemm=_gemm(forward, deployment, machine),
        experts=_experts(forward, deployment, machine, software),
        attention=_attention(forward, deployment, machine, software),
        head=_head(forward, deployment, machine),
        elementwise=_elementwise(forward, deployment, machine, software),
        overhead=forward.layers * software.layer_overhead
        + forward.moe_layers * software.expert_overhead
        + software.step_overhead
        + software.sequence_overhead * forward.sequences,
        collectives=_collectives(forward, deployment, machine, software),
    )


def _roofline_time(flop: Number, moved: Number) -> Number:
    """The two overlap but for their ends: (x^4 + y^4)^(1/4)."""
    return np.sqrt(np.hypot(np.square(flop), np.square(moved)))


def _gemm(forward: Pass, deployment: Deployment, machine: ServingMachine) -> Number:
    """2 W T / (t peak) against W bytes / (t bandwidth)."""
    params = forward.dense_params / deployment.tensor
    tokens = _tokens_of_a_chip(forward, deployment)
    flop = FLOP_PER_PARAMETER * params * tokens / (machine.peak * machine.gemm_rate)
    moved = params * deployment.weight_bytes / (machine.memory_bandwidth * machine.weight_share)
    return _roofline_time(flop, moved)


def _head(forward: Pass, deployment: Deployment, machine: ServingMachine) -> Number:
    """Logits of the last position of each sequence, computed in BF16."""
    params = forward.head_params / deployment.tensor
    flop = FLOP_PER_PARAMETER * params * forward.sequences / (machine.peak_bf16 * machine.gemm_rate)
    moved = params * deployment.head_bytes / (machine.memory_bandwidth * machine.weight_share)
    return _roofline_time(flop, moved)


def experts_touched(forward: Pass, tokens: Number) -> Number:
    """Experts that at least one of so many tokens chose: E (1 - (1 - k/E)^T).

    Ignores that some experts are chosen more often.  Source: independent uniform choice.
    """
    return forward.experts * (1 - (1 - forward.experts_per_token / forward.experts) ** tokens)


def _experts(
    forward: Pass, deployment: Deployment, machine: ServingMachine, software: ServingSoftware
) -> Number:
    """The busiest group's share of the chosen experts' products, each a slice of n / e ways."""
    tokens, groups = forward.tokens * deployment.data, deployment.expert
    split = deployment.stage_chips / groups
    width = forward.expert_width / split
    busiest = 1 + software.imbalance * np.log2(np.maximum(groups, 1))
    flop = FLOP_PER_PARAMETER * forward.expert_params * tokens * forward.experts_per_token
    flop = flop * busiest / deployment.stage_chips
    rate = machine.expert_peak * machine.expert_rate * width / (width + software.narrow_width)
    moved = forward.expert_params * experts_touched(forward, tokens) * deployment.expert_bytes
    moved = moved / deployment.stage_chips * np.minimum(busiest, 2)
    seconds = _roofline_time(flop / rate, moved / (machine.memory_bandwidth * machine.weight_share))
    return forward.moe_layers * seconds


def _attention(
    forward: Pass, deployment: Deployment, machine: ServingMachine, software: ServingSoftware
) -> Number:
    """Core FLOP over the heads of a chip, against the cache over the key-value heads of a chip."""
    ramp = forward.keys / (forward.keys + software.short_keys)
    narrow = (np.minimum(forward.head_dim, REFERENCE_HEAD_DIM) / REFERENCE_HEAD_DIM) ** (
        software.narrow_head
    )
    rate = machine.peak_bf16 * machine.attention_rate * ramp * narrow
    ways = np.minimum(deployment.tensor, forward.kv_heads) * deployment.context
    moved = forward.cache_elements * deployment.cache_bytes / ways
    moved = moved + forward.state_bytes / (deployment.tensor * deployment.context)
    return _roofline_time(
        forward.core_flop / (deployment.tensor * deployment.context) / rate,
        moved / (machine.memory_bandwidth * software.cache_share),
    )


def _elementwise(
    forward: Pass, deployment: Deployment, machine: ServingMachine, software: ServingSoftware
) -> Number:
    """Norms, rotary embedding, quantisation: passes over the residual stream, on every chip."""
    tokens = _tokens_of_a_chip(forward, deployment)
    moved = software.elementwise_passes * tokens * forward.hidden * BF16_BYTES
    return forward.layers * moved / machine.memory_bandwidth


def _collectives(
    forward: Pass, deployment: Deployment, machine: ServingMachine, software: ServingSoftware
) -> Number:
    """Two all-reduces per layer over the tensor ways; experts', context's and stages' traffic."""
    ways = deployment.tensor
    inside = ways <= machine.domain
    links = machine.link_bandwidth * software.link_share
    bandwidth = np.where(inside, links, machine.network_bandwidth)
    payload = _tokens_of_a_chip(forward, deployment) * forward.hidden * BF16_BYTES
    reduces = ALL_REDUCES_PER_LAYER * forward.layers
    ring = all_reduce_seconds(payload, ways, bandwidth) + software.link_latency * np.log2(ways)
    hops = deployment.pipeline - 1
    return (
        reduces * ring
        + forward.moe_layers
        * _exchange(forward, payload * forward.sent_share, deployment, machine, software)
        + _context_traffic(forward, payload, deployment, machine, software)
        + hops * (payload / machine.network_bandwidth + software.network_latency)
    )


def _exchange(
    forward: Pass,
    payload: Number,
    deployment: Deployment,
    machine: ServingMachine,
    software: ServingSoftware,
) -> Number:
    """Tokens to their experts and back: over links, or to each server once over the network.

    Within a server a token travels k times. Between servers it goes at most once to each, there in
    the experts' format and back in BF16, and two micro-batches hide a share behind computing.
    """
    groups = deployment.data * deployment.context
    bandwidth = machine.link_bandwidth * software.link_share
    routed = payload * np.minimum(forward.experts_per_token, deployment.stage_chips)
    there = all_to_all_seconds(routed, 1 / groups, bandwidth)
    there = there + software.link_latency * np.log2(np.maximum(groups, 1))
    servers = np.maximum(deployment.stage_chips / machine.domain, 1)
    narrow = (deployment.expert_bytes + BF16_BYTES) / (2 * BF16_BYTES)
    copies = narrow * payload * np.minimum(forward.experts_per_token, servers)
    wide = all_to_all_seconds(copies, 1 / servers, machine.network_bandwidth)
    wide = wide + software.network_latency * np.log2(servers)
    hidden = np.where(servers > 1, software.hidden_exchange, 0.0)
    slower: Number = np.maximum(there, wide)
    return 2 * slower * (1 - hidden)


def _context_traffic(
    forward: Pass,
    payload: Number,
    deployment: Deployment,
    machine: ServingMachine,
    software: ServingSoftware,
) -> Number:
    """A prompt's keys and values go round the context ways; a step's partial outputs are summed."""
    ways, links = deployment.context, machine.link_bandwidth * software.link_share
    inside = deployment.tensor * ways <= machine.domain
    bandwidth = np.where(inside, links, machine.network_bandwidth)
    latency = np.where(inside, software.link_latency, software.network_latency) * np.log2(ways)
    kept = np.minimum(deployment.tensor, forward.kv_heads)
    passed = forward.passed_elements * deployment.cache_bytes / kept * (ways - 1) / ways
    summed = (1 - forward.shared_tokens) * all_reduce_seconds(payload, ways, bandwidth)
    return passed / bandwidth + forward.layers * (summed + latency)
