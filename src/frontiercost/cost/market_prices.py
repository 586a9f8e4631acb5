"""Which dated price was in force: of a rented chip-hour, and of a chip that is bought.

A rental price is the spread of quotes within one cell (chip, vendor tier, commitment) at a
date. How far a quote strays from the median of the older ones was measured on the quotes
themselves (`residuals`), and gives the interval: sigma^2 = spread^2 + drift^2 * age.
"""

import math
from collections.abc import Iterable
from statistics import fmean, median, stdev

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip, Quote
from frontiercost.core.errors import NotEvaluatedError
from frontiercost.core.facts import Z95, Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.lognormal import lognormal_sigma
from frontiercost.core.provenance import SPREADS
from frontiercost.core.units import decimal_year, not_after
from frontiercost.cost.choices import COMMITMENTS, TIERS

WINDOW_YEARS = 1.0
ACQUISITION_LAG_YEARS = 0.25
COMPUTE_MARKET = "compute-market"
DEVICE = "device"
"""The scope of a purchase price that buys a whole computer, not a chip or a server around it."""


@frozen
class Residual:
    """One quote against the prediction from older quotes of its cell: ln(actual / predicted)."""

    quote: Quote
    error: float
    age: float
    sigma: float

    @property
    def covered(self) -> bool:
        """Whether the quote lies inside the 90 % interval that was predicted for it."""
        return abs(self.error) <= Z95 * self.sigma


def rental_price(catalogue: Catalogue, chip: Chip, date: str, tier: str, commitment: str) -> Fact:
    """Return the rental price of a chip-hour in force at a date, with the spread of its cell.

    The cell's own quotes come first; then the same tier under another commitment, times the
    usual discount; then another tier, as it is. A cell whose newest quote is more than a year old
    waits until no other is fresher. The note of the fact says which was used.
    Raises NotEvaluatedError when no quote of the chip is known.
    """
    quotes = _known_at(catalogue.quotes("rental", chip.name), date)
    cells = [
        (cell, (cell_tier, cell_commitment))
        for cell_tier in (tier, *(t for t in TIERS if t != tier))
        for cell_commitment in (commitment, *(c for c in COMMITMENTS if c != commitment))
        if (cell := in_force(_cell(quotes, cell_tier, cell_commitment)))
    ]
    if not cells:
        raise NotEvaluatedError(
            f"no rental price of {chip.label} is known at {date}; "
            f"give `price` '$3/h', another `chip`, or `basis` {_instead_of_rent(chip)}"
        )
    cell, used = next((pair for pair in cells if _is_fresh(pair[0], date)), cells[0])
    ratio, ratio_sigma = _discount(catalogue, commitment, used[1])
    sigma = math.hypot(spread(catalogue, used[0], _age(cell, date)), ratio_sigma)
    note = _cell_note(cell, (tier, commitment), used)
    path = f"prices/rental/{chip.name}/{tier}/{commitment}"
    centre = ratio * _centre(cell)
    return _market_fact(catalogue, path, centre, sigma, "USD/chip-hour", cell, note)


def _instead_of_rent(chip: Chip) -> str:
    """Return the basis that a chip which nobody rents out is priced on."""
    return "buy" if chip.kind == "desktop" else "amortised"


def _is_fresh(cell: list[Quote], date: str) -> bool:
    newest = max(decimal_year(quote.date) for quote in cell)
    return decimal_year(date) - newest <= WINDOW_YEARS


def _known_at(quotes: list[Quote], date: str) -> list[Quote]:
    """Return a chip's quotes up to a date; before the first of them, those of its first year."""
    quoted = [quote for quote in quotes if not_after(quote.date, date)]
    if quoted or not quotes:
        return quoted
    first_year = decimal_year(quotes[0].date) + WINDOW_YEARS
    return [quote for quote in quotes if decimal_year(quote.date) < first_year]


def in_force(quotes: Iterable[Quote]) -> list[Quote]:
    """Return the newest quote of each vendor, less those a year older than the newest of all."""
    newest = {quote.vendor: quote for quote in quotes}
    if not newest:
        return []
    limit = max(decimal_year(q.date) for q in newest.values()) - WINDOW_YEARS
    return [q for q in newest.values() if decimal_year(q.date) > limit]


def spread(catalogue: Catalogue, tier: str, age: float) -> float:
    """Return the sigma of ln(price) of a quote whose cell was last seen `age` years ago."""
    within = catalogue.assumption(f"rental_spread_{tier}").value
    drift = catalogue.assumption(f"rental_drift_{tier}").value
    return math.sqrt(within**2 + drift**2 * abs(age))


def residuals(catalogue: Catalogue, since: str) -> list[Residual]:
    """Predict each quote dated `since` or later from the older quotes of its own cell."""
    found = []
    for quote in catalogue.quotes("rental"):
        if quote.date < since or quote.commitment not in COMMITMENTS:
            continue
        older = [
            q for q in catalogue.quotes("rental") if q.chip == quote.chip and q.date < quote.date
        ]
        cell = in_force(_cell(older, quote.tier, quote.commitment))
        if cell:
            age = _age(cell, quote.date)
            error = math.log(quote.usd / _centre(cell))
            found.append(Residual(quote, error, age, spread(catalogue, quote.tier, age)))
    return found


def _cell(quotes: Iterable[Quote], tier: str, commitment: str) -> list[Quote]:
    return [q for q in quotes if q.tier == tier and q.commitment == commitment]


def _centre(cell: list[Quote]) -> float:
    return median(quote.usd for quote in cell)


def _age(cell: list[Quote], date: str) -> float:
    return decimal_year(date) - fmean(decimal_year(quote.date) for quote in cell)


def _discount(catalogue: Catalogue, wanted: str, known: str) -> tuple[float, float]:
    """Return the usual price ratio between two commitments and the sigma of its logarithm."""
    ratio, variance = 1.0, 0.0
    if wanted != known:
        for commitment, power in ((wanted, 1), (known, -1)):
            if commitment != "on-demand":
                off = catalogue.assumption(f"rental_discount_{commitment}")
                ratio *= (1 - off.value) ** power
                variance += lognormal_sigma(1 - off.high, 1 - off.low) ** 2
    return ratio, math.sqrt(variance)


def _cell_note(cell: list[Quote], wanted: tuple[str, str], used: tuple[str, str]) -> str:
    vendors = ", ".join(sorted({quote.vendor for quote in cell})[:4])
    note = f"{_dated(cell)}: {vendors}"
    if wanted != used:
        note += f"; no {' '.join(wanted)} quote, {' '.join(used)} used"
    return note


def _dated(quotes: list[Quote]) -> str:
    dates = sorted(quote.date for quote in quotes)
    if len(quotes) == 1:
        return f"1 quote of {dates[0]}"
    if dates[0] == dates[-1]:
        return f"{len(quotes)} quotes of {dates[0]}"
    return f"{len(quotes)} quotes, {dates[0]} to {dates[-1]}"


def _market_fact(
    catalogue: Catalogue,
    path: str,
    centre: float,
    sigma: float,
    unit: str,
    quotes: list[Quote],
    note: str,
) -> Fact:
    """Make the fact of a price in the compute market, whose prices move together."""
    width = math.exp(Z95 * sigma)
    return Fact(
        path=path,
        value=centre,
        low=centre / width,
        high=centre * width,
        unit=unit,
        source=";".join(sorted({quote.source for quote in quotes})),
        confidence="estimated",
        as_of=max(quote.date for quote in quotes),
        note=note,
        shared=COMPUTE_MARKET,
        correlation=math.sqrt(catalogue.assumption("compute_market_correlation").value),
    )


def server_price(catalogue: Catalogue, chip: Chip, date: str) -> Fact:
    """Return what one chip with its share of the server cost to buy at a date, new."""
    quotes = _purchase_quotes(catalogue, chip, date)
    newest = decimal_year(quotes[-1].date) - WINDOW_YEARS
    fresh = [quote for quote in quotes if decimal_year(quote.date) > newest]
    values = [_server_equivalent(catalogue, chip, quote) for quote in fresh]
    return _purchase_fact(catalogue, f"prices/purchase/{chip.name}", values, fresh)


def server_value(catalogue: Catalogue, chip: Chip, date: str) -> Fact:
    """Return the value left at a date in one chip with its server, after progress has eaten some.

    V = P 10^(-0.14 t): hardware price-performance improves 0.14 orders of magnitude a year, so a
    chip bought t years ago is worth that much less (arXiv 2405.21015). Ignores resale booms.
    """
    quotes = _purchase_quotes(catalogue, chip, date)
    rate = catalogue.assumption("amortisation_rate").value
    first_sold = decimal_year(chip.release) + ACQUISITION_LAG_YEARS if chip.release else 0.0
    values = []
    for quote in quotes:
        years = max(decimal_year(date) - max(decimal_year(quote.date), first_sold), 0.0)
        values.append(_server_equivalent(catalogue, chip, quote) * math.exp(-rate * years))
    return _purchase_fact(catalogue, f"prices/value/{chip.name}", values, quotes)


def server_overhead(catalogue: Catalogue, chip: Chip) -> Fact:
    """Return the price of a server per chip over the price of the bare chip; 1 for a device."""
    device = sold_whole(catalogue, chip)
    return catalogue.assumption("server_overhead", "device" if device else chip.kind)


def sold_whole(catalogue: Catalogue, chip: Chip) -> bool:
    """Whether a chip is sold as a whole device, with nothing to buy around it."""
    quotes = catalogue.quotes("purchase", chip.name)
    return bool(quotes) and all(quote.tier == DEVICE for quote in quotes)


def _purchase_quotes(catalogue: Catalogue, chip: Chip, date: str) -> list[Quote]:
    quotes = _known_at(catalogue.quotes("purchase", chip.name), date)
    if not quotes:
        raise NotEvaluatedError(
            f"no purchase price of {chip.label} is known; use `basis` rent or another `chip`"
        )
    return quotes


def _server_equivalent(catalogue: Catalogue, chip: Chip, quote: Quote) -> float:
    overhead = server_overhead(catalogue, chip).value if quote.tier == "chip" else 1.0
    return quote.usd * overhead


def _purchase_fact(
    catalogue: Catalogue, path: str, values: list[float], quotes: list[Quote]
) -> Fact:
    """Centre on the geometric mean; the interval follows the quotes, or their confidence if few."""
    logs = [math.log(value) for value in values]
    floor = math.log(min(SPREADS[quote.confidence] for quote in quotes)) / Z95
    few = math.log(SPREADS["estimated"]) / Z95
    sigma = max(stdev(logs) if len(logs) > 2 else few, floor)
    note = _dated(quotes)
    if all(quote.confidence == "judged" for quote in quotes):
        note += ", judged"
    return _market_fact(catalogue, path, math.exp(fmean(logs)), sigma, "USD", quotes, note)
