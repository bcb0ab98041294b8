"""Targets that only `specbuild iterate` builds: modules of the project itself. The one rule of which command sees them.

They are the specs of one folder (`iterate.specs` of the configuration). One without an entry in the lock is written by
hand still: no command counts it as a finding. One with an entry was promoted, and is guarded like every output.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.graph import needs_closure
from specbuild.lock import Lock
from specbuild.moved_name import with_moved
from specbuild.selection_hint import with_hint
from specbuild.selector import select
from specbuild.work.facts import facts_of
from specbuild.work.load import Project

View = Literal["building", "iterating", "accepting", "reading", "all"]
"""Who asks: what builds and cleans leaves own targets alone, `iterate` sees nothing else, what accepts sees promoted
ones, what reads sees these too, and any that is named."""
ASKS_AGAIN = "specbuild regenerate --failed"
"""The command that asks for another answer to what failed."""


def own_ids(project: Project) -> frozenset[str]:
    """Return the ids of the targets that only `specbuild iterate` builds."""
    settings = project.configuration.iteration
    if settings is None:
        return frozenset()
    return frozenset(one for one in project.graph.targets if one.startswith(settings.specs + "/"))


def asks_again(target_id: str, project: Project) -> str:
    """Return the command that asks for another answer to `target_id`, which failed."""
    return f"specbuild iterate --regenerate {target_id}" if target_id in own_ids(project) else ASKS_AGAIN


def picked(
    project: Project, lock: Lock, expressions: Sequence[str], *, exclude: Sequence[str] = (), view: View
) -> tuple[str, ...]:
    """Return the ids that `expressions` (none: all) name without those of `exclude`, as far as `view` sees them.

    Raises DiagnosticError: an expression that names nothing (SB320, SB321), or only what `view` may not touch (SB740).
    """
    facts = facts_of(project, lock)
    chosen = select(expressions, project.graph, exclude=exclude, facts=facts)
    if isinstance(chosen, Diagnostic):
        targets = project.graph.targets.values()
        known = [path for one in targets for path in (one.id, one.spec.path, *one.outputs)]
        raise DiagnosticError(*with_moved([with_hint(chosen, known)], project.graph.targets))
    unseen = _unseen(project, lock, view, named=bool(expressions))
    if not unseen:
        return chosen
    for expression in expressions:
        named = select([expression], project.graph, facts=facts)
        if not isinstance(named, Diagnostic) and unseen.issuperset(named):
            raise DiagnosticError(_iterate_does(named[0], project, view))
    return tuple(one for one in chosen if one not in unseen)


def walked(project: Project, ids: Sequence[str]) -> tuple[str, ...]:
    """Return, in the order of needs, all targets that a reading run has to decide to tell of `ids`: own ones only
    where they are among `ids` or needed."""
    own = own_ids(project)
    wanted = needs_closure([*ids, *(one for one in project.graph.order if one not in own)], project.graph)
    return tuple(one for one in project.graph.order if one in wanted)


def is_handwritten(target_id: str, project: Project, lock: Lock) -> bool:
    """Say whether an own target has no entry in the lock: no iteration was promoted that holds it."""
    return target_id in own_ids(project) - _locked(lock)


def _unseen(project: Project, lock: Lock, view: View, *, named: bool) -> frozenset[str]:
    own = own_ids(project)
    handwritten = own - _locked(lock)
    unseen: Mapping[View, frozenset[str]] = {
        "building": own,
        "iterating": frozenset(project.graph.targets) - own,
        "accepting": handwritten,
        "reading": frozenset() if named else handwritten,
        "all": frozenset(),
    }
    return unseen[view]


def _locked(lock: Lock) -> frozenset[str]:
    return frozenset((*lock.targets, *lock.conflicts))


def _iterate_does(target_id: str, project: Project, view: View) -> Diagnostic:
    place = Place(project.graph.targets[target_id].spec.path)
    if view == "iterating":
        return Diagnostic("SB740", f"{target_id} is no module of the project itself", place, hint="specbuild build")
    return Diagnostic(
        "SB740", f"{target_id} is built by `specbuild iterate`", place,
        "a module of the project itself is built beside the project, tested with all of it, and then promoted",
        "specbuild iterate --promote",
    )  # fmt: skip
