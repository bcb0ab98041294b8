"""What a run that makes targets works with, put together under the mutex: for `build`, and for tasks of a dodo.py."""

import os
from collections.abc import Callable
from typing import NamedTuple

from specbuild.disk.writer import remove_leftovers
from specbuild.lock import Lock
from specbuild.lock_pieces import LockPieces
from specbuild.progress import Progress
from specbuild.work.asker import Asker, Beside
from specbuild.work.bench import Benches
from specbuild.work.budget import Budget
from specbuild.work.choice import BuildOptions as BuildOptions
from specbuild.work.dialogue import Rules
from specbuild.work.formatter import Formatter
from specbuild.work.load import Project
from specbuild.work.make_target import TargetMaker
from specbuild.work.opened import Opened
from specbuild.work.overseer import Overseer
from specbuild.work.settle import Settler
from specbuild.work.shown_secrets import own_keys
from specbuild.work.walk import Walk

DEFAULT_JOBS = 8


class Session(NamedTuple):
    """The parts of one run; `width` is how many targets are made at once: more than calls may be under way, so that
    the next call need not wait until the last answer is on the disk."""

    maker: TargetMaker
    settler: Settler
    budget: Budget
    width: int
    benches: Benches
    formatter: Formatter


def recovered(opened: Opened) -> Lock:
    """Take over what an earlier run left: its journal, its temporary files; return the lock. The mutex is held."""
    project = opened.project
    if opened.store_folder is opened.local:
        opened.replies.held_alone()
    lock = opened.folded()
    remove_leftovers(project.root, {os.path.dirname(path) for path in project.graph.producers})
    opened.ours.add((path, state.sha256) for path, state in LockPieces(lock.targets).outputs())
    return lock


def open_session(
    opened: Opened,
    walk: Walk,
    options: BuildOptions,
    *,
    progress: Progress,
    cancelled: Callable[[], bool],
    expected_calls: int,
    overseer: Overseer | None = None,
    beside: Beside | None = None,
) -> Session:
    """Return the parts of a run over `walk`. Nothing is asked or written by that. `beside` is where many calls are
    made."""
    project = opened.project
    budget, width = budget_of(project, options), width_of(project, options)
    asker = Asker(
        project.personal,
        cache=project.storage.cache_folder,
        budget=budget,
        width=width,
        progress=progress,
        cancelled=cancelled,
        expected_calls=expected_calls,
        beside=beside,
    )
    settler = Settler(
        project,
        walk.lock,
        journal=opened.journal,
        ours=opened.ours,
        replies=opened.replies,
        lock_file=opened.lock_file,
        allow_secret=options.allow_secret,
        secrets=own_keys(project),
    )
    # An interrupt ends no check: its reply is paid for, and a check that was cut short would count as a failed one.
    benches = Benches(
        project,
        replies=opened.replies,
        stanza_of=walk.stanza_of,
        locked_of=walk.locked,
        sandbox=options.sandbox,
    )
    formatter = Formatter(opened.replies, benches)
    maker = TargetMaker(
        walk,
        settler,
        replies=opened.replies,
        ask=asker,
        prompts=opened.prompts,
        rules=Rules(offline=options.offline, locked=options.locked, allow_secret=options.allow_secret),
        progress=progress,
        cancelled=cancelled,
        bench_of=benches.bench,
        formatter=formatter,
        evidence_of_place=benches.evidence,
        overseer=overseer,
    )
    return Session(maker, settler, budget, width if width == 1 else 2 * width, benches, formatter)


def budget_of(project: Project, options: BuildOptions) -> Budget:
    """Return the limits of one run: of the person's and the project's the lower ones."""
    settings = project.configuration
    return Budget(
        max_calls=_least(options.max_calls, settings.max_calls),
        max_tokens=_least(options.max_tokens, settings.max_tokens),
        max_cost=_least(options.max_cost, settings.max_cost),
    )


def width_of(project: Project, options: BuildOptions) -> int:
    """Return how many calls may be under way at once."""
    return options.jobs or project.configuration.jobs or DEFAULT_JOBS


def _least(*limits: int | float | None) -> int | None:
    known = [one for one in limits if one is not None]
    return min(known) if known else None  # type: ignore[return-value]
