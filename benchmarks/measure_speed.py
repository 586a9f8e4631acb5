"""Whole-process time of commands, in pairs: against bare programs, and against other calculators.

    python benchmarks/measure_speed.py [--pairs 15] [--peers ENVIRONMENT] [--calculon CLONE]

Run it in an environment with the installed wheel: an editable install compiles what is not cached.
A pair is the other program and a command, one after the other; the ratio is that of the medians.
The bare programs import typer and numpy as ours does, and draw a table with rich's console. Other
calculators are measured where installed: in this environment, or in that of --peers; calculon from
a clone of its repository.
"""

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

SCRIPTS = Path(sysconfig.get_path("scripts"))
PROGRAM = SCRIPTS / "frontiercost"
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
COMPLETED = TYPER + "app(prog_name='bare')\n"


@dataclass(frozen=True)
class Pair:
    """A command of ours against another program, and the ratio aimed at."""

    name: str
    ours: list[str]
    other: list[str]
    target: float | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


PRETRAIN = ["pretrain", "llama-3.1-405b"]
INFERENCE = ["inference", "deepseek-v3", "--chip", "h100-sxm"]
BARE: tuple[tuple[str, list[str], str, float | None], ...] = (
    ("--help", ["--help"], HELP, 1.15),
    ("--version", ["--version"], HELP, 1.15),
    ("pretrain", PRETRAIN, TABLE, 1.35),
    ("inference", INFERENCE, TABLE, 1.35),
    ("posttrain", ["posttrain", "llama-3.1-70b"], TABLE, None),
    ("dataprep", ["dataprep", "--tokens", "15T"], TABLE, None),
    ("compare", ["compare"], TABLE, 1.8),
    ("compare --all", ["compare", "--all"], TABLE, 1.8),
    ("check", ["check", "examples/budget-check.toml"], TABLE, None),
)
LLM_ANALYSIS = (
    *("-m", "llm_analysis.analysis", "train", "--model_name=facebook_opt-1.3b"),
    *("--gpu_name=a100-sxm-80gb", "--total_num_tokens=300e9", "--tp_size=8"),
    *("--batch_size_per_gpu=4", "--global_batch_size=512", "--total_num_gpus=64"),
)
AICONFIGURATOR = (
    *("cli", "estimate", "--model-path=meta-llama/Meta-Llama-3.1-8B", "--system=h100_sxm"),
    *("--isl=1000", "--osl=500", "--batch-size=8", "--tp-size=1", "--backend=trtllm"),
)
CALCULON = (
    *("bin/calculon", "llm", "models/gpt3-175B.json"),
    *("examples/3072_t4_p64_d12_mbs4_full.json", "systems/a100_80g.json", "-"),
)


def bare_pairs(folder: Path) -> Iterator[Pair]:
    """Yield every command beside a bare program."""
    for name, arguments, source, target in BARE:
        yield Pair(name, arguments, _program(folder, name, source), target)
    words = "frontiercost pretrain --ch"
    asked = {"COMP_WORDS": words, "COMP_CWORD": "2", "_BARE_COMPLETE": "complete_bash"}
    asked["_FRONTIERCOST_COMPLETE"] = "complete_bash"
    yield Pair("completion", [], _program(folder, "completion", COMPLETED), None, asked)


def _program(folder: Path, name: str, source: str) -> list[str]:
    program = folder / f"{name.strip('-').replace(' ', '-')}.py"
    program.write_text(source, encoding="utf-8")
    return [sys.executable, str(program)]


def peer_pairs(scripts: Path, calculon: Path | None) -> Iterator[Pair]:
    """Yield the nearest command to what each other calculator answers, where it is installed."""
    python = str(scripts / "python")
    has_module = [python, "-c", "import llm_analysis.analysis"]
    if subprocess.run(has_module, capture_output=True, check=False).returncode == 0:
        yield Pair("llm-analysis", PRETRAIN, [python, *LLM_ANALYSIS])
    if calculon:
        paths = [str(calculon / part) if "/" in part else part for part in CALCULON]
        yield Pair("calculon", PRETRAIN, [python, *paths], None, {"PYTHONPATH": str(calculon)})
    if (scripts / "genai-prices").exists():
        prices = ["calc", "-i", "1000", "-o", "500", "deepseek:deepseek-chat"]
        yield Pair("genai-prices", INFERENCE, [str(scripts / "genai-prices"), *prices])
    if (scripts / "aiconfigurator").exists():
        yield Pair("aiconfigurator", INFERENCE, [str(scripts / "aiconfigurator"), *AICONFIGURATOR])


def seconds(command: list[str], variables: Mapping[str, str]) -> float:
    """Return the time of one process; a command that fails has none."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=os.environ | variables)
    took = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.decode()}")
    return took


def row(pair: Pair, count: int) -> str:
    """Measure a pair so many times, after one not counted; return the medians and their ratio."""
    commands = (pair.other, [str(PROGRAM), *pair.ours])
    times = [tuple(seconds(c, pair.variables) for c in commands) for _ in range(1 + count)][1:]
    other, ours = (median(column) for column in zip(*times, strict=True))
    goal = f"{pair.target:8.2f}" if pair.target else f"{'–':>8}"
    return f"{pair.name:16}{other:9.3f}{ours:8.3f}{ours / other:8.2f}{goal}"


def main() -> None:
    """Print a table of medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--peers", type=Path, default=SCRIPTS.parent)
    parser.add_argument("--calculon", type=Path)
    asked = parser.parse_args()
    print(f"{'':16}{'other s':>9}{'ours s':>8}{'ratio':>8}{'target':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for pair in bare_pairs(Path(folder)):
            print(row(pair, asked.pairs), flush=True)
    for pair in peer_pairs(asked.peers / SCRIPTS.name, asked.calculon):
        print(row(pair, asked.pairs), flush=True)


if __name__ == "__main__":
    main()
