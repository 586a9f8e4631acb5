"""Amounts far outside the record: doubted once, beside the answer, which they do not change."""

import math
from collections.abc import Callable, Iterator

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity
from frontiercost.scenario.flags import KEYS
from frontiercost.scenario.scenario import Scenario, ScenarioValue

FAR = 10.0
ABOVE_QUOTES = 3.0
"""Of a chip-hour: a server of eight chips costs less than ten times the dearest quote of one."""


@frozen
class Record:
    """Least and most of what the catalogue knows, and how far beyond an amount is doubted."""

    low: float
    high: float
    of: str
    below: float = FAR
    above: float = FAR
    slip: str = "is it what you meant?"


def doubts(scenario: Scenario, catalogue: Catalogue, chip: Chip | None) -> tuple[str, ...]:
    """Return what was given and is far from all that the catalogue knows of its kind, in words."""
    sentences = [
        _doubt(value, KEYS[key].reader.unit, RECORDS[key](catalogue, chip))
        for key, value in scenario.values.items()
        if key in RECORDS and not _is_usual(key, value)
    ]
    return tuple(filter(None, sentences)) or tuple(_tokens_per_parameter(scenario, catalogue))


def _is_usual(key: str, value: ScenarioValue) -> bool:
    """Whether nobody gave it, it is nothing, or it is so usual that no record needs to be read."""
    low, high = USUAL.get(key, (math.inf, 0.0))
    quantity = value.quantity
    if value.set_by == "default" or quantity is None or quantity.value == 0:
        return True
    return low <= quantity.low and quantity.high <= high


def _doubt(value: ScenarioValue, unit: str, record: Record) -> str:
    """Say how far an amount is beyond a record; nothing where it is not."""
    assert value.quantity is not None
    amount = value.quantity.value
    if amount > record.above * record.high:
        far, limit = f"{_times(amount / record.high)} the highest", record.high
    elif amount * record.below < record.low:
        far, limit = f"{_times(record.low / amount)} less than the lowest", record.low
    else:
        return ""
    shown = format_quantity(limit, unit)
    return f"{value.origin} '{value.text}' is {far} of {record.of} ({shown}): {record.slip}"


def _times(ratio: float) -> str:
    return f"{format_quantity(ratio, 'count')} times"


# --- the records ------------------------------------------------------------------------------


def _quotes(catalogue: Catalogue, chip: Chip | None) -> Record:
    of_chip = catalogue.quotes("rental", chip.name) if chip else []
    prices = [quote.usd for quote in of_chip or catalogue.quotes("rental")]
    of = f"the catalogue's quotes for {chip.name if chip and of_chip else 'any chip'}"
    slip = "is it a server's price? prices are of one chip for an hour"
    return Record(min(prices), max(prices), of, above=ABOVE_QUOTES, slip=slip)


def _list_prices(catalogue: Catalogue, _: Chip | None) -> Record:
    prices = [price.output for price in catalogue.api_prices()]
    of, slip = "the catalogue's list prices", "prices are per million tokens: '$10/Mtok'"
    return Record(min(prices), max(prices), of, slip=slip)


def _electricity(catalogue: Catalogue, _: Chip | None) -> Record:
    fact = catalogue.assumption("electricity_price")
    return Record(fact.low, fact.high, "the catalogue's range", slip="prices are per kWh, not MWh")


def _utilisation(catalogue: Catalogue, _: Chip | None) -> Record:
    shares = [run.mfu for run in catalogue.runs if run.mfu]
    of = "the catalogue's runs"
    return Record(min(shares), max(shares), of, below=5.0, slip="write 35% or 0.35")


def _of_models(key: str, of: str, below: float = FAR) -> Callable[[Catalogue, Chip | None], Record]:
    def record(catalogue: Catalogue, _: Chip | None) -> Record:
        sizes = [facts[key].value for facts in _model_facts(catalogue) if key in facts]
        return Record(min(sizes), max(sizes), of, below, slip="is its suffix right: k, M, B, T?")

    return record


def _model_facts(catalogue: Catalogue) -> Iterator[dict[str, Fact]]:
    for name in catalogue.names("model"):
        model = catalogue.model(name)
        yield {**model.facts, **model.built}


def _budgets(catalogue: Catalogue, _: Chip | None) -> Record:
    sums = [budget.money.value for actor in catalogue.actors.values() for budget in actor.budgets]
    of, slip = "the catalogue's budgets", "is its suffix right: k, M, B?"
    return Record(min(filter(None, sums)), max(sums), of, below=100.0, slip=slip)


def _tokens_per_parameter(scenario: Scenario, catalogue: Catalogue) -> Iterator[str]:
    """Doubt a ratio of tokens to parameters that is far from that of every model."""
    counts = [scenario.values.get(key) for key in ("params", "tokens")]
    size, tokens = (value.quantity.value if value and value.quantity else 0.0 for value in counts)
    value = counts[1]
    if not size or not value or value.set_by == "default":
        return
    ratio = tokens / size
    if 1 <= ratio <= 1_000:
        return
    ratios = [
        facts["tokens"].value / facts["total_params"].value
        for facts in _model_facts(catalogue)
        if {"tokens", "total_params"} <= facts.keys()
    ]
    if not min(ratios) / FAR <= ratio <= max(ratios) * FAR:
        yield (
            f"{value.origin} '{value.text}' is {ratio:.2g} tokens a parameter; the catalogue's "
            f"models have {min(ratios):.2g} to {max(ratios):,.0f}: is its suffix right: B, T?"
        )


RECORDS: dict[str, Callable[[Catalogue, Chip | None], Record]] = {
    "price": _quotes,
    "token_price": _list_prices,
    "electricity_price": _electricity,
    "mfu": _utilisation,
    "tokens": _of_models("tokens", "the catalogue's models", below=1_000.0),
    "params": _of_models("total_params", "the catalogue's models"),
    "chips": _of_models("chips", "the catalogue's models"),
    "budget": _budgets,
}
"""What is doubted, and what is known of it."""
USUAL = {
    "tokens": (1e9, 1e14),
    "params": (1e8, 1e13),
    "chips": (1, 1e5),
    "budget": (1e3, 1e12),
    "mfu": (0.1, 0.6),
}
"""Amounts that no record makes doubtful; to read every model takes a tenth of a second."""
