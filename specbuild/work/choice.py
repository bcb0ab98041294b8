"""Which targets a run is about: those a person picked, what they need, and what is wished for them."""

from dataclasses import dataclass
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.graph import needs_closure
from specbuild.lock import Lock
from specbuild.selector import select
from specbuild.work.load import Project
from specbuild.work.walk import Wishes


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What a person asked of one build."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    jobs: int | None = None
    offline: bool = False
    locked: bool = False
    force: bool = False
    model: str | None = None
    """The model of targets that have none; with `repin` the selected ones are moved to it."""
    repin: bool = False
    max_calls: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    allow_secret: bool = False
    regenerate: bool = False
    """The selected targets get the next sample."""
    retry_failed: bool = False
    """Those of the selected targets that are noted as failed get the next sample; the others are built as ever."""
    sandbox: str = "auto"
    """Where generated code runs: the best that starts, a name of SANDBOXES, or "none" by the person's flag."""


class Choice(NamedTuple):
    """`picked` are the selected targets, `chosen` they and their needs; both in the order of needs."""

    picked: tuple[str, ...]
    chosen: tuple[str, ...]
    wishes: Wishes


def choice_of(project: Project, lock: Lock, options: BuildOptions) -> Choice:
    """Return what `options` choose. Raises DiagnosticError for a selection that names nothing."""
    picked = select(options.select, project.graph, exclude=options.exclude)
    if isinstance(picked, Diagnostic):
        raise DiagnosticError(picked)
    if options.retry_failed:
        picked = tuple(one for one in picked if one in lock.targets and lock.targets[one].failed)
    wanted = needs_closure(picked, project.graph)
    selected = frozenset(picked)
    nobody: frozenset[str] = frozenset()
    wishes = Wishes(
        model=options.model,
        repin=selected if options.repin else nobody,
        regenerate=selected if options.regenerate or options.retry_failed else nobody,
        force=selected if options.force else nobody,
    )
    return Choice(picked, tuple(one for one in project.graph.order if one in wanted), wishes)
