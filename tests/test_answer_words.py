"""What answers say: one sentence, the purse that was named, what fits, what nobody has done."""

import json
import re

import pytest

from frontiercost.cli import output

FEW = ("--draws", "256")
ASKED = (
    "compare",
    "compare --actor ai2 --actor openai",
    "compare --budget 5M --people 40",
    "compare --date 2018-01",
    "compare --date 2028-01",
    "compare --all",
    "compare --category nonprofit",
    "compare --frontier 2028",
    "compare --history",
    "compare --returns",
    "compare --years 2027..2032",
    "compare --grant 0 --export-rule compute",
    "compare deepseek-v3",
    "compare deepseek-v3 --budget 5M --all",
    "compare deepseek-r1",
    "compare gpt-3 deepseek-v3 llama-2-7b --budget 5M",
    "compare gpt-3 deepseek-v3 llama-2-7b --why",
    "pretrain gpt-3 --chips 1000",
    "pretrain gpt-3 --deadline 30days --budget 1M",
    "pretrain gpt-3 --solve budget",
    "pretrain gpt-3 --budget 9M --solve tokens",
    "pretrain --budget 100M",
    "posttrain llama-3.1-8b --chips 8",
    "inference deepseek-v3 --budget 100k",
    "inference deepseek-r1 --reasoning-tokens 0",
    "inference gpt-5",
    "inference deepseek-v3 --development 100M --price $10/Mtok",
    "inference llama-3.1-405b --development 1B --price $1/Mtok",
    "dataprep --tokens 15T",
)


def told(run, words, *more):
    found = run(*words.split(), *more)
    assert found.code == 0, found.err
    return " ".join(found.out.split())


@pytest.mark.parametrize("words", ASKED)
def test_quiet_is_one_sentence(run, words):
    said = told(run, words, "-q", *([] if "--history" in words else FEW))
    assert len(re.findall(r"[.!?](?= |$)", said)) == 1, said


def test_the_ladder_answers_who_can_afford_the_frontier(run):
    assert told(run, "compare -q").startswith("Of 70 actors 1 could lead (5 perhaps; 5 have led)")


# --- the purse that was named ---------------------------------------------------------------------


def test_a_budget_beside_a_model_has_its_verdict(run):
    assert told(run, "compare gpt-3 --budget 100k -q", *FEW).startswith("No: GPT-3 costs")
    assert told(run, "compare gpt-3 --budget 1B -q", *FEW).startswith("Yes: GPT-3 costs")
    several = told(run, "compare gpt-3 --budget 100k --all -q", *FEW)
    assert several.startswith("No: GPT-3 costs")
    assert "of 70 actors" in several


def test_models_side_by_side_are_judged_for_each_purse(run):
    said = told(run, "compare gpt-3 grok-4 --budget 30M --actor openai -q", *FEW)
    assert "a budget of $30M: yes for GPT-3, no for Grok 4" in said
    assert "OpenAI: yes for GPT-3" in said
    more = told(run, "compare gpt-3 grok-4 --budget 30M --more", *FEW)
    assert "Can they afford it?" in more
    found = run("compare", "gpt-3", "grok-4", "--all", *FEW)
    assert found.code == 2
    assert "name them by --actor" in found.err


def test_everybody_is_the_same_number_however_it_is_asked(run):
    counted = [
        re.search(r"of (\d+)", told(run, words, "-q"), re.IGNORECASE)[1]
        for words in ("compare", "compare --cost 30M", "compare gpt-3 --all --draws 64")
    ]
    assert len(set(counted)) == 1
    assert "of 14 kinds of actor, each by its median member" in told(run, "compare gpt-3 -q", *FEW)


def test_a_year_of_serving_is_said_where_the_table_adds_it(run):
    said = told(run, "compare deepseek-v3", *FEW)
    served = re.search(r"(\$[\d.]+M) with a year of serving", said)[1]
    assert served == re.search(r"Total +(\$[\d.]+M)", said)[1]


# --- what would fit -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("pretrain llama-2-7b --budget 500k", "tokens to train on"),
        ("pretrain --params 7B --tokens 2T --budget 500k", "tokens to train on"),
        ("posttrain llama-3.1-70b --budget 300k", "the final run alone"),
        ("posttrain llama-3.1-8b --recipe domain-sft --budget 5k", "goes to staff alone"),
        ("dataprep --tokens 15T --budget 1M", "goes to people who curate alone"),
        ("inference deepseek-v3 --budget 700k", "requests/day"),
        ("inference deepseek-v3 --budget 100k", "from an API"),
        ("pretrain deepseek-v3 --actor princeton --budget 1M", "Princeton AI cluster: "),
        ("compare deepseek-v3 --budget 5M", "tokens to train on"),
        ("compare --rung rebuild --budget 5M", "rebuild at today's level by trend: 20"),
    ],
)
def test_what_a_short_purse_would_pay_for_is_said(run, words, fits):
    assert fits in told(run, words, *FEW).split("Would fit")[1].split("Least sure")[0]


@pytest.mark.parametrize(
    "words",
    [
        "pretrain llama-2-7b --budget 50M",
        "pretrain deepseek-v3 --actor ai2",  # a toss-up whose median fits
        "posttrain llama-3.1-8b --budget 50M",
        "inference deepseek-v3 --budget 20M",
        "dataprep --tokens 15T --actor openai",
        "compare deepseek-v3 --budget 1B",
        "compare --rung adapt-small --budget 5M",
    ],
)
def test_where_it_fits_nothing_else_is_offered(run, words):
    assert "Would fit" not in told(run, words)


# --- what must be said beside it ------------------------------------------------------------------


def test_a_run_of_years_is_no_run_and_what_ends_it_is_said(run):
    said = told(run, "pretrain --params 70B --tokens 15T --chips 100", *FEW)
    assert "no run takes so long: about" in said
    chips = re.search(r"about ([\d,]+) chips end it in a year", said)[1]
    assert int(chips.replace(",", "")) > 100
    assert "no run takes so long" not in told(run, "pretrain llama-2-7b", *FEW)
    assert "(in 5 years at" in told(
        run, "inference deepseek-v3 --development 1B --price $10/Mtok -q"
    )


def test_hours_that_others_estimate_are_no_published_ones(run):
    for model in ("gpt-4", "grok-4"):
        assert "chip-hours, estimated by others" in told(run, f"pretrain {model}", *FEW)
    assert "estimated by others" not in told(run, "pretrain deepseek-v3", *FEW)


def test_of_a_model_made_from_another_that_one_is_named(run):
    base = "DeepSeek-V3 671B-A37B, from which DeepSeek-R1 was made, costs"
    for words in ("pretrain deepseek-r1", "compare deepseek-r1 --budget 1M"):
        said = told(run, words, *FEW)
        assert base in said
        assert "--recipe reasoning counts that" in said
    assert base not in told(run, "pretrain deepseek-r1 --recipe reasoning", *FEW)


def test_the_whole_answer_holds_nothing_twice(run):
    said = run("compare", "--more", *FEW).out
    assert said.count("Months behind  ") == 1
    assert " ".join(said.split()).count("rebuild GLM-5.1") == 1


def test_fresh_and_repeated_tokens_are_all_tokens(run):
    said = told(run, "dataprep --tokens 15.6T", *FEW)
    fresh, repeated = map(
        float, re.search(r"([\d.]+)T tokens are read once and ([\d.]+)T", said).groups()
    )
    assert fresh + repeated == pytest.approx(15.6, abs=0.06)


def test_no_digit_is_finer_than_the_draws(run):
    asked = ("pretrain deepseek-v3 --budget 200k", "compare gpt-3 grok-4 --budget 30M")
    for words in (*asked, "inference deepseek-v3 --by demand"):
        for number in re.findall(r"([\d.,]+)×", told(run, words)):
            digits = number.replace(",", "").replace(".", "").strip("0")
            assert len(digits) <= 2 or 0.5 <= float(number) < 2, number
    assert "less than 1% of a budget" in told(run, "pretrain gpt-3 --budget 10B -q", *FEW)


# --- errors and help ------------------------------------------------------------------------------


class Terminal:
    def isatty(self):
        return True


def test_an_error_ends_at_words_on_a_terminal_and_is_one_line_in_a_pipe(run, monkeypatch):
    line = run("compare", "gpt-3", "--people", "3").err
    assert line.count("\n") == 1
    assert len(line) > 80
    monkeypatch.setattr(output.sys, "stderr", Terminal())
    lines = output.on_terminal(line.strip()).splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) <= 80


def test_a_variable_is_told_as_it_is_to_be_written(run, monkeypatch):
    monkeypatch.setenv("FRONTIERCOST_VENDR", "specialist")
    assert "did you mean 'FRONTIERCOST_VENDOR'?" in run("pretrain", "llama-2-7b").err


@pytest.mark.parametrize(
    ("command", "values"),
    [
        ("pretrain", "follower|explorer|final-run"),
        ("inference", "tokens|params|steps|examples|chips|days|budget|price|requests"),
        ("compare", "use|run-small|run|adapt-small|adapt|rebuild|join|lead"),
    ],
)
def test_the_short_help_has_the_values_of_closed_lists(run, command, values):
    assert values in run(command, "-h").out


def test_chips_that_are_owned_are_chips_for_a_deadline(run):
    asked = ("pretrain", "llama-3.1-70b", "--deadline", "90 days", "--solve", "tokens", *FEW)
    own, same = (
        json.loads(run(*asked, *chips, "--format", "json").out)["solved"]["values"]
        for chips in (("--own-chips", "300 h100-sxm"), ("--chips", "300", "--chip", "h100-sxm"))
    )
    assert own["most"] == pytest.approx(same["most"], rel=0.02)


def test_a_demand_is_solved_for(run):
    asked = ("inference", "deepseek-v3", "--budget", "5M", *FEW)
    most = json.loads(run(*asked, "--solve", "requests", "--format", "json").out)["solved"][
        "values"
    ]
    fits, more = (
        json.loads(
            run(*asked, "--requests", f"{factor * most['most']:.0f}/day", "--format", "json").out
        )
        for factor in (0.98, 1.3)
    )
    chances = [
        each["evaluations"][0]["verdicts"][0]["probability_affordable"] for each in (fits, more)
    ]
    assert chances[0] >= 0.5 > chances[1]
