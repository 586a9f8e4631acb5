import json
import os
import re
from pathlib import Path

import jsonschema
import pytest

from checking import RUN, assumption, scenario_of, statuses, toml
from frontiercost.catalogue.store import SHIPPED
from frontiercost.checks import check as check_module
from frontiercost.checks.check import check
from frontiercost.checks.file import read_check_file
from frontiercost.render import github
from frontiercost.stages.evaluation import evaluate

ROOT = Path(__file__).parents[1]
HOLDS = assumption("total.p50 < $1M and p(affordable) > 95%", "holds")
WARNS = assumption("total.p50 < $1", "warns", level="warn")
FAILS = assumption("total.p50 < $1", "fails", message="Too dear.")
UNKNOWN = assumption("totl.p50 < $1M", "unknown", level="warn")
ABSENT = assumption("chips > 0", "absent", scenario="none.toml")


@pytest.mark.parametrize(
    ("assumptions", "code"),
    [
        ([HOLDS], 0),
        ([HOLDS, WARNS], 0),
        ([HOLDS, FAILS], 3),
        ([HOLDS, UNKNOWN], 4),
        ([HOLDS, ABSENT], 4),
        ([UNKNOWN, FAILS, ABSENT], 3),
    ],
)
def test_a_failure_exits_3_and_what_cannot_be_evaluated_4(run, file, assumptions, code):
    name = file(*assumptions)
    assert run("check", name).code == code
    assert run("check", name, "--exit-zero").code == 0


def test_one_that_cannot_be_evaluated_does_not_stop_the_others(run, file):
    found = run("check", file(UNKNOWN, ABSENT, WARNS, HOLDS, FAILS), "--format", "json")
    assert statuses(found) == {
        "unknown": "not-evaluated",
        "absent": "not-evaluated",
        "warns": "warn",
        "holds": "pass",
        "fails": "fail",
    }
    first, second, *_ = json.loads(found.out)["check"]["assumptions"]
    assert "did you mean 'total.p50'" in first["reason"]
    assert "no such file" in second["reason"]


@pytest.mark.parametrize(
    ("scenario", "says"),
    [
        ("budget.toml", "is the file of assumptions itself"),
        ("../{folder}/budget.toml", "is the file of assumptions itself"),
        ({"stage": "pretrain", "tokenz": "1T"}, "did you mean 'tokens'"),
        ({**RUN, "tokens": "many"}, "tokens 'many'"),
        ({**RUN, "chip": "h1000"}, "no such chip"),
        ({**RUN, "chip": "tpu-v7"}, "give price"),
    ],
)
def test_a_scenario_that_cannot_be_used_says_why(run, file, tmp_path, scenario, says):
    if isinstance(scenario, dict):
        text = assumption("chips > 0") + "[assumption.scenario]\n" + toml(scenario)
    else:
        text = assumption("chips > 0", scenario=scenario.format(folder=tmp_path.name))
    found = run("check", file(text, head=""), "--format", "json")
    assert found.code == 4
    assert says in json.loads(found.out)["check"]["assumptions"][0]["reason"]


UNREADABLE = [
    ("", "has no assumption"),
    ("assumption = 1", "has no assumption"),
    ("assumption = [1]", "is a table of id"),
    ("[[assumption]]", "budget.toml:1 id: a text in quotes is needed"),
    ("[[asumption]]", "did you mean 'assumption'"),
    ("x = [" * 5000, "budget.toml"),
    (assumption("chips > 0"), "needs a scenario"),
    (assumption("chips > 0", "a b"), "use letters, digits"),
    (assumption("chips > 0", scenario="a\0b"), "is no name of a file"),
    (assumption("chips > 0", level="stern", scenario="run.toml"), "level 'stern'"),
    (assumption("chips >", scenario="run.toml"), "budget.toml:1 'a': condition, character 8"),
    (assumption("chips > 0", sort=1, scenario="run.toml"), "'sort': unknown key"),
    (2 * assumption("chips > 0", scenario="run.toml"), "budget.toml:5: id 'a' is used on"),
    ('edition = "last"\n' + assumption("chips > 0", scenario="run.toml"), "as 2026-11"),
    ('edition = "1000-01"\n' + assumption("chips > 0", scenario="run.toml"), "2010 and 2050"),
    ("max_price_age = 3\n" + assumption("chips > 0", scenario="run.toml"), "toml:1 max_price_age"),
    ("#" * 300_000, "larger than 262,144 bytes"),
]


@pytest.mark.parametrize(("text", "says"), UNREADABLE, ids=[says for _, says in UNREADABLE])
def test_a_file_that_cannot_be_read_is_one_line_and_exit_2(run, file, text, says):
    found = run("check", file(text, head=""))
    assert (found.code, found.out) == (2, "")
    assert says in found.err
    assert found.err.count("\n") == 1


def test_absent_folders_and_binary_files_are_refused(run, file, tmp_path):
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    for name, says in (("none.toml", "no such file"), (".", "FILE"), ("binary.toml", "UTF-8")):
        found = run("check", name)
        assert found.code == 2
        assert says in found.err


def test_a_screen_shows_what_was_read_and_each_reason_once(run, file):
    name = file(HOLDS, FAILS, ABSENT, ABSENT.replace("absent", "absent-too"))
    total = run("check", name, "--format", "json")
    entries = {a["id"]: a for a in json.loads(total.out)["check"]["assumptions"]}
    (now,) = [entries["fails"]["now"].removeprefix("total.p50 = ")]
    for more in ((), ("--more",)):
        found = run("check", name, *more)
        said = " ".join(found.out.split())
        assert said.count("no such file") == 1
        assert said.count("Too dear.") == 1
        (row,) = [line for line in found.out.splitlines() if line.startswith("FAIL    ")][:1]
        assert now in row
    assert f"now total.p50 = {now}" in run("check", name, "--format", "github").out


def test_variables_that_a_check_does_not_read_are_told(run, file, monkeypatch):
    name = file(HOLDS)
    assert run("check", name).err == ""
    monkeypatch.setenv("FRONTIERCOST_BUDGET", "1")
    found = run("check", name)
    assert found.code == 0
    assert "FRONTIERCOST_BUDGET: a check reads its scenarios from files alone" in found.err


def test_each_scenario_is_evaluated_once(file, catalogue, monkeypatch):
    seen = []
    monkeypatch.setattr(check_module, "evaluate", lambda *of: seen.append(of) or evaluate(*of))
    other = assumption("chips > 0", "other", scenario="./run.toml")
    checked = check(read_check_file(Path(file(HOLDS, WARNS, FAILS, other))), None, catalogue)
    assert len(checked.findings) == 4
    assert len(seen) == 1


def test_conditions_read_what_the_json_of_the_stage_says(run, file):
    file()
    asked = ("pretrain", "--scenario", "run.toml", "--format", "json")
    e = json.loads(run(*asked).out)["evaluations"][0]
    expected = {
        "total.low": e["total_usd"]["low"],
        "total.p95": e["total_usd"]["high"],
        "mfu.median": e["workload"]["mfu"]["median"],
        "chips": e["workload"]["chips"],
        "chip_hours.p5": e["workload"]["chip_hours"]["low"],
        "wall_days.p50": e["workload"]["wall_days"]["median"],
        "usd_per_chip_hour.median": e["metrics"]["usd_per_chip_hour"]["median"],
        "bill.compute.median": e["bill"][0]["cost_usd"]["median"],
        "probability": e["verdicts"][0]["probability_affordable"],
    }
    text = " and ".join(f"{name} > 0" for name in expected)
    found = run("check", file(assumption(text)), "--format", "json")
    assert json.loads(found.out)["check"]["assumptions"][0]["read"] == expected


@pytest.mark.parametrize(
    ("changed", "condition", "says"),
    [
        ({"budget": None}, "p(affordable) > 0", "no budget or actor is given"),
        ({"actor": ["ai2"]}, "p(affordable) > 0", "several could pay; write p(affordable,ai2)"),
        ({"draws": "0"}, "total.p95 > 0", "is not known here"),
        ({"draws": "0"}, "probability > 0", "needs draws"),
        ({}, "total > 0", "write total.median, total.low or total.high"),
        ({}, "change.total_pct < 1", "no baseline is recorded"),
        ({}, "wall_days.median < $5", "between day and USD"),
    ],
)
def test_a_condition_without_an_answer_says_why(run, file, changed, condition, says):
    values = {key: value for key, value in {**RUN, **changed}.items() if value is not None}
    text = assumption(condition) + "[assumption.scenario]\n" + toml(values)
    found = run("check", file(text, head=""), "--format", "json")
    assert found.code == 4
    assert says in json.loads(found.out)["check"]["assumptions"][0]["reason"]


def test_the_probability_of_each_purse_has_its_name(run, file, tmp_path):
    (tmp_path / "run.toml").write_text(toml({**RUN, "actor": ["ai2"]}), encoding="utf-8")
    text = assumption("p(affordable, budget) > 0.9 and p(affordable, ai2) > 0.9")
    assert run("check", file(text)).code == 0


def test_a_judged_share_is_said_where_its_probability_is_read(run, file, tmp_path):
    (tmp_path / "run.toml").write_text(toml({**RUN, "actor": ["ai2"]}), encoding="utf-8")
    read = run("check", file(assumption("p(affordable, ai2) > 0.9"))).out
    assert "a: p(affordable,ai2) rests on a judged share" in " ".join(read.split())
    assert "judged" not in run("check", file(assumption("p(affordable, budget) > 2%"))).out


def test_explain_lists_every_name_that_a_condition_may_read(run, file):
    found = run("check", file(HOLDS), "--explain").out
    listed = re.findall(r"^ ([a-z_.()]+) +\S+", found.split("Names of run.toml")[1], re.MULTILINE)
    assert {"total.mean", "mfu.median", "chips", "p(affordable)", "bill.compute.low"} <= {*listed}
    text = " or ".join(f"{name} > 0" for name in listed[:40])
    assert run("check", file(assumption(text))).code == 0


def test_a_pinned_edition_keeps_its_prices(run, file):
    head = 'scenario = "run.toml"\nedition = "{}"\n'
    old = run("check", file(HOLDS, head=head.format("2025-01")), "--format", "json")
    new = run("check", file(HOLDS, head=head.format("2026-11")), "--format", "json")
    assert (scenario_of(old)["date"], scenario_of(new)["date"]) == ("2025-01", "2026-11")
    assert scenario_of(old)["total_usd"] != scenario_of(new)["total_usd"]
    assert scenario_of(old)["digest"] == scenario_of(new)["digest"]
    table = run("check", file(HOLDS, head=head.format("2025-01")), "--more").out
    assert "Edition 2025-01 is pinned" in table
    newer = run("check", file(HOLDS, head=head.format("2049-01")))
    assert newer.code == 4
    assert "install a newer frontiercost" in newer.err


def test_json_keeps_its_contract(run, file):
    found = run("check", file(HOLDS, WARNS, FAILS, UNKNOWN, ABSENT), "--format", "json")
    schema = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(found.out), schema)


def test_markdown_is_the_same_every_time_and_says_why(run, file):
    name = file(HOLDS, FAILS)
    found = run("check", name, "--format", "markdown").out
    assert found == run("check", name, "--format", "markdown").out
    assert found.startswith("**1 of 2 assumptions hold; failed: fails.**")
    assert "| FAIL | fails | total.p50 < $1 | $" in found
    assert "- FAIL budget.toml:7 fails: Too dear." in found


HOSTILE = "100% wrong,\r\n::error::owned: \x1b[31m##[add-path]/evil"


def test_annotations_point_at_the_line_and_escape_hostile_text(run, file, tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    hostile = assumption("total.p50 < $1", "b", message=HOSTILE)
    os.rename(file(HOLDS, WARNS, hostile, UNKNOWN), "a,b:c%.toml")
    found = run("check", "a,b:c%.toml", "--format", "github")
    warning, error, unknown, last = found.out.splitlines()
    place = "file=a%2Cb%3Ac%25.toml"
    assert warning.startswith(f"::warning {place},line=7,title=Budget assumption warns::")
    message = "100%25 wrong,␍%0A: :error: :owned: ␛[31m# #[add-path]/evil | total.p50 < $1"
    assert error.startswith(f"::error {place},line=12,title=Budget assumption b::{message} | now ")
    assert unknown.startswith(f"::error {place},line=17,")
    assert last.startswith("1 of 4 assumptions hold")
    assert found.code == 3


def test_annotations_of_any_text_stay_on_one_line():
    for text in ("a\nb", "a\r\nb", "a\u2028b", "a\x85b", "%0A"):
        escaped = github.escape_property(f"{text}:,")
        assert len(escaped.splitlines()) == 1
        assert not set(escaped) & {":", ",", "\n", "\r"}
    assert github.escape_data("%0A") == "%250A"


@pytest.mark.parametrize("format", ["table", "markdown"])
def test_hostile_text_steers_neither_terminal_nor_runner(run, file, format):
    hostile = assumption("total.p50 < $1", message=HOSTILE, scenario="::error::\u202e.toml")
    name = file(hostile, assumption("chips\n< 1", "c", message=HOSTILE))
    found = run("check", name, "--format", format)
    assert "\x1b" not in found.out
    assert "\u202e" not in found.out
    assert not re.search(r"^\s*::|##\[", found.out, re.MULTILINE)


def test_the_step_summary_gets_the_markdown_after_what_is_there(run, file, tmp_path, monkeypatch):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    name = file(HOLDS)
    run("check", name, "--format", "github")
    text = summary.read_text(encoding="utf-8")
    assert text == "before\n" + run("check", name, "--format", "markdown").out + "\n"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    found = run("check", name, "--format", "github")
    assert found.code == 0
    assert "warning: GITHUB_STEP_SUMMARY" in found.err


def test_lines_are_found_even_where_headers_mislead(file):
    path = Path(file(HOLDS, FAILS))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"Too dear."', '"""see\n[[assumption]]"""'), encoding="utf-8")
    assert [one.line for one in read_check_file(path).assumptions] == [4, 8]
    inline = '{{id = "{}", condition = "chips > 2"}},\n'
    head = 'scenario = "run.toml"\nassumption = [\n'
    path.write_text(head + inline.format("x") + inline.format("y") + "]", encoding="utf-8")
    assert [one.line for one in read_check_file(path).assumptions] == [3, 4]
