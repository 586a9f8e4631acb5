"""How far rental quotes stray from what older quotes and like chips say of them."""

import math
from datetime import date, timedelta

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Quote
from frontiercost.core.facts import Z95
from frontiercost.core.frozen import frozen
from frontiercost.cost.choices import COMMITMENTS, TIERS
from frontiercost.cost.market_prices import (
    Cell,
    cell_estimate,
    centre,
    in_force,
    known_at,
    like_chips,
    quotes_of,
    spread,
)
from frontiercost.cost.siblings import pulled


@frozen
class Residual:
    """One quote against the prediction from older quotes of its cell: ln(actual / predicted)."""

    quote: Quote
    error: float
    age: float
    variance: float
    """Of the centre of the prediction."""
    sigma: float

    @property
    def covered(self) -> bool:
        """Whether the quote lies inside the 90 % interval that was predicted for it."""
        return abs(self.error) <= Z95 * self.sigma


def residuals(catalogue: Catalogue, since: str) -> list[Residual]:
    """Predict each quote dated `since` or later from older ones: of its cell and of like chips."""
    found = []
    for quote in catalogue.quotes("rental"):
        if quote.date < since or quote.commitment not in COMMITMENTS:
            continue
        older = [q for q in catalogue.quotes("rental", quote.chip) if q.date < quote.date]
        if known := in_force(quotes_of(older, quote.tier, quote.commitment)):
            cell = Cell(tuple(known), quote.tier, quote.commitment)
            found.append(_residual(catalogue, quote, cell))
    return found


def _residual(catalogue: Catalogue, quote: Quote, cell: Cell) -> Residual:
    chip, kind = catalogue.chip(quote.chip), (quote.tier, quote.commitment)
    own = cell_estimate(catalogue, cell, chip, quote.date, kind)
    both = pulled(own, like_chips(catalogue, chip, _day_before(quote.date), *kind))
    sigma = math.hypot(spread(catalogue, quote.tier, both.age), math.sqrt(both.variance))
    return Residual(quote, math.log(quote.usd) - both.log, both.age, both.variance, sigma)


def single_quotes(catalogue: Catalogue, at: str = "2026-11") -> list[tuple[float, ...]]:
    """Return how far each quote in force strays from the others of its cell: ln, three ways.

    The quote alone, with like chips, and like chips without it.
    """
    errors = []
    for name in {quote.chip: None for quote in catalogue.quotes("rental")}:
        chip, quotes = catalogue.chip(name), known_at(catalogue.quotes("rental", name), at)
        for kind in ((tier, commitment) for tier in TIERS for commitment in COMMITMENTS):
            known = in_force(quotes_of(quotes, *kind))
            siblings = like_chips(catalogue, chip, at, *kind)
            if len(known) < 2 or siblings is None:
                continue
            for quote in known:
                truth = math.log(centre([q for q in known if q is not quote]))
                alone = cell_estimate(catalogue, Cell((quote,), *kind), None, at, kind)
                logs = (alone.log, pulled(alone, siblings).log, siblings.log)
                errors.append(tuple(log - truth for log in logs))
    return errors


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
