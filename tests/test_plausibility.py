"""Amounts far outside the record are doubted once, on stderr, and change nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.scenario.plausibility import USUAL, doubts
from frontiercost.scenario.scenario import build

FEW = ("--draws", "16", "-q")
LLAMA = ("pretrain", "llama-2-7b")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ((*LLAMA, "--chip", "h100-sxm", "--price", "$98.32/h"), "8 times the highest of the cat"),
        ((*LLAMA, "--chip", "h100-sxm", "--price", "$0.01"), "80 times less than the lowest of"),
        (
            (*LLAMA, "--chip", "a100-40g", "--price", "32.77"),
            "quotes for a100-40g ($4.1/chip-hour)",
        ),
        (("dataprep", "--tokens", "1T", "--price", "500"), "server's price?"),
        (("posttrain", "llama-3.1-8b", "--price", "500"), "server's price?"),
        (("compare", "--price", "500"), "quotes for any chip"),
        (("compare", "llama-2-7b", "--price", "500"), "server's price?"),
        (("pretrain", "--params", "7B", "--tokens", "2M"), "times less than the lowest"),
        (("pretrain", "--params", "7B", "--tokens", "100M"), "0.014 tokens a parameter"),
        (
            ("pretrain", "--params", "7B", "--tokens", "900T"),
            "times the highest of the catalogue's",
        ),
        ((*LLAMA, "--budget", "0.5"), "the catalogue's budgets ($100)"),
        ((*LLAMA, "--mfu", "0.5%"), "the catalogue's runs"),
        ((*LLAMA, "--basis", "own", "--electricity-price", "90 USD/kWh"), "per kWh, not MWh"),
        (
            ("inference", "llama-3.1-8b", "--price", "$9000/Mtok", "--development", "$1M"),
            "times the highest of the catalogue's list prices",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_amount_far_outside_the_record_is_doubted_once(run, flags, says):
    found = run(*flags, *FEW)
    assert found.code == 0
    assert found.err.startswith("warning: ")
    assert found.err.count("\n") == 1
    assert says in found.err
    assert "warning" not in found.out


@pytest.mark.parametrize(
    "flags",
    [
        LLAMA,
        (*LLAMA, "--chip", "h100-sxm", "--price", "$2.50/h"),
        (*LLAMA, "--chip", "h100-sxm", "--price", "$12/h"),
        (*LLAMA, "--price", "0"),
        (*LLAMA, "--budget", "$5"),
        (*LLAMA, "--budget", "$0"),
        (*LLAMA, "--mfu", "45%"),
        ("pretrain", "--params", "7B", "--tokens", "2T"),
        ("pretrain", "--params", "780M", "--tokens", "8.757B", "--chips", "8"),
        ("pretrain", "--budget", "$5M"),
        (*LLAMA, "--solve", "price", "--budget", "$5M"),
        ("inference", "llama-3.1-8b", "--price", "$10/Mtok", "--development", "$1M"),
        ("compare",),
    ],
    ids=" ".join,
)
def test_what_people_ask_is_not_doubted(run, flags):
    assert run(*flags, *FEW).err == ""


@pytest.mark.parametrize("price", ["98 $/h", "98 USD/h", "98", "88 EUR/h", "€88/h"])
def test_a_doubt_does_not_depend_on_how_the_price_is_written(run, price):
    asked = (*LLAMA, "--chip", "h100-sxm", "--price")
    (first, _, reason), (same, _, other) = (
        run(*asked, text, *FEW).err.partition(" is ") for text in ("$98/h", price)
    )
    assert first
    assert same
    assert reason.partition(" times ")[2] == other.partition(" times ")[2] != ""


def test_a_document_holds_a_doubt_in_its_notes_and_nothing_stands_beside_it(run):
    asked = (*LLAMA, "--chip", "h100-sxm", "--draws", "16", "--format", "json")
    found = run(*asked, "--price", "$98.32/h")
    (evaluation,) = json.loads(found.out)["evaluations"]
    assert sum("times the highest" in note for note in evaluation["notes"]) == 1
    assert found.err == ""


def test_a_doubt_changes_no_exit_code_and_is_not_said_where_nothing_is(run):
    asked = (*LLAMA, "--price", "98", "--budget", "$1M", "--draws", "64")
    assert run(*asked, "--fail-over-budget", "-q").code == 3
    quiet = run(*asked, "-qq")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_check_says_a_doubt_among_its_notes(run, tmp_path):
    file = tmp_path / "x.toml"
    file.write_text(
        '[scenario]\nmodel = "llama-2-7b"\nprice = "$98/h"\ndraws = "16"\n'
        '[[assumption]]\nid = "a"\ncondition = "total.median < $1B"\n',
        encoding="utf-8",
    )
    found = run("check", file)
    assert found.code == 0
    assert "times the highest of the catalogue's quotes" in " ".join(found.out.split())


AMOUNTS = {"tokens": "token", "params": "parameter", "budget": "USD", "mfu": "%"}


@given(st.sampled_from(sorted(AMOUNTS)), st.floats(0, 1))
def test_what_is_usual_is_inside_the_record_so_that_it_need_not_be_read(catalogue, key, place):
    low, high = USUAL[key]
    number = low * (high / low) ** place / (0.01 if key == "mfu" else 1)
    kept, USUAL[key] = USUAL[key], (1.0, 0.0)
    try:
        asked = build({"stage": "pretrain", key: f"{number!r} {AMOUNTS[key]}"})
        assert doubts(asked, catalogue, None) == ()
    finally:
        USUAL[key] = kept
