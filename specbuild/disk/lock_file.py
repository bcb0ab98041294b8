"""`specbuild.lock` on the disk: read whole, replaced whole, never rewritten when its text stays the same."""

import functools
from pathlib import Path

from specbuild.diagnostic import Diagnostic
from specbuild.disk.durable import replace_file
from specbuild.disk.files import ProjectFiles, normalised_text
from specbuild.disk.stat_index import Sightings
from specbuild.lock import Lock, lock_text, read_lock

_parsed = functools.lru_cache(maxsize=1)(read_lock)
"""A run reads the same text several times: before and after it has the mutex, to fold, and to look at the end."""

LOCK_NAME = "specbuild.lock"
_LOCK_LIMIT = 512 * 1024 * 1024


class LockFile:
    """The lock file of the project at `root`."""

    def __init__(self, root: Path, sightings: Sightings | None = None) -> None:
        self._root = root
        self._sightings = sightings

    def read(self) -> Lock | Diagnostic:
        """Return the lock; an empty one if there is no file. Faults: those of `ProjectFiles.read` and of
        `read_lock`."""
        text = self.text()
        if isinstance(text, Diagnostic):
            return text
        return Lock() if text is None else _parsed(text)

    def text(self) -> str | Diagnostic | None:
        """Return the normalised text of the lock file, None if there is none."""
        raw = ProjectFiles(self._root, self._sightings).read(LOCK_NAME, limit=_LOCK_LIMIT)
        if isinstance(raw, Diagnostic):
            return None if raw.code == "SB820" else raw
        return normalised_text(raw, LOCK_NAME)

    def write(self, lock: Lock) -> bool:
        """Replace the file durably; return whether its bytes changed. Raises DiagnosticError SB826 to SB829, SB833."""
        return replace_file(self._root, LOCK_NAME, lock_text(lock).encode("utf-8"))
