"""Lets as many calls through to one service as its present width allows. Thread-safe; one for each service and run."""

import threading
import time
from collections.abc import Callable

from specbuild.width import full_width, narrowed, widened

_LOOK_S = 0.2
"""How often a waiting call looks whether the run was interrupted or a pause is over."""


class Turnstile:
    """Counts the calls in flight. Every `enter` that returned a ticket is followed by one `leave` with that ticket."""

    def __init__(self, ceiling: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._width = full_width(ceiling)
        self._clock = clock
        self._in_flight = 0
        self._changed = threading.Condition()

    @property
    def slots(self) -> int:
        """How many calls may be in flight now."""
        return self._width.slots

    def enter(self, cancelled: Callable[[], bool]) -> int | None:
        """Wait for a free slot and return a ticket, or None if the run was interrupted meanwhile."""
        with self._changed:
            while not cancelled():
                pause_s = self._width.paused_until_s - self._clock()
                if pause_s <= 0 and self._in_flight < self._width.slots:
                    self._in_flight += 1
                    return self._width.cuts
                self._changed.wait(min(_LOOK_S, pause_s) if pause_s > 0 else _LOOK_S)
        return None

    def leave(self, ticket: int, *, succeeded: bool = False, limited: bool = False, pause_s: float = 0.0) -> None:
        """Give the slot back. `limited`: the service said "too many"; nothing new passes for `pause_s` seconds."""
        with self._changed:
            if limited:
                until_s = self._clock() + pause_s
                self._width = narrowed(
                    self._width, cuts_at_start=ticket, in_flight=self._in_flight, paused_until_s=until_s
                )
            elif succeeded:
                self._width = widened(self._width, cuts_at_start=ticket)
            self._in_flight -= 1
            # Only as many as can pass: who waits in vain would still take its turn at the interpreter.
            self._changed.notify(max(1, self._width.slots - self._in_flight))
