"""Whatever stands in a file that is handed in: an answer, or one line that says what is wrong.

Tables of rows, a user's own measurements, a model's config.json, and the files of publishers.
"""

import csv
import io
import json
from copy import deepcopy
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from frontiercost.catalogue.store import shipped
from frontiercost.stages.published.table_kinds import KINDS
from fuzzing import CALM, is_calm, values
from upstream_files import EPOCH, OFFER, TABLES

CONFIGS = json.loads(
    (Path(__file__).parent / "vectors" / "model_configs.json").read_text(encoding="utf-8")
)
SLOW_TABLES = {"steps", "serving"}  # whose rows take a fit
FILLED = ("mfu_predicted", "chip_hours_predicted", "step_seconds_predicted")


def answered(rows):
    """Return the columns and three rows that can be predicted, as lists of cells."""
    found = [row for row in rows if all(row.get(column, "here") for column in FILLED)][:3]
    return [list(found[0]), *(list(row.values()) for row in found)]


ROWS = {kind.name: answered(shipped().rows(kind.file)) for kind in KINDS}
CELLS = st.one_of(
    values,
    st.sampled_from(
        ["1,5", "1.234", "6,74e9", '"', 'a"b', "1e18", "1e-9", "9" * 70, "((((", "h100"]
    ),
    st.floats().map(str),
    st.integers(-2, 10**19).map(str),
)


def changed(table, change):
    """Return a table as lists of cells with one thing changed."""
    what, row, column, text = change
    row, column = row % len(table), column % len(table[0])
    if what == "drop":
        return [[c for n, c in enumerate(cells) if n != column] for cells in table]
    if what == "double":
        return [[*cells, *cells[column : column + 1]] for cells in table]
    if what == "shorten":
        return [cells[: len(cells) - (n == row)] for n, cells in enumerate(table)]
    target = 0 if what == "rename" else row
    return [
        [text if (n, m) == (target, column) else c for m, c in enumerate(cells)]
        for n, cells in enumerate(table)
    ]


CHANGES = st.tuples(
    st.sampled_from([*["cell"] * 6, "rename", "drop", "double", "shorten"]),
    st.integers(0, 3),
    st.integers(0, 60),
    CELLS,
)


@st.composite
def damaged(draw, texts):
    """Return a text as bytes, whole, with something put in, or without its end."""
    raw, place = draw(texts).encode("utf-8", "surrogatepass"), draw(st.integers(0, 2000))
    inserted = [b"", b"", b'"', b"\n", b"\r", b",", b";", b"{", b"]", b"\0", b"\xff"]
    end = draw(st.sampled_from([raw[place:]] * 9 + [b""]))
    return raw[:place] + draw(st.sampled_from(inserted)) + end


@st.composite
def tables(draw, whole):
    """Return a table of rows with some things changed, in any of the usual delimiters."""
    table = draw(whole)
    for change in draw(st.lists(CHANGES, max_size=4)):
        table = changed(table, change) if table[0] else table
    out = io.StringIO()
    csv.writer(out, delimiter=draw(st.sampled_from([*",,,", ";", "\t", "|"]))).writerows(table)
    return out.getvalue()


def written(folder, name, raw):
    path = folder.mktemp("fuzz") / name
    path.write_bytes(raw)
    return path


OFTEN_FAST = [rows for name, rows in ROWS.items() for _ in range(1 if name in SLOW_TABLES else 4)]


@CALM
@given(raw=damaged(tables(st.sampled_from(OFTEN_FAST))))
def test_any_file_of_rows_is_answered_or_refused(run, tmp_path_factory, raw):
    file = written(tmp_path_factory, "x.csv", raw)
    found = run("backtest", "--runs", file, "--draws=16", "--format=json")
    is_calm(found)
    assert found.code != 3


MEASURED_FOR = {
    "pretrain": ("pretrain", "llama-2-7b", "--chip=h100-sxm"),
    "posttrain": ("posttrain", "llama-3.1-8b", "--recipe=chat"),
    "inference": ("inference", "llama-3.1-8b"),
}


@CALM
@given(
    asked=st.sampled_from(list(MEASURED_FOR.values())),
    raw=damaged(tables(st.sampled_from(list(ROWS.values())))),
)
def test_any_measured_rows_are_used_or_refused(run, tmp_path_factory, asked, raw):
    file = written(tmp_path_factory, "x.csv", raw)
    is_calm(run(*asked, "--measured", file, "--draws=16", "-q"))


# --- JSON -----------------------------------------------------------------------------------------

JSON = st.one_of(
    values,
    st.sampled_from([None, True, [], {}, [[]], 0, -1, 10**30, 1e308, "auto", ["x"] * 3]),
    st.integers(-1, 1_000_000),
    st.floats(),
)


@st.composite
def altered(draw, documents):
    """Return a JSON document some of whose entries, however deep, are others or are gone."""
    document = json.loads(json.dumps(draw(documents)))
    for _ in range(draw(st.integers(0, 4))):
        inside = document
        while isinstance(inside, (dict, list)) and inside:
            keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
            key = draw(st.sampled_from(keys))
            if isinstance(inside[key], (dict, list)) and inside[key] and draw(st.booleans()):
                inside = inside[key]
                continue
            if draw(st.integers(0, 3)):
                inside[key] = deepcopy(draw(JSON))
            else:
                del inside[key]
            break
    return json.dumps(document)


CONFIG_QUESTIONS = [
    ("pretrain", "--tokens=1T", "--chip=h100-sxm"),
    ("inference",),
    ("posttrain", "--recipe=chat"),
    ("catalogue",),
]


@CALM
@given(
    asked=st.sampled_from(CONFIG_QUESTIONS),
    raw=damaged(altered(st.sampled_from(list(CONFIGS.values())))),
)
def test_any_configuration_of_a_model_is_read_or_refused(run, tmp_path_factory, asked, raw):
    file = written(tmp_path_factory, "config.json", raw)
    draws = () if asked == ("catalogue",) else ("--draws=16",)
    is_calm(run(*asked, "--config", file, "-q", *draws))


OFFERS = [{"id": "example", "name": "Example", "models": [OFFER, OFFER | {"id": "other-70b"}]}]


@st.composite
def publications(draw):
    """Return a publisher's name and its file, something in it changed."""
    name = draw(st.sampled_from(sorted(TABLES)))
    if name == "genai-prices":
        return name, draw(damaged(altered(st.just(OFFERS))))
    return name, draw(damaged(tables(st.just([list(EPOCH), list(EPOCH.values())]))))


@CALM
@given(publication=publications())
def test_any_file_of_a_publisher_is_imported_or_refused(run, tmp_path_factory, publication):
    name, raw = publication
    file = written(tmp_path_factory, "f", raw)
    is_calm(run("catalogue", "import", name, file, "-o", file.parent / "newer"))
