"""What a terminal shows: lines that end at words, and no more of an answer made than is shown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from frontiercost.core.report import Cell, Later, Report, Table
from frontiercost.core.safe_text import inert
from frontiercost.render import render
from frontiercost.render.table import folded

WORDS = st.text(alphabet="ab \n–é模🙂e\u0301", max_size=120)


@given(WORDS, st.integers(2, 40))
def test_a_text_ends_its_lines_where_rich_does(text, width):
    console = Console(width=width, color_system=None, legacy_windows=False)
    lines = Text(text).wrap(console, width)
    assert folded(text, width) == [line.plain.rstrip() for line in lines]


@given(st.lists(WORDS.map(inert), min_size=1, max_size=4), st.integers(60, 90))
def test_columns_stand_under_each_other(words, width):
    rows = tuple((Cell(word), Cell(1.5e6, "USD")) for word in words)
    table = Table("Words", ("Word", "Cost"), rows)
    shown = render(Report([""], [table], (), dict), "table", width=width, colour=False)
    ends = {cell_len(line) for line in shown.splitlines() if line.endswith("$1.5M")}
    assert len(ends) == 1
    assert max(map(cell_len, shown.splitlines())) <= width


def test_colour_adds_nothing_but_colour():
    rows = ((Cell("yes", tone="yes"), Cell(1.0)), (Cell("Total"), Cell(2.0)))
    report = Report(["Said."], [Table("Words", ("Word", "Cost"), rows)], [["Noted."]], dict)
    plain, coloured = (render(report, "table", width=80, colour=c) for c in (False, True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert {"\x1b[1mSaid.\x1b[0m", "\x1b[2mNoted.\x1b[0m"} <= {*coloured.splitlines()}


@pytest.mark.parametrize(
    ("flags", "is_made"),
    [([], False), (["-q"], False), (["--more"], True), (["--format=csv"], True)],
)
def test_tables_are_made_only_where_somebody_reads_them(run, monkeypatch, flags, is_made):
    made = []
    members = Later._members.func
    counted = property(lambda later: made.append(later) or members(later))
    monkeypatch.setattr(Later, "_members", counted)
    assert run("pretrain", "llama-2-7b", "--draws", "16", *flags).code == 0
    assert bool(made) is is_made
