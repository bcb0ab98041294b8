"""A file that remembers every write and every flush in their order: what a block device would have been told.

`python -m tests.faults.logged_disk FOLDER IMAGE LOG COUNT` serves FOLDER/image (a copy of IMAGE) through /dev/fuse
until it is unmounted. A loop device on that file passes each write of a file system on, and each of its flushes. LOG
gets a record for each; COUNT, eight bytes that others map, how many there are. Linux, root. (dm-log-writes does the
same where a kernel has it.)
"""

import ctypes
import mmap
import os
import stat
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

_IN = struct.Struct("<IIQQIIIHH")
_OUT = struct.Struct("<IiQ")
_RECORD = struct.Struct("<BQI")
_WRITE, _FLUSH = 1, 2
_ROOT, _IMAGE = 1, 2
_MOST = 1 << 20
_ENOENT, _ENOSYS = 2, 38


class Logged(NamedTuple):
    """One write, or a flush of all writes before it (no data)."""

    offset: int
    data: bytes | None


def read_log(log: Path) -> Iterator[Logged]:
    """Yield what was logged, in its order."""
    with log.open("rb") as file:
        while head := file.read(_RECORD.size):
            kind, offset, length = _RECORD.unpack(head)
            yield Logged(offset, file.read(length) if kind == _WRITE else None)


class _Server:
    """Answers the kernel's requests (linux/fuse.h, protocol 7.31): one folder with one file in it."""

    def __init__(self, image: bytearray, log: int, count: mmap.mmap) -> None:
        self._image = image
        self._log = log
        self._count = count
        self._answers: dict[int, Callable[[int, memoryview], bytes]] = {
            1: self._lookup, 3: self._attributes, 4: self._attributes, 14: self._open, 15: self._read,
            16: self._written, 17: self._statistics, 18: self._nothing, 20: self._flushed, 25: self._nothing,
            26: self._start, 27: self._open, 29: self._nothing, 34: self._nothing,
        }  # fmt: skip

    def serve(self, device: int) -> None:
        """Answer until the file system is unmounted."""
        buffer = bytearray(_MOST + 65536)
        while True:
            try:
                length = os.readv(device, [buffer])
            except OSError as error:
                if error.errno == 19:  # ENODEV: unmounted
                    return
                continue
            _, operation, unique, node, *_ = _IN.unpack_from(buffer)
            if operation in (2, 42, 36):  # forget, interrupt: no answer is expected
                continue
            answer = self._answers.get(operation)
            fault, content = 0, b""
            try:
                if answer is None:
                    raise OSError(_ENOSYS, "no such operation")
                content = answer(node, memoryview(buffer)[_IN.size : length])
            except OSError as error:
                fault = error.errno or 5
            os.write(device, _OUT.pack(_OUT.size + len(content), -fault, unique) + content)

    def _start(self, node: int, body: memoryview) -> bytes:
        flags = (1 << 5) | (1 << 22)  # big writes, more than 32 pages
        return struct.pack("<IIIIHHIIHHII24x", 7, 31, 0, flags, 16, 12, _MOST, 1, _MOST // 4096, 0, 0, 0)

    def _lookup(self, node: int, body: memoryview) -> bytes:
        if bytes(body).rstrip(b"\0") != b"image":
            raise OSError(_ENOENT, "no such file")
        return struct.pack("<4Q2I", _IMAGE, 0, 3600, 3600, 0, 0) + self._attribute(_IMAGE)

    def _attributes(self, node: int, body: memoryview) -> bytes:
        return struct.pack("<QII", 3600, 0, 0) + self._attribute(node)

    def _attribute(self, node: int) -> bytes:
        size = len(self._image) if node == _IMAGE else 0
        mode = stat.S_IFREG | 0o600 if node == _IMAGE else stat.S_IFDIR | 0o700
        return struct.pack("<6Q10I", node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def _open(self, node: int, body: memoryview) -> bytes:
        return struct.pack("<QII", node, 1, 0)  # direct: nothing is kept back by the page cache

    def _read(self, node: int, body: memoryview) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        return bytes(self._image[offset : offset + size])

    def _written(self, node: int, body: memoryview) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        data = bytes(body[40 : 40 + size])
        self._image[offset : offset + size] = data
        self._note(_RECORD.pack(_WRITE, offset, size) + data)
        return struct.pack("<II", size, 0)

    def _flushed(self, node: int, body: memoryview) -> bytes:
        self._note(_RECORD.pack(_FLUSH, 0, 0))
        return b""

    def _note(self, record: bytes) -> None:
        os.write(self._log, record)
        self._count[:] = struct.pack("<Q", struct.unpack("<Q", self._count[:])[0] + 1)

    def _statistics(self, node: int, body: memoryview) -> bytes:
        return struct.pack("<5Q4I24x", 1 << 20, 1 << 20, 1 << 20, 16, 16, 4096, 255, 4096, 0)

    def _nothing(self, node: int, body: memoryview) -> bytes:
        return b""


def main(folder: str, image: str, log: str, count: str) -> None:
    """Mount, say "ready", and serve."""
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"logged", folder.encode(), b"fuse", 6, options) != 0:  # 6: nosuid, nodev
        raise OSError(ctypes.get_errno(), "mount")
    with open(count, "r+b") as counter:
        mapped = mmap.mmap(counter.fileno(), 8)
    server = _Server(
        bytearray(Path(image).read_bytes()), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), mapped
    )
    print("ready", flush=True)
    server.serve(device)


if __name__ == "__main__":
    main(*sys.argv[1:])
