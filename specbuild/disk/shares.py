"""Work shared out among the processors: forked copies of this process compute, and answer one line for each item.

In: how many items there are, and what is done with the item of a number. Out: its line, or None: nobody else did it,
and the caller does. So nothing depends on a child: where there is one processor, few items or another thread, or where
a child dies, the answers are the same and only the time differs. Knows nothing of what an item is.
"""

import contextlib
import gc
import os
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn

FEWEST = 60
"""So many items at least are worth a process: to fork one costs as much as some ten of them."""
_TOGETHER = 16
"""So many lines are handed over at once."""


class _Child:
    """One forked process, and the lines that it has said so far; `said` is None once it said its last."""

    __slots__ = ("lines", "pid", "pipe", "torn")

    def __init__(self, pid: int, pipe: int) -> None:
        self.pid = pid
        self.pipe: int | None = pipe
        self.lines: list[bytes] = []
        self.torn = b""

    def line(self, position: int) -> bytes | None:
        """Wait for the line of that position; None if the child ended before it."""
        while position >= len(self.lines) and self.pipe is not None:
            found = os.read(self.pipe, 1 << 16)
            if not found:
                self.end()
                break
            *whole, self.torn = (self.torn + found).split(b"\n")
            self.lines += whole
        return self.lines[position] if position < len(self.lines) else None

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

    `work` says one line (no line break in it) for a number and raises nothing. One processor is left to the caller:
    with `taking_part` for a share of its own, else for what else it has to do meanwhile.
    """

    def __init__(self, count: int, work: Callable[[int], str], *, taking_part: bool) -> None:
        # Of another thread only its locks would be in the copy, and nobody to let go of them.
        may_fork = hasattr(os, "fork") and threading.active_count() == 1
        forked = min(processors() - 1, count // FEWEST) if may_fork else 0
        self._own = 1 if taking_part else 0
        self._shares = self._own + forked
        self._children: list[_Child] = []
        for share in range(self._own, self._shares):
            self._children.append(_forked(range(share, count, self._shares), work, self._children))

    def __enter__(self) -> "Shares":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children:
            child.end(kill=True)

    def line(self, number: int) -> str | None:
        """Return what was said of the item, once it is said; None if that is left to the caller."""
        if not self._children:
            return None
        position, share = divmod(number, self._shares)
        if share < self._own:
            return None
        found = self._children[share - self._own].line(position)
        return None if found is None else found.decode("utf-8")


def processors() -> int:
    """Return how many processors this process may use; 1 where the system does not tell."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _forked(numbers: range, work: Callable[[int], str], others: list[_Child]) -> _Child:
    ours, theirs = os.pipe()
    gc.freeze()  # what is there already is neither looked through nor copied by the child's collector
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        for other in others:
            if other.pipe is not None:
                os.close(other.pipe)
        _serve(numbers, work, theirs)
    gc.unfreeze()
    os.close(theirs)
    return _Child(pid, ours)


def _serve(numbers: range, work: Callable[[int], str], pipe: int) -> NoReturn:
    """Be the child: say all lines and end, whatever happens; an interrupt is the parent's to answer."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        lines: list[str] = []
        for number in numbers:
            lines.append(work(number) + "\n")
            if len(lines) == _TOGETHER:
                _say(pipe, lines)
        _say(pipe, lines)
        code = 0
    finally:
        os._exit(code)


def _say(pipe: int, lines: list[str]) -> None:
    left = memoryview("".join(lines).encode("utf-8"))
    while left:
        left = left[os.write(pipe, left) :]
    lines.clear()
