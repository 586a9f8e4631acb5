import re
import shutil

import pytest

from frontiercost.catalogue.store import SHIPPED, Catalogue
from frontiercost.core.errors import DataError, InputError
from frontiercost.core.units import decimal_year
from frontiercost.render.table import render
from frontiercost.reporting.catalogue import _LISTS as LISTS
from frontiercost.reporting.catalogue import entry, listing

CATEGORIES = {
    "hobbyist",
    "academic-lab",
    "university",
    "nonprofit",
    "philanthropy",
    "public-institution",
    "startup",
    "company",
    "hyperscaler",
    "frontier-lab",
    "government-programme",
    "city-state",
    "consortium",
    "volunteers",
}


def facts_of(catalogue):
    return [fact for _, fact in catalogue.tables()]


def test_it_holds_as_much_as_it_promises(catalogue):
    assert len(catalogue.names("chip")) >= 38
    assert len(catalogue.names("model")) >= 55
    assert len(catalogue.actors) >= 60
    assert {actor.category for actor in catalogue.actors.values()} == CATEGORIES


def test_loaded_facts_carry_unit_source_and_interval(catalogue):
    facts = facts_of(catalogue)
    assert len(facts) > 1000
    for fact in facts:
        assert fact.unit, fact.path
        assert fact.low <= fact.value <= fact.high, fact.path
        assert all(id in catalogue.sources for id in fact.source.split(";")), fact.path


def test_loaded_quotes_and_runs_carry_a_known_source(catalogue):
    for row in (*catalogue.quotes("rental"), *catalogue.quotes("purchase"), *catalogue.runs):
        assert row.source in catalogue.sources, row


def test_every_source_says_what_it_is(catalogue):
    for source in catalogue.sources.values():
        assert source.title, source.id


def test_prices_name_known_chips_and_valid_dates(catalogue):
    chips = set(catalogue.names("chip"))
    for quote in (*catalogue.quotes("rental"), *catalogue.quotes("purchase")):
        assert quote.chip in chips, quote
        assert 2015 < decimal_year(quote.date) < 2027, quote
        assert quote.usd > 0, quote


def test_money_has_its_date(catalogue):
    for actor in catalogue.actors.values():
        for budget in actor.budgets:
            assert re.match(r"\d{4}-\d{2}", budget.money.as_of), actor.name


@pytest.mark.parametrize(
    ("kind", "typed", "name"),
    [
        ("chip", "h100", "h100-sxm"),
        ("chip", "H100_SXM", "h100-sxm"),
        ("chip", "TPUv4", "tpu-v4"),
        ("chip", "m3 ultra", "mac-studio-m3-ultra"),
        ("chip", "Mac Studio M4 Max", "mac-studio-m4-max"),
        ("chip", "dgx spark", "dgx-spark"),
        ("chip", "GB10", "dgx-spark"),
        ("chip", "strix halo", "strix-halo"),
        ("chip", "Ryzen AI Max+ 395", "strix-halo"),
        ("chip", "framework desktop", "framework-desktop"),
        ("chip", "3090", "rtx3090"),
        ("chip", "RTX PRO 6000", "rtx-pro-6000"),
        ("model", "deepseek-ai/DeepSeek-R1", "deepseek-r1"),
        ("model", "meta-llama/Llama-3.1-405B", "llama-3.1-405b"),
        ("model", "GPT4", "gpt-4"),
        ("model", "gpt-3", "gpt-3"),
        ("data", "code", "stack-v3"),
        ("data", "Common Crawl", "common-crawl"),
        ("actor", "ai2", "ai2"),
        ("actor", "Princeton University", "princeton"),
        ("actor", "wikipedia", "wikimedia"),
        ("actor", "msft", "microsoft"),
        ("actor", "openai", "openai"),
        ("actor", "nairr", "nairr"),
    ],
)
def test_names_people_type_resolve(catalogue, kind, typed, name):
    assert catalogue.resolve(kind, typed) == name


def test_every_alias_leads_to_something(catalogue):
    for (kind, alias), name in catalogue.aliases.items():
        assert name in catalogue.names(kind), alias
        assert alias not in catalogue.names(kind) or alias == name, alias


def test_a_wrong_name_gets_the_nearest_one(catalogue):
    with pytest.raises(InputError, match=r"--chip 'h100sxm'.*did you mean 'h100-sxm'"):
        catalogue.chip("h100sxm", "--chip")


def test_parents_and_members_exist(catalogue):
    for actor in catalogue.actors.values():
        assert not actor.parent or actor.parent in catalogue.actors, actor.name
        assert all(member in catalogue.actors for member in actor.members), actor.name


def test_budgets_are_dated_facts_of_one_actor(catalogue):
    microsoft = catalogue.actor("microsoft")
    assert len(microsoft.budgets) > 2
    assert microsoft.budget("2024-08").money.as_of == "2024-06"
    assert microsoft.budget("2018-01") is None
    assert catalogue.actor("mbzuai").budget("2026-11") is None


@pytest.mark.parametrize("name", ["gpt-1", "gpt-2", "gpt-3", "gpt-4", "gpt-4.5", "gpt-5"])
def test_undisclosed_models_are_labelled_estimates(catalogue, name):
    model = catalogue.model(name)
    assert model.estimate
    guesses = [f for f in model.facts.values() if (f.unit, f.confidence) == ("FLOP", "judged")]
    widths = [fact.high / fact.low for fact in guesses]
    assert all(width >= 2 for width in widths)


def test_every_chip_has_a_peak_and_memory(catalogue):
    for name in catalogue.names("chip"):
        chip = catalogue.chip(name)
        assert chip.peak("bf16").value > 1e13
        assert "memory" in chip.facts
        assert chip.generation


def test_a_chip_says_which_precisions_it_has(catalogue):
    with pytest.raises(InputError, match="has no fp4 units; choose from: fp16, bf16, fp8"):
        catalogue.chip("h100-sxm").peak("fp4")


def test_sources_of_data_are_of_every_kind_and_say_what_they_hold(catalogue):
    sources = catalogue.data_sources.values()
    assert {
        *("web crawl", "refined web", "books", "encyclopaedia", "code", "papers", "own crawl"),
        *("licensed", "proprietary", "documents", "images", "video", "synthetic"),
    } <= {source.kind for source in sources}
    for source in sources:
        assert source.unique_tokens.value > 1e9, source.name
        assert source.licence, source.name
        assert ("tokens_per_page" in source.facts) == (source.path == "ocr"), source.name
    deals = [s for s in sources if s.price and s.price.unit == "USD/year"]
    assert len(deals) >= 2


def test_mixes_name_known_sources_and_add_up(catalogue):
    for mix in catalogue.data_mixes.values():
        assert sum(mix.values()) == pytest.approx(1, abs=0.002)
        assert all(catalogue.find("data", part) == part for part in mix)


def test_a_wrong_source_of_data_gets_the_nearest_one(catalogue):
    with pytest.raises(InputError, match=r"--source 'fineweb3'.*did you mean 'fineweb"):
        catalogue.data_source("fineweb3", "--source")


@pytest.mark.parametrize("kind", list(LISTS))
def test_a_list_is_drawn_as_narrow_as_a_terminal(catalogue, kind):
    drawn = render(listing(catalogue, kind), width=80, colour=False)
    assert max(map(len, drawn.splitlines())) <= 80


@pytest.mark.parametrize("name", ["FR", "fra", "France", "france"])
def test_a_grid_is_shown_by_whatever_names_its_country(catalogue, name):
    title = entry(catalogue, "grids", name).tables[0].title
    assert title == "France"


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(SHIPPED, tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("chips/h100-sxm.toml", "989.4 TFLOP/s", "989.4", "no known unit"),
        ("chips/h100-sxm.toml", 'source = "epoch-ml-hardware"', 'source = ""', "no source"),
        ("chips/h100-sxm.toml", "memory = ", "memry = ", "unknown key 'memry'"),
        ("chips/tpu-v4.toml", 'kind = "tpu"', 'kind = "tpus"', "unknown kind 'tpus'"),
        ("models/gpt-4.toml", "8e24 FLOP", "8e26 FLOP", "does not hold"),
        ("models/gpt-4.toml", 'name = "gpt-4"', 'name = "gpt-4', "catalogue file"),
    ],
)
def test_a_broken_file_fails_to_load(copied, file, old, new, says):
    path = copied / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    catalogue = Catalogue(copied)
    kind = catalogue.chip if "chips" in file else catalogue.model
    with pytest.raises(DataError, match=re.escape(says)):
        kind(path.stem)


def test_a_price_without_source_fails_to_load(copied):
    path = copied / "prices" / "rental.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("epoch-hardware-prices", "", 1), encoding="utf-8")
    with pytest.raises(DataError, match="no source"):
        _ = Catalogue(copied).quotes("rental")


@pytest.mark.parametrize("name", ["posttraining_runs", "serving_local"])
def test_the_columns_of_own_tables_are_in_the_catalogue(run, name):
    assert name in run("catalogue", "tables").out
    shown = run("catalogue", "tables", name).out
    column = {"posttraining_runs": "tokens_trained", "serving_local": "decode_tok_s"}[name]
    assert column in shown
