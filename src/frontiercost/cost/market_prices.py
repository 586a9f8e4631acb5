"""Which dated price was in force: of a rented chip-hour, and of a chip that is bought.

A rental price is the spread of quotes within one cell (chip, vendor tier, commitment) at a
date. How far a quote strays from the median of the older ones was measured on the quotes
themselves (`residuals`), and gives the interval: sigma^2 = spread^2 + drift^2 * age + V, V the
variance of the centre. Where quotes are few, old or unsure, the centre is pulled to what like
chips of the same maker cost (`siblings`).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import fmean, median, stdev

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip, Quote
from frontiercost.core.errors import NotEvaluatedError
from frontiercost.core.facts import Z95, Fact, kept
from frontiercost.core.frozen import frozen
from frontiercost.core.lognormal import lognormal_sigma
from frontiercost.core.provenance import SPREADS
from frontiercost.core.units import decimal_year, not_after
from frontiercost.cost.choices import COMMITMENTS, TIERS
from frontiercost.cost.siblings import Estimate, carried, of_siblings, pulled

WINDOW_YEARS = 1.0
ACQUISITION_LAG_YEARS = 0.25
USUAL_VENDORS = 5
"""Vendors that quoted a chip within a year: with so many it can be had by whoever wants it."""
COMPUTE_MARKET = "compute-market"
DEVICE = "device"
"""The scope of a purchase price that buys a whole computer, not a chip or a server around it."""


@frozen
class Cell:
    """Quotes in force of one chip, tier and commitment: those asked for, or the nearest known."""

    quotes: tuple[Quote, ...]
    tier: str
    commitment: str

    @property
    def newest(self) -> str:
        """The date of its newest quote."""
        return max(quote.date for quote in self.quotes)


def rental_price(catalogue: Catalogue, chip: Chip, date: str, tier: str, commitment: str) -> Fact:
    """Return the rental price of a chip-hour in force at a date, with the spread of its cell.

    The cell's own quotes come first; then the same tier under another commitment, times the
    usual discount; then another tier, as it is. A cell whose newest quote is more than a year older
    than others waits until no other is fresher, and is then carried on by what like chips did
    since. After the edition the price is that of its month, and only less sure. The note of the
    fact says which was used. Raises NotEvaluatedError when no quote of the chip is known.
    """
    quotes = known_at(catalogue.quotes("rental", chip.name), date)
    others = (t for t in TIERS if t != tier)
    seen = min(date, catalogue.edition["edition"])
    cell = _best_cell(quotes, seen, (tier, *others), commitment)
    if cell is None:
        raise NotEvaluatedError(
            f"no rental price of {chip.label} is known at {date}; "
            f"give `price` '$3/h', another `chip`, or `basis` {_instead_of_rent(chip)}"
        )
    own = cell_estimate(catalogue, cell, chip, seen, (tier, commitment))
    siblings = like_chips(catalogue, chip, seen, cell.tier, commitment)
    if siblings and not _is_fresh(cell, seen):
        then = like_chips(catalogue, chip, cell.newest, cell.tier, commitment)
        own = carried(own, then, siblings)
    both = pulled(own, siblings)
    age = both.age + decimal_year(date) - decimal_year(seen)
    sigma = math.hypot(spread(catalogue, cell.tier, age), math.sqrt(both.variance))
    path = f"prices/rental/{chip.name}/{tier}/{commitment}"
    return _market_fact(catalogue, path, both, sigma, "USD/chip-hour", cell.quotes)


def _instead_of_rent(chip: Chip) -> str:
    """Return the basis that a chip which nobody rents out is priced on."""
    return "buy" if chip.kind == "desktop" else "amortised"


def like_chips(
    catalogue: Catalogue, chip: Chip, date: str, tier: str, commitment: str
) -> Estimate | None:
    """Return what fresh quotes of like chips in a tier suggest for a chip's price at a date."""
    return of_siblings(
        catalogue,
        chip,
        "rental",
        lambda name: _fresh_estimate(catalogue, name, date, tier, commitment),
    )


@kept(maxsize=4096)
def _fresh_estimate(
    catalogue: Catalogue, chip: str, date: str, tier: str, commitment: str
) -> Estimate | None:
    """Return what a chip's quotes of the year before a date say of its price in a tier."""
    quotes = [q for q in catalogue.quotes("rental", chip) if not_after(q.date, date)]
    cell = _best_cell(quotes, date, (tier,), commitment)
    if cell is None or not _is_fresh(cell, date):
        return None
    return cell_estimate(catalogue, cell, None, date, (tier, commitment))


def _best_cell(
    quotes: Sequence[Quote], date: str, tiers: Iterable[str], commitment: str
) -> Cell | None:
    """Return the first cell with a quote younger than a year; of none, as new as the newest."""
    commitments = (commitment, *(c for c in COMMITMENTS if c != commitment))
    cells = [
        Cell(tuple(known), tier, each)
        for tier in tiers
        for each in commitments
        if (known := in_force(quotes_of(quotes, tier, each)))
    ]
    if not cells:
        return None
    newest = max(cells, key=lambda cell: cell.newest).newest
    by = date if any(_is_fresh(cell, date) for cell in cells) else newest
    return next(cell for cell in cells if _is_fresh(cell, by))


def cell_estimate(
    catalogue: Catalogue, cell: Cell, chip: Chip | None, date: str, wanted: tuple[str, str]
) -> Estimate:
    """Return the median of a cell at the usual discount, and how little its quotes say of it.

    Variance = (v^2 + s^2) / n + (1 - rho) drift^2 age + that of the discount: v how vendors
    differ, s by the confidence of the quotes, rho what moves the whole market.
    """
    ratio, ratio_sigma = _discount(catalogue, cell.tier, wanted[1], cell.commitment)
    age = age_of(cell.quotes, date)
    within, drift, together = (
        catalogue.assumption(key).value
        for key in (
            "rental_vendor_spread",
            f"rental_drift_{cell.tier}",
            "compute_market_correlation",
        )
    )
    unsure = fmean((math.log(q.times_off) / Z95) ** 2 for q in cell.quotes)
    variance = (within**2 + unsure) / len(cell.quotes) + (1 - together) * drift**2 * abs(age)
    if _is_the_price(cell.quotes, chip):
        variance = 0.0
    log = math.log(ratio * centre(cell.quotes))
    return Estimate(log, variance + ratio_sigma**2, age, _cell_note(cell, wanted))


def _is_the_price(quotes: Iterable[Quote], chip: Chip | None) -> bool:
    """Whether quotes are no sample of a market: one's own offer, or the maker's own list."""
    maker = chip.vendor if chip else ""
    return all(
        quote.confidence == "definition" or (maker and quote.vendor.startswith(maker))
        for quote in quotes
    )


def quoted_by(catalogue: Catalogue, date: str) -> dict[str, tuple[float, int]]:
    """Return the median quote of each chip in the year before a date, and how many quoted it."""
    since = f"{int(date[:4]) - 1}{date[4:]}"
    quotes: dict[str, list[tuple[float, str]]] = {}
    for row in catalogue.sourced_rows("prices/rental.csv"):
        if row["date"] >= since and not_after(row["date"], date):
            quote = (float(row["usd_per_chip_hour"]), row["vendor"])
            quotes.setdefault(row["chip"], []).append(quote)
    return {
        chip: (median(usd for usd, _ in known), len({vendor for _, vendor in known}))
        for chip, known in quotes.items()
    }


# --- quotes --------------------------------------------------------------------------------------


def _is_fresh(cell: Cell, date: str) -> bool:
    return decimal_year(date) - decimal_year(cell.newest) <= WINDOW_YEARS


def known_at(quotes: list[Quote], date: str) -> list[Quote]:
    """Return a chip's quotes up to a date; before the first of them, those of its first year."""
    quoted = [quote for quote in quotes if not_after(quote.date, date)]
    if quoted or not quotes:
        return quoted
    first_year = decimal_year(quotes[0].date) + WINDOW_YEARS
    return [quote for quote in quotes if decimal_year(quote.date) < first_year]


def in_force(quotes: Iterable[Quote]) -> list[Quote]:
    """Return the newest quote of each vendor, less those a year older than the newest of all.

    Of one day's quotes of a vendor, which differ by region or server, their median.
    """
    newest: dict[str, list[Quote]] = {}
    for quote in quotes:
        same_day = [q for q in newest.get(quote.vendor, ()) if q.date == quote.date]
        newest[quote.vendor] = [*same_day, quote]
    if not newest:
        return []
    limit = max(decimal_year(day[0].date) for day in newest.values()) - WINDOW_YEARS
    days = (day for day in newest.values() if decimal_year(day[0].date) > limit)
    return [replace(day[0], usd=centre(day)) if len(day) > 1 else day[0] for day in days]


def spread(catalogue: Catalogue, tier: str, age: float) -> float:
    """Return the sigma of ln(price) of a quote whose cell was last seen `age` years ago."""
    within = catalogue.assumption(f"rental_spread_{tier}").value
    drift = catalogue.assumption(f"rental_drift_{tier}").value
    return math.sqrt(within**2 + drift**2 * abs(age))


def quotes_of(quotes: Iterable[Quote], tier: str, commitment: str) -> list[Quote]:
    """Return the quotes of one tier and commitment."""
    return [q for q in quotes if q.tier == tier and q.commitment == commitment]


def centre(cell: Sequence[Quote]) -> float:
    """Return the median price [USD]."""
    return median(quote.usd for quote in cell)


def age_of(cell: Sequence[Quote], date: str) -> float:
    """Return the mean age of quotes at a date [years]."""
    return decimal_year(date) - fmean(decimal_year(quote.date) for quote in cell)


def _discount(catalogue: Catalogue, tier: str, wanted: str, known: str) -> tuple[float, float]:
    """Return a tier's usual price ratio of two commitments and the sigma of its logarithm."""
    ratio, variance = 1.0, 0.0
    if wanted != known:
        for commitment, power in ((wanted, 1), (known, -1)):
            if commitment != "on-demand":
                off = catalogue.assumption(f"rental_discount_{commitment}_{tier}")
                ratio *= (1 - off.value) ** power
                variance += lognormal_sigma(1 - off.high, 1 - off.low) ** 2
    return ratio, math.sqrt(variance)


def _cell_note(cell: Cell, wanted: tuple[str, str]) -> str:
    vendors = ", ".join(sorted({quote.vendor for quote in cell.quotes})[:4])
    note = f"{_dated(cell.quotes)}: {vendors}"
    used = (cell.tier, cell.commitment)
    if wanted != used:
        note += f"; no {' '.join(wanted)} quote, {' '.join(used)} used"
    return note


def _dated(quotes: Sequence[Quote]) -> str:
    dates = sorted(quote.date for quote in quotes)
    if len(quotes) == 1:
        return f"1 quote of {dates[0]}"
    if dates[0] == dates[-1]:
        return f"{len(quotes)} quotes of {dates[0]}"
    return f"{len(quotes)} quotes, {dates[0]} to {dates[-1]}"


def _market_fact(
    catalogue: Catalogue,
    path: str,
    estimate: Estimate,
    sigma: float,
    unit: str,
    quotes: Sequence[Quote],
) -> Fact:
    """Make the fact of a price in the compute market, whose prices move together."""
    centre, width = math.exp(estimate.log), math.exp(Z95 * sigma)
    return Fact(
        path=path,
        value=centre,
        low=centre / width,
        high=centre * width,
        unit=unit,
        source=";".join(sorted({quote.source for quote in quotes})),
        confidence="estimated",
        as_of=max(quote.date for quote in quotes),
        note=estimate.note,
        shared=COMPUTE_MARKET,
        correlation=math.sqrt(catalogue.assumption("compute_market_correlation").value),
    )


def server_price(catalogue: Catalogue, chip: Chip, date: str) -> Fact:
    """Return what one chip with its share of the server cost to buy at a date, new."""
    fresh = _fresh_purchases(catalogue, chip.name, date)
    if not fresh:
        raise _no_purchase(chip)
    own, sigma = _purchase_estimate(catalogue, chip, fresh, date)
    both = pulled(own, _like_servers(catalogue, chip, date))
    path = f"prices/purchase/{chip.name}"
    return _market_fact(catalogue, path, both, math.hypot(sigma, both.variance**0.5), "USD", fresh)


def server_value(catalogue: Catalogue, chip: Chip, date: str) -> Fact:
    """Return the value left at a date in one chip with its server, after progress has eaten some.

    V = P 10^(-0.14 t): hardware price-performance improves 0.14 orders of magnitude a year, so a
    chip bought t years ago is worth that much less (arXiv 2405.21015). Ignores resale booms.
    """
    quotes = known_at(catalogue.quotes("purchase", chip.name), date)
    if not quotes:
        raise _no_purchase(chip)
    rate = catalogue.assumption("amortisation_rate").value
    first_sold = decimal_year(chip.release) + ACQUISITION_LAG_YEARS if chip.release else 0.0
    years = [
        max(decimal_year(date) - max(decimal_year(quote.date), first_sold), 0.0) for quote in quotes
    ]
    own, sigma = _purchase_estimate(catalogue, chip, quotes, date, [rate * t for t in years])
    new, _ = _purchase_estimate(catalogue, chip, quotes, date)
    both = pulled(new, _like_servers(catalogue, chip, quotes[-1].date))
    log = own.log + both.log - new.log
    value = Estimate(log, both.variance, both.age, both.note)
    path = f"prices/value/{chip.name}"
    return _market_fact(
        catalogue, path, value, math.hypot(sigma, both.variance**0.5), "USD", quotes
    )


def server_overhead(catalogue: Catalogue, chip: Chip) -> Fact:
    """Return the price of a server per chip over the price of the bare chip; 1 for a device."""
    device = sold_whole(catalogue, chip)
    return catalogue.assumption("server_overhead", "device" if device else chip.kind)


def sold_whole(catalogue: Catalogue, chip: Chip) -> bool:
    """Whether a chip is sold as a whole device, with nothing to buy around it."""
    quotes = catalogue.quotes("purchase", chip.name)
    return bool(quotes) and all(quote.tier == DEVICE for quote in quotes)


def _fresh_purchases(catalogue: Catalogue, chip: str, date: str) -> list[Quote]:
    """Return a chip's quotes known at a date, less those a year older than the newest."""
    quotes = known_at(catalogue.quotes("purchase", chip), date)
    return [
        q for q in quotes if decimal_year(q.date) > decimal_year(quotes[-1].date) - WINDOW_YEARS
    ]


def _no_purchase(chip: Chip) -> NotEvaluatedError:
    return NotEvaluatedError(
        f"no purchase price of {chip.label} is known; use `basis` rent or another `chip`"
    )


def _purchase_estimate(
    catalogue: Catalogue,
    chip: Chip,
    quotes: Sequence[Quote],
    date: str,
    lost: Iterable[float] = (),
) -> tuple[Estimate, float]:
    """Return the geometric mean of a server's price, less ln of what each lost, and their spread.

    The spread is that of the quotes, or the usual one where they are few: then how sure they are
    tells how far off the mean is, and not how far sellers differ.
    """
    overhead = math.log(server_overhead(catalogue, chip).value)
    lost = [*lost] or [0.0] * len(quotes)
    logs = [
        math.log(quote.usd) + (overhead if quote.tier == "chip" else 0.0) - loss
        for quote, loss in zip(quotes, lost, strict=True)
    ]
    if len(logs) > 2:
        floor = math.log(min(SPREADS[quote.confidence] for quote in quotes)) / Z95
        sigma = off = max(stdev(logs), floor)
    else:
        sigma = math.log(SPREADS["estimated"]) / Z95
        off = max(sigma, math.log(min(quote.times_off for quote in quotes)) / Z95)
    variance = 0.0 if _is_the_price(quotes, None) else off**2 / len(quotes)
    judged = ", judged" if all(quote.confidence == "judged" for quote in quotes) else ""
    return Estimate(fmean(logs), variance, age_of(quotes, date), _dated(quotes) + judged), sigma


def _like_servers(catalogue: Catalogue, chip: Chip, date: str) -> Estimate | None:
    """Return what the servers of like chips suggest for a chip's price at a date."""

    def like(name: str) -> Estimate | None:
        fresh = [q for q in _fresh_purchases(catalogue, name, date) if not_after(q.date, date)]
        return _purchase_estimate(catalogue, chip, fresh, date)[0] if fresh else None

    return of_siblings(catalogue, chip, "purchase", like)
