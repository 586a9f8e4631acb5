"""What like chips of one maker say of a price, and how far quotes that say little are pulled to it.

Learned by leaving chips out (`benchmarks/fit_rental_spread.py`): a single quote strays from the
median of the others of its cell by 0.41 [ln, root mean square], pulled to like chips by 0.28.
"""

import math
from collections.abc import Callable, Iterable
from itertools import islice

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.frozen import frozen

MOST_SIBLINGS = 6
TERA = 1e12
TOLD_BELOW = 0.95
"""The share of own quotes in a price below which its note names the like chips."""


@frozen
class Estimate:
    """What quotes say of a price: ln of it, the variance of that, their mean age [years]."""

    log: float
    variance: float
    age: float
    note: str = ""


def of_siblings(
    catalogue: Catalogue, chip: Chip, kind: str, estimate: Callable[[str], Estimate | None]
) -> Estimate | None:
    """Return what like chips of the same maker suggest for a chip; None where there are none.

    ln p = sum w (ln p_s + b ln(v / v_s)) / sum w, v^2 = peak x memory bandwidth, and
    w = e^(-|ln(v / v_s)| / h) / (variance_s + t^2). Ignores memory, links and who may buy.
    """
    elasticity, nearness, sigma = (
        catalogue.assumption(key).value
        for key in (f"sibling_elasticity_{kind}", "sibling_nearness", "sibling_spread")
    )
    estimates = (
        (ratio, name, estimate_of_chip)
        for ratio, name in _nearest(catalogue, chip)
        if (estimate_of_chip := estimate(name)) is not None
    )
    like = [*islice(estimates, MOST_SIBLINGS)]
    if not like:
        return None
    variances = [estimate_of_chip.variance + sigma**2 for _, _, estimate_of_chip in like]
    weights = [
        math.exp(-abs(ratio) / nearness) / variance
        for (ratio, _, _), variance in zip(like, variances, strict=True)
    ]
    shares = [weight / sum(weights) for weight in weights]
    return Estimate(
        log=_dot(
            shares,
            (estimate_of_chip.log + elasticity * ratio for ratio, _, estimate_of_chip in like),
        ),
        variance=sigma**2 + _dot((share**2 for share in shares), variances),
        age=_dot(shares, (estimate_of_chip.age for _, _, estimate_of_chip in like)),
        note=", ".join(name for _, name, _ in like[:3]),
    )


def _nearest(catalogue: Catalogue, chip: Chip) -> list[tuple[float, str]]:
    """Return ln(v / v_s) and the name of each other chip of the maker, the nearest first.

    None of a card without links to others: gamers' and offices' cards sell by other things.
    """
    worth = chip_worth(catalogue.as_sold.chip(chip.name))  # a rule cuts chips, not their prices
    if not (chip.vendor and worth):
        return []
    rows = catalogue.sourced_rows("prices/chip_worth.csv")
    like = (row for row in rows if row["maker"] == chip.vendor)
    ratios = [(math.log(worth / float(row["worth"])), row["chip"]) for row in like]
    return sorted((x for x in ratios if x[1] != chip.name), key=lambda x: (abs(x[0]), x[1]))


def chip_worth(chip: Chip) -> float:
    """Return v = (P W)^(1/2) with P the BF16 peak [TFLOP/s], W the memory bandwidth [TB/s].

    0 for a chip without fast links to others, or of which these are not known.
    """
    facts = [chip.facts.get(key) for key in ("peak_bf16", "memory_bandwidth")]
    links = chip.facts.get("scaleup_domain")
    is_linked = links is not None and links.value > 1
    return math.sqrt(math.prod(f.value / TERA if f and is_linked else 0.0 for f in facts))


def pulled(own: Estimate, siblings: Estimate | None) -> Estimate:
    """Return own quotes and like chips, each by its precision: w = B / (A + B) for the own.

    A and B are their variances, A B / (A + B) that of the result.
    """
    if siblings is None or not own.variance:
        return own
    weight = siblings.variance / (own.variance + siblings.variance)
    log = weight * own.log + (1 - weight) * siblings.log
    told = f"; {100 * (1 - weight):.0f}% of it by like chips: {siblings.note}"
    note = own.note + (told if weight < TOLD_BELOW else "")
    return Estimate(log, weight * own.variance, own.age, note)


def carried(own: Estimate, then: Estimate | None, now: Estimate) -> Estimate:
    """Return an old estimate moved as like chips moved since, and of their age."""
    if then is None:
        return own
    return Estimate(own.log + now.log - then.log, own.variance, now.age, own.note)


def _dot(left: Iterable[float], right: Iterable[float]) -> float:
    return sum(x * y for x, y in zip(left, right, strict=True))
