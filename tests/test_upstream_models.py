"""Epoch AI's tables of models become entries: what is taken, what gives way, what is named."""

import json

import pytest

from frontiercost.catalogue.store import at, shipped
from frontiercost.core.provenance import SPREADS
from frontiercost.upstream.registry import publisher
from upstream_files import BETWEEN, FLOP, NO_COUNTS, OLDER, epoch_file, read, renewed


@pytest.mark.parametrize("renamed", [{}, BETWEEN, OLDER], ids=["newest", "between", "oldest"])
def test_columns_of_each_edition_say_the_same(tmp_path, renamed):
    row = {FLOP: "3.24e23", "Training hardware": "NVIDIA H100 SXM5 80GB", "Hardware quantity": "64"}
    (found,) = read("epoch", epoch_file(tmp_path / "f.csv", row, renamed=renamed)).rows
    assert found["name"] == "example-9b"
    assert float(found["total_params"]) == 9e9
    assert float(found["tokens"]) == 6e12
    assert float(found["training_flop"]) == 3.24e23
    assert (found["chip"], found["chips"]) == ("h100-sxm", "64")


def test_a_model_is_priced_by_name_by_its_compute_or_by_its_counts(run, imported, tmp_path):
    compute = [{"Model": f"C{n}", FLOP: f"{n}e23", "Parameters": ""} for n in (1, 8)]
    said, rows = imported("epoch", epoch_file(tmp_path / "f.csv", {}, *compute))
    assert said.code == 0
    assert len(rows) == 3

    def chip_hours(name):
        asked = ("pretrain", name, "--catalogue", tmp_path / "newer", "--format", "json")
        answer = run(*asked, "--draws", "64")
        assert answer.code == 0, answer.err
        return json.loads(answer.out)["evaluations"][0]["workload"]["chip_hours"]["median"]

    assert chip_hours("c8") == pytest.approx(8 * chip_hours("c1"), rel=0.05)
    assert chip_hours("example-9b") == pytest.approx(3.24 * chip_hours("c1"), rel=0.6)


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ({"Domain": "Vision"}, "dataset", "no tokens"),
        ({FLOP: "1e20"}, "dataset", "not 6 x params x tokens"),
        ({"Base model": "Llama 2-7B"}, "dataset", "tokens of a change alone"),
        ({"Training dataset size (total)": "2260275840,2290000001"}, "dataset", "two numbers"),
        ({"Parameters": "12000"}, "parameters", "outside"),
        ({"Parameters": "1e999"}, "parameters", "outside"),
        ({"Parameters": "many"}, "parameters", "no plain number"),
        ({"Parameters notes": "12B active"}, "notes", "active parameters of"),
        ({"Publication date": "5 October 2026"}, "date", "no date"),
        ({"Training hardware": "NVIDIA GeForce GTX 580"}, "hardware", "no such chip"),
        ({"Training hardware": "NVIDIA A100,Google TPU v4"}, "hardware", "several kinds"),
    ],
)
def test_a_cell_that_is_not_used_is_named_with_the_reason(tmp_path, row, column, why):
    reading = read("epoch", epoch_file(tmp_path / "f.csv", row), date="2026-10")
    assert len(reading.rows) == 1
    (unread,) = reading.unread
    assert column in unread.column
    assert why in unread.why
    assert (unread.line, unread.name) == (2, "Example 9B")


def test_a_row_of_a_file_without_any_date_is_not_read_until_one_is_given(tmp_path):
    file = epoch_file(tmp_path / "f.csv", {"Publication date": ""})
    reading = read("epoch", file)
    assert [unread.why for unread in reading.unread] == [
        "no date in the file; give `date`, when it was published"
    ]
    (row,) = read("epoch", file, date="2026-10").rows
    assert row["as_of"] == "2026-10"


def test_epochs_count_and_active_parameters_are_read_from_their_note(tmp_path):
    row = {"Epochs": "2", "Parameters notes": "9B total, 1.5B active", FLOP: "1.08e23"}
    (found,) = read("epoch", epoch_file(tmp_path / "f.csv", row)).rows
    assert float(found["tokens"]) == 12e12
    assert float(found["active_params"]) == 1.5e9


@pytest.mark.parametrize(
    ("grade", "factor"), [("Confident", 3), ("Likely", 10), ("Speculative", 30), ("", 30)]
)
def test_the_less_is_known_the_wider_is_the_compute(tmp_path, grade, factor):
    path = epoch_file(tmp_path / "f.csv", {"Confidence": grade, FLOP: "3.24e23"})
    (found,) = read("epoch", path).rows
    assert float(found["training_flop_high"]) == pytest.approx(3.24e23 * factor, rel=1e-5)
    assert float(found["training_flop_low"]) == pytest.approx(3.24e23 / factor, rel=1e-5)


def test_every_imported_number_has_unit_date_source_and_confidence(imported, tmp_path):
    row = {"Model": "B", FLOP: "1e24", "Training hardware": "NVIDIA H100 SXM5 80GB"}
    imported("epoch", epoch_file(tmp_path / "f.csv", {}, row | {"Hardware quantity": "1"}))
    catalogue = at(str(tmp_path / "newer"))
    facts = [f for n in ("example-9b", "b") for f in catalogue.model(n).facts.values()]
    facts += catalogue.model("b").built.values()
    assert len(facts) >= 5
    for fact in facts:
        assert fact.unit, fact
        assert fact.as_of == "2026-10-05", fact
        assert fact.source in catalogue.sources, fact
        assert fact.confidence in SPREADS, fact
        assert fact.low < fact.high, fact


def test_a_figure_gives_way_only_to_a_newer_one_of_its_publisher(tmp_path):
    text = 'name = "x"\nlabel = "X"\nrelease = "2026-10"\n'
    fact = '{{ value = "{}", source = "{}", confidence = "stated", as_of = "{}" }}\n'
    theirs, others = "epoch-notable-models", "own-judgement"
    for name, source, as_of in (
        ("o", theirs, "2026-01"),
        ("n", theirs, "2026-12"),
        ("p", others, "2020"),
    ):
        flop = fact.format("1e23 FLOP", source, as_of)
        (tmp_path / "mine/models").mkdir(parents=True, exist_ok=True)
        file = tmp_path / "mine/models" / f"{name}.toml"
        file.write_text(f"{text.replace('x', name)}training_flop = {flop}", encoding="utf-8")
    rows = [NO_COUNTS | {"Model": name, FLOP: "4e23"} for name in "onp"]
    catalogue = at(str(tmp_path / "mine"))
    path = epoch_file(tmp_path / "f.csv", *rows)
    kept = renewed("epoch", path, catalogue)
    assert {change.holds for change in kept.changed} == {"catalogue"}
    assert kept.rows == []
    found = renewed("epoch", path, catalogue, revise=True)
    changes = {c.name: c for c in found.changed if c.figure == "training_flop"}
    assert {name: change.holds for name, change in changes.items()} == {
        "o": "file",
        "n": "catalogue",
        "p": "catalogue",
    }
    assert {(c.before, c.now, c.factor) for c in changes.values()} == {(1e23, 4e23, 4)}
    assert all(change.is_far for change in changes.values())
    assert [row["name"] for row in found.rows] == ["o"]


def test_what_the_publisher_gives_no_longer_is_told_from_what_the_file_does_not_hold(tmp_path):
    entry = {"Model": "GPT-4", "Publication date": "2023-03-15", **NO_COUNTS}
    found = renewed("epoch", epoch_file(tmp_path / "f.csv", entry))
    cited = {
        name
        for name in shipped().names("model")
        for key, fact in shipped().model(name).facts.items()
        if fact.source in publisher("epoch").sources
        and key in ("total_params", "active_params", "tokens", "training_flop")
        and fact.path.split("/")[1] == name
    }
    assert {(c.name, c.figure) for c in found.withdrawn} == {("gpt-4", "training_flop")}
    assert {change.name for change in found.absent} == cited - {"gpt-4"}


def test_a_known_model_answers_as_before_until_it_is_to_be_revised(run, imported, tmp_path):
    """Tokens beside GPT-4's published compute would nearly double its chip-hours."""

    def chip_hours(*more):
        asked = ("pretrain", "gpt-4", "--draws", "64", "--format", "json", *more)
        return json.loads(run(*asked).out)["evaluations"][0]["workload"]["chip_hours"]["median"]

    row = {"Model": "GPT-4", "Publication date": "2023-03-15", "Parameters": "1.8e12"}
    path = epoch_file(tmp_path / "f.csv", row | {"Training dataset size (total)": "4.9e12"})
    said, rows = imported("epoch", path)
    assert rows == []
    assert "priced by its compute" in said.out
    grown = row | {FLOP: "5e25", "Training dataset size (total)": ""}
    told, rows = imported("epoch", epoch_file(tmp_path / "g.csv", grown))
    assert rows == []
    assert "Answers would move with the file by more than 1.5×: gpt-4 2.4×." in told.out
    told, rows = imported("epoch", tmp_path / "g.csv", "--revise")
    assert [row["name"] for row in rows] == ["gpt-4"]
    assert "Answers move with the file by more than 1.5×: gpt-4 2.4×." in told.out
    moved = chip_hours("--catalogue", tmp_path / "newer")
    assert moved == pytest.approx(5 / 2.1 * chip_hours(), rel=0.3)


def test_two_models_of_one_name_do_not_become_one(tmp_path):
    long_ago = {"Model": "GPT-3", "Publication date": "1999-01-01", "Organization": "Others"}
    rows = [{}, {"Organization": "Other Lab"}, {"Organization": "Other Lab"}, long_ago]
    path = epoch_file(tmp_path / "f.csv", *rows)
    reading = read("epoch", path)
    assert [row["name"] for row in reading.rows] == [
        "example-9b",
        "example-9b-other-lab",
        "gpt-3",
    ]
    assert [cell.why for cell in reading.unread] == ["a row above has this name and developer"]
    assert "gpt-3-others" in {entry.name for entry in renewed("epoch", path).new}


def test_compute_at_the_limit_of_what_is_read_has_an_interval(imported, tmp_path):
    found, rows = imported("epoch", epoch_file(tmp_path / "f.csv", NO_COUNTS | {FLOP: "3"}))
    assert (found.code, rows[0]["training_flop_low"]) == (0, "1")
