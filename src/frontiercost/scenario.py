"""A scenario: what was asked, from flags, a TOML file and the catalogue's defaults.

Every value remembers who set it and where, so that the output can say so. Keys are strict:
an unknown one is an error that names the nearest.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any

from frontiercost import units
from frontiercost.affordability import Purse
from frontiercost.errors import InputError, nearest
from frontiercost.facts import Fact, given
from frontiercost.frozen import frozen
from frontiercost.pricing import COMMITMENTS, TIERS
from frontiercost.records import PRECISIONS
from frontiercost.terms import BASES, PROGRAMMES

PAY = ("frontier", "startup", "academic")
STAGES = ("pretrain", "posttrain", "dataprep", "inference")
VIEWS = {
    "inference": ("reasoning", "context", "demand", "break-even"),
    "posttrain": ("trend",),
}
"""Further tables that a stage has, by name."""
KV_PRECISIONS = ("bf16", "fp8", "fp4")
RECOMPUTE = ("none", "selective", "full")
MOST_DRAWS = 1_000_000
LARGEST_FILE = 256 * 1024
"""Bytes: far above any scenario, and read at once."""
DEEPEST_FILE = 16
_TEXTS = re.compile(  # strings and comments, closed or not
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)|"(?:\\.|[^"\\\n])*"?'
    r"|'''.*?(?:'''|\Z)|'[^'\n]*'?|#[^\n]*",
    re.DOTALL,
)
_PARTS = re.compile(r"[=,\[\]{}\n]")


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
    "programme": Field("choice", choices=PROGRAMMES),
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


@frozen
class Given:
    """A value somebody set: its text, who set it (flag, file) and where exactly."""

    text: str | bool | tuple[str, ...]
    set_by: str
    origin: str


@frozen
class Scenario:
    """Checked values by key, and overridden assumptions and phases by name."""

    values: Mapping[str, Given] = field(default_factory=dict)
    assumptions: Mapping[str, Given] = field(default_factory=dict)
    phases: Mapping[str, Given] = field(default_factory=dict)
    """Changed quantities of post-training's phases: `sft.examples`."""
    own_phases: tuple[Mapping[str, Any], ...] = ()
    """Phases that the file lists instead of a recipe."""

    def text(self, key: str, default: str = "") -> str:
        """Return a text or choice."""
        return str(self.values[key].text) if key in self.values else default

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list."""
        value = self.values[key].text if key in self.values else ()
        return value if isinstance(value, tuple) else (str(value),)

    def switch(self, key: str) -> bool:
        """Return whether a switch is on."""
        return key in self.values and self.values[key].text is True

    def integer(self, key: str, default: int) -> int:
        """Return a whole number."""
        return int(self.text(key)) if key in self.values else default

    def fact(self, key: str) -> Fact | None:
        """Return a quantity as a fact of its own, exact unless an interval was typed."""
        if key not in self.values:
            return None
        source = f"{self.values[key].set_by}:{self.values[key].origin}"
        return given(f"input/{key}", self.text(key), FIELDS[key].unit, source)

    @property
    def names_a_model(self) -> bool:
        """Whether a model or its size was asked about."""
        return bool({"model", "params"} & self.values.keys())

    @property
    def names_a_purse(self) -> bool:
        """Whether there is money to judge against."""
        return bool({"budget", "actor"} & self.values.keys())

    def purse(self) -> Purse | None:
        """Return the sum given as budget, which may be a stock or a flow."""
        if "budget" not in self.values:
            return None
        text, origin = self.text("budget"), self.values["budget"].origin
        money = given("input/budget", text, money_unit(text), f"flag:{origin}")
        return Purse(f"a budget of {text}", money)

    def origin(self, key: str) -> str:
        """Return where a value was set: a flag, or a file and its key."""
        return self.values[key].origin if key in self.values else key


def money_unit(text: str) -> str:
    """Return USD/year for `"$5M/year"`, else USD."""
    return "USD/year" if "/" in text else "USD"


def build(
    flags: Mapping[str, object],
    file: Path | None = None,
    settings: Iterable[str] = (),
    defaults: Mapping[str, str] | None = None,
) -> Scenario:
    """Merge a command's defaults, file, `--set` and flags, the later winning; check every value.

    Raises InputError that names the flag, or the file, its line and key.
    """
    draft = _Draft()
    for key, text in (defaults or {}).items():
        draft.put(key, text, "default", key)
    if file is not None:
        _read_file(file, draft)
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f"--set '{setting}': write it as key=value, for example tokens=15T")
        draft.put(key.strip(), text.strip(), "flag", f"--set {key.strip()}")
    for key, value in flags.items():
        if value is not None and value is not False and value != []:
            origin = "MODEL" if key == "model" else f"--{key.replace('_', '-')}"
            draft.put(key, value, "flag", origin)
    return draft.checked()


class _Draft:
    """A scenario while it is merged; later values replace earlier ones."""

    def __init__(self) -> None:
        self.values: dict[str, Given] = {}
        self.sections: dict[str, dict[str, Given]] = {"assumptions": {}, "phases": {}}
        self.own_phases: tuple[Mapping[str, Any], ...] = ()

    def put(self, key: str, value: object, set_by: str, origin: str) -> None:
        """Set one value; `assumptions.ID` and `phases.NAME.KEY` go to their sections."""
        section, dot, rest = key.partition(".")
        if dot and section in self.sections:
            self.sections[section][rest] = Given(str(value), set_by, origin)
            return
        key = key.replace("-", "_")
        if key == "phase":
            self._put_phases(value, set_by, origin)
            return
        if key not in FIELDS:
            raise InputError(f"{origin}: unknown key; {nearest(key, FIELDS)}")
        self.values[key] = Given(_as_text(key, value, origin), set_by, origin)

    def _put_phases(self, value: object, set_by: str, origin: str) -> None:
        """Take `--phase sft.examples=50k`, or the phases that a file lists."""
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(one, Mapping):
                self.own_phases += (one,)
                continue
            key, equals, text = str(one).partition("=")
            if not equals or "." not in key:
                raise InputError(f"{origin} '{one}': write it as sft.examples=50k")
            self.put(f"phases.{key.strip()}", text.strip(), set_by, f"{origin} {key.strip()}")

    def checked(self) -> Scenario:
        """Return the scenario, every value checked, none without effect."""
        for key, one in self.values.items():
            _check(key, one)
        _check_stage(self.values, bool(self.sections["phases"] or self.own_phases))
        return Scenario(self.values, **self.sections, own_phases=self.own_phases)


def _check_stage(values: Mapping[str, Given], has_phases: bool) -> None:
    """Refuse what the stage asked for would not read."""
    stage = str(values["stage"].text) if "stage" in values else "pretrain"
    others = set[str]().union(*STAGE_KEYS.values()) - STAGE_KEYS[stage]
    for key in sorted(others & values.keys()):
        raise InputError(f"{values[key].origin}: has no effect on {stage}")
    if has_phases and "recipe" not in STAGE_KEYS[stage]:
        raise InputError(f"phases have no effect on {stage}")


def _read_file(file: Path, draft: _Draft) -> None:
    text, data = _toml(file)
    for key, value in data.items():
        if key in draft.sections and isinstance(value, dict):
            for dotted, entry in _flat(value):
                where = f"{file}:{_line_of(dotted.rpartition('.')[2], text)} {key}.{dotted}"
                draft.put(f"{key}.{dotted}", entry, "file", where)
        else:
            draft.put(key, value, "file", f"{file}:{_line_of(key, text)} {key}")


def _toml(file: Path) -> tuple[str, dict[str, Any]]:
    """Return a file's text and what it holds; whatever cannot be read is one clear error."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise InputError(f"--scenario '{file}': larger than {LARGEST_FILE:,} bytes")
        text = raw.decode("utf-8")
        _check_dots(text)
        data = tomllib.loads(text)
        _check_depth(data)
        return text, data
    except FileNotFoundError:
        raise InputError(f"--scenario '{file}': no such file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"--scenario '{file}': not UTF-8 at byte {error.start}") from None
    except OSError as error:
        raise InputError(f"--scenario '{file}': {error.strerror or error}") from error
    except RecursionError:
        raise InputError(f"{file}: nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f'{file}: {error}; a number with a suffix needs quotes: tokens = "15T"'
        ) from error
    except ValueError:
        raise InputError(f"{file}: a number has too many digits") from None


def _check_dots(text: str) -> None:
    """Raise RecursionError for `a.a.a.a` so long that reading it would take all memory."""
    if any(part.count(".") > DEEPEST_FILE for part in _PARTS.split(_TEXTS.sub("", text))):
        raise RecursionError


def _check_depth(data: Mapping[str, Any]) -> None:
    """Raise RecursionError for what the functions that read it could not go down."""
    level: list[Any] = [data]
    for _ in range(DEEPEST_FILE):
        inner = (v.values() if isinstance(v, dict) else v for v in level)
        level = [v for values in inner for v in values if isinstance(v, (dict, list))]
    if level:
        raise RecursionError


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the entries of nested tables under dotted keys."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{rest}", entry) for rest, entry in _flat(value))
        else:
            yield key, value


def _line_of(key: str, text: str) -> int:
    return _lines(text).get(key, 1)


@lru_cache(maxsize=1)
def _lines(text: str) -> dict[str, int]:
    """Return the line on which each key first stands, found in one pass over the text."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if key := re.match(r"[ \t]*\[*([^\s\]=]+)[ \t]*[\]=]", line):
            found.setdefault(key[1], number)
    return found


def _as_text(key: str, value: object, origin: str) -> str | bool | tuple[str, ...]:
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


def _check(key: str, one: Given) -> None:
    """Check one value against its field; the message names where it was set."""
    rule, where = FIELDS[key], f"{one.origin} '{one.text}'"
    try:
        if rule.kind == "choice" and one.text not in rule.choices:
            raise ValueError(nearest(str(one.text), rule.choices))
        if rule.kind == "date":
            units.check_date(str(one.text))
        if rule.kind == "quantity":
            _check_range(units.parse(str(one.text), rule.unit), rule)
        if rule.kind == "money":
            money = units.parse(str(one.text), money_unit(str(one.text)))
            _check_range(money, Field("money", "USD", least=0))
        if rule.kind == "chips":
            own_chips(str(one.text))
        if rule.kind == "integer":
            _check_integer(str(one.text), rule)
    except ValueError as error:
        message = str(error).removeprefix(f"'{one.text}' ")
        raise InputError(f"{where}: {message}") from None


def _check_range(quantity: units.Quantity, rule: Field) -> None:
    if rule.least is not None and quantity.low < rule.least:
        raise ValueError(f"must be at least {_show(rule.least, rule.unit)}")
    if rule.most is not None and quantity.high > rule.most:
        raise ValueError(f"must be at most {_show(rule.most, rule.unit)}")


def _check_integer(text: str, rule: Field) -> None:
    if not text.isdigit():
        raise ValueError("must be a whole number, for example 4096")
    _check_range(units.Quantity(int(text), int(text), int(text)), rule)


def _show(limit: float, unit: str) -> str:
    return units.format_quantity(limit, unit) if unit else f"{limit:,.0f}"


def own_chips(text: str) -> tuple[float, str]:
    """Split `"300 h100"` into a count and the name of a chip."""
    found = re.match(r"^\s*(\S+)\s+(\S.*?)\s*$", text)
    if not found:
        raise ValueError("write a count and a chip, for example '300 h100'")
    return units.parse(found[1], "chip").value, found[2]


def to_toml(scenario: Scenario) -> str:
    """Return a scenario as a TOML file that builds the same scenario again."""
    import tomli_w

    data: dict[str, object] = {
        key: list(one.text) if isinstance(one.text, tuple) else one.text
        for key, one in scenario.values.items()
    }
    if scenario.assumptions:
        data["assumptions"] = {id: str(one.text) for id, one in scenario.assumptions.items()}
    phases: dict[str, dict[str, str]] = {}
    for key, one in scenario.phases.items():
        name, _, rest = key.partition(".")
        phases.setdefault(name, {})[rest] = str(one.text)
    if phases:
        data["phases"] = phases
    if scenario.own_phases:
        data["phase"] = [dict(entry) for entry in scenario.own_phases]
    return tomli_w.dumps(data)
