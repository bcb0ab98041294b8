"""Targets that are fresh because they were, and nothing that decides them has changed since: nobody has to look closer.

In: a project with its last look (the index that a build left when every target was fresh) and the lock. A target stands
if lock, configuration, all its own files and all it needs are as they were then. Deleting the index changes no answer:
nothing stands then, and every target is decided anew.
"""

from collections.abc import Collection, Mapping

from specbuild.graph import needs_closure
from specbuild.lock import Lock
from specbuild.target import Target
from specbuild.work.load import Project
from specbuild.work.prompts import Prompts
from specbuild.work.wishes import Wishes

NOTHING: frozenset[str] = frozenset()


def standing_ids(project: Project, lock: Lock, prompts: Prompts, wishes: Wishes) -> frozenset[str]:
    """Return the ids of the targets that stand. A wish for any of them makes that nobody's guess: none stands then."""
    if not project.is_as_before or lock.conflicts or wishes != Wishes():
        return NOTHING
    standing: set[str] = set()
    for target_id in project.graph.order:
        needs = project.graph.needs_of[target_id]
        if target_id in lock.targets and standing.issuperset(needs) and _own_files_stand(project, prompts, target_id):
            standing.add(target_id)
    return frozenset(standing)


def to_decide(project: Project, ids: Collection[str], standing: frozenset[str]) -> frozenset[str]:
    """Return which of `ids` have to be stepped: those that don't stand, and all that these need."""
    return needs_closure([one for one in ids if one not in standing], project.graph)


def _own_files_stand(project: Project, prompts: Prompts, target_id: str) -> bool:
    target = project.graph.targets[target_id]
    paths = [target.spec.path, *target.outputs, *target.context, *target.spec.texts("verify.files")]
    paths += project.graph.file_needs.get(target_id, ())
    paths += _template_files(target, prompts)
    return all(project.files.known(path) is not None for path in paths)


def _template_files(target: Target, prompts: Prompts) -> tuple[str, ...]:
    component = prompts.template_component(target.template)
    return tuple(component) if isinstance(component, Mapping) else ()
