"""Where the events of a run go: a file that a person names, and this clone's memory of its last run.

A file that takes no more lines is told once, and never stops the run whose events it was to hold.
"""

import contextlib
import os

from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.durable import disk_fault, read_regular, write_temporary
from specbuild.disk.local_folder import LocalFolder

LAST_RUN = "last-run.jsonl"
MOST_BYTES = 64 * 1024 * 1024


class EventsFile:
    """An open file of lines. `fault` says why it takes no more of them. Not for several threads at once."""

    def __init__(self, path: str) -> None:
        """Open `path` (a pipe or a device too), emptied. Raises DiagnosticError."""
        self.fault: Diagnostic | None = None
        self._path = path
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        except (OSError, ValueError) as error:
            fault = error if isinstance(error, OSError) else OSError(0, str(error))
            raise DiagnosticError(disk_fault(path, fault, making=True)) from None

    def write(self, line: str) -> None:
        """Write a line at once, so that another program may follow."""
        rest = line.encode("utf-8")
        try:
            while rest and self.fault is None:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            self.fault = disk_fault(self._path, error)

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


def keep_last_run(local: LocalFolder, lines: bytes | bytearray) -> None:
    """Keep the events of the last run for `report`; where that can't be, nothing is lost but a picture."""
    with contextlib.suppress(OSError, DiagnosticError):
        place = local.for_reading()
        if place is None or isinstance(place, Diagnostic):
            return
        folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            temporary = write_temporary(folder, LAST_RUN, lines, mode=0o600, flush=False)
            os.rename(temporary, LAST_RUN, src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            os.close(folder)


def last_run(local: LocalFolder) -> str:
    """Return the events of the last run in this clone, "" if there are none."""
    place = local.for_reading()
    if place is None or isinstance(place, Diagnostic):
        return ""
    try:
        folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            raw = read_regular(folder, LAST_RUN, limit=MOST_BYTES)
        finally:
            os.close(folder)
    except OSError:
        return ""
    return raw.decode("utf-8", "replace") if raw else ""
