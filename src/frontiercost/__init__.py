"""What does a frontier AI model cost, stage by stage, and who can afford it?

>>> import frontiercost as fc
>>> asked = fc.ask(model="llama-3.1-405b", budget="$100M", draws=256)
>>> found = fc.evaluate(asked)
>>> found.total.low < found.total.median < found.total.high
True
>>> found.verdicts[0].word
'no'

A file is read with `fc.load("x.toml")`; numbers are draws, and `found.draws.summary(number)` gives
their 5th, 50th and 95th percentile. PYTHON.md shows the rest.
"""

from frontiercost.core.version import __version__

__all__ = [
    "Evaluation",
    "FrontierCostError",
    "InputError",
    "NotEvaluatedError",
    "Scenario",
    "__version__",
    "ask",
    "best_model",
    "check",
    "compare",
    "evaluate",
    "load",
    "solve",
]

TYPE_CHECKING = False  # that of `typing` would cost more than all else here
if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from frontiercost.analysis.actors import Comparison
    from frontiercost.analysis.best_model import best_model
    from frontiercost.analysis.solve import solve
    from frontiercost.checks.check import Checked
    from frontiercost.core.errors import FrontierCostError, InputError, NotEvaluatedError
    from frontiercost.scenario.scenario import Scenario, ask, load
    from frontiercost.stages.evaluation import Evaluation, evaluate


def compare(scenario: "Scenario", actors: "Iterable[str]" = ()) -> "Comparison":
    """Judge one scenario for actors: those named here, else by it, else the median of each kind.

    A sum that it gives as budget is judged too, and alone where it names nobody. Raises
    InputError for an unknown actor.
    """
    from frontiercost.analysis.actors import compare_actors, date_of, median_members
    from frontiercost.scenario.user_facts import catalogue_of

    catalogue = catalogue_of(scenario)
    names = [actors] if isinstance(actors, str) else list(actors) or scenario.texts("actor")
    named = [catalogue.actor(name, "`actor`") for name in names]
    whom = named
    if not named and not scenario.has("budget"):
        whom = median_members(catalogue, date_of(scenario, catalogue))
    return compare_actors(scenario, whom, catalogue)


def check(file: "str | Path", baseline: "str | Path | None" = None, today: str = "") -> "Checked":
    """Check a file of budget assumptions against its scenarios and the recorded totals.

    The totals are those recorded beside the file, unless another `baseline` is named; the age of
    prices counts to `today`. Raises InputError where a file cannot be read.
    """
    from pathlib import Path

    from frontiercost.catalogue.store import shipped
    from frontiercost.checks import baseline as recorded
    from frontiercost.checks.check import check as checked
    from frontiercost.checks.file import read_check_file
    from frontiercost.scenario.readers import DATE

    if today:
        DATE.quantity(today, "today")
    path = Path(file)
    totals = recorded.read(Path(baseline) if baseline else recorded.default_path(path))
    return checked(read_check_file(path), totals, shipped(), today)


def __getattr__(name: str) -> object:
    """Import what is asked for, so that importing the package costs nothing."""
    from importlib import import_module

    rooms = {
        "analysis.best_model": ("best_model",),
        "analysis.solve": ("solve",),
        "core.errors": ("FrontierCostError", "InputError", "NotEvaluatedError"),
        "scenario.scenario": ("Scenario", "ask", "load"),
        "stages.evaluation": ("Evaluation", "evaluate"),
    }
    for room, names in rooms.items():
        if name in names:
            return getattr(import_module(f"frontiercost.{room}"), name)
    raise AttributeError(f"module 'frontiercost' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
