"""`frontiercost catalogue`: what is known, and where each fact comes from."""

from typing import Annotated

import typer

from frontiercost.cli import options as flag

Kind = Annotated[
    str | None,
    typer.Argument(help="chips, models, actors, prices, assumptions, trends, runs or sources."),
]
Name = Annotated[str | None, typer.Argument(help="One entry of that kind.")]


def catalogue(
    kind: Kind = None,
    name: Name = None,
    format: flag.Format = "table",
    output: flag.Output = None,
    quiet: flag.Quiet = 0,
) -> None:
    """Which chips, models, actors, prices and assumptions are known, each fact with its origin.

    \b
    frontiercost catalogue
    frontiercost catalogue actors
    frontiercost catalogue chips h100-sxm
    """
    from frontiercost.catalogue.store import shipped
    from frontiercost.cli.output import emit
    from frontiercost.reporting import catalogue

    if kind is None:
        report = catalogue.overview(shipped())
    elif name is None:
        report = catalogue.listing(shipped(), kind)
    else:
        report = catalogue.entry(shipped(), kind, name)
    emit(report, format, output, quiet)
