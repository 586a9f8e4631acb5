"""How time and memory grow with draws, actors, models, rows, years, scenarios: linear or better.

    python benchmarks/measure_growth.py

Each row is the least of a few processes; a unit costs what it adds to the row above. Seconds are
those of the processor, which others on the machine move less than a clock.
"""

import csv
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from frontiercost.catalogue.store import SHIPPED, shipped
from frontiercost.core.report import Cell, Table
from frontiercost.render.markdown import render_table

COMMAND = [sys.executable, "-m", "frontiercost"]
RUN = ["pretrain", "llama-3.1-405b", "--format", "json"]
ACTORS = [f"--actor={name}" for name in ("ai2", "princeton", "meta", "microsoft")]
MODELS = [
    *("llama-2-7b", "llama-2-70b", "llama-3-8b", "llama-3-70b"),
    *("llama-3.1-8b", "llama-3.1-70b", "llama-3.1-405b", "gpt-3"),
]
MODEL = {"name": "", "label": "", "organization": "Own", "release": "2026-10-01"}
MODEL |= {"total_params": "7e9", "tokens": "2e12", "source": "own-judgement"}
MODEL |= {"as_of": "2026-11", "confidence": "judged"}
SCENARIO = '[[assumption]]\nid = "a{}"\nscenario = {{ model = "llama-2-7b", seed = {} }}\n'
REPEATS = 3
"""Runs of a process, of which the least counts: a first one compiles, and others disturb."""
CONDITION = 'condition = "total.median > 0"\n'


def measured(arguments: list[str]) -> tuple[float, float]:
    """Return the processor seconds and the peak megabytes of one process."""
    child = os.posix_spawn(
        sys.executable,
        [*COMMAND, *arguments],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(child, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(arguments)}: exit {code}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def checks(count: int, folder: Path) -> str:
    """Write a file of assumptions on as many scenarios of their own."""
    file = folder / f"check-{count}.toml"
    text = "".join(SCENARIO.format(i, i) + CONDITION for i in range(count))
    file.write_text(text, encoding="utf-8")
    return str(file)


def models(count: int, folder: Path) -> str:
    """Write a folder of facts with as many models of one's own."""
    file = folder / f"models-{count}" / "models.csv"
    file.parent.mkdir()
    columns = (SHIPPED / "models.csv").read_text(encoding="utf-8").partition("\n")[0].split(",")
    own = dict.fromkeys(columns, "") | MODEL
    write_rows(file, [own | {"name": f"own-{i}", "label": f"Own {i}"} for i in range(count)])
    return str(file.parent)


def published_runs(count: int, folder: Path) -> str:
    """Write a table of as many published runs, which are predicted one by one."""
    row = next(row for row in shipped().rows("runs.csv") if not row["excluded"])
    rows = [row | {"id": f"run-{i}", "tokens": str(1e12 + 1e9 * i)} for i in range(count)]
    return str(write_rows(folder / f"runs-{count}.csv", rows))


def write_rows(file: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows as a table and return its file."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def cases(folder: Path) -> Mapping[str, Mapping[int, list[str]]]:
    """Return the commands by what grows and how much of it there is."""
    return {
        "draws": {n: [*RUN, f"--draws={n}"] for n in (1_000, 10_000, 100_000, 1_000_000)},
        "actors": {n: [*RUN, *ACTORS[:n]] for n in (1, 2, 4)},
        "actors of compare --all": {len(shipped().actors): ["compare", "--all"]},
        "models side by side": {n: ["compare", *MODELS[:n]] for n in (2, 4, 8)},
        "models of one's own": {
            n: [*RUN, f"--catalogue={models(n, folder)}"] for n in (1, 100, 10_000)
        },
        "rows of a backtest": {
            n: ["backtest", "pretrain", "--runs", published_runs(n, folder)] for n in (1, 30, 300)
        },
        "years": {n: ["compare", f"--years=2027..{2026 + n}"] for n in (1, 2, 4, 8)},
        "scenarios": {n: ["check", checks(n, folder)] for n in (1, 10, 50)},
    }


def growth() -> Table:
    """Measure every command; return times, memory and what a further unit costs."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for what, asked in cases(Path(folder)).items() for row in lines(what, asked)]
    columns = ("", "Of them", "s", "MB", "ms for one more", "kB for one more")
    return Table("Time and memory of one process", columns, tuple(rows))


def lines(what: str, asked: Mapping[int, list[str]]) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each number of units, beside what each cost over the row above."""
    before: tuple[int, float, float] | None = None
    for count, arguments in asked.items():
        runs = [measured(arguments) for _ in range(REPEATS)]
        seconds, megabytes = map(min, zip(*runs, strict=True))
        further = [Cell(""), Cell("")]
        if before:
            more, *grown = (count - before[0], seconds - before[1], megabytes - before[2])
            further = [Cell(f"{1e3 * each / more:.3g}") for each in grown]
        yield (
            Cell(what),
            *(Cell(float(number), "count") for number in (count, seconds, megabytes)),
            *further,
        )
        before = (count, seconds, megabytes)


if __name__ == "__main__":
    print(render_table(growth()))
