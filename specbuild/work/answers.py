"""Conversations for their own sake: each is answered from what is known, else by asking, judged and repaired.

Replies are stored durably as ever; of a project nothing is written, neither outputs nor the lock. Drafts of specs and
the one call of the Python interface are had so.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal, NamedTuple

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.progress import Event, Progress, Summary
from specbuild.work.agent import Agent
from specbuild.work.asker import Asker
from specbuild.work.bench import Benches
from specbuild.work.build import INTERRUPTED, refuse_unreachable
from specbuild.work.choice import BuildOptions
from specbuild.work.dialogue import Dialogue, Judge, Reached, Rules
from specbuild.work.judge import Lay, as_they_are, judged
from specbuild.work.opened import Opened
from specbuild.work.result import Result, attempts_used_up, broken_check
from specbuild.work.reviewer import Reviewer
from specbuild.work.session import budget_of, width_of
from specbuild.work.step import Step
from specbuild.work.tally import Tally
from specbuild.work.walk import Walk

GaveUp = Callable[[Step, int, tuple[str, ...]], Diagnostic]
"""Says what is told when the last of so many attempts failed, and why it did."""


class Answers(NamedTuple):
    """How it ended; `reached` has the conversations that came to an end that passes, by id."""

    exit_code: int
    reached: Mapping[str, Reached]
    events: tuple[Event, ...]
    summary: Summary


def answers(
    opened: Opened,
    walk: Walk,
    steps: Mapping[str, Step],
    options: BuildOptions,
    progress: Progress,
    *,
    benches: Benches,
    judge: Judge = judged,
    lay: Lay = as_they_are,
    gave_up: GaveUp = attempts_used_up,
    kind: Literal["reply", "review"] = "reply",
    stop: threading.Event | None = None,
) -> Answers:
    """Carry on the conversation of each of `steps`, whose records are of that `kind`; once `stop` is set nothing new is
    asked.

    Raises DiagnosticError, before any call, if somebody has to be asked whom nobody configured.
    """
    from specbuild.work.schedule import Interrupted, Job, run_jobs  # doit: only where something is to be done

    started_s = time.monotonic()
    stop = stop or threading.Event()
    project = opened.project
    if not options.offline:
        refuse_unreachable(project, steps)
    budget, width = budget_of(project, options), width_of(project, options)
    asker = Asker(
        project.personal,
        cache=project.storage.cache_folder,
        budget=budget,
        width=width,
        progress=progress,
        cancelled=stop.is_set,
        expected_calls=sum(step.decision.calls.expected for step in steps.values()),
    )
    rules = Rules(offline=options.offline, allow_secret=options.allow_secret)
    reviewer = (
        Reviewer(walk, replies=opened.replies, ask=asker, rules=rules, cancelled=stop.is_set)
        if kind == "reply"
        else None
    )
    dialogue = Dialogue(
        walk,
        replies=opened.replies,
        ask=asker,
        rules=rules,
        cancelled=stop.is_set,
        bench_of=benches.bench,
        judge=judge,
        kind=kind,
        reviewer=reviewer,
    )
    agent = Agent(
        walk, dialogue=dialogue, rules=rules, bench_of=benches.bench, is_ours=opened.ours.contains, lay=lay,
        reviewer=reviewer,
    )  # fmt: skip
    tally = Tally(progress, started_s)
    reached: dict[str, Reached] = {}

    def work(step: Step) -> None:
        began_s = time.monotonic()
        progress.target_started(step.target.id, step.decision.state)
        found = _carried_on(agent if step.target.mode == "agent" else dialogue, step, gave_up)
        if isinstance(found, Reached):
            reached[step.target.id] = found
        tally.ended(step, _result(step, found), time.monotonic() - began_s)

    progress.started(len(steps))
    jobs = [Job(one, (), lambda: True, partial(work, step)) for one, step in steps.items()]
    interrupted = threading.Event()

    def interrupt() -> None:
        interrupted.set()
        stop.set()
        progress.message(INTERRUPTED)

    with contextlib.suppress(Interrupted):
        run_jobs(jobs, width=width, stopped=stop.is_set, interrupt=interrupt)
    tally.stopped(steps)
    summary = tally.summary(budget, fresh=0, files_written=0)
    progress.finished(summary)
    code = exit_codes.INTERRUPTED if interrupted.is_set() else tally.exit_code
    return Answers(code, {one: reached[one] for one in steps if one in reached}, tuple(tally.events), summary)


def _carried_on(way: Agent | Dialogue, step: Step, gave_up: GaveUp) -> Reached | Result:
    if step.prepared is None or step.conversation is None:
        return Result("failed", diagnostics=(step.problem,) if step.problem else ())
    try:
        found = way.carry_on(step, step.prepared, step.conversation)
    except DiagnosticError as error:
        return Result("failed", diagnostics=error.diagnostics)
    if isinstance(found, Result) or found.end.passed:
        return found
    if found.fault is not None:
        diagnostic = found.fault
    elif found.end.broken:
        diagnostic = broken_check(step, found.end.verdicts)
    else:
        messages = tuple(one for verdict in found.end.verdicts for one in verdict.messages)
        diagnostic = gave_up(step, len(found.turns), messages)
    return Result("failed", found.spent, (diagnostic,), found.end.notes or "")


def _result(step: Step, found: Reached | Result) -> Result:
    if isinstance(found, Result):
        return found
    return Result("built" if found.asked else "replayed", found.spent, notes=found.end.notes or "")
