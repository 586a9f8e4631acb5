"""The keys of a scenario: how the text of each is read, what it may be, which stage reads it."""

import re

from frontiercost.catalogue.types import PRECISIONS
from frontiercost.core import units
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity
from frontiercost.cost.market_prices import COMMITMENTS, TIERS
from frontiercost.cost.terms import BASES, PROGRAMMES

PAY = ("frontier", "startup", "academic")
STAGES = ("pretrain", "posttrain", "dataprep", "inference")
KV_PRECISIONS = ("bf16", "fp8", "fp4")
RECOMPUTE = ("none", "selective", "full")
MOST_DRAWS = 1_000_000
FIRST_YEAR, LAST_YEAR = 2010, 2050


@frozen
class Field:
    """One key of a scenario: how its text is read and what it may be."""

    kind: str  # quantity | choice | text | list | switch | date | integer | money | chips
    unit: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None


FIELDS = {
    "name": Field("text"),
    "stage": Field("choice", choices=STAGES),
    "model": Field("text"),
    "params": Field("quantity", "parameter", least=1e6, most=1e15),
    "active_params": Field("quantity", "parameter", least=1e6, most=1e15),
    "tokens": Field("quantity", "token", least=1, most=1e18),
    "seq_len": Field("quantity", "token", least=1, most=1e9),
    "chip": Field("text"),
    "chips": Field("quantity", "chip", least=1, most=1e9),
    "precision": Field("choice", choices=PRECISIONS),
    "mfu": Field("quantity", "%", least=1e-4, most=1),
    "batch": Field("quantity", "token", least=1, most=1e12),
    "deadline": Field("quantity", "day", least=0.01),
    "sites": Field("integer", least=1, most=100_000),
    "site_chips": Field("integer", least=1, most=10_000_000),
    "uplink": Field("quantity", "bit/s", least=1),
    "streaming": Field("switch"),
    "inner_steps": Field("quantity", "x", least=1, most=1e6),
    "bits": Field("quantity", "x", least=1e-3, most=64),
    "tp": Field("integer", least=1),
    "pp": Field("integer", least=1),
    "vpp": Field("integer", least=1),
    "cp": Field("integer", least=1),
    "ep": Field("integer", least=1),
    "zero": Field("integer", least=1, most=3),
    "micro_batch": Field("integer", least=1),
    "recompute": Field("choice", choices=RECOMPUTE),
    "input_tokens": Field("quantity", "token", least=1, most=1e9),
    "output_tokens": Field("quantity", "token", least=1, most=1e9),
    "reasoning_tokens": Field("quantity", "token", least=0, most=1e9),
    "context": Field("quantity", "token", least=2, most=1e9),
    "cache_hit": Field("quantity", "%", least=0, most=1),
    "requests": Field("quantity", "request/day", least=1e-6, most=1e15),
    "tokens_per_second": Field("quantity", "token/s", least=1e-3, most=1e6),
    "ttft": Field("quantity", "day", least=1e-9, most=30),
    "utilisation": Field("quantity", "%", least=1e-3, most=1),
    "kv_precision": Field("choice", choices=KV_PRECISIONS),
    "token_price": Field("quantity", "USD/token", least=0),
    "development": Field("quantity", "USD", least=0),
    "demand_growth": Field("quantity", "x", least=0.01, most=1000),
    "recipe": Field("text"),
    "source": Field("list"),
    "licence": Field("list"),
    "mix": Field("text"),
    "without": Field("list"),
    "indirect": Field("quantity", "%", least=0, most=1),
    "years": Field("integer", least=1, most=50),
    "basis": Field("choice", choices=BASES),
    "programme": Field("choice", choices=tuple(PROGRAMMES)),
    "vendor": Field("choice", choices=TIERS),
    "commitment": Field("choice", choices=COMMITMENTS),
    "price": Field("quantity", "USD/chip-hour", least=0),
    "electricity_price": Field("quantity", "USD/kWh", least=0),
    "pay": Field("choice", choices=PAY),
    "budget": Field("money"),
    "actor": Field("list"),
    "own_chips": Field("chips"),
    "as_built": Field("switch"),
    "without_developer": Field("text"),
    "date": Field("date"),
    "catalogue": Field("text"),
    "draws": Field("integer", least=0, most=MOST_DRAWS),
    "seed": Field("integer", least=0),
}


_PROGRAMME = {"programme", "pay", "recipe", "without", "indirect", "years"}
_DATA = {"tokens", "source", "licence", "mix", "pay", "without", "indirect", "years"}
STAGE_KEYS = {
    "posttrain": _PROGRAMME,
    "dataprep": _DATA,
    "pretrain": {
        *_PROGRAMME,
        *_DATA,
        *("seq_len", "mfu", "batch", "deadline", "sites", "site_chips", "uplink"),
        *("streaming", "inner_steps", "bits", "tp", "pp", "vpp", "cp", "ep", "zero"),
        *("micro_batch", "recompute", "as_built", "without_developer"),
    },
    "inference": {
        *("input_tokens", "output_tokens", "reasoning_tokens", "context", "cache_hit", "requests"),
        *("tokens_per_second", "ttft", "utilisation", "kv_precision", "token_price"),
        *("development", "demand_growth"),
    },
}
"""Keys that only some stages read."""


def money_unit(text: str) -> str:
    """Return USD/year for `"$5M/year"`, else USD."""
    return "USD/year" if "/" in text else "USD"


def as_text(key: str, value: object, origin: str) -> str | bool | tuple[str, ...]:
    """Return a value as its field keeps it: texts of a list, a switch, else one text."""
    kind = FIELDS[key].kind
    if kind == "list":
        return tuple(map(str, value)) if isinstance(value, (list, tuple)) else (str(value),)
    if kind == "switch":
        if str(value).lower() not in ("true", "false"):
            raise InputError(f"{origin} '{value}': must be true or false")
        return str(value).lower() == "true"
    if isinstance(value, (dict, list, bool)):
        raise InputError(f"{origin}: must be a single value, for example a text in quotes")
    return str(value)


def check(key: str, value: object, origin: str) -> None:
    """Check the text of one value against its field; raise InputError that names `origin`."""
    rule, text = FIELDS[key], str(value)
    try:
        if rule.kind == "choice" and text not in rule.choices:
            raise ValueError(nearest(text, rule.choices))
        if rule.kind == "date":
            check_year(units.check_date(text))
        if rule.kind == "quantity":
            _check_range(units.parse(text, rule.unit), rule)
        if rule.kind == "money":
            money = units.parse(text, money_unit(text))
            _check_range(money, Field("money", "USD", least=0))
        if rule.kind == "chips":
            own_chips(text)
        if rule.kind == "integer":
            _check_integer(text, rule)
    except ValueError as error:
        message = str(error).removeprefix(f"'{text}' ")
        raise InputError(f"{origin} '{text}': {message}") from None


def check_year(date: str) -> None:
    """Raise ValueError for a year beyond which neither prices nor trends mean anything."""
    if not FIRST_YEAR <= int(date[:4]) <= LAST_YEAR:
        raise ValueError(f"must be between {FIRST_YEAR} and {LAST_YEAR}")


def _check_range(quantity: units.Quantity, rule: Field) -> None:
    if rule.least is not None and quantity.low < rule.least:
        raise ValueError(f"must be at least {_show(rule.least, rule.unit)}")
    if rule.most is not None and quantity.high > rule.most:
        raise ValueError(f"must be at most {_show(rule.most, rule.unit)}")


def _check_integer(text: str, rule: Field) -> None:
    if not text.isdecimal():
        raise ValueError("must be a whole number, for example 4096")
    _check_range(units.Quantity(int(text), int(text), int(text)), rule)


def _show(limit: float, unit: str) -> str:
    return format_quantity(limit, unit) if unit else f"{limit:,.0f}"


def own_chips(text: str) -> tuple[float, str]:
    """Split `"300 h100"` into a count and the name of a chip."""
    found = re.match(r"^\s*(\S+)\s+(\S.*?)\s*$", text)
    if not found:
        raise ValueError("write a count and a chip, for example '300 h100'")
    return units.parse(found[1], "chip").value, found[2]
