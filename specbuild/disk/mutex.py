"""One writer at a time: advisory locks on files, let go by the kernel when their holder dies."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from specbuild.diagnostic import DiagnosticError
from specbuild.disk.durable import disk_fault

_LONGEST_PAUSE_S = 0.1


@contextlib.contextmanager
def mutex(
    local: Path, *, waiting: Callable[[str], None], cancelled: Callable[[], bool] | None = None
) -> Iterator[None]:
    """Hold `local`/mutex for a writing run. `waiting` is called once with a line for the person if another run holds
    it; `cancelled` ends the wait in KeyboardInterrupt.

    `local` exists already (`LocalFolder.for_writing`). Raises DiagnosticError if the file can't be made.
    """

    def tell(pid: int | None) -> None:
        waiting(f"waiting for another specbuild (pid {pid})" if pid else "waiting for another specbuild")

    with held(local / "mutex", waiting=tell, cancelled=cancelled):
        yield


@contextlib.contextmanager
def held(
    path: Path,
    *,
    waiting: Callable[[int | None], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    remove: bool = False,
) -> Iterator[None]:
    """Hold the lock file `path` exclusively against threads and processes; its holder's pid stands in it.

    `waiting` is called once, with the holder's pid if it is known, when another one holds it. While `cancelled` is
    given the wait looks at it at least every 0.1 s and ends in KeyboardInterrupt when it says so; without it the kernel
    wakes us. `remove` takes the file away when done. Raises DiagnosticError SB828 or SB829 (the place is a link or a
    pipe).
    """
    descriptor = _acquired(path, waiting, cancelled)
    try:
        yield
    finally:
        if remove:
            with contextlib.suppress(OSError):
                os.unlink(path)
        os.close(descriptor)


def _acquired(path: Path, waiting: Callable[[int | None], None] | None, cancelled: Callable[[], bool] | None) -> int:
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DiagnosticError(disk_fault(str(path), error)) from None
        try:
            if not _try(descriptor):
                if waiting is not None:
                    waiting(_pid_in(descriptor))
                    waiting = None
                _wait(descriptor, cancelled)
            if _is_at(descriptor, path):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its last holder removed it while we waited: what we hold is not the file at `path`


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(descriptor: int, cancelled: Callable[[], bool] | None) -> None:
    if cancelled is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    pause_s = 0.002
    while not _try(descriptor):
        if cancelled():
            raise KeyboardInterrupt
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)


def _pid_in(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else None


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        there = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), there)
