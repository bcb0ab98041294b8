"""The parts that reading and writing runs share, opened for one project; opening makes nothing on the disk."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.journal import Journal, Ours
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.lock_file import LockFile
from specbuild.disk.replies import Replies
from specbuild.lock import Lock
from specbuild.work.load import Project
from specbuild.work.prompts import Prompts
from specbuild.work.walk import Walk
from specbuild.work.wishes import Wishes


class Opened:
    """The parts that reading and writing runs share, opened for one project; nothing is made on the disk by opening."""

    def __init__(self, project: Project, *, wording: str = "") -> None:
        """`wording` is that of `Prompts`."""
        self.project = project
        storage = project.storage
        self.local = LocalFolder(storage.base, storage.local)
        self.store_folder = self.local if storage.store == storage.local else LocalFolder(storage.base, storage.store)
        self.journal = Journal(self.local)
        self.ours = Ours(self.local)
        self.replies = _replies(project, self.store_folder)
        staged = project.files if project.files.is_staged else None
        self.lock_file = LockFile(storage.base / storage.lock, local=self.local, files=staged)
        self.prompts = Prompts(project.files, wording=wording)

    def lock(self) -> Lock:
        """Return the truth: lock and journal. Raises DiagnosticError (exit 1) if the lock can't be read."""
        found = self.lock_file.read()
        if isinstance(found, Diagnostic):
            raise DiagnosticError(found, exit_code=exit_codes.FINDING)
        return found if self.project.files.is_staged else self.journal.overlay(found)[0]

    def folded(self) -> Lock:
        """Fold what an earlier run left in its journal, and return the lock. The mutex is held.

        A run keeps stanzas when it folds; those of one that was killed are still to be kept, and what they replaced.
        """
        entries = self.journal.read()[0]
        before = self.lock_file.read()
        if entries and isinstance(before, Lock):
            found = [stanza for one in entries for stanza in (before.targets.get(one.id), one.stanza)]
            self.replies.keep_stanzas(one for one in found if one is not None)
        return self.journal.fold(self.lock_file)

    @property
    def faults(self) -> tuple[Diagnostic, ...]:
        """What is wrong with local state and kept replies so far, each once: it is ignored, and the work goes on."""
        ignored = self.journal.faults
        others = [one for one in self.replies.faults if one not in ignored]
        return (*(replace(one, severity="warning") for one in ignored), *others)

    def set_copied_state_aside(self) -> None:
        """Put this place's own local folder where one that was copied lies, as a build does; a disk that refuses may
        keep it."""
        if any(one.code == "SB710" for one in self.journal.faults):
            with contextlib.suppress(DiagnosticError):
                self.local.for_writing()

    def walk(
        self, lock: Lock, wishes: Wishes | None = None, *, is_laid: Callable[[str], bool] = lambda target_id: False
    ) -> Walk:
        """Return a walk over the project against `lock`; `is_laid` as in `Walk`."""
        return Walk(
            self.project,
            lock,
            replies=self.replies,
            is_ours=self.ours.contains,
            prompts=self.prompts,
            wishes=wishes,
            is_laid=is_laid,
        )


def _replies(project: Project, local: LocalFolder) -> Replies:
    storage = project.storage
    if project.files.is_staged:
        from specbuild.disk.staged import StagedFiles, StagedReplies  # most runs look at the disk

        assert isinstance(project.files, StagedFiles)
        return StagedReplies(project.files, cache=storage.cache, local=local)
    return Replies(storage.base, cache=storage.cache, local=local)


def without_errors(project: Project) -> Project:
    """Return a project that may be built; raises DiagnosticError with all its diagnostics if it has an error."""
    if project.errors:
        raise DiagnosticError(*project.diagnostics)
    return project
