"""What model classes add to a file: defaults, biases, norms, and which layers are of which kind."""

from collections.abc import Mapping
from typing import Any

from frontiercost.catalogue.store import shipped


def table() -> Mapping[str, Any]:
    """Return the file of model classes; it is read only for a configuration."""
    return shipped().model_classes


def class_of(model_type: str) -> Mapping[str, Any] | None:
    """Return what a class adds: its own, else that of the class it is like; None if unknown."""
    found = table()["classes"].get(model_type)
    if found is None or "like" not in found:
        return found
    return {**(class_of(found["like"]) or {}), **found}
