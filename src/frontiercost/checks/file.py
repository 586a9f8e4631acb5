"""The file of assumptions: which scenarios, which conditions, and on which line each stands."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from frontiercost.checks.doubts import refuse_constant
from frontiercost.checks.expressions import Node, parse
from frontiercost.checks.price_age import OLDEST_PRICE
from frontiercost.core import units
from frontiercost.core.errors import InputError, nearest, refused
from frontiercost.core.frozen import frozen
from frontiercost.core.safe_files import lines_of, read_toml
from frontiercost.scenario.readers import check_year

LEVELS = ("warn", "fail")
KEYS = ("id", "scenario", "condition", "level", "message")
PRICE_AGE = "max_price_age"
FILE_KEYS = ("assumption", "scenario", "edition", PRICE_AGE)
_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_EDITION = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*[\"']?assumption[\"']?[ \t]*\]\]", re.MULTILINE)


@frozen
class Assumption:
    """One condition on the results of one scenario."""

    id: str
    line: int
    scenario: str | Mapping[str, Any]
    """A file relative to the file of assumptions, or the keys of a scenario."""
    scenario_name: str
    condition: str
    expression: Node
    level: str
    message: str


@frozen
class CheckFile:
    """What a file of assumptions asks for."""

    path: Path
    assumptions: tuple[Assumption, ...]
    edition: str
    """The catalogue edition that is pinned; empty for whichever is installed."""
    price_age: Assumption | None
    """What `max_price_age` asks of the oldest price of every scenario."""


def read_check_file(path: Path) -> CheckFile:
    """Read a file of assumptions; raise InputError that names the file, the line and the key."""
    text, data = read_toml(path, "`file`")
    _check_keys(data, FILE_KEYS, f"{path}")
    entries = data.get("assumption")
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: has no assumption; write each under [[assumption]]")
    lines = _lines(entries, text)
    assumptions = [
        _assumption(entry, data.get("scenario"), line, f"{path}:{line}")
        for entry, line in zip(entries, lines, strict=True)
    ]
    price_age = _price_age(data.get(PRICE_AGE), path, lines_of(text).get(PRICE_AGE, 1))
    _check_unique([*([price_age] if price_age else []), *assumptions], path)
    return CheckFile(path, tuple(assumptions), _edition(data, path), price_age)


def _assumption(entry: object, shared: object, line: int, where: str) -> Assumption:
    """Read one assumption; `shared` is the scenario of those that name none."""
    if not isinstance(entry, dict):
        raise InputError(f"{where}: an assumption is a table of {', '.join(KEYS)}")
    _check_keys(entry, KEYS, where)
    id, condition = (_text(entry, key, where) for key in ("id", "condition"))
    if not _ID.fullmatch(id):
        raise InputError(f"{where} id: use letters, digits, '-', '_' and '.', for example run-cost")
    scenario = entry.get("scenario", shared)
    name = "[scenario]" if "scenario" not in entry else f"[assumption.{id}]"
    if isinstance(scenario, str):
        if not scenario.isprintable():
            raise InputError(f"{where} '{id}': scenario: is no name of a file")
        name = Path(scenario).as_posix()
        name = f"./{name}" if name.startswith("[") else name
    if not isinstance(scenario, (str, dict)) or not scenario:
        raise InputError(f"{where} '{id}': needs a scenario: a file, or a table of its keys")
    level = entry.get("level", LEVELS[-1])
    if level not in LEVELS:
        raise InputError(f"{where} '{id}': level '{level}': {nearest(str(level), LEVELS)}")
    try:
        expression = parse(condition)
        refuse_constant(expression)
    except InputError as error:
        raise InputError(f"{where} '{id}': {error}") from None
    message = _text(entry, "message", where) if "message" in entry else ""
    return Assumption(id, line, scenario, name, condition, expression, level, message)


def _lines(entries: list[Any], text: str) -> list[int]:
    """Return the line of each assumption: of its header, else of its id, else the first."""
    headers = [header.start() for header in _HEADER.finditer(text)]
    if len(headers) != len(entries):
        headers = [_place_of_id(entry, text) for entry in entries]
    return [text.count("\n", 0, start) + 1 for start in headers]


def _place_of_id(entry: object, text: str) -> int:
    id = str(entry.get("id", "")) if isinstance(entry, dict) else ""
    match = re.search(rf"\bid[ \t]*=[ \t]*[\"']{re.escape(id)}[\"']", text)
    return match.start() if match else 0


def _check_unique(assumptions: list[Assumption], path: Path) -> None:
    seen: dict[str, int] = {}
    for assumption in assumptions:
        if assumption.id in seen:
            raise InputError(
                f"{path}:{assumption.line}: id '{assumption.id}' "
                f"is used on line {seen[assumption.id]} too"
            )
        seen[assumption.id] = assumption.line


def _check_keys(data: Mapping[str, object], valid_keys: tuple[str, ...], where: str) -> None:
    for key in data:
        if key not in valid_keys:
            raise InputError(f"{where} '{key}': unknown key; {nearest(key, valid_keys)}")


def _text(entry: Mapping[str, object], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where} {key}: a text in quotes is needed")
    return value.strip()


def _edition(data: Mapping[str, object], path: Path) -> str:
    text = str(data.get("edition", ""))
    if not text:
        return ""
    if not _EDITION.fullmatch(text):
        raise InputError(f"{path} edition '{text}': write it as 2026-11")
    try:
        check_year(text)
    except ValueError as error:
        raise refused(f"{path} edition", text, error) from None
    return text


def _price_age(age: object, path: Path, line: int) -> Assumption | None:
    """Read the age that no price may exceed as an assumption about every scenario."""
    if age is None:
        return None
    where = f"{path}:{line} {PRICE_AGE}"
    try:
        days = units.parse(str(age), "day")
    except ValueError as error:
        raise refused(where, age, error) from None
    if days.low <= 0 or not days.exact:
        raise InputError(f"{where} '{age}': write one time above 0, for example 365 days")
    condition = f"{OLDEST_PRICE} <= {days.value:g} days"
    return Assumption(PRICE_AGE, line, "", "", condition, parse(condition), LEVELS[-1], "")
