"""A scenario: what was asked, from flags, a TOML file and the catalogue's defaults.

Every value remembers who set it and where, so that the output can say so. Keys are strict:
an unknown one is an error that names the nearest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from frontiercost.core.errors import InputError, nearest
from frontiercost.core.facts import Fact, fact_from_text
from frontiercost.core.frozen import frozen
from frontiercost.cost.affordability import AvailableFunds
from frontiercost.scenario.keys import FIELDS, STAGE_KEYS, as_text, check, money_unit

LONGEST_CHAIN = 16
ENVIRONMENT = "FRONTIERCOST_"
NOT_KEYS = ("DEBUG",)
PROVENANCE = "provenance"
"""The table of a saved file that says who set each value, so that it gives the same document."""
SETTERS = ("flag", "environment", "file", "default")


@frozen
class ScenarioValue:
    """A value somebody set: its text, who set it (flag, file) and where exactly."""

    text: str | bool | tuple[str, ...]
    set_by: str
    origin: str


@frozen
class Scenario:
    """Checked values by key, and overridden assumptions and phases by name."""

    values: Mapping[str, ScenarioValue] = field(default_factory=dict)
    assumptions: Mapping[str, ScenarioValue] = field(default_factory=dict)
    phases: Mapping[str, ScenarioValue] = field(default_factory=dict)
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
        return fact_from_text(f"input/{key}", self.text(key), FIELDS[key].unit, source)

    @property
    def names_a_model(self) -> bool:
        """Whether a model or its size was asked about."""
        return bool({"model", "params"} & self.values.keys())

    @property
    def names_a_purse(self) -> bool:
        """Whether there is money to judge against."""
        return bool({"budget", "actor"} & self.values.keys())

    def purse(self) -> AvailableFunds | None:
        """Return the sum given as budget, which may be a stock or a flow."""
        if "budget" not in self.values:
            return None
        text, origin = self.text("budget"), self.values["budget"].origin
        money = fact_from_text("input/budget", text, money_unit(text), f"flag:{origin}")
        return AvailableFunds(f"a budget of {text}", money)

    def origin(self, key: str) -> str:
        """Return where a value was set: a flag, or a file and its key."""
        return self.values[key].origin if key in self.values else key


def load(file: str | Path, **changes: object) -> Scenario:
    """Read a scenario file; keyword arguments replace its keys, as flags do."""
    return build(changes, Path(file))


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
        self.values: dict[str, ScenarioValue] = {}
        self.sections: dict[str, dict[str, ScenarioValue]] = {"assumptions": {}, "phases": {}}
        self.own_phases: tuple[Mapping[str, Any], ...] = ()
        self.own: dict[str, Any] = {}

    def put(self, key: str, value: object, set_by: str, origin: str) -> None:
        """Set one value; `assumptions.ID` and `phases.NAME.KEY` go to their sections."""
        section, dot, rest = key.partition(".")
        if dot and section in self.sections:
            self.sections[section][rest] = ScenarioValue(str(value), set_by, origin)
            return
        key = key.replace("-", "_")
        if key == "phase":
            self._put_phases(value, set_by, origin)
            return
        if key not in FIELDS:
            raise InputError(f"{origin}: unknown key; {nearest(key, FIELDS)}")
        self.values[key] = ScenarioValue(as_text(key, value, origin), set_by, origin)

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
            check(key, one.text, one.origin)
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


def _check_stage(values: Mapping[str, ScenarioValue], has_phases: bool) -> None:
    """Refuse what the stage asked for would not read."""
    stage = str(values["stage"].text) if "stage" in values else "pretrain"
    others = set[str]().union(*STAGE_KEYS.values()) - STAGE_KEYS[stage]
    for key in sorted(others & values.keys()):
        raise InputError(f"{values[key].origin}: has no effect on {stage}")
    if has_phases and "recipe" not in STAGE_KEYS[stage]:
        raise InputError(f"phases have no effect on {stage}")


def _read_file(file: Path, draft: _Draft, above: tuple[Path, ...] = ()) -> None:
    """Read a file, after the one it extends; `above` are the files that extend this one."""
    from frontiercost.core.safe_files import flat, lines_of, read_toml

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


def _written(one: ScenarioValue) -> str:
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
