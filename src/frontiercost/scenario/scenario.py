"""A scenario: what was asked, from flags, a TOML file and the catalogue's defaults.

Every value remembers who set it and where, so that the output can say so, and whether the answer
has read it, so that nothing that was given is passed over in silence. Keys are strict: an unknown
one is an error that names the nearest.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, fields, replace
from pathlib import Path
from typing import Any

from frontiercost.core.errors import InputError, nearest, without_effect
from frontiercost.core.facts import Fact, fact_from_quantity
from frontiercost.core.frozen import frozen
from frontiercost.core.number_format import format_quantity
from frontiercost.core.provenance import Provenance
from frontiercost.core.units import Exchange, Quantity
from frontiercost.cost.affordability import AvailableFunds
from frontiercost.scenario.flags import KEYS, keys_of, meant, of_ladder
from frontiercost.scenario.readers import MONEY, Reader, Text, filled, folder_seen_from, money_unit

DEFAULT_STAGE = "pretrain"
HERE = Path()
"""The current folder, from which the command line and the environment name others."""
ENVIRONMENT = "FRONTIERCOST_"
NOT_KEYS = ("DEBUG",)
PROVENANCE = "provenance"
"""The table of a saved file that says who set each value, so that it gives the same document."""
SETTERS = ("flag", "environment", "file", "default")
ALWAYS_READ = {"name", "stage", "catalogue", "draws", "seed"}
"""Keys that every answer reads."""


@frozen
class ScenarioValue:
    """A value somebody set: its text, who set it (flag, file) and where exactly."""

    text: Text
    set_by: str
    origin: str
    quantity: Quantity | None = None
    """The quantity in the text, read once; money of another currency, when the date is known."""
    provenance: Provenance | None = None
    """Where it is from, where the catalogue set it."""


def reader_of(key: str, origin: str) -> Reader:
    """Return how the values of a key are read; raise InputError for an unknown one."""
    if key not in KEYS:
        flag, of_environment = meant(key, KEYS.values()), origin.startswith(ENVIRONMENT)
        name = flag and (f"{ENVIRONMENT}{flag.name.upper()}" if of_environment else flag.name)
        hint = f"did you mean '{name}'?" if name else nearest(key, KEYS)
        raise InputError(f"{origin}: unknown key; {hint}")
    return KEYS[key].reader


def value_of(
    key: str,
    value: object,
    set_by: str,
    origin: str,
    provenance: Provenance | None = None,
    exchange: Exchange | None = None,
) -> ScenarioValue:
    """Read a value of a key, foreign money by an exchange; InputError names its origin."""
    reader = reader_of(key, origin)
    text = reader.text(value, origin)
    try:
        quantity = reader.quantity(text, origin, exchange)
    except InputError:
        if exchange is not None or not reader.is_foreign(str(text)):
            raise
        quantity = None
    return ScenarioValue(text, set_by, origin, quantity, provenance)


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
    ignored: tuple[ScenarioValue, ...] = ()
    """Variables of the environment that this question does not read."""
    read: set[str] = field(default_factory=set, compare=False, repr=False)
    """Keys that an answer has read; shared with the scenarios made from this one."""
    rates: dict[str, Fact] = field(default_factory=dict, compare=False, repr=False)
    """Exchange rates that amounts were read with, by path; shared likewise."""

    def __repr__(self) -> str:
        return f"Scenario({', '.join(f'{key}={value.text!r}' for key, value in self.given())})"

    # --- reading: what is asked for here counts as read ------------------------------------------

    def text(self, key: str, default: str = "") -> str:
        """Return a text or choice."""
        return str(self._taken(key).text) if key in self.values else default

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list."""
        value = self._taken(key).text if key in self.values else ()
        return value if isinstance(value, tuple) else (str(value),)

    def switch(self, key: str) -> bool:
        """Return whether a switch is on."""
        return key in self.values and self._taken(key).text is True

    def integer(self, key: str, default: int) -> int:
        """Return a whole number."""
        return int(self.text(key)) if key in self.values else default

    def fact(self, key: str) -> Fact | None:
        """Return a quantity as a fact of its own, exact unless an interval was typed."""
        return self._fact(key, self._taken(key)) if key in self.values else None

    def _fact(self, key: str, value: ScenarioValue) -> Fact:
        assert value.quantity is not None, key
        source = f"{value.set_by}:{value.origin}"
        unit = KEYS[key].reader.unit_in(str(value.text))
        fact = fact_from_quantity(f"input/{key}", value.quantity, unit, source)
        return replace(fact, **value.provenance._asdict()) if value.provenance else fact

    def funds(self) -> AvailableFunds | None:
        """Return the sum given as budget, which may be a stock or a flow."""
        if "budget" not in self.values:
            return None
        value = self._taken("budget")
        assert value.quantity is not None
        text, unit = str(value.text), money_unit(str(value.text))
        money = fact_from_quantity("input/budget", value.quantity, unit, f"flag:{value.origin}")
        return AvailableFunds(f"a budget of {self.in_words(text, money)}", money)

    def in_words(self, text: str, money: Fact) -> str:
        """Return an amount as it was typed, one of another currency after its dollars."""
        foreign = self.rates and MONEY.is_foreign(text)
        if foreign:
            return f"{format_quantity(money.value, money.unit)} ({text})"
        return f"${text}" if text[0].isdigit() and "USD" not in text.upper() else text

    def exchange(self, currency: str, date: str = "") -> float:
        """Return dollars for one of a currency, at a date or that of the prices; remember the rate.

        Raises ValueError where it is not known.
        """
        from frontiercost.scenario.foreign_money import rate_of

        rate = rate_of(self, currency, date)
        self.rates[rate.path] = rate
        return 1 / rate.value

    def _taken(self, key: str) -> ScenarioValue:
        self.read.add(key)
        return self.values[key]

    def peek(self, key: str, default: str = "") -> str:
        """Return a text that counts as read only where a bill takes it."""
        return str(self.values[key].text) if key in self.values else default

    def peek_fact(self, key: str) -> Fact | None:
        """Return a quantity that counts as read only where a bill takes it."""
        return self._fact(key, self.values[key]) if key in self.values else None

    # --- asking, without reading ---------------------------------------------------------------

    def has(self, *keys: str) -> bool:
        """Whether any of these keys is set."""
        return any(key in self.values for key in keys)

    @property
    def names_a_model(self) -> bool:
        """Whether a model or its size was asked about."""
        return self.has("model", "params")

    @property
    def names_funds(self) -> bool:
        """Whether there is money to judge against."""
        return self.has("budget", "actor")

    def origin(self, key: str) -> str:
        """Return where a value was set: a flag, or a file and its key."""
        return self.values[key].origin if key in self.values else key

    def given(self) -> Iterator[tuple[str, ScenarioValue]]:
        """Yield what somebody set, under the key that a file would hold it."""
        yield from self.values.items()
        yield from ((f"assumptions.{id}", value) for id, value in self.assumptions.items())
        yield from ((f"phases.{key}", value) for key, value in self.phases.items())
        if self.own_phases:
            yield "phase", ScenarioValue("phases of its own", "file", "[[phase]]")

    def content(self) -> dict[str, Any]:
        """Return what it asks as plain data: its fields, but not who set a value."""
        kept = (f.name for f in fields(self) if f.compare and f.name != "ignored")
        return {name: _content(getattr(self, name)) for name in kept}

    def question(self) -> list[tuple[str, ScenarioValue]]:
        """Return what somebody gave, under its key; not what the program set itself."""
        return [(key, value) for key, value in self.given() if value.set_by != "default"]

    @property
    def gives_amounts(self) -> bool:
        """Whether somebody gave an amount, and not the program itself."""
        return any(value.quantity for _, value in self.question())

    def unread(self) -> list[tuple[str, ScenarioValue]]:
        """Return what was given and no answer has read, under its key."""
        read = self.read | ALWAYS_READ
        return [(key, value) for key, value in self.question() if key not in read]

    def refuse_unread(self, reasons: Mapping[str, str]) -> list[str]:
        """Raise InputError for what was given and nothing read; return what is said of variables.

        A variable of the environment may be meant for other questions, so it is named and no more.
        """
        notes = []
        for key, value in self.unread():
            note = without_effect(value.origin, reasons.get(key, ""))
            if value.set_by != "environment":
                raise InputError(note)
            notes.append(note)
        return [*notes, *(f"{value.origin} has no effect here" for value in self.ignored)]

    # --- changing ------------------------------------------------------------------------------

    def changed(self, origin: str, set_by: str = "default", **values: object) -> "Scenario":
        """Return the same scenario with some values set; `origin` says by what."""
        new = {
            key: value_of(key, text, set_by, origin, exchange=self.exchange)
            for key, text in values.items()
        }
        return replace(self, values={**self.values, **new})

    def without(self, *keys: str) -> "Scenario":
        """Return the same scenario with some values not set."""
        return replace(self, values={k: v for k, v in self.values.items() if k not in keys})


def _content(part: Any) -> Any:
    """Return values as their texts, and tables and lists of them as such."""
    if isinstance(part, ScenarioValue):
        return part.text
    if isinstance(part, Mapping):
        return {key: _content(inner) for key, inner in part.items()}
    return [_content(inner) for inner in part] if isinstance(part, (list, tuple)) else part


def load(file: str | Path, **changes: object) -> Scenario:
    """Read a scenario file; keyword arguments replace its keys, None leaves one out."""
    return build(changes, Path(file))


def ask(**values: object) -> Scenario:
    """Return a scenario from keys and values as a file holds them; None stands for not given."""
    return build(values)


def build(
    given: Mapping[str, object],
    file: Path | None = None,
    settings: Iterable[str] = (),
    defaults: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    beside: Path = HERE,
    command: str = "",
    spelling: Callable[[str], str] = str,
) -> Scenario:
    """Merge defaults, file, environment, `--set` and what was given, the later winning.

    `beside` is the folder where those stand that the defaults name; `command` says whose keys they
    are, where that is not the stage's; `spelling` how a key is written where it was given. Raises
    InputError that names the key, or the file and its line.
    """
    draft = Draft()
    for key, text in (defaults or {}).items():
        draft.put(key, text, "default", key, beside)
    if file is not None:
        from frontiercost.scenario.files import read_file

        read_file(file, draft)
    for key, text in (environment or {}).items():
        draft.put(key, text, "environment", f"{ENVIRONMENT}{key.upper()}")
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f"--set '{setting}': write it as key=value, for example tokens=15T")
        key = filled(key, f"--set '{setting}': its key").strip()
        draft.put(key, text.strip(), "flag", f"--set {key}")
    for key, value in given.items():
        draft.give(key, value, spelling(key))
    scenario = draft.checked(command)
    if not scenario.has("config"):
        return scenario
    from frontiercost.scenario.model_config.asked import with_config

    return with_config(scenario)


class Draft:
    """A scenario while it is merged; later values replace earlier ones."""

    def __init__(self) -> None:
        self.values: dict[str, ScenarioValue] = {}
        self.ignored: list[ScenarioValue] = []
        self.sections: dict[str, dict[str, ScenarioValue]] = {"assumptions": {}, "phases": {}}
        self.own_phases: tuple[Mapping[str, Any], ...] = ()
        self.own: dict[str, Any] = {}

    def put(self, key: str, value: object, set_by: str, origin: str, beside: Path = HERE) -> None:
        """Set one value; `assumptions.ID` and `phases.NAME.KEY` go to their sections.

        A folder `beside` a file is kept as the path to it from the current one.
        """
        section, dot, rest = key.partition(".")
        if dot and section in self.sections:
            self.sections[section][rest] = ScenarioValue(filled(value, origin), set_by, origin)
            return
        key = key.replace("-", "_")
        if key == "phase":
            self._put_phases(value, set_by, origin)
        elif key == "price" and isinstance(value, (list, tuple)):
            from frontiercost.scenario.given import put_prices

            put_prices(self, value, set_by, origin)
        else:
            if reader_of(key, origin).kind == "path" and isinstance(value, str):
                value = folder_seen_from(HERE, value, beside)
            self.values[key] = value_of(key, value, set_by, origin)
            if self.values[key].text in (False, ()):  # what is off is as good as not given
                del self.values[key]

    def give(self, key: str, value: object, origin: str) -> None:
        """Set what was given by name: a value, a table, or None for what a file shall not set."""
        if value is None or isinstance(value, Mapping):
            from frontiercost.scenario.given import give_table, leave_out

            leave_out(self, key, origin) if value is None else give_table(self, key, value, origin)
        else:
            self.put(key, value, "flag", origin)

    def _put_phases(self, value: object, set_by: str, origin: str) -> None:
        """Take `--phase sft.examples=50k`, or the phases that a file lists."""
        for phase in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(phase, Mapping):
                self.own_phases += (phase,)
                continue
            key, equals, text = str(phase).partition("=")
            if not equals or "." not in key:
                raise InputError(f"{origin} '{phase}': write it as sft.examples=50k")
            self.put(f"phases.{key.strip()}", text.strip(), set_by, f"{origin} {key.strip()}")

    def checked(self, command: str) -> Scenario:
        """Return the scenario, none of its values without effect on the command."""
        stage = self.values.get("stage")
        command = command or (str(stage.text) if stage else DEFAULT_STAGE)
        known = keys_of(command)
        for key in sorted(self.values.keys() - known):
            value = self.values.pop(key)
            if value.set_by != "environment":
                raise InputError(f"{value.origin}: has no effect on {command}{of_ladder(key)}")
            self.ignored.append(value)
        if (self.sections["phases"] or self.own_phases) and "phase" not in known:
            raise InputError(f"phases have no effect on {command}")
        if "token_price" in known and (price := self.values.get("price")):
            from frontiercost.scenario.given import refuse_unclear

            refuse_unclear(price)
        scenario = Scenario(
            self.values,
            assumptions=self.sections["assumptions"],
            phases=self.sections["phases"],
            own_phases=self.own_phases,
            own=self.own,
            ignored=tuple(self.ignored),
        )
        if not any(KEYS[key].reader.is_money and not v.quantity for key, v in self.values.items()):
            return scenario
        from frontiercost.scenario.foreign_money import in_dollars

        return in_dollars(scenario)


def of_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the keys that variables named FRONTIERCOST_KEY set; DEBUG is no key."""
    prefixed = (name for name in variables if name.startswith(ENVIRONMENT))
    named = {name.removeprefix(ENVIRONMENT): variables[name] for name in prefixed}
    return {key.lower(): text for key, text in named.items() if key not in NOT_KEYS}
