"""What a whole run gets of the speed of its steps."""

import math

from frontiercost.catalogue.types import SERVER_CHIPS
from frontiercost.core.facts import Number, at_least

USUALLY_REACHED = 0.7
"""Share of a peak up to which steps are published: judged."""
NEAREST_TO_PEAK = 0.98
"""No step is nearer: even one matrix product is not."""
REFERENCE_MFU = 0.4
"""The MFU of a step at which the share that runs achieve is stated."""


def usual_mfu(step_mfu: Number, achieved: Number, step_weight: Number, losses: Number) -> Number:
    """MFU that steps in runs usually have: p (a (p/p0)^(w - 1))^l, p as predicted, p0 = 40 %.

    a is the share that runs on clusters have of steps at p0, w how far a run follows what is
    predicted of its steps rather than what such runs usually reach, l the share of a cluster's
    losses that a run of this size has.  Source: published runs.
    """
    return step_mfu * (achieved * (step_mfu / REFERENCE_MFU) ** (step_weight - 1)) ** losses


def bounded_share(share: Number, centre: float) -> Number:
    """Share of a peak that stays below it: beyond what steps reach, it counts on the odds.

    s where s <= c, the larger of the centre and of what published steps reach; beyond, odds =
    c/(1 - c) (s/c)^(1/(1 - c)), which goes on as steeply as s and nears 1. Order and median of
    draws stay.  Source: definition.
    """
    reached = max(centre, USUALLY_REACHED)
    within = min(reached, NEAREST_TO_PEAK)
    beyond = at_least(share / reached, 1.0)
    odds = within / (1 - within) * beyond ** (1 / (1 - within))
    return share / reached / beyond * odds / (1 + odds)


def run_mfu(step_mfu: Number, goodput: Number) -> Number:
    """MFU of a run: q g, with q that of its steps and g <= 1 what is kept of their speed over it.

    Restarts, evaluation, checkpoints and stops are outside steps; nothing makes a run faster than
    them.  Source: definition.
    """
    return step_mfu * goodput


def cluster_losses(chips: float, cluster_servers: float) -> float:
    """Share of a cluster's losses that so many chips have: log2(servers)/log2(S), from 0 to 1.

    One server has none: no network, no slow node, no restart of others.  Source: published runs.
    """
    servers = max(chips / SERVER_CHIPS, 1.0)
    return min(math.log2(servers) / math.log2(cluster_servers), 1.0)
