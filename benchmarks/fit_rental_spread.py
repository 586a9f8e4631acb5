"""Fit how far a rental quote strays from older quotes and like chips, and say how well it holds.

    python benchmarks/fit_rental_spread.py

Writes data/prices/chip_worth.csv from the chips' files. Says what commitments are usually off, and
how far a single quote strays from the others of its cell alone, with like chips, and by them.
Every quote dated 2024 or later is predicted by the older quotes in force in its
cell (chip, tier, commitment) and like chips. The error's variance is
spread^2 + drift^2 * age + that of the centre, fitted per
vendor tier by maximum likelihood and scaled so that 90 % of the quotes lie inside. Coverage is
reported with each chip held out of the fit. The figures go to data/assumptions.toml by hand,
with the date; a tier with few quotes takes those of the specialists where they are wider.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable
from statistics import median, pstdev, pvariance

import numpy as np

from frontiercost.backtest.rental_prices import Residual, residuals, single_quotes
from frontiercost.catalogue.store import SHIPPED, Catalogue, shipped
from frontiercost.catalogue.types import Quote
from frontiercost.core.facts import Z95
from frontiercost.cost.choices import COMMITMENTS
from frontiercost.cost.market_prices import TIERS, in_force
from frontiercost.cost.siblings import chip_worth

SINCE = "2024"
SPREADS = np.linspace(0.02, 0.6, 59)
DRIFTS = np.linspace(0.0, 0.8, 81)


def fit(rows: list[Residual]) -> tuple[float, float]:
    """Return spread and drift [ln, ln per square root of a year]."""
    errors = np.array([row.error for row in rows])[:, None, None]
    ages = np.maximum([row.age for row in rows], 0)[:, None, None]
    centres = np.array([row.variance for row in rows])[:, None, None]
    variance = SPREADS[:, None] ** 2 + DRIFTS**2 * ages + centres
    loss = (errors**2 / variance + np.log(variance)).sum(axis=0)
    best = np.unravel_index(loss.argmin(), loss.shape)
    spread, drift = SPREADS[best[0]], DRIFTS[best[1]]
    ratios = [abs(row.error) / sigma(row, spread, drift) for row in rows]
    scale = float(np.quantile(ratios, 0.9)) / Z95
    return float(spread * scale), float(drift * scale)


def sigma(row: Residual, spread: float, drift: float) -> float:
    """Return (spread^2 + drift^2 age + V)^(1/2) with V the variance of the centre."""
    return math.sqrt(spread**2 + drift**2 * max(row.age, 0) + row.variance)


def held_out_coverage(rows: list[Residual]) -> float:
    """Return the share of quotes inside the interval fitted on the other chips."""
    inside = []
    for chip in sorted({row.quote.chip for row in rows}):
        spread, drift = fit([row for row in rows if row.quote.chip != chip])
        for row in rows:
            if row.quote.chip == chip:
                inside.append(abs(row.error) <= Z95 * sigma(row, spread, drift))
    return sum(inside) / len(inside)


def write_worth(catalogue: Catalogue) -> None:
    """Write what each chip's peak and memory bandwidth make it worth beside others."""
    with (SHIPPED / "prices" / "chip_worth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("chip", "maker", "worth", "unit", "source", "as_of", "confidence"))
        unit, dated = "sqrt(TFLOP/s x TB/s)", catalogue.edition["edition"]
        for chip in map(catalogue.chip, catalogue.names("chip")):
            if worth := chip_worth(chip):
                facts = (chip.facts[key] for key in ("peak_bf16", "memory_bandwidth"))
                source = ";".join(dict.fromkeys(fact.source for fact in facts))
                row = (chip.name, chip.vendor, f"{worth:.5g}", unit, source, dated, "estimated")
                writer.writerow(row)


def discounts(quotes: Iterable[Quote], tier: str, commitment: str) -> list[float]:
    """Return ln(committed / on demand) of each vendor, chip and day that has both."""
    pairs: dict[tuple[str, str, str], dict[str, list[float]]] = defaultdict(dict)
    for quote in quotes:
        if quote.tier == tier:
            kinds = pairs[quote.vendor, quote.chip, quote.date]
            kinds.setdefault(quote.commitment, []).append(quote.usd)
    return [
        math.log(median(kinds[commitment]) / median(kinds["on-demand"]))
        for kinds in pairs.values()
        if kinds.keys() >= {commitment, "on-demand"}
    ]


def say_discounts(catalogue: Catalogue) -> None:
    """Print what a commitment is usually off, by tier, with the 90 % interval of a single pair."""
    for tier in TIERS:
        for commitment in COMMITMENTS[1:]:
            since = "2025" if commitment == "spot" else ""
            quotes = [q for q in catalogue.quotes("rental") if q.date >= since]
            if logs := discounts(quotes, tier, commitment):
                centre, sigma = median(logs), pstdev(logs)
                ends = (1 - math.exp(centre + z * sigma) for z in (Z95, 0, -Z95))
                off = ", ".join(f"{end:.2f}" for end in ends)
                print(f"{tier} {commitment}: {len(logs)} pairs, off {off}")


def say_vendors(catalogue: Catalogue) -> None:
    """Print how far vendors differ within a cell: the pooled standard deviation of ln(price)."""
    cells: dict[tuple[str, str, str], list[Quote]] = defaultdict(list)
    for quote in catalogue.quotes("rental"):
        cells[quote.chip, quote.tier, quote.commitment].append(quote)
    logs = [[math.log(q.usd) for q in in_force(quotes)] for quotes in cells.values()]
    squares = sum(pvariance(each) * len(each) for each in logs)
    freedom = sum(len(each) - 1 for each in logs)
    print(f"vendors differ by {math.sqrt(squares / freedom):.3f} ln, {freedom} degrees of freedom")


def say_siblings(catalogue: Catalogue) -> None:
    """Print the error of a single quote against the median of the others of its cell."""
    rows = single_quotes(catalogue)
    for name, errors in zip(
        ("alone", "with like chips", "by like chips"), zip(*rows, strict=True), strict=True
    ):
        print(f"{len(errors)} single quotes {name}: {np.sqrt(np.mean(np.square(errors))):.3f} ln")


def main() -> None:
    """Print the fit of each tier and the coverage of the shipped figures."""
    write_worth(shipped())
    say_discounts(shipped())
    say_vendors(shipped())
    say_siblings(shipped())
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
