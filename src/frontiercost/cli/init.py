"""`frontiercost init`: a commented file to start from."""

import os
from typing import Annotated

import typer

from frontiercost.cli import options as flag

What = Annotated[
    str,
    typer.Argument(help="dataprep, pretrain, posttrain, inference, compare or check."),
]


def init(
    what: What = "pretrain",
    output: flag.Output = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented scenario, or a file of budget assumptions, that runs as it is.

    \b
    frontiercost init pretrain -o model.toml
    frontiercost pretrain --scenario model.toml
    frontiercost init check -o budget.toml
    frontiercost check budget.toml
    """
    from frontiercost.catalogue.store import SHIPPED
    from frontiercost.cli.output import write
    from frontiercost.core.errors import InputError, nearest

    starters = {path.stem: path for path in (SHIPPED / "starters").glob("*.toml")}
    if what not in starters:
        raise InputError(f"'{what}': no such starter; {nearest(what, starters)}")
    if output is not None and os.path.exists(output) and str(output) != "-" and not force:
        raise InputError(f"--output '{output}': is there already; replace it with --force")
    write(starters[what].read_text(encoding="utf-8"), output)
