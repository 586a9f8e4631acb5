"""What a request costs at the list prices in force: its tier, busy hours and batches.

A list holds rows per name and kind; those of its newest date are in force, also where the name
sells another model since, until the provider ends the name's sale. Beyond a tier's prompt the
whole request costs the tier's price (Anthropic, Google, OpenAI, xAI).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import ApiPrice
from frontiercost.core.facts import Interval
from frontiercost.core.provenance import SPREADS
from frontiercost.core.units import decimal_year, not_after

FRESH_YEARS = 1.0


def api_prices(catalogue: Catalogue, model: str, date: str, prompt: float) -> list[ApiPrice]:
    """Return the list prices of a prompt's length in force: of a model, then of reference models.

    Where busy hours cost more, the mean of a demand that is even over the week.
    """
    listed = in_force(catalogue.api_prices(model), date, prompt)
    found = (p for p in listed if p.reference or p.model == model != "")
    distinct = {(p.provider, p.kind, p.input, p.cached, p.output): p for p in found}
    return sorted(
        distinct.values(),
        key=lambda p: (not p.model == model != "", p.kind == "batch", p.output),
    )


def in_force(prices: Iterable[ApiPrice], date: str, prompt: float) -> Iterator[ApiPrice]:
    """Yield what is asked for a prompt's length at a date, by each name of a list that sells."""
    by_name: dict[tuple[str, str], list[ApiPrice]] = {}
    for price in prices:
        begun = not_after(price.released, date) and not_after(price.date, date)
        if begun and not _has_ended(price, date):
            by_name.setdefault((price.provider, price.id), []).append(price)
    for rows in by_name.values():
        yield from _of_a_name(rows, prompt)


def end_of_sale(catalogue: Catalogue, model: str, date: str) -> ApiPrice | None:
    """Return the offer of a model that was the last to end by a date; None where none has.

    A name that sells another model since is none of its offers.
    """
    listed = sorted(catalogue.api_prices(model), key=lambda price: price.date)
    newest = {(price.provider, price.id): price for price in listed}
    ended = (p for p in newest.values() if p.model == model and _has_ended(p, date))
    return max(ended, key=lambda price: price.until, default=None)


def _has_ended(price: ApiPrice, date: str) -> bool:
    """Whether a sale has ended by a day, or before the month or the year that a date names."""
    return "" < price.until <= date


def _of_a_name(rows: list[ApiPrice], prompt: float) -> Iterable[ApiPrice]:
    """Return a model's standard price, busy hours in it, and its price in batches if it has one."""
    by_kind = {kind: [p for p in rows if p.kind == kind] for kind in ("standard", "peak", "batch")}
    standard, peak, batch = (_tier(of_kind, prompt) for of_kind in by_kind.values())
    if standard is not None:
        is_peak = peak is not None and peak.date == standard.date
        yield _mean_of_week(standard, peak) if peak and is_peak else standard
    if batch is not None:
        yield batch


def _tier(rows: list[ApiPrice], prompt: float) -> ApiPrice | None:
    """Return the newest price for a prompt of this length."""
    newest = max((price.date for price in rows), default="")
    reached = [price for price in rows if price.date == newest and price.above < max(prompt, 1)]
    return max(reached, key=lambda price: price.above, default=None)


def _mean_of_week(off_peak: ApiPrice, peak: ApiPrice) -> ApiPrice:
    """Return s x peak + (1 - s) x off-peak with s the share of busy hours; ignores holidays."""
    share = peak.peak_share
    means = {
        key: share * getattr(peak, key) + (1 - share) * getattr(off_peak, key)
        for key in ("input", "cached", "output")
    }
    return replace(off_peak, peak_share=share, **means)


def confidence(price: ApiPrice, date: str) -> str:
    """Return how sure a list price is at a date: at most estimated where long not checked."""
    if price.confidence == "judged" or not price.checked:
        return price.confidence
    age = abs(decimal_year(date) - decimal_year(price.checked))
    return price.confidence if age <= FRESH_YEARS else "estimated"


def interval(price: ApiPrice, usd: float, date: str) -> Interval:
    """Return the 90 % interval of what is paid at a list price, by how sure the price is."""
    spread = SPREADS[confidence(price, date)]
    return Interval(usd / spread, usd, usd * spread)
