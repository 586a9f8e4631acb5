"""The Typer application: one module per command, imported when it is asked for."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from frontiercost.core.version import __version__

STAGES = ("dataprep", "pretrain", "posttrain", "inference")
COMMANDS = (
    *STAGES,
    *("compare", "check", "backtest", "catalogue", "examples", "init", "schema"),
)
NAMES_ENOUGH = {"--help", "-h", "--version"}
"""Without a command, these need the names of commands and no flags of theirs."""


class Command(TyperCommand):
    """A command whose --help is made from the table of flags."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write every flag, by panel."""
        from frontiercost.cli.flags import help_of
        from frontiercost.cli.help import everything

        formatter.write(everything(help_of(self.name or "")))


class Program(TyperGroup):
    """The program, whose help leads with questions."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the questions and the commands."""
        from frontiercost.cli.welcome import COMMANDS as ANSWERED

        formatter.write(ANSWERED)


def application(arguments: Iterable[str] = ()) -> typer.Typer:
    """Return the application with the command that the arguments name, else with all of them.

    A command has some forty flags, and reading the flags of all takes as long as an answer.
    """
    app = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        cls=Program,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=_root,
    )
    words = list(arguments)
    named = next((word for word in words if word in COMMANDS), None)
    made = _without_flags if not named and set(words) & NAMES_ENOUGH else _with_flags
    for name in [named] if named else COMMANDS:
        module = import_module(f"frontiercost.cli.{name}")
        app.command(name, cls=Command, context_settings={"help_option_names": ["--help"]})(
            made(name, getattr(module, name))
        )
    return app


def _with_flags(name: str, run: Callable[..., None]) -> Callable[..., None]:
    from frontiercost.cli.flags import with_flags

    return with_flags(name, run, stage=name in STAGES)


def _without_flags(name: str, run: Callable[..., None]) -> Callable[..., None]:
    def listed() -> None:
        """Stand for a command where only its name and first line are shown."""

    listed.__doc__ = run.__doc__
    return listed


def _version(wanted: bool) -> None:
    if wanted:
        from frontiercost.catalogue.store import shipped

        typer.echo(f"frontiercost {__version__}, catalogue {shipped().edition['edition']}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """What does a frontier AI model cost, stage by stage, and who can afford it?"""
