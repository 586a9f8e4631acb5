"""`frontiercost examples`: files that run, to read and to start from."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from frontiercost.cli.flags import FlagValues

PACKAGED = "examples"
KINDS = (".toml", ".csv")
WIDTH, COLUMN = 80, 24
HOW = """\
Print one: frontiercost examples NAME, and keep it with -o NAME.toml. Its line
stage = "pretrain" says which command runs it:
  frontiercost pretrain --scenario NAME.toml
Assumptions: frontiercost check NAME.toml. Own runs: frontiercost backtest --runs"""


def examples(values: "FlagValues") -> None:
    """Which files show how to ask? Lists them; with a name, prints one.

    \b
    frontiercost examples
    frontiercost examples university-7b
    frontiercost examples llama-405b-today -o model.toml
    """
    from frontiercost.cli.output import write
    from frontiercost.core.errors import InputError, nearest

    known = example_files()
    name = values["example"]
    if name is None:
        write(_listing(known), values["output"])
        return
    stem = name.rpartition("/")[2].rpartition(".")[0] or name
    if stem not in known:
        raise InputError(f"EXAMPLE '{name}': no such example; {nearest(stem, known)}")
    write(known[stem].read_text(encoding="utf-8"), values["output"])


def example_files() -> "dict[str, Path]":
    """Return the examples by name: those of the package, else of the folder that it lies in."""
    from frontiercost.catalogue.store import SHIPPED

    folders = (SHIPPED / PACKAGED, SHIPPED.parents[2] / PACKAGED)
    folder = next((folder for folder in folders if folder.is_dir()), folders[0])
    files = [path for path in sorted(folder.iterdir()) if path.suffix in KINDS]
    return {path.stem: path for path in files}


def _listing(files: "dict[str, Path]") -> str:
    """Return each example with its first line of words, and how they are run."""
    from textwrap import wrap

    lines = []
    for name, path in files.items():
        about = wrap(_about(path), WIDTH - COLUMN)
        lines += [
            f"{head:<{COLUMN}}{line}"
            for head, line in zip([name, *[""] * len(about)], about, strict=False)
        ]
    return "\n".join([*lines, "", HOW]) + "\n"


def _about(path: "Path") -> str:
    """Return what the first line of a file says of it; of a table, its columns."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    if first.startswith("#"):
        return first.lstrip("# ").partition(": frontiercost")[0]
    return f"A table with the columns {', '.join(first.split(',')[:4])}, …"
