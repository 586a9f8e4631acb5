"""From rows of the table of flags to the parameters of a command, and the values given to them."""

from collections.abc import Callable, Iterable
from inspect import Parameter, Signature, getdoc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from frontiercost.core.errors import InputError, without_effect
from frontiercost.scenario.flag import Flag
from frontiercost.scenario.flags import flags_of, meant, spelled
from frontiercost.scenario.readers import filled

if TYPE_CHECKING:
    from frontiercost.cli.help import Help
    from frontiercost.core.facts import Fact
    from frontiercost.core.units import Exchange
    from frontiercost.scenario.readers import Text
    from frontiercost.scenario.scenario import ScenarioValue


HANDED_OVER = {"Scenario", "Output"}
"""Panels whose flags every answer reads when it is made and handed over."""


class FlagValues:
    """What was given to the flags of a command; knows which of them an answer has read."""

    def __init__(self, flags: Iterable[Flag], values: dict[str, Any]) -> None:
        """Take the values as they were typed; none may be empty."""
        self._flags = {flag.name: flag for flag in flags}
        self._values = {name: _given(self._flags[name], value) for name, value in values.items()}
        self._read: set[str] = set()
        self._in_scenario = False

    def __getitem__(self, name: str) -> Any:
        """Return a value, which counts as read."""
        self._read.add(name)
        return self._values.get(name)

    def has(self, *names: str) -> bool:
        """Whether any of these flags was given, without reading it."""
        return any(
            self._values.get(name) not in (None, False, [], self._flags[name].default)
            for name in names
            if name in self._flags
        )

    def only(self, *names: str) -> bool:
        """Whether no flag but these was given, without reading one."""
        return not self.has(*(self._flags.keys() - set(names)))

    def fact(self, name: str, exchange: "Exchange | None" = None) -> "Fact | None":
        """Return a quantity as a fact; raise InputError that names the flag."""
        from frontiercost.core.facts import fact_from_quantity

        text, flag = self[name], self._flags[name]
        if text is None:
            return None
        quantity = flag.reader.quantity(text, flag.spelling, exchange)
        assert quantity is not None, name
        source = f"flag:{flag.spelling}"
        return fact_from_quantity(f"input/{name}", quantity, flag.reader.unit, source)

    def checked(self, name: str) -> str | None:
        """Return a text that can be read as its flag wants it; raise InputError that names it."""
        text, flag = self[name], self._flags[name]
        if text is not None:
            flag.reader.quantity(text, flag.spelling)
        return text  # type: ignore[no-any-return]

    def question(self) -> dict[str, Any]:
        """Return what was given of the question, which a scenario checks and then tells of."""
        self._in_scenario = True
        asked = {name: value for name, value in self._values.items() if self._flags[name].is_key}
        return {name: value for name, value in asked.items() if self.has(name)}

    def ways(self) -> list[tuple[str, "ScenarioValue"]]:
        """Return the options given that are no part of a scenario and change the answer."""
        from frontiercost.scenario.scenario import ScenarioValue

        options = (f for f in self._flags.values() if f.spelling.startswith("--"))
        asked = [
            flag
            for flag in options
            if (not self._in_scenario if flag.is_key else flag.panel not in HANDED_OVER)
        ]
        return [
            (flag.name, ScenarioValue(_text(self._values[flag.name]), "flag", flag.spelling))
            for flag in asked
            if self.has(flag.name)
        ]

    def spelling(self, name: str) -> str:
        """Return how people write a flag, also one that a command gives a scenario itself."""
        return self._flags[name].spelling if name in self._flags else spelled(name)

    def refuse_unread(self, reason: str = "") -> None:
        """Raise InputError for flags that were given and changed nothing."""
        unread = [
            flag.spelling
            for name, flag in self._flags.items()
            if flag.panel not in HANDED_OVER and not flag.is_key
            if name not in self._read and self.has(name)
        ]
        if unread:
            raise InputError(without_effect(unread[0], reason))


def _given(flag: Flag, value: Any) -> Any:
    """Return what was given to a flag, paths as such; raise InputError that names an empty one."""
    if isinstance(value, list):
        return [filled(text, flag.spelling) for text in value]
    if not isinstance(value, str):
        return value
    text = filled(value, flag.spelling)
    return Path(value) if flag.reader.kind == "file" else text


def unknown_option(option: str, command: str) -> str:
    """Return the error for an option that a command does not have, with the one that was meant."""
    from frontiercost.cli.app import COMMANDS, STAGES

    flags = {name: flags_of(name, stage=name in STAGES) for name in COMMANDS}
    owners = [name for name in COMMANDS if option in {flag.spelling for flag in flags[name]}]
    flag = meant(option, flags[command])
    if owners:
        hint = f"it is one of {', '.join(owners)}"
    elif flag and flag.argument:
        hint = f"{flag.spelling} stands without a name: frontiercost {command} {flag.spelling}"
    elif flag:
        hint = f"did you mean '{flag.spelling}{' sft.examples=50k' * (flag.name == 'phase')}'?"
    else:
        hint = f"all options: frontiercost {command} --help"
    return f"{option}: no such option of {command}; {hint}"


def _text(value: Any) -> "Text":
    if isinstance(value, list):
        return tuple(value)
    return value if isinstance(value, bool) else str(value)


def _show_screen(context: typer.Context, wanted: bool) -> None:
    """Print the help that fits a screen, and leave."""
    if wanted:
        from frontiercost.cli.help import one_screen

        typer.echo(one_screen(help_of(context.info_name or "")), nl=False)
        raise typer.Exit


ONE_SCREEN = Annotated[
    bool,
    typer.Option("-h", is_eager=True, callback=_show_screen, help="One screen of what people use."),
]


def help_of(command: str) -> "Help":
    """Return what the help of a command is made from."""
    from importlib import import_module

    from frontiercost.cli.app import STAGES
    from frontiercost.cli.help import Help

    run = getattr(import_module(f"frontiercost.cli.{command}"), command)
    return Help(command, getdoc(run) or "", tuple(flags_of(command, stage=command in STAGES)))


def with_flags(
    command: str, run: Callable[[FlagValues], None], *, stage: bool = False
) -> Callable[..., None]:
    """Return a command with the flags that the table gives it, for the framework to read."""
    flags = flags_of(command, stage=stage)

    def called(screen: bool, **values: Any) -> None:
        run(FlagValues(flags, values))

    screen = Parameter("screen", Parameter.KEYWORD_ONLY, default=False, annotation=ONE_SCREEN)
    signature = Signature([*(_parameter(flag) for flag in flags), screen])
    called.__signature__ = signature  # type: ignore[attr-defined]
    called.__doc__ = run.__doc__
    return called


def _parameter(flag: Flag) -> Parameter:
    default: object = flag.default
    if flag.counts:
        default = 0
    elif flag.reader.kind == "switch":
        default = False
    elif flag.name == "file":
        default = Parameter.empty
    return Parameter(
        flag.name,
        Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[_type(flag), _option(flag)],
    )


def _type(flag: Flag) -> Any:
    if flag.counts:
        return int
    if flag.repeats:
        return list[str] | None
    if flag.reader.kind == "switch":
        return bool
    return str if flag.default or flag.name == "file" else str | None


def _option(flag: Flag) -> Any:
    completion = _completion(flag)
    if flag.argument:
        return typer.Argument(help=flag.help, autocompletion=completion)
    return typer.Option(
        *(flag.spellings or (flag.spelling,)),
        help=flag.help,
        rich_help_panel=flag.panel,
        count=flag.counts,
        metavar="PATH" if flag.reader.kind == "file" else None,
        autocompletion=completion,
        readable=False,  # where an answer goes need not be, and what is read says so itself
    )


def _completion(flag: Flag) -> Callable[[str], list[str]] | None:
    """Complete closed lists and names of the catalogue, which needs no numpy."""
    if not flag.completes and not flag.reader.choices:
        return None

    def complete(incomplete: str) -> list[str]:
        from frontiercost.cli.choices import values_of

        return [name for name in values_of(flag) if name.startswith(incomplete)]

    return complete
