import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BAD = [
    (["pretrain", "llama-3.1-405b", "--chip", "h100sxm"], "did you mean 'h100-sxm'"),
    (["pretrain", "lama-3.1-405b"], "MODEL 'lama-3.1-405b': no such model"),
    (["pretrain", "--params", "70b0", "--tokens", "2T"], "--params '70b0'"),
    (["pretrain", "--params", "70 b0", "--tokens", "2T"], "did you mean '70B'"),
    (["pretrain", "--params", "70B", "--tokens", "-5"], "--tokens '-5': must be at least 1 token"),
    (["pretrain", "--params", "70B", "--tokens", "0.5"], "must be at least 1 token"),
    (["pretrain", "--params", "70B"], "--tokens is needed"),
    (["pretrain"], "MODEL or --params is needed"),
    (["pretrain", "gpt-4", "--mfu", "1.2"], "--mfu '1.2': must be at most 100%"),
    (["pretrain", "gpt-4", "--mfu", "110%"], "must be at most 100%"),
    (["pretrain", "gpt-4", "--basis", "lease"], "choose from: amortised, buy, own, rent"),
    (["pretrain", "gpt-4", "--actor", "mbzuai"], "has no budget in dollars"),
    (["pretrain", "gpt-4", "--actor", "openay"], "did you mean 'openai'"),
    (["pretrain", "gpt-4", "--budget", "lots"], "--budget 'lots'"),
    (["pretrain", "gpt-4", "--date", "2026-13"], "is not a date"),
    (["pretrain", "gpt-4", "--draws", "many"], "must be a whole number"),
    (
        ["pretrain", "gpt-4", "--format", "pdf"],
        "choose from: csv, html, json, markdown, svg, table",
    ),
    (["pretrain", "gpt-4", "--set", "tokenz=1"], "did you mean 'tokens'"),
    (["pretrain", "gpt-4", "--scenario", "none.toml"], "no such file"),
    (["pretrain", "gpt-4", "--precision", "fp4"], "has no fp4 units"),
    (["pretrain", "gpt-4", "--buget", "5"], "--budget"),
    (["pretrain", "gpt-4", "--fail-over-budget"], "needs --budget or --actor"),
    (["pretrain", "gpt-1", "--as-built"], "does not know which chips GPT-1 was trained on"),
    (["pretrain", "--params", "7B", "--active-params", "9B", "--tokens", "1T"], "cannot exceed"),
    (["pretrain", "gpt-4", "--own-chips", "300h100"], "write a count and a chip"),
    (
        ["inference", "llama-3.1-8b", "--price", "15"],
        "--price '15': of what? write '15/h' for a chip-hour, '15/Mtok' for tokens sold",
    ),
    (
        ["inference", "llama-3.1-8b", "--price", "$2..$3", "--development", "$4M"],
        "write '$2..$3/h' for a chip-hour, '$2..$3/Mtok' for tokens sold",
    ),
    (
        ["inference", "llama-3.1-8b", "--price", "$15/h", "--development", "$4M"],
        "a break-even needs --development '$100M' and --price of tokens, '$10/Mtok'",
    ),
    (["compare", "--category", "robots"], "no such category"),
    (["catalogue", "chps"], "did you mean 'chips'"),
    (["catalogue", "chip", "h1000"], "no such chip"),
    (["catalogue", "assumptions", "peu"], "did you mean 'pue'"),
    (["pretend"], "no such command 'pretend'; did you mean 'pretrain'?"),
    (["finetune"], "did you mean 'posttrain'?"),
    (["train"], "did you mean 'pretrain'?"),
    (["cost"], "did you mean 'pretrain'?"),
    (["pretrain", "gpt-4", "--budget", "5", "million"], "in quotes: --budget '5 million'"),
    (["pretrain", "gpt-4", "--budget", "M"], "'$5M' in single quotes"),
    (["pretrain", "gpt-4", "gpt-3"], "too many words: 'gpt-3'"),
    (["pretrain", "gpt-4", "", ""], "too many words"),
    ([""], "no such command ''"),
    (["posttrain", "llama-3.1-8b", "--recipe", "lora"], "--method lora"),
    (["posttrain", "llama-3.1-8b", "--examples", "5k"], "did you mean '--phase sft.examples=50k'?"),
    (["check"], "frontiercost init check"),
    (["compare", "india"], "--actor indiaai"),
    (["pretrain", "llama-3.1-8b", "-q", "--more"], "--more: -q asks"),
    (
        ["pretrain", "--scenario", str(ROOT / "examples" / "deepseek-r1.toml")],
        f"frontiercost posttrain --scenario {ROOT / 'examples' / 'deepseek-r1.toml'}",
    ),
]


@pytest.mark.parametrize(("arguments", "says"), BAD, ids=[" ".join(a) for a, _ in BAD])
def test_bad_input_is_one_clear_line_and_exit_2(run, arguments, says):
    found = run(*arguments)
    assert found.code == 2
    assert found.out == ""
    assert says in found.err
    assert found.err.startswith("error: ")
    assert found.err.count("\n") == 1


def test_a_price_without_a_unit_is_a_chip_hours_where_nothing_else_has_one(run):
    plain, of_hours = (
        run("pretrain", "llama-2-7b", "--price", price, "--draws", "0", "-q").out
        for price in ("2", "$2/h")
    )
    assert plain == of_hours


def test_a_missing_price_could_not_be_evaluated(run):
    found = run("pretrain", "llama-3.1-8b", "--chip", "tpu-v7")
    assert found.code == 4
    assert "give --price" in found.err


def test_over_budget_is_an_answer_unless_a_gate_is_asked_for(run):
    asked = ["pretrain", "llama-3.1-405b", "--budget", "$1M"]
    assert run(*asked).code == 0
    assert run(*asked, "--fail-over-budget").code == 3
    assert run(*asked, "--fail-over-budget", "--confidence", "0.01%").code == 3
    rich = ["pretrain", "llama-3.1-405b", "--budget", "$10B", "--fail-over-budget"]
    assert run(*rich, "--confidence", "90%").code == 0
    assert run(*rich, "--confidence", "100%").code == 0


@pytest.mark.parametrize("stage", ["pretrain", "posttrain", "inference", "dataprep"])
@pytest.mark.parametrize("confidence", ["0", "0%", "-1", "101%", "80", "nan", "50%..90%"])
def test_a_gate_that_could_not_fail_or_hold_is_refused(run, stage, confidence):
    asked = ["--tokens", "1T"] if stage == "dataprep" else ["llama-3.1-8b"]
    gate = ("--budget", "$5", "--fail-over-budget", f"--confidence={confidence}")
    found = run(stage, *asked, *gate)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(f"error: --confidence '{confidence}': ")


def test_a_budget_of_zero_is_no(run):
    found = run("pretrain", "gpt-4", "--budget", "$0")
    assert found.code == 0
    assert found.out.startswith("No: GPT-4 costs $")
    assert "and a budget of $0 has no money for it" in " ".join(found.out.split())


def test_quiet_leaves_the_answer_and_very_quiet_nothing(run):
    found = run("pretrain", "gpt-4", "--budget", "$1M", "-q")
    assert found.out.startswith("No: GPT-4 costs ")
    assert "\n\n" not in found.out
    assert max(map(len, found.out.splitlines())) <= 80
    assert run("pretrain", "gpt-4", "-qq").out == ""


def test_no_arguments_show_help_and_exit_2(run):
    found = run()
    assert found.code == 2
    assert "pretrain" in found.err


@pytest.mark.parametrize("command", [[], ["pretrain"], ["compare"], ["catalogue"]])
def test_help_leads_with_examples_and_documents_exit_codes(run, command):
    found = run(*command, "--help")
    assert found.code == 0
    assert "3 a gate failed" in found.out
    if command:
        assert f"frontiercost {command[0]}" in found.out


def test_version_names_the_catalogue(run):
    assert "catalogue 2026-11" in run("--version").out


def test_an_ending_that_no_format_has_is_refused_with_those_that_work(run, tmp_path):
    refused = run("catalogue", "chips", "-o", tmp_path / "chips.pdf")
    assert refused.code == 2
    assert all(ending in refused.err for ending in (".pdf", ".html", ".md", ".txt"))
    assert not (tmp_path / "chips.pdf").exists()


def test_output_goes_to_a_file_whole_or_not_at_all(run, tmp_path):
    target = tmp_path / "answer.json"
    found = run("pretrain", "gpt-4", "--format", "json", "-o", target)
    assert found.out == ""
    assert json.loads(target.read_text(encoding="utf-8"))["command"] == "pretrain"
    assert list(tmp_path.iterdir()) == [target]
    missing = run("pretrain", "gpt-4", "-o", tmp_path / "no" / "file.txt")
    assert missing.code == 2
    assert missing.err.startswith("error: --output")


def test_a_saved_scenario_gives_the_same_json_byte_for_byte(run, tmp_path):
    saved = tmp_path / "saved.toml"
    asked = ["pretrain", "deepseek-v3", "--tokens", "10T..20T", "--actor", "ai2"]
    first = json.loads(run(*asked, "--format", "json", "--save", saved).out)
    again = json.loads(run("pretrain", "--scenario", saved, "--format", "json").out)
    for document in (first, again):
        for entry in document["evaluations"][0]["inputs"].values():
            entry.pop("set_by"), entry.pop("source")
    assert first == again


def test_several_actors_are_judged_in_turn(run):
    found = run("pretrain", "llama-3.1-405b", "--actor", "ai2", "--actor", "openai", "-q")
    assert "Ai2" in found.out
    assert "yes for OpenAI" in found.out


def test_an_internal_error_is_one_line_and_exit_1(run, monkeypatch):
    monkeypatch.setattr("frontiercost.stages.evaluation.evaluate", lambda *_: 1 / 0)
    found = run("pretrain", "gpt-4")
    assert found.code == 1
    assert "internal error: ZeroDivisionError" in found.err
    assert "Traceback" not in found.err
