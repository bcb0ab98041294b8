"""What the file system said of every file at the last look, kept so that the next run need not read it again.

In: sightings, noted while a build read its inputs, and its results. Out: `cache/local/index`, which the gate compares;
or, where something differs, a second look that reads only that. A sighting is trusted only if its change time is
before a clock of the same file system that was taken before the file was read (docs/formats.md, "Nothing to do: the
index"): an edit stamps the change time with a clock that is not before ours, and no program can set it.
"""

import contextlib
import hashlib
import os
import stat
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from specbuild import gate
from specbuild.disk.durable import write_temporary

NUMBERS = 1 << 64


class Sighting(NamedTuple):
    """One path as it was seen: its four numbers, and the SHA-256 of what it is (its kind, its x bit, its content)."""

    ctime_ns: int
    mtime_ns: int
    size: int
    inode: int
    digest: bytes


class Told(NamedTuple):
    """What one command says when there is nothing to do: on stdout (1) or stderr (2), plain and coloured."""

    command: str
    stream: int
    plain: str
    coloured: str


class Sightings:
    """The paths that a run read, as they were then. Thread-safe. Paths are relative to the root, or absolute."""

    def __init__(self, clock_ns: int) -> None:
        self._clock_ns = clock_ns
        self._seen: dict[str, Sighting | None] = {}
        self._guard = threading.Lock()

    def file(self, path: str, found: os.stat_result, content: bytes) -> None:
        """Take in a file that was read: what `fstat` said before, and its bytes."""
        self._take(path, sighting_of_file(found, content))

    def folder(self, path: str, found: os.stat_result, names: Iterable[str]) -> None:
        """Take in a folder that was listed: what `stat` said before, and the names in it."""
        self._take(path, sighting_of_folder(found, names))

    def absent(self, path: str) -> None:
        """Take in that there is no such path."""
        self._take(path, None)

    def look(self, path: str, root: Path) -> None:
        """Look at a path now; links are followed."""
        self._take(path, look(os.path.join(root, path)))

    def seen_before(self, path: str, one: Sighting) -> None:
        """Take in a path that is as it was at the last look."""
        self._take(path, one)

    def rows(self) -> dict[str, Sighting | None]:
        """Return what was seen, as it may be stored: numbers that can't be trusted are zero and match nothing."""
        with self._guard:
            return {path: one and _stored(one, self._clock_ns) for path, one in self._seen.items()}

    def _take(self, path: str, one: Sighting | None) -> None:
        with self._guard:
            before = self._seen.get(path, one)
            # Seen twice and different: it is being changed right now. Such a row must match nothing.
            self._seen[path] = one if before == one else Sighting(0, 0, 0, 0, b"\0" * 32)


class LastLook:
    """An index as what it says of single paths, if its premises hold and every path that had to stay absent did."""

    def __init__(self, index: gate.Index) -> None:
        self._numbers = index.stats.tolist()
        self._digests = bytes(index.digests)
        self._positions = {path: position for position, path in enumerate(index.paths)}
        self._results = index.results

    def told(self) -> tuple[Told, ...]:
        """Return what commands said at the last look; nothing if that can't be read."""
        found: list[Told] = []
        left = bytes(self._results)
        try:
            while left:
                head, _, left = left.partition(b"\n")
                command, stream, *lengths = head.decode("ascii").split(" ")
                plain, coloured = map(int, lengths)
                texts = left[:plain].decode("utf-8"), left[plain : plain + coloured].decode("utf-8")
                found.append(Told(command, int(stream), *texts))
                left = left[plain + coloured :]
        except ValueError:
            return ()
        return tuple(found)

    def sighting(self, path: str, now: os.stat_result) -> Sighting | None:
        """Return how `path` was seen, if what `stat` says of it `now` is just the same and could be trusted then."""
        position = self._positions.get(path)
        if position is None:
            return None
        ctime_ns, mtime_ns, size, inode = self._numbers[4 * position : 4 * position + 4]
        if (ctime_ns, mtime_ns, size, inode) != (now.st_ctime_ns, now.st_mtime_ns, now.st_size, now.st_ino):
            return None
        return Sighting(ctime_ns, mtime_ns, size, inode, self._digests[32 * position : 32 * position + 32])

    def is_as_it_was(self, path: str, root: Path) -> bool:
        """Say if `path` is unchanged, or was no path of the index: absent then and now, or not asked for."""
        if path not in self._positions:
            return True
        try:
            return self.sighting(path, os.stat(os.path.join(root, path))) is not None
        except (OSError, ValueError):
            return False


def last_look(root: Path, version: str) -> LastLook | None:
    """Return what the index below `root` says; None if there is none that may be believed."""
    try:
        index = gate.read_index(str(root), version)
        if index is None or any(os.path.lexists(os.path.join(root, path)) for path in index.absent):
            return None
        return LastLook(index)
    except (OSError, ValueError, TypeError, IndexError, UnicodeError):
        return None


def clock_of(local: Path) -> int | None:
    """Return the present time of the file system that `local` lies on, in ns; None if nothing can be made there."""
    try:
        folder = os.open(local, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        temporary = write_temporary(folder, f"clock-{os.getpid()}", b"", mode=0o600, flush=False)
        try:
            return os.stat(temporary, dir_fd=folder).st_ctime_ns
        finally:
            os.unlink(temporary, dir_fd=folder)
    except OSError:
        return None
    finally:
        os.close(folder)


def clock_of_project(root: Path) -> int | None:
    """Return the present time of a project's file system, in ns, where it has no local folder yet (a fresh clone).

    The file that is made for it has no name, so nobody sees it (open(2), O_TMPFILE); None where there is no such thing.
    """
    try:
        number = os.open(root, os.O_WRONLY | os.O_CLOEXEC | os.O_TMPFILE, 0o600)
    except (AttributeError, OSError):  # not Linux; a file system without it; a read-only one
        return None
    try:
        return os.fstat(number).st_ctime_ns
    finally:
        os.close(number)


def sighting_of_file(found: os.stat_result, content: bytes) -> Sighting:
    """Return the sighting of a regular file with these bytes."""
    kind = b"x" if found.st_mode & stat.S_IXUSR else b"-"
    return _sighting(found, hashlib.sha256(kind + content).digest())


def sighting_of_folder(found: os.stat_result, names: Iterable[str]) -> Sighting:
    """Return the sighting of a folder with these names in it."""
    listed = b"\0".join(sorted(os.fsencode(name) for name in names))
    return _sighting(found, hashlib.sha256(b"d" + listed).digest())


def look(path: str) -> Sighting | None:
    """Return what is at `path` (links followed) from one look, in the safe order: stat, then read. None: nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            return sighting_of_folder(found, os.listdir(descriptor))
        if not stat.S_ISREG(found.st_mode):
            return None
        pieces = []
        while piece := os.read(descriptor, 1 << 20):
            pieces.append(piece)
        return sighting_of_file(found, b"".join(pieces))
    finally:
        os.close(descriptor)


def write_index(root: Path, seen: Mapping[str, Sighting | None], results: Sequence[Told], *, version: str) -> bool:
    """Write the index of a run that left nothing to do; return whether it was written. `seen` are rows of sightings.

    Nothing is written where nothing can be (a read-only disk): the next run is slower for it, and as right.
    """
    present = {path: one for path, one in sorted(seen.items(), key=_lock_first) if one is not None}
    if next(iter(present), "") != gate.NAMED[2]:
        return False
    absent = sorted(path for path, one in seen.items() if one is None)
    return _write(root, present, absent, b"".join(map(_told, results)), version=version)


def answer(arguments: list[str], version: str) -> int | None:
    """Return the exit code of a command after a second look at what differs from the index; None if there is work.

    Files that were only touched, or written again with the same bytes, are no change. A build renews the index, a
    reading command writes nothing.
    """
    if not gate.is_plain(arguments):
        return None
    here = os.getcwd()
    root = gate.project_root(here)
    try:
        index = gate.read_index(root, version) if root else None
        if root is None or index is None:
            return None
        os.chdir(root)
        try:
            if any(os.path.lexists(path) for path in index.absent):
                return None
            clock_ns = clock_of(Path(root, "cache/local")) if arguments[0] == "build" else None
            again = _looked_again(index)
            if again is None:
                return None
            if clock_ns is not None:
                renewed = {path: _stored(one, clock_ns) for path, one in again.items()}
                _write(Path(root), renewed, index.absent, bytes(index.results), version=version)
        finally:
            os.chdir(here)
        return gate.tell(index.results, arguments[0], quiet=len(arguments) > 1)
    except (OSError, ValueError, TypeError, IndexError, UnicodeError):
        return None


def _looked_again(index: gate.Index) -> dict[str, Sighting] | None:
    again: dict[str, Sighting] = {}
    numbers = index.stats.tolist()
    for position, path in enumerate(index.paths):
        digest = bytes(index.digests[32 * position : 32 * position + 32])
        row = tuple(numbers[4 * position : 4 * position + 4])
        found = os.stat(path)
        if row == (found.st_ctime_ns, found.st_mtime_ns, found.st_size, found.st_ino):
            again[path] = Sighting(*row, digest)
            continue
        seen = look(path)
        if seen is None or seen.digest != digest:
            return None
        again[path] = seen
    return again


def _write(root: Path, present: Mapping[str, Sighting], absent: Sequence[str], told: bytes, *, version: str) -> bool:
    rows = bytearray()
    for one in present.values():
        for number in one[:4]:
            rows += number.to_bytes(8, sys.byteorder)
    names = b"\0".join(os.fsencode(path) for path in [*present, *absent])
    digests = b"".join(one.digest for one in present.values())
    counts = f"{len(present)} {len(absent)} {len(names)} {len(told)}".encode("ascii")
    head = gate.MAGIC + gate.premises(version, os.environ) + b"\n" + counts + b"\n\n"
    content = head + rows + names + digests + told
    try:
        folder = os.open(root / "cache/local", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        temporary = write_temporary(folder, f"index-{os.getpid()}", content, mode=0o600, flush=False)
        with contextlib.ExitStack() as stack:
            stack.callback(_removed, temporary, folder)
            os.rename(temporary, "index", src_dir_fd=folder, dst_dir_fd=folder)
            stack.pop_all()
        return True
    except OSError:
        return False
    finally:
        os.close(folder)


def _removed(name: str, folder: int) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=folder)


def _told(one: Told) -> bytes:
    plain, coloured = one.plain.encode("utf-8"), one.coloured.encode("utf-8")
    return f"{one.command} {one.stream} {len(plain)} {len(coloured)}\n".encode("ascii") + plain + coloured


def _stored(one: Sighting, clock_ns: int) -> Sighting:
    trusted = one.ctime_ns < clock_ns and all(0 <= number < NUMBERS for number in one[:4])
    return one if trusted else Sighting(0, 0, 0, 0, one.digest)


def _lock_first(item: tuple[str, Sighting | None]) -> tuple[bool, str]:
    return item[0] != gate.NAMED[2], item[0]


def _sighting(found: os.stat_result, digest: bytes) -> Sighting:
    return Sighting(found.st_ctime_ns, found.st_mtime_ns, found.st_size, found.st_ino, digest)
