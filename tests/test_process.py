"""What surrounds a run: the locale of the system, and whoever waits for its end."""

import json
import os
import subprocess
import sys

import pytest

ASCII = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
LOCALES = {
    "ascii": ASCII,
    "ascii streams": {"PYTHONIOENCODING": "ascii:strict"},
    "utf-16 streams": {"PYTHONIOENCODING": "utf-16"},
}
NAME = "Café 70 %"
ASKED = ("pretrain", "llama-2-7b", "--draws", "0")
FORMATS = ("table", "markdown", "csv", "html", "svg")


def python(*arguments, **variables):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, env=os.environ | variables, check=False
    )


def program(*arguments, **variables):
    return python("-m", "frontiercost", *arguments, **variables)


# --- the locale ---------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    """A scenario with names beyond ASCII, as is that of the file and of the one it extends."""
    (tmp_path / "Café.toml").write_text(f'name = "{NAME}"\nmodel = "llama-2-7b"\n', "utf-8")
    path = tmp_path / "Zürich.toml"
    path.write_text('extends = "Café.toml"\ndraws = 0\n', encoding="utf-8")
    return path


@pytest.mark.parametrize("locale", LOCALES)
def test_json_is_utf_8_in_every_locale_and_gives_names_back(file, tmp_path, locale):
    asked = ("pretrain", "--scenario", str(file), "--format", "json")
    out = program(*asked, **LOCALES[locale]).stdout
    target = tmp_path / "Ö.json"
    assert program(*asked, "-o", str(target), **LOCALES[locale]).returncode == 0
    assert target.read_bytes() == out
    assert json.loads(out.decode("utf-8"))["evaluations"][0]["name"] == NAME


@pytest.mark.parametrize("locale", LOCALES)
def test_a_name_that_is_typed_comes_back_from_json_and_a_saved_file(tmp_path, locale):
    saved = tmp_path / "saved.toml"
    typed = (*ASKED, "--set", f"name={NAME}", "--save", str(saved), "--format", "json")
    found = program(*typed, **LOCALES[locale])
    assert json.loads(found.stdout.decode("utf-8"))["evaluations"][0]["name"] == NAME
    assert f'name = "{NAME}"' in saved.read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", LOCALES)
def test_errors_in_json_are_utf_8_too(locale):
    found = program("pretrain", NAME, "--format", "json", **LOCALES[locale])
    assert found.returncode == 2
    assert f"'{NAME}'" in json.loads(found.stderr.decode("utf-8"))["error"]["message"]


def test_bytes_that_are_no_text_in_any_locale_are_shown_as_such_and_parse_everywhere():
    found = program(*ASKED, "--set", b"name=no\xfftext", "--format", "json")
    assert b"surrogate" not in found.stderr
    assert json.loads(found.stdout.decode("utf-8"))["evaluations"][0]["name"] == "no\ufffdtext"
    assert b"\\ud" not in found.stdout


@pytest.mark.parametrize("format", FORMATS)
def test_other_formats_show_what_the_locale_cannot_write_as_something_else(file, tmp_path, format):
    asked = ("pretrain", "--scenario", str(file), "--format", format)
    found = program(*asked, **ASCII)
    assert (found.returncode, found.stderr) == (0, b"")
    assert b"Cafe" in found.stdout
    target = tmp_path / "answer"
    program(*asked, "-o", str(target), **ASCII)
    assert "Café" in target.read_text(encoding="utf-8")


# --- who waits ----------------------------------------------------------------------------------

CALLED = "from frontiercost.cli import program; program()"
WAITING = {
    "a callback": f"import atexit; atexit.register(print, 'waited'); {CALLED}",
    "a thread": (
        "import threading\n"
        "waits = lambda: (threading.main_thread().join(), print('waited'))\n"
        "threading.Thread(target=waits).start()\n"
        f"{CALLED}"
    ),
    "a host": (
        "import runpy\n"
        "try: runpy.run_module('frontiercost', run_name='__main__')\n"
        "finally: print('waited')"
    ),
    "a function": f"def host():\n try: exec({CALLED!r})\n finally: print('waited')\nhost()",
    "a profiler": (
        "import cProfile\n"
        "profile = cProfile.Profile()\n"
        "profile.enable()\n"
        f"try: exec({CALLED!r})\n"
        "finally: print('waited')"
    ),
    "a tracer": (
        f"import sys\nsys.settrace(lambda *_: None)\ntry: exec({CALLED!r})\n"
        "finally: print('waited')"
    ),
}


@pytest.mark.parametrize("who", WAITING)
def test_who_waits_for_the_end_of_a_run_is_not_cut_short(who):
    found = python("-c", WAITING[who], "--version")
    assert found.returncode == 0
    assert found.stdout.endswith(b"waited\n")


def test_a_profiler_around_the_program_prints_what_it_saw():
    found = python("-m", "cProfile", "-m", "frontiercost", "--version")
    assert b"function calls" in found.stdout


@pytest.mark.parametrize(
    "start", [("-m", "frontiercost"), ("-c", CALLED)], ids=["module", "script"]
)
def test_where_nobody_waits_the_end_is_at_once(tmp_path, start):
    leave = "import os\nleave = os._exit\nos._exit = lambda code: leave(os.write(2, b'at once'))\n"
    (tmp_path / "sitecustomize.py").write_text(leave, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    assert python(*start, "--version", PYTHONPATH=path).stderr == b"at once"


# --- memory -------------------------------------------------------------------------------------


# the peak of a process begins at that of whoever started it, so a small one starts the program
PEAK = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "frontiercost", *sys.argv[1:]], check=True, stdout=2)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the unit of the peak is another")
@pytest.mark.parametrize(
    "asked", [("pretrain", "deepseek-v3"), ("dataprep", "--tokens", "10T")], ids=lambda a: a[0]
)
def test_half_a_million_draws_fit_in_350_mb(asked):
    found = python("-c", PEAK, *asked, "-q", "--draws", "500000")
    assert found.returncode == 0, found.stderr
    assert int(found.stdout) * 1024 <= 350e6
