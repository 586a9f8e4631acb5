"""Thresholds of law on training compute: which are in force, and what is above them."""

import json

import pytest

from frontiercost.catalogue.public_record import legal_thresholds


def passed(run, *asked):
    found = run(*asked, "--draws", "256", "--format", "json")
    assert found.code == 0, found.err
    (evaluation,) = json.loads(found.out)["evaluations"]
    return {law["id"]: law for law in evaluation["legal_thresholds"]}, evaluation["notes"]


@pytest.mark.parametrize(
    ("date", "in_force"),
    [
        ("2023-06", set()),
        ("2024-06", {"us-eo-14110"}),
        ("2025-03", set()),
        ("2025-09", {"eu-general-purpose", "eu-systemic-risk", "eu-modifier"}),
        ("2026-11", {"california-sb-53", "korea-ai-basic-act"}),
        ("2027-02", {"new-york-raise"}),
    ],
)
def test_a_law_is_in_force_from_its_day_until_it_is_revoked(catalogue, date, in_force):
    found = {law.id for law in legal_thresholds(catalogue) if law.in_force(date)}
    assert in_force <= found
    assert ("us-eo-14110" in found) == (date == "2024-06")
    assert ("new-york-raise" in found) == (date == "2027-02")


def test_laws_have_all_that_a_number_needs(catalogue):
    for law in legal_thresholds(catalogue):
        assert law.quantity.source in catalogue.sources
        assert all((law.quantity.as_of, law.quantity.at, law.means, law.jurisdiction)), law.id
        assert law.applies_to in ("model", "modification")


@pytest.mark.parametrize(
    ("asked", "above"),
    [
        ("pretrain llama-2-7b", set()),  # 8e22 FLOP
        ("pretrain llama-2-70b", {"eu-general-purpose"}),
        ("pretrain llama-3.1-405b", {"eu-general-purpose", "eu-systemic-risk"}),
        ("pretrain llama-3.1-405b --date 2025-01", set()),
        ("pretrain --params 1T --tokens 100T --active-params 500B --chip gb200-nvl72 --mfu 30%"
         " --chips 100k",
         {"eu-general-purpose", "eu-systemic-risk", "california-sb-53", "korea-ai-basic-act"}),
        ("posttrain llama-3.1-405b", {"eu-general-purpose", "eu-systemic-risk"}),
        ("inference llama-3.1-8b", set()),
        ("dataprep --tokens 1T", set()),
    ],
)  # fmt: skip
def test_a_training_is_above_what_is_below_its_compute(run, asked, above):
    found, _ = passed(run, *asked.split())
    assert {id for id, law in found.items() if law["above"]} == above


def test_a_modification_counts_from_a_third_of_its_base(run):
    asked = ("posttrain", "llama-2-70b", "--recipe", "chat", "--phase")
    little, _ = passed(run, *asked, "sft.examples=10k")
    much, notes = passed(run, *asked, "sft.examples=10B")
    assert "eu-modifier" not in little
    assert much["eu-modifier"]["above"]
    assert "above 0.33× of its base's: who modifies" in " ".join(notes)


def test_no_modifier_of_a_model_that_is_not_general_purpose(run):
    found, _ = passed(run, "posttrain", "llama-2-7b", "--phase", "sft.examples=10B")
    assert "eu-modifier" not in found


def test_an_interval_across_a_threshold_says_how_often_it_is_above(run):
    asked = ("pretrain", "--params", "70B", "--tokens", "10T..40T", "--chip", "h100-sxm")
    found, notes = passed(run, *asked)
    law = found["eu-systemic-risk"]
    assert 0 < law["probability_above"] < 1
    assert f"({100 * law['probability_above']:.0f}% of draws)" in " ".join(notes)
    assert law["above"] == (law["measured"]["median"] > law["threshold"])


def test_one_line_names_the_highest_of_an_act_and_its_source(run):
    said = " ".join(run("pretrain", "llama-3.1-405b", "--draws", "16", "--more").out.split())
    assert said.count("By law:") == 1
    assert (
        "By law: its training is above 1e25 FLOP: presumed to be of systemic risk (EU AI Act, "
        "Article 51(2))." in said
    )
