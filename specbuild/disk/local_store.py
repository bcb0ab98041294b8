"""The working store: text keys to bytes, each in an envelope with its own SHA-256, in one SQLite file below
`cache/local/`.

Written through diskcache with a Disk of our own. Read by plain sqlite3, read-only, so that asking makes no file and
works on a read-only disk; whatever is damaged or planted is a miss with a note. Knows nothing of records.
"""

import contextlib
import hashlib
import os
import queue
import stat
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.mutex import held
from specbuild.disk.store_file import SETTINGS, connected, foreign, is_foreign, is_live, regular, vet

if TYPE_CHECKING:
    import sqlite3

    import diskcache

# sqlite3 is imported where it is used: a clone that has committed records only never needs it.

VALUE_LIMIT = 64 * 1024 * 1024
"""The most bytes of one value."""
_COLUMNS = f"key, raw, mode, filename, typeof(value), CASE WHEN length(value) <= {VALUE_LIMIT + 200} THEN value END"
_ENVELOPE = b"specbuild-store/1 "
_WRITE_TIMEOUT_S = 60
_IDLE_S = 10.0
"""So long the thread that writes waits for more before it ends: nobody need close a store."""


class _Reader(NamedTuple):
    connection: "sqlite3.Connection"
    seen: tuple[int, int, int] | None
    """What an immutable file looked like when it was opened; None: live, beside a write-ahead log."""


class _Put:
    """Pairs that one thread waits for, and what became of them. Without pairs the store is only opened."""

    __slots__ = ("fault", "pairs", "ready")

    def __init__(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        self.pairs = pairs
        self.fault: DiagnosticError | None = None
        self.ready = threading.Lock()
        """Held until it is done."""
        self.ready.acquire()


class LocalStore:
    """The store in `local`. Nothing is opened before it is asked for, nothing is made before the first `put`.

    It may be shared by threads; one thread of its own writes, through the one connection that may. `faults` collects,
    once each, why something that may be there was not served.
    """

    def __init__(self, local: LocalFolder) -> None:
        self.faults: dict[Diagnostic, None] = {}
        self._local = local
        self._path = f"{local.path}/store"
        self._guard = threading.RLock()
        self._writing = threading.Lock()
        self._waiting: queue.SimpleQueue[_Put | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._reader: _Reader | None = None
        self._cache: diskcache.Cache | None = None

    def get(self, key: str) -> bytes | None:
        """Return the value of `key`, None if there is none that can be served."""
        for _, value in self._rows("key = ?", (key,)):
            return value
        return None

    def below(self, prefix: str) -> tuple[tuple[str, bytes], ...]:
        """Return all (key, value) whose key begins with `prefix`, sorted by key. `prefix` ends with "/" or "."."""
        return tuple(self._rows("key >= ? AND key < ?", _range(prefix)))

    def keys(self, prefix: str) -> tuple[str, ...] | None:
        """Return all keys that begin with `prefix`, whatever their values are; None if the store is not `open`."""
        rows = None if self._cache is None else self._selected("key", "key >= ? AND key < ?", _range(prefix))
        return None if rows is None else tuple(key for (key,) in rows if type(key) is str)

    def open(self) -> None:
        """Open the store for writing, so that an unfinished log counts. Raises DiagnosticError SB714, SB718."""
        if self._cache is None:
            self.put(())

    def put(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        """Keep all pairs in one transaction, durable on return. Raises DiagnosticError SB714, SB718 or of the
        folder.

        What several threads put while another one's is written goes into the next transaction together.
        """
        own = _Put(pairs)
        with self._writing:
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="specbuild-store", daemon=True)
                self._writer.start()
            self._waiting.put(own)
        own.ready.acquire()
        if own.fault is not None:
            raise own.fault

    def _write(self) -> None:
        """Serve what is put until `close`, or until nobody puts any more: a connection of SQLite belongs to the thread
        that opened it."""
        try:
            goes_on = True
            while goes_on:
                puts: list[_Put | None] = []
                try:
                    puts = [self._waiting.get(timeout=_IDLE_S)]
                    while True:
                        puts.append(self._waiting.get_nowait())
                except queue.Empty:
                    if not puts:
                        goes_on = not self._is_left()
                goes_on = goes_on and None not in puts
                self._put_waiting([one for one in puts if one is not None])
        finally:
            cache, self._cache = self._cache, None
            if cache is not None:
                with contextlib.suppress(Exception):  # what was put is durable already
                    cache.close()

    def _is_left(self) -> bool:
        """Take the writer out of service if nobody waits for it."""
        if not self._writing.acquire(blocking=False):
            return False  # somebody puts, or closes
        try:
            if not self._waiting.empty():
                return False
            self._writer = None
            return True
        finally:
            self._writing.release()

    def _put_waiting(self, puts: Sequence[_Put]) -> None:
        together = [pair for one in puts for pair in one.pairs]
        for one in puts:
            one.fault = DiagnosticError(_not_stored(self._path, "interrupted"))
        try:
            fault = self._put_alone(together)
            for one in puts:  # one of them may be what does not fit: the others need not go with it
                one.fault = self._put_alone(one.pairs) if fault is not None and len(puts) > 1 else fault
        finally:
            for one in puts:
                one.ready.release()

    def _put_alone(self, pairs: Sequence[tuple[str, bytes]]) -> DiagnosticError | None:
        try:
            self._put(pairs)
        except DiagnosticError as fault:
            return fault
        except Exception as error:  # whatever it is, those who wait are told, and the thread goes on
            return DiagnosticError(_not_stored(self._path, str(error) or type(error).__name__))
        return None

    def _put(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        with self._guard:
            cache = self._opened()
        if not pairs:
            return
        try:
            with cache.transact(retry=False):
                for key, value in pairs:
                    cache.set(key, _sealed(key, value))
        except Exception as error:  # diskcache.Timeout, sqlite3.Error, OSError: all mean that it is not stored
            with contextlib.suppress(Exception):
                cache.close()  # a failed COMMIT leaves its transaction open
            self._cache = None
            raise DiagnosticError(_not_stored(self._path, str(error) or type(error).__name__)) from None

    def close(self) -> None:
        """Close what is open; the store opens again when asked."""
        with self._writing:
            with self._guard:  # first who reads: only who may write clears the log away, and only as the last one
                if self._reader is not None:
                    self._reader.connection.close()
                    self._reader = None
            if self._writer is not None:
                self._waiting.put(None)
                self._writer.join()
                self._writer = None

    def _rows(self, condition: str, values: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
        for key, raw, mode, filename, kind, sealed in self._selected(_COLUMNS, condition, values) or ():
            planted = raw != 1 or mode != 1 or filename is not None or kind != "blob" or type(key) is not str
            value = None if planted or type(sealed) is not bytes else _opened_envelope(key, sealed)
            if value is None:
                message = f"the entry {key!r:.200} of the local store is damaged and not served"
                self._note(Diagnostic("SB715", message, Place(self._path), severity="warning"))
            else:
                yield key, value

    def _selected(self, columns: str, condition: str, values: tuple[str, ...]) -> "list[tuple[Any, ...]] | None":
        """Return these columns, sorted by key; an empty list if there is no store, None if it can't be read."""
        if self._cache is None and not os.path.lexists(f"{self._local.place}/store"):
            return []
        import sqlite3

        with self._guard:
            try:
                reader = self._readable()
                query = f"SELECT {columns} FROM Cache WHERE {condition} AND raw = 1 ORDER BY key"
                return [] if reader is None else reader.execute(query, values).fetchall()
            except (sqlite3.Error, OSError, UnicodeError) as error:
                self._note(Diagnostic(
                    "SB713", "the local store can't be read; its replies count as unknown", Place(self._path),
                    str(error), f"if it stays so, remove {self._path}", severity="warning",
                ))  # fmt: skip
                return None

    def _readable(self) -> "sqlite3.Connection | None":
        """Return a read-only connection to the file as it is now, None if there is none that may be read."""
        if self._cache is not None and self._reader is not None and self._reader.seen is None:
            return self._reader.connection  # beside the log that this process itself holds open
        folder = self._local.for_reading()
        if isinstance(folder, Diagnostic):
            self._note(folder)
            return None
        if folder is None:
            return None
        file = folder / "store" / "cache.db"
        seen = regular(file)
        if seen is None:
            return None
        live = is_live(file)
        if not live and regular(file.with_name("cache.db-wal")) is not None:
            message = "the local store's last entries are not read: its log has lost its index"
            hint = "the next build that asks for a reply brings them back"
            self._note(Diagnostic("SB713", message, Place(self._path), hint=hint, severity="warning"))
        if self._reader is not None:
            if self._reader.seen is None if live else self._reader.seen == seen:
                return self._reader.connection
            self._reader.connection.close()
            self._reader = None
        connection = connected(file, live)
        rows = set(connection.execute("SELECT type, name, sql FROM sqlite_master"))
        if is_foreign(rows) or "Cache" not in {name for _, name, _ in rows}:
            connection.close()
            if is_foreign(rows):
                self._note(foreign(self._path))
            return None
        self._reader = _Reader(connection, None if live else seen)
        return connection

    def _opened(self) -> "diskcache.Cache":
        """Return the diskcache, opened by one process at a time, after a look at what it would open."""
        if self._cache is not None:
            return self._cache
        import sqlite3

        import diskcache  # keeps starts light: only a run that stores a reply needs it

        from specbuild.disk.inline_disk import InlineDisk

        folder = self._local.for_writing() / "store"
        if os.path.expandvars(str(folder)) != str(folder):  # diskcache expands $NAME in folder names
            raise DiagnosticError(_not_stored(self._path, "the project's path contains the name of a variable"))
        with held(self._local.place / "store.opening"):
            try:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, 0o700)
                if not stat.S_ISDIR(os.stat(folder, follow_symlinks=False).st_mode):
                    raise NotADirectoryError("the store's folder is a link or no folder")
                if regular(folder / "cache.db") is not None:
                    vet(folder / "cache.db", self._path)
                self._cache = diskcache.Cache(str(folder), timeout=_WRITE_TIMEOUT_S, disk=InlineDisk, **SETTINGS)
            except (sqlite3.Error, OSError, diskcache.Timeout) as error:
                raise DiagnosticError(_not_stored(self._path, str(error))) from None
        return self._cache

    def _note(self, fault: Diagnostic) -> None:
        self.faults[fault] = None


def _range(prefix: str) -> tuple[str, str]:
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _sealed(key: str, value: bytes) -> bytes:
    return _ENVELOPE + _seal(key, value) + b"\n" + value


def _opened_envelope(key: str, sealed: bytes) -> bytes | None:
    head, _, value = sealed.partition(b"\n")
    return value if head == _ENVELOPE + _seal(key, value) else None


def _seal(key: str, value: bytes) -> bytes:
    # With the key in it, a value that was moved to another key shows too.
    return hashlib.sha256(key.encode("utf-8") + b"\0" + value).hexdigest().encode("ascii")


def _not_stored(path: str, why: str) -> Diagnostic:
    hint = "free space, or look at the permissions"
    return Diagnostic("SB718", "the local store can't be written", Place(path), why, hint)
