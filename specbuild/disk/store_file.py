"""The store's file as it lies there: whether it may be read or handed to diskcache, which would run what a stranger
planted in it.

Comes in: the path of a SQLite file. Asking changes nothing; what is no store of ours is told as a diagnostic.
"""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place

if TYPE_CHECKING:
    import sqlite3

SETTINGS = {
    "statistics": 0, "tag_index": 0, "eviction_policy": "none", "size_limit": 2**62, "cull_limit": 0,
    "sqlite_auto_vacuum": 0, "sqlite_cache_size": 1024, "sqlite_journal_mode": "wal", "sqlite_mmap_size": 0,
    "sqlite_synchronous": 2,  # FULL: with diskcache's NORMAL a power cut loses acknowledged replies in WAL mode
    "disk_min_file_size": 0, "disk_pickle_protocol": 0,
}  # fmt: skip
"""What diskcache is told of the store, and keeps in its table `Settings`."""
_METADATA = {"count", "size", "hits", "misses"}


def regular(file: Path) -> tuple[int, int, int] | None:
    """Return inode, size (bytes) and mtime (ns) of a regular file, None if it is absent. Raises OSError for anything
    else: a pipe would block."""
    try:
        seen = os.stat(file, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(seen.st_mode):
        raise OSError(f"{file.name} is not a regular file")
    return seen.st_ino, seen.st_size, seen.st_mtime_ns


def is_live(file: Path) -> bool:
    """Return whether a log and its index lie beside the file. A log without its index could only be read by writing
    one: its entries are a miss until the next `open`, which every claim does before a call is paid."""
    beside = [regular(file.with_name(file.name + suffix)) for suffix in ("-wal", "-shm")]
    return None not in beside


def connected(file: Path, live: bool) -> "sqlite3.Connection":
    """Return a connection that can't write; of a file that is not `live` nothing else is looked at. Raises
    sqlite3.Error."""
    import sqlite3

    quoted = str(file.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    # Not readonly_shm: SQLite shares one view of the log's index among a process's connections, and while one that may
    # not write it is open, no other may write at all. On a read-only disk SQLite takes that view by itself.
    how = "mode=ro" if live else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"file:{quoted}?{how}", uri=True, timeout=5, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def is_foreign(rows: set[tuple[str, str, str | None]]) -> bool:
    """Return whether these rows of `sqlite_master` are more than diskcache's own: a view or a trigger would run."""
    return any(_SCHEMA.get(name, "") != sql for _, name, sql in rows)


def vet(file: Path, path: str) -> None:
    """Raise DiagnosticError SB714 if diskcache must not open `file`; a file that was only begun is fine."""
    live = is_live(file)
    if os.path.getsize(file) == 0:
        return
    connection = connected(file, live)
    try:
        rows = set(connection.execute("SELECT type, name, sql FROM sqlite_master"))
        strange = is_foreign(rows)
        if not strange and any(name == "Settings" for _, name, _ in rows):
            names = {name for (name,) in connection.execute("SELECT key FROM Settings")}
            strange = not names <= _METADATA | set(SETTINGS)
    finally:
        connection.close()
    if strange:
        raise DiagnosticError(foreign(path))


def foreign(path: str) -> Diagnostic:
    """Return what is told of a store that holds more than ours do."""
    message = "the local store holds tables or settings that specbuild did not make, and is ignored"
    return Diagnostic("SB714", message, Place(path), "such a file can be planted", f"remove {path}")


_SCHEMA: dict[str, str | None] = {
    "Settings": "CREATE TABLE Settings ( key TEXT NOT NULL UNIQUE, value)",
    "sqlite_autoindex_Settings_1": None,
    "Cache": (
        "CREATE TABLE Cache ( rowid INTEGER PRIMARY KEY, key BLOB, raw INTEGER, store_time REAL, expire_time "
        "REAL, access_time REAL, access_count INTEGER DEFAULT 0, tag BLOB, size INTEGER DEFAULT 0, mode INTEGER "
        "DEFAULT 0, filename TEXT, value BLOB)"
    ),
    "Cache_key_raw": "CREATE UNIQUE INDEX Cache_key_raw ON Cache(key, raw)",
    "Cache_expire_time": "CREATE INDEX Cache_expire_time ON Cache (expire_time)",
    "Settings_count_insert": (
        "CREATE TRIGGER Settings_count_insert AFTER INSERT ON Cache FOR EACH ROW BEGIN UPDATE Settings SET value "
        '= value + 1 WHERE key = "count"; END'
    ),
    "Settings_count_delete": (
        "CREATE TRIGGER Settings_count_delete AFTER DELETE ON Cache FOR EACH ROW BEGIN UPDATE Settings SET value "
        '= value - 1 WHERE key = "count"; END'
    ),
    "Settings_size_insert": (
        "CREATE TRIGGER Settings_size_insert AFTER INSERT ON Cache FOR EACH ROW BEGIN UPDATE Settings SET value ="
        ' value + NEW.size WHERE key = "size"; END'
    ),
    "Settings_size_update": (
        "CREATE TRIGGER Settings_size_update AFTER UPDATE ON Cache FOR EACH ROW BEGIN UPDATE Settings SET value ="
        ' value + NEW.size - OLD.size WHERE key = "size"; END'
    ),
    "Settings_size_delete": (
        "CREATE TRIGGER Settings_size_delete AFTER DELETE ON Cache FOR EACH ROW BEGIN UPDATE Settings SET value ="
        ' value - OLD.size WHERE key = "size"; END'
    ),
}
"""What `sqlite_master` holds in a store that diskcache 5.6 made, by name."""
