"""A scenario that names a configuration file, as one that holds the model as its own."""

from dataclasses import replace

from frontiercost.core.errors import InputError
from frontiercost.core.safe_files import file_named, merged
from frontiercost.scenario.model_config.model import model_of
from frontiercost.scenario.scenario import Scenario, ScenarioValue

SIZES = ("params", "active_params")
"""Keys that check a configuration, which fixes them."""


def with_config(scenario: Scenario) -> Scenario:
    """Return the scenario with the model of `config` among its own, named as its model.

    Raises InputError for a configuration that cannot be read or differs from the sizes given.
    """
    config = scenario.values["config"]
    if scenario.has("model"):
        raise InputError(f"{scenario.origin('model')} and {config.origin}: give one of them")
    typed_counts = (scenario.peek_fact(key) for key in SIZES)
    total, active = (fact.value if fact else None for fact in typed_counts)
    read = model_of(file_named(str(config.text)), total, active, config.origin)
    named = {"model": ScenarioValue(read.name, config.set_by, config.origin)}
    others = {k: v for k, v in scenario.values.items() if k not in ("config", *SIZES)}
    own = merged(scenario.own, {"models": {read.name: dict(read.entry)}}, config.origin)
    return replace(scenario, values=named | others, own=own)
