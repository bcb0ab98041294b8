"""Outputs put back from committed records: the trace way alone. Nothing is asked, run, judged or decided anew.

In: a project and what a person selected. Out: which targets came back, and which stay as they are. What lies there
already and is nobody's edit is replaced; edits, and whatever is stale for another reason, are left alone.
"""

from collections.abc import Callable
from typing import NamedTuple

from specbuild.diagnostic import DiagnosticError
from specbuild.disk.mutex import mutex
from specbuild.work.choice import BuildOptions, choice_of
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.restore import Restoring, absent_targets, may_be_restored, restored_outputs
from specbuild.work.session import recovered
from specbuild.work.settle import Settler
from specbuild.work.step import Step


class PutBack(NamedTuple):
    """How it went: the ids that came back, those whose pinned reply is not at hand, and those that are not fresh for
    another reason."""

    restored: tuple[str, ...]
    lost: tuple[str, ...]
    left: tuple[str, ...]
    files_written: int


def put_back(load_project: Callable[[], Project], options: BuildOptions, *, waiting: Callable[[str], None]) -> PutBack:
    """Write the outputs of the selected targets that their pinned replies give. Raises DiagnosticError.

    `waiting` is told if another process holds the project.
    """
    opened = Opened(without_errors(load_project()))
    stale = [one for one in _steps(opened, options) if one.decision.state != "fresh"]
    if not any(map(may_be_restored, stale)):
        opened.replies.close()
        return _told(stale, (), 0)
    with mutex(opened.local.for_writing(), waiting=waiting):
        opened = Opened(without_errors(load_project()))  # as it stands now that nobody else writes
        try:
            return _under_mutex(opened, options)
        finally:
            opened.replies.close()


def _under_mutex(opened: Opened, options: BuildOptions) -> PutBack:
    project, lock = opened.project, recovered(opened)
    chosen = choice_of(project, lock, options).chosen
    settler = Settler(
        project, lock, journal=opened.journal, ours=opened.ours, replies=opened.replies, lock_file=opened.lock_file
    )
    with Restoring(project, absent_targets(project, lock, chosen)) as restoring:
        stale = [one for one in _steps(opened, options) if one.decision.state != "fresh"]
        wanted = [one for one in stale if may_be_restored(one)]
        placed = restoring.place(wanted)
        written = sum(len(one.target.outputs) for one in placed)
        back = [one.target.id for one in placed]
        for step in wanted:
            if step.target.id not in back and _restored(opened, step, settler):
                back.append(step.target.id)
    settler.fold()
    return _told(stale, tuple(back), written + settler.files_written)


def _restored(opened: Opened, step: Step, settler: Settler) -> bool:
    assert step.fit is not None
    outputs = restored_outputs(step.fit.stanza, step.target, replies=opened.replies)
    if outputs is None:
        return False
    try:
        settler.settle(step.target.id, step.fit.stanza, outputs)
    except DiagnosticError as error:
        raise DiagnosticError(*error.diagnostics, exit_code=1) from None
    return True


def _steps(opened: Opened, options: BuildOptions) -> list[Step]:
    lock = opened.lock()
    chosen = choice_of(opened.project, lock, options).chosen
    walk = opened.walk(lock)
    return [walk.step(one, look_ahead=True) for one in chosen]


def _told(stale: list[Step], restored: tuple[str, ...], files_written: int) -> PutBack:
    others = [one for one in stale if one.target.id not in restored]
    lost = tuple(one.target.id for one in others if may_be_restored(one) or _is_lost(one))
    left = tuple(one.target.id for one in others if one.target.id not in lost)
    return PutBack(restored, lost, left, files_written)


def _is_lost(step: Step) -> bool:
    return any(reason.word == "reply_lost" for reason in step.reasons)
