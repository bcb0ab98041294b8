"""How diskcache keeps a value here: a str key and bytes in one SQLite row; never a pickle, never a file.

diskcache's own Disk and JSONDisk unpickle what they find and open file names that they find (CVE-2025-69872, no fixed
release). This one refuses whatever it would not have written itself. Imported by `local_store` when it writes.
"""

import sqlite3
import zlib

import diskcache
from diskcache.core import MODE_RAW, UNKNOWN


class InlineDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """A Disk of str keys and bytes values. TypeError for another kind to write, ValueError for another kind found."""

    def __init__(self, directory: str, **_settings: object) -> None:
        # The settings come from a table of the file that is opened: a planted one must not get anywhere.
        super().__init__(directory)

    def hash(self, key: object) -> int:
        """Return a checksum of the key."""
        return zlib.adler32(self.put(key)[0].encode("utf-8"))

    def put(self, key: object) -> tuple[str, bool]:
        """Return the key as it stands in the table."""
        if type(key) is not str:
            raise TypeError("a key of the store is a str")
        return key, True

    def get(self, key: object, raw: object) -> str:
        """Return the key from its columns."""
        if type(key) is not str or not raw:
            raise ValueError("a key that specbuild did not write")
        return key

    def store(self, value: object, read: object, key: object = UNKNOWN) -> tuple[int, int, None, memoryview]:
        """Return the value's columns: size 0, mode raw, no file name, the bytes."""
        if type(value) is not bytes or read:
            raise TypeError("a value of the store is bytes")
        return 0, MODE_RAW, None, sqlite3.Binary(value)

    def fetch(self, mode: object, filename: object, value: object, read: object) -> bytes:
        """Return the value from its columns."""
        if mode != MODE_RAW or filename is not None or read or type(value) is not bytes:
            raise ValueError("a value that specbuild did not write")
        return value

    def filename(self, key: object = UNKNOWN, value: object = UNKNOWN) -> tuple[str, str]:
        """Never give a file name."""
        raise TypeError("values of the store are never files")

    def remove(self, file_path: object) -> None:
        """Remove nothing: a file name found in the table is somebody else's idea."""
