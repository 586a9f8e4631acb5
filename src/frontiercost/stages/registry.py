"""Which stages there are: each folder beside this file that holds a module `stage`."""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from frontiercost.core.errors import InputError, nearest
from frontiercost.stages.stage import Stage


@cache
def stage_names() -> tuple[str, ...]:
    """Return the names of all stages, sorted."""
    return tuple(sorted(path.parent.name for path in Path(__file__).parent.glob("*/stage.py")))


def stage_of(name: str, where: str = "stage") -> Stage[Any]:
    """Return a stage by name, imported only now; raise InputError with the nearest name."""
    if name not in stage_names():
        raise InputError(f"{where} '{name}': {nearest(name, stage_names())}")
    stage: Stage[Any] = import_module(f"frontiercost.stages.{name}.stage").STAGE
    return stage
