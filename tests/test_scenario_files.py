"""Scenario files that extend others, the environment, saved files, facts of one's own."""

import json
import re
import shutil
from pathlib import Path

import pytest

from frontiercost.catalogue.store import at
from frontiercost.core.errors import InputError
from frontiercost.scenario.saving import to_toml
from frontiercost.scenario.scenario import build, of_environment
from frontiercost.stages.evaluation import evaluate

OWN = Path(__file__).parents[1] / "examples" / "own-facts.toml"
RENTAL = '[[own.prices.rental]]\ndate = "2026-10"\nchip = "z1"\n'
CHIP = """\
name = "z1"
label = "Z1 of one's own"
vendor = "nobody"
release = "2026-01-01"
generation = "H100"
peak_bf16 = { value = "2000 TFLOP/s", source = "own", confidence = "stated", as_of = "2026" }
memory = { value = "192 GB", source = "own", confidence = "stated", as_of = "2026" }
memory_bandwidth = { value = "8 TB/s", source = "own", confidence = "stated", as_of = "2026" }
scaleup_bandwidth = { value = "900 GB/s", source = "own", confidence = "stated", as_of = "2026" }
scaleup_domain = { value = "8 chip", source = "own", confidence = "definition", as_of = "2026" }
scaleout_bandwidth = { value = "50 GB/s", source = "own", confidence = "stated", as_of = "2026" }
tdp = { value = "1000 W", source = "own", confidence = "stated", as_of = "2026" }
"""
CONSTANT = """\
[experiments_follower]
value = "0.5 x"
low = "0.4 x"
high = "0.6 x"
source = "own"
confidence = "stated"
as_of = "2026"
"""


@pytest.fixture
def written(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


# --- extends ----------------------------------------------------------------------------------


def test_a_file_takes_what_it_extends_and_replaces_it(written):
    written(
        "base.toml", 'model = "llama-2-7b"\nvendor = "hyperscaler"\n[assumptions]\npue = "1.3"\n'
    )
    top = written("top.toml", 'extends = "base.toml"\nmodel = "llama-2-70b"\n')
    scenario = build({}, top)
    assert scenario.text("model") == "llama-2-70b"
    assert scenario.text("vendor") == "hyperscaler"
    assert scenario.assumptions["pue"].text == "1.3"
    assert "base.toml:2" in scenario.origin("vendor")


def test_files_that_extend_each_other_in_a_circle_are_refused(written):
    written("a.toml", 'extends = "b.toml"\n')
    with pytest.raises(InputError, match=r"b\.toml:1 extends: 'a\.toml' extends itself"):
        build({}, written("b.toml", 'extends = "a.toml"\n').parent / "a.toml")


def test_a_file_that_extends_nothing_there_says_which(written):
    with pytest.raises(InputError, match="no such file"):
        build({}, written("a.toml", 'extends = "absent.toml"\n'))


# --- who wins ---------------------------------------------------------------------------------


def test_flag_beats_environment_beats_file(written):
    file = written("x.toml", 'model = "llama-2-7b"\nvendor = "hyperscaler"\nseed = "1"\n')
    environment = of_environment(
        {"FRONTIERCOST_VENDOR": "marketplace", "FRONTIERCOST_SEED": "2", "FRONTIERCOST_DEBUG": "1"}
    )
    scenario = build({"seed": "3"}, file, environment=environment)
    assert [scenario.text(k) for k in ("model", "vendor", "seed")] == [
        "llama-2-7b",
        "marketplace",
        "3",
    ]
    assert scenario.values["vendor"].set_by == "environment"
    assert scenario.origin("vendor") == "FRONTIERCOST_VENDOR"


def test_the_environment_is_for_stages_that_read_it_and_its_keys_are_checked():
    asked = {"stage": "inference", "model": "llama-3.1-8b"}
    assert (
        "recipe"
        not in build(asked, environment={"recipe": "chat"}, defaults={"stage": "inference"}).values
    )
    with pytest.raises(
        InputError, match="FRONTIERCOST_VENDR: unknown key; did you mean 'FRONTIERCOST_VENDOR'"
    ):
        build({"model": "llama-2-7b"}, environment={"vendr": "x"})


def test_the_command_line_reads_the_environment(run, monkeypatch):
    monkeypatch.setenv("FRONTIERCOST_DRAWS", "64")
    found = run("pretrain", "llama-2-7b", "--vendor", "marketplace", "--format", "json")
    assert json.loads(found.out)["draws"] == 64


# --- saved files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("pretrain", "llama-2-7b", "--tokens", "1T..3T", "--set", "assumptions.pue=1.3"),
        ("posttrain", "llama-3.1-8b", "--recipe", "chat", "--phase", "sft.examples=20k"),
        ("inference", "llama-3.1-8b", "--requests", "10k/day", "--price", "$2/h"),
        ("dataprep", "--source", "common-crawl:1T", "--licence", "news=$1M/year"),
        ("pretrain", "--scenario", OWN),
    ],
    ids=lambda a: a[0],
)
def test_a_saved_file_gives_the_same_document_byte_for_byte(run, tmp_path, arguments):
    file, common = tmp_path / "saved.toml", ("--draws", "64", "--format", "json")
    first = run(*arguments, *common, "--save", file)
    again = run(arguments[0], "--scenario", file, "--format", "json")
    assert first.code == again.code == 0, again.err
    assert first.out == again.out


# --- a folder of own facts ----------------------------------------------------------------------


def test_own_facts_lie_on_top_of_the_shipped_ones(written, tmp_path):
    written("chips/z1.toml", CHIP)
    written("assumptions.toml", CONSTANT)
    found = evaluate(
        build(
            {
                "model": "llama-2-7b",
                "chip": "z1",
                "price": "$3/h",
                "draws": "64",
                "catalogue": str(tmp_path),
            }
        )
    )
    assert found.chip.label == "Z1 of one's own"
    facts = {fact.path: fact for fact in found.facts}
    assert facts["assumptions/experiments_follower"].value == 0.5
    catalogue = at(str(tmp_path))
    assert "z1" in catalogue.names("chip")
    assert "h100-sxm" in catalogue.names("chip")


def test_own_rows_are_added_and_replace_by_name(written, tmp_path):
    header = (at("").root / "actors.csv").read_text(encoding="utf-8").splitlines()[0]
    row = "mine,Our fund,nonprofit,,,,body,,,,,,stated,"
    written("actors.csv", f"{header}\n{row}\n")
    catalogue = at(str(tmp_path))
    assert catalogue.actor("mine").label == "Our fund"
    assert len(catalogue.actors) == len(at("").actors) + 1


def test_a_folder_that_is_not_there_or_has_other_columns_is_said(written, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        at(str(tmp_path / "absent"))
    written("actors.csv", "name,label\nx,y\n")
    with pytest.raises(InputError, match="its columns must be name, label, category"):
        _ = at(str(tmp_path)).actors


# --- own facts in the file -----------------------------------------------------------------------


def test_own_facts_of_a_file_are_used_and_called_one_s_own():
    found = evaluate(build({"draws": "64"}, OWN))
    facts = {fact.path: fact for fact in found.facts}
    chip, tokens = facts["chips/z1/peak_bf16"], facts["models/ours-9b/tokens"]
    assert (chip.value, chip.source) == (1.4e15, "own")
    assert (tokens.low, tokens.high) == (3e12, 5e12)
    assert found.verdicts[0].funds.label == "Our fund"
    assert 1.9 <= facts["prices/rental/z1/specialist/1y"].value <= 2.3


def test_own_actors_of_a_file_stand_on_the_ladder(run, written):
    fund = '[[own.actors]]\nname = "fund"\nlabel = "Our fund"\ncategory = "nonprofit"\n'
    money = '[[own.budgets]]\nactor = "fund"\ndate = "2026-01"\nusd = 9000000\nkind = "flow"\n'
    asked = ("compare", "--scenario", written("x.toml", f'stage = "compare"\n{fund}{money}'))
    assert run(*asked, "--actor", "fund", "--rung", "use", "-q").out.startswith("Our fund")
    assert "Our fund" in run(*asked, "--cost", "$1M", "--more").out


def test_a_file_and_its_own_models_hold_for_each_of_the_models_side_by_side(run):
    asked = ("compare", "ours-9b", "llama-2-7b", "--draws", "16")
    found = run(*asked, "--scenario", OWN, "--format", "json")
    pair = json.loads(found.out)["evaluations"]
    assert [each["chip"] for each in pair] == ["z1", "z1"]
    assert run(*asked, "--scenario", OWN, "-q").out.startswith("Llama 2 7B costs")
    assert "let that file extend it" in run("compare", OWN, OWN, "--scenario", OWN).err


def test_own_facts_replace_shipped_ones_and_a_file_adds_to_those_it_extends(written):
    written("base.toml", 'model = "ours"\n[own.models.ours]\ntotal_params = "1B"\ntokens = "20B"\n')
    top = written(
        "top.toml",
        'extends = "base.toml"\n[own.models.ours]\ntokens = "40B"\n[own.chips.h100-sxm]\n'
        'label = "Ours"\npeak_bf16 = "1 PFLOP/s"\nmemory = "80 GB"\nmemory_bandwidth = "3 TB/s"\n'
        'scaleup_bandwidth = "450 GB/s"\nscaleup_domain = "8 chip"\n'
        'scaleout_bandwidth = "50 GB/s"\ntdp = "700 W"\nchips_per_server = 8\n',
    )
    found = evaluate(build({"draws": "0", "chip": "h100-sxm"}, top))
    assert found.chip.label == "Ours"
    assert found.model.facts["tokens"].value == 40e9
    assert found.model.facts["total_params"].value == 1e9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[own.chip.z1]\nlabel = "Z"', "own.chip: unknown table"),
        ("own = 3", "own: must be a table"),
        ("[[own.chips]]\ntdp = 3", r"own.chips: write \[own.chips.NAME\]"),
        ('[own.chips]\nz1 = "fast"', "own.chips.z1: must be a table"),
        ('[own.chips.z1]\ntdp = "many W"', "own.chips.z1.tdp 'many W'"),
        ('[own.chips.z1]\nspeed = "3"', "own.chips.z1: unknown key"),
        ('[own.prices.rental]\ndate = "2026"', r"write \[\[own.prices.rental\]\]"),
        ('[[own.budgets]]\nactor = "mit"', "own.budgets, entry 1: has no date"),
        ('[[own.budgets]]\nactor = "mit"\ndate = "then"\nusd = 1\nkind = "flow"', "not a date"),
        (RENTAL + "usd_per_chip_hour = -2", "usd_per_chip_hour '-2': must be at least \\$0.0010"),
        (RENTAL + 'usd_per_chip_hour = 2\ntier = "spezialist"', "did you mean 'specialist'"),
        ('[own.chips.z1]\npeak_bf16 = "1 PFLOP/s"', "own.chips.z1: has no memory"),
        (
            '[own.models.m]\ntotal_params = "7B"\nshape = { layers = 3 }',
            "own.models.m: unknown key 'layers'; choose from: .*mixers",
        ),
        ('[[own.actors]]\nname = "m"\nlabel = "M"\ncategory = "bank"', "category 'bank'"),
        ('[[own.sources]]\nid = "a"\ntitel = "b"', "did you mean 'title'"),
    ],
)
def test_what_is_wrong_with_own_facts_is_said_in_a_line(run, written, text, said):
    file = written("own.toml", f"{text}\n")
    found = run("pretrain", "llama-2-7b", "--chip", "z1", "--draws", "0", "--scenario", file)
    assert found.code == 2
    assert found.err.count("\n") == 1
    assert re.search(said, found.err)


PUE = '[pue]\nvalue = "{} x"\nsource = "own-judgement"\nconfidence = "definition"\nas_of = "2026"\n'


@pytest.fixture
def two_folders(tmp_path, monkeypatch):
    """Facts beside the current folder and facts beside a file elsewhere, under one name."""
    for folder, pue in (("here", "1.1"), ("there", "1.9")):
        (tmp_path / folder / "facts").mkdir(parents=True)
        (tmp_path / folder / "facts" / "assumptions.toml").write_text(PUE.format(pue), "utf-8")
    monkeypatch.chdir(tmp_path / "here")
    return Path("..") / "there"


def pue_of(scenario):
    return evaluate(scenario).catalogue.assumption("pue").value


ASKED = 'model = "llama-2-7b"\ndraws = 16\n'


def test_a_folder_that_a_file_names_stands_beside_that_file(two_folders):
    (two_folders / "base.toml").write_text(f'{ASKED}catalogue = "facts"\n', encoding="utf-8")
    assert pue_of(build({}, two_folders / "base.toml")) == 1.9
    assert pue_of(build({}, (two_folders / "base.toml").resolve())) == 1.9
    Path("mine.toml").write_text(f'extends = "{two_folders}/base.toml"\n', encoding="utf-8")
    assert pue_of(build({}, Path("mine.toml"))) == 1.9
    assert pue_of(build({"catalogue": "facts"}, Path("mine.toml"))) == 1.1
    assert pue_of(build({}, Path("mine.toml"), ["catalogue=facts"])) == 1.1


def test_a_folder_of_an_inline_scenario_stands_beside_the_file_of_assumptions(run, two_folders):
    path = two_folders / "budget.toml"
    condition = '[[assumption]]\nid = "a"\ncondition = "chips > 0"\n'
    path.write_text(f'[scenario]\n{ASKED}catalogue = "facts"\n{condition}', encoding="utf-8")
    assert run("check", path, "--record").code == 0
    recorded = path.with_name("budget.baseline.json").read_text(encoding="utf-8")
    shutil.rmtree("facts")
    assert run("check", path).code == 0
    assert str(path.parent.resolve()) not in recorded


@pytest.mark.parametrize("saved", ["saved.toml", "../there/saved.toml", "sub/saved.toml"])
@pytest.mark.parametrize("typed", ["facts", "./facts/", "../there/facts"])
def test_a_saved_file_finds_the_folder_from_wherever_it_lies(two_folders, saved, typed):
    Path("sub").mkdir()
    first = build({"model": "llama-2-7b", "draws": "16", "catalogue": typed})
    Path(saved).write_text(to_toml(first, Path(saved).parent), encoding="utf-8")
    again = build({}, Path(saved))
    assert again.values == first.values
    assert pue_of(again) == (1.9 if "there" in typed else 1.1)
