"""Files of publishers become rows of a catalogue: all of them, or named with the reason."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.catalogue.store import Catalogue, at, shipped
from frontiercost.core.errors import FrontierCostError
from frontiercost.upstream import folder
from frontiercost.upstream.reading import plain_text, slug
from frontiercost.upstream.registry import MODULES, publisher, renewal
from upstream_files import EPOCH, FLOP, TABLES, epoch_file, price_file, read, renewed

EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\0\0",
        b"a,b,c\n1,2,3\n",
        b"{}",
        b"[[[[1]]]]",
        b"[" * 100_000,
        b"providers = 3\n",
        b"providers = [Provider(models=[ModelInfo(prices=date())])]\n",
        b"PK\x03\x04 no zip",
        EMPTY_ZIP,
        b"\xff\xfe",
    ],
    ids=lambda content: repr(content[:12]),
)
def test_a_file_of_another_kind_is_refused_with_the_reason(run, tmp_path, name, content):
    path = tmp_path / "f"
    path.write_bytes(content)
    found = run("catalogue", "import", name, path, "-o", tmp_path / "newer")
    assert found.code == 2
    assert "FILE" in found.err
    assert found.err.count("\n") == 1
    assert not (tmp_path / "newer").exists()


def test_a_table_of_each_publisher_is_none_of_the_other(run, tmp_path):
    models, prices = epoch_file(tmp_path / "f.csv", {}), price_file(tmp_path / "f.json", {})
    assert "is no data of genai-prices" in run("catalogue", "import", "genai-prices", models).err
    assert "it has no column 'model'" in run("catalogue", "import", "epoch", prices).err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["import"], "name a publisher and its file"),
        (["import", "epoch"], "name a publisher and its file"),
        (["import", "epok", "f.csv"], "did you mean 'epoch'?"),
        (["import", "epoch", "nofile.csv"], "no such file"),
        (["import", "epoch", "f.csv", "--date", "soon"], "--date 'soon'"),
        (["chips", "h100-sxm", "f.csv"], "UPSTREAM has no effect here"),
        (["chips", "--date", "2026-11"], "--date has no effect here"),
        (["chips", "--revise"], "--revise has no effect here"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(run, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    epoch_file(Path("f.csv"), {})
    found = run("catalogue", *arguments)
    assert found.code == 2
    assert says in found.err


def test_a_folder_with_other_content_is_left_alone(run, tmp_path):
    path = epoch_file(tmp_path / "f.csv", {})
    (tmp_path / "home").mkdir()
    (tmp_path / "home/diary.txt").write_text("x", encoding="utf-8")
    for target, says in ((tmp_path / "home", "holds 'diary.txt'"), (path, "is no folder")):
        found = run("catalogue", "import", "epoch", path, "-o", target)
        assert found.code == 2
        assert says in found.err
    assert [file.name for file in (tmp_path / "home").iterdir()] == ["diary.txt"]


def test_imports_at_the_same_time_take_turns(tmp_path):
    files = [
        price_file(tmp_path / f"{name}.json", {"id": name}, provider=name)
        for name in ("first", "second", "third", "fourth")
    ]
    program = [sys.executable, "-m", "frontiercost", "catalogue", "import", "genai-prices"]
    output = tmp_path / "not there yet" / "newer"
    runs = [subprocess.Popen([*program, file, "-qq", "-o", output]) for file in files]
    assert [each.wait() for each in runs] == [0] * len(runs)
    rows = at(str(output)).rows(TABLES["genai-prices"])
    assert {file.stem for file in files} <= {row["provider"] for row in rows}


def test_what_a_killed_run_left_does_not_stop_an_import(imported, tmp_path):
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / f".{0:016x}.tmp").write_text("half", encoding="utf-8")
    said, rows = imported("epoch", epoch_file(tmp_path / "f.csv", {}))
    assert (said.code, len(rows)) == (0, 1)


def test_without_a_folder_nothing_is_written_and_scripts_get_every_row(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = epoch_file(tmp_path / "f.csv", *({"Model": f"M{n}"} for n in range(30)))
    before = sorted(tmp_path.iterdir())
    shown = run("catalogue", "import", "epoch", path)
    assert "New: 8 of 30" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    document = json.loads(run("catalogue", "import", "epoch", path, "--format", "json").out)
    tables = {table["title"]: table["rows"] for table in document["tables"]}
    assert [row["name"] for row in tables["New"]] == [f"m{n}" for n in range(30)]
    assert run("catalogue", "import", "epoch", path, "--format", "csv").out.count("New,") >= 30
    assert sorted(tmp_path.iterdir()) == before


HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["=1+1", "@x", "\x1b[2J", "::error::x", "1e400", "-1", "nan", "٣", '"', "a\nb", "A" * 9_999]
    ),
    st.floats().map(str),
)


@given(rows=st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(EPOCH, HOSTILE)), max_size=4))
def test_whatever_stands_in_a_cell_the_folder_can_be_read(tmp_path_factory, rows):
    home = tmp_path_factory.mktemp("hostile")
    reading = read("epoch", epoch_file(home / "f.csv", *rows))
    assert reading.count == len(reading.rows) + sum(
        cell.column in ("", "model") for cell in reading.unread
    )
    result = renewal(shipped(), reading, publisher("epoch"))
    folder.add(home / "out" / TABLES["epoch"], result.rows, shipped().columns(TABLES["epoch"]))
    catalogue = Catalogue(overlay=home / "out")
    for row in result.rows:
        model = catalogue.model(row["name"])
        assert model.label == plain_text(model.label)


@given(
    models=st.recursive(
        HOSTILE | st.none() | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "id",
                        "prices",
                        "input_mtok",
                        "output_mtok",
                        "tiers",
                        "start",
                        "base",
                        "price",
                        "constraint",
                        "start_date",
                        "start_time",
                        "price_variants",
                        "when",
                    ]
                ),
                inner,
            )
        ),
    )
)
def test_whatever_a_price_file_holds_is_read_or_refused(tmp_path_factory, models):
    path = tmp_path_factory.mktemp("prices") / "f.json"
    path.write_text(json.dumps([{"id": "x", "models": models}]), encoding="utf-8")
    try:
        result = renewed("genai-prices", path)
    except FrontierCostError:
        return
    for row in result.rows:
        assert float(row["usd_per_mtoken_read"]) >= 0


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("π0.6", "pi0.6"),  # Physical Intelligence's models
        ("Command R+", "command-r-plus"),
        ("CodeT5+", "codet5-plus"),
        ("Ångström α-β", "angstrom-alpha-beta"),
        ("Ørsted", "orsted"),
        ("文心", ""),
    ],
)
def test_a_letter_of_another_alphabet_is_written_out(name, made):
    assert slug(name) == made


@given(st.text())
def test_an_id_is_made_of_letters_digits_dots_and_hyphens(name):
    assert set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    assert slug(slug(name)) == slug(name)


def test_a_large_import_is_one_file_that_is_read_when_models_are(
    imported, run, tmp_path, monkeypatch
):
    rows = [{"Model": f"M{n}", FLOP: "1e24"} for n in range(3_000)]
    imported("epoch", epoch_file(tmp_path / "f.csv", *rows))
    opened = []
    real = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda p, **how: opened.append(p) or real(p, **how))
    asked = ("pretrain", "m2999", "--draws", "16", "-q", "--catalogue", tmp_path / "newer")
    assert run(*asked).code == 0
    mine = [path for path in opened if tmp_path in path.parents]
    assert {path.name for path in mine} == {TABLES["epoch"]}
    assert not [path for path in opened if path.parent.name == "models"]


def test_a_publisher_is_a_module_and_a_row():
    home = Path(folder.__file__).parent
    with_publisher = {
        path.stem
        for path in home.glob("*.py")
        if "PUBLISHER = " in path.read_text(encoding="utf-8")
    }
    assert with_publisher == set(MODULES.values())
    for name in MODULES:
        assert publisher(name).sources <= shipped().sources.keys()
        assert publisher(name).table in folder.FILES
