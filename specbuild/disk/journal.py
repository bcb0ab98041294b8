"""The journal beside the lock, and the list of what this clone wrote: both appended durably before outputs change.

Comes in: the local folder, entries, (path, sha256) pairs. Readers overlay the journal on the lock; a writer, who holds
the mutex, folds it. Asking makes nothing.
"""

import contextlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.appended import append_lines, read_lines
from specbuild.disk.durable import disk_fault, replace_file
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.lock_file import LockFile
from specbuild.journal_lines import JournalEntry, journal_line, overlay, read_journal
from specbuild.lock import Lock
from specbuild.lock_pieces import LockPieces

JOURNAL_NAME = "journal"
OURS_NAME = "ours"
_OURS_MANY = 200_000
_OURS_KEPT_PER_PATH = 20


class Journal:
    """The journal in `local`; nothing is read or made before it is asked for."""

    def __init__(self, local: LocalFolder) -> None:
        self._local = local
        self._appended: list[JournalEntry] = []
        self._size = 0
        """The size of a journal that holds what this value appended, and nothing else."""
        self.faults: tuple[Diagnostic, ...] = ()
        """What readings had to leave out so far, each once: whoever reads for a person tells it."""

    def read(self) -> tuple[tuple[JournalEntry, ...], tuple[Diagnostic, ...]]:
        """Return the entries in their order, and what had to be left out: SB710 to SB712 the whole, SB716 a line."""
        entries, faults = self._read()
        self.faults = tuple(dict.fromkeys((*self.faults, *faults)))
        return entries, faults

    def _read(self) -> tuple[tuple[JournalEntry, ...], tuple[Diagnostic, ...]]:
        folder = self._local.for_reading()
        if folder is None:
            return (), ()
        if isinstance(folder, Diagnostic):
            return (), (folder,)
        try:
            return read_journal(read_lines(folder / JOURNAL_NAME), f"{self._local.path}/{JOURNAL_NAME}")
        except DiagnosticError as error:
            return (), error.diagnostics

    def overlay(self, lock: Lock) -> tuple[Lock, tuple[Diagnostic, ...]]:
        """Return the truth: `lock` with the journal's entries laid over it, and the faults of `read`."""
        entries, faults = self.read()
        return _laid_over(lock, entries), faults

    def is_unfolded(self) -> bool:
        """Return whether a run that was killed left what the lock does not say yet, or lines that are none."""
        entries, faults = self.read()
        return bool(entries) or any(one.code == "SB716" for one in faults)

    def append(self, entries: Sequence[JournalEntry]) -> None:
        """Add the entries, durable on return. Raises DiagnosticError; then none of them counts."""
        if entries:
            path = self._local.for_writing() / JOURNAL_NAME
            lines = "".join(journal_line(entry) for entry in entries)
            size = append_lines(path, lines)
            self._size += len(lines.encode("utf-8"))
            if size == self._size:
                self._appended += entries
            else:  # it holds something else too, or a part of something
                self._size, self._appended = -1, []

    def fold(self, lock_file: LockFile) -> Lock:
        """Write the lock with all entries in it by rename, then remove the journal; return that lock.

        Stopped in between, the journal applies again to no effect. Raises DiagnosticError with the lock's fault if it
        can't be read (merge markers): the journal stays.
        """
        present = lock_file.read()
        if isinstance(present, Diagnostic):
            raise DiagnosticError(present)
        entries: Sequence[JournalEntry] = self._own()
        if not entries:
            if not self.is_unfolded():
                return present
            entries = self.read()[0]
        folded = _laid_over(present, entries)
        if entries:
            lock_file.write(folded)
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._local.place / JOURNAL_NAME)
        except OSError as error:
            raise DiagnosticError(disk_fault(f"{self._local.path}/{JOURNAL_NAME}", error)) from None
        self._size, self._appended = 0, []
        return folded

    def _own(self) -> list[JournalEntry]:
        """Return the entries of a journal of which every byte was appended here: they need not be read and proved."""
        with contextlib.suppress(OSError):
            if self._appended and os.path.getsize(self._local.place / JOURNAL_NAME) == self._size:
                return self._appended
        return []


class Ours:
    """Which (path, sha256) this clone ever wrote or saw locked: such bytes are never a person's edit."""

    def __init__(self, local: LocalFolder) -> None:
        self._local = local
        self._known: dict[tuple[str, str], None] | None = None

    def contains(self, path: str, sha256: str) -> bool:
        """Return whether bytes with `sha256` at the project-relative `path` are ours."""
        return (path, sha256) in self._read()

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return all (path, sha256), oldest first: `prune` finds strays by them."""
        return tuple(self._read())

    def add(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Note what will be written, durable on return; known pairs cost nothing. Raises DiagnosticError.

        Raises ValueError for a path with a line break: no such name is an output.
        """
        known = self._read()
        fresh = {pair: None for pair in pairs if pair not in known}
        if any("\n" in path or "\r" in path for path, _ in fresh):
            raise ValueError("a path with a line break")
        if not fresh:
            return
        append_lines(self._local.for_writing() / OURS_NAME, "".join(f"{sha256} {path}\n" for path, sha256 in fresh))
        known.update(fresh)
        if len(known) > _OURS_MANY:
            self._compact(known)

    def _read(self) -> dict[tuple[str, str], None]:
        if self._known is None:
            self._known = {}
            folder = self._local.for_reading()
            if folder is not None and not isinstance(folder, Diagnostic):
                with contextlib.suppress(DiagnosticError):
                    self._known = _pairs(read_lines(folder / OURS_NAME))
        return self._known

    def _compact(self, known: dict[tuple[str, str], None]) -> None:
        """Keep the newest few of each path; older bytes could only come back from a branch of long ago."""
        left: dict[str, int] = {}
        kept: list[tuple[str, str]] = []
        for path, sha256 in reversed(known):
            left[path] = left.get(path, 0) + 1
            if left[path] <= _OURS_KEPT_PER_PATH:
                kept.append((path, sha256))
        kept.reverse()
        if len(kept) < len(known) // 2:
            text = "".join(f"{sha256} {path}\n" for path, sha256 in kept)
            replace_file(self._local.root, f"{self._local.path}/{OURS_NAME}", text.encode("utf-8"), mode=0o600)
            self._known = dict.fromkeys(kept)


def _laid_over(lock: Lock, entries: Sequence[JournalEntry]) -> Lock:
    """Return `overlay(lock, entries)`; stanzas that no entry is about are not even read."""
    touched = {entry.id for entry in entries}
    part = replace(lock, targets={one: lock.targets[one] for one in touched if one in lock.targets})
    laid = overlay(part, entries)
    if laid is part:
        return lock
    targets = LockPieces(lock.targets)
    for one in touched:
        targets.pop(one, None)
    targets.update(laid.targets)
    return replace(lock, targets=targets)


def _pairs(text: str) -> dict[tuple[str, str], None]:
    """Return the pairs of whole lines; a torn last line was never followed by a write."""
    whole, _, _ = text.rpartition("\n")
    pairs: dict[tuple[str, str], None] = {}
    for line in whole.split("\n"):
        sha256, _, path = line.partition(" ")
        if len(sha256) == 64 and path:
            pairs[path, sha256] = None
    return pairs
