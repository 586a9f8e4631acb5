"""Times of requests that share a deployment: prompts interrupt steps, and wait for each other.

A closed loop of n requests per group of chips, or prompts and steps on chips of their own.
Source: Little's law; M/G/1 queue; DistServe (Zhong et al. 2024) for prompts apart.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from frontiercost.core.facts import Number
from frontiercost.core.frozen import frozen
from frontiercost.physics.forward_pass import (
    Deployment,
    Pass,
    ServingMachine,
    pass_time,
    software_from,
)

MOST_LOAD = 0.95  # of prompts: beyond, a queue without end is not what a closed loop shows


def token_time(
    step: Number,
    prompt: Number,
    sequences: Number,
    output: Number,
    interference: Number,
) -> Number:
    """Time per output token with continuous batching: t = step + i n prompt / output.

    While a request writes `output` tokens, each of the n requests beside it reads a prompt once; a
    share i of that lengthens its steps.  Source: closed loop at n requests, Little's law.
    """
    return step + interference * sequences * prompt / output


def first_token_time(
    step: Number,
    prompt: Number,
    sequences: Number,
    load: Number,
    overhead: Number,
    burst: Number,
    queue: Number,
) -> Number:
    """Time to first token: overhead + prompt (1 + burst (n - 1) + queue rho/(1 - rho)) + step.

    rho is the share of time spent reading prompts; `burst` stands for requests that arrive at once,
    as all do when a closed loop starts.  Ignores priorities.  Source: M/G/1 queue.
    """
    busy: Number = np.minimum(load, MOST_LOAD)
    waiting = burst * (sequences - 1) + queue * busy / (1 - busy)
    return overhead + prompt * (1 + waiting) + step


def prompt_load(
    prompt: Number,
    sequences: Number,
    output: Number,
    per_token: Number,
    interference: Number,
) -> Number:
    """Share of time spent reading prompts: i n prompt / (output t).  Source: definition."""
    return interference * sequences * prompt / (output * per_token)


def request_rate(concurrency: Number, first: Number, per_token: Number, output: Number) -> Number:
    """Requests per second of a closed loop: C / (TTFT + output TPOT).  Source: Little's law."""
    return concurrency / (first + output * per_token)


@frozen(kw_only=True)
class LoadTimes:
    """Seconds under load: to the first token, per output token; and of a prompt read alone."""

    first: Number
    per_token: Number
    alone: Number
    step: Number


def times_under_load(
    prompt: Pass,
    step: Pass,
    deployment: Deployment,
    machine: ServingMachine,
    rate: Mapping[str, Number],
    sequences: Number,
    output: Number,
) -> LoadTimes:
    """Times of a closed loop of `sequences` requests per group; `rate` holds the rates by name.

    The prompt is read without the host's overhead per step, which the first token's own stands for.
    Source: `pass_time`, `under_load`.
    """
    software = software_from(rate)
    bare = replace(software, step_overhead=0.0, sequence_overhead=0.0)
    alone = pass_time(prompt, deployment, machine, bare).total
    once = pass_time(step, deployment, machine, software).total
    return under_load(alone, once, rate, sequences, output)


def under_load(
    alone: Number, once: Number, rate: Mapping[str, Number], sequences: Number, output: Number
) -> LoadTimes:
    """Times of a closed loop from those of a prompt and of a step by themselves.

    Source: `token_time`, `first_token_time`.
    """
    share = rate["interference"]
    per_token = token_time(once, alone, sequences, output, share)
    load = prompt_load(alone, sequences, output, per_token, share)
    waits = (rate["first_token_overhead"], rate["burst"], rate["queue"])
    slowed = rate["prompt_factor"] * alone
    first = first_token_time(once, slowed, sequences, load, *waits)
    return LoadTimes(first=first, per_token=per_token, alone=alone, step=once)
