"""What lies in the local store and how old it is, and the one way in which anything leaves it: by age.

The store itself only ever adds (`local_store`). Looking makes nothing; removing is for a caller that holds the mutex.
"""

import contextlib
import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.local_store import LocalStore

_WRITE_TIMEOUT_S = 60


class StoreEntry(NamedTuple):
    """One entry: `kind` and `name` are the parts of its key before and behind the first "/"."""

    kind: str
    name: str
    size: int
    stored_at_s: float


def store_entries(local: LocalFolder) -> tuple[StoreEntry, ...]:
    """Return all entries of the store in `local`, sorted; () if there is none that can be read."""
    store = LocalStore(local)
    store.get("record/")  # a planted or unreadable file is noted, and then not looked at here either
    store.close()
    file = local.place / "store" / "cache.db"
    if store.faults or not isinstance(local.for_reading(), Path) or not file.is_file():
        return ()
    quoted = str(file.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    live = all(file.with_name(file.name + suffix).exists() for suffix in ("-wal", "-shm"))
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{quoted}?{'mode=ro' if live else 'mode=ro&immutable=1'}", uri=True)
        ) as connection:
            rows = connection.execute("SELECT key, length(value), store_time FROM Cache WHERE raw = 1 ORDER BY key")
            return tuple(_entry(*row) for row in rows if isinstance(row[0], str))
    except sqlite3.Error:
        return ()


def remove_entries(local: LocalFolder, entries: Collection[StoreEntry]) -> None:
    """Take `entries` out of the store, durably, and give their space back. Raises DiagnosticError."""
    if not entries:
        return
    store = LocalStore(local)
    store.open()  # looks at what it opens, and finishes what a killed run began
    store.close()
    try:
        with contextlib.closing(
            sqlite3.connect(local.place / "store" / "cache.db", timeout=_WRITE_TIMEOUT_S, isolation_level=None)
        ) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "DELETE FROM Cache WHERE key = ? AND raw = 1 AND store_time = ?",
                [(f"{one.kind}/{one.name}", one.stored_at_s) for one in entries],
            )
            connection.execute("COMMIT")
            connection.execute("VACUUM")
    except sqlite3.Error as error:
        what, place = "the local store can't be written", Place(f"{local.path}/store")
        raise DiagnosticError(Diagnostic("SB718", what, place, str(error), "free space and try again")) from None


def _entry(key: str, size: int | None, stored_at_s: float) -> StoreEntry:
    kind, _, name = key.partition("/")
    return StoreEntry(kind, name, size or 0, stored_at_s)
