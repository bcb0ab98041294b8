"""What a writing run does so that others can follow it: its events as lines, into a file that was asked for and into
this clone's memory of its last run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from specbuild import __version__
from specbuild.disk.events_file import EventsFile, keep_last_run
from specbuild.disk.local_folder import LocalFolder
from specbuild.formats.events_json import EventLines
from specbuild.happening import Both, Teller

if TYPE_CHECKING:
    from specbuild.diagnostic import Diagnostic
    from specbuild.progress import Progress
    from specbuild.work.load import Project

MOST_LINES = 100_000
"""A run with more lines than this is not kept; a file that was asked for has them all."""


class Recounted:
    """A run whose events are written down. `progress` is the one to hand to the run."""

    def __init__(self, shown: Progress, path: str | None, project: str) -> None:
        """Open `path`. Raises DiagnosticError."""
        self._file = EventsFile(path) if path is not None else None
        self._kept = bytearray()
        self._kept_lines = 0
        self._lines = EventLines(self._write, clock=time.monotonic)
        self._lines.begin(version=__version__, project=project, started=datetime.now(UTC).isoformat(timespec="seconds"))
        self.progress: Progress = Both(shown, Teller(self._lines.happened))

    def ended(self, exit_code: int, local: LocalFolder | None) -> None:
        """Take in how the run ended; if something was made it is this clone's last run."""
        self._lines.end(exit_code)
        if local is not None and self._kept_lines < MOST_LINES and b'"event":"started"' in self._kept:
            keep_last_run(local, self._kept)

    @property
    def fault(self) -> Diagnostic | None:
        """Why the file that was asked for is not whole."""
        return self._file.fault if self._file else None

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def _write(self, line: str) -> None:
        if self._kept_lines < MOST_LINES:
            self._kept_lines += 1
            self._kept += line.encode("ascii")  # JSON as it is written here; as many texts it would take twice as much
        if self._file:
            self._file.write(line)


@contextlib.contextmanager
def recounted(
    shown: Progress, path: str | None, directory: str, *, tell: Callable[[tuple[Diagnostic, ...]], None]
) -> Iterator[Recounted]:
    """Yield a run that is written down; its file is closed at the end, and a fault of it told."""
    found = Recounted(shown, path, Path(directory).resolve().name)
    try:
        yield found
    finally:
        found.close()
        if found.fault is not None:
            tell((found.fault,))


def local_of(project: Project) -> LocalFolder:
    """Return the folder of the project's own state in this clone."""
    return LocalFolder(project.storage.base, project.storage.local)
