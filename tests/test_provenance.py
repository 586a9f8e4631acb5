"""Every number that an answer reads has unit, date, source and confidence; what is old is said."""

import json
import os
import subprocess
import sys

import pytest

from frontiercost.catalogue.store import SHIPPED
from frontiercost.core.errors import DataError
from frontiercost.core.facts import Draws, Fact, facts_read, read_fact
from frontiercost.core.provenance import provenance
from frontiercost.core.spread import old_share, variance_shares
from frontiercost.core.units import decimal_year
from frontiercost.scenario.scenario import build
from frontiercost.stages.evaluation import evaluate
from frontiercost.stages.posttrain.recipe import recipe_of

CATALOGUED = ("measured", "stated", "estimated", "judged", "definition")
TYPED = ("flag:", "file:")
COMPUTED = ("case", "default:compute-optimal", "default:solve ")
TABLES = (
    *("runs", "posttraining_runs", "rl_breakdown", "posttraining_ratios", "data_mixes"),
    *(
        "people",
        "slow_link_runs",
        "levels",
        "software_eras",
        "frontier_costs",
        "reliability",
        "data_sources",
        "trends",
    ),
    *("budgets", "prices/rental", "prices/purchase"),
)
QUESTIONS = (
    {"stage": "pretrain", "model": "llama-2-7b"},
    {"stage": "pretrain", "model": "deepseek-v3", "recipe": "reasoning", "basis": "own"},
    {"stage": "pretrain", "model": "bloom-176b", "as_built": "true", "actor": ["ai2"]},
    {"stage": "pretrain", "model": "gpt-5", "basis": "amortised", "vendor": "hyperscaler"},
    {
        "stage": "pretrain",
        "params": "7B",
        "tokens": "1T",
        "sites": "4",
        "site_chips": "64",
        "uplink": "1 Gbit/s",
    },
    {"stage": "pretrain", "params": "70B", "tokens": "2T", "chip": "tpu-v5p", "basis": "buy"},
    {"stage": "posttrain", "model": "llama-3.1-8b", "recipe": "rlhf", "budget": "$1M"},
    {"stage": "posttrain", "model": "qwen3-8b", "recipe": "agent"},
    {"stage": "posttrain", "params": "8B", "recipe": "self-critique"},
    {"stage": "inference", "model": "deepseek-v3", "actor": ["princeton"]},
    {"stage": "inference", "model": "llama-3.1-8b", "chip": "mi300x"},
    {"stage": "dataprep", "tokens": "2T", "mix": "llama-1"},
    {"stage": "dataprep", "source": ["pdf-documents:1T", "synthetic:1T"]},
)


def lacking(fact, sources):
    """Which of unit, date, source and confidence a fact lacks."""
    known = all(id in sources for id in fact.source.split(";"))
    dated = bool(fact.as_of) and 2012 < decimal_year(fact.as_of) < 2027
    has = {"unit": fact.unit, "source": known, "date": dated}
    has |= {"confidence": fact.confidence in CATALOGUED}
    return [name for name, there in has.items() if not there]


def recipe_facts(catalogue):
    for name in catalogue.names("recipe"):
        yield from recipe_of(name, catalogue).facts


def test_every_number_of_the_catalogue_has_all_four(catalogue):
    facts = [fact for _, fact in catalogue.tables()] + list(recipe_facts(catalogue))
    assert len(facts) > 2500
    assert {f.path: lacks for f in facts if (lacks := lacking(f, catalogue.sources))} == {}


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_a_table_of_numbers_has_a_known_source_a_date_and_a_confidence(
    catalogue, table
):
    for row in catalogue.sourced_rows(f"{table}.csv"):
        origin = provenance(table, row)
        assert all(id in catalogue.sources for id in origin.source.split(";")), row
        assert origin.as_of
        assert origin.confidence in CATALOGUED


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: " ".join(map(str, asked.values())))
def test_every_number_that_an_answer_reads_has_all_four(catalogue, asked):
    e = evaluate(build(asked | {"draws": "16"}), catalogue)
    inputs = (entry.fact for entry in e.inputs.values())
    read = {fact.path: fact for fact in (*e.facts, *e.fixed, *inputs)}
    loaded = {path: fact for path, fact in read.items() if not fact.source.startswith(TYPED)}
    assert len(loaded) > 40
    lacks = {path: lacking(fact, catalogue.sources) for path, fact in loaded.items()}
    assert {path: what for path, what in lacks.items() if what} == {}
    for fact in read.values():
        assert (fact.confidence == "given") == fact.source.startswith(TYPED), fact


@pytest.mark.parametrize(
    "asked",
    [
        "compare",
        "compare --actor ai2 --years 2026..2027 --grant $1M --people 9",
        "compare --pool ai2,princeton",
        "compare --returns",
        "compare llama-2-7b deepseek-v3",
        "compare deepseek-v3 --category nonprofit",
        "pretrain --budget $1M",
        "pretrain llama-2-7b --sensitivity --own-chips 64|h100",
        "pretrain --params 7B --budget $1M --solve tokens",
        "posttrain llama-3.1-8b --by trend",
        "inference llama-3.1-8b --by demand --by context",
        "backtest pretrain",
        "catalogue actors ai2",
    ],
)
def test_every_number_that_a_command_reads_has_all_four(run, catalogue, asked):
    with facts_read() as read:
        assert run(*(word.replace("|", " ") for word in asked.split())).code == 0
    loaded = [fact for fact in read.values() if not fact.source.startswith((*TYPED, *COMPUTED))]
    assert {f.path: lacks for f in loaded if (lacks := lacking(f, catalogue.sources))} == {}


def test_explain_prints_all_four_of_every_fact(run):
    found = run("posttrain", "llama-3.1-8b", "--explain", "--draws", "16", "--format", "json")
    (read,) = json.loads(found.out)["evaluations"]
    assert read
    text = run("posttrain", "llama-3.1-8b", "--explain", "--draws", "16", "--format", "csv").out
    e = evaluate(build({"stage": "posttrain", "model": "llama-3.1-8b", "draws": "16"}))
    for fact in (*e.facts, *e.fixed):
        assert f"{fact.source}, {fact.as_of}, {fact.confidence}" in text, fact


@pytest.mark.parametrize("missing", ["source", "as_of", "confidence"])
def test_a_number_without_one_of_the_three_does_not_load(missing):
    entry = {"value": "80 GB", "source": "s", "as_of": "2026-11", "confidence": "stated"}
    assert read_fact("chips/x/memory", entry, "B").as_of == "2026-11"
    del entry[missing]
    with pytest.raises(DataError, match=f"chips/x/memory: no {missing}"):
        read_fact("chips/x/memory", entry, "B")


def test_a_date_that_is_none_does_not_load():
    entry = {"value": "80 GB", "source": "s", "as_of": "lately", "confidence": "stated"}
    with pytest.raises(DataError, match="'lately' is not a date"):
        read_fact("chips/x/memory", entry, "B")


def test_a_date_is_inherited_only_together_with_its_source(catalogue):
    """A quantity of a recipe that names another source says that source's date."""
    facts = {fact.path: fact for fact in recipe_facts(catalogue)}
    own = facts["recipes/reasoning/reasoning-rl/steps"]
    assert (own.source, own.as_of) == ("own-judgement", "2026-11-24")
    inherited = facts["recipes/reasoning/general-rl/steps"]
    assert (inherited.source, inherited.as_of) == ("arxiv-2501.12948", "2025-01")


# --- age ------------------------------------------------------------------------------------------


def fact(path, spread, as_of, **more):
    return Fact(path, 1.0, 1 / spread, spread, "x", "s", "stated", as_of, **more)


def shares(*facts):
    draws, total = Draws(4096), 1.0
    for each in facts:
        total = total * draws.sample(each)
    return variance_shares(total, facts, draws)


def test_the_share_of_the_spread_that_is_old_follows_the_squared_spreads():
    """ln total is the sum of ln of the factors: shares are as (ln of the spread) squared."""
    found = shares(fact("old", 4, "2024-06"), fact("new", 2, "2026-10"))
    assert old_share(found, "2026-11") == pytest.approx(0.8, abs=0.02)
    assert old_share(found, "2028-01") == pytest.approx(1)
    assert old_share(found, "2024-09") == 0


def test_what_a_user_typed_is_of_no_age_and_what_is_exact_has_no_spread():
    assert old_share(shares(fact("typed", 2, "")), "2026-11") == 0
    assert old_share(shares(fact("exact", 1, "2020")), "2026-11") is None


def test_an_answer_says_of_when_the_facts_are_that_move_it_most(run):
    found = json.loads(run("pretrain", "llama-2-7b", "--format", "json").out)
    (e,) = found["evaluations"]
    heaviest, old = e["drivers"][0], e["variance_share_older_than_a_year"]
    assert 0 < old <= 1
    said = f"{heaviest['fact']} ({heaviest['variance_share'] * 100:.0f}%, {heaviest['as_of']})"
    assert any(said in note and f"{old * 100:.0f}% of the spread" in note for note in e["notes"])


# --- what is read ---------------------------------------------------------------------------------

OPENED = """
import sys
from pathlib import Path
opened = []
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, Path)):
        opened.append(str(arguments[0]))
sys.addaudithook(hook)
import os
leave = os._exit
def told(code):
    print(*opened, sep="\\n", file=sys.stderr, flush=True)
    leave(code)
os._exit = told
from frontiercost.cli import program
sys.argv = ["frontiercost", *sys.argv[1:]]
program()
"""


def opened_by(*arguments):
    """Return the files of the catalogue that a command opens."""
    found = subprocess.run(
        [sys.executable, "-c", OPENED, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    folder = f"{SHIPPED}{os.sep}"
    return [
        line.removeprefix(folder) for line in found.stderr.splitlines() if line.startswith(folder)
    ]


@pytest.mark.parametrize(
    ("asked", "files", "models", "chips"),
    [
        ("--help", 0, 2, 2),
        ("--version", 1, 2, 2),
        ("pretrain llama-2-7b", 20, 2, 2),
        ("pretrain deepseek-v3 --basis own", 20, 2, 2),
        ("pretrain gpt-5", 18, 2, 2),
        ("posttrain llama-3.1-8b", 19, 2, 2),
        ("inference llama-3.1-8b", 20, 2, 9),
        ("dataprep --tokens 1T", 13, 2, 2),
        ("compare", 62, 27, 6),
        ("catalogue chips h100-sxm", 4, 2, 2),
    ],
)
def test_a_command_reads_no_more_files_than_it_names_and_none_twice(asked, files, models, chips):
    found = opened_by(*asked.split())
    assert len(found) <= files, found
    assert len(set(found)) == len(found), found
    assert sum(name.startswith("models/") for name in found) <= models
    assert sum(name.startswith("chips/") for name in found) <= chips
