"""What a command answers, as cells and sentences: the only thing that renderers know."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar, overload

from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen

SCHEMA_VERSION = "1"
"""Of the documents, answers and errors alike."""


@frozen
class Cell:
    """A number with its unit, or a word; `tone` is a verdict word that a renderer may colour."""

    value: float | str | None
    unit: str = ""
    tone: str = ""
    figures: int = 0
    """Significant figures to print, where the usual two or three would hide a difference."""


Sentence = Sequence[str | Cell]
Member = TypeVar("Member")


LONG_UNITS = {
    *("gCO2e/kWh", "token", "parameter", "chip", "chip-hour", "person", "person-year"),
    *("chip-hour/Gtoken", "chip-hour/Mpage", "CPU-hour/TB"),
    *("block", "head", "dimension", "expert", "matrix", "vector", "group", "stream"),
}


def short_unit(unit: str) -> str:
    """Return the unit to print where the title or label names it: long units become plain."""
    if unit in LONG_UNITS:
        return "count"
    return "USD" if unit.startswith("USD/") and unit != "USD/token" else unit


def fact_cells(fact: Fact, about: str, under: str = "") -> tuple[Cell, ...]:
    """Return a fact as its path below `under`, what is known about it, and low, value, high.

    Long units go beside the path, so that the numbers stay narrow.
    """
    unit = short_unit(fact.unit)
    beside = "" if unit == fact.unit else f" ({fact.unit})"
    label = Cell(f"{fact.path.removeprefix(under)}{beside}\n{about}")
    return label, *(Cell(end, unit) for end in (fact.low, fact.value, fact.high))


def fact_table(title: str, facts: Iterable[Fact], under: str = "") -> "Table":
    """Return facts as a table, a row each, with their origins."""
    rows = tuple(fact_cells(fact, f"  {fact.origin}", under) for fact in facts)
    return Table(title, ("", "Low", "Value", "High"), rows)


@frozen(kw_only=True)
class Chart:
    """What to look at of a table: which of its columns are drawn, and as what.

    A chart has no number of its own; shapes, places and words are a renderer's.
    """

    kind: str
    """bars, ranges, waterfall, curve, scatter or heat-map. Bars may have an interval, ranges are
    no more than that; a waterfall's parts end in their sum; a heat map shows the rows that have a
    tone. Rows with an indented label are a part of the row above, and not drawn as bars."""
    values: tuple[int, ...] = (1,)
    """The columns drawn: a curve for each."""
    low: int | None = None
    high: int | None = None
    """Columns of the ends of an interval."""
    across: int = 0
    """The column along the horizontal axis of curves and points."""
    logarithmic: bool = False
    """Whether bars and the vertical axis count powers of ten."""
    mark: Cell | None = None
    """A number of the same unit to compare with."""
    mark_label: str = ""

    @property
    def ends(self) -> tuple[int, ...]:
        """The columns of the ends of an interval; none where it has none."""
        return tuple(column for column in (self.low, self.high) if column is not None)


@frozen
class Table:
    """Rows of cells under column titles: the first `texts` columns hold words, the rest numbers.

    `wraps` names the columns of words that may break over lines where space is short.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    texts: int = 1
    wraps: tuple[int, ...] = (0,)
    last: tuple[int, ...] = ()
    """Of those that wrap, the ones that give way only where no other can: names to be typed."""
    bare: bool = False
    """Whether a terminal draws it without title, edges and blank lines, as on one screen."""
    headed: bool = False
    """Whether a bare one has its title all the same."""
    bar: int | None = None
    """The column of numbers that have a bar beside them in a terminal."""
    chart: Chart | None = None
    """How a page and a picture draw it."""


@frozen
class Screen:
    """What fits one screen of an answer: a few rows, and a line or two for each further point."""

    tables: tuple[Table, ...]
    points: tuple[tuple[str, str], ...] = ()
    """What it takes, what would change it, what it rests on and leaves out: a name and words."""
    notes: tuple[str, ...] = ()
    """What must be said below it."""
    gives_way: tuple[str, ...] = ()
    """Names of points that go, the first first, where all would be longer than a screen."""
    last: str = ""
    """The edition and the seed, and which flags show more."""

    @property
    def point_table(self) -> Table:
        """The points as a table of words."""
        rows = tuple((Cell(name), Cell(words)) for name, words in self.points)
        return Table("In short", ("", ""), rows, texts=2, wraps=(1,), bare=True)


class Later(Sequence[Member]):
    """A sequence that is made when it is first read: a screen shows little of a whole answer."""

    def __init__(self, make: Callable[[], Iterable[Member]]) -> None:
        """Take what makes its members."""
        self._make = make

    @cached_property
    def _members(self) -> tuple[Member, ...]:
        return tuple(self._make())

    @overload
    def __getitem__(self, place: int) -> Member: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Member]: ...
    def __getitem__(self, place: int | slice) -> Member | Sequence[Member]:
        return self._members[place]

    def __len__(self) -> int:
        return len(self._members)


@frozen
class Report:
    """One sentence that answers, tables, notes, and the same as a document."""

    headline: Sentence
    tables: Sequence[Table]
    notes: Sequence[Sentence]
    document: Callable[[], Mapping[str, Any]]
    """Makes the document, which only some formats need."""
    asked: Sequence[Table] = ()
    """Tables that were asked for by name: part of the answer, however short it has to be."""
    further: Sequence[Table] = ()
    """Tables for what scrolls, a page or a file, beyond what a terminal shows."""
    screen: Callable[[], Screen] | None = None
    """Makes what a terminal shows of it, where the whole is more than a screen."""
    question: tuple[tuple[str, Any], ...] = ()
    """What was given of a scenario, by key, where the notes do not tell of it."""
    doubts: tuple[str, ...] = ()
    """What to say of amounts that were hardly meant, beside the answer."""


def charted(report: Report) -> list[Table]:
    """Return the tables that can be looked at: those asked for by name first."""
    tables = (*report.asked, *report.tables, *report.further)
    return list({id(table): table for table in tables if table.chart}.values())


def table_document(table: Table) -> dict[str, Any]:
    """Return a table as rows by column name."""
    given = [re.sub(r"\W+", "_", column.lower()) for column in table.columns]
    names = [name or ("value" if i else "name") for i, name in enumerate(given)]
    rows = [dict(_entries(zip(names, row, strict=True))) for row in table.rows]
    return {"title": table.title, "rows": rows}


def _entries(named: Iterable[tuple[str, Cell]]) -> Iterator[tuple[str, Any]]:
    """Yield cells as values; what stands under a name, on a line of its own, is about it."""
    for name, cell in named:
        if isinstance(cell.value, str):
            said, _, about = cell.value.partition("\n")
            yield name, said
            if about:
                yield "about", about.strip()
        else:
            yield name, {"value": cell.value, "unit": cell.unit} if cell.unit else cell.value


def error_document(message: str, exit_code: int) -> Mapping[str, Any]:
    """Return the document that says why there is no answer."""
    error = {"message": message, "exit_code": int(exit_code)}
    return {"schema_version": SCHEMA_VERSION, "error": error}
