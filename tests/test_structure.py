"""The house: imports only go down, heavy modules stay where they are wanted."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from operator import le
from pathlib import Path

import pytest

import frontiercost
from definitions import Package
from frontiercost.core.facts import Draws
from frontiercost.cost.choices import BASES
from frontiercost.physics import plan_search
from frontiercost.stages.inference import candidates

ROOT = Path(frontiercost.__file__).parent
FLOORS = [
    ["cli"],
    ["backtest", "checks", "render"],
    ["reporting"],
    ["analysis"],
    ["stages"],
    ["scenario"],
    ["cost", "upstream"],
    ["physics"],
    ["catalogue"],
    ["core"],
]
FLOOR = {name: depth for depth, names in enumerate(FLOORS) for name in names}
ROOT_NAMES = {"__init__", "__main__"}
MODULES = sorted(
    path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] != "__main__.py"
)


def room(path):
    part = path.relative_to(ROOT).parts[0]
    return part.removesuffix(".py")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            inner = node.module == "frontiercost"
            yield from ((name if inner else node.module, node) for name in names)


@pytest.mark.parametrize("path", MODULES, ids=[str(p.relative_to(ROOT)) for p in MODULES])
def test_imports_only_go_down(path):
    here = room(path)
    if here in ROOT_NAMES:
        return
    assert here in FLOOR, f"{here} has no floor in tests/test_structure.py"
    for name, _ in imports(path):
        if name.startswith("frontiercost."):
            there = name.split(".")[1]
            if there != here:
                assert FLOOR[there] > FLOOR[here], f"{here} imports {there} above it"


def test_the_house_has_ten_floors_and_no_loose_rooms():
    assert len(FLOORS) <= 10
    assert {room(path) for path in MODULES} <= FLOOR.keys() | ROOT_NAMES
    assert [path.name for path in ROOT.glob("*.py") if path.stem not in ROOT_NAMES] == []
    assert {path.name for path in ROOT.iterdir() if path.is_dir()} - {"__pycache__"} == {
        *FLOOR,
        "data",
    }


def module_name(path):
    return ".".join(("frontiercost", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(
        ".__init__"
    )


def imported_at_once(path):
    """Names that a module imports when it is imported itself, not later or for types alone."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module


def test_modules_import_each_other_in_no_circle():
    known = {module_name(path): path for path in MODULES}
    waiting = {
        name: {other for other in imported_at_once(path) if other in known and other != name}
        for name, path in known.items()
    }
    while free := {name for name, others in waiting.items() if not others & waiting.keys()}:
        waiting = {name: others for name, others in waiting.items() if name not in free}
    assert not waiting, f"in a circle, or above one: {sorted(waiting)}"


def test_a_folder_says_in_one_sentence_what_is_in_it():
    for path in ROOT.rglob("__init__.py"):
        if path.parent != ROOT:
            said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            assert said, path
            assert said.splitlines()[0].endswith("."), path


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("typer", {"cli"}),
        ("rich", {"render"}),
        ("tomllib", {"catalogue", "core", "checks"}),
        ("tomli_w", {"scenario"}),
    ],
)
def test_libraries_stay_in_their_rooms(library, rooms):
    found = {
        room(path) for path in MODULES for name, _ in imports(path) if name.split(".")[0] == library
    }
    assert found <= rooms
    assert found


def imported_by(*arguments):
    code = (
        "import sys\n"
        f"sys.argv = ['frontiercost', *{arguments!r}]\n"
        "from frontiercost.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(found.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("pretrain", "--help"),
        ("compare", "--help"),
        ("check", "--help"),
        ("init", "check"),
        ("catalogue",),
        ("catalogue", "chips", "h100-sxm"),
        ("schema",),
        ("pretrain", "no-such-model"),
    ],
    ids=" ".join,
)
def test_help_version_and_catalogue_import_no_numpy(arguments):
    assert "numpy" not in imported_by(*arguments)


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)], ids=" ".join)
def test_help_and_version_import_no_rich_tables(arguments):
    assert "rich.table" not in imported_by(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("pretrain", "llama-2-70b"),
        ("posttrain", "llama-3.1-8b"),
        ("inference", "llama-3.1-8b"),
        ("dataprep", "--tokens", "1T"),
        ("compare",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_an_answer_imports_neither_the_network_nor_what_is_slow_and_not_needed(arguments):
    loaded = imported_by(*arguments, "--draws", "16")
    assert not loaded & {"socket", "ssl", "urllib.request", "http.client"}
    assert not loaded & {"numpy.ma", "frontiercost.backtest.fit_training", "frontiercost.backtest"}


COUNTED_ON = (3, 11)
"""The version of Python whose own modules were counted; others split theirs otherwise."""


@pytest.mark.parametrize(
    ("arguments", "own", "all_modules"),
    [
        (("--help",), 22, 190),
        (("pretrain", "llama-2-70b"), 109, 420),
        (("inference", "llama-3.1-8b"), 106, 420),
        (("posttrain", "llama-3.1-8b"), 118, 430),
        (("dataprep", "--tokens", "1T"), 79, 390),
        (("compare",), 89, 400),
        (("compare", "--seed", "1"), 174, 485),
    ],
    ids=lambda a: " ".join(a) if isinstance(a, tuple) else "",
)
def test_a_command_imports_no_more_than_it_did(arguments, own, all_modules):
    loaded = imported_by(*arguments)
    assert sum(name.startswith("frontiercost") for name in loaded) <= own
    if sys.version_info[:2] == COUNTED_ON:
        assert len(loaded) <= all_modules


@pytest.mark.parametrize(
    ("arguments", "plan_searches", "serving_grids", "facts_drawn"),
    [
        (("pretrain", "llama-3.1-405b"), 1, 0, 62),
        (("inference", "llama-3.1-8b"), 0, 2, 36),
        (("compare",), 0, 0, 160),
        (("compare", "--seed", "1"), 14, 18, 330),
    ],
    ids=lambda a: " ".join(a) if isinstance(a, tuple) else "",
)
def test_a_command_searches_and_draws_no_more_than_it_did(
    run, monkeypatch, arguments, plan_searches, serving_grids, facts_drawn
):
    counts = Counter()

    def counted(owner, name):
        real = getattr(owner, name)

        def call(*given, **named):
            counts[name] += 1
            return real(*given, **named)

        monkeypatch.setattr(owner, name, call)

    counted(plan_search, "best_steps")
    counted(candidates, "served")
    counted(Draws, "standard")
    assert run(*arguments).code == 0
    found = (counts["best_steps"], counts["served"], counts["standard"])
    assert all(map(le, found, (plan_searches, serving_grids, facts_drawn))), found


def test_no_definition_is_there_for_tests_alone():
    """No reader of names can follow that a basis names its method, and that typer asks for help."""
    benchmarks = ROOT.parents[1] / "benchmarks"
    if not benchmarks.exists():
        pytest.skip("without the benchmarks, some of whose definitions nothing else needs")
    package = Package(ROOT, benchmarks, asked={"format_help", *(f"_{basis}" for basis in BASES)})
    assert package.unreached() == []


def functions():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.name}", node


def length(name, node):
    """Lines of a function; of a command, those of its body: its flags are declarations."""
    first = node.body[0].lineno if name.startswith("cli/") else node.lineno
    return node.end_lineno - first + 1


def test_no_value_travels_by_the_names_of_local_variables():
    calls = (n for path in MODULES for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {n.func.id for n in calls if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not names & {"locals", "globals", "vars", "eval", "exec"}


def test_files_and_functions_stay_short():
    for path in [*MODULES, *Path(__file__).parent.rglob("*.py")]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path
    lengths = sorted(length(name, node) for name, node in functions())
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[-1] <= 60


def test_the_source_archive_holds_what_its_tests_read():
    tests = Path(__file__).parent
    text = (tests.parent / "pyproject.toml").read_text(encoding="utf-8")
    included = tomllib.loads(text)["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    named = re.compile(r'(?:ROOT|parents\[1\]) / "([\w.-]+)"')
    read = {name for file in tests.glob("*.py") for name in named.findall(file.read_text("utf-8"))}
    assert {"benchmarks", "README.md"} <= read <= set(included)
