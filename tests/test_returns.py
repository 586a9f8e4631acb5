"""What ten times the compute bought: pairs that were observed, and what else did."""

import json
import math

import pytest

from frontiercost.analysis.returns import returns
from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import shipped
from frontiercost.core.facts import Draws

CATALOGUE = shipped()
DRAWN = DrawnCatalogue(CATALOGUE, Draws(512))
PAIRS = returns(DRAWN, "2026-11")


def pair(first, other, by=""):
    return next(p for p in PAIRS if (p.first.model, p.other.model, p.by) == (first, other, by))


def test_points_are_what_the_index_says():
    """Llama 3.1: 114.9, 125.2, 128.7; GPT-4 125.7, GPT-4.5 137.4; V3 132.9, R1 139.5."""
    assert DRAWN.median(pair("llama-3.1-8b", "llama-3.1-70b").points) == pytest.approx(10.3, abs=1)
    gained = pair("gpt-4", "gpt-4.5", "Epoch")
    assert gained.other.index.value - gained.first.index.value == pytest.approx(11.7, abs=0.1)
    assert gained.months == pytest.approx(23, abs=1)


def test_ten_times_bought_less_and_less_within_a_family():
    small = pair("llama-3.1-8b", "llama-3.1-70b")
    large = pair("llama-3.1-70b", "llama-3.1-405b")
    tenfold = [p.per_tenfold(math.log10(DRAWN.median(p.compute))) for p in (small, large)]
    assert 8 <= tenfold[0] <= 14
    assert 3 <= tenfold[1] <= 7


def test_the_essays_hundred_times_stands_beside_the_estimates(run):
    times = [DRAWN.median(p.compute) for p in PAIRS if p.other.model == "gpt-4.5"]
    assert times == pytest.approx([18, 10, 100], rel=0.1)
    said = run("compare", "--returns", "-q").out
    for part in ("(Epoch)", "(OpenAI)", "100 times (the essay)"):
        assert part in " ".join(said.split())


def test_what_compute_does_not_explain_is_named():
    rest = pair("deepseek-v3", "deepseek-r1")
    assert rest.per_tenfold(math.log10(rest.compute)) is None
    assert DRAWN.median(rest.rest) > 4
    assert DRAWN.median(pair("gpt-4.5", "deepseek-v3-0324").rest) > 8


def test_only_pairs_of_the_date_are_told(run):
    found = run("compare", "--returns", "--date", "2024-01", "--draws", "16")
    assert found.code == 0
    assert "GPT-4 to" not in found.out
    assert "Falcon-7B to 40B" in found.out
    assert not returns(DRAWN, "2022-01")


def test_the_answer_fits_a_screen_and_the_document_has_the_pairs(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("compare", "--returns").out.splitlines()
    assert len(lines) <= 22
    assert max(map(len, lines)) <= 80
    found = json.loads(run("compare", "--returns", "--format", "json").out)["returns"]
    assert len(found["pairs"]) == len(PAIRS)
    assert all(entry["source"] in CATALOGUE.sources for entry in found["pairs"])
