"""Reports as text: one module per format, chosen here by name."""

from collections.abc import Callable
from importlib import import_module

from frontiercost.core.report import Report

FORMATS = ("table", "markdown", "json", "csv", "html", "svg")


def render(report: Report, format: str, *, width: int | None, colour: bool) -> str:
    """Return a report in one of FORMATS; width None means as wide as the format wants."""
    module = import_module(f"frontiercost.render.{format}")
    renderer: Callable[..., str] = module.render
    return renderer(report, width=width, colour=colour)
