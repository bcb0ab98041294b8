"""Which files a target of patterns has on the disk: those that its patterns stand for and nobody else claims."""

import os
from pathlib import Path

from specbuild.names import folded
from specbuild.output_patterns import Ground, patterns_of, refusal, with_names
from specbuild.project_path import project_path
from specbuild.target import Target
from specbuild.work.load import Project


def ground_of(target: Target, project: Project) -> Ground:
    """Return where a target may write: none of the files that another spec builds, or that this one reads."""
    others = [path for path, owner in project.graph.producers.items() if owner != target.id]
    read = [project_path(one) or one for one in target.spec.texts("verify.files")]
    specs = [one.spec.path for one in project.graph.targets.values()]
    taken = frozenset(folded(path) for path in (*others, *read, *target.context, *specs))
    declared = patterns_of(target) or target.names
    return Ground(target.directory, declared, taken)


def with_present_names(target: Target, project: Project) -> Target:
    """Return a target of patterns with the files that lie there now as its outputs; any other target as it is."""
    if not patterns_of(target):
        return target
    ground = ground_of(target, project)
    names: list[str] = []
    for pattern in ground.declared:
        folder = Path(project.root, target.directory)
        found = sorted(one for one in folder.glob(pattern) if one.is_file() and not one.is_symlink())
        names += [os.path.relpath(one, folder).replace(os.sep, "/") for one in found]
    return with_names(target, [one for one in names if refusal(one, ground, ()) is None])
