"""Ways of naming targets that the graph alone can't answer: by state, by model, by what git says has changed."""

from collections.abc import Collection, Mapping
from functools import cache

from specbuild.decision import STATES
from specbuild.diagnostic import Diagnostic
from specbuild.disk.git_changes import changed_since
from specbuild.lock import Lock
from specbuild.selector import Fact, matches
from specbuild.target import Target
from specbuild.work.load import Project
from specbuild.work.opened import Opened
from specbuild.work.wishes import Wishes

STALE = "stale"
"""The value of `status:` for every state but fresh."""


def facts_of(project: Project, lock: Lock) -> Mapping[str, Fact]:
    """Return the facts of a project by name. Nothing is looked at before one is asked."""

    @cache
    def states() -> Mapping[str, str]:
        opened = Opened(project)
        walk = opened.walk(lock, Wishes())
        found = {one: walk.step(one, look_ahead=True).decision.state for one in project.graph.order}
        opened.replies.close()
        return found

    @cache
    def models() -> Mapping[str, str]:
        return {one: model for one in project.graph.targets if (model := _model(project, lock, one))}

    def of_state(value: str) -> Collection[str]:
        return [one for one, state in states().items() if value in (state, STALE if state != "fresh" else "")]

    def of_model(value: str) -> Collection[str]:
        return [one for one, model in models().items() if model == value or matches(value, model)]

    def since(value: str) -> Collection[str] | Diagnostic:
        changed = changed_since(project.root, value)
        if isinstance(changed, Diagnostic):
            return changed
        return [one for one, target in project.graph.targets.items() if not changed.isdisjoint(_files(target))]

    return {
        "status": Fact(of_state, lambda: (STALE, *STATES)),
        "model": Fact(of_model, lambda: models().values()),
        "since": Fact(since, tuple),
    }


def _model(project: Project, lock: Lock, target_id: str) -> str | None:
    """Return the model that answers for a target: the spec's or the configuration's, else the one that is pinned."""
    named = project.graph.targets[target_id].model
    stanza = lock.targets.get(target_id)
    pinned = stanza.inputs.get("model") if stanza else None
    return named or (pinned if isinstance(pinned, str) else None)


def _files(target: Target) -> set[str]:
    """Return the files of a project that one target is made of, and those that it makes."""
    needed = (need.written for need in target.needs)
    sources = (target.spec.path, target.template, *target.context, *needed, *target.spec.texts("verify.files"))
    return {*sources, *target.outputs}
