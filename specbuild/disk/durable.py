"""Replacing one file so that a reader sees the old bytes or the new ones, whatever stops us in between.

Comes in: an open folder, a name, bytes. All work is relative to open folders and follows no symbolic link, so that a
link put in the way (CVE-2021-21300, CVE-2018-11235 are of this kind) leads nowhere. Knows nothing of targets or
records.
"""

import contextlib
import errno
import functools
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place

TEMPORARY_SUFFIX = ".specbuild-tmp"
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NAME_MAX = 255
_FLUSH_TOGETHER = 4
"""From so many files on, one flush of the whole file system is cheaper than theirs one by one."""


def temporary_name(name: str) -> str:
    """Return the name under which new bytes of `name` wait in the same folder; always a valid name, however long
    `name`."""
    temporary = f".{name}{TEMPORARY_SUFFIX}"
    if len(os.fsencode(temporary)) <= _NAME_MAX:
        return temporary
    return f".{hashlib.sha256(os.fsencode(name)).hexdigest()[:32]}{TEMPORARY_SUFFIX}"


@contextlib.contextmanager
def opened_folder(root: Path, path: str, *, create: bool = False) -> Iterator[int]:
    """Yield a descriptor of the folder `path` (posix, relative to `root`; "" is the root), following no link below the
    root.

    With `create`, missing folders are made. Raises DiagnosticError SB826 for a link or a non-folder on the way, SB820
    if it is absent, SB828 otherwise.
    """
    folder = open_folder(root, path, create=create)
    try:
        yield folder
    finally:
        os.close(folder)


def open_folder(root: Path, path: str, *, create: bool = False, flush: bool = True) -> int:
    """Return what `opened_folder` yields, for the caller to close; without `flush`, so is a new folder to make
    durable."""
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise DiagnosticError(disk_fault(str(root), error)) from None
    for part in (one for one in path.split("/") if one not in ("", ".")):
        try:
            if part == "..":
                raise OSError(errno.ELOOP, "leads upwards")
            inner = _step(folder, part, create, flush)
        except OSError as error:
            raise DiagnosticError(disk_fault(path, error, parent=True)) from None
        finally:
            os.close(folder)
        folder = inner
    return folder


def _step(folder: int, part: str, create: bool, flush: bool) -> int:
    try:
        return os.open(part, _FOLDER_FLAGS, dir_fd=folder)
    except FileNotFoundError:
        if not create:
            raise
    with contextlib.suppress(FileExistsError):
        os.mkdir(part, dir_fd=folder)
        if flush:
            os.fsync(folder)
    return os.open(part, _FOLDER_FLAGS, dir_fd=folder)


def write_temporary(folder: int, name: str, content: bytes, *, mode: int = 0o666, flush: bool = True) -> str:
    """Write `content` under the temporary name of `name` in `folder` and return that name; nothing of it stays on an
    error.

    A leftover of the same name is removed first: it can only come from a run that was killed. Raises OSError.
    """
    temporary = temporary_name(name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, mode, dir_fd=folder)
    except FileExistsError:
        os.unlink(temporary, dir_fd=folder)
        descriptor = os.open(temporary, flags, mode, dir_fd=folder)
    try:
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            if flush:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    return temporary


def replace_file(root: Path, path: str, content: bytes, *, mode: int = 0o666) -> bool:
    """Make the file `path` (posix, below `root`) hold `content`, durably; return False if it held it already (nothing
    written).

    Order: temporary file, fsync, rename, fsync of the folder. Raises DiagnosticError SB826, SB827, SB828 or SB829.
    """
    parent, _, name = path.rpartition("/")
    with opened_folder(root, parent, create=True) as folder:
        try:
            if _holds(folder, name, content):
                return False
            temporary = write_temporary(folder, name, content, mode=mode)
            try:
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
                raise
            os.fsync(folder)
        except OSError as error:
            raise DiagnosticError(disk_fault(path, error)) from None
    return True


def replace_files(root: Path, files: Sequence[tuple[str, bytes]], *, mode: int = 0o666) -> int:
    """Do `replace_file` for several with shared flushes; return how many were written.

    Raises as `replace_file`; then some may hold their new bytes, each of them whole.
    """
    waiting: list[tuple[str, int, str, str]] = []
    path = ""
    together = len(files) >= _FLUSH_TOGETHER and _syncfs() is not None
    try:
        for path, content in files:
            parent, _, name = path.rpartition("/")
            folder = open_folder(root, parent, create=True, flush=not together)
            waiting.append((path, folder, name, ""))
            if not _holds(folder, name, content):
                waiting[-1] = (path, folder, name, write_temporary(folder, name, content, mode=mode, flush=False))
        written = [one for one in waiting if one[3]]
        flush_files([(folder, temporary) for _, folder, _, temporary in written], together=together and bool(written))
        for path, folder, name, temporary in written:  # noqa: B007  # the fault below names the path
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        flush_files([(folder, ".") for _, folder, _, _ in written], together=together and bool(written))
        return len(written)
    except OSError as error:
        raise DiagnosticError(disk_fault(path, error)) from None
    finally:
        for _, folder, _, temporary in waiting:
            if temporary:
                with contextlib.suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
            os.close(folder)


def flush_files(files: Sequence[tuple[int, str]], *, together: bool | None = None) -> None:
    """Make (open folder, name in it) durable: several `together`, by one flush of their file system. Raises OSError."""
    if together is None:
        together = len(files) >= _FLUSH_TOGETHER
    if not together or not _flushed_together({folder for folder, _ in files}):
        for folder, name in files:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _flushed_together(folders: Iterable[int]) -> bool:
    """Flush each file system that these open folders lie on; False where the system has no such call."""
    flush_system = _syncfs()
    if flush_system is None:
        return False
    # A fault may be that of a file that is none of ours: then each of ours is asked.
    return all(flush_system(folder) == 0 for folder in {os.fstat(one).st_dev: one for one in folders}.values())


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


def _holds(folder: int, name: str, content: bytes) -> bool:
    try:
        seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(seen.st_mode):
        raise OSError(errno.EISDIR, "not a regular file")
    if seen.st_size != len(content):
        return False
    return read_regular(folder, name, limit=len(content)) == content


def read_regular(folder: int, name: str, *, limit: int) -> bytes | None:
    """Return the bytes of the regular file `name` in `folder`, or None if it has more than `limit` bytes.

    Raises FileNotFoundError if there is none, OSError with ELOOP for a link and EISDIR for anything but a regular file.
    A pipe or device is never waited for.
    """
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        return read_descriptor(descriptor, limit=limit)
    finally:
        os.close(descriptor)


def read_descriptor(descriptor: int, *, limit: int) -> bytes | None:
    """Return all bytes of an open regular file, or None if it has more than `limit`; OSError EISDIR if it is none."""
    seen = os.fstat(descriptor)
    if not stat.S_ISREG(seen.st_mode):
        raise OSError(errno.EISDIR, "not a regular file")
    if seen.st_size > limit:
        return None
    pieces: list[bytes] = []
    left = limit + 1
    while left and (piece := os.read(descriptor, min(left, max(seen.st_size + 1, 65536)))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces) if left else None


def disk_fault(path: str, error: OSError, *, parent: bool = False) -> Diagnostic:
    """Return the diagnostic for an OSError met at `path`; `parent`: a folder on the way to it was the trouble."""
    place = Place(path)
    why = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Diagnostic("SB827", f"no space left to write {path}", place, why, "free some space and run it again")
    if error.errno == errno.EROFS:
        return Diagnostic("SB833", f"{path} is on a read-only file system", place, why)
    if error.errno in (errno.ELOOP, errno.ENOTDIR) and parent:
        return Diagnostic(
            "SB826",
            f"a folder on the way to {path} is a symbolic link or no folder",
            place,
            "nothing is written through a link: it could lead out of the project",
            "replace it by a real folder",
        )
    if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
        return Diagnostic("SB829", f"{path} is not a regular file", place, why, "move it away")
    if error.errno == errno.ENOENT:
        return Diagnostic("SB820", f"there is no {path}", place, why)
    return Diagnostic("SB828", f"the disk refuses {path}", place, why)
