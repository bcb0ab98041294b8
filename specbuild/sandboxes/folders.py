"""Copies a folder into a sandbox's own file system and back, through descriptors: no link is followed on either side.

What comes back was written by a program that nobody trusts; it is dead by then, so nothing changes while it is read.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from typing import NamedTuple

DEEPEST = 64
CHUNK = 1 << 20
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
Making = Callable[[], contextlib.AbstractContextManager[None]]


class TooMuch(Exception):
    """More bytes, entries or levels than allowed."""


class Bounds(NamedTuple):
    """What may be copied at most."""

    size: int
    entries: int = 20_000


def copy_in(source: str, target: int, bounds: Bounds, *, making: Making = contextlib.nullcontext) -> None:
    """Copy regular files and folders below `source` into the folder open at `target`. Raises OSError, TooMuch.

    `making` surrounds every making of a file or folder: as root it takes on the user who shall own it.
    """
    with _opened(source) as top:
        _copy(top, target, bounds, making, ())


def copy_out(source: int, target: str, bounds: Bounds) -> None:
    """Make the folder `target` hold what the folder open at `source` holds: regular files and folders only.

    Raises OSError, and TooMuch if `source` holds more than `bounds`; `target` is empty then.
    """
    clear(target)
    try:
        with _opened(target) as top:
            # what the program made unreadable for its own user is not brought back
            _copy(source, top, bounds, contextlib.nullcontext, (PermissionError,))
    except TooMuch:
        clear(target)
        raise


def _copy(source: int, target: int, bounds: Bounds, making: Making, passed_over: tuple[type[OSError], ...]) -> None:
    size, entries = bounds
    pending = [(os.dup(source), os.dup(target), 0)]
    try:
        while pending:
            here, there, depth = pending.pop()
            try:
                for name in sorted(os.listdir(here)):
                    entries -= 1
                    if entries < 0 or depth > DEEPEST:
                        raise TooMuch
                    mode = os.stat(name, dir_fd=here, follow_symlinks=False).st_mode
                    if stat.S_ISDIR(mode):
                        with making():
                            os.mkdir(name, 0o755, dir_fd=there)
                        with contextlib.suppress(*passed_over):
                            inner = os.open(name, FOLDER, dir_fd=here)
                            pending.append((inner, os.open(name, FOLDER, dir_fd=there), depth + 1))
                    elif stat.S_ISREG(mode):
                        with contextlib.suppress(*passed_over):
                            size -= _copy_file(name, here, there, mode, size, making)
            finally:
                os.close(here)
                os.close(there)
    finally:
        for here, there, _ in pending:
            os.close(here)
            os.close(there)


def _copy_file(name: str, here: int, there: int, mode: int, size: int, making: Making) -> int:
    """Copy one file and return its bytes. Of its mode only the owner's x bit counts. Raises TooMuch beyond `size`."""
    copied = 0
    mode = 0o755 if mode & 0o100 else 0o644
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=here)
    try:
        with making():
            target = os.open(name, NEW_FILE, mode, dir_fd=there)
        try:
            while piece := os.read(source, CHUNK):
                copied += len(piece)
                if copied > size:
                    raise TooMuch
                view = memoryview(piece)
                while view:
                    view = view[os.write(target, view) :]
            os.fchmod(target, mode)
        finally:
            os.close(target)
    finally:
        os.close(source)
    return copied


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    folder = os.open(path, FOLDER)
    try:
        yield folder
    finally:
        os.close(folder)


def clear(path: str) -> None:
    """Remove everything below the folder `path`, following no link."""
    with os.scandir(path) as entries:
        found = list(entries)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            clear(entry.path)
            os.rmdir(entry.path)
        else:
            os.unlink(entry.path)
