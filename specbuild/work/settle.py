"""Making a result last, in the one order that a crash at any moment leaves whole (docs/formats.md, "Order of
durability").

Records, then the journal line with the whole stanza, then the list of what is ours, then the outputs by rename; the
lock is folded from the journal. The caller holds the mutex. Thread-safe: one target settles at a time.
"""

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from specbuild.canonical_json import bytes_digest
from specbuild.comparison import inputs_digest
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import replace_file
from specbuild.disk.journal import Journal, Ours
from specbuild.disk.lock_file import LockFile
from specbuild.disk.replies import Replies
from specbuild.disk.writer import (
    Kept,
    MayReplace,
    OutputFile,
    Written,
    flush,
    place,
    prepare,
    remove_outputs,
    write_outputs,
)
from specbuild.journal_lines import JournalEntry
from specbuild.lock import Lock
from specbuild.lock_pieces import LockPieces
from specbuild.names import check_output_name
from specbuild.record import Record
from specbuild.redaction import secrets_in
from specbuild.shape import Shaped
from specbuild.stanza import OutputState, Stanza
from specbuild.work.load import Project

FOLD_EVERY_S = 2.0


class Finished(NamedTuple):
    """A finished build of one target that is to last: its stanza and its outputs."""

    target_id: str
    stanza: Stanza
    outputs: Sequence[Shaped]


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
        self._project = project
        self._journal = journal
        self._ours = ours
        self._replies = replies
        self._lock_file = lock_file
        self._allow_secret = allow_secret
        self._secrets = secrets
        self._guard = threading.Lock()
        self._folded_at = time.monotonic()
        self._pause_s = FOLD_EVERY_S
        self._unfolded = 0

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
        with self._guard:
            self._export(records)
            before = self.stanzas.get(target_id)
            earlier = {**(self.stanzas[adopted].outputs if adopted else {}), **(before.outputs if before else {})}
            gone = self._gone(stanza, earlier)
            if before is None or before.trace != stanza.trace:
                self._journal.append(
                    [JournalEntry(target_id, stanza, before.trace if before else None)]
                    + ([JournalEntry(adopted, None, self.stanzas[adopted].trace)] if adopted else [])
                )
                self._unfolded += 1
            self.stanzas[target_id] = stanza
            if adopted:
                del self.stanzas[adopted]
            if stanza.reply is not None and stanza.outputs:
                self._replies.keep_stanza(inputs_digest(stanza.inputs), stanza)
            written = self._write(outputs, earlier, overwrite)
            if gone:
                remove_outputs(self._project.root, gone, output_folder=self._project.configuration.outputs)
            self.files_written += written
            self._fold_sometimes()
            return written

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
            gone = [pair for one in built for pair in self._gone(one.stanza, self._outputs_of(one.target_id))]
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
        self._replies.keep_stanzas([(inputs_digest(one.stanza.inputs), one.stanza) for one in built])

    def drop(self, ids: Sequence[str]) -> None:
        """Take the stanzas of `ids` out of the lock."""
        with self._guard:
            present = [one for one in ids if one in self.stanzas]
            self._journal.append([JournalEntry(one, None, self.stanzas[one].trace) for one in present])
            for one in present:
                del self.stanzas[one]
            self._unfolded += len(present)

    def fold(self) -> None:
        """Fold the journal into the lock: at the end of a run, and every two seconds in it."""
        with self._guard:
            self._journal.fold(self._lock_file)
            self._unfolded = 0

    def note_ours(self, pairs: Mapping[str, str]) -> None:
        """Add (path, sha256) of outputs that lie there already as they would be written."""
        with self._guard:
            self._ours.add(pairs.items())

    def _export(self, records: Sequence[Record]) -> None:
        for record in records:
            if not self._allow_secret:
                self._refuse_secret(record)
            self._replies.commit(record)

    def _refuse_secret(self, record: Record) -> None:
        texts = [record.reply.content, *(record.files or {}).values()]
        for text in texts:
            found = secrets_in(text, self._secrets)
            if found:
                raise DiagnosticError(
                    Diagnostic(
                        "SB640", f"the reply looks like it holds a secret ({found[0].kind}) and was not exported",
                        Place(f"{record.first_key}.{record.turn}"),
                        why="a committed record is read by everybody who clones the repository",
                        hint="it stays in the local store; if it is none, build again with --allow-secret",
                    ),
                    exit_code=1,
                )  # fmt: skip

    def _gone(self, stanza: Stanza, earlier: Mapping[str, OutputState]) -> list[tuple[str, str]]:
        claimed = self._project.graph.producers
        return [
            (path, state.sha256)
            for path, state in earlier.items()
            if path not in stanza.outputs
            and path not in claimed
            and stanza.outputs
            and check_output_name(path, allow=self._project.personal.allow_steering_files) is None
        ]

    def _write(self, outputs: Sequence[Shaped], earlier: Mapping[str, OutputState], overwrite: Collection[str]) -> int:
        if not outputs:
            return 0
        self._ours.add((one.path, one.sha256) for one in outputs)
        files = [OutputFile(one.path, one.data, one.mode == "755") for one in outputs]
        results = write_outputs(self._project.root, files, may_replace=self._may_replace(earlier, overwrite))
        _refuse_foreign(results)
        return sum(isinstance(one, Written) for one in results)

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
        replace_file(self._project.storage.local_folder, relative, present, mode=0o600)

    def _fold_sometimes(self) -> None:
        started_s = time.monotonic()
        if self._unfolded and started_s - self._folded_at > self._pause_s:
            self._journal.fold(self._lock_file)
            self._unfolded = 0
            self._folded_at = time.monotonic()
            # A large lock takes its time: folding never gets more than a tenth of the run.
            self._pause_s = max(FOLD_EVERY_S, 10 * (self._folded_at - started_s))


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
