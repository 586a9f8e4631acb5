"""Preparing data: published effort, published mixes, the wall, and identities that always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.catalogue.drawn import DrawnCatalogue
from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import InputError
from frontiercost.core.facts import Draws, Fact
from frontiercost.core.facts import fact_from_text as typed
from frontiercost.cost import research_and_staff
from frontiercost.physics import data_work
from frontiercost.stages.dataprep.cost_lines import costs
from frontiercost.stages.dataprep.mix import FILLS, Portion, default_mix
from frontiercost.stages.dataprep.workload import Inputs, Licence, gain, prepare

CATALOGUE = shipped()
H100 = CATALOGUE.chip("h100-sxm")
PRICE = Fact("price", 2.0, 2.0, 2.0, "USD/chip-hour", "flag:--price", "definition")
SOURCES = sorted(CATALOGUE.data_sources)


def tokens(text, name="tokens"):
    return typed(f"input/{name}", text, "token", "flag:--tokens")


def one(name, text="15T", **more):
    return Inputs((Portion(CATALOGUE.data_source(name), tokens(text)),), H100, **more)


def mixed(text, **more):
    return Inputs(default_mix(tokens(text), CATALOGUE), H100, **more)


def prepared(inputs, count=2048):
    draws = Draws(count)
    return prepare(inputs, DrawnCatalogue(CATALOGUE, draws)), draws


def bill(inputs, count=2048, pay="frontier"):
    work, draws = prepared(inputs, count)
    return {
        c.id: c for c in costs(work, inputs, PRICE, pay, DrawnCatalogue(CATALOGUE, draws))
    }, draws


def summed(lines):
    return sum(line.cost for line in lines.values())


# --- published effort ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "hours", "widest"),
    [
        (lambda work: work.sum(lambda source: source.classifier_hours), 6_000, 8),
        (lambda work: work.ablation_hours, 80_000, 4),
        (lambda work: work.chip_hours, 120_000, 4),
    ],
    ids=["classifier", "ablations", "all that its makers counted elsewhere"],
)
def test_finewebs_effort_lies_inside_intervals_that_say_something(quantity, hours, widest):
    work, draws = prepared(one("common-crawl"), 4096)
    low, median, high = draws.summary(quantity(work))
    assert low <= hours <= high
    assert high / low <= widest
    assert 0.5 < hours / median < 2


def test_reading_a_million_pages_costs_what_olmocr_says():
    inputs = one("pdf-documents", "1B", curation=False, ablations=False)
    lines, draws = bill(inputs, 4096)
    low, _, high = draws.summary(lines["ocr"].cost)
    assert low <= 176 * 2.0 / 2.69 <= high


# --- published mixes ------------------------------------------------------------------------------


def test_the_default_mix_is_olmo_3s_with_its_repeats():
    mix = {part.source.name: part.tokens.value for part in default_mix(tokens("5.93T"), CATALOGUE)}
    assert sum(mix.values()) == pytest.approx(5.93e12)
    assert mix["science-pdfs"] == pytest.approx(805e9, rel=0.01)
    assert mix["stack-edu"] == pytest.approx(409e9, rel=0.01)
    work, _ = prepared(mixed("5.93T"), 0)
    assert work.token_supplies["code"].epochs == pytest.approx(409 / 137, rel=0.01)
    assert work.token_supplies["mathematics"].epochs == pytest.approx(4)


@given(st.floats(1e9, 1e15), st.sampled_from(sorted(CATALOGUE.data_mixes)))
def test_a_mix_adds_up_and_reads_small_sources_no_more_than_is_worthwhile(wanted, name):
    mix = default_mix(tokens(f"{wanted:.6e}"), CATALOGUE, name)
    assert sum(part.tokens.value for part in mix) == pytest.approx(wanted, rel=1e-5)
    for part in mix:
        assert part.tokens.value >= 0
        if part.source.name != FILLS[0]:
            assert part.tokens.value <= 4.0001 * part.source.unique_tokens.value


def test_beyond_one_web_other_languages_documents_and_code_come_before_repeats():
    small, large = (
        {part.source.name: part.tokens.value for part in default_mix(tokens(text), CATALOGUE)}
        for text in ("10T", "60T")
    )
    assert "common-crawl-multilingual" not in small
    assert large["common-crawl-multilingual"] == pytest.approx(5e12)
    assert large["pdf-documents"] == pytest.approx(3e12)
    assert large["common-crawl"] > 15e12


def test_an_uncertain_count_stays_one_count_over_the_parts_of_a_mix():
    work, draws = prepared(mixed("5T..20T"), 256)
    assert np.allclose(work.tokens, draws.sample(tokens("5T..20T")))


def test_an_unknown_mix_gets_the_nearest_one():
    with pytest.raises(InputError, match="did you mean 'olmo-3'"):
        default_mix(tokens("1T"), CATALOGUE, "olmo3")


# --- the wall -------------------------------------------------------------------------------------


@given(st.floats(1e6, 1e16), st.floats(1e6, 1e16))
def test_the_wall_repeats_what_is_missing_and_never_gains(wanted, unique):
    supply = data_work.TokenSupply(wanted, unique, 15.387756)
    assert supply.repeated == pytest.approx(max(wanted - unique, 0), abs=1e-6 * unique)
    assert supply.effective <= wanted * (1 + 1e-9)
    assert supply.effective <= unique * 16.4
    if wanted <= unique:
        assert supply.effective == pytest.approx(wanted)


def test_four_passes_are_worth_three_and_three_quarters():
    work, _ = prepared(one("wikipedia", f"{4 * 3.69e9}"), 0)
    assert work.effective_tokens == pytest.approx(3.7257 * 3.69e9, rel=1e-4)
    assert work.repeated_tokens == pytest.approx(3 * 3.69e9)


def test_sets_made_of_the_same_web_do_not_add_up():
    both = Inputs(
        tuple(
            Portion(CATALOGUE.data_source(name), tokens("10T", name))
            for name in ("fineweb", "nemotron-cc")
        ),
        H100,
    )
    work, _ = prepared(both, 0)
    assert work.unique_tokens == 15e12
    assert work.repeated_tokens == pytest.approx(5e12)


@given(st.sampled_from(SOURCES), st.sampled_from(["1T", "20T", "200T"]))
def test_a_further_source_never_lowers_what_the_mix_is_worth(name, wanted):
    inputs = mixed(wanted)
    draws = Draws(64)
    work = prepare(inputs, DrawnCatalogue(CATALOGUE, draws))
    added = gain(work, CATALOGUE.data_source(name), DrawnCatalogue(CATALOGUE, draws))
    assert np.min(added) >= -1e-6 * np.min(work.tokens)


def test_beyond_the_wall_a_platforms_own_posts_are_worth_more_than_a_licence():
    inputs = mixed("200T")
    draws = Draws(2048)
    work = prepare(inputs, DrawnCatalogue(CATALOGUE, draws))
    own, bought = (
        draws.summary(
            gain(work, CATALOGUE.data_source(name), DrawnCatalogue(CATALOGUE, draws))
        ).median
        for name in ("own-platform", "news-licensed")
    )
    assert own > 100 * bought > 0


# --- identities -----------------------------------------------------------------------------------


@given(st.sampled_from(SOURCES), st.floats(1e8, 1e14))
def test_every_source_can_be_prepared_and_its_costs_are_not_negative(name, wanted):
    inputs = one(name, f"{wanted:.4e}")
    lines, draws = bill(inputs, 32)
    assert lines
    for line in lines.values():
        assert np.all(line.cost >= 0), line.id
        assert line.facts, line.id
        assert all(fact.source for fact in line.facts)
    low, median, high = draws.summary(summed(lines))
    assert 0 < low <= median <= high


@given(st.sampled_from(SOURCES))
def test_the_point_estimate_is_the_vector_of_central_values(name):
    point = summed(bill(one(name, "1T"), 0)[0])
    lines, draws = bill(one(name, "1T"))
    low, _, high = draws.summary(summed(lines))
    assert low < point < high


def test_refined_sets_need_neither_processors_nor_ablations():
    lines, _ = bill(one("fineweb"))
    assert {"cpu", "classifier", "ablations"}.isdisjoint(lines)
    assert {"storage", "curation"} <= lines.keys()
    raw, _ = bill(one("common-crawl"))
    assert {"cpu", "classifier", "ablations", "storage", "curation"} <= raw.keys()


def test_inside_a_programme_ablations_and_people_are_left_to_it():
    lines, _ = bill(mixed("15T", ablations=False, curation=False, classify=False))
    assert {"ablations", "curation", "classifier"}.isdisjoint(lines)


def test_deals_are_paid_each_year_and_purchases_by_what_is_read():
    yearly = typed("input/licence", "$60M/year", "USD/year", "flag:--licence")
    two_years = typed("input/project_time", "2 years", "day", "flag")
    lines, _ = bill(
        one("wikipedia", "1B", licences=(Licence("reddit", yearly),), project_time=two_years)
    )
    assert lines["licences"].cost == pytest.approx(120e6)
    words, _ = bill(one("text-licensed", "1B"), 0)
    assert words["acquisition-text-licensed"].cost == pytest.approx(750e-6 * 1e9)
    works, _ = bill(one("books-settled", "55B"), 0)
    assert works["acquisition-books-settled"].cost == pytest.approx(1.5e9, rel=0.1)


def test_a_faster_chip_takes_fewer_hours():
    slow, fast = (
        prepare(
            Inputs(one("pdf-documents", "1T").mix, CATALOGUE.chip(chip)),
            DrawnCatalogue(CATALOGUE, Draws(0)),
        ).chip_hours
        for chip in ("a100-80g", "b200")
    )
    assert slow > 5 * fast


@given(st.floats(1.1, 100))
def test_work_grows_in_proportion_until_the_source_is_read_to_the_end(factor):
    def raw(wanted):
        return prepared(one("common-crawl", f"{wanted:.6e}"), 0)[0].sum(lambda work: work.raw_bytes)

    assert raw(1e11 * factor) == pytest.approx(factor * raw(1e11), rel=1e-4)
    assert raw(15e12 * factor) == pytest.approx(raw(15e12))


def test_nothing_to_prepare_is_an_error():
    with pytest.raises(InputError, match="no source"):
        prepare(Inputs((), H100), DrawnCatalogue(CATALOGUE, Draws(0)))


# --- around the runs ------------------------------------------------------------------------------


@given(st.floats(0, 9), st.floats(1e3, 1e9))
def test_parts_of_experiments_sum_to_them_and_are_never_negative(ratio, final):
    draws = Draws(64)
    parts = research_and_staff.experiment_parts(
        final, ratio * final, "evaluation_share", DrawnCatalogue(CATALOGUE, draws)
    )
    assert set(parts) == {"failed_runs", "evaluation_share", "ablations_and_sweeps"}
    assert np.allclose(sum(parts.values()), ratio * final)
    assert all(np.min(part) >= -1e-9 * final for part in parts.values())


def test_overhead_indirect_costs_and_cash():
    draws = Draws(0)
    assert research_and_staff.overhead(1e6, DrawnCatalogue(CATALOGUE, draws)) == pytest.approx(
        0.2e6
    )
    assert research_and_staff.indirect(1e6, 0.55) == pytest.approx(0.55e6)
    assert sum(research_and_staff.cash_by_year(9e6, 3)) == 9e6


# --- evidence -------------------------------------------------------------------------------------


def test_a_billion_pages_cost_what_a_crawler_paid():
    compressed_kb = 85e12 / 2.64e9 / 1e3  # Common Crawl of December 2024
    terabytes = 1.005e9 * compressed_kb * 1e3 / 1e12
    price = CATALOGUE.data_source("own-crawl").price
    assert terabytes * price.value == pytest.approx(462, rel=0.05)


def test_the_price_of_video_holds_bulk_deals_and_single_clips():
    price = CATALOGUE.data_source("video-licensed").price
    in_bulk = 5e6 / (1e6 * 60)  # Troveo: 5 million USD for 1 million hours
    assert price.low == pytest.approx(in_bulk, rel=0.05)
    assert price.low < 0.75 <= price.value < 3 < price.high  # what it pays for a minute, mostly


def test_people_who_curate_are_as_many_as_papers_name():
    named = {"FineWeb": 8, "RefinedWeb": 9, "Nemotron-CC": 9, "olmOCR": 9, "FineWeb2": 10}
    named |= {"GPT-4, one of ten sources": 3.6, "DCLM": 59}
    half_time_for_nine_months = 0.5 * 0.75
    person_years = CATALOGUE.assumption("curation_per_source")
    taken = [half_time_for_nine_months * people for people in named.values()]
    assert person_years.value == pytest.approx(np.exp(np.mean(np.log(taken))), rel=0.15)
    assert sum(person_years.low <= years <= person_years.high for years in taken) == 6


@pytest.mark.parametrize(
    ("source", "paid"),
    [
        ("images-licensed", [0.03, 35e6 / 400e6, 0.11, 0.22]),  # Freepik … Photobucket
        ("books-scanned", [0.01, 10 / 300, 25 / 300]),  # 1DollarScan, Anthropic's least and most
    ],
    ids=["images", "scans"],
)
def test_prices_of_pages_lie_among_what_was_paid(source, paid):
    price = CATALOGUE.data_source(source).price
    assert min(paid) < price.value < max(paid)
    assert price.low <= 1.5 * min(paid)
    assert max(paid) < price.high


def test_titles_of_books_have_the_price_that_was_offered():
    fact = CATALOGUE.data_source("books-licensed").price
    assert fact.value * 120_000 == pytest.approx(5000, rel=0.02)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("chinchilla", "20 tokens per total parameter are 1.0× the compute-optimal 20"),
        ("deepseek-v3", "400 tokens per active parameter are 20×"),
    ],
)
def test_tokens_are_held_against_the_compute_optimal_number(run, model, says):
    answer = run("dataprep", model, "--more")
    assert answer.code == 0
    assert says in " ".join(answer.out.split())


def test_a_training_run_is_held_against_it_where_it_is_explained(run):
    answer = run("pretrain", "llama-3.1-405b", "--explain")
    assert "Compute-optimal, re-fit of 2024" in answer.out
    assert "Tokens per parameter" not in run("pretrain", "llama-3.1-405b").out
