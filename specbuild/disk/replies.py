"""All known replies behind one face: committed records and the local store, each proved before it is served.

Comes in: the project's root and records. Goes out: verified records; what was not served is told in `faults`. Reading
makes nothing on the disk. Knows neither providers nor the lock.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from specbuild.canonical_json import Digest, Json, canonical_json
from specbuild.comparison import inputs_digest
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import opened_folder, read_regular, replace_file
from specbuild.disk.files import normalised_text
from specbuild.disk.flushes import replace_files
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.local_store import LocalStore
from specbuild.disk.reply_claims import ReplyClaims
from specbuild.keys import ReplyKey
from specbuild.record import Record, check_turn, read_record, record_name, record_text
from specbuild.reply import Reply, reply_digest
from specbuild.request import next_body
from specbuild.stanza import Stanza, stanza_from_json, stanza_json

RECORD_LIMIT = 64 * 1024 * 1024
"""The most bytes of one record."""
RECORDS_AT_HAND = 256
"""So many committed records stay in memory, proved: one target's is looked at several times in a row."""
FIRST_TURNS = 2000
"""So many records are read, at most, for a hint."""


class Replies:
    """The replies of the project at `root`; `cache` is its cache folder, `local` where the working store lies.

    It may be shared by threads. `local` may be a folder that several clones share; `only_committed` leaves it alone.
    """

    def __init__(
        self, root: Path, *, cache: str = "cache", local: LocalFolder | None = None, only_committed: bool = False
    ) -> None:
        self._root = root
        self._only_committed = only_committed
        self._records = f"{cache}/replies"
        self._local = local if local is not None else LocalFolder(root, f"{cache}/local")
        self._store = LocalStore(self._local)
        self._claims = ReplyClaims(self._local)
        self._listed: dict[str, dict[str, tuple[str, ...]]] = {}
        self._texts: dict[str, bytes] = {}
        self._guard = threading.Lock()
        self._at_hand: dict[str, tuple[tuple[int, ...], Record]] = {}
        self._faults: dict[Diagnostic, None] = {}
        self._kept_keys: set[str] | None = None
        """The first keys of the records in the local store, as long as nobody else writes there; None: not looked."""

    @property
    def faults(self) -> tuple[Diagnostic, ...]:
        """What was found and not served so far, each once."""
        return (*self._faults, *self._store.faults)

    @property
    def has_committed(self) -> bool:
        """Whether any record lies below `cache/replies/`."""
        return bool(self._list(""))

    def turns(self, first_key: ReplyKey) -> tuple[Record, ...]:
        """Return all verified records of the conversation that `first_key` begins, sorted by turn, then name.

        A committed record goes before a local one of the same name. A damaged record, or one whose parent is not there,
        is left out and told in `faults`.
        """
        return tuple(self._turns_by_name(first_key).values())

    def get(self, first_key: ReplyKey, turn: int, reply16: str) -> Record | None:
        """Return the verified record of that turn and reply, None if it is not at hand. `turn` counts from 1."""
        name = f"{first_key}.{turn}.{reply16}.json"
        committed, _ = _verified(self._committed(first_key))  # each is what its name says: reading it proved that
        return committed.get(name) or self._turns_by_name(first_key).get(name)

    def _turns_by_name(self, first_key: ReplyKey) -> Mapping[str, Record]:
        good, faults = _verified({**self._kept(first_key), **self._committed(first_key)})
        self._faults.update(dict.fromkeys(faults))
        return good

    def first_turns(self) -> Iterator[Record]:
        """Yield committed first turns, at most FIRST_TURNS: among them is the request nearest to a missing one."""
        read = 0
        for prefix in self._list(""):
            for names in self._names(prefix).values() if len(prefix) == 2 else ():
                for name in names:
                    if name.split(".")[1:2] != ["1"] or read >= FIRST_TURNS:
                        continue
                    read += 1
                    record = self._record_file(name)
                    if isinstance(record, Record):
                        yield record

    def store(self, record: Record, raw: bytes) -> None:
        """Keep the record and the response's raw bytes in the local store, durable on return. Raises
        DiagnosticError."""
        self.store_all([(record, raw)])

    def store_all(self, answers: Sequence[tuple[Record, bytes]]) -> None:
        """Do `store` for several with one flush: all of them are kept, or DiagnosticError is raised."""
        pairs: list[tuple[str, bytes]] = []
        for record, raw in answers:
            name = record_name(record)
            text = record_text(record).encode("utf-8")
            pairs += [(f"record/{name}", text), (f"raw/{name}", raw)]
            with self._guard:
                if self._kept_keys is not None:
                    self._kept_keys.add(record.first_key)
                self._texts[name] = text
                while len(self._texts) > RECORDS_AT_HAND:
                    del self._texts[next(iter(self._texts))]
        self._store.put(pairs)

    def commit(self, record: Record) -> bool:
        """Make the record a file below `cache/replies/`, durable on return; return whether one was written.

        A good record of that name stays as it is (it may tell another source); a damaged one is replaced. Raises
        DiagnosticError.
        """
        name = record_name(record)
        if self._is_there(name):
            return False
        written = replace_file(self._root, f"{self._records}/{name[:2]}/{name}", self._text(name, record))
        self._list_too(name)
        return written

    def commit_all(self, records: Sequence[Record]) -> None:
        """Do `commit` for several with shared flushes. Raises DiagnosticError; then some may be there."""
        named = {record_name(one): one for one in records}
        new = {name: one for name, one in named.items() if not self._is_there(name)}
        replace_files(
            self._root,
            [(f"{self._records}/{name[:2]}/{name}", self._text(name, one)) for name, one in new.items()],
        )
        for name in new:
            self._list_too(name)

    def is_committed(self, record: Record) -> bool:
        """Return whether a good record of that name lies below `cache/replies/`."""
        return self._is_there(record_name(record))

    def keep_incomplete(self, key: ReplyKey, reply: Reply, raw: bytes) -> None:
        """Keep a reply that was cut off, filtered or empty as evidence, durably; it is never served."""
        value: dict[str, Json] = {
            "content": reply.content, "finish_reason": reply.finish_reason, "tool_calls": reply.tool_calls,
        }  # fmt: skip
        name = f"{key}.{reply_digest(reply)[:16]}"
        text = canonical_json(value).encode("utf-8")
        self._store.put([(f"incomplete/{name}", text), (f"incomplete-raw/{name}", raw)])

    def keep_stanzas(self, stanzas: Iterable[Stanza]) -> None:
        """Keep those of the stanzas that a build finished, by the hash of their `inputs`, with one flush: going back
        to these costs nothing."""
        kept = [(one, stanza_json(one)) for one in stanzas if one.reply is not None and one.outputs]
        pairs = [
            (f"stanza/{inputs_digest(one.inputs)}/{value['trace']}", canonical_json(value).encode("utf-8"))
            for one, value in kept
        ]
        if pairs:
            self._store.put(pairs)

    def keep_check(self, key: str, value: bytes) -> None:
        """Keep what was found out about a spec's checks, by a key that is a content hash; durably."""
        self._store.put([(f"check/{key}", value)])

    def kept_check(self, key: str) -> bytes | None:
        """Return what `keep_check` kept under `key`, None if there is nothing."""
        return self._store.get(f"check/{key}")

    def kept_stanzas(self, inputs_digest: Digest) -> tuple[Stanza, ...]:
        """Return the stanzas kept for these inputs, sorted by their trace."""
        stanzas: list[Stanza] = []
        for key, value in self._store.below(f"stanza/{inputs_digest}/"):
            stanza = _stanza(value, key)
            if isinstance(stanza, Stanza):
                stanzas.append(stanza)
            else:
                self._faults[stanza] = None
        return tuple(stanzas)

    @contextlib.contextmanager
    def claim(
        self,
        key: ReplyKey,
        *,
        waiting: Callable[[int | None], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[None]:
        """Hold the right to make the missing reply to `key`, against threads and processes that share the store.

        A claim ends with its holder's death. The store is open for writing then: no call is paid for a reply that could
        not be kept. The caller looks for the reply again once it has it. `waiting` is called once with the holder's
        pid; `cancelled` ends the wait in KeyboardInterrupt. Raises DiagnosticError.
        """
        with self._claims.held(key, waiting=waiting, cancelled=cancelled):
            self._store.open()
            if not self._claims.is_alone:
                self._listed.clear()
            yield

    def held_alone(self) -> None:
        """Take in that no other process asks for replies here, for the caller holds the mutex of the store's folder."""
        self._claims.is_alone = True

    def close(self) -> None:
        """Close the store's file."""
        self._store.close()

    def _text(self, name: str, record: Record) -> bytes:
        """Return the record's text in UTF-8, made once for store and file."""
        with self._guard:
            text = self._texts.pop(name, None)
        return record_text(record).encode("utf-8") if text is None else text

    def _committed(self, first_key: str) -> dict[str, Record]:
        found = {name: self._record_file(name) for name in self._names(first_key[:2]).get(first_key, ())}
        return self._good(found)

    def _kept(self, first_key: str) -> dict[str, Record]:
        found: dict[str, Record | Diagnostic | None] = {}
        if self._only_committed or not self._may_be_kept(first_key):
            return {}
        for key, value in self._store.below(f"record/{first_key}."):
            name = key.removeprefix("record/")
            text = normalised_text(value, name)
            found[name] = text if isinstance(text, Diagnostic) else read_record(text, name)
        return self._good(found)

    def _may_be_kept(self, first_key: str) -> bool:
        """Tell whether the local store may hold a record of that conversation: who writes there alone looks once."""
        if not self._claims.is_alone:
            return True
        with self._guard:
            if self._kept_keys is None:
                names = self._store.keys("record/")
                if names is None:
                    return True
                self._kept_keys = {name.removeprefix("record/").partition(".")[0] for name in names}
            return first_key in self._kept_keys

    def _good(self, found: Mapping[str, Record | Diagnostic | None]) -> dict[str, Record]:
        good: dict[str, Record] = {}
        for name, record in found.items():
            if isinstance(record, Record):
                good[name] = record
            elif record is not None:
                self._faults[record] = None
        return good

    def _names(self, prefix: str) -> Mapping[str, tuple[str, ...]]:
        """Return the names of committed records in folder `prefix` by the key of their conversation; listed once."""
        names = self._listed.get(prefix)  # another thread may forget it at any moment
        if names is None:
            names = {}
            for name in self._list(prefix):
                key, dot, _ = name.partition(".")
                if dot and name.endswith(".json"):
                    names[key] = (*names.get(key, ()), name)
            self._listed[prefix] = names
        return names

    def _is_there(self, name: str) -> bool:
        """Return whether a good record of that name is a file. A run that is alone here knows by its own listing which
        are none."""
        if self._claims.is_alone and name not in self._names(name[:2]).get(name.partition(".")[0], ()):
            return False
        return isinstance(self._record_file(name), Record)

    def _list_too(self, name: str) -> None:
        """Take in that the record `name` was written."""
        names, key = self._listed.get(name[:2]), name.partition(".")[0]
        if names is not None:
            names[key] = tuple(sorted({*names.get(key, ()), name}))

    def _list(self, prefix: str) -> list[str]:
        path = f"{self._records}/{prefix}".rstrip("/")
        try:
            with opened_folder(self._root, path) as folder:
                return sorted(os.listdir(folder))
        except DiagnosticError as error:
            if error.diagnostics[0].code != "SB820":
                self._faults[error.diagnostics[0]] = None
        except OSError as error:
            self._faults[_unreadable(path, error.strerror or "")] = None
        return []

    def _record_file(self, name: str) -> Record | Diagnostic | None:
        path = f"{self._records}/{name[:2]}/{name}"
        try:
            with opened_folder(self._root, f"{self._records}/{name[:2]}") as folder:
                stamp = _stamp(os.stat(name, dir_fd=folder, follow_symlinks=False))
                known = self._at_hand.get(name)
                if known is not None and known[0] == stamp:
                    return known[1]
                raw = read_regular(folder, name, limit=RECORD_LIMIT)
        except FileNotFoundError:
            return None
        except DiagnosticError as error:
            return None if error.diagnostics[0].code == "SB820" else error.diagnostics[0]
        except OSError as error:
            return _unreadable(path, error.strerror or str(error))
        if raw is None:
            return _unreadable(path, f"it has more than {RECORD_LIMIT} bytes")
        text = normalised_text(raw, path)
        found = text if isinstance(text, Diagnostic) else read_record(text, path)
        if isinstance(found, Record):
            self._keep_at_hand(name, stamp, found)
        return found

    def _keep_at_hand(self, name: str, stamp: tuple[int, ...], record: Record) -> None:
        with self._guard:
            self._at_hand.pop(name, None)
            self._at_hand[name] = stamp, record
            while len(self._at_hand) > RECORDS_AT_HAND:
                del self._at_hand[next(iter(self._at_hand))]


def _stamp(seen: os.stat_result) -> tuple[int, ...]:
    return seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def _verified(records: Mapping[str, Record]) -> tuple[Mapping[str, Record], tuple[Diagnostic, ...]]:
    """Return those that follow from their parents, all the way to the first turn, by name, and why the others don't."""
    good: dict[str, tuple[Mapping[str, Json], Record]] = {}
    faults: list[Diagnostic] = []
    for name, record in sorted(records.items(), key=lambda item: (item[1].turn, item[0])):
        body = record.body or {}
        if record.parent is not None:
            parent_body, parent = good.get(f"{record.parent}.json", ({}, None))
            if parent is None or not _same_line(record, parent):
                faults.append(_no_parent(name))
                continue
            fault = check_turn(record, parent_body, parent.reply)
            if fault is not None:
                faults.append(fault)
                continue
            body = next_body(parent_body, parent.reply, record.append)
        good[name] = body, record
    return {name: record for name, (_, record) in good.items()}, tuple(faults)


def _same_line(record: Record, parent: Record) -> bool:
    return (record.kind, record.service, record.sample) == (parent.kind, parent.service, parent.sample)


def _no_parent(name: str) -> Diagnostic:
    why = "the turn that it names as its parent is not there, or is of another conversation"
    return Diagnostic("SB719", f"the record {name} is not served", Place(name), why, "restore the missing record")


def _unreadable(path: str, why: str) -> Diagnostic:
    hint = "bring it back from the history"
    return Diagnostic("SB717", f"the record {path} can't be read and is not served", Place(path), why, hint)


def _stanza(value: bytes, key: str) -> Stanza | Diagnostic:
    import json

    try:
        return stanza_from_json(json.loads(value), target_id=key)
    except (ValueError, RecursionError) as error:
        return Diagnostic("SB715", f"the kept {key} is damaged", why=str(error), severity="warning")
