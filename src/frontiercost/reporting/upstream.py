"""An import as a report: what is new, differs and is gone, and what could not be read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from frontiercost.core.report import Cell, Report, Sentence, Table, short_unit, table_document
from frontiercost.reporting.json_document import envelope
from frontiercost.upstream.reading import Publisher, Reading, Unread
from frontiercost.upstream.renewal import FAR, Change, New, Renewal

ABSENT = "Not in the file: withdrawn, renamed or of another table"
"""What a file need not hold: people are told how much, a script gets all of it."""
SHOWN = 8
"""Rows of each table that people see; a script gets all of them."""


def of_import(
    edition: Mapping[str, str],
    publisher: Publisher,
    reading: Reading,
    renewal: Renewal,
    folder: Path | None,
    file: str,
    *,
    every_row: bool,
) -> Report:
    """Report an import; `every_row` shows all of what is otherwise cut to a few."""
    tables = _tables(renewal, reading.unread)
    shown = tables if every_row else [_first_rows(t) for t in tables if t.title != ABSENT]

    def document() -> dict[str, Any]:
        rows = [table_document(table) for table in tables]
        return {**envelope(edition, "catalogue"), "tables": rows}

    headline = _headline(publisher, reading, renewal)
    used = tuple(table for table in shown if table.rows)
    return Report(headline, used, _notes(renewal, folder, file), document)


def _headline(publisher: Publisher, reading: Reading, renewal: Renewal) -> Sentence:
    taken, kept = _by_holder(renewal.changed)
    parts = {
        "changed": taken,
        "otherwise than the catalogue, which stays": kept,
        "without a figure they had": renewal.withdrawn,
    }
    counts = "".join(
        f", {len({c.name for c in found})} {word}" for word, found in parts.items() if found
    )
    return [
        f"{publisher.title}, of {reading.as_of}: {reading.count:,} entries read, "
        f"{len(renewal.new):,} new{counts}; {_cells(len(reading.unread))} not used."
    ]


def _by_holder(changes: Iterable[Change]) -> tuple[list[Change], list[Change]]:
    """Return what the file changes, and what differs while the catalogue stays."""
    both: dict[str, list[Change]] = {"file": [], "catalogue": []}
    for change in changes:
        both[change.holds].append(change)
    return both["file"], both["catalogue"]


def _cells(count: int) -> str:
    return f"{count:,} cell{'s' if count != 1 else ''}"


def _notes(renewal: Renewal, folder: Path | None, file: str) -> tuple[Sentence, ...]:
    far = [[text] for text in (*_far_apart(renewal.changed), *_missed(renewal.absent))]
    if folder is None:
        return (*far, ["Nothing is written; name a folder with -o to keep it."])
    if not renewal.rows:
        return (*far, [f"{folder} needs no new rows."])
    return (
        *far,
        [f"{len(renewal.rows):,} rows are added to {folder / file}; nothing in it is replaced."],
        [f"Use them with --catalogue {folder}."],
    )


def _far_apart(changes: Iterable[Change]) -> Iterable[str]:
    """Say which figures, with all that is computed from them, move or would move far."""
    verbs = ("move with the file", "would move with the file")
    for found, verb in zip(_by_holder(changes), verbs, strict=True):
        far = [f"{c.name} {c.factor:.2g}×" for c in found if c.is_far and c.factor is not None]
        if far:
            more = f" and {len(far) - SHOWN} more" if len(far) > SHOWN else ""
            yield f"Answers {verb} by more than {FAR}×: {', '.join(far[:SHOWN])}{more}."


def _missed(absent: Sequence[Change]) -> Iterable[str]:
    """Say how much of what the catalogue has from the publisher the file does not hold."""
    if absent:
        names = len({change.name for change in absent})
        yield (
            f"{names:,} entries that the catalogue has from this publisher are not in the file "
            "(withdrawn, renamed or of another table); --format csv names them."
        )


def _tables(renewal: Renewal, unread: Sequence[Unread]) -> list[Table]:
    taken, kept = _by_holder(renewal.changed)
    return [
        _new(renewal.new),
        _changes("Changed", taken),
        _changes("Differs, and the catalogue stays", kept),
        _gone("Withdrawn: the file has the entry without it", renewal.withdrawn),
        _gone(ABSENT, renewal.absent),
        _reasons(unread),
        _unread(unread),
    ]


def _new(entries: Iterable[New]) -> Table:
    rows = tuple(tuple(map(Cell, entry)) for entry in entries)
    return Table("New", ("Name", "Label", "Date", "Known"), rows, texts=4, wraps=(0, 1, 3))


def _changes(title: str, changes: Iterable[Change]) -> Table:
    rows = tuple(
        (
            *map(Cell, (change.name, change.figure.replace("_", " "))),
            Cell(change.why),
            *(Cell(number, short_unit(change.unit)) for number in (change.before, change.now)),
            Cell(change.factor, "x"),
        )
        for change in changes
    )
    columns = ("Name", "Figure", "Why", "Before", "Now", "×")
    return Table(title, columns, rows, texts=3, wraps=(0, 1, 2))


def _gone(title: str, changes: Iterable[Change]) -> Table:
    rows = tuple(
        (
            *map(Cell, (change.name, change.figure.replace("_", " "), change.why)),
            Cell(change.before, short_unit(change.unit)),
        )
        for change in changes
    )
    return Table(title, ("Name", "Figure", "As of", "Value"), rows, texts=3, wraps=(0, 1))


def _reasons(unread: Iterable[Unread]) -> Table:
    """Count what was not used by column and reason, its numbers and names left out."""
    counts = Counter((cell.column, cell.why.partition(":")[0]) for cell in unread)
    rows = tuple(
        (*map(Cell, key), Cell(float(count), "count")) for key, count in counts.most_common()
    )
    return Table("Not used, by reason", ("Column", "Why", "Cells"), rows, texts=2, wraps=(0, 1))


def _unread(unread: Iterable[Unread]) -> Table:
    rows = tuple(
        (*map(Cell, (f"{cell.line}", cell.name, cell.column, cell.text, cell.why)),)
        for cell in unread
    )
    columns = ("Line", "Name", "Column", "Cell", "Why")
    return Table("Not used", columns, rows, texts=5, wraps=(1, 2, 3, 4))


def _first_rows(table: Table) -> Table:
    """Return a table with its first rows, and in its title how many there are."""
    if len(table.rows) <= SHOWN:
        return table
    title = f"{table.title}: {SHOWN} of {len(table.rows):,}"
    return replace(table, title=title, rows=table.rows[:SHOWN])
