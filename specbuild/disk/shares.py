"""Work shared out among the processors: this process and forked copies of it take what is left, some items at a time.

In: how many items there are, and what is done with the item of a number. Out: its line, or None: nobody did it, and the
caller does. So nothing depends on a child: where there is one processor, few items or another thread, or where a child
dies, the answers are the same and only the time differs. Knows nothing of what an item is.
"""

import contextlib
import gc
import os
import selectors
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn

FEWEST = 60
"""So many items at least are worth a process: to fork one costs as much as some ten of them."""
_TOGETHER = 8
"""So many items are taken at once, and their lines handed over."""
_MOST_PIECES = 3000
"""So many pieces of work at most lie in their pipe: none has less room (four bytes each)."""


class _Child:
    """One forked process; `torn` is what it has said of a line that is not whole."""

    __slots__ = ("pid", "pipe", "torn")

    def __init__(self, pid: int, pipe: int) -> None:
        self.pid = pid
        self.pipe: int | None = pipe
        self.torn = b""

    def lines(self) -> list[bytes]:
        """Return what it has said since; at its end it is let go of."""
        said = b""
        while self.pipe is not None:
            try:
                found = os.read(self.pipe, 1 << 16)
            except BlockingIOError:
                break
            said += found
            if not found:
                self.end()
        *whole, self.torn = (self.torn + said).split(b"\n")
        return whole

    def end(self, *, kill: bool = False) -> None:
        """Let go of the child; it is waited for."""
        if self.pipe is None:
            return
        os.close(self.pipe)
        self.pipe = None
        if kill:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


class Shares:
    """The items 0 … `count` - 1, shared out; used as a context manager, which ends every child.

    `work` says one line (no line break in it) for a number and raises nothing. The caller's process takes a part of the
    work only while it waits for a line; what else it has to do, it does meanwhile.
    """

    def __init__(self, count: int, work: Callable[[int], str]) -> None:
        # Of another thread only its locks would be in the copy, and nobody to let go of them.
        may_fork = hasattr(os, "fork") and threading.active_count() == 1
        forked = min(processors() - 1, count // FEWEST) if may_fork else 0
        self._work = work
        self._count = count
        self._together = max(_TOGETHER, -(-count // _MOST_PIECES))
        self._lines: dict[int, str] = {}
        self._children: list[_Child] = []
        self._left = _pipe_of(range(0, count, self._together)) if forked else -1
        for _ in range(forked):
            self._children.append(self._forked())

    def __enter__(self) -> "Shares":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children:
            child.end(kill=True)
        if self._left >= 0:
            os.close(self._left)
            self._left = -1

    def line(self, number: int) -> str | None:
        """Return what was said of the item, once it is said; None if that is left to the caller."""
        if not self._children:
            return None
        while number not in self._lines:
            self._listen()
            if number in self._lines:
                break
            taken = self._taken()
            if taken:
                self._lines.update((one, self._work(one)) for one in taken)
            elif not self._wait():
                return None
        return self._lines[number]

    def _taken(self) -> range:
        """Take the next items that nobody has taken; an empty range if there are none."""
        first = os.read(self._left, 4)  # a read of so little is whole, and nobody else's
        number = int.from_bytes(first, "big") if first else self._count
        return range(number, min(number + self._together, self._count))

    def _listen(self) -> None:
        for child in self._children:
            for line in child.lines():
                number, _, said = line.partition(b" ")
                self._lines[int(number)] = said.decode("utf-8")

    def _wait(self) -> bool:
        """Wait until a child says something, or ends; False if there is none any more."""
        with selectors.DefaultSelector() as waiting:
            for child in self._children:
                if child.pipe is not None:
                    waiting.register(child.pipe, selectors.EVENT_READ)
            return bool(waiting.get_map()) and bool(waiting.select())

    def _forked(self) -> _Child:
        ours, theirs = os.pipe()
        gc.freeze()  # what is there already is neither looked through nor copied by the child's collector
        pid = os.fork()
        if pid == 0:
            os.close(ours)
            for other in self._children:
                if other.pipe is not None:
                    os.close(other.pipe)
            self._serve(theirs)
        gc.unfreeze()
        os.close(theirs)
        os.set_blocking(ours, False)
        return _Child(pid, ours)

    def _serve(self, pipe: int) -> NoReturn:
        """Be the child: take items and say their lines until none is left, whatever happens; an interrupt is the
        parent's to answer."""
        code = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            while taken := self._taken():
                _say(pipe, "".join(f"{number} {self._work(number)}\n" for number in taken))
            code = 0
        finally:
            os._exit(code)


def processors() -> int:
    """Return how many processors this process may use; 1 where the system does not tell."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _pipe_of(numbers: range) -> int:
    """Return a pipe to read these numbers from, four bytes each, and then its end."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(number.to_bytes(4, "big") for number in numbers))
    os.close(writing)
    return reading


def _say(pipe: int, lines: str) -> None:
    left = memoryview(lines.encode("utf-8"))
    while left:
        left = left[os.write(pipe, left) :]
