"""Time of one plan search and of one serving grid, in one process: what a command pays.

python benchmarks/measure_search.py [REPEATS]
"""

import sys
import time
from collections.abc import Callable
from statistics import median

from frontiercost.catalogue.store import shipped
from frontiercost.physics.layer_load import layer_work_of
from frontiercost.physics.model_shape import Architecture, shape_of
from frontiercost.physics.number_formats import formats_on
from frontiercost.physics.parallel_plan import RECOMPUTE, candidate_plans
from frontiercost.physics.plan_search import training_step
from frontiercost.physics.serving_deployment import served
from frontiercost.physics.serving_memory import Request
from frontiercost.physics.training_machine import machine_of, software_of

CATALOGUE = shipped()
CHIP = CATALOGUE.chip("h100-sxm")
RUNS = (("llama-3.1-8b", 1_024), ("llama-3.1-405b", 16_384), ("deepseek-v3", 2_048))
SERVED = (("llama-3.1-8b", 8), ("llama-3.1-405b", 64), ("deepseek-v3", 256))
SEQ_LEN, BATCH = 8_192, 16.8e6
CHAT = Request(prompt=1_000, output=300)


def milliseconds(once: Callable[[], object], repeats: int) -> float:
    """Return the median time of a call after a first one."""
    once()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        once()
        times.append(time.perf_counter() - start)
    return 1e3 * median(times)


def shape(model: str) -> Architecture:
    """Return a catalogued architecture."""
    found = shape_of(CATALOGUE.model(model))
    assert found is not None
    return found


def main() -> None:
    """Print a table: what was searched, how many candidates, how long."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    rates = CATALOGUE.constants("training_rates")
    machine, software = machine_of(CHIP, "bf16", rates), software_of(rates)
    print(f"{'search':40}{'candidates':>12}{'ms':>8}")
    for model, chips in RUNS:
        arch = shape(model)
        batch = round(BATCH / SEQ_LEN)
        plans = candidate_plans(layer_work_of(arch, SEQ_LEN), chips, batch, machine.scaleup_domain)
        took = milliseconds(
            lambda a=arch, n=chips: training_step(a, SEQ_LEN, BATCH, n, machine, software), repeats
        )
        candidates = len(RECOMPUTE) * plans.legal(batch).sum()
        print(f"{f'plan, {model} on {chips:,}':40}{candidates:12,}{took:8.1f}")
    serving_rates = CATALOGUE.constants("serving_rates")
    formats = formats_on(CHIP, "fp8", "fp8", "fp8")
    for model, largest in SERVED:
        arch = shape(model)
        grid = served(arch, CHAT, CHIP, formats, serving_rates, largest=largest)
        took = milliseconds(
            lambda a=arch, n=largest: served(a, CHAT, CHIP, formats, serving_rates, largest=n),
            repeats,
        )
        name = f"serving grid, {model} on up to {largest}"
        print(f"{name:40}{len(grid.chip_seconds):12,}{took:8.1f}")


if __name__ == "__main__":
    main()
