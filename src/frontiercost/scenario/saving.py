"""A scenario as the TOML file that builds it again: values, and who set each."""

from pathlib import Path

from frontiercost.scenario.flags import KEYS
from frontiercost.scenario.readers import folder_seen_from
from frontiercost.scenario.scenario import HERE, PROVENANCE, Scenario


def to_toml(scenario: Scenario, folder: Path = HERE) -> str:
    """Return a scenario as a TOML file in a folder that builds the same scenario again."""
    import tomli_w

    data: dict[str, object] = {
        key: list(value.text) if isinstance(value.text, tuple) else value.text
        for key, value in scenario.values.items()
    }
    for key in scenario.values:
        if KEYS[key].reader.kind == "path":
            data[key] = folder_seen_from(folder, scenario.peek(key), HERE)
    if scenario.assumptions:
        data["assumptions"] = {id: str(value.text) for id, value in scenario.assumptions.items()}
    phases: dict[str, dict[str, str]] = {}
    for key, value in scenario.phases.items():
        name, _, rest = key.partition(".")
        phases.setdefault(name, {})[rest] = str(value.text)
    if phases:
        data["phases"] = phases
    if scenario.own_phases:
        data["phase"] = [dict(entry) for entry in scenario.own_phases]
    if scenario.own:
        data["own"] = scenario.own
    data[PROVENANCE] = {
        key: f"{value.set_by}:{value.origin}" for key, value in scenario.given() if key != "phase"
    }
    return tomli_w.dumps(data)
