"""Money of other currencies in a scenario: converted at the month of the scenario's date."""

from dataclasses import replace

from frontiercost.catalogue.public_record import exchange_rate
from frontiercost.catalogue.store import at
from frontiercost.core.facts import Fact
from frontiercost.scenario.flags import KEYS
from frontiercost.scenario.resolver import default_date
from frontiercost.scenario.scenario import Scenario, value_of
from frontiercost.scenario.user_facts import catalogue_of


def in_dollars(scenario: Scenario) -> Scenario:
    """Return the same scenario with its amounts of other currencies read."""
    waiting = {
        key: value_of(key, value.text, value.set_by, value.origin, exchange=scenario.exchange)
        for key, value in scenario.values.items()
        if value.quantity is None and KEYS[key].reader.is_money
    }
    return replace(scenario, values={**scenario.values, **waiting})


def rate_of(scenario: Scenario, currency: str, date: str = "") -> Fact:
    """Return units of a currency for a dollar at a date, else at that of the scenario's prices.

    Raises ValueError where it is not known.
    """
    return exchange_rate(at(scenario.peek("catalogue")), currency, date or _date_of(scenario))


def _date_of(scenario: Scenario) -> str:
    """Return the date of the prices, before anything else of the scenario is read."""
    if scenario.has("date"):
        return scenario.peek("date")
    catalogue = catalogue_of(scenario)
    as_built = scenario.has("as_built") and scenario.has("model")
    model = catalogue.model(scenario.peek("model"), scenario.origin("model")) if as_built else None
    return default_date(model, catalogue)
