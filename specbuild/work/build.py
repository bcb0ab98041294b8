"""One writing run from start to end: plan, take the mutex, plan again, make what is stale, fold the lock."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.mutex import mutex
from specbuild.graph import dependents_closure
from specbuild.lock import Lock
from specbuild.lock_pieces import LockPieces
from specbuild.progress import GOOD_ENDINGS, Event, Progress, Spent, Summary
from specbuild.work.agent_price import expected_calls
from specbuild.work.asker import Beside, named, service_of, warm
from specbuild.work.choice import BuildOptions, Choice, choice_of
from specbuild.work.failed_attempt import clear_failed
from specbuild.work.load import Project
from specbuild.work.make_target import TargetMaker
from specbuild.work.opened import Opened, without_errors
from specbuild.work.overseer import Overseer
from specbuild.work.pinned_models import models_that_stay
from specbuild.work.restore import Restoring, absent_targets, may_be_restored
from specbuild.work.result import Result
from specbuild.work.session import Session, open_session, recovered, width_of
from specbuild.work.standing import standing_ids, to_decide
from specbuild.work.step import Step
from specbuild.work.tally import Tally
from specbuild.work.walk import Walk

INTERRUPTED = "interrupted: waiting for calls that are under way and paid for; again gives them up"


@dataclass(frozen=True, slots=True)
class BuildResult:
    """How a build ended. `events` has a row for every target that was not fresh, in the order in which they ended."""

    exit_code: int
    events: tuple[Event, ...]
    summary: Summary
    notices: tuple[Diagnostic, ...] = ()
    left: Lock | None = None
    """The lock as it was left, if all targets of the project are fresh in it now."""
    project: Project | None = None
    """The project as it was read before anything was written."""
    standing: frozenset[str] = frozenset()
    """The targets that nobody had to look at: nothing of theirs has changed since they were fresh."""


def build(
    load_project: Callable[[], Project],
    options: BuildOptions,
    progress: Progress,
    *,
    waiting: Callable[[str], None],
    tell: Callable[[Sequence[Diagnostic]], None],
    stop: threading.Event | None = None,
    overseer: Overseer | None = None,
) -> BuildResult:
    """Build what is stale among the selected targets and their needs. Raises DiagnosticError before any work.

    `waiting` is told if another process holds the project, `tell` what is wrong with kept replies. Once `stop` is set
    nothing new is begun. `overseer` watches agents.
    """
    with Beside() as beside:
        return _build(load_project, options, progress, waiting, tell, stop or threading.Event(), overseer, beside)


def _build(
    load_project: Callable[[], Project],
    options: BuildOptions,
    progress: Progress,
    waiting: Callable[[str], None],
    tell: Callable[[Sequence[Diagnostic]], None],
    stop: threading.Event,
    overseer: Overseer | None,
    beside: Beside,
) -> BuildResult:
    started_s = time.monotonic()
    opened = Opened(without_errors(load_project()))
    lock = opened.lock()
    meant = _meant(opened, lock, options)
    stepped: _Stepped | None = None
    if not absent_targets(opened.project, lock, meant.needed):
        if not options.offline and not options.locked:
            _begin_early(opened, lock, meant, options, beside)
        stepped = _stepped(opened, lock, meant)
        choice, steps = stepped.meant.choice, stepped.steps
        tell(opened.replies.faults)
        unfolded = opened.journal.is_unfolded()
        opened.replies.close()
        if not unfolded and all(step.decision.state == "fresh" for step in steps.values()):
            staying = _told_staying(stepped, progress)
            result = _nothing_to_do(len(choice.chosen), progress, started_s)
            notices = opened.faults
            tell(notices)
            opened.set_copied_state_aside()
            whole = _is_whole(opened.project, options, choice) and not opened.replies.faults and not staying
            left = lock if whole else None
            return replace(result, notices=notices, project=opened.project, left=left, standing=meant.standing)
        if not options.offline and not options.locked:
            _warm(opened.project, steps, options, beside)
    local = opened.local.for_writing()
    tell(opened.faults)
    waited: list[str] = []

    def told_waiting(text: str) -> None:
        waited.append(text)
        waiting(text)

    with mutex(local, waiting=told_waiting, cancelled=stop.is_set):
        # Who had to wait reads the sources again; else they were read a moment ago, and only the lock is read now.
        if waited:
            beside.end()  # how a service is reached may be another now
            opened = Opened(without_errors(load_project()))
            opened.local.for_writing()
        try:
            run = _Run(opened, options, progress, started_s, stop, overseer, beside)
            result = run.run(None if waited else stepped)
            tell(result.notices)
            return result
        finally:
            opened.replies.close()


class _Run:
    """The part of a build that holds the mutex."""

    def __init__(
        self,
        opened: Opened,
        options: BuildOptions,
        progress: Progress,
        started_s: float,
        stop: threading.Event,
        overseer: Overseer | None,
        beside: Beside,
    ) -> None:
        self._opened = opened
        self._options = options
        self._progress = progress
        self._stop = stop
        self._overseer = overseer
        self._beside = beside
        self._tally = Tally(progress, started_s)
        self._steps: dict[str, Step] = {}

    def run(self, before: "_Stepped | None") -> BuildResult:
        """Make what is stale. `before` are the decisions of a moment ago: they hold if the lock is still the same."""
        opened, options, project = self._opened, self._options, self._opened.project
        lock = recovered(opened)
        standing = before if before is not None and before.lock == lock else None
        meant = standing.meant if standing else _meant(opened, lock, options)
        absent = () if standing else absent_targets(project, lock, meant.needed)
        with Restoring(project, absent) as restoring:
            stepped = standing or _stepped(opened, lock, meant, is_laid=restoring.is_laid)
            self._walk, choice, steps = stepped.walk, meant.choice, stepped.steps
            staying = _told_staying(stepped, self._progress)
            stale = [target_id for target_id, step in steps.items() if step.decision.state != "fresh"]
            if not options.offline and not options.locked:
                refuse_unreachable(project, steps)
                if not standing:
                    _warm(project, steps, options, self._beside)
            session = open_session(
                opened, self._walk, options, progress=self._progress, cancelled=self._stop.is_set,
                expected_calls=expected_calls(steps.values(), opened.replies),
                overseer=self._overseer, beside=self._beside,
            )  # fmt: skip
            touched = self._touched(stale, choice)
            session.benches.refuse_without_sandbox(steps[one] for one in touched)
            if not options.offline:
                session.formatter.refuse_absent(steps[one] for one in touched)
            self._progress.started(len(stale))
            restored = self._restored(restoring, [steps[one] for one in stale], session)
        left_over = [one for one in stale if one not in restored]
        jobs_ids = self._touched(left_over, choice) - restored
        # A target none of whose needs is made in this run stays as it was decided.
        needs_of = project.graph.needs_of
        self._steps = {one: steps[one] for one in jobs_ids if one in steps and jobs_ids.isdisjoint(needs_of[one])}
        steps.clear()  # with their requests they are large, and each is let go of once it is done
        interrupted = self._make_all([one for one in choice.chosen if one in jobs_ids], session)
        session.settler.fold()
        tally = self._tally
        untouched = len(choice.chosen) - len(jobs_ids) - len(restored)
        summary = tally.summary(session.budget, fresh=untouched, files_written=session.settler.files_written)
        self._progress.finished(summary)
        code = exit_codes.INTERRUPTED if interrupted else tally.exit_code
        good = code == exit_codes.SUCCESS and set(tally.endings) <= GOOD_ENDINGS and not opened.replies.faults
        whole = good and not staying and _is_whole(project, options, choice)
        left = Lock(LockPieces(session.settler.stanzas)) if whole else None
        notices = opened.faults
        return BuildResult(code, tuple(tally.events), summary, notices, left, project, meant.standing)

    def _touched(self, stale: Sequence[str], choice: Choice) -> frozenset[str]:
        """Return the chosen targets that are stale or may become so."""
        return dependents_closure(stale, self._opened.project.graph) & set(choice.chosen)

    def _restored(self, restoring: Restoring, steps: Sequence[Step], session: Session) -> set[str]:
        """Put back what is merely absent; return the ids. What hangs on a target that is made is left to its turn."""
        graph = self._opened.project.graph
        waiting = dependents_closure([one.target.id for one in steps if not may_be_restored(one)], graph)
        placed = restoring.place([one for one in steps if may_be_restored(one) and one.target.id not in waiting])
        for step in placed:
            written = len(step.target.outputs)
            session.settler.files_written += written
            clear_failed(self._opened.project, step.target.id)
            self._tally.ended(step, Result("replayed", files_written=written), 0.0)
        return {step.target.id for step in placed}

    def _make_all(self, ids: Sequence[str], session: Session) -> bool:
        if not ids:
            return False
        from specbuild.work.schedule import Interrupted, Job, run_jobs  # doit: only where something is stale

        graph = self._opened.project.graph
        jobs = [
            Job(
                one,
                graph.needs_of[one],
                partial(self._prepare, one, session.maker),
                partial(self._work, one, session.maker),
            )
            for one in ids
        ]
        with contextlib.suppress(Interrupted):
            run_jobs(jobs, width=session.width, stopped=self._stop.is_set, interrupt=self._interrupted)
        if self._stop.is_set():
            self._tally.stopped(ids)
        return self._stop.is_set()

    def _interrupted(self) -> None:
        self._stop.set()
        self._progress.message(INTERRUPTED)

    def _prepare(self, target_id: str, maker: TargetMaker) -> bool:
        step = self._steps.get(target_id) or self._walk.step(target_id)
        self._steps[target_id] = step
        if step.decision.act in ("nothing", "wait"):
            self._tally.ended(step, maker.make(step), 0.0)
            return False
        return True

    def _work(self, target_id: str, maker: TargetMaker) -> None:
        step = self._steps.pop(target_id)
        began_s = time.monotonic()
        self._progress.target_started(target_id, step.decision.state)
        self._tally.ended(step, maker.make(step), time.monotonic() - began_s)


class _Meant(NamedTuple):
    """What a run is about: which targets, which of them stand, and which have to be decided."""

    choice: Choice
    standing: frozenset[str]
    needed: Sequence[str]


class _Stepped(NamedTuple):
    """What is to be done, decided against `lock`: the steps of the chosen targets that don't stand, in their order."""

    lock: Lock
    meant: _Meant
    walk: Walk
    steps: dict[str, Step]


def _meant(opened: Opened, lock: Lock, options: BuildOptions) -> _Meant:
    choice = choice_of(opened.project, lock, options)
    standing = standing_ids(opened.project, lock, opened.prompts, choice.wishes)
    needed = to_decide(opened.project, choice.chosen, standing)
    return _Meant(choice, standing, [one for one in opened.project.graph.order if one in needed])


def _stepped(
    opened: Opened, lock: Lock, meant: _Meant, *, is_laid: Callable[[str], bool] = lambda target_id: False
) -> _Stepped:
    walk = opened.walk(lock, meant.choice.wishes, is_laid=is_laid)
    steps = {one: walk.step(one, look_ahead=True) for one in meant.needed}
    return _Stepped(lock, meant, walk, {one: steps[one] for one in meant.choice.chosen if one in steps})


def _told_staying(stepped: _Stepped, progress: Progress) -> bool:
    """Say which models stay though another one was named; return whether any does."""
    wishes = stepped.meant.choice.wishes
    lines = models_that_stay(stepped.walk.project.personal, stepped.steps.values(), wishes=wishes)
    for line in lines:
        progress.message(line)
    return bool(lines)


def _begin_early(opened: Opened, lock: Lock, meant: _Meant, options: BuildOptions, beside: Beside) -> None:
    """Begin what many calls take while they are planned, where it is clear that they will be made."""
    new = sum(one not in lock.targets for one in meant.needed)
    if lock.targets or not opened.replies.has_committed:  # else it may well be a lock that was lost
        beside.begin(opened.project.personal.services, calls=new, width=width_of(opened.project, options))


def _warm(project: Project, steps: Mapping[str, Step], options: BuildOptions, beside: Beside) -> None:
    asked = [step.prepared for step in steps.values() if step.decision.calls.expected and step.prepared is not None]
    beside.begin(project.personal.services, calls=len(asked), width=width_of(project, options))
    if beside.provider is not None:
        return
    warm(project.personal.services.get(label) for label in {one.request.service for one in asked})


def refuse_unreachable(project: Project, steps: Mapping[str, Step]) -> None:
    """Raise before any work if a reply is missing that nobody can be asked for; every target that needs one is told."""
    problems: dict[str, list[Step]] = {}
    asking: dict[str, list[str]] = {}
    for step in steps.values():
        if step.problem is not None and step.decision.row in (12, 13):
            problems.setdefault(step.problem.code, []).append(step)
        elif step.decision.calls.least and step.prepared is not None:
            asking.setdefault(step.prepared.request.service, []).append(step.target.id)
    for first, *others in problems.values():
        assert first.problem is not None
        more = f" (and of {named([one.target.id for one in others])})" if others else ""
        raise DiagnosticError(replace(first.problem, message=first.problem.message + more))
    for label, ids in asking.items():
        service_of(project.personal.services.get(label), label, needed_by=ids)


def _nothing_to_do(fresh: int, progress: Progress, started_s: float) -> BuildResult:
    summary = Summary({"fresh": fresh}, Spent(), time.monotonic() - started_s, 0)
    progress.finished(summary)
    return BuildResult(exit_codes.SUCCESS, (), summary)


def _is_whole(project: Project, options: BuildOptions, choice: Choice) -> bool:
    return not options.select and not options.exclude and len(choice.chosen) == len(project.graph.order)
