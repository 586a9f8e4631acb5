"""What model classes add to a file: defaults, biases, norms, and which layers are of which kind."""

from collections.abc import Mapping
from typing import Any

from frontiercost.catalogue.store import shipped


def table() -> Mapping[str, Any]:
    """Return the file of model classes; it is read only for a configuration."""
    return shipped().model_classes


def class_of(model_type: str) -> Mapping[str, Any] | None:
    """Return what a class adds: its own, else that of the class it is like; None if unknown."""
    class_table = table()["classes"].get(model_type)
    if class_table is None or "like" not in class_table:
        return class_table
    return {**(class_of(class_table["like"]) or {}), **class_table}
