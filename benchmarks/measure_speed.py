"""Whole-process time of commands against bare programs that import the same libraries, in pairs.

    python benchmarks/measure_speed.py [PAIRS]

Run it in an environment with the installed wheel: an editable install compiles what is not cached.
A pair is a bare program and a command, one after the other; the ratio is that of the medians.
"""

import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from statistics import median

PROGRAM = Path(sysconfig.get_path("scripts")) / "frontiercost"
TYPER = """
import typer
app = typer.Typer()
@app.command()
def main(x: int = 0):
    typer.echo(x)
"""
TABLE = """
import numpy, typer
from rich.console import Console
from rich.table import Table
app = typer.Typer()
@app.command()
def main(x: int = 0):
    table = Table("a", "b")
    for i in range(8):
        table.add_row(str(i), str(numpy.sqrt(i)))
    Console().print(table)
app()
"""
HELP = TYPER + "app(['--help'])\n"
CASES = (
    ("--help", ["--help"], HELP, 1.15),
    ("--version", ["--version"], HELP, 1.15),
    ("pretrain", ["pretrain", "llama-3.1-405b"], TABLE, 1.35),
    ("inference", ["inference", "deepseek-v3", "--chip", "h100-sxm"], TABLE, 1.35),
    ("posttrain", ["posttrain", "llama-3.1-70b"], TABLE, None),
    ("dataprep", ["dataprep", "--tokens", "15T"], TABLE, None),
    ("compare", ["compare"], TABLE, 1.6),
    ("check", ["check", "examples/budget-check.toml"], TABLE, None),
    ("compare --all", ["compare", "--all"], TABLE, 3.0),
)


def seconds(command: list[str]) -> float:
    """Return the time of one process."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def main() -> None:
    """Print a table of medians and ratios."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print(f"{'command':16}{'bare s':>8}{'ours s':>8}{'ratio':>8}{'target':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments, source, target in CASES:
            program = Path(folder) / "bare.py"
            program.write_text(source, encoding="utf-8")
            bare, ours = [sys.executable, str(program)], [str(PROGRAM), *arguments]
            seconds(bare), seconds(ours)
            times = [(seconds(bare), seconds(ours)) for _ in range(pairs)]
            one, two = (median(column) for column in zip(*times, strict=True))
            goal = f"{target:8.2f}" if target else f"{'–':>8}"
            print(f"{name:16}{one:8.3f}{two:8.3f}{two / one:8.2f}{goal}")


if __name__ == "__main__":
    main()
