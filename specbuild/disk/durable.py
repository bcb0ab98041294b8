"""Replacing one file so that a reader sees the old bytes or the new ones, whatever stops us in between.

Comes in: an open folder, a name, bytes. All work is relative to open folders and follows no symbolic link, so that a
link put in the way (CVE-2021-21300, CVE-2018-11235 are of this kind) leads nowhere. Knows nothing of targets or
records.
"""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place

TEMPORARY_SUFFIX = ".specbuild-tmp"
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NAME_MAX = 255


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


def write_temporary(
    folder: int, name: str, content: bytes | bytearray, *, mode: int = 0o666, flush: bool = True
) -> str:
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
            if holds(folder, name, content):
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


def holds(folder: int, name: str, content: bytes) -> bool:
    """Return whether `name` in `folder` has these very bytes. OSError EISDIR for anything but a regular file."""
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


def disk_fault(path: str, error: OSError, *, parent: bool = False, making: bool = False) -> Diagnostic:
    """Return the diagnostic for an OSError met at `path`; `parent`: a folder on the way to it was the trouble;
    `making`: a file was to be made there."""
    if making and error.errno == errno.ENOENT:  # the file need not be there, its folder must
        hint = "make it first, or name another one"
        return Diagnostic("SB820", f"there is no folder {os.path.dirname(path)} for {path}", Place(path), hint=hint)
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
