"""Models of a file beside the catalogue's: which are new, which figures differ, which are gone.

A known model stays as it is: a figure that differs is named beside the catalogue's. Where it is
asked for, one gives way to a newer one of the publisher it came from, never one that was read at
another source. What a model lacks is taken only where nothing prices it yet: tokens beside a
published compute would be another account of the same run.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from frontiercost.catalogue.parsing import MODEL_FACTS, ROW_FACTS
from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Model
from frontiercost.core.facts import Fact
from frontiercost.upstream.reading import Publisher, Reading, Row, slug
from frontiercost.upstream.renewal import Change, New, Renewal, same


def renew(catalogue: Catalogue, reading: Reading, publisher: Publisher, *, revise: bool) -> Renewal:
    """Set the models of a file beside the catalogue's; `revise` known ones by newer figures."""
    result = Renewal()
    seen: dict[str, Row] = {}
    own_names = {row["name"] for row in reading.rows}
    for row in reading.rows:
        entry = _entry_of(catalogue, row, own_names | seen.keys())
        if entry is None:
            result.new.append(New(row["name"], row["label"], row["release"], _figures(row)))
            result.rows.append(row)
            continue
        seen[entry.name] = row
        changes = list(_changes(entry, row, publisher, revise=revise))
        result.changed.extend(changes)
        if taken := [change.figure for change in changes if change.holds == "file"]:
            result.rows.append({**_only(row, taken), "name": entry.name})
    for name in catalogue.names("model"):
        gone = _figures_gone(catalogue.model(name), seen.get(name, {}), publisher)
        (result.withdrawn if name in seen else result.absent).extend(gone)
    return result


def _entry_of(catalogue: Catalogue, row: Row, taken: Collection[str]) -> Model | None:
    """Return the catalogue's entry of the same model; rename a row that only shares its name.

    A name stands for one model within a year. An alias, which may stand for others of its shape,
    and a name without what it says in brackets do so within a month, unless another row has the
    entry for itself.
    """
    for name in (row["name"], slug(re.sub(r"\(.*?\)", "", row["label"]))):
        entry_name = catalogue.find("model", name) or ""
        of_name = entry_name == row["name"]
        if entry_name and (of_name or entry_name not in taken):
            model = catalogue.model(entry_name)
            if _released_together(model.release, row["release"], of_name=of_name):
                return model
    if catalogue.is_name("model", row["name"]):
        row["name"] = slug(f"{row['name']} {row['organization']}")
        return catalogue.model(row["name"]) if catalogue.is_name("model", row["name"]) else None
    return None


def _released_together(entry: str, read: str, *, of_name: bool) -> bool:
    if not entry or not read:
        return of_name
    if of_name:
        return abs(int(entry[:4]) - int(read[:4])) <= 1
    length = min(len(entry), len(read), len("2026-11"))
    return entry[:length] == read[:length]


def _changes(entry: Model, row: Row, publisher: Publisher, *, revise: bool) -> Iterator[Change]:
    for key in ROW_FACTS:
        if row.get(key):
            fact, now = entry.facts.get(key), float(row[key])
            if fact is None:
                holds, why = _which_fills(entry)
                yield Change(entry.name, key, MODEL_FACTS[key], None, now, holds, why)
            elif not same(fact.value, now):
                holds, why = _which_holds(fact, row, publisher, revise=revise)
                yield Change(entry.name, key, MODEL_FACTS[key], fact.value, now, holds, why)


def _which_fills(entry: Model) -> tuple[str, str]:
    """Say whether a figure that a model lacks is taken."""
    if "training_flop" in entry.facts:
        return "catalogue", "priced by its compute"
    if {"tokens", "total_params"} <= entry.facts.keys():
        return "catalogue", "priced by parameters and tokens"
    return "file", "none before"


def _which_holds(fact: Fact, row: Row, publisher: Publisher, *, revise: bool) -> tuple[str, str]:
    if fact.source not in publisher.sources:
        return "catalogue", f"from {fact.source}"
    if fact.as_of >= row["as_of"]:
        return "catalogue", f"{fact.source} of {fact.as_of}"
    newer = f"newer than {fact.source}" + (f" of {fact.as_of}" if fact.as_of else "")
    return ("file", newer) if revise else ("catalogue", f"{newer}; --revise takes it")


def _only(row: Row, figures: Iterable[str]) -> Row:
    """Return the row with these figures alone: the rest of the entry stays."""
    about = ("name", "source", "as_of", "confidence", "at", "note")
    ends = (f"{figure}{end}" for figure in figures for end in ("", "_low", "_high"))
    return {key: row[key] for key in (*about, *ends) if key in row}


def _figures_gone(entry: Model, row: Row, publisher: Publisher) -> Iterator[Change]:
    """Yield figures that the catalogue has from the publisher and a row, if any, has no longer."""
    stated = {f"models/{entry.name}/{key}": key for key in ROW_FACTS}
    for fact in entry.facts.values():
        key = stated.get(fact.path, "")  # not what it has from its base
        if key and fact.source in publisher.sources and not row.get(key):
            yield Change(entry.name, key, fact.unit, fact.value, None, "catalogue", fact.as_of)


def _figures(row: Row) -> str:
    """Say by what a model is priced."""
    if row.get("training_flop"):
        return "compute"
    if row.get("tokens") and row.get("total_params"):
        return "parameters and tokens"
    return "not enough for a price"
