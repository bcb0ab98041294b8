"""A project's targets as doit tasks, for a dodo.py. The mutex is taken by the first action, never on import.

Each action ends in the journal, so whatever happens to doit's own state, the lock is the truth; it is folded when the
last task is torn down.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.mutex import mutex
from specbuild.formats.text import diagnostics_text
from specbuild.progress import Event, Progress, Summary
from specbuild.styled_text import plain_text
from specbuild.text_safety import printable
from specbuild.work.agent_price import expected_calls
from specbuild.work.load import Project, load
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import own_ids, walked
from specbuild.work.result import Result
from specbuild.work.session import BuildOptions, Session, open_session, recovered
from specbuild.work.step import Step

if TYPE_CHECKING:
    from doit.exceptions import TaskFailed
_ON_THREADS = (
    "tasks of specbuild run on threads, not in processes of their own (DOIT_CONFIG of specbuild.api says so; else "
    '"par_type": "thread", or doit -P thread)'
)


def doit_tasks(start: Path, environ: Mapping[str, str]) -> Iterator[dict[str, object]]:
    """Yield the tasks of the project that `start` lies in. What they tell goes to stderr, as with any doit task."""
    try:
        return DoitTasks(start, environ, progress=_Quiet(), say=_say).tasks()
    except DiagnosticError as error:
        from doit.exceptions import InvalidDodoFile  # doit shows its text, and of everything else a traceback

        text = plain_text(diagnostics_text(error.diagnostics)).rstrip()
        raise InvalidDodoFile(f"no tasks of specbuild\n{text}") from None


class DoitTasks:
    """The tasks of one doit run. `say` gets each line for the person; `progress` is told of waits and calls."""

    def __init__(
        self, start: Path, environ: Mapping[str, str], *, progress: Progress, say: Callable[[str], None]
    ) -> None:
        self._start = start
        self._load: Callable[[], Project] = lambda: load(start, environ)
        self._progress = progress
        self._say = say
        self._process = os.getpid()
        self._guard = threading.RLock()
        self._held = contextlib.ExitStack()
        self._session: Session | None = None
        self._opened = Opened(without_errors(self._load()))
        self._walk = self._opened.walk(self._opened.lock())
        self._steps = self._stepped()

    def tasks(self) -> Iterator[dict[str, object]]:
        """Yield one task for each target, in the order of needs; none for those that `specbuild iterate` builds."""
        graph, own = self._opened.project.graph, own_ids(self._opened.project)
        for target_id in graph.order:
            if target_id in own:
                continue
            target = graph.targets[target_id]
            yield {
                "name": task_name(target_id),
                "doc": target.spec.text("file.description"),
                "actions": [(self._make, [target_id])],
                # By them the tasks of others that use these files come after ours.
                "targets": [os.path.relpath(self._opened.project.root / one, self._start) for one in target.outputs],
                "task_dep": [f"specbuild:{task_name(need)}" for need in graph.needs_of[target_id] if need not in own],
                "uptodate": [(self._is_fresh, [target_id])],
                "teardown": [self._close],
                "io": {"capture": False},
                "verbosity": 2,
            }

    def _stepped(self) -> dict[str, Step]:
        return {one: self._walk.step(one, look_ahead=True) for one in walked(self._opened.project, ())}

    def _is_fresh(self, target_id: str) -> bool:
        with self._guard:
            if self._session is not None:
                self._steps[target_id] = self._walk.step(target_id)
            return self._steps[target_id].decision.state == "fresh"

    def _make(self, target_id: str) -> "bool | TaskFailed":
        if os.getpid() != self._process:  # each process would wait for the project that another one holds
            self._say(f"{target_id}: {_ON_THREADS}")
            return _failed(target_id)
        with self._guard:
            session = self._begun()
            step = self._walk.step(target_id)
        result = session.maker.make(step)
        self._tell(target_id, step, result)
        return exit_codes.of_endings({result.ending: 1}) == exit_codes.SUCCESS or _failed(target_id)

    def _begun(self) -> Session:
        if self._session is None:
            self._held.enter_context(mutex(self._opened.local.for_writing(), waiting=self._say))
            # What was seen before the mutex was held may have changed since: read and decide again.
            self._opened = Opened(without_errors(self._load()))
            self._opened.local.for_writing()
            self._walk = self._opened.walk(recovered(self._opened))
            self._steps = self._stepped()
            calls = expected_calls(self._steps.values(), self._opened.replies)
            self._session = open_session(
                self._opened,
                self._walk,
                BuildOptions(),
                progress=self._progress,
                cancelled=_never,
                expected_calls=calls,
            )
        return self._session

    def _tell(self, target_id: str, step: Step, result: Result) -> None:
        self._say(f"{result.ending:<9} {target_id}: {step.reason}")
        for one in result.diagnostics:
            self._say(f"  {_line(one)}")

    def _close(self) -> None:
        with self._guard:
            if self._session is not None:
                self._session.settler.fold()
                self._opened.replies.close()
                self._session = None
                self._held.close()


def task_name(target_id: str) -> str:
    """Return a target's id as doit takes it: doit refuses "=" in a name."""
    return target_id.replace("=", "%3D")


def _failed(target_id: str) -> "TaskFailed":
    """Return what doit takes for a failure: for a plain False it would show how this object is called."""
    from doit.exceptions import TaskFailed  # doit runs already

    return TaskFailed(f"{target_id} is not built; why stands above")


def _line(one: Diagnostic) -> str:
    hint = f" ({one.hint})" if one.hint else ""
    return f"{f'{one.place}: ' if one.place else ''}{one.code} {one.message}{hint}"


def _never() -> bool:
    return False


def _say(line: str) -> None:
    sys.stderr.write(printable(line, keep_newlines=False) + "\n")


class _Quiet:
    """A `Progress` that tells only what concerns the run."""

    def started(self, total: int) -> None:
        """Nothing."""

    def target_started(self, id: str, what: str) -> None:
        """Nothing."""

    def waiting(self, id: str, why: str, for_s: float) -> None:
        """Say why it takes longer."""
        _say(f"{id}: {why}, waiting {for_s:.0f} s")

    def received(self, id: str, characters: int) -> None:
        """Nothing."""

    def target_done(self, event: Event) -> None:
        """Nothing: the task itself says it."""

    def message(self, text: str) -> None:
        """Say it."""
        _say(text)

    def finished(self, summary: Summary) -> None:
        """Nothing."""
