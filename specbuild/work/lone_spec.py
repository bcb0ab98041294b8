"""One requirement file built outside any project, into the present folder: the family's older files are used so.

It becomes a project of one target without a configuration. Everything but the program lies in the person's cache
folder. Reads only.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.files import ProjectFiles
from specbuild.disk.project import storage_of_lone_spec
from specbuild.graph import graph_of
from specbuild.output_patterns import patterns_of
from specbuild.pattern_targets import target_of_patterns
from specbuild.spec_reader import read_spec
from specbuild.target import Target
from specbuild.work.load import MOST_SPEC_BYTES, Project, missing_files, read_personal
from specbuild.work.locked_outputs import with_locked_outputs

_CONFIGURATION = ProjectConfiguration(specs=".", outputs=".")


def empty_project(folder: Path, written: str, environ: Mapping[str, str]) -> Project:
    """Return the project that the file at `written` will make, without it: nothing is read but what the person
    configured."""
    root = folder.resolve()
    personal, faults = read_personal(environ)
    files = ProjectFiles(root)
    storage = storage_of_lone_spec(root, Path(os.path.realpath(root / written)), environ)
    return Project(root, _CONFIGURATION, personal, graph_of([], is_file=files.is_file), files, tuple(faults), storage)


def load_lone_spec(written: str, folder: Path, environ: Mapping[str, str], *, raw: bytes | None = None) -> Project:
    """Return the file at `written` (from `folder`, or absolute) as a project whose outputs go into `folder`.

    Its id is the file's path (from there, if it lies there), so that what a message proposes can be typed. With `raw`
    it is as if the file held that.

    Raises DiagnosticError if the file can't be read; every other fault is in the project's `diagnostics`.
    """
    root = folder.resolve()
    file = Path(os.path.realpath(root / written))
    found = ProjectFiles(file.parent).read(file.name, limit=MOST_SPEC_BYTES) if raw is None else raw
    if isinstance(found, Diagnostic):
        place = found.place._replace(path=written) if found.place else None
        raise DiagnosticError(replace(found, message=found.message.replace(file.name, written), place=place))
    personal, faults = read_personal(environ)
    files = ProjectFiles(root)
    spec, spec_faults = read_spec(found, written, file.stem)
    diagnostics = [*faults, *spec_faults]
    targets: list[Target] = []
    if spec is not None:
        target, target_faults = target_of_patterns(spec, _CONFIGURATION, allow_steering=personal.allow_steering_files)
        diagnostics += target_faults
        if target is not None:
            inside = file.is_relative_to(root)
            targets.append(replace(target, id=(file.relative_to(root) if inside else file).as_posix()))
    storage = storage_of_lone_spec(root, file, environ)
    if any(patterns_of(one) for one in targets):
        targets = with_locked_outputs(targets, storage, files)
    graph = graph_of(targets, is_file=files.is_file)
    diagnostics += [*graph.diagnostics, *missing_files(files, targets)]
    return Project(root, _CONFIGURATION, personal, graph, files, tuple(diagnostics), storage)
