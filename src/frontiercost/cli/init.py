"""`frontiercost init`: a commented file to start from."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from frontiercost.cli.flags import FlagValues


def starters() -> "dict[str, Path]":
    """Return the files to start from, by name."""
    from frontiercost.catalogue.store import SHIPPED

    return {path.stem: path for path in sorted((SHIPPED / "starters").glob("*.toml"))}


def init(values: "FlagValues") -> None:
    """Write a commented scenario, or a file of budget assumptions, that runs as it is.

    \b
    frontiercost init pretrain -o model.toml
    frontiercost pretrain --scenario model.toml
    frontiercost init check -o budget.toml
    frontiercost check budget.toml
    """
    from frontiercost.cli.output import write
    from frontiercost.core.errors import InputError, nearest
    from frontiercost.core.written_files import would_replace

    what, output = values["what"], values["output"]
    known = starters()
    if what not in known:
        raise InputError(f"'{what}': no such starter; {nearest(what, known)}")
    if output and would_replace(output) and not values["force"]:
        raise InputError(f"--output '{output}': is there already; replace it with --force")
    write(known[what].read_text(encoding="utf-8"), output)
