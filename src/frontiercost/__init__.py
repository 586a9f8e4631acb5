"""What does a frontier AI model cost, stage by stage, and who can afford it?

>>> import frontiercost as fc
>>> asked = fc.ask(model="llama-3.1-405b", budget="$100M", draws=256)
>>> found = fc.evaluate(asked)
>>> found.total.low < found.total.median < found.total.high
True
>>> found.verdicts[0].word
'no'

A file is read with `fc.load("x.toml")`; numbers are draws, and `found.draws.summary(number)` gives
their 5th, 50th and 95th percentile.
"""

from typing import TYPE_CHECKING

from frontiercost.core.version import __version__

__all__ = ["Evaluation", "Scenario", "__version__", "ask", "evaluate", "load"]

if TYPE_CHECKING:
    from frontiercost.scenario.scenario import Scenario, load
    from frontiercost.stages.evaluation import Evaluation, evaluate


def ask(**values: object) -> "Scenario":
    """Return a scenario from keys and values as a file or flags would give them."""
    from frontiercost.scenario.scenario import build

    return build(
        {
            key: value if isinstance(value, (list, bool)) else str(value)
            for key, value in values.items()
        }
    )


def __getattr__(name: str) -> object:
    """Import what is asked for, so that importing the package costs nothing."""
    from importlib import import_module

    rooms = {
        "Evaluation": "stages.evaluation",
        "evaluate": "stages.evaluation",
        "Scenario": "scenario.scenario",
        "load": "scenario.scenario",
    }
    if name in rooms:
        return getattr(import_module(f"frontiercost.{rooms[name]}"), name)
    raise AttributeError(f"module 'frontiercost' has no attribute '{name}'")
