"""What is given beside single values: tables, None for what is left out, prices by their unit."""

from collections.abc import Iterable, Mapping
from typing import Any

from frontiercost.core.currencies import in_dollars
from frontiercost.core.errors import InputError
from frontiercost.core.safe_files import flat, merged
from frontiercost.core.units import unit_of
from frontiercost.scenario.scenario import Draft, ScenarioValue, reader_of


def give_table(draft: Draft, key: str, table: Mapping[str, Any], origin: str) -> None:
    """Set each value of a table, as a file would: `own`, `assumptions` or `phases`."""
    if key == "own":
        draft.own = merged(draft.own, table, origin)
        return
    for name, value in flat(table):
        draft.give(f"{key}.{name}", value, f"{origin}.{name}")


def leave_out(draft: Draft, key: str, origin: str) -> None:
    """Take away what a file sets under a key, a table's name or a name in it."""
    section, _, name = key.partition(".")
    if section in draft.sections:
        held = draft.sections[section]
        draft.sections[section] = {k: v for k, v in held.items() if name and k != name}
    elif key == "own":
        draft.own = {}
    else:
        reader_of(key, origin)
        draft.values.pop(key, None)
        draft.own_phases = () if key == "phase" else draft.own_phases


def put_prices(draft: Draft, texts: Iterable[object], set_by: str, origin: str) -> None:
    """Sort prices by their unit: of tokens sold, else of a chip-hour."""
    prices: dict[str, str] = {}
    for text in map(str, texts):
        key = "token_price" if _unit(text) == "USD/token" else "price"
        if key in prices:
            raise InputError(f"{origin} '{text}': given twice; once a chip-hour, once a token")
        prices[key] = text
        draft.put(key, text, set_by, origin)


def refuse_unclear(price: ScenarioValue) -> None:
    """Raise InputError for a price without a unit, where two could be meant."""
    text = str(price.text)
    if _unit(text) in (None, "USD"):
        raise InputError(
            f"{price.origin} '{text}': of what? write '{text}/h' for a chip-hour, "
            f"'{text}/Mtok' for tokens sold"
        )


def _unit(text: str) -> str | None:
    return unit_of(in_dollars(text))
