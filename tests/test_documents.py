"""Whatever a command answers as JSON is what the shipped schema says, and nothing else is."""

import json
from pathlib import Path

import jsonschema
import pytest

from frontiercost.catalogue.store import SHIPPED
from frontiercost.scenario.flags import SOLVABLE

SCHEMA = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
FEW = ("--draws", "16")
STAGES = (
    ("dataprep", "--tokens", "1T"),
    ("pretrain", "llama-2-7b"),
    ("posttrain", "llama-3.1-8b"),
    ("inference", "llama-3.1-8b"),
)
WAYS = (
    "--sensitivity --budget $1M",
    "--budget $0",
    "--price $0/h",
    "--actor ai2 --actor princeton",
    "--own-chips 300|h100",
    "--explain -q",
    "--basis buy",
)
ASKED = {
    "pretrain": [
        "--budget $10M",
        "--actor ai2 --years 3",
        "gpt-4 --as-built",
        "llama-2-7b --mfu 40% --indirect 55% --without staff",
        "llama-2-7b --deadline 30|days",
        "llama-3-8b --sites 20 --site-chips 8 --uplink 110|Mbit/s --streaming",
        "deepseek-v3 --chip h100-sxm --tp 4 --pp 8",
        "--params 7B --budget $1 --solve tokens",
        "--params 7B --tokens 2T --budget $1e15 --solve price",
        "--params 7B --tokens 2T --deadline 30|days --solve chips",
    ],
    "posttrain": ["llama-3.1-8b --by trend", "gpt-3 --recipe rlhf --by trend", "--params 8B"],
    "dataprep": [
        "--source common-crawl:30T --source synthetic:1T --years 2",
        "--mix olmo-3 --tokens 1T --licence news=$60M/year",
    ],
    "inference": [
        *(f"llama-3.1-8b --by {view}" for view in ("reasoning", "context", "demand")),
        "llama-4-scout --context 1M --by context --by demand --by reasoning",
        "gpt-6-astra --cache-hit 50% --budget $1M",
        *(
            f"llama-3.1-70b --break-even --development {sum} --price {price} --demand-growth 2x"
            for sum in ("$100M", "$0")
            for price in ("$10/Mtok", "$0.001/Mtok", "$0/Mtok", "$1/Mtok..$10/Mtok")
        ),
    ],
    "compare": [
        "",
        "--years 2024..2026",
        "--returns",
        "--history",
        "--history --years 2019..2029",
        "--grant $10M --subsidy 0% --export-rule compute",
        "llama-3.1-405b deepseek-v3 --why",
        "gpt-4 deepseek-v3 --why --as-built",
        "--cost $30M",
        "--cost $1e15",
        "--pool ai2,princeton --grant $10M",
        "--rung rebuild --rung lead --frontier 2028 --subsidy 30% --free-chips 500|h100",
        "--rung run --open-weights forbidden --done",
        "--budget $5M --people 40 --rung use",
        "deepseek-v3 --category nonprofit",
        "llama-2-7b llama-2-70b deepseek-v3",
        "examples/chat-service.toml examples/deepseek-day.toml",
        "--scenario examples/university-7b.toml",
        "--scenario examples/policy.toml",
    ],
    "catalogue": [
        *("", "actors", "assumptions", "chips", "data", "models", "prices", "runs", "sources"),
        *("trends", "laws", "grids"),
    ],
}
"""What each command is asked, a blank in a value written as `|`."""
WRONG = (
    *("pretrain nosuch", "pretrain --nosuch", "pretrain llama-2-7b --tokens x", "nosuch"),
    *("check nofile", "compare x.toml", "backtest nosuch", "catalogue chips nosuch"),
    *(
        "inference claude-mythos-preview",
        "pretrain --chip",
        "pretrain a b",
        "pretrain --by x",
        "posttrain gpt-5",
    ),
    *("pretrain --budget $0", "inference llama-2-7b --break-even", "pretrain a --scenario b"),
    *("init nosuch", "compare --years 1", "dataprep", "pretrain a --draws 0 --fail-over-budget"),
)


def questions():
    for stage in STAGES:
        yield from ([*stage, *way.split(), *FEW] for way in WAYS)
        yield from ([*stage, "--draws", draws] for draws in ("0", "1"))
        yield from ([*stage, "--solve", each, "--budget", "$1M", *FEW] for each in SOLVABLE)
    yield from (["pretrain", "--params", "7B", "--solve", x, "--budget", "$3M"] for x in SOLVABLE)
    for command, each in ASKED.items():
        draws = () if command == "catalogue" else FEW
        yield from ([command, *asked.split(), *draws] for asked in each)


def document(run, asked):
    """Return what a command answers, or its error, having been compared with the schema."""
    found = run(*(word.replace("|", " ") for word in asked), "--format", "json")
    assert found.err.startswith("recorded" if "--record" in asked else "{") or not found.err
    assert "Cell(" not in found.out
    said = json.loads(found.out or found.err, parse_constant=pytest.fail)  # NaN is no JSON
    VALIDATOR.validate(said)
    assert ("error" in said) == (found.code not in (0, 3)), found
    assert found.code != 1, found
    return said


@pytest.mark.parametrize("asked", list(questions()), ids=" ".join)
def test_an_answer_or_its_error_is_what_the_schema_says(run, monkeypatch, asked):
    monkeypatch.chdir(SHIPPED.parents[2])
    said = document(run, asked)
    assert said.get("command", asked[0]) == asked[0]
    if "--solve" not in asked and "$0" not in asked:
        assert "error" not in said


@pytest.mark.parametrize("asked", WRONG)
def test_an_error_is_what_the_schema_says(run, asked):
    assert document(run, asked.split())["error"]["exit_code"] in (2, 4)


def entries():
    shown = {"prices": "h100-sxm", "runs": None, "sources": None}
    return [(kind, shown.get(kind)) for kind in ASKED["catalogue"][1:]]


@pytest.mark.parametrize(("kind", "name"), entries())
def test_one_entry_of_each_kind_is_what_the_schema_says(run, kind, name):
    first = document(run, ["catalogue", kind])["tables"][0]["rows"][0]
    name = name or str(next(iter(first.values())))
    assert document(run, ["catalogue", kind, name])["tables"]


@pytest.mark.parametrize("stage", ["pretrain", "posttrain", "cost"])
def test_a_backtest_is_what_the_schema_says(run, stage):
    found = document(run, ["backtest", stage, *FEW])["backtests"]
    parts = [(one["stage"], one["quantity"], one["subset"]) for one in found]
    assert len(set(parts)) == len(parts)
    assert {part[0] for part in parts} == {stage}


@pytest.mark.parametrize(
    ("condition", "level", "code"),
    [
        ("total.median > 0", "fail", 0),
        ("total.median < $1", "warn", 0),
        ("total.median < $1", "fail", 3),
        ("nosuch > 0", "fail", 4),
        ("multiple.median > 0 or p(affordable) > 90%", "fail", 4),
    ],
)
def test_a_check_is_what_the_schema_says(run, tmp_path, condition, level, code):
    file = tmp_path / "mine.toml"
    text = f'[[assumption]]\nid = "x"\ncondition = "{condition}"\nlevel = "{level}"\n'
    file.write_text(f'{text}[scenario]\nmodel = "llama-2-7b"\ndraws = 16\n', encoding="utf-8")
    found = document(run, ["check", str(file), "--exit-zero"])["check"]
    assert found["exit_code"] == code
    assert document(run, ["check", str(file), "--record", "--exit-zero"])["check"]["scenarios"]


# --- nothing else is ----------------------------------------------------------------------------

GOLDEN = [
    path
    for path in sorted((Path(__file__).parent / "golden").glob("*.json"))
    if path.stem != "accuracy"
]
COMMANDS = SCHEMA["properties"]["command"]["enum"]


def changes(said):
    """Yield what makes another document of it: a key more, a key less, another's name."""
    yield said | {"more": 1}
    yield said | {"command": "nosuch"}
    yield said | {"error": {"message": "x", "exit_code": 2}}
    yield from (said | {"command": other} for other in other_commands(said))
    yield from (without(said, key) for key in said if key not in OPTIONAL)
    for evaluation in said.get("evaluations", []):
        others = {one["stage"]: one for one in EVALUATIONS if one["stage"] != evaluation["stage"]}
        changed = [evaluation | {"more": 1}, evaluation | {"stage": "nosuch"}]
        changed += [without(evaluation, key) for key in evaluation if key not in OPTIONAL]
        changed += [other | {"stage": evaluation["stage"]} for other in others.values()]
        yield from (said | {"evaluations": [one]} for one in changed)


OPTIONAL = {
    *("solve", "sensitivity", "trend", "reasoning", "context", "demand", "break_even"),
    *("seed", "draws"),  # what has none is not drawn
}
DOCUMENTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in GOLDEN}
EVALUATIONS = [one for said in DOCUMENTS.values() for one in said.get("evaluations", [])]


def other_commands(said):
    """Return the commands that never answer so; those of the stages share their form."""
    stages = COMMANDS[:4]
    return [c for c in COMMANDS if c != said["command"] and not {c, said["command"]} <= {*stages}]


def without(said, key):
    return {name: value for name, value in said.items() if name != key}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_changed_keeps_the_contract_no_more(name):
    said = DOCUMENTS[name]
    VALIDATOR.validate(said)
    for changed in changes(said):
        assert not VALIDATOR.is_valid(changed), changed.keys() ^ said.keys()


def test_every_object_of_the_schema_says_what_it_holds():
    def loose(part, path):
        if isinstance(part, dict):
            if part.get("type") == "object" and "additionalProperties" not in part:
                yield path
            for key, inner in part.items():
                yield from loose(inner, f"{path}/{key}")

    assert not list(loose(SCHEMA, ""))
