"""The values that a flag can have: closed lists, and names of the catalogue; without numpy."""

from collections.abc import Callable, Iterable

from frontiercost.scenario.flag import Flag
from frontiercost.scenario.flags import KEYS


def closed_list(flag: Flag) -> tuple[str, ...]:
    """Return every value of a flag that has few and no others; nothing for any other flag."""
    if flag.reader.choices:
        return flag.reader.choices
    return tuple(LISTS[flag.completes]()) if flag.completes in LISTS else ()


def values_of(flag: Flag) -> Iterable[str]:
    """Return what completes a flag."""
    if not flag.completes or flag.completes in LISTS:
        return closed_list(flag)
    if flag.completes == "key":
        return [f"{key}=" for key in KEYS]
    from frontiercost.catalogue.store import shipped

    return shipped().names(flag.completes)


def _formats() -> Iterable[str]:
    from frontiercost.render import FORMATS

    return FORMATS


def _rungs() -> Iterable[str]:
    from frontiercost.catalogue.store import shipped

    return shipped().ladder


def _kinds() -> Iterable[str]:
    from frontiercost.cli.catalogue import IMPORT
    from frontiercost.reporting.catalogue import KINDS

    return (*KINDS, IMPORT)


def _starters() -> Iterable[str]:
    from frontiercost.cli.init import starters

    return starters()


def _examples() -> Iterable[str]:
    from frontiercost.cli.examples import example_files

    return example_files()


LISTS: dict[str, Callable[[], Iterable[str]]] = {
    "format": _formats,
    "rung": _rungs,
    "kind": _kinds,
    "starter": _starters,
    "example": _examples,
    "service-view": lambda: ("reasoning", "context", "demand"),
    "recipe-view": lambda: ("trend",),
    "backtest": lambda: (
        *("pretrain", "training-step", "serving", "local-serving", "posttrain", "cost"),
    ),
}
"""Closed lists by what completes them; those that would load numpy stand here, and a test compares
them with the code that reads them."""
