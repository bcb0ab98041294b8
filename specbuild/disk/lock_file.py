"""`specbuild.lock` on the disk: read whole, replaced whole, never rewritten when its text stays the same.

A text that this clone wrote itself is known by its hash, in the local folder: of such a one only the entries that
somebody asks for are read and proved.
"""

import contextlib
import hashlib
import os
from pathlib import Path

from specbuild.diagnostic import Diagnostic
from specbuild.disk.durable import read_regular, replace_file, write_temporary
from specbuild.disk.files import ProjectFiles, normalised_text
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.stat_index import Sightings
from specbuild.lock import Lock, read_lock
from specbuild.lock_pieces import LockPieces, lock_of_pieces, pieces_text

LOCK_NAME = "specbuild.lock"
WRITTEN_NAME = "lock-written"
_LOCK_LIMIT = 512 * 1024 * 1024

_last: list[tuple[str, Lock]] = []
"""The text that was read or written last, with its lock. A run reads the same text several times: before and after it
has the mutex, to fold, and to look at the end."""


class LockFile:
    """The lock file of the project at `root`. `local` is where the hash of what was written is kept; `files` are what
    it is read from, if not the disk."""

    def __init__(
        self,
        root: Path,
        sightings: Sightings | None = None,
        *,
        local: LocalFolder | None = None,
        files: ProjectFiles | None = None,
    ) -> None:
        self._root = root
        self._files = files or ProjectFiles(root, sightings)
        self._local = local

    def read(self) -> Lock | Diagnostic:
        """Return the lock; an empty one if there is no file. Faults: those of `ProjectFiles.read` and of
        `read_lock`."""
        text = self.text()
        if isinstance(text, Diagnostic):
            return text
        if text is None:
            return Lock()
        known = next((lock for one, lock in _last if one == text), None)
        if known is not None:
            return known
        lock = lock_of_pieces(text) if self._written() == _sha256(text) else read_lock(text)
        if isinstance(lock, Diagnostic):
            return lock
        lock = lock if isinstance(lock.targets, LockPieces) else _in_pieces(lock)
        _last[:] = [(text, lock)]
        return lock

    def text(self) -> str | Diagnostic | None:
        """Return the normalised text of the lock file, None if there is none."""
        raw = self._files.read(LOCK_NAME, limit=_LOCK_LIMIT)
        if isinstance(raw, Diagnostic):
            return None if raw.code == "SB820" else raw
        return normalised_text(raw, LOCK_NAME)

    def write(self, lock: Lock) -> bool:
        """Replace the file durably; return whether its bytes changed. Raises DiagnosticError SB826 to SB829, SB833."""
        lock = _in_pieces(lock)
        _last.clear()  # not two texts of a large lock at once
        text = pieces_text(lock)
        raw = text.encode("utf-8")
        changed = replace_file(self._root, LOCK_NAME, raw)
        if not lock.unread:
            self._note_written(hashlib.sha256(raw).hexdigest())
        _last[:] = [(text, lock)]
        return changed

    def _written(self) -> str | None:
        """Return the hash of the text that was written last, if that is known."""
        folder = self._local.for_reading() if self._local is not None else None
        if not isinstance(folder, Path):
            return None
        with contextlib.suppress(OSError):
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                return (read_regular(opened, WRITTEN_NAME, limit=100) or b"").decode("ascii", "replace").strip()
            finally:
                os.close(opened)
        return None

    def _note_written(self, sha256: str) -> None:
        """Keep the hash; where that fails, or a crash loses it, the next run reads every entry."""
        if self._local is None or self._written() == sha256:
            return
        with contextlib.suppress(OSError):
            opened = os.open(self._local.for_writing(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                temporary = write_temporary(opened, WRITTEN_NAME, f"{sha256}\n".encode(), mode=0o600, flush=False)
                os.rename(temporary, WRITTEN_NAME, src_dir_fd=opened, dst_dir_fd=opened)
            finally:
                os.close(opened)


def _in_pieces(lock: Lock) -> Lock:
    return Lock(LockPieces(lock.targets), lock.conflicts, lock.unread)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
