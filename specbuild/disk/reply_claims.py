"""The right to make a missing reply: one holder for each key, among threads and among processes that share a store.

Comes in: the store's folder and keys. A claim is a lock file in that folder; where the caller holds the folder's mutex
nobody else can claim there, and no file is needed. Knows nothing of records.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator

from specbuild.diagnostic import DiagnosticError
from specbuild.disk.durable import disk_fault
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.mutex import held
from specbuild.keys import ReplyKey

_LOOK_S = 0.1
"""How often a thread that waits for another one's claim looks whether the run was interrupted."""


class ReplyClaims:
    """The claims in `local`, or only among the threads of this process once `is_alone` was set."""

    def __init__(self, local: LocalFolder) -> None:
        self.is_alone = False
        """Whether the caller holds the mutex of the store's folder, and keeps it while this value lives."""
        self._local = local
        self._held: set[ReplyKey] = set()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def held(
        self,
        key: ReplyKey,
        *,
        waiting: Callable[[int | None], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> Iterator[None]:
        """Hold the claim of `key`; it ends with its holder's death. `waiting` is called once with the pid of another
        process that holds it, `cancelled` ends the wait in KeyboardInterrupt. Raises DiagnosticError."""
        with self._among_threads(key, cancelled):
            if self.is_alone:
                yield
                return
            claims = self._local.for_writing() / "claims"
            try:
                claims.mkdir(mode=0o700, exist_ok=True)
            except OSError as error:
                raise DiagnosticError(disk_fault(f"{self._local.path}/claims", error)) from None
            with held(claims / key, waiting=waiting, cancelled=cancelled, remove=True):
                yield

    @contextlib.contextmanager
    def _among_threads(self, key: ReplyKey, cancelled: Callable[[], bool] | None) -> Iterator[None]:
        with self._changed:
            while key in self._held:
                if cancelled is not None and cancelled():
                    raise KeyboardInterrupt
                self._changed.wait(_LOOK_S)
            self._held.add(key)
        try:
            yield
        finally:
            with self._changed:
                self._held.remove(key)
                self._changed.notify_all()
