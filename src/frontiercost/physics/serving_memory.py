"""What a served model takes of a chip's memory: weights, caches of requests, prefixes kept.

Source: Pope et al. 2022, section 3.3; engines' defaults.
"""

import numpy as np

from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.arrays import Array
from frontiercost.physics.forward_pass import Deployment
from frontiercost.physics.model_shape import Architecture, head_params, total_params
from frontiercost.physics.token_flop import kv_elements, state_bytes

USABLE_MEMORY = 0.9  # that engines take of a chip unless told otherwise (vLLM, TensorRT-LLM)
WORKSPACE = 0.05  # of a chip's memory, for activations and buffers: 4 GB of 80


@frozen(kw_only=True)
class Request:
    """Mean lengths of a request [token]; `cached` of the prompt are in the cache already.

    For each request in flight the prefixes of so many `sessions`, its own among them, are kept.
    """

    prompt: float
    output: float
    cached: float = 0.0
    sessions: float = 1.0


def room_on(chip: Chip, software: str = "") -> float:
    """Bytes of a chip for weights and caches: what an engine may use, less its workspace.

    Of the total that the maker's tool shows; llama.cpp takes all there is.
    Source: engines' defaults; of unified memory, what its maker lends to the GPU.
    """
    share = chip.facts.get("usable_memory")
    usable = 1.0 if software else USABLE_MEMORY
    usable = min(share.value, usable) if share else usable
    shown = chip.facts.get("memory_shown") or chip.fact("memory")
    return (usable - WORKSPACE) * shown.value


def weight_memory(arch: Architecture, deployment: Deployment) -> Number:
    """Bytes of weights on a chip: (dense / t + experts / n) / p + embeddings / t.

    Source: Pope et al. 2022, section 3.3.
    """
    expert = sum(b.stored * b.experts * b.expert(arch.hidden) for b in arch.mixtures)
    embeddings = head_params(arch) * (1 if arch.tied_embeddings else 2)
    dense = total_params(arch) - expert - embeddings
    layers = dense * deployment.weight_bytes / deployment.tensor
    layers = layers + expert * deployment.expert_bytes / deployment.stage_chips
    ends = embeddings * deployment.head_bytes / deployment.tensor
    if not arch.tied_embeddings:  # the first stage looks up, the last one has the head
        ends = ends / np.minimum(deployment.pipeline, 2)
    return layers / deployment.pipeline + ends


def sequence_memory(arch: Architecture, deployment: Deployment, tokens: Number) -> Number:
    """Bytes on a chip of one sequence's cache and states: (cache / ways + states / t) / c.

    Ignores paging.  Source: Pope et al. 2022, section 3.3.
    """
    ways = np.minimum(deployment.tensor, arch.cache_ways)
    cache = kv_elements(arch, tokens) * deployment.cache_bytes / ways
    return (cache + state_bytes(arch) / deployment.tensor) / deployment.context


def replica_memory(
    arch: Architecture,
    deployment: Deployment,
    in_flight: Number,
    request: Request,
) -> Number:
    """Bytes on a chip: weights, and prompt and output of every request in flight.

    Every pipeline stage has as many in flight.  Source: `weight_memory`, `sequence_memory`.
    """
    sequence = sequence_memory(arch, deployment, request.prompt + request.output)
    return weight_memory(arch, deployment) + in_flight * sequence


def cache_tokens(
    arch: Architecture, deployment: Deployment, request: Request, chip: Chip, software: str = ""
) -> Number:
    """Tokens whose keys and values fit into a replica, in sequences of this length.

    Source: `room_on`, `sequence_memory`.
    """
    tokens = request.prompt + request.output
    free = np.maximum(room_on(chip, software) - weight_memory(arch, deployment), 0.0)
    groups = deployment.data * deployment.pipeline
    return groups * tokens * free / sequence_memory(arch, deployment, tokens)


def still_cached(
    arch: Architecture,
    deployment: Deployment,
    in_flight: Array,
    request: Request,
    free: Array,
) -> Number:
    """Tokens of a prompt that are in the cache: all of its prefix, or none once all do not fit.

    Sessions take turns, so what is used longest ago is thrown out just before it is wanted.
    Source: hit rates of 95 % with room for all sessions and below 1 % with room for half, vLLM on
    MI355X (InferenceX 2026).
    """
    if not request.cached:
        return 0.0
    waiting = in_flight * (request.sessions - 1)
    kept = waiting * sequence_memory(arch, deployment, request.cached)
    return np.where(kept <= free, request.cached, 0.0)
