"""Tables of own results, as `backtest --runs` and `--measured` read them, in the catalogue."""

from collections.abc import Mapping

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.report import Cell, Table
from frontiercost.stages.published.table_kinds import FROM_ELSEWHERE, KINDS, TableKind


def _kinds() -> Mapping[str, TableKind]:
    return {kind.file.removesuffix(".csv"): kind for kind in KINDS}


def table_list(catalogue: Catalogue) -> Table:
    """Every kind of table, what it tests, and the columns that it needs."""
    rows = tuple(
        (Cell(name), Cell(kind.name), Cell(kind.stage), Cell(_needed(kind)))
        for name, kind in _kinds().items()
    )
    columns = ("Name", "Rows", "Stage", "Columns it needs")
    title = "Tables of own results, for backtest --runs and --measured"
    return Table(title, columns, rows, texts=4, wraps=(3,))


def table_columns(catalogue: Catalogue, name: str) -> list[Table]:
    """Every column that one kind of table is read by, and what else each may be called."""
    kinds = _kinds()
    if name not in kinds:
        raise InputError(f"NAME '{name}': no such table; {nearest(name, kinds)}")
    kind = kinds[name]
    needs = {part for need in kind.needs for part in need.split("|")}
    optional = kind.known(catalogue) - needs - set(FROM_ELSEWHERE.split())
    rows = [("needed", _needed(kind)), ("read too", ", ".join(sorted(optional)))]
    rows += [(column, f"also called {', '.join(also)}") for column, also in _synonyms(kind)]
    cells = tuple((Cell(what), Cell(columns)) for what, columns in rows)
    return [Table(f"Columns of {kind.name} ({kind.stage})", ("", ""), cells, texts=2, wraps=(1,))]


def _needed(kind: TableKind) -> str:
    return ", ".join(need.replace("|", " or ") for need in kind.needs)


def _synonyms(kind: TableKind) -> list[tuple[str, list[str]]]:
    others = {column: [n for n in names if n != column] for column, names in kind.names.items()}
    return [(column, also) for column, also in others.items() if also]
