"""How old the prices of a bill are: days from the newest quote behind each to a date."""

from collections.abc import Iterable
from datetime import date

from frontiercost.checks.expressions import Amount, Node, evaluate
from frontiercost.core.frozen import frozen
from frontiercost.core.units import DAYS_PER_YEAR, decimal_year
from frontiercost.stages.evaluation import AnyEvaluation

OLDEST_PRICE = "oldest_price"
"""The name under which conditions read the age of the oldest price."""


def clock() -> str:
    """Return today, which the program asks for nowhere else."""
    return date.today().isoformat()


@frozen
class DatedPrice:
    """A price of a bill, the date of its newest quote, and its age in days at another date."""

    path: str
    as_of: str
    at: str
    days: float

    def __str__(self) -> str:
        """Say how old it is."""
        age = f"{self.days:.0f} days older than {self.at}"
        return f"{self.path}: its newest quote, of {self.as_of}, is {age}"


def prices_of(e: AnyEvaluation, at: str) -> tuple[DatedPrice, ...]:
    """Return the market prices of a bill with their age at a date, each once."""
    facts = (fact for line in e.bill.lines for fact in line.facts)
    dates = {f.path: f.as_of for f in facts if f.path.startswith("prices/")}
    return tuple(
        DatedPrice(path, as_of, at, DAYS_PER_YEAR * (decimal_year(at) - decimal_year(as_of)))
        for path, as_of in dates.items()
    )


def oldest(prices: Iterable[DatedPrice]) -> Amount | str:
    """Return the age of the oldest of some prices, or why there is none."""
    days = max((price.days for price in prices), default=None)
    return "no price of the catalogue is read" if days is None else Amount(days, "day")


def too_old(prices: Iterable[DatedPrice], allowed: Node) -> list[str]:
    """Say which prices are older than a condition allows, each once."""
    return [
        str(price)
        for price in dict.fromkeys(prices)
        if not evaluate(allowed, {OLDEST_PRICE: Amount(price.days, "day")}.__getitem__)
    ]
