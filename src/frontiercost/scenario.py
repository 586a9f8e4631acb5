"""A scenario: what was asked, from flags, a TOML file and the catalogue's defaults.

Every value remembers who set it and where, so that the output can say so. Keys are strict:
an unknown one is an error that names the nearest.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
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
LONGEST_CHAIN = 16
ENVIRONMENT = "FRONTIERCOST_"
NOT_KEYS = ("DEBUG",)
PROVENANCE = "provenance"
"""The table of a saved file that says who set each value, so that it gives the same document."""
SETTERS = ("flag", "environment", "file", "default")


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
    own: Mapping[str, Any] = field(default_factory=dict)
    """Chips, models, actors, prices and sources of one's own, as the file has them."""

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


def load(file: str | Path, **changes: object) -> Scenario:
    """Read a scenario file; keyword arguments replace its keys, as flags do."""
    return build(changes, Path(file))


def money_unit(text: str) -> str:
    """Return USD/year for `"$5M/year"`, else USD."""
    return "USD/year" if "/" in text else "USD"


def build(
    flags: Mapping[str, object],
    file: Path | None = None,
    settings: Iterable[str] = (),
    defaults: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Scenario:
    """Merge defaults, file, environment, `--set` and flags, the later winning; check every value.

    Raises InputError that names the flag, or the file, its line and key.
    """
    draft = _Draft()
    for key, text in (defaults or {}).items():
        draft.put(key, text, "default", key)
    if file is not None:
        _read_file(file, draft)
    stage = str(draft.values["stage"].text) if "stage" in draft.values else "pretrain"
    for key, text in (environment or {}).items():
        if _reads(stage, key):
            draft.put(key, text, "environment", f"{ENVIRONMENT}{key.upper()}")
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
        self.own: dict[str, Any] = {}

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
        return Scenario(self.values, **self.sections, own_phases=self.own_phases, own=self.own)


def of_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the keys that variables named FRONTIERCOST_KEY set; DEBUG is no key."""
    named = {
        k.removeprefix(ENVIRONMENT): v for k, v in variables.items() if k.startswith(ENVIRONMENT)
    }
    return {key.lower(): text for key, text in named.items() if key not in NOT_KEYS}


def _reads(stage: str, key: str) -> bool:
    """Whether a stage reads a key; an unknown one is for `put` to refuse."""
    known = STAGE_KEYS.get(stage, set())
    return key in known or key not in set[str]().union(*STAGE_KEYS.values())


def _check_stage(values: Mapping[str, Given], has_phases: bool) -> None:
    """Refuse what the stage asked for would not read."""
    stage = str(values["stage"].text) if "stage" in values else "pretrain"
    others = set[str]().union(*STAGE_KEYS.values()) - STAGE_KEYS[stage]
    for key in sorted(others & values.keys()):
        raise InputError(f"{values[key].origin}: has no effect on {stage}")
    if has_phases and "recipe" not in STAGE_KEYS[stage]:
        raise InputError(f"phases have no effect on {stage}")


def _read_file(file: Path, draft: _Draft, above: tuple[Path, ...] = ()) -> None:
    """Read a file, after the one it extends; `above` are the files that extend this one."""
    from frontiercost.files import flat, lines_of, read_toml

    text, data = read_toml(file, "--scenario")
    lines = lines_of(text)
    base = data.pop("extends", None)
    if base is not None:
        where = f"{file}:{lines.get('extends', 1)} extends"
        _read_base(file, str(base), where, draft, above)
    provenance = data.pop(PROVENANCE, {})
    draft.own = _merged(draft.own, data.pop("own", {}), f"{file}:{lines.get('own', 1)} own")
    for key, value in data.items():
        if key in draft.sections and isinstance(value, dict):
            for dotted, entry in flat(value):
                where = f"{file}:{lines.get(dotted.rpartition('.')[2], 1)} {key}.{dotted}"
                draft.put(f"{key}.{dotted}", entry, *_set_by(provenance, f"{key}.{dotted}", where))
        else:
            where = f"{file}:{lines.get(key, 1)} {key}"
            draft.put(key, value, *_set_by(provenance, key, where))


def _merged(below: Mapping[str, Any], above: object, where: str) -> dict[str, Any]:
    """Return nested tables as one, entries of lists one after the other, the upper winning."""
    if not isinstance(above, Mapping):
        raise InputError(f"{where}: must be a table, for example [own.chips.NAME]")
    merged = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _merged(merged[key], value, where)
        elif isinstance(value, list) and isinstance(merged.get(key), list):
            merged[key] = merged[key] + value
        else:
            merged[key] = value
    return merged


def _set_by(provenance: object, key: str, where: str) -> tuple[str, str]:
    """Return who set a value and where: as a saved file remembers it, else this file."""
    known = provenance.get(key) if isinstance(provenance, Mapping) else None
    set_by, colon, origin = str(known or "").partition(":")
    return (set_by, origin) if colon and set_by in SETTERS else ("file", where)


def _read_base(file: Path, base: str, where: str, draft: _Draft, above: tuple[Path, ...]) -> None:
    """Read the file that another extends; refuse a chain that comes back to itself."""
    path = (file.parent / base).resolve()
    chain = (*above, file.resolve())
    if path in chain:
        raise InputError(f"{where}: '{base}' extends itself, by way of {len(chain)} file(s)")
    if len(chain) >= LONGEST_CHAIN:
        raise InputError(f"{where}: more than {LONGEST_CHAIN} files extend each other")
    _read_file(path, draft, chain)


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


def _written(one: Given) -> str:
    return f"{one.set_by}:{one.origin}"


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
    if scenario.own:
        data["own"] = scenario.own
    data[PROVENANCE] = {
        **{key: _written(one) for key, one in scenario.values.items()},
        **{f"assumptions.{id}": _written(one) for id, one in scenario.assumptions.items()},
        **{f"phases.{key}": _written(one) for key, one in scenario.phases.items()},
    }
    return tomli_w.dumps(data)
