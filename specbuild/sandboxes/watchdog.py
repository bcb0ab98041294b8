"""Watches one running program: feeds it, reads what it prints, and stops it at the bounds that no resource limit can
hold.

What is left of a program's processes, its memory and its disk is asked through what the caller hands in; nothing here
knows how a program is shut in.
"""

import contextlib
import os
import resource
import selectors
import subprocess
import time
from collections.abc import Callable
from typing import IO, NamedTuple

from specbuild.sandbox import Ended, Limits

TICK_S = 0.01
"""So often memory and disk are looked at. A program can go past its bound by what it can touch in this time."""
CHUNK = 1 << 16
MOST_OPEN_FILES = 1024
DRAIN_S = 5.0
"""After everything was killed the pipes must end; a longer wait would mean that something outlived it."""


class Watched(NamedTuple):
    """What was seen of a program. `exit_code` as subprocess gives it (negative: a signal)."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    ended: Ended
    wall_s: float


def watch(
    process: subprocess.Popen[bytes],
    stdin: bytes,
    limits: Limits,
    *,
    over: Callable[[], Ended | None],
    stop: Callable[[], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> Watched:
    """Feed and read `process` until it ends or passes a bound; then `stop` (which must end all that it started).

    `over` says which bound of memory or disk is passed; it is asked every TICK_S. `stop` is called in every case, an
    exception included, and may be called twice.
    """
    started = time.monotonic()
    streams = _Streams(process, stdin, limits.output_bytes)
    ended: Ended = "exited"
    try:
        with contextlib.ExitStack() as stack:
            end = _end_of(process, streams.selector)
            if end is not None:
                stack.callback(os.close, end)
            while process.poll() is None:
                streams.step(TICK_S)
                passed = over()
                if streams.too_much:
                    ended = "output"
                elif passed is not None:
                    ended = passed
                elif time.monotonic() - started > limits.wall_s:
                    ended = "timeout"
                elif cancelled():
                    ended = "cancelled"
                if ended != "exited":
                    break
            wall_s = time.monotonic() - started
            stop()
            process.wait()
            if end is not None:
                streams.selector.unregister(end)
            drained = time.monotonic() + DRAIN_S
            while streams.open and not streams.too_much and time.monotonic() < drained:
                streams.step(TICK_S)
            if streams.too_much and ended == "exited":
                ended = "output"
            return Watched(process.returncode, bytes(streams.stdout), bytes(streams.stderr), ended, wall_s)
    finally:
        if process.returncode is None:
            stop()
            process.kill()
            process.wait()
        streams.close()


def resource_limits(limits: Limits, *, others: int = 0) -> list[tuple[int, int]]:
    """Return (RLIMIT_*, bound) for a program's processes; `others` is what already counts as processes of its user.

    Memory per process bounds what the watchdog has to catch in time.
    """
    return [
        (resource.RLIMIT_NPROC, limits.processes + others),
        (resource.RLIMIT_DATA, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_NOFILE, MOST_OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 1 << 16),
    ]


def signal_of(exit_code: int | None) -> int | None:
    """Return the signal that an exit code in a shell's manner (128 + signal) stands for; None for an ordinary code."""
    return exit_code - 128 if exit_code is not None and 128 < exit_code <= 128 + 64 else None


def memory_of(folder: str | int, pids: list[int], enough: int) -> int:
    """Return the bytes of memory that processes `pids` hold, seen through the /proc that is at `folder` (a path or
    descriptor).

    Shared pages count once: if the quick sum passes `enough`, it is the proportional set sizes that are added up.
    """
    quick = sum(_resident(folder, pid) for pid in pids)
    if quick <= enough:
        return quick
    return sum(_proportional(folder, pid) for pid in pids)


def read_at(folder: str | int, name: str, size: int = 4096) -> bytes:
    """Return the beginning of the file `name` below `folder` (a path or descriptor); nothing if it can't be read."""
    try:
        if isinstance(folder, int):
            file = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
        else:
            file = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(file, size)
    except OSError:
        return b""
    finally:
        os.close(file)


class _Streams:
    """The three pipes of a process: written and read without waiting on any one of them."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes, most: int) -> None:
        self.selector = selectors.DefaultSelector()
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.too_much = False
        self._process = process
        self._left = memoryview(stdin)
        self._most = most
        self.open: set[IO[bytes]] = set()
        for stream, kept in ((process.stdout, self.stdout), (process.stderr, self.stderr)):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            self.selector.register(stream, selectors.EVENT_READ, kept)
            self.open.add(stream)
        if process.stdin is not None:
            if stdin:
                os.set_blocking(process.stdin.fileno(), False)
                self.selector.register(process.stdin, selectors.EVENT_WRITE, None)
            else:
                process.stdin.close()

    def step(self, timeout_s: float) -> None:
        """Move what can be moved, after a wait of at most `timeout_s`."""
        for key, events in self.selector.select(timeout_s):
            if isinstance(key.fileobj, int):
                continue
            if events & selectors.EVENT_WRITE:
                self._feed(key.fd)
            elif isinstance(key.data, bytearray):
                self._read(key.fileobj, key.fd, key.data)  # type: ignore[arg-type]

    def close(self) -> None:
        """Close everything."""
        self.selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _feed(self, file: int) -> None:
        try:
            self._left = self._left[os.write(file, self._left[:CHUNK]) :]
        except BlockingIOError:
            return
        except OSError:
            self._left = self._left[:0]  # the program does not want it: that is its right
        if not self._left and self._process.stdin is not None:
            self.selector.unregister(self._process.stdin)
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def _read(self, stream: IO[bytes], file: int, kept: bytearray) -> None:
        room = self._most - len(self.stdout) - len(self.stderr)
        try:
            piece = os.read(file, CHUNK)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self.selector.unregister(stream)
            self.open.discard(stream)
        kept += piece[:room]
        self.too_much = self.too_much or len(piece) > room


def _end_of(process: subprocess.Popen[bytes], selector: selectors.BaseSelector) -> int | None:
    """Let `selector` wake when the process ends, where the system has a descriptor for that (Linux); return it."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        end = os.pidfd_open(process.pid)
    except OSError:
        return None
    selector.register(end, selectors.EVENT_READ)
    return end


PAGE = os.sysconf("SC_PAGE_SIZE")


def _resident(folder: str | int, pid: int) -> int:
    fields = read_at(folder, f"{pid}/statm").split()
    return int(fields[1]) * PAGE if len(fields) > 1 else 0


def _proportional(folder: str | int, pid: int) -> int:
    for line in read_at(folder, f"{pid}/smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return _resident(folder, pid)
