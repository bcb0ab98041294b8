"""Outputs that are merely absent, as in a clean clone: laid from their pinned replies by all processors at once.

In: the lock, and targets none of whose files is there. Each is taken out of the reply that its stanza pins and held
against the locked hashes, in other processes while this one decides; what a decision says may be restored is placed
with shared flushes. Whatever is not as expected is left to the build, which decides and tells it as ever.
"""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from typing import NamedTuple

from specbuild.diagnostic import DiagnosticError
from specbuild.disk.folders import Folders
from specbuild.disk.laid import drop_laid, lay, place_laid
from specbuild.disk.replies import Replies
from specbuild.disk.shares import Shares
from specbuild.lock import Lock
from specbuild.shape import Shaped, locked_states
from specbuild.stanza import Stanza
from specbuild.target import Target
from specbuild.work.conversation import pinned_files
from specbuild.work.layout import known_outputs
from specbuild.work.load import Project
from specbuild.work.step import Step


class Absent(NamedTuple):
    """A target whose stanza claims just its paths, and none of them is there."""

    target: Target
    stanza: Stanza


def absent_targets(project: Project, lock: Lock, ids: Iterable[str]) -> tuple[Absent, ...]:
    """Return those of `ids` that may be merely absent, in their order."""
    found = []
    for target_id in ids:
        stanza = lock.targets.get(target_id)
        target = project.graph.targets[target_id]
        if stanza is None or stanza.reply is None or target_id in lock.conflicts:
            continue
        if stanza.outputs.keys() == set(target.outputs) and not any(
            os.path.lexists(f"{project.root}/{path}") for path in target.outputs
        ):
            found.append(Absent(target, stanza))
    return tuple(found)


def restored_outputs(stanza: Stanza, target: Target, *, replies: Replies) -> tuple[Shaped, ...] | None:
    """Return the outputs of the reply that a stanza pins, if they are the locked ones; nothing is judged or run."""
    states = locked_states(stanza.outputs, target)
    pinned = pinned_files(stanza, target, replies=replies) if states is not None else None
    if states is None or pinned is None:
        return None
    outputs = known_outputs(pinned.files, target, way=pinned.way, replies=replies, states=states)
    if outputs is None or [(one.mode, one.sha256) for one in outputs] != list(states.values()):
        return None
    return outputs


class Restoring:
    """Lays the outputs of `absent` targets from the moment it is made; used as a context manager, under the mutex.

    Only what `place` was told of stays; nobody else writes outputs before it is left.
    """

    def __init__(self, project: Project, absent: tuple[Absent, ...]) -> None:
        self._project = project
        self._absent = absent
        self._numbers = {one.target.id: number for number, one in enumerate(absent)}
        self._tools: tuple[Replies, Folders] | None = None
        self._laid: dict[str, bool] = {}
        self._placed: set[str] = set()
        self._over = ExitStack()
        self._shares = self._over.enter_context(Shares(len(absent), self._line))

    def __enter__(self) -> "Restoring":
        return self

    def __exit__(self, *fault: object) -> None:
        self._over.close()
        if self._tools is not None:
            self._tools[0].close()
            self._tools[1].close()
        left = [one for one in self._absent if one.target.id not in self._placed]
        drop_laid(self._project.root, [path for one in left for path in one.target.outputs])

    def is_laid(self, target_id: str) -> bool:
        """Say if the locked outputs of a target wait beside their places; another process may still be at it."""
        if target_id not in self._laid:
            number = self._numbers.get(target_id)
            said = "" if number is None else self._shares.line(number)
            self._laid[target_id] = bool(self._line(number) if number is not None and said is None else said)
        return self._laid[target_id]

    def place(self, steps: Iterable[Step]) -> list[Step]:
        """Place what was laid of these targets, durably, and return those that are restored by that. Raises
        DiagnosticError."""
        waiting = [one for one in steps if self.is_laid(one.target.id)]
        placed = place_laid(self._project.root, [one.target.outputs for one in waiting]) if waiting else []
        restored = [one for one, is_placed in zip(waiting, placed, strict=True) if is_placed]
        self._placed.update(one.target.id for one in restored)
        return restored

    def _line(self, number: int) -> str:
        """Lay the outputs of one target; "1" if all went well."""
        if self._tools is None:
            # What only the local store has must be committed first: that is left to the build.
            storage = self._project.storage
            replies = Replies(storage.base, cache=storage.cache, only_committed=True)
            self._tools = replies, Folders(self._project.root, create=True)
        replies, folders = self._tools
        one = self._absent[number]
        laid: list[str] = []
        try:
            for output in restored_outputs(one.stanza, one.target, replies=replies) or ():
                lay(folders, output.path, output.data, executable=output.mode == "755")
                laid.append(output.path)
        except (DiagnosticError, OSError):
            laid = []  # the build comes to it, and tells what is wrong; what was laid goes at the end
        return "1" if laid else ""


def may_be_restored(step: Step) -> bool:
    """Say if nothing is to be done for a target but to put its locked outputs back."""
    return step.decision.row == 10 and step.fit is not None and step.fit.origin == "home"
