"""Emissions are of the electricity of a place: a country asked for, or where a model was built."""

import json

import pytest

from frontiercost.catalogue.public_record import grid_carbon

LLAMA = ("pretrain", "llama-2-7b", "--programme", "final-run", "--draws", "16")


def tonnes(run, *asked):
    found = run(*asked, "--format", "json")
    assert found.code == 0, found.err
    (evaluation,) = json.loads(found.out)["evaluations"]
    return evaluation["workload"]["emissions_tco2e"]["median"], evaluation


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("bloom-176b", 30),  # arXiv 2211.02001, with PUE: 24.7 t before it, 50.5 t with all else
        ("gpt-3", 552),  # arXiv 2104.10350, table 4
        ("opt-175b", 76),  # arXiv 2211.02001, with PUE
    ],
)
def test_published_emissions_come_out(run, model, published):
    emitted, _ = tonnes(run, "pretrain", model, "--as-built", "--programme", "final-run")
    assert emitted == pytest.approx(published, rel=0.15)


def test_the_country_asked_for_scales_the_emissions_and_is_an_input(run, catalogue):
    french, evaluation = tonnes(run, *LLAMA, "--grid", "FR")
    polish, _ = tonnes(run, *LLAMA, "--grid", "Poland")
    grids = [grid_carbon(catalogue, name, "2026-11").value for name in ("FR", "PL")]
    assert polish / french == pytest.approx(grids[1] / grids[0], rel=0.1)
    known = evaluation["inputs"]["carbon_intensity"]
    assert (known["value"], known["as_of"], known["set_by"]) == (grids[0], "2024", "flag")
    assert "electricity in France at 44 g CO2e/kWh" in " ".join(evaluation["notes"])
    assert "without making the chips" in " ".join(evaluation["notes"])


@pytest.mark.parametrize("asked", ["posttrain llama-3.1-8b", "inference llama-3.1-8b"])
def test_every_stage_has_a_place(run, asked):
    usual, _ = tonnes(run, *asked.split(), "--draws", "16")
    swedish, _ = tonnes(run, *asked.split(), "--draws", "16", "--grid", "sweden")
    assert swedish < usual / 5


def test_a_model_as_built_says_where_or_that_nobody_does(run):
    said = run("pretrain", "falcon-180b", "--as-built", "--draws", "16", "--more").out
    assert "Where it was trained is not published" in said


def test_what_is_typed_stands_above_what_was_published(run):
    asked = ("pretrain", "bloom-176b", "--as-built", "--draws", "16", "--programme", "final-run")
    built, _ = tonnes(run, *asked)
    typed, _ = tonnes(run, *asked, "--set", "assumptions.carbon_intensity=570 gCO2e/kWh")
    moved, _ = tonnes(run, *asked, "--grid", "Poland")
    assert typed == pytest.approx(10 * built, rel=0.1)
    assert moved > 5 * built


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--grid", "Frnce"), "--grid 'Frnce': no such country; did you mean 'France'?"),
        (
            ("--grid", "FR", "--set", "assumptions.carbon_intensity=50 gCO2e/kWh"),
            "give one; both are of the grid",
        ),
    ],
)
def test_an_unknown_country_or_two_grids_are_refused(run, asked, says):
    found = run(*LLAMA, *asked)
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert says in found.err


def test_a_year_outside_the_table_takes_the_nearest_and_names_have_three_spellings(catalogue):
    years = [grid_carbon(catalogue, "FR", date).as_of for date in ("2015", "2022-03", "2030-01")]
    assert years == ["2019", "2022", "2024"]
    assert (
        len({grid_carbon(catalogue, name, "2023").path for name in ("DE", "deu", "Germany")}) == 1
    )
    assert grid_carbon(catalogue, "", "2023") is None
