"""Empty is not absent: the variable of a shell that is not set gives no other answer."""

import pytest

from frontiercost.cli.app import COMMANDS, STAGES
from frontiercost.core.errors import InputError
from frontiercost.scenario.flags import FLAGS, KEYS, flags_of
from frontiercost.scenario.scenario import build

TEXTS = [
    (command, flag)
    for command in COMMANDS
    for flag in flags_of(command, stage=command in STAGES)
    if not flag.counts and flag.reader.kind != "switch"
]
BLANKS = ("", " ", "\t", "\u00a0")


BEFORE = {"name": ["chips"], "upstream": ["import", "epoch"]}
"""Arguments that stand before another one."""


@pytest.mark.parametrize(
    ("command", "flag"), TEXTS, ids=[f"{command} {flag.spelling}" for command, flag in TEXTS]
)
@pytest.mark.parametrize("blank", ["", "  "], ids=["empty", "blank"])
def test_no_flag_or_argument_can_be_empty(run, command, flag, blank):
    words = [blank] if flag.argument else [flag.spelling, blank]
    if flag.argument and flag.name in BEFORE:
        words = [*BEFORE[flag.name], blank]
    elif command == "check" and not flag.argument:
        words = ["x.toml", *words]
    found = run(command, *words)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(f"error: {flag.spelling} '")
    assert "is empty" in found.err
    assert found.err.count("\n") == 1


@pytest.mark.parametrize("key", [key for key in KEYS if KEYS[key].reader.kind != "switch"])
@pytest.mark.parametrize("blank", BLANKS)
def test_no_key_can_be_empty_wherever_it_is_set(tmp_path, key, blank):
    file = tmp_path / "x.toml"
    file.write_text(f'{key} = "{blank}"\n', encoding="utf-8")
    for ways in (
        {"given": {key: blank}},
        {"given": {}, "settings": [f"{key}={blank}"]},
        {"given": {}, "environment": {key: blank}},
        {"given": {}, "file": file},
    ):
        with pytest.raises(InputError, match=r"is empty|write it as sft\.examples=50k"):
            build(**ways)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('actor = ["ai2", ""]', "x.toml:1 actor '': is empty"),
        ('\n[assumptions]\npue = " "', "x.toml:3 assumptions.pue '': is empty"),
        ('[phases.sft]\nexamples = ""', "x.toml:2 phases.sft.examples '': is empty"),
        ('[[phase]]\nname = "a"\nkind = ""', "x.toml:3 phase.kind '': is empty"),
        ('[own.chips.z1]\nlabel = ""', "x.toml:2 own.chips.z1.label '': is empty"),
        ('[[own.actors]]\nname = "a"\nlabel = " "', "x.toml:3 own.actors.label '': is empty"),
        ('extends = ""', "x.toml:1 extends '': is empty"),
        ('catalogue = ""', "x.toml:1 catalogue '': is empty"),
    ],
)
def test_nothing_in_a_file_can_be_empty(run, tmp_path, text, says):
    file = tmp_path / "x.toml"
    file.write_text(f"{text}\n", encoding="utf-8")
    found = run("pretrain", "llama-2-7b", "--scenario", file)
    assert found.code == 2
    assert says in found.err


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ('edition = ""', "x.toml:1 edition '': is empty"),
        ('max_price_age = " "', "x.toml:1 max_price_age '': is empty"),
        ('[scenario]\nmodel = ""', "x.toml:2 scenario.model '': is empty"),
    ],
)
def test_nothing_in_a_file_of_assumptions_can_be_empty(run, tmp_path, head, says):
    file = tmp_path / "x.toml"
    file.write_text(f'{head}\n[[assumption]]\nid = "a"\ncondition = "chips > 1"\n')
    found = run("check", file)
    assert found.code == 2
    assert says in found.err


@pytest.mark.parametrize("variable", ["FRONTIERCOST_CHIP", "FRONTIERCOST_ACTOR"])
@pytest.mark.parametrize("words", [("pretrain", "llama-2-7b"), ("compare",)], ids=" ".join)
def test_an_empty_variable_is_named(run, monkeypatch, variable, words):
    monkeypatch.setenv(variable, "")
    found = run(*words, "-q")
    assert found.code == 2
    assert f"{variable} '': is empty" in found.err


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["compare", "--pool", "ai2,"], "--pool"),
        (["compare", "--pool", "ai2,,princeton"], "--pool"),
        (["dataprep", "--tokens", "1T", "--licence", "=$60M/year"], "its name"),
        (["dataprep", "--source", ":1T"], "its source"),
        (["pretrain", "llama-2-7b", "--set", "assumptions.pue="], "is empty"),
        (["pretrain", "llama-2-7b", "--phase", "sft.examples="], "is empty"),
    ],
    ids=" ".join,
)
def test_no_part_of_a_value_can_be_empty(run, flags, says):
    found = run(*flags, "-q")
    assert found.code == 2
    assert says in found.err
    assert "empty" in found.err


def test_blanks_around_a_value_do_not_matter_but_in_texts():
    asked = build({"date": " 2026-11 ", "basis": "rent ", "draws": " 16", "name": " x"})
    assert asked.text("date") == "2026-11"
    assert asked.text("basis") == "rent"
    assert asked.integer("draws", 0) == 16
    assert asked.text("name") == " x"


# --- words people use -----------------------------------------------------------------------------

SYNONYMS = [(word, flag) for flag in FLAGS for word in flag.synonyms.split()]


def test_no_word_stands_for_two_flags_of_a_command_or_is_a_flag_of_it():
    for command in COMMANDS:
        flags = flags_of(command, stage=command in STAGES)
        words = [word for flag in flags for word in flag.synonyms.split()]
        assert len(words) == len(set(words))
        assert not set(words) & {flag.name for flag in flags}


@pytest.mark.parametrize(("word", "flag"), SYNONYMS, ids=[word for word, _ in SYNONYMS])
def test_a_word_people_use_finds_the_flag(run, word, flag):
    command = next(c for c in COMMANDS if flag in flags_of(c, stage=c in STAGES))
    found = run(command, f"--{word.replace('_', '-')}", "1")
    assert found.code == 2
    assert f"no such option of {command}; did you mean '{flag.spelling}" in found.err


@pytest.mark.parametrize(
    ("command", "option", "says"),
    [
        ("pretrain", "--gpu", "did you mean '--chip'?"),
        ("pretrain", "--gpus", "did you mean '--chips'?"),
        ("pretrain", "--model-size", "did you mean '--params'?"),
        ("pretrain", "--modelsize", "did you mean '--params'?"),
        ("pretrain", "--buget", "did you mean '--budget'?"),
        ("pretrain", "--model", "MODEL stands without a name: frontiercost pretrain MODEL"),
        ("pretrain", "--requests", "it is one of inference"),
        ("inference", "--tokens", "it is one of dataprep, pretrain"),
        ("pretrain", "--qqq", "all options: frontiercost pretrain --help"),
        ("compare", "--days", "all options: frontiercost compare --help"),
    ],
)
def test_an_unknown_option_is_answered_with_what_was_meant_and_nothing_far_fetched(
    run, command, option, says
):
    found = run(command, option, "h100")
    assert found.code == 2
    assert found.err == f"error: {option}: no such option of {command}; {says}\n"


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("gpu", "did you mean 'chip'?"),
        ("model_size", "did you mean 'params'?"),
        ("tokenz", "did you mean 'tokens'?"),
        ("xyzzy", "choose from: "),
    ],
)
def test_an_unknown_key_is_answered_likewise(key, says):
    with pytest.raises(InputError) as refused:
        build({}, settings=[f"{key}=1"])
    assert says in str(refused.value)
