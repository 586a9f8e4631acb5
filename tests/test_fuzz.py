"""Whatever is typed: an answer or one line that says what is wrong, never a traceback.

A short run in CI; FUZZ_CASES=17000 pytest tests/test_fuzz*.py for a long one: the number is that of
the cases of each kind.
"""

from contextlib import suppress

import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.main import get_command

from frontiercost.checks import expressions
from frontiercost.cli.app import application
from frontiercost.core import units
from frontiercost.core.errors import DataError, InputError, NotEvaluatedError
from frontiercost.core.units import SPELLINGS, parse
from frontiercost.scenario.flags import FLAGS as TABLE
from frontiercost.scenario.flags import KEYS
from frontiercost.scenario.scenario import Scenario, build
from frontiercost.stages.evaluation import evaluate
from fuzzing import CALM, EXAMPLES, is_calm, listed, values

typed = values.map(lambda text: text.replace("\0", ""))  # no argument can hold one

WRITE_FILES = {"--output", "--save", "--install-completion", "--show-completion"}
SLOW = {"backtest"}
NEED_A_FILE = {"check"}


def flags_of(command):
    """Return the long names of a command's flags, with whether each takes a value."""
    options = (p for p in command.params if p.opts[0].startswith("-"))
    names = {max(p.opts, key=len): not p.is_flag for p in options} | {"--help": False}
    return [(name, wants) for name, wants in names.items() if name not in WRITE_FILES]


FLAGS = {
    name: flags_of(command)
    for name, command in get_command(application()).commands.items()
    if name not in SLOW | NEED_A_FILE
}
MODELS = ["llama-2-7b", "gpt-4", "llama-3.1-8b", "deepseek-v3", "gpt-2", "grok-3", "no-such", ""]
NAMES = {
    "chip": ["h100-sxm", "h800", "b200", "tpu-v5p", "a100-80g", "mi300x"],
    "actor": ["ai2", "princeton", "meta", "nanochat"],
    "recipe": ["chat", "reasoning", "agent", "rag", "none"],
    "phase": ["sft.examples=50k", "rl.steps=10", "sft.examples=0"],
    "source": ["common-crawl:1T", "own-platform:2T"],
    "licence": ["news=$60M/year", "$1M/year"],
    "date": ["2026-11", "2024", "2030-01-01"],
    "set": ["tokens=2T", "assumptions.pue=1.1", "seed=3"],
    "without": ["staff", "experiments", "energy"],
    "format": ["json", "markdown", "csv", "svg", "html", "table"],
    "rung": ["use", "run-small", "adapt", "rebuild", "join", "lead"],
    "category": ["nonprofit", "university"],
    "by": ["reasoning", "context", "demand", "break-even", "trend"],
    "frontier": ["gpt-5", "2028", "gpt-4"],
}
SWITCHES = ["true", "false"]
READERS = {flag.name: flag.reader for flag in TABLE}


def fitting(flag):
    """Return values of the kind that a flag wants, of any size; any at all where it has no kind."""
    key = flag.removeprefix("--").replace("-", "_")
    field = READERS.get(key)
    if key in NAMES:
        return st.sampled_from(NAMES[key])
    if field is None or field.kind in ("text", "list", "file"):
        return typed
    if field.kind in ("choice", "switch"):
        return st.sampled_from(field.choices or SWITCHES)
    if field.kind == "quantity":
        numbers = st.floats(1e-6, 1e18).map("{:.3g}".format)
        example = units.EXAMPLES.get(field.unit, "1")
        return st.one_of(st.just(example), numbers.map(f"{{}} {field.unit}".format))
    return st.integers(0, 4096).map(
        {"money": "${}", "chips": "{} h100"}.get(field.kind, "{}").format
    )


def flag_and_value(command):
    return st.sampled_from(FLAGS[command]).flatmap(
        lambda flag: st.tuples(st.just(flag), st.one_of(*[fitting(flag[0])] * 5, typed))
    )


ASKED_MOST = ("pretrain", "posttrain", "dataprep", "inference", "compare")
command_lines = st.sampled_from(sorted([*FLAGS, *ASKED_MOST * 4])).flatmap(
    lambda command: st.tuples(
        st.just(command),
        st.lists(st.sampled_from(MODELS), max_size=2 if command == "compare" else 1),
        st.lists(flag_and_value(command), max_size=3),
    )
)


def test_every_flag_is_among_those_tried():
    assert {"pretrain", "posttrain", "dataprep", "inference", "compare"} < FLAGS.keys()
    assert ("--fail-over-budget", False) in FLAGS["pretrain"]
    assert ("--tokens-per-second", True) in FLAGS["inference"]
    assert sum(map(len, FLAGS.values())) > 150
    assert not WRITE_FILES & {name for flags in FLAGS.values() for name, _ in flags}


def test_a_plain_question_is_answered_here(run):
    assert run("pretrain", "llama-2-7b", "--draws=16", "-q").code == 0


@CALM
@given(line=command_lines)
def test_any_command_line_ends_in_an_answer_or_a_line(run, line):
    command, arguments, flags = line
    words = [command, *arguments, *(f"{f}={value}" if wants else f for (f, wants), value in flags)]
    if ("--draws", True) in FLAGS[command]:
        words.append("--draws=16")
    is_calm(run(*words))


@CALM
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.dictionaries(st.sampled_from(sorted(KEYS)), values, max_size=5).map(
            lambda d: "\n".join(f"{k} = {v!r}" for k, v in d.items())
        ),
    )
)
def test_any_scenario_file_is_read_or_refused(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("fuzz") / "x.toml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(InputError):
        build({}, file)


entries = st.dictionaries(
    st.sampled_from(["date", "chip", "usd", "name", "label", "tdp", "memory", "shape", "x"]),
    st.one_of(values, st.integers(), st.floats(), st.dictionaries(st.text(max_size=3), values)),
    max_size=4,
)
own_tables = st.dictionaries(
    st.sampled_from(["chips", "models", "actors", "budgets", "sources", "prices", "chip"]),
    st.one_of(
        values,
        st.lists(st.one_of(entries, values), max_size=2),
        st.dictionaries(
            st.sampled_from(["z1", "rental", "../z", "\0"]), st.one_of(entries, values)
        ),
        st.dictionaries(st.just("rental"), st.lists(entries, max_size=2)),
    ),
    max_size=3,
)


@CALM
@given(own=own_tables)
def test_any_own_facts_are_used_or_refused(own):
    asked = build({"model": "llama-2-7b", "chip": "z1", "draws": "0"})
    scenario = Scenario(asked.values, own=own)
    with suppress(InputError, NotEvaluatedError, DataError):
        evaluate(scenario)


@settings(max_examples=max(EXAMPLES, 200), deadline=None)
@given(text=values, unit=st.sampled_from(sorted(SPELLINGS)))
def test_any_text_is_a_quantity_or_a_reason(text, unit):
    try:
        found = parse(text, unit)
    except ValueError:
        return
    assert found.low <= found.value <= found.high


PIECES = [
    *listed("( | ) | + | - | * | / | < | <= | > | >= | == | != | and | or | not | = | $ | % | ."),
    *listed(', | [ | ] | : | " | \\ | # | 1 | 0 | 2e6 | $2M | 80% | 30 days | 1e999 | 1_000 | ..5'),
    *listed("x | é | p( | p(x) | p(affordable) | total. | total.median | total.p95 | verdict"),
    *listed("chips | mfu.median | bill.compute.high | change.total_pct | wall_days.mean"),
]
conditions = st.one_of(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join), values)


@CALM
@given(text=conditions, found=st.floats())
def test_any_condition_is_decided_or_refused(text, found):
    with suppress(InputError, NotEvaluatedError):
        condition = expressions.parse(text)
        decided = expressions.evaluate(condition, lambda _: expressions.Amount(found, "USD"))
        assert isinstance(decided, bool)


READ = {"draws": "16", "model": "llama-2-7b"}
assumptions = st.fixed_dictionaries(
    {"condition": st.one_of(conditions, st.sampled_from(["total.median > 0", "chips < 8"]))},
    optional={
        "level": st.sampled_from(["warn", "fail", "x"]),
        "message": values,
        "scenario": st.one_of(
            values, st.dictionaries(st.sampled_from(sorted(KEYS)), values, max_size=2)
        ),
    },
)
check_files = st.tuples(
    st.dictionaries(st.sampled_from(["edition", "max_price_age"]), values),
    st.lists(assumptions, min_size=1, max_size=3),
)


@CALM
@given(content=check_files)
def test_any_file_of_assumptions_is_checked_or_refused(run, tmp_path_factory, content):
    top, entries = content
    file = tmp_path_factory.mktemp("fuzz") / "x.toml"
    numbered = [{"id": f"a{number}"} | entry for number, entry in enumerate(entries)]
    text = tomli_w.dumps(top | {"scenario": READ, "assumption": numbered})
    file.write_text(text, encoding="utf-8")
    is_calm(run("check", file))
