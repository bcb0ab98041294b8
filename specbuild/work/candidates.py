"""What can be named where targets are selected, for a shell that completes: read as little as will do."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from specbuild.decision import STATES
from specbuild.diagnostic import Diagnostic
from specbuild.disk.files import ProjectFiles, spec_files
from specbuild.disk.lock_file import LockFile
from specbuild.disk.project import find_project
from specbuild.lock import Lock
from specbuild.selector import METHODS
from specbuild.work.facts import STALE, facts_of
from specbuild.work.load import configuration_of, load

COMMITS = ("HEAD", "HEAD~1", "main")


def ids(start: Path) -> tuple[str, ...]:
    """Return the ids of all specs: their names alone are read."""
    found = find_project(start)
    if isinstance(found, Diagnostic):
        return ()
    configuration, _ = configuration_of(ProjectFiles(found.root))
    prefix = "" if configuration.specs == "." else f"{configuration.specs}/"
    paths, _ = spec_files(found.root, configuration.specs)
    return tuple(path.removeprefix(prefix).removesuffix(".toml") for path in paths)


def ways() -> tuple[str, ...]:
    """Return the names of all ways to select by `name:value`."""
    return (*METHODS, "status", "model", "since")


def values_of_way(way: str, start: Path, environ: Mapping[str, str]) -> Iterable[str]:
    """Return the values that `way` has in the project; none for a way that there is not. Raises DiagnosticError."""
    if way == "status":
        return (*STATES, STALE)
    if way == "since":
        return COMMITS
    if way == "id":
        return ids(start)
    if way not in ways():
        return ()
    project = load(start, environ)
    if way in METHODS:
        return {value for target in project.graph.targets.values() for value in METHODS[way].values(target)}
    lock = LockFile(project.root).read()
    return facts_of(project, Lock() if isinstance(lock, Diagnostic) else lock)[way].values()
