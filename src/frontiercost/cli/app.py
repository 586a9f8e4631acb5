"""The Typer application: one module per command, imported when it is defined here."""

from typing import Annotated

import typer

from frontiercost import __version__
from frontiercost.cli.backtest import backtest
from frontiercost.cli.catalogue import catalogue
from frontiercost.cli.compare import compare
from frontiercost.cli.inference import inference
from frontiercost.cli.pretrain import pretrain

EXIT_CODES = (
    "Exit codes: 0 done; 1 internal error; 2 bad usage or input; 3 a gate failed; "
    "4 could not be evaluated; 130 interrupted."
)

app = typer.Typer(
    help="What does a frontier AI model cost, stage by stage, and who can afford it?",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=EXIT_CODES)(pretrain)
app.command(epilog=EXIT_CODES)(inference)
app.command(epilog=EXIT_CODES)(compare)
app.command(epilog=EXIT_CODES)(backtest)
app.command(epilog=EXIT_CODES)(catalogue)


def _version(wanted: bool) -> None:
    if wanted:
        from frontiercost.catalogue import shipped

        typer.echo(f"frontiercost {__version__}, catalogue {shipped().edition['edition']}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """What does a frontier AI model cost, stage by stage, and who can afford it?"""
