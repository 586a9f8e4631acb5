"""Processor time of whole commands, in pairs: against bare programs and other calculators.

    python benchmarks/measure_speed.py [--pairs 15] [--install] [--peers FOLDER] [--calculon CLONE]

With --install the wheel and other calculators are installed in environments that are thrown away;
without it those that run this are measured, and an editable install compiles what is not cached.
A pair is the other program and a command, one after the other; the ratio is that of the medians.
The bare programs import the same libraries and print as much. Other calculators are measured where
installed: there, in this environment, or in that of --peers; calculon from a clone. Seconds are of
the processor, which others on the machine move less than a clock.
"""

import argparse
import os
import resource
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from pages import ROOT

from frontiercost.core.report import Cell, Table
from frontiercost.render.markdown import render_table

SCRIPTS = Path(sysconfig.get_path("scripts"))
PEERS = ("genai-prices[cli]==0.2.3", "llmcalculator==0.2.3", "codecarbon==3.3.2")
"""Calculators that need no torch and answer without a network."""
PAIRS = 15
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
LLMCALCULATOR = ("check", "llama3.1:8b", "--vram", "80", "--ram", "128", "--gpu-name", "H100")
CALCULON = (
    *("bin/calculon", "llm", "models/gpt3-175B.json"),
    *("examples/3072_t4_p64_d12_mbs4_full.json", "systems/a100_80g.json", "-"),
)


def bare_pairs(scripts: Path, folder: Path) -> Iterator[Pair]:
    """Yield every command beside a bare program."""
    for name, arguments, source, target in BARE:
        yield Pair(name, arguments, _program(scripts, folder, name, source), target)
    words = "frontiercost pretrain --ch"
    asked = {"COMP_WORDS": words, "COMP_CWORD": "2", "_BARE_COMPLETE": "complete_bash"}
    asked["_FRONTIERCOST_COMPLETE"] = "complete_bash"
    bare = _program(scripts, folder, "completion", COMPLETED)
    yield Pair("completion", [], bare, None, asked)


def _program(scripts: Path, folder: Path, name: str, source: str) -> list[str]:
    program = folder / f"{name.strip('-').replace(' ', '-')}.py"
    program.write_text(source, encoding="utf-8")
    return [str(scripts / "python"), str(program)]


def peer_pairs(scripts: Path, calculon: Path | None) -> Iterator[Pair]:
    """Yield the nearest command to what each other calculator answers, where it is installed."""
    python = str(scripts / "python")
    prices = ["calc", "-i", "1000", "-o", "500", "deepseek:deepseek-chat"]
    nearest: dict[str, tuple[list[str], list[str]]] = {
        "llm-analysis": (PRETRAIN, [python, *LLM_ANALYSIS]),
        "genai-prices": (INFERENCE, [str(scripts / "genai-prices"), *prices]),
        "llmcalculator": (INFERENCE, [str(scripts / "llmcalculator"), *LLMCALCULATOR]),
        "codecarbon": (["--help"], [str(scripts / "codecarbon"), "--help"]),
        "aiconfigurator": (INFERENCE, [str(scripts / "aiconfigurator"), *AICONFIGURATOR]),
    }
    for name, (ours, other) in nearest.items():
        if version := _version(python, name):
            beside = " ".join(["frontiercost", *ours[:2]])
            offline = {"HF_HUB_OFFLINE": "1"}
            yield Pair(f"{name} {version} beside {beside}", ours, other, None, offline)
    if calculon:
        paths = [str(calculon / part) if "/" in part else part for part in CALCULON]
        yield Pair("calculon", PRETRAIN, [python, *paths], None, {"PYTHONPATH": str(calculon)})


def _version(python: str, package: str) -> str:
    """Return the version of a package in an environment; nothing where it is not installed."""
    asked = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run(
        [python, "-c", asked], capture_output=True, text=True, check=False
    ).stdout.strip()


def installed(folder: Path, packages: Iterable[str]) -> Path:
    """Install packages in an environment of their own; return its folder of scripts."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    scripts = folder / SCRIPTS.name
    pip = [str(scripts / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *packages], check=True, capture_output=True)
    return scripts


def seconds(command: list[str], variables: Mapping[str, str]) -> float:
    """Return the processor time of one process; a command that fails has none."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, check=False, env=os.environ | variables)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.decode()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def row(program: Path, pair: Pair, count: int) -> tuple[Cell, ...]:
    """Measure a pair so many times, after one not counted; return the medians and their ratio."""
    commands = (pair.other, [str(program), *pair.ours])
    times = [tuple(seconds(c, pair.variables) for c in commands) for _ in range(1 + count)][1:]
    other, ours = (median(column) for column in zip(*times, strict=True))
    cells = (Cell(other, "count"), Cell(ours, "count"), Cell(ours / other, "x", figures=3))
    return Cell(pair.name), *cells, Cell(pair.target, "x") if pair.target else Cell("")


def tables(scripts: Path, peers: Path, calculon: Path | None, pairs: int) -> Iterator[Table]:
    """Yield the times of commands beside bare programs, and beside other calculators."""
    columns = ("", "Other, s", "Ours, s", "Ratio", "Aim")
    program = scripts / "frontiercost"
    with tempfile.TemporaryDirectory() as folder:
        bare = [row(program, pair, pairs) for pair in bare_pairs(scripts, Path(folder))]
    yield Table(f"Commands beside bare programs, medians of {pairs}", columns, tuple(bare))
    others = [row(program, pair, pairs) for pair in peer_pairs(peers, calculon)]
    yield Table(f"Commands beside other calculators, medians of {pairs}", columns, tuple(others))


def measured(install: bool, peers: Path, calculon: Path | None, pairs: int) -> list[Table]:
    """Return both tables, of what is installed for it or of what is there."""
    if not install:
        return [*tables(SCRIPTS, peers / SCRIPTS.name, calculon, pairs)]
    with tempfile.TemporaryDirectory() as name:
        ours = installed(Path(name) / "ours", [str(ROOT)])
        return [*tables(ours, installed(Path(name) / "peers", PEERS), calculon, pairs)]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--peers", type=Path, default=SCRIPTS.parent)
    parser.add_argument("--calculon", type=Path)
    asked = parser.parse_args()
    for table in measured(asked.install, asked.peers, asked.calculon, asked.pairs):
        print(render_table(table), end="\n\n")


if __name__ == "__main__":
    main()
