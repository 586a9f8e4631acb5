"""The Typer application: one module per command, imported when it is asked for."""

from collections.abc import Iterable
from importlib import import_module
from typing import Annotated

import typer

from frontiercost.cli.flags import with_flags
from frontiercost.core.version import __version__

STAGES = ("dataprep", "pretrain", "posttrain", "inference")
COMMANDS = (
    *STAGES,
    *("compare", "check", "backtest", "catalogue", "init", "schema"),
)
EXIT_CODES = (
    "Exit codes: 0 done; 1 internal error; 2 bad usage or input; 3 a gate failed; "
    "4 could not be evaluated; 130 interrupted."
)


def application(arguments: Iterable[str] = ()) -> typer.Typer:
    """Return the application with the command that the arguments name, else with all of them.

    A command has some forty flags, and reading the flags of all takes as long as an answer.
    """
    app = typer.Typer(
        help="What does a frontier AI model cost, stage by stage, and who can afford it?",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=_root,
    )
    named = next((word for word in arguments if word in COMMANDS), None)
    for name in [named] if named else COMMANDS:
        run = getattr(import_module(f"frontiercost.cli.{name}"), name)
        app.command(name, epilog=EXIT_CODES)(with_flags(name, run, stage=name in STAGES))
    return app


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
