"""What can be computed again at any time, kept in a file of lines: a key that is a content hash, and a text.

Comes in: the local folder, a name, the *basis* (a hash of whatever else the texts depend on; another one makes the
file worth nothing). Each line carries its own checksum; a damaged line is a miss. Knows nothing of what a text means.
"""

import contextlib
import hashlib
import os
from pathlib import Path

from specbuild.disk.durable import read_regular, write_temporary

_LIMIT = 1024 * 1024 * 1024
_CHECKED = 32
"""Hex digits of the checksum in front of each line."""


class Memo:
    """The texts of the file `name` in the folder `local` (None: there are none), read when the first is asked for.

    Asking makes nothing.
    """

    def __init__(self, local: Path | None, name: str, basis: str) -> None:
        self._local = local
        self._name = name
        self._head = f"specbuild {name} 1 {basis}\n".encode("ascii")
        self._lines: dict[bytes, bytes] | None = None
        self._stored = 0
        self._asked: set[bytes] = set()
        self._new: dict[bytes, bytes] = {}

    def get(self, key: str) -> str | None:
        """Return the text of `key`, None if there is none that is whole."""
        if self._lines is None:
            self._lines = self._read()
        asked = key.encode("ascii")
        line = self._lines.get(asked) or self._new.get(asked)
        if line is None or _sealed(line[_CHECKED + 1 :]) != line:
            return None
        self._asked.add(asked)
        return line[_CHECKED + len(asked) + 2 :].decode("utf-8")

    def put(self, key: str, text: str) -> None:
        """Take in the text of `key`, which holds no line break; it lasts once `save` was called."""
        if "\n" not in text:
            self._new[key.encode("ascii")] = _sealed(f"{key} {text}".encode())

    def forget(self) -> None:
        """Free the memory of what was read; it is read again if somebody asks again."""
        self._lines = None

    def save(self, local: Path) -> None:
        """Write what is new into the folder `local`, or the whole file without what nobody asked for, if that is most
        of it.

        Where it can't be written, the next run computes it again.
        """
        if not self._new:
            return
        with contextlib.suppress(OSError):
            folder = os.open(local, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                self._write(folder)
                self._new = {}
            finally:
                os.close(folder)

    def _write(self, folder: int) -> None:
        if self._stored and self._stored + len(self._new) < 2 * len(self._asked | self._new.keys()) + 100:
            flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._name, flags, dir_fd=folder)
            try:
                # A first empty line: whatever a crash tore before it stays a line of its own.
                os.write(descriptor, b"\n" + b"".join(line + b"\n" for line in self._new.values()))
            finally:
                os.close(descriptor)
            return
        known = self._read() if self._asked else {}
        live = {**{key: known[key] for key in sorted(self._asked) if key in known}, **self._new}
        content = self._head + b"".join(line + b"\n" for line in live.values())
        temporary = write_temporary(folder, self._name, content, mode=0o600, flush=False)
        os.rename(temporary, self._name, src_dir_fd=folder, dst_dir_fd=folder)

    def _read(self) -> dict[bytes, bytes]:
        if self._local is None:
            return {}
        try:
            folder = os.open(self._local, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                raw = read_regular(folder, self._name, limit=_LIMIT)
            finally:
                os.close(folder)
        except OSError:
            return {}
        if raw is None or not raw.startswith(self._head):
            return {}
        lines = raw[len(self._head) :].split(b"\n")
        self._stored = len(lines)
        return {line[_CHECKED + 1 :].partition(b" ")[0]: line for line in lines if line}


def _sealed(line: bytes) -> bytes:
    return hashlib.sha256(line).hexdigest()[:_CHECKED].encode("ascii") + b" " + line
