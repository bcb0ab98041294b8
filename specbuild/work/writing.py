"""A writing command's frame: wait for the mutex, read again if that took time, open, fold at the end."""

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from specbuild.disk.mutex import mutex
from specbuild.lock import Lock
from specbuild.lock_pieces import LockPieces
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.settle import Settler


class Writing(NamedTuple):
    """What a writing command works with; the mutex is held as long as it is in use."""

    opened: Opened
    lock: Lock
    settler: Settler


@contextlib.contextmanager
def writing(
    load_project: Callable[[], Project], *, waiting: Callable[[str], None], allow_secret: bool = False
) -> Iterator[Writing]:
    """Hold the project for writing: the lock is folded before and after. Raises DiagnosticError as `load` and
    `Opened.lock` do."""
    opened = Opened(without_errors(load_project()))
    waited: list[str] = []

    def told_waiting(text: str) -> None:
        waited.append(text)
        waiting(text)

    with mutex(opened.local.for_writing(), waiting=told_waiting):
        if waited:  # another process may have changed what was read
            opened = Opened(without_errors(load_project()))
            opened.local.for_writing()
        opened.lock()
        lock = opened.folded()
        opened.ours.add((path, state.sha256) for path, state in LockPieces(lock.targets).outputs())
        personal = opened.project.personal
        settler = Settler(
            opened.project,
            lock,
            journal=opened.journal,
            ours=opened.ours,
            replies=opened.replies,
            lock_file=opened.lock_file,
            allow_secret=allow_secret,
            secrets=[one.key.reveal() for one in personal.services.values() if one.key],
        )
        try:
            yield Writing(opened, lock, settler)
        finally:
            settler.fold()
            opened.replies.close()
