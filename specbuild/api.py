"""What other programs call, and what a dodo.py imports: load, plan and build a project, or make files of one spec.

Nothing here prints, changes the working folder or keeps anything between calls; every function may be called from any
thread. What can go wrong is a `SpecbuildError`. docs/api.md shows how it is used.

`DOIT_CONFIG` and `task_specbuild` make a dodo.py of one import:

    from specbuild.api import DOIT_CONFIG, task_specbuild
"""

import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.happening import Happening, Received, Started, Teller, Told, Waits, Working
from specbuild.plan import Plan, PlanLine
from specbuild.progress import Event, Spent, Summary
from specbuild.refusal import (
    BuildFailed,
    InvalidProject,
    LimitStopped,
    NoSandbox,
    ReplyAwaited,
    ReplyMissing,
    SpecbuildError,
    refusal,
)

if TYPE_CHECKING:
    from specbuild.work.build import BuildResult
    from specbuild.work.choice import BuildOptions

__all__ = [
    "DOIT_CONFIG", "BuildFailed", "Diagnostic", "Event", "Generated", "Happening", "InvalidProject", "LimitStopped",
    "NoSandbox", "Place", "Plan", "PlanLine", "Project", "Received", "ReplyAwaited", "ReplyMissing", "Result", "Run",
    "SpecbuildError", "Spent", "Started", "Summary", "Told", "Waits", "Working", "agent", "build", "generate", "load",
    "plan", "task_specbuild",
]  # fmt: skip


for _one in (SpecbuildError, BuildFailed, InvalidProject, LimitStopped, NoSandbox, ReplyAwaited, ReplyMissing):
    _one.__module__ = __name__  # a traceback names what a program imports, and so does a pickle


@dataclass(frozen=True, slots=True)
class Project:
    """A project as it was read. `plan` and `build` read it anew: it may change between two calls."""

    root: Path
    outputs: Mapping[str, tuple[str, ...]]
    """The id of every target with the paths of its outputs, in the order in which they are built."""
    diagnostics: tuple[Diagnostic, ...]
    """Warnings and notes on the specs."""
    _environ: Mapping[str, str] = field(repr=False, compare=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """How a build ended: `events` has every target that was not fresh."""

    exit_code: int
    events: tuple[Event, ...]
    summary: Summary
    notices: tuple[Diagnostic, ...] = ()
    """What is wrong with kept replies that were not served."""

    @property
    def ok(self) -> bool:
        """Whether everything that was asked for is built. An edited or held target is kept, and is no failure."""
        return self.exit_code == exit_codes.SUCCESS

    def check(self) -> "Result":
        """Return this result if it is `ok`; raises the SpecbuildError of its exit code else."""
        if self.ok:
            return self
        found = [one for event in self.events for one in event.diagnostics if one.severity == "error"]
        raise refusal(found, self.exit_code)


@dataclass(frozen=True, slots=True)
class Generated:
    """The files of one spec as a build would write them, by declared name in declared order."""

    files: Mapping[str, str]
    executable: frozenset[str]
    """The names of files that are to be executable."""
    notes: str
    """What the model said was ambiguous."""
    not_checked: tuple[str, ...]
    """Checks that could not be made here, for want of a tool."""
    spent: Spent
    key: str
    """The key under which the reply is kept."""


def load(folder: str | os.PathLike[str] = ".", *, environ: Mapping[str, str] | None = None) -> Project:
    """Return the project that `folder` lies in.

    `environ` is used in place of the process's environment: it says where the person's own configuration is, and may
    hold services and their keys. Raises InvalidProject if there is no project, or one with a fault.
    """
    from specbuild.work.load import load as read
    from specbuild.work.opened import without_errors

    environ = dict(os.environ if environ is None else environ)
    with _raising():
        found = without_errors(read(Path(os.path.abspath(folder)), environ))
    outputs = {one: found.graph.targets[one].outputs for one in found.graph.order}
    return Project(found.root, outputs, found.diagnostics, environ)


def plan(
    project: Project,
    select: Sequence[str] = (),
    *,
    exclude: Sequence[str] = (),
    model: str | None = None,
) -> Plan:
    """Return what `build` would do with the selected targets (all) and what they need, why, and what it would cost.
    Nothing is asked or written. Raises InvalidProject, or BuildFailed for a lock that can't be read."""
    from specbuild.work.choice import BuildOptions
    from specbuild.work.load import load as read
    from specbuild.work.planning import plan_project

    options = BuildOptions(select=_texts(select), exclude=_texts(exclude), model=model)
    with _raising():
        return plan_project(read(project.root, project._environ), options=options, with_needs=True).plan


def build(
    project: Project,
    select: Sequence[str] = (),
    *,
    exclude: Sequence[str] = (),
    jobs: int | None = None,
    offline: bool = False,
    locked: bool = False,
    force: bool = False,
    regenerate: bool = False,
    model: str | None = None,
    max_calls: int | None = None,
    max_tokens: int | None = None,
    max_cost: float | None = None,
    allow_secret: bool = False,
    sandbox: str = "auto",
) -> "Run":
    """Begin to build what is stale among the selected targets (all) and what they need; the arguments are the options
    of `specbuild build`. Iterate over the run for what happens, or call its `result`. Raises InvalidProject for an
    argument that can't be used."""
    from specbuild.work.arguments import checked
    from specbuild.work.choice import BuildOptions

    options = BuildOptions(
        select=_texts(select),
        exclude=_texts(exclude),
        jobs=jobs,
        offline=offline,
        locked=locked,
        force=force,
        regenerate=regenerate,
        model=model,
        max_calls=max_calls,
        max_tokens=max_tokens,
        max_cost=max_cost,
        allow_secret=allow_secret,
        sandbox=sandbox,
    )
    with _raising():
        return Run(project, checked(options))


def generate(
    spec: Mapping[str, object],
    *,
    files: Mapping[str, str] | None = None,
    model: str | None = None,
    sample: int = 0,
    offline: bool = False,
    max_calls: int | None = None,
    max_tokens: int | None = None,
    max_cost: float | None = None,
    sandbox: str = "auto",
    cache: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] | None = None,
    happened: Callable[[Happening], None] | None = None,
) -> Generated:
    """Return the files that `spec` builds, without a project: nothing is written but the reply, into a cache.

    `spec` has the tables of a requirement file; `files` are those that it names (context, needs, verify files), by
    path. A reply that is known costs nothing; the next `sample` is another answer to the same request. `cache` is the
    folder of replies, else the person's own. `happened` is called for everything that happens, from any thread; what
    it raises ends the run as `stop` would, and is raised here once calls under way are kept.

    Raises InvalidProject for a fault in the spec or an argument, and what `Result.check` raises.
    """
    from specbuild.work.arguments import checked
    from specbuild.work.choice import BuildOptions
    from specbuild.work.generate import generate as generated

    options = BuildOptions(
        offline=offline, model=model, max_calls=max_calls, max_tokens=max_tokens, max_cost=max_cost, sandbox=sandbox
    )
    with _raising(), _Listener(happened) as listener:
        found = generated(
            spec,
            checked(options, sample=sample),
            Teller(listener.happened),
            environ=os.environ if environ is None else environ,
            files=files or {},
            sample=sample,
            cache=None if cache is None else Path(cache),
            stop=listener.stop,
        )
    return Generated(
        files={name: one.data.decode("utf-8") for name, one in found.outputs.items()},
        executable=frozenset(name for name, one in found.outputs.items() if one.mode == "755"),
        notes=found.event.notes,
        not_checked=tuple(one.verifier for one in found.verdicts if one.outcome == "not_checked"),
        spent=found.summary.spent,
        key=found.key,
    )


def agent(
    request: Mapping[str, object],
    *,
    on_step: Callable[[Mapping[str, object]], str | None] | None = None,
    environ: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Let an agent reach the goal of `request` in a folder, and return how that went, all as plain values.

    `request` needs `project_name` and `goal`; `project_dir` is the folder (else one of that name), docs/agents.md has
    the other keys. What lies in the folder is where the agent begins; the same request again asks nothing. `on_step` is
    called before each action with what it is, and answers "go", "skip", "stop" or a word to the agent.

    Returns success, ending, message, files (path → text), reasoning, steps, usage and transcript. Raises InvalidProject
    for a fault in the request or the folder, and NoSandbox.
    """
    from specbuild.work.agent_call import call_agent, steps_of

    with _raising():
        ended = call_agent(request, on_step=on_step, environ=os.environ if environ is None else environ)
    steps, reasoning, transcript = steps_of(ended)
    return {
        "success": ended.success,
        "ending": ended.ending,
        "message": ended.message,
        "files": dict(ended.files),
        "reasoning": reasoning,
        "steps": steps,
        "usage": {
            "calls": ended.spent.calls,
            "input_tokens": ended.spent.input_tokens,
            "output_tokens": ended.spent.output_tokens,
            "cost": ended.spent.cost,
        },
        "transcript": transcript,
    }


class Run:
    """A build under way, on threads of its own. Iterate over it once for what happens, in order; leaving its `with`
    block, or `stop`, ends it: calls under way are waited for and kept, nothing new is begun."""

    def __init__(self, project: Project, options: "BuildOptions") -> None:
        self._happened: queue.SimpleQueue[Happening | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._result: BuildResult | None = None
        self._fault: BaseException | None = None
        self._ended = threading.Event()  # no `join`: once Ctrl-C ends one, Python 3.11 takes the thread for ended
        self._thread = threading.Thread(target=self._build, args=(project, options), name="specbuild", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Happening]:
        """Yield what happens until the run has ended; raises what `result` raises."""
        while (one := self._happened.get()) is not None:
            yield one
        self._happened.put(None)  # whoever asks again is told at once that it is over
        self.result()

    def result(self) -> Result:
        """Return how the run ended, once it has. Raises SpecbuildError if it could not begin; how a target ended is in
        the result."""
        self._ended.wait()
        if isinstance(self._fault, DiagnosticError):
            raise refusal(self._fault.diagnostics, self._fault.exit_code) from None
        if isinstance(self._fault, KeyboardInterrupt):  # stopped while another process held the project
            raise refusal((), exit_codes.INTERRUPTED) from None
        if self._fault is not None:
            raise self._fault
        assert self._result is not None
        return Result(self._result.exit_code, self._result.events, self._result.summary, self._result.notices)

    def stop(self) -> None:
        """Let nothing new be begun."""
        self._stop.set()

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._ended.wait()

    def _build(self, project: Project, options: "BuildOptions") -> None:
        from specbuild.work.build import build as built
        from specbuild.work.load import load as read

        teller = Teller(self._happened.put)
        try:
            self._result = built(
                lambda: read(project.root, project._environ),
                options,
                teller,
                waiting=teller.message,
                tell=lambda found: None,
                stop=self._stop,
            )
        except BaseException as fault:  # raised where the result is asked for
            self._fault = fault
        finally:
            self._happened.put(None)
            self._ended.set()


class _raising:  # noqa: N801  # reads as a verb: with _raising()
    """Turns diagnostics on their way into the family of exceptions that is documented."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        if isinstance(fault, DiagnosticError):
            raise refusal(fault.diagnostics, fault.exit_code) from None


def _texts(texts: Sequence[str]) -> tuple[str, ...]:
    """Refuse a single text where several are meant: its characters would be taken for them."""
    if isinstance(texts, str):
        raise TypeError(f"a list of texts is meant, not one text: [{texts!r}]")
    return tuple(texts)


class _Listener:
    """Tells another program what happens until that raises: a provider would take its exception for a broken call and
    ask again. The exception is raised where the `with` block ends."""

    def __init__(self, tell: Callable[[Happening], None] | None) -> None:
        self._tell = tell
        self._fault: BaseException | None = None
        self.stop = threading.Event()

    def happened(self, one: Happening) -> None:
        if self._tell is None or self._fault is not None:
            return
        try:
            self._tell(one)
        except BaseException as fault:
            self._fault = fault
            self.stop.set()

    def __enter__(self) -> "_Listener":
        return self

    def __exit__(self, *_: object) -> None:
        if self._fault is not None:
            raise self._fault


DOIT_CONFIG = {"dep_file": ":memory:", "backend": "sqlite3", "par_type": "thread", "verbosity": 2}
"""The lock is the truth: doit keeps no state of its own, so nothing of it can be stale, torn or planted."""


def task_specbuild() -> Iterator[dict[str, object]]:
    """Make every spec's target what its spec says."""
    from specbuild.work.dodo import doit_tasks  # only a doit run pays for it

    yield {"name": None, "doc": task_specbuild.__doc__}
    yield from doit_tasks(Path.cwd(), os.environ)
