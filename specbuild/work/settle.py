"""Making a result last, in the one order that a crash at any moment leaves whole (docs/formats.md, "Order of
durability").

Records, then the journal line with the whole stanza, then the list of what is ours, then the outputs by rename; the
lock is folded from the journal. The caller holds the mutex. Thread-safe: what threads bring while others are being
settled is settled together, with shared flushes.
"""

import threading
import time
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from specbuild.canonical_json import bytes_digest
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import replace_file
from specbuild.disk.folders import Folders
from specbuild.disk.journal import Journal, Ours
from specbuild.disk.lock_file import LockFile
from specbuild.disk.replies import Replies
from specbuild.disk.writer import (
    Kept,
    MayReplace,
    OutputFile,
    Written,
    flush,
    output_folders,
    place,
    prepare,
    remove_outputs,
)
from specbuild.journal_lines import JournalEntry
from specbuild.lock import Lock
from specbuild.lock_pieces import LockPieces
from specbuild.names import check_output_name
from specbuild.record import Record
from specbuild.shape import Shaped
from specbuild.stanza import OutputState, Stanza
from specbuild.work.load import Project
from specbuild.work.record_secrets import refuse_secrets
from specbuild.work.settling import Settling

FOLD_EVERY_S = 2.0
TOGETHER = 200
"""So many finished builds share their flushes; each of their records keeps a folder open meanwhile."""


class Finished(NamedTuple):
    """A finished build of one target that is to last: its stanza and its outputs, and what `settle` takes beside."""

    target_id: str
    stanza: Stanza
    outputs: Sequence[Shaped]
    records: Sequence[Record] = ()
    adopted: str | None = None


class Settler:
    """Writes what a run produced. `stanzas` is the lock as it stands with all that was settled so far."""

    def __init__(
        self,
        project: Project,
        lock: Lock,
        *,
        journal: Journal,
        ours: Ours,
        replies: Replies,
        lock_file: LockFile,
        allow_secret: bool = False,
        secrets: Sequence[str] = (),
    ) -> None:
        self.stanzas = LockPieces(lock.targets)
        self.files_written = 0
        self.copies: dict[str, str] = {}
        """Where the copies of texts lie that a person gave up, by output."""
        self._project = project
        self._journal = journal
        self._ours = ours
        self._replies = replies
        self._lock_file = lock_file
        self._allow_secret = allow_secret
        self._secrets = secrets
        self._guard = threading.Lock()
        self._waiting: deque[Settling] = deque()
        self._folded_at = time.monotonic()
        self._pause_s = FOLD_EVERY_S
        self._unfolded = 0
        self._unkept: list[Stanza] = []

    def settle(
        self,
        target_id: str,
        stanza: Stanza,
        outputs: Sequence[Shaped],
        *,
        records: Sequence[Record] = (),
        adopted: str | None = None,
        overwrite: Collection[str] = (),
    ) -> int:
        """Make one finished build last; returns the number of files written.

        `adopted` is the id whose stanza this one takes the place of. `overwrite` names edited outputs that a person
        gave up: a copy of each is kept. Raises DiagnosticError (a secret in a record, a full disk, …).
        """
        own = Settling(target_id, stanza, outputs, records, adopted, overwrite)
        self._waiting.append(own)
        with self._guard:
            if not own.taken:
                batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
                for one in batch:
                    one.taken = True
                self._settle_together(batch)
        if own.fault is not None:
            raise own.fault
        return own.written

    def settle_several(self, builds: Sequence["Finished"]) -> dict[str, DiagnosticError]:
        """Do `settle` for many, a few hundred with one flush; return the faults of those that could not be settled.

        The lock is left to `fold`: the journal has them, durable on return.
        """
        faults: dict[str, DiagnosticError] = {}
        for first in range(0, len(builds), TOGETHER):
            part = builds[first : first + TOGETHER]
            batch = [Settling(one.target_id, one.stanza, one.outputs, one.records, one.adopted, ()) for one in part]
            with self._guard:
                self._settle_together(batch, folding=False)
            faults.update((one.target_id, one.fault) for one in batch if one.fault is not None)
        return faults

    def _settle_together(self, batch: Sequence["Settling"], *, folding: bool = True) -> None:
        """Settle what several threads wait for, each step for all of them with one flush. A fault is only its own's."""
        folders = output_folders(self._project.root)
        try:
            going = [one for one in batch if one.goes_on(lambda own: self.refuse_secrets(own.records))]
            going = self._exported(going)
            for one in going:
                before = self.stanzas.get(one.target_id)
                one.earlier = {
                    **(self.stanzas[one.adopted].outputs if one.adopted else {}),
                    **(before.outputs if before else {}),
                }
                one.gone = self._gone(one.target_id, one.stanza, one.earlier)
            self._note_settled(going)
            self._ours.add((output.path, output.sha256) for one in going for output in one.outputs)
            going = [one for one in going if one.goes_on(lambda own: self._prepare(own, folders))]
            flush([one.prepared for one in going if one.prepared is not None])
            for one in going:
                one.goes_on(self._place)
            folders.flush_names(output.path for one in going for output in one.outputs)
            for one in going:
                if one.gone and one.fault is None:
                    remove_outputs(self._project.root, one.gone, output_folder=self._project.configuration.outputs)
            self.files_written += sum(one.written for one in batch)
            if folding:
                self._fold_sometimes()
        except BaseException as error:
            fault = error if isinstance(error, DiagnosticError) else _stopped(error)
            for one in batch:
                one.fault = one.fault or fault
            if not isinstance(error, DiagnosticError):
                raise
        finally:
            for one in batch:
                if one.prepared is not None:
                    one.prepared.drop()
            folders.close()

    def _exported(self, batch: Sequence["Settling"]) -> list["Settling"]:
        try:
            self._replies.commit_all([record for one in batch for record in one.records])
        except DiagnosticError:
            # One of them may be what does not fit: the others need not go with it.
            return [one for one in batch if one.goes_on(self._export)]
        return list(batch)

    def _export(self, one: "Settling") -> None:
        for record in one.records:
            self._replies.commit(record)

    def _note_settled(self, batch: Sequence["Settling"]) -> None:
        entries = []
        kept = [one.stanza for one in batch]
        for one in batch:
            before = self.stanzas.get(one.target_id)
            if before is None or before.trace != one.stanza.trace:
                # What a clone brought along and restored was never kept: now is the last moment.
                kept += [before] if before else []
                entries.append(JournalEntry(one.target_id, one.stanza, before.trace if before else None))
                if one.adopted:
                    kept.append(self.stanzas[one.adopted])
                    entries.append(JournalEntry(one.adopted, None, self.stanzas[one.adopted].trace))
                self._unfolded += 1
        self._journal.append(entries)
        for one in batch:
            self.stanzas[one.target_id] = one.stanza
            if one.adopted:
                del self.stanzas[one.adopted]
        self._unkept += kept

    def _prepare(self, one: "Settling", folders: Folders) -> None:
        if one.outputs:
            files = [OutputFile(output.path, output.data, output.mode == "755") for output in one.outputs]
            one.may_replace = self._may_replace(one.earlier, one.overwrite)
            one.prepared = prepare(self._project.root, files, may_replace=one.may_replace, folders=folders)
            _refuse_foreign(one.prepared.kept)

    def _place(self, one: "Settling") -> None:
        if one.prepared is not None:
            results = place(one.prepared, may_replace=one.may_replace, flush=False)
            one.written = sum(isinstance(result, Written) for result in results)
            _refuse_foreign(results)

    def refuse_secrets(self, records: Sequence[Record]) -> None:
        """Raise DiagnosticError (exit 1) if a record may not be committed, as it looks like it holds a secret."""
        if not self._allow_secret:
            refuse_secrets(records, self._secrets, is_committed=self._replies.is_committed)

    def settle_all(self, built: Sequence[Finished], *, replacing: Mapping[str, bytes]) -> int:
        """Make several builds last as one transaction: after a crash at any moment the same again makes it whole.

        Their records are committed already. `replacing` has the bytes of files that no build wrote and that give way: a
        copy of each is kept, and each is ours from now on. Returns the number of files written. Raises DiagnosticError,
        before anything is changed if another file was edited meanwhile.
        """
        with self._guard:
            for path, present in replacing.items():
                self._keep_copy(path, present)
            self._ours.add((path, bytes_digest(present)) for path, present in replacing.items())
            earlier = {
                path: state
                for one in built
                if (before := self.stanzas.get(one.target_id))
                for path, state in before.outputs.items()
            }
            gone = [
                pair for one in built for pair in self._gone(one.target_id, one.stanza, self._outputs_of(one.target_id))
            ]
            shaped = [output for one in built for output in one.outputs]
            self._ours.add((one.path, one.sha256) for one in shaped)
            may_replace = self._may_replace(earlier, ())
            files = [OutputFile(one.path, one.data, one.mode == "755") for one in shaped]
            prepared = prepare(self._project.root, files, may_replace=may_replace)
            try:
                _refuse_foreign(prepared.kept)
                self._note_all(built)
                flush([prepared])
                results = place(prepared, may_replace=may_replace)
            finally:
                prepared.drop()
            _refuse_foreign(results)
            remove_outputs(self._project.root, gone, output_folder=self._project.configuration.outputs)
            written = sum(isinstance(one, Written) for one in results)
            self.files_written += written
            return written

    def _outputs_of(self, target_id: str) -> Mapping[str, OutputState]:
        before = self.stanzas.get(target_id)
        return before.outputs if before else {}

    def _note_all(self, built: Sequence[Finished]) -> None:
        entries = []
        for one in built:
            before = self.stanzas.get(one.target_id)
            if before is None or before.trace != one.stanza.trace:
                entries.append(JournalEntry(one.target_id, one.stanza, before.trace if before else None))
        self._journal.append(entries)
        self._unfolded += len(entries)
        self.stanzas.update((one.target_id, one.stanza) for one in built)
        self._unkept += [one.stanza for one in built]

    def drop(self, ids: Sequence[str]) -> None:
        """Take the stanzas of `ids` out of the lock; they are kept for a spec that comes back."""
        with self._guard:
            present = [one for one in ids if one in self.stanzas]
            self._journal.append([JournalEntry(one, None, self.stanzas[one].trace) for one in present])
            for one in present:
                self._unkept.append(self.stanzas.pop(one))
            self._unfolded += len(present)

    def is_ours(self, path: str, sha256: str) -> bool:
        """Tell whether this clone ever wrote these bytes there, or saw them locked."""
        return self._ours.contains(path, sha256)

    def fold(self) -> None:
        """Fold the journal into the lock: at the end of a run, and every two seconds in it."""
        with self._guard:
            self._fold()

    def note_ours(self, pairs: Mapping[str, str]) -> None:
        """Add (path, sha256) of outputs that lie there already as they would be written."""
        with self._guard:
            self._ours.add(pairs.items())

    def _gone(self, target_id: str, stanza: Stanza, earlier: Mapping[str, OutputState]) -> list[tuple[str, str]]:
        claimed = self._project.graph.producers  # of patterns, a target's own are those that it had
        return [
            (path, state.sha256)
            for path, state in earlier.items()
            if path not in stanza.outputs
            and claimed.get(path, target_id) == target_id
            and stanza.outputs
            and check_output_name(path, allow=self._project.personal.allow_steering_files) is None
        ]

    def _may_replace(self, earlier: Mapping[str, OutputState], overwrite: Collection[str]) -> MayReplace:
        locked = {state.sha256 for state in earlier.values()}  # wherever they lie: a person may have moved them along

        def may_replace(path: str, present: bytes | None) -> bool:
            if present is None:
                return True
            sha256 = bytes_digest(present)
            lf_sha256 = bytes_digest(present.replace(b"\r\n", b"\n"))
            if sha256 in locked or lf_sha256 in locked:
                return True
            if self._ours.contains(path, sha256) or self._ours.contains(path, lf_sha256):
                return True
            if path in overwrite:
                self._keep_copy(path, present)
                return True
            return False

        return may_replace

    def _keep_copy(self, path: str, present: bytes) -> None:
        relative = f"edited/{bytes_digest(present)[:16]}/{path}"
        storage = self._project.storage
        replace_file(storage.local_folder, relative, present, mode=0o600)
        folder = storage.local if storage.base == self._project.root else str(storage.local_folder)
        self.copies[path] = f"{folder}/{relative}"

    def _fold_sometimes(self) -> None:
        started_s = time.monotonic()
        if self._unfolded and started_s - self._folded_at > self._pause_s:
            self._fold()
            self._folded_at = time.monotonic()
            # A large lock takes its time: folding never gets more than a tenth of the run.
            self._pause_s = max(FOLD_EVERY_S, 10 * (self._folded_at - started_s))

    def _fold(self) -> None:
        self._replies.keep_stanzas(self._unkept)  # before the journal goes: until then the next run finds them there
        self._unkept.clear()
        self._journal.fold(self._lock_file)
        self._unfolded = 0


def _stopped(error: BaseException) -> DiagnosticError:
    """Return what the others of a batch are told when a bug or an interrupt ends it."""
    return DiagnosticError(Diagnostic("SB828", "what was built could not be written", why=str(error)), exit_code=1)


def _refuse_foreign(results: Sequence[Written | Kept]) -> None:
    foreign = [one.path for one in results if isinstance(one, Kept) and one.reason == "foreign"]
    if foreign:
        raise DiagnosticError(
            Diagnostic(
                "SB840",
                f"{foreign[0]} was changed by hand while it was being built, and is kept",
                Place(foreign[0]),
                hint="accept it, or build with --force",
            ),
            exit_code=1,
        )
