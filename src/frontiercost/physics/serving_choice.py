"""Which deployment is taken: the fewest chips, most requests or least time, of those in time.

Source: exhaustive search over what `serving_deployment` finds.
"""

import math

import numpy as np

from frontiercost.core.errors import InputError
from frontiercost.core.facts import Number
from frontiercost.physics.arrays import Index
from frontiercost.physics.serving_deployment import ROUNDING, Served

WAYS = ("tensor", "data", "expert", "pipeline", "context")


def frontier(deployments: Served) -> Served:
    """Deployments that none is both faster to its user and cheaper than, fastest first.

    Source: definition (Pareto).
    """
    order = np.lexsort((deployments.chip_seconds, deployments.time_per_token))
    cheapest = np.minimum.accumulate(deployments.chip_seconds[order])
    first = np.r_[True, cheapest[1:] < cheapest[:-1]]
    return deployments[order[first]]


def undominated(deployments: Served) -> Index:
    """Places of those that no other beats: in both units, of prompts and of steps, and seconds.

    However long prompts and outputs are, one of these takes the fewest chips. Cached and not, on a
    server and beyond, prompts apart and not are kinds of their own: their times stray otherwise.
    Source: definition (Pareto); units are powers of two.
    """
    kind = 4 * (deployments.cached > 0) + 2 * deployments.is_spread + (deployments.prompt_chips > 0)
    units = (kind, deployments.prompt_chips, deployments.chips)
    order = np.lexsort((deployments.step_seconds, deployments.prompt_seconds, *units))
    changes = [unit[order][1:] != unit[order][:-1] for unit in units]
    group = np.r_[0, np.cumsum(np.logical_or.reduce(changes))]
    place = np.empty(len(order), np.intp)
    place[np.argsort(deployments.step_seconds, kind="stable")] = np.arange(len(order))
    steps = place[order] - len(order) * group  # those of a later group lie below all before
    fewest = np.minimum.accumulate(steps)
    best = order[np.r_[True, steps[1:] < fewest[:-1]]]  # of each pair of units
    seconds = (deployments.prompt_seconds, deployments.step_seconds)
    columns = [column[best] for column in (*units[1:], *seconds)]
    no_more = [column <= column[:, None] for column in columns]
    less = [column < column[:, None] for column in columns]
    beaten = np.logical_and.reduce(no_more) & np.logical_or.reduce(less)
    alike = kind[best] == kind[best][:, None]
    return np.asarray(best[~(beaten & alike).any(axis=1)])


def in_time(deployments: Served, slowest_token: float, slowest_first: float) -> Served:
    """Those that are fast enough in both times.

    Raises InputError naming the fastest when none is.  Source: definition.
    """
    meets = (deployments.time_per_token <= slowest_token) & (
        deployments.time_to_first_token <= slowest_first
    )
    if not meets.any():
        raise InputError(_too_slow(deployments, slowest_token))
    return deployments[np.flatnonzero(meets)]


def cheapest(deployments: Served, requests: Number = np.inf) -> Served:
    """The deployment that serves so many requests per second on the fewest chips.

    Of equals the one of fewest chip-seconds; without end of requests those alone count.
    Source: exhaustive search.
    """
    seconds = deployments.chip_seconds
    chips = deployments.chips_for(requests) if np.all(np.isfinite(requests)) else seconds
    return deployments[int(np.lexsort((seconds, chips))[0])]


def fullest(deployments: Served, chips: float) -> Served:
    """The deployment of which so many chips serve most requests.  Source: exhaustive search."""
    return deployments[int(np.lexsort((deployments.chip_seconds, -deployments.rate_on(chips)))[0])]


def least_crowded(
    deployments: Served, chosen: Served, chips: Number, requests: Number = 0.0
) -> Served:
    """The chosen deployment with as few requests in flight as serve so many a second on so many.

    Of none, one request alone.  Source: definition.
    """
    alike = (deployments.chips == chosen.chips) & (deployments.prompt_chips == chosen.prompt_chips)
    for name in WAYS:
        alike &= getattr(deployments.deployment, name) == getattr(chosen.deployment, name)
    places = np.flatnonzero(alike & (deployments.rate_on(chips) >= requests * (1 - ROUNDING)))
    if not len(places):
        return chosen
    return deployments[int(places[np.argmin(deployments.in_flight[places])])]


def _too_slow(deployments: Served, slowest_token: float) -> str:
    """Name the nearest that can be had: the fastest, or the soonest of those fast enough."""
    token, first = np.min(deployments.time_per_token), np.min(deployments.time_to_first_token)
    fast = deployments.time_per_token <= slowest_token
    if fast.any():
        soonest = np.min(deployments.time_to_first_token[fast])
        return (
            "no deployment is that soon: at this speed the first token comes after "
            f"{soonest:.2g} s at best, at any speed after {first:.2g} s"
        )
    return (
        f"no deployment gives a user {_floor(1 / slowest_token)} tokens per second, the least by "
        f"`tokens_per_second`: the fastest gives {_floor(1 / float(token))}"
    )


def _floor(number: float) -> str:
    """A number to three digits, never more than it is."""
    unit = 10.0 ** (math.floor(math.log10(number)) - 2)
    down = math.floor(number / unit * (1 + ROUNDING)) * unit
    return f"{down:,.0f}" if down >= 100 else f"{down:.3g}"
