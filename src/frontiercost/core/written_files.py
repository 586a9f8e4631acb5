"""Files written whole or not at all; a device, a pipe or an open descriptor is never replaced."""

import errno
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE, S_ISREG
from typing import BinaryIO

DESCRIPTORS = ("/dev/fd", "/proc/self/fd", "/proc/thread-self/fd")
STREAMS = {"-": 1, "/dev/stdout": 1, "/dev/stderr": 2}
"""Also where a system has no such files."""
MOST_LINKS = 40
UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.tmp")
"""The name of a file until it gets its own; who is killed meanwhile leaves it there."""
NEW_FILE = 0o666
"""Permissions of a new file, less those that the user's mask takes away."""
ENDING = {
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
}


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file in one step, or write to what is no file; raise OSError where it cannot be."""
    descriptor = descriptor_of(path)
    if descriptor is not None:
        _pour(os.dup(descriptor), data)  # where the shell stands in it: `3>>file` appends
    elif (old := _status(path)) and not S_ISREG(old.st_mode):
        _pour(os.open(path, os.O_WRONLY), data)
    else:
        with _undisturbed():
            _replace(os.path.realpath(path), data, old)


@contextmanager
def in_turn(folder: Path) -> Iterator[None]:
    """Let one run after another read a folder and add to it; no turns where a system has none.

    What is locked is the folder that it lies in, which is there before it.
    """
    held = None
    with suppress(ImportError, OSError):
        import fcntl

        above = os.path.dirname(os.path.realpath(folder))
        os.makedirs(above, exist_ok=True)
        held = os.open(above, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if held is not None:
            os.close(held)


def would_replace(path: Path) -> bool:
    """Whether writing there would take the place of a file."""
    return descriptor_of(path) is None and os.path.isfile(path)


def descriptor_of(path: Path) -> int | None:
    """Return the open descriptor that a path names, by a link or however it is spelled."""
    own, text = {os.path.realpath(folder) for folder in DESCRIPTORS}, str(path)
    for _ in range(MOST_LINKS):
        if text in STREAMS:
            return STREAMS[text]
        folder, name = os.path.split(os.path.abspath(text))
        if os.path.realpath(folder) in own and name.isdecimal():
            return int(name)
        if not os.path.islink(text):
            return None
        text = os.path.join(folder, os.readlink(text))
    return None


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _pour(descriptor: int, data: bytes) -> None:
    """Write to what is open; a reader that has gone away loses the rest."""
    with suppress(BrokenPipeError), os.fdopen(descriptor, "wb") as opened:
        opened.write(data)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back the signals that end a run, for the moment that a file takes."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _replace(target: str, data: bytes, old: os.stat_result | None) -> None:
    """Write beside the file, then move over it: a failure at any point leaves the old file."""
    if old and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    beside = os.path.join(os.path.dirname(target), f".{os.urandom(8).hex()}.tmp")
    try:
        named = _written_nameless(data, beside if old else target, old)
        if not named:
            with open(beside, "xb") as file:
                _fill(file, data, old)
        if old or not named:
            os.replace(beside, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)


def _written_nameless(data: bytes, name: str, old: os.stat_result | None) -> bool:
    """Write a file that gets its name when it is whole, so that killed it leaves nothing.

    Return False where the system cannot, or the name is taken.
    """
    try:
        descriptor = os.open(os.path.dirname(name), os.O_TMPFILE | os.O_WRONLY, NEW_FILE)
    except (AttributeError, OSError):
        return False
    with os.fdopen(descriptor, "wb") as file:
        _fill(file, data, old)
        try:
            # a descriptor of a folder, which is not read, makes Python follow the link
            source = f"/proc/self/fd/{descriptor}"
            os.link(source, name, src_dir_fd=descriptor, follow_symlinks=True)
        except OSError:
            return False
    return True


def _fill(file: BinaryIO, data: bytes, old: os.stat_result | None) -> None:
    """Write down to the disk, as the old file's owner and with its permissions."""
    file.write(data)
    file.flush()
    if old and hasattr(os, "fchmod"):
        with suppress(OSError):
            os.fchown(file.fileno(), old.st_uid, old.st_gid)
        os.fchmod(file.fileno(), S_IMODE(old.st_mode))
    os.fsync(file.fileno())
