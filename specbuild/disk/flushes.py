"""Making many files durable at once: by one flush of their file system, else each by itself, several at a time.

Comes in: open folders and names in them. One flush of a file system also waits for what other programs have not
written yet; where that takes long, files are flushed by themselves from then on.
"""

import contextlib
import functools
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import cast

from specbuild.diagnostic import DiagnosticError
from specbuild.disk.durable import disk_fault, holds, write_temporary
from specbuild.disk.folders import Folders

_TOGETHER_FROM = 4
"""From so many files on, one flush of the whole file system is cheaper than theirs one by one."""
_LONG_S = 0.5
"""A flush of a whole file system that takes longer waits for what is not ours: a batch of ours is small."""
_AT_ONCE = 16
"""So many files are flushed at once where each is flushed by itself: a file system writes them down together."""

_long: set[int] = set()
"""The file systems (device numbers) whose flush took long in this process."""


def replace_files(root: Path, files: Sequence[tuple[str, bytes]], *, mode: int = 0o666) -> int:
    """Do `replace_file` for several with shared flushes; return how many were written.

    Raises as `replace_file`; then some may hold their new bytes, each of them whole.
    """
    folders = Folders(root, create=True, most=None)
    waiting: list[tuple[str, int, str, str]] = []
    path = ""
    try:
        for path, content in files:
            folder, name = folders.of(path)
            if not holds(folder, name, content):
                temporary = write_temporary(folder, name, content, mode=mode, flush=False)
                waiting.append((path, folder, name, temporary))
        if waiting and not flush_files([(folder, temporary) for _, folder, _, temporary in waiting]):
            folders.flush_made()
        for path, folder, name, temporary in waiting:  # noqa: B007  # the fault below names the path
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        flush_files([(folder, ".") for folder in {folder for _, folder, _, _ in waiting}])
        return len(waiting)
    except OSError as error:
        raise DiagnosticError(disk_fault(path, error)) from None
    finally:
        for _, folder, _, temporary in waiting:
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
        folders.close()


def flush_files(files: Sequence[tuple[int, str]]) -> bool:
    """Make (open folder, name in it) durable; return whether all else on their file system is durable too. Raises
    OSError."""
    if len(files) < _TOGETHER_FROM:
        for folder, name in files:
            _flush(folder, name)
        return False
    if _flushed_together({folder for folder, _ in files}):
        return True
    _flush_each(files)
    return False


def _flushed_together(folders: Iterable[int]) -> bool:
    """Flush each file system that these open folders lie on; False where that can't be done, or takes long."""
    flush_system = _syncfs()
    devices = {os.fstat(one).st_dev: one for one in folders}
    if flush_system is None or not _long.isdisjoint(devices):
        return False
    for device, folder in devices.items():
        began_s = time.monotonic()
        if flush_system(folder) != 0:
            return False  # it may be the fault of a file that is none of ours: each of ours is asked
        if time.monotonic() - began_s > _LONG_S:
            _long.add(device)
    return True


@functools.cache
def _syncfs() -> Callable[[int], int] | None:
    import ctypes  # only where many files are made durable at once

    try:
        found = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
    found.argtypes = [ctypes.c_int]
    found.restype = ctypes.c_int
    return cast(Callable[[int], int], found)


def _flush_each(files: Sequence[tuple[int, str]]) -> None:
    left = iter(files)
    taking = threading.Lock()
    faults: list[OSError] = []

    def flush_some() -> None:
        while not faults:
            with taking:
                one = next(left, None)
            if one is None:
                return
            try:
                _flush(*one)
            except OSError as fault:
                faults.append(fault)

    threads = [threading.Thread(target=flush_some, name="specbuild-flush") for _ in files[:_AT_ONCE]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def _flush(folder: int, name: str) -> None:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
