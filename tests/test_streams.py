"""What goes in and out as bytes: files of any kind, full disks, closed pipes, the same bytes."""

import errno
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from frontiercost.core.errors import InputError
from frontiercost.core.safe_files import DEEPEST_FILE, LARGEST_FILE
from frontiercost.scenario.scenario import build

ASKED = ("pretrain", "gpt-4", "--draws", "0")
FULL = Path("/dev/full")
LIMIT = 10.0  # seconds: it takes a tenth of one, and took 47 and all memory when it was wrong
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")


def shell(*arguments, **more):
    command = [sys.executable, "-m", "frontiercost", *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, check=False, **more)


def wide():
    """Return the environment of a run whose lines are as long as they want."""
    return {name: value for name, value in os.environ.items() if name != "COLUMNS"}


# --- out ----------------------------------------------------------------------------------------


@pytest.fixture(params=["nameless", "named"])
def beside(request, monkeypatch):
    """Files that are seen while one is replaced: where the system can, the new one has no name."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    return 1 if hasattr(os, "O_TMPFILE") else 2


@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=repr
)
def test_a_write_that_fails_leaves_the_old_file_alone(run, tmp_path, monkeypatch, failure, beside):
    target = tmp_path / "answer.txt"
    target.write_text("old", encoding="utf-8")

    def fail(_):
        assert len(list(tmp_path.iterdir())) == beside
        raise failure

    monkeypatch.setattr(os, "fsync", fail)
    found = run(*ASKED, "-o", target)
    assert found.code == (2 if isinstance(failure, OSError) else 130)
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.usefixtures("beside")
def test_an_old_files_permissions_stay_and_a_new_one_follows_the_umask(run, tmp_path):
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text("", encoding="utf-8")
    old.chmod(0o640)
    before = os.umask(0o027)
    try:
        assert run(*ASKED, "-o", old).code == 0
        assert run(*ASKED, "-o", new).code == 0
    finally:
        os.umask(before)
    assert old.stat().st_mode & 0o777 == 0o640
    assert new.stat().st_mode & 0o777 == 0o640
    assert old.read_text(encoding="utf-8") == new.read_text(encoding="utf-8")
    assert sorted(tmp_path.iterdir()) == [new, old]


def test_a_link_stays_a_link_and_a_dash_is_stdout(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    link, target = tmp_path / "link.txt", tmp_path / "target.txt"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    printed = run(*ASKED, "-o", "-").out
    run(*ASKED, "-o", link)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == printed
    assert sorted(tmp_path.iterdir()) == [link, target]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert shell(*ASKED, "-q", "-o", str(pipe)).returncode == 0
        assert reader.communicate()[0].startswith(b"GPT-4 costs")
    assert pipe.is_fifo()


KILLED = """
import os, signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
from frontiercost.core.written_files import write_whole
def killed(_):
    os.kill(os.getpid(), int(sys.argv[2]))
os.fsync = killed
write_whole(Path(sys.argv[1]), b"new")
"""


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="a file has a name from its start here")
@pytest.mark.parametrize("old", [b"old", None])
@pytest.mark.parametrize(
    ("by", "whole"), [(signal.SIGKILL, False), (signal.SIGTERM, True), (signal.SIGINT, True)]
)
def test_a_write_that_is_killed_leaves_no_half_and_nothing_beside_it(tmp_path, by, whole, old):
    target = tmp_path / "answer.txt"
    if old:
        target.write_bytes(old)
    command = [sys.executable, "-c", KILLED, target, str(int(by))]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -by
    left = b"new" if whole else old
    there = {file: file.read_bytes() for file in tmp_path.iterdir()}
    assert there == ({target: left} if left else {})


@pytest.mark.skipif(sys.platform != "linux", reason="of a shell and descriptors of Linux")
@pytest.mark.parametrize("name", ["/dev/fd/3", "/proc/self/fd/3", "/dev/../dev/fd/3", "link"])
def test_a_descriptor_is_written_to_as_the_shell_opened_it(tmp_path, name):
    (tmp_path / "link").symlink_to("/dev/fd/3")
    asked = shlex.join([sys.executable, "-m", "frontiercost", *ASKED, "-q", "-o", name])
    (tmp_path / "log").write_text("before\n", encoding="utf-8")
    script = f"exec 3>>log; {asked}; echo between >&3; {asked} 3>&1 >/dev/null | cat >&3"
    subprocess.run(script, shell=True, check=True, cwd=tmp_path, env=wide())
    lines = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert lines[::2] == ["before", "between"]
    assert lines[1] == lines[3]
    assert lines[1].startswith("GPT-4 costs")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link", "log"]


@pytest.mark.parametrize(("name", "number"), [("/dev/stdout", 1), ("/dev/stderr", 2)])
def test_a_stream_by_its_name_appends_to_its_file(tmp_path, name, number):
    asked = shlex.join([sys.executable, "-m", "frontiercost", *ASKED, "-q", "-o", name])
    subprocess.run(f"echo before >log; {asked} {number}>>log", shell=True, check=True, cwd=tmp_path)
    assert (tmp_path / "log").read_text(encoding="utf-8").startswith("before\nGPT-4 costs")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("/dev/fd/999", "Bad file descriptor"),
        (".", "Is a directory"),
        ("none/x", "No such file or directory"),
        ("file/x", "Not a directory"),
        ("loop", "Too many levels of symbolic links"),
        ("x" * 300, "File name too long"),
    ],
)
def test_where_nothing_can_be_written_is_one_line_and_exit_2(
    run, tmp_path, monkeypatch, name, says
):
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    Path("file").touch()
    found = run(*ASKED, "-o", name)
    assert (found.code, found.err) == (2, f"error: --output '{name}': {says}\n")
    assert sorted(os.listdir()) == ["file", "loop"]


def test_a_file_or_folder_that_is_read_only_stays_as_it_is(run, tmp_path, monkeypatch):
    """Nobody else can be asked for: the tests may run as root, who may write everywhere."""
    target = tmp_path / "answer.txt"
    target.write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda *_: False)
    found = run(*ASKED, "-o", target)
    assert (found.code, found.err) == (2, f"error: --output '{target}': Permission denied\n")
    assert target.read_text(encoding="utf-8") == "old"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's files so")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("place", ["stdout", "a file"])
def test_what_a_disk_takes_only_in_part_is_an_error(tmp_path, place, unbuffered):
    import resource

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    target, environment = tmp_path / "answer", os.environ | {"PYTHONUNBUFFERED": unbuffered}
    asked = ("schema", "-o", target) if place == "a file" else ("schema",)
    with (tmp_path / "out").open("wb") as out:
        found = shell(*asked, stdout=out, preexec_fn=small, env=environment)
    assert found.returncode == 2
    assert found.stderr.endswith(b": File too large\n")
    assert found.stderr.count(b"\n") == 1
    assert not target.exists()


def test_the_answer_alone_is_one_line_for_a_pipe():
    found = shell(*ASKED, "--budget", "$1M", "-q", stdout=subprocess.PIPE, env=wide())
    assert found.stdout.count(b"\n") == 1


@needs_full
@pytest.mark.parametrize(
    "arguments", [ASKED, (*ASKED, "--format", "svg"), ("--help",), ("schema",)], ids=" ".join
)
def test_a_full_disk_behind_stdout_is_one_line_and_exit_2(arguments):
    with FULL.open("wb") as full:
        found = shell(*arguments, stdout=full)
    assert found.returncode == 2
    assert found.stderr == b"error: standard output: No space left on device\n"


@needs_full
def test_a_full_disk_behind_a_file_is_one_line_and_the_device_stays(run):
    found = run(*ASKED, "-o", FULL)
    assert found.code == 2
    assert found.err == "error: --output '/dev/full': No space left on device\n"
    assert FULL.is_char_device()


@pytest.mark.parametrize("arguments", [ASKED, ("schema",), ("--help",)], ids=" ".join)
def test_a_closed_pipe_ends_quietly(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    found = shell(*arguments, stdout=writing)
    os.close(writing)
    assert (found.returncode, found.stderr) == (0, b"")


def test_a_closed_pipe_hides_no_failed_gate():
    reading, writing = os.pipe()
    os.close(reading)
    gate = ("--budget", "$1", "--fail-over-budget", "-q")
    found = shell("pretrain", "gpt-4", "--draws", "64", *gate, stdout=writing)
    os.close(writing)
    assert (found.returncode, found.stderr) == (3, b"")


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed there")
@pytest.mark.parametrize("more", [("-o", "a.md"), ("--save", "a.toml"), ("--scenario", "a.toml")])
def test_a_current_folder_that_is_gone_is_one_line_and_exit_2(tmp_path, more):
    folder = tmp_path / "gone"
    folder.mkdir()
    asked = shlex.join([sys.executable, "-m", "frontiercost", *ASKED, *more])
    line = f"rmdir {shlex.quote(str(folder))} && {asked}"
    found = subprocess.run(line, shell=True, cwd=folder, capture_output=True, check=False)
    assert found.returncode == 2
    assert found.stderr.startswith(b"error: ")
    assert found.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="streams are closed by a shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--version",), 0),
        (("pretrain", "nosuch"), 2),
        (("pretrain", "gpt-4", "--draws", "64", "--budget", "$1", "--fail-over-budget", "-q"), 3),
    ],
    ids=["answer", "error", "gate"],
)
def test_the_exit_code_stands_when_nobody_can_read(arguments, code, closed):
    asked = shlex.join([sys.executable, "-m", "frontiercost", *arguments])
    assert subprocess.run(f"{asked} {closed}", shell=True, check=False).returncode == code


@pytest.mark.parametrize(
    "asked",
    [
        ("pretrain", "llama-2-70b", "--actor", "ai2"),
        ("inference", "llama-3.1-8b", "--budget", "$1M/year"),
        ("compare", "llama-2-70b", "llama-3-70b"),
    ],
    ids=lambda asked: asked[0],
)
def test_the_hash_seed_changes_no_byte(asked):
    outputs = {
        shell(
            *(*asked, "--draws", "64", "--format", "json"),
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1
    assert outputs.pop().startswith(b'{\n  "schema_version"')


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory so")
def test_too_many_draws_for_the_memory_are_one_line():
    import resource

    def small():
        resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000))

    found = shell("compare", "--draws", "1000000", preexec_fn=small)
    assert found.returncode == 2
    assert found.stderr.startswith(b"error: there is not enough memory")
    assert found.stderr.count(b"\n") == 1


# --- in -----------------------------------------------------------------------------------------

LONG = LARGEST_FILE // 4
UNREADABLE = {
    "not UTF-8": (b'name = "\xff"', "not UTF-8 at byte 8"),
    "nested lists": (b"x = " + b"[" * LONG, "nested too deeply"),
    "nested tables": (b"x = " + b"{a=" * (LONG // 2), "nested too deeply"),
    "less nested": (b"x = " + b"[" * 20 + b"]" * 20, "nested too deeply"),
    "dotted keys": (b".".join([b"a"] * LONG) + b" = 1", "nested too deeply"),
    "dotted table": (b"[" + b".".join([b'"a"'] * (LONG // 2)) + b"]", "nested too deeply"),
    "dots inside": (b"x = {" + b"a." * LONG + b"b = 1}", "nested too deeply"),
    "long number": (b"tokens = " + b"9" * 5000, "a number has too many digits"),
    "quotes": (b'x = "' + b'\\"' * LONG, "Unterminated string"),
    "many quotes": (b"x = " + b"'''a\"" * (LONG // 2), "Expected newline"),
    "empty byte": (b"name = \x00", "Invalid value"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_one_line_within_a_second(tmp_path, name):
    raw, says = UNREADABLE[name]
    assert len(raw) <= LARGEST_FILE
    assert refused(tmp_path, raw, says) < LIMIT


def test_a_hundred_megabytes_are_not_read(tmp_path):
    file = tmp_path / "huge.toml"
    with file.open("wb") as opened:
        opened.truncate(100_000_000)
    start = time.perf_counter()
    with pytest.raises(InputError, match="larger than"):
        build({}, file)
    assert time.perf_counter() - start < LIMIT


def test_many_keys_take_no_longer_than_few(tmp_path):
    lines = b"".join(b"a%d = 1\n" % number for number in range(20_000))
    assert refused(tmp_path, b"[assumptions]\n" + lines + b"[tokens]\nx = 1", "tokens") < LIMIT


def test_a_folder_is_no_scenario(tmp_path):
    with pytest.raises(InputError, match="Is a directory"):
        build({}, tmp_path)


def test_dots_in_texts_and_comments_are_not_nesting(tmp_path):
    dots = "a." * (4 * DEEPEST_FILE)
    file = tmp_path / "dots.toml"
    file.write_text(f"name = '{dots}' # {dots}\nmodel = \"{dots}\"\n", encoding="utf-8")
    assert build({}, file).text("name") == dots


def refused(tmp_path, raw, says):
    """Return the seconds that it took to refuse a file."""
    file = tmp_path / "scenario.toml"
    file.write_bytes(raw)
    start = time.perf_counter()
    with pytest.raises(InputError) as raised:
        build({}, file)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400
    return time.perf_counter() - start
