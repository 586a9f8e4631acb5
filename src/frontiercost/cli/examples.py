"""`frontiercost examples`: files that run, to read and to start from."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from frontiercost.cli.flags import FlagValues

PACKAGED = "examples"
KINDS = (".toml", ".csv")
WIDTH, COLUMN = 80, 24
HOW = """\
Keep one, and what it needs: frontiercost examples NAME -o FILE. Its line stage
says what runs it: frontiercost STAGE --scenario FILE; assumptions: check FILE"""
FILE_NAME = re.compile(r'"([\w.-]+\.(?:toml|csv))"')


def examples(values: "FlagValues") -> None:
    """Which files show how to ask? Lists them; with a name, prints one.

    \b
    frontiercost examples
    frontiercost examples university-7b
    frontiercost examples llama-405b-today -o model.toml
    """
    from frontiercost.cli.output import say, write
    from frontiercost.core.errors import InputError, nearest

    known = example_files()
    name, output = values["example"], values["output"]
    if name is None:
        write(_listing(known), output)
        return
    stem = name.rpartition("/")[2].rpartition(".")[0] or name
    if stem not in known:
        raise InputError(f"EXAMPLE '{name}': no such example; {nearest(stem, known)}")
    write(known[stem].read_text(encoding="utf-8"), output)
    if output:
        for file, target in _needed(known[stem], output):
            if target.exists():
                say(f"{target} is there already and stays as it is")
            else:
                write(file.read_text(encoding="utf-8"), target)
                say(f"{target} is written too: it is needed")


def _needed(example: "Path", output: "Path") -> "Iterator[tuple[Path, Path]]":
    """Yield the files that an example reads, with their places beside its copy.

    Those that it names keep their names; its baseline has the name of the copy.
    """
    from frontiercost.checks.baseline import default_path
    from frontiercost.cli.output import folder_of

    folder = folder_of(output)
    named = FILE_NAME.findall(example.read_text(encoding="utf-8"))
    places = [(example.with_name(name), folder / name) for name in dict.fromkeys(named)]
    places.append((default_path(example), default_path(output)))
    return (place for place in places if place[0].is_file())


def example_files() -> "dict[str, Path]":
    """Return the examples by name: those of the package, else of the folder that it lies in."""
    from frontiercost.catalogue.store import SHIPPED

    folders = (SHIPPED / PACKAGED, SHIPPED.parents[2] / PACKAGED)
    folder = next((folder for folder in folders if folder.is_dir()), folders[0])
    files = [path for path in sorted(folder.iterdir()) if path.suffix in KINDS]
    return {path.stem: path for path in files}


def _listing(files: "dict[str, Path]") -> str:
    """Return each example with the beginning of what its first line says, a line each."""
    from textwrap import shorten

    lines = [
        f"{name:<{COLUMN}}{shorten(_about(path), WIDTH - COLUMN, placeholder=' …')}"
        for name, path in files.items()
    ]
    return "\n".join([*lines, HOW]) + "\n"


def _about(path: "Path") -> str:
    """Return what the first line of a file says of it; of a table, its columns."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    if first.startswith("#"):
        return first.lstrip("# ").partition(": frontiercost")[0].rstrip(".")
    return f"Columns {', '.join(first.split(',')[:4])}, …"
