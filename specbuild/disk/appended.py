"""A file of lines that only grows: each append is durable, and a line that a crash tore never mixes with the next one.

Comes in: an open-able path in the local folder and whole lines. Knows nothing of what a line means.
"""

import os
from pathlib import Path

from specbuild.diagnostic import DiagnosticError
from specbuild.disk.durable import disk_fault, read_descriptor

_LIMIT = 1024 * 1024 * 1024


def append_lines(path: Path, lines: str) -> int:
    """Append whole `lines`, flush them to the disk and return the file's size, for the holder of the mutex.

    A torn last line is cut off first; if only a part could be written it is taken back. Raises DiagnosticError (no
    space, refused, not a regular file).
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        fresh = not path.exists()
        descriptor = os.open(path, flags, 0o600)
        try:
            size = _cut_torn_line(descriptor)
            content = memoryview(lines.encode("utf-8"))
            new_size = size + len(content)
            try:
                while content:
                    content = content[os.write(descriptor, content) :]
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)
        if fresh:
            sync_folder(path.parent)
        return new_size
    except OSError as error:
        raise DiagnosticError(disk_fault(str(path), error)) from None


def read_lines(path: Path) -> str:
    """Return the text of the file, "" if there is none; bytes that are not UTF-8 are replaced, their lines will not
    fit.

    Raises DiagnosticError if it can't be read or is not a regular file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise DiagnosticError(disk_fault(str(path), error)) from None
    try:
        raw = read_descriptor(descriptor, limit=_LIMIT)
    except OSError as error:
        raise DiagnosticError(disk_fault(str(path), error)) from None
    finally:
        os.close(descriptor)
    return "" if raw is None else raw.decode("utf-8", "replace")


def _cut_torn_line(descriptor: int) -> int:
    """Return the size of the file after a last line without newline was cut off."""
    size = end = os.fstat(descriptor).st_size
    while end and os.pread(descriptor, 1, end - 1) != b"\n":
        start = max(0, end - 65536)
        end = start + os.pread(descriptor, end - start, start).rfind(b"\n") + 1
    if end != size:
        os.ftruncate(descriptor, end)
    return end


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
