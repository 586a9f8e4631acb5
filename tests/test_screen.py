"""The answer on one screen: 22 lines of 80 columns, whose first sentence answers."""

import json
import re

import pytest

from frontiercost.analysis.ladder_rows import RungCell
from frontiercost.analysis.rungs import rungs_of
from frontiercost.catalogue.store import shipped
from frontiercost.core.facts import Draws
from frontiercost.cost.affordability import WORDS, is_near, limit_near
from frontiercost.reporting.fact_words import fact_words
from frontiercost.reporting.ladder_words import cell_word

HEIGHT, WIDTH = 22, 80
SUM = re.compile(r"\$\d")
FEW = ("--draws", "512")
COSTS = {
    "pretrain llama-3.1-405b": "Least sure",
    "pretrain llama-3.1-405b --budget 100M": "Would fit",
    "pretrain gpt-4 --as-built --programme final-run --basis amortised": "Done before",
    "pretrain gpt-4 --as-built --programme final-run --basis own": "It takes",
    "pretrain deepseek-v3 --as-built --actor ai2": "Least sure",
    "pretrain deepseek-v3 --actor ai2 --actor princeton": "Other terms",
    "pretrain --params 7B --tokens 1T --programme final-run": "It takes",
    "pretrain --params 7B --tokens 2T --actor princeton": "It takes",
    "pretrain --budget 100M": "It takes",
    "pretrain --budget €32B": "It takes",
    "pretrain llama-3.1-405b --chip h20": "It takes",
    "pretrain --params 130B --tokens 400B --chip a100-40g --chips 768 --programme final-run": "",
    "pretrain llama-2-70b --tokens 48.1B --chip a100-80g --chips 128 --programme final-run": "",
    "pretrain llama-3.1-70b --budget 20M --solve tokens": "Left out",
    "pretrain olmo-3-32b --programme explorer": "Other terms",
    "posttrain llama-3.1-8b --recipe domain-sft --budget 500k --indirect 55%": "It takes",
    "posttrain deepseek-v3 --recipe reasoning": "It takes",
    "posttrain llama-3.1-70b --recipe agent --actor ai2": "It takes",
    "dataprep --tokens 15T": "Data wall",
    "dataprep --tokens 60T --budget 1M": "Data wall",
    "inference deepseek-v3 --requests 10k/day": "Speed",
    "inference llama-3.1-8b --requests 25k/day --input-tokens 1500 --output-tokens 500": "Speed",
    "inference llama-3.1-70b --actor princeton": "Total",
    "inference gpt-5 --requests 10k/day": "Left out",
    "compare llama-3.1-405b": "Least sure",
    "compare deepseek-v3 --actor ai2": "Least sure",
    "compare llama-3.1-405b deepseek-v3": "Least sure",
    "compare gpt-3 llama-2-70b deepseek-v3": "Least sure",
}
OTHERS = {
    "compare": "use or adapt",
    "compare --actor ai2": "can use",
    "compare --budget 5M --people 40": "can use",
    "compare --cost 1B": "can spend $1B",
    "backtest pretrain": "half are predicted",
}


def shown(run, words):
    more = [] if words.startswith(("backtest", "compare --cost")) else FEW
    found = run(*words.split(), *more)
    assert found.code == 0, found.err
    return found.out


def first_sentence(text):
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", " ".join(text.split()))[0]


@pytest.mark.parametrize("words", [*COSTS, *OTHERS])
def test_an_answer_fits_a_screen_and_says_where_there_is_more(run, words):
    lines = shown(run, words).splitlines()
    assert len(lines) <= HEIGHT, "\n".join(lines)
    assert max(map(len, lines)) <= WIDTH
    assert "--more" in lines[-1]
    assert "edition 2026-11" in lines[-1]
    if not words.startswith(("backtest", "compare --cost")):
        assert "seed 0" in lines[-1]


@pytest.mark.parametrize("words", COSTS)
def test_the_first_sentence_has_the_sum_and_the_screen_what_it_rests_on(run, words):
    text = shown(run, words)
    assert SUM.search(first_sentence(text)) or SUM.search(" ".join(text.split()[:90]))
    for part in ("Total", "Least sure", "Left out", COSTS[words]):
        if part != "Total" or "compare gpt-3" not in words:
            assert part in text


@pytest.mark.parametrize("words", OTHERS)
def test_the_first_words_answer(run, words):
    assert OTHERS[words] in " ".join(shown(run, words).split("\n\n")[0].split())


@pytest.mark.parametrize("words", [*COSTS, *OTHERS])
def test_more_holds_every_line_of_the_short_answer(run, words):
    more = shown(run, f"{words} --more").splitlines()
    assert [line for line in shown(run, words).splitlines() if line not in more] == []


@pytest.mark.parametrize("words", COSTS)
def test_quiet_is_how_the_answer_begins(run, words):
    quiet = shown(run, f"{words} -q")
    assert shown(run, words).startswith(quiet.rstrip("\n"))


@pytest.mark.parametrize(
    "words",
    [
        "compare --years 2027..2032",
        "compare --grant 10M --rung adapt",
        "compare --actor ai2 --explain",
        "inference llama-3.1-8b --by demand",
        "pretrain llama-2-7b --sensitivity",
    ],
)
def test_quiet_prints_no_table(run, words):
    assert "──" not in shown(run, f"{words} -q")


@pytest.mark.parametrize(
    "date",
    ["2020-01", "2021-09", "2022-09", "2023-06", "2024-03", "2025-03", "2025-07", "2026-07"],
)
@pytest.mark.parametrize("levers", ["", "--export-rule compute", "--open-weights forbidden"])
def test_the_ladder_fits_a_screen_at_every_date_and_with_levers(run, date, levers):
    lines = run("compare", "--date", date, *levers.split(), "--draws", "64").out.splitlines()
    assert len(lines) <= HEIGHT, "\n".join(lines)
    assert max(map(len, lines)) <= WIDTH


def test_years_stand_on_a_screen_with_the_trends_that_they_follow(run):
    lines = shown(run, "compare --years 2027..2032").splitlines()
    assert len(lines) <= HEIGHT
    assert max(map(len, lines)) <= WIDTH
    assert lines[0].startswith("By 2032 ")
    assert "By trend, a year: the frontier's cost × 3.5" in "\n".join(lines)


# --- verdicts that draws cannot tell --------------------------------------------------------------


def test_a_probability_near_a_limit_of_words_is_about_it():
    draws = Draws(4096)
    for limit, _ in WORDS[:-1]:
        error = (limit * (1 - limit) / 4096) ** 0.5
        assert limit_near(limit + 1.9 * error, draws) == limit
        assert limit_near(limit - 1.9 * error, draws) == limit
        assert limit_near(limit + 2.1 * error, draws) is None
    assert limit_near(None, draws) is None
    assert not is_near(0.81, 0.8, Draws(0))


def budget_at(run, chance):
    """Return the sum that is enough for GPT-3 with a probability."""
    asked = ("pretrain", "gpt-3", "--solve", "budget", "--format", "json")
    return json.loads(run(*asked).out)["solved"]["values"][chance]


def test_a_verdict_and_a_gate_say_what_they_cannot_tell(run, file):
    budget = budget_at(run, "80%")
    asked = ("pretrain", "gpt-3", "--budget", f"{budget:.6g}")
    found = run(*asked, "--fail-over-budget", "--confidence", "80%")
    assert "(about 80%)" in found.out.splitlines()[0]
    assert "another seed may decide otherwise" in found.err
    sure = run("pretrain", "gpt-3", "--budget", f"{2 * budget:.6g}", "--fail-over-budget")
    assert "about" not in sure.out.splitlines()[0]
    assert sure.err == ""


# --- to hand on -----------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["markdown", "html"])
def test_a_page_holds_the_question_and_how_to_ask_it_again(run, tmp_path, format):
    page = tmp_path / "page.txt"
    asked = ("pretrain", "gpt-3", "--budget", "3M", *FEW)
    assert run(*asked, "--format", format, "-o", page).code == 0
    text = page.read_text(encoding="utf-8")
    assert "What does the base model" in text
    assert "frontiercost pretrain gpt-3 --budget 3M --draws 512" in text
    assert "-o" not in text.split("Command")[1].split("512")[0]
    for part in ("Would fit", "Inputs and who set them", "set by catalogue", "The same on other"):
        assert part in text
    assert "epoch" in text.split("Sources")[1]
    assert "catalogue 2026-11" in text


@pytest.mark.parametrize("format", ["markdown", "html"])
@pytest.mark.parametrize("words", ["pretrain llama-3.1-405b", "compare llama-3.1-405b"])
def test_a_page_names_all_that_moves_the_answer_and_who_set_it(run, words, format):
    asked = (*words.split(), "--budget", "100M", "--set", "assumptions.overhead_rate=30%")
    text = run(*asked, "--vendor", "hyperscaler", "--format", format).out
    inputs = text.split("Inputs and who set them")[1].split("Sources</h")[0].split("### Sources")[0]
    for driver in (
        *("experiments_follower", "contributors_reference", "staff_salary", "run_steps_dense"),
        *("rental/h100-sxm/hyperscaler", "set by flag: --vendor", "programme", "pay"),
        "set by flag: --set assumptions.overhead_rate",
    ):
        assert driver in inputs, driver


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("assumptions/experiments_follower", "what a follower's experiments take"),
        ("prices/rental/h100-sxm/specialist/1y", "the rent of h100-sxm"),
        ("prices/value/a100-40g", "the kept value of a100-40g"),
        ("models/gpt-4/built/chip_hours", "the chip hours of gpt-4"),
        ("models/gpt-4/built/training_flop", "the training FLOP of gpt-4"),
        ("data/arxiv/unique_tokens", "how many unique tokens there are (arxiv)"),
        ("data/books-scanned/price", "the price of books-scanned"),
        ("recipes/agent/rl/examples", "the examples of rl"),
        ("assumptions/pue", "the PUE"),
        ("assumptions/ocr_rate", "how fast a chip reads pages"),
    ],
)
def test_a_fact_is_told_in_words(path, words):
    assert fact_words(path) == words


def test_a_cell_of_the_ladder_near_a_limit_is_about_it_too():
    draws, rung = Draws(1024), rungs_of(shipped())[0]
    near, sure = (RungCell(rung, 1.0, 1.0, chance, "likely") for chance in (0.81, 0.9))
    assert cell_word(near, draws) == "likely (about 80%)"
    assert cell_word(sure, draws) == "likely 90%"


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("actors", lambda c: [actor.label for actor in c.actors.values()]),
        ("laws", lambda c: [row["act"] for row in c.rows("legal_thresholds.csv")]),
        ("recipes", lambda c: [c.recipe(name)[1]["label"] for name in c.names("recipe")]),
    ],
)
def test_no_word_of_a_list_is_cut(run, catalogue, monkeypatch, kind, texts):
    monkeypatch.setenv("COLUMNS", "80")
    shown = set(re.split(r"[\s-]+", run("catalogue", kind).out))
    words = {word for text in texts(catalogue) for word in re.split(r"[\s-]+", text)}
    assert words <= shown
