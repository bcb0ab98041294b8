"""Ends a call at its deadline, whatever it reads: a socket's own limit is per read, a slow drip passes it.

In: a number of seconds, and the sockets of its connection. One thread watches all calls under way.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_IDLE_S = 1.0
"""So long the thread that watches deadlines waits for the next call before it ends."""


class Watch:
    """Ends a call at its deadline, whatever it reads: a socket's own limit is per read, a slow drip passes it."""

    def __init__(self, deadline_s: float) -> None:
        self.expired = deadline_s <= 0
        self.sent = False
        self.message = f"no complete reply within {max(deadline_s, 0):.3g} s (the total limit)"
        self._until_s = time.monotonic() + deadline_s
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Watch for the time of the `with` block."""
        _deadlines.add(self, self._until_s)
        try:
            yield
        finally:
            _deadlines.remove(self)
            with self._lock:
                self._connection = None

    def connected(self, connection: socket.socket) -> None:
        """Take the socket that the call waits for from now on."""
        with self._lock:
            self._connection = connection
            if self.expired:
                self._shut()

    def sending(self) -> None:
        """Take in that the service may read something from now on."""
        self.sent = True

    def expire(self) -> None:
        """End the call: its deadline has come."""
        with self._lock:
            self.expired = True
            self._shut()

    def _shut(self) -> None:
        if self._connection is not None:
            with suppress(OSError):  # already closed
                # The plain shutdown, for TLS too: it wakes the reading thread and leaves closing to it.
                socket.socket.shutdown(self._connection, socket.SHUT_RDWR)


class _Deadlines:
    """One thread that ends what has come to its deadline: a timer for each call would be a thread for each."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[Watch, float] = {}
        self._wakes_s: float | None = None
        """When the thread looks next; None: there is none."""

    def add(self, watch: "Watch", until_s: float) -> None:
        """End `watch` at `until_s`, unless it is removed before."""
        with self._changed:
            self._waiting[watch] = until_s
            if self._wakes_s is None:
                self._wakes_s = until_s
                threading.Thread(target=self._serve, name="specbuild-deadlines", daemon=True).start()
            elif until_s < self._wakes_s:
                self._changed.notify()

    def remove(self, watch: "Watch") -> None:
        """Take in that the call of `watch` has ended."""
        with self._changed:
            self._waiting.pop(watch, None)

    def _serve(self) -> None:
        is_idle = False
        while True:
            with self._changed:
                now_s = time.monotonic()
                over = [watch for watch, until_s in self._waiting.items() if until_s <= now_s]
                for watch in over:
                    del self._waiting[watch]
                if is_idle and not self._waiting and not over:
                    self._wakes_s = None
                    return
                is_idle = not self._waiting
                if not over:
                    self._wakes_s = min(self._waiting.values(), default=now_s + _IDLE_S)
                    self._changed.wait(self._wakes_s - now_s)
            for watch in over:
                watch.expire()


_deadlines = _Deadlines()
