"""Reading a model's folder: strict JSON within limits, nothing beyond the files named here."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from frontiercost.core.errors import InputError
from frontiercost.core.frozen import frozen
from frontiercost.core.safe_files import read_text

CONFIG, INDEX, ADAPTER = "config.json", "model.safetensors.index.json", "adapter_config.json"
LARGEST_CONFIG = 2**23  # bytes; most take some thousands, lists of what is quantised a million
LARGEST_INDEX = 2**25  # bytes; that of a trillion parameters in many experts takes some millions
DEEPEST_CONFIG = 12
LONGEST_TEXT = 200


@frozen
class WeightsIndex:
    """What the index of a model's weights says: bytes of all tensors, and their count if it does.

    Source: the safetensors format.
    """

    total_bytes: float
    total_params: float | None


def config_of(path: Path, origin: str) -> tuple[Path, dict[str, Any]]:
    """Return the configuration file that a path names, itself or in a folder, and what it holds.

    Raises InputError for what is no model's configuration.
    """
    file = path / CONFIG if path.is_dir() else path
    if file.name == ADAPTER or (path.is_dir() and not file.exists() and (path / ADAPTER).exists()):
        raise InputError(_adapter(origin, file if file.name == ADAPTER else path / ADAPTER))
    data = _object(file, origin, LARGEST_CONFIG)
    if "peft_type" in data or "base_model_name_or_path" in data:
        raise InputError(_adapter(origin, file))
    return file, data


def _adapter(origin: str, file: Path) -> str:
    return f"{origin} '{file}': an adapter, which is no model by itself; give that of its base"


def index_beside(file: Path, origin: str) -> WeightsIndex | None:
    """Return what the index beside a configuration says of the weights; None without one."""
    index = file.parent / INDEX
    if not index.is_file():
        return None
    metadata = _object(index, origin, LARGEST_INDEX).get("metadata")
    if not isinstance(metadata, dict):
        return None
    count = _positive(metadata.get("total_parameters"))
    size = _positive(metadata.get("total_size"))
    return WeightsIndex(size, count) if size else None


def _positive(value: object) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < 1e18 else None  # type: ignore[operator,arg-type]


def _object(file: Path, origin: str, largest: int) -> dict[str, Any]:
    text = read_text(file, origin, largest)
    where = f"{origin} '{file}'"
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: no JSON: {error}") from None
    except RecursionError:
        raise InputError(f"{where}: nested too deeply") from None
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None
    if not isinstance(data, dict):
        raise InputError(f"{where}: must hold one object of keys")
    _check_depth(where, data)
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key '{shown(twice)}' stands there twice")
    return table


def _constant(name: str) -> float:
    """Infinity stands in real files, as a limit of time steps; what is no number is refused."""
    if name == "NaN":
        raise ValueError("NaN is no number")
    return -math.inf if name.startswith("-") else math.inf


def _check_depth(where: str, data: dict[str, Any]) -> None:
    level: list[Any] = [data]
    for _ in range(DEEPEST_CONFIG):
        level = [inner for value in level for inner in _inside(value)]
    if level:
        raise InputError(f"{where}: nested too deeply")


def _inside(value: Any) -> Iterable[Any]:
    inner = value.values() if isinstance(value, dict) else value
    return [value for value in inner if isinstance(value, (dict, list))]


def shown(value: object) -> str:
    """Return a value of a file as an error shows it: short, on one line."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    clean = "".join(c if c.isprintable() else " " for c in text)
    return clean if len(clean) <= LONGEST_TEXT else clean[:LONGEST_TEXT] + "…"
