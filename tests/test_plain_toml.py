"""Plain TOML is read by lines, and says what it says to Python's own reader."""

import tomllib

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.catalogue.store import SHIPPED
from frontiercost.core import plain_toml

FILES = [path.read_text(encoding="utf-8") for path in SHIPPED.rglob("*.toml")]
NAMES = st.text(alphabet="ab_1", min_size=1, max_size=3)
TEXTS = st.text(alphabet='a ="#é,{}[]', max_size=8)
VALUES = st.one_of(TEXTS, st.booleans(), st.integers(), st.dictionaries(NAMES, TEXTS))
LINES = ["[a]", "[b]", 'a = "x"', 'b = { a = "1", b = "2" }', "c = true", "# said", "", "d = 1"]
LINES += [
    'a = "\\n"',
    'b = { a = "1", a = "2" }',
    "c = [1]",
    "[a.b]",
    'a = "x" # said',
    "x",
    "[[a]]",
]


def test_it_reads_the_files_of_the_catalogue():
    for text in FILES:
        assert plain_toml.loads(text) == tomllib.loads(text)


@given(st.dictionaries(NAMES, VALUES))
def test_it_reads_what_is_written(document):
    assert plain_toml.loads(tomli_w.dumps(document)) == document


@given(st.lists(st.sampled_from(LINES), max_size=6).map("\n".join), st.sampled_from(["", "\n"]))
def test_it_refuses_what_is_refused(text, end):
    try:
        wanted = tomllib.loads(text + end)
    except tomllib.TOMLDecodeError:
        with pytest.raises(tomllib.TOMLDecodeError):
            plain_toml.loads(text + end)
    else:
        assert plain_toml.loads(text + end) == wanted


def test_most_files_need_no_other_reader(monkeypatch):
    left = []
    monkeypatch.setattr(tomllib, "loads", left.append)
    for text in FILES:
        plain_toml.loads(text)
    assert len(left) < len(FILES) / 2
