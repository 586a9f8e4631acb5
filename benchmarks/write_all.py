"""Measure everything that METHOD.md and README.md show of accuracy, draws and time, and write it.

    python benchmarks/write_all.py [--install] [PART ...]

Parts are accuracy, calibration, draws, growth and start-up; all of them where none is named. With
--install the wheel and other calculators are installed in environments that are thrown away; what
stands of other calculators is renewed with it alone, for it needs a network.
"""

import argparse
from collections.abc import Sequence
from functools import cache

import measure_growth
import measure_speed
import write_accuracy
import write_calibration
import write_draw_errors
from pages import METHOD, write

from frontiercost.backtest.summary import Backtest
from frontiercost.backtest.tables import backtests
from frontiercost.catalogue.store import shipped
from frontiercost.render.markdown import render_table

PARTS = ("accuracy", "calibration", "draws", "growth", "start-up")


@cache
def predicted() -> list[Backtest]:
    """Run all backtests, once for accuracy and calibration."""
    return backtests(None, None, write_accuracy.DRAWS, shipped())


def start_up(install: bool) -> None:
    """Write the time of commands beside bare programs and, installed for it, other calculators."""
    scripts = measure_speed.SCRIPTS
    bare, others = measure_speed.measured(install, scripts.parent, None, measure_speed.PAIRS)
    write(METHOD, "start-up", render_table(bare))
    if install:
        write(METHOD, "peers", render_table(others))


def renew(parts: Sequence[str], install: bool) -> None:
    """Measure and write some parts, the one with a clock last."""
    if "accuracy" in parts:
        write_accuracy.renew(predicted())
    if "calibration" in parts:
        write_calibration.renew(predicted(), shipped())
    if "draws" in parts:
        write(METHOD, "draw errors", write_draw_errors.section())
    if "growth" in parts:
        write(METHOD, "growth", render_table(measure_growth.growth()))
    if "start-up" in parts:
        start_up(install)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--install", action="store_true")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    renew(asked.parts or PARTS, asked.install)
