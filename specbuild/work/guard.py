"""May this file be edited by hand, or is it made from a spec? What an assistant's hook asks before each edit.

The lock says it of most outputs; the specs are read for a file that no entry has. Writes nothing, asks nobody.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.disk.files import ProjectFiles
from specbuild.disk.history import history_folder
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.lock_file import LOCK_NAME, LockFile
from specbuild.disk.project import find_project
from specbuild.lock import Lock
from specbuild.lock_pieces import LockPieces
from specbuild.stanza import Stanza
from specbuild.work.load import Project, configuration_of, load
from specbuild.work.own import is_handwritten


class Guard:
    """Answers for several files; a project is read once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._projects: dict[Path, Project] = {}
        self._locks: dict[Path, Lock] = {}

    def fault(self, path: str, folder: str) -> Diagnostic | None:
        """Return why the file `path` (relative to `folder`) is not to be edited; None if it may be. Fault: SB970."""
        named = Path(os.path.abspath(os.path.join(folder, path)))
        # A link into the output folder leads to the same file.
        places = dict.fromkeys((named, Path(os.path.realpath(named))))
        return next((fault for place in places if (fault := self._fault(place, path)) is not None), None)

    def _fault(self, file: Path, shown: str) -> Diagnostic | None:
        start = next((folder for folder in file.parents if folder.is_dir()), None)
        found = find_project(start) if start is not None else None
        if found is None or isinstance(found, Diagnostic):
            return None
        inside = os.path.relpath(os.path.join(os.path.realpath(file.parent), file.name), found.root)
        path = Path(inside).as_posix()
        if path.startswith("../"):
            return None
        configuration, _ = configuration_of(ProjectFiles(found.root))
        ours = _of_ours(configuration, path)
        if ours is not None:
            return ours
        prefix = "" if configuration.specs == "." else f"{configuration.specs}/"
        if path.startswith(prefix) and path.endswith(".toml"):
            return None  # a source: SB307 keeps every output from lying there
        lock = self._lock(found.root, configuration)
        target_id = _locked_id(lock, path)
        spec = f"{prefix}{target_id}.toml"
        if target_id is not None and (found.root / spec).is_file():  # most edits of outputs end here: no spec is read
            return _of_stanza(lock.targets[target_id], target_id, spec, path, shown)
        project = self._projects.get(found.root) or load(found.root, self._environ)
        self._projects[found.root] = project
        return _of_output(project, lock, path, shown)

    def _lock(self, root: Path, configuration: ProjectConfiguration) -> Lock:
        if root not in self._locks:
            lock = LockFile(root, local=LocalFolder(root, f"{configuration.cache}/local")).read()
            self._locks[root] = Lock() if isinstance(lock, Diagnostic) else lock
        return self._locks[root]


def _of_ours(configuration: ProjectConfiguration, path: str) -> Diagnostic | None:
    """Return why a file that only specbuild writes is not to be edited: lock, records, iterations."""
    folders = (f"{configuration.cache}/", f"{history_folder(configuration.outputs)}/")
    inbox = f"{configuration.cache}/inbox/"  # there an assistant may be the model
    if path == LOCK_NAME or (path.startswith(folders) and not path.startswith(inbox)):
        return Diagnostic(
            "SB970", f"{path} is written by specbuild only", Place(path),
            "it stands for what was built and asked; an edit makes it worthless",
            "change a spec and run: specbuild build",
        )  # fmt: skip
    return None


def _locked_id(lock: Lock, path: str) -> str | None:
    """Return the target among whose locked outputs `path` is."""
    if isinstance(lock.targets, LockPieces) and all(path != one for one, _ in lock.targets.outputs()):
        return None  # found so without a proof of every entry
    return next((one for one, stanza in lock.targets.items() if path in stanza.outputs), None)


def _of_output(project: Project, lock: Lock, path: str, shown: str) -> Diagnostic | None:
    target_id = project.graph.producers.get(path)
    if target_id is None or is_handwritten(target_id, project, lock):
        return None
    spec = project.graph.targets[target_id].spec.path
    return _of_stanza(lock.targets.get(target_id), target_id, spec, path, shown)


def _of_stanza(stanza: Stanza | None, target_id: str, spec: str, path: str, shown: str) -> Diagnostic | None:
    if stanza is not None and stanza.origin == "accepted":
        return None  # the text is a person's: an edit of it is accepted again
    return Diagnostic(
        "SB970", f"{shown} is generated from {spec}", Place(path),
        "an edit here is kept, but nothing is built from it: `specbuild check` fails until it is accepted or given up",
        f"edit {spec} instead; then specbuild plan {target_id}, and specbuild build {target_id}, which may ask a model",
    )  # fmt: skip
