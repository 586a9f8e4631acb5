"""Epoch AI's tables of models (CC BY 4.0): `notable_ai_models.csv` and its kin, of any edition.

Compute is taken as it is stated; a data set counts as tokens where the model is one of language,
times its epochs, and where it agrees with the compute. Active parameters stand in a note.
Source: https://epoch.ai/data/ai-models.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from frontiercost.catalogue.precisions import PRECISIONS
from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError
from frontiercost.core.limits import LIMITS
from frontiercost.core.row_table import RowTable, read_table
from frontiercost.core.units import HOURS_PER_DAY, SUFFIXES
from frontiercost.upstream.reading import (
    Entry,
    Publisher,
    Reading,
    Row,
    Unread,
    plain_text,
    slug,
    written,
)

COLUMNS = {
    "name": ("model", "system"),
    "organization": ("organization", "organization(s)"),
    "release": ("publication_date",),
    "domain": ("domain",),
    "params": ("parameters",),
    "params_notes": ("parameters_notes",),
    "flop": ("training_compute_(flop)", "training_compute_(flops)"),
    "flop_low": ("training_compute_lower_bound",),
    "flop_high": ("training_compute_upper_bound",),
    "data_set": (
        "training_dataset_size_(total)",
        "training_dataset_size_(gradients)",
        "training_dataset_size_(datapoints)",
    ),
    "epochs": ("epochs",),
    "confidence": ("confidence",),
    "base_model": ("base_model",),
    "hardware": ("training_hardware",),
    "chips": ("hardware_quantity",),
    "hours": ("training_time_(hours)",),
    "chip_hours": ("training_chip_hours",),
    "format": ("numerical_format",),
    "access": ("model_accessibility",),
    "open": ("open_model_weights?",),
    "link": ("link",),
    "modified": ("last_modified",),
}
"""What is read, and what its column is or was called, newest first."""
GRADES = {
    "Confident": ("stated", 3.0),
    "Likely": ("estimated", 10.0),
    "Speculative": ("judged", 30.0),
}
"""Epoch's grades as confidences, and the factor within which it takes its compute to be right."""
UNGRADED = ("judged", 30.0)
AGREES = 3.0
"""Factor between the compute and 6 x parameters x tokens beyond which the tokens are others."""
MOST_LINES = 500
"""Of one row, whose abstract and authors may fill them."""
FLOP_PER_PARAMETER_AND_TOKEN = 6
FEWEST_EPOCHS, MOST_EPOCHS = 1e-3, 1e5
_ACTIVE = re.compile(
    r"(\d+(?:\.\d+)?) ?(M|B|T|million|billion|trillion) (?:parameters )?activ(?:e|ated)\b", re.ASCII
)


def read(path: Path, catalogue: Catalogue, as_of: str) -> Reading:
    """Return a row of `models.csv` for each model of the file."""
    columns = [column for columns in COLUMNS.values() for column in columns]
    table = read_table(path, "FILE", columns, most_lines=MOST_LINES)
    places = _places(path, table)
    unread: list[Unread] = []
    entries = list(_entries(table, places, unread))
    rows = [_row(entry, catalogue) for entry in entries]
    newest = max((max(row["as_of"], row["release"]) for row in rows), default="")
    dated = [{**row, "as_of": row["as_of"] or as_of or newest} for row in rows]
    return Reading(as_of or newest, len(table.rows), list(_apart(entries, dated)), unread)


def _places(path: Path, table: RowTable) -> Mapping[str, int]:
    """Return where each column stands; raise InputError for a table of another kind."""
    places = {
        field: table.columns.index(column)
        for field, columns in COLUMNS.items()
        for column in reversed(columns)
        if column in table.columns
    }
    for field in ("name", "release", "params", "flop"):
        if field not in places:
            has = ", ".join(table.columns[:6])
            raise InputError(
                f"FILE '{path}': is no table of models by Epoch AI: it has no column "
                f"'{COLUMNS[field][0].replace('_', ' ')}'; its columns are {has}, …"
            )
    return places


def _entries(table: RowTable, places: Mapping[str, int], unread: list[Unread]) -> Iterable[Entry]:
    """Yield what can be read at all; what has no name is no model."""
    titles = {field: table.columns[place].replace("_", " ") for field, place in places.items()}
    for row in table.rows:
        if row.fault:
            unread.append(Unread(row.line, "", "", "", row.fault))
            continue
        cells = {field: row.cells[place] for field, place in places.items()}
        entry = Entry(row.line, plain_text(cells["name"]), cells, unread, titles)
        if slug(entry.name):
            yield entry
        else:
            entry.refuse("name", "no letters for an id" if entry.name else "no name")


def _row(entry: Entry, catalogue: Catalogue) -> Row:
    confidence, factor = GRADES.get(entry.text("confidence"), UNGRADED)
    total = entry.number("params", *LIMITS["parameter"])
    active = _active(entry, total)
    flop = entry.number("flop", *LIMITS["FLOP"])
    tokens = _tokens(entry, active or total, flop)
    guess = tokens if flop is None else None
    return {
        "name": slug(entry.name),
        "label": entry.name,
        "organization": entry.text("organization"),
        "release": entry.date("release"),
        "estimate": "" if _is_published(entry, tokens, flop) else "yes",
        "total_params": written(total),
        "active_params": written(active),
        "tokens": written(tokens),
        **_interval("tokens", guess, guess and guess / factor, guess and guess * factor),
        "training_flop": written(flop),
        **_flop_interval(entry, flop, factor),
        **_hardware(entry, catalogue),
        "source": "epoch-notable-models",
        "as_of": entry.date("modified"),
        "confidence": confidence,
        "at": entry.text("link").partition(" ")[0],
        "note": f"Epoch AI's grade: {entry.text('confidence') or 'none'}",
    }


def _is_published(entry: Entry, tokens: float | None, flop: float | None) -> bool:
    """Whether its developer gives what it is priced by; its compute alone is an estimate."""
    if flop is None:
        return True
    is_open = entry.text("access").startswith("Open weights") or entry.text("open") == "Yes"
    return tokens is not None and (is_open or entry.text("confidence") == "Confident")


def _active(entry: Entry, total: float | None) -> float | None:
    """Return the active parameters that the note on the parameters names, "41B active"."""
    match = _ACTIVE.search(entry.text("params_notes"))
    if not match or total is None:
        return None
    active = float(match[1]) * SUFFIXES[match[2]]
    if not LIMITS["parameter"][0] <= active <= total:
        entry.refuse("params_notes", f"{active:.3g} active parameters of {total:.3g}")
        return None
    return active


def _tokens(entry: Entry, params: float | None, flop: float | None) -> float | None:
    """Return the tokens of the whole run: the data set times its epochs.

    Not what is no text, nor what only a base model was changed with, nor what the compute denies.
    """
    size = entry.number("data_set", *LIMITS["token"])
    if size is None:
        return None
    if "Language" not in entry.text("domain"):
        entry.refuse("data_set", f"no tokens: its domain is {entry.text('domain') or 'not said'}")
        return None
    tokens = size * (entry.number("epochs", FEWEST_EPOCHS, MOST_EPOCHS) or 1.0)
    implied = FLOP_PER_PARAMETER_AND_TOKEN * params * tokens if params else None
    if flop and implied and not 1 / AGREES <= flop / implied <= AGREES:
        entry.refuse(
            "data_set", f"not 6 x params x tokens: the compute is {flop / implied:.2g} times that"
        )
        return None
    if flop is None and entry.text("base_model"):
        entry.refuse("data_set", f"tokens of a change alone: to {entry.text('base_model')}")
        return None
    if tokens > LIMITS["token"][1]:
        entry.refuse("data_set", "too many tokens")
        return None
    return tokens


def _flop_interval(entry: Entry, flop: float | None, factor: float) -> Row:
    """Return the stated bounds of the compute, else those of its grade."""
    if flop is None:
        return {}
    low, high = (entry.number(end, *LIMITS["FLOP"]) for end in ("flop_low", "flop_high"))
    if not (low or flop) <= flop <= (high or flop):
        entry.refuse("flop_low", "the bounds do not hold the compute")
        low = high = None
    least, most = LIMITS["FLOP"]
    return _interval(
        "training_flop", flop, low or max(flop / factor, least), high or min(flop * factor, most)
    )


def _interval(key: str, value: float | None, low: float | None, high: float | None) -> Row:
    return {} if value is None else {f"{key}_low": written(low), f"{key}_high": written(high)}


def _hardware(entry: Entry, catalogue: Catalogue) -> Row:
    """Return on what it was trained, where the catalogue knows the chip."""
    named = entry.text("hardware")
    chip = catalogue.find("chip", slug(named)) if named and "," not in named else None
    if named and not chip:
        several = "several kinds of chips" if "," in named else "no such chip in the catalogue"
        entry.refuse("hardware", several)
    elif chip and not catalogue.quotes("rental", chip):
        entry.refuse("hardware", "no rental price of it is known, so the run is priced on others")
        chip = None
    if not chip:
        return {}
    chips = entry.number("chips", *LIMITS["chip"])
    hours = entry.number("hours", 1e-3, LIMITS["day"][1] * HOURS_PER_DAY)
    chip_hours = entry.number("chip_hours", *LIMITS["chip-hour"])
    if chip_hours is None and chips and hours:
        chip_hours = chips * hours
    return {
        "chip": chip,
        "precision": _precision(entry, catalogue, chip),
        "chips": written(chips),
        "chip_hours": written(chip_hours),
        "wall_time": written(hours / HOURS_PER_DAY if hours else None),
    }


def _precision(entry: Entry, catalogue: Catalogue, chip: str) -> str:
    """Return the format of the run, where the program knows it and the chip computes in it."""
    named = entry.text("format").lower()
    if named in PRECISIONS:
        try:
            catalogue.chip(chip).peak(named)
        except InputError:
            entry.refuse("format", f"{chip} does not compute in it")
            return ""
        return named
    if named and named != "unknown":
        entry.refuse("format", f"not one of {', '.join(PRECISIONS)}")
    return ""


def _apart(entries: list[Entry], rows: list[Row]) -> Iterable[Row]:
    """Yield rows with names of their own: of one name, all but the first get their developer's.

    A row whose name is taken even so is not read, nor is one of a file without any date.
    """
    counts: Counter[str] = Counter()
    for entry, row in zip(entries, rows, strict=True):
        if not row["as_of"]:
            entry.refuse("name", "no date in the file; give `date`, when it was published")
            continue
        if counts[row["name"]]:
            row["name"] = slug(f"{row['name']} {row['organization']}")
        counts[row["name"]] += 1
        if counts[row["name"]] == 1:
            yield row
        else:
            entry.refuse("name", "a row above has this name and developer")


PUBLISHER = Publisher(
    title="Epoch AI, tables of models",
    table="models",
    sources=frozenset({"epoch-notable-models", "epoch-training-cost-trends"}),
    read=read,
)
