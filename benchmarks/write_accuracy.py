"""Run every backtest and record how far off the program is.

    python benchmarks/write_accuracy.py

Writes the summary and the predicted-against-actual tables into METHOD.md, between its markers, and
the summaries to tests/golden/accuracy.json. The tests fail when a summary gets worse than that.
"""

import json
from dataclasses import asdict
from pathlib import Path

from frontiercost.backtest.report import of_backtests
from frontiercost.backtest.stages import backtests
from frontiercost.backtest.summary import Backtest
from frontiercost.catalogue import shipped
from frontiercost.render.markdown import render_table

ROOT = Path(__file__).parents[1]
METHOD = ROOT / "METHOD.md"
RECORD = ROOT / "tests" / "golden" / "accuracy.json"
BEGIN, END = "<!-- accuracy: begin -->", "<!-- accuracy: end -->"
DRAWS = 1024
SHOWN = ("pretrain", "cost")


def tables(found: list[Backtest]) -> str:
    """Return the summaries and, for whole runs and costs, every row, as Markdown."""
    report = of_backtests(found, shipped(), explain=True)
    summaries, rows = report.tables[: len(found)], report.tables[len(found) :]
    shown = [*summaries, *(table for table in rows if table.title.startswith(SHOWN))]
    return "\n\n".join(render_table(table) for table in shown)


def with_tables(page: str, found: list[Backtest]) -> str:
    """Return METHOD.md with its accuracy section renewed."""
    head, rest = page.split(BEGIN)
    tail = rest.split(END)[1]
    return f"{head}{BEGIN}\n\n{tables(found)}\n\n{END}{tail}"


def record(found: list[Backtest]) -> dict[str, dict[str, float | None]]:
    """Return the summaries by quantity and group."""
    named = {f"{one.title}/{name}": s for one in found for name, s in one.groups.items()}
    named |= {one.title: one.summary for one in found}
    return {
        name: {
            key: None if value is None else round(value, 4)
            for key, value in asdict(summary).items()
        }
        for name, summary in sorted(named.items())
    }


def main() -> None:
    """Rewrite both files."""
    found = backtests(None, None, DRAWS, shipped())
    METHOD.write_text(with_tables(METHOD.read_text(encoding="utf-8"), found), encoding="utf-8")
    RECORD.write_text(json.dumps(record(found), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
