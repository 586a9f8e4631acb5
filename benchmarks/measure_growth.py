"""How time and memory grow with draws, actors, years and scenarios: linear or better.

    python benchmarks/measure_growth.py

Each row is a process of its own; a unit costs what it adds to the row above.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "frontiercost"]
RUN = ["pretrain", "llama-3.1-405b", "--format", "json"]
ACTORS = [f"--actor={name}" for name in ("ai2", "princeton", "meta", "microsoft")]
SCENARIO = '[[assumption]]\nid = "a{}"\nscenario = {{ model = "llama-2-7b", seed = {} }}\n'
CONDITION = 'condition = "total.median > 0"\n'


def measured(arguments: list[str]) -> tuple[float, float]:
    """Return the seconds and the peak megabytes of one process."""
    start = time.perf_counter()
    child = os.posix_spawn(
        sys.executable,
        [*COMMAND, *arguments],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(child, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(arguments)}: exit {code}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def checks(count: int, folder: Path) -> str:
    """Write a file of assumptions on as many scenarios of their own."""
    file = folder / f"check-{count}.toml"
    text = "".join(SCENARIO.format(i, i) + CONDITION for i in range(count))
    file.write_text(text, encoding="utf-8")
    return str(file)


def main() -> None:
    """Print a table of times, memory and what a further unit costs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = {
            "draws": {n: [*RUN, f"--draws={n}"] for n in (1_000, 10_000, 100_000, 1_000_000)},
            "actors": {n: [*RUN, *ACTORS[:n]] for n in (1, 2, 4)},
            "actors of compare --all": {66: ["compare", "--all"]},
            "years": {n: ["compare", f"--years=2024..{2023 + n}"] for n in (1, 2, 4, 8)},
            "scenarios": {n: ["check", checks(n, folder)] for n in (1, 10, 50)},
        }
        print(f"{'what':26}{'n':>9}{'s':>8}{'MB':>7}{'ms per unit':>13}{'kB per unit':>13}")
        for what, rows in cases.items():
            before: tuple[int, float, float] | None = None
            for count, arguments in rows.items():
                seconds, megabytes = measured(arguments)
                line = f"{what:26}{count:9}{seconds:8.2f}{megabytes:7.0f}"
                if before:
                    further = count - before[0]
                    line += f"{1e3 * (seconds - before[1]) / further:13.4f}"
                    line += f"{1e3 * (megabytes - before[2]) / further:13.3f}"
                print(line)
                before = (count, seconds, megabytes)


if __name__ == "__main__":
    main()
