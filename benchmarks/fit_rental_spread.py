"""Fit how far a rental quote strays from the older quotes of its cell, and say how well it holds.

    python benchmarks/fit_rental_spread.py

Every quote dated 2024 or later is predicted by the median of the older quotes in force in its
cell (chip, tier, commitment). The error's variance is spread^2 + drift^2 * age, fitted per
vendor tier by maximum likelihood and scaled so that 90 % of the quotes lie inside. Coverage is
reported with each chip held out of the fit. The figures go to data/assumptions.toml by hand,
with the date; a tier with few quotes takes those of the specialists where they are wider.
"""

import math
from collections import defaultdict

import numpy as np

from frontiercost.catalogue.store import shipped
from frontiercost.core.facts import Z95
from frontiercost.cost.market_prices import TIERS, Residual, residuals

SINCE = "2024"
SPREADS = np.linspace(0.02, 0.6, 59)
DRIFTS = np.linspace(0.0, 0.8, 81)


def fit(rows: list[Residual]) -> tuple[float, float]:
    """Return spread and drift [ln, ln per square root of a year]."""
    errors = np.array([row.error for row in rows])[:, None, None]
    ages = np.maximum([row.age for row in rows], 0)[:, None, None]
    variance = SPREADS[:, None] ** 2 + DRIFTS**2 * ages
    loss = (errors**2 / variance + np.log(variance)).sum(axis=0)
    best = np.unravel_index(loss.argmin(), loss.shape)
    spread, drift = SPREADS[best[0]], DRIFTS[best[1]]
    ratios = [abs(r.error) / math.hypot(spread, drift * max(r.age, 0) ** 0.5) for r in rows]
    scale = float(np.quantile(ratios, 0.9)) / Z95
    return float(spread * scale), float(drift * scale)


def held_out_coverage(rows: list[Residual]) -> float:
    """Return the share of quotes inside the interval fitted on the other chips."""
    inside = []
    for chip in sorted({row.quote.chip for row in rows}):
        spread, drift = fit([row for row in rows if row.quote.chip != chip])
        for row in rows:
            if row.quote.chip == chip:
                sigma = math.hypot(spread, drift * max(row.age, 0) ** 0.5)
                inside.append(abs(row.error) <= Z95 * sigma)
    return sum(inside) / len(inside)


def main() -> None:
    """Print the fit of each tier and the coverage of the shipped figures."""
    by_tier: dict[str, list[Residual]] = defaultdict(list)
    for row in residuals(shipped(), SINCE):
        by_tier[row.quote.tier].append(row)
    for tier in TIERS:
        rows = by_tier[tier]
        spread, drift = fit(rows)
        covered = sum(row.covered for row in rows) / len(rows)
        print(
            f"{tier}: {len(rows)} quotes, spread {spread:.3f} ln, drift {drift:.3f} ln, "
            f"coverage with chips held out {held_out_coverage(rows):.2f}, "
            f"of the shipped figures {covered:.2f}"
        )


if __name__ == "__main__":
    main()
