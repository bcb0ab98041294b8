"""Where `specbuild iterate` builds: a copy of the project below its local folder, with a lock of its own.

Replies are those of the project itself: what is asked for the stage is committed and kept there, so nothing that was
paid for is asked twice. What was built in the stage stays there until the project's own lock says something else.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.canonical_json import bytes_digest
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import replace_file
from specbuild.disk.history import history_folder
from specbuild.disk.journal import JOURNAL_NAME, Journal
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.lock_file import LOCK_NAME, LockFile
from specbuild.disk.mirror import copy, files_of, mirror
from specbuild.disk.project import Storage
from specbuild.lock import Lock, lock_text
from specbuild.stanza import OutputState, Stanza
from specbuild.work.load import Project, load
from specbuild.work.opened import Opened
from specbuild.work.own import own_ids

BASE_NAME = "base.json"


class Stage(NamedTuple):
    """The stage of a project: its folder, where its state and its replies lie, and the project it is a copy of."""

    root: Path
    storage: Storage
    project: Project

    def load(self, environ: Mapping[str, str]) -> Project:
        """Read the staged project. Raises DiagnosticError as `load` does."""
        found = load(self.root, environ)
        if found.root != self.root:
            what = "the project's configuration is not in its stage"
            place = Place(self.project.configuration.path or "")
            raise DiagnosticError(Diagnostic("SB741", what, place, "git ignores it", "let git see it"))
        configuration = replace(found.configuration, python=_interpreter(self.project))
        return replace(found, configuration=configuration, storage=self.storage)


def stage_of(project: Project) -> Stage:
    """Return where the stage of `project` is; nothing is made by that."""
    storage = project.storage
    state = f"{storage.local}/stage-state"
    stage = f"{storage.local}/stage"
    return Stage((storage.base / stage).resolve(), storage._replace(local=state, lock=stage), project)


def lay_out(stage: Stage, opened: Opened) -> None:
    """Bring the stage up to date with the project as it lies there. No other run may use the stage now.

    Own outputs are in it only as its own lock has them. Raises DiagnosticError (exit 1) if an own output was changed
    by hand (SB742), and for a disk that refuses.
    """
    project = opened.project
    lock = opened.lock()
    refuse_edits(opened, lock)
    own = own_ids(project)
    outputs = {path for one in own for path in project.graph.targets[one].outputs}
    history = history_folder(project.configuration.outputs)

    def without(path: str) -> bool:
        folder = path.rstrip("/")
        return folder in (project.storage.local, history, LOCK_NAME) or folder in outputs

    merged = _lock(stage, lock, own)
    paths = files_of(project.root, without=without)
    states = {path: state for one in own & merged.targets.keys() for path, state in merged.targets[one].outputs.items()}
    mirror(project.root, stage.root, paths, kept=_good(stage.root, states))
    for path in _good(project.root, states):
        copy(project.root, stage.root, path)
    replace_file(stage.storage.base, f"{stage.storage.lock}/{LOCK_NAME}", lock_text(merged).encode("utf-8"))
    with contextlib.suppress(FileNotFoundError):
        os.unlink(stage.storage.local_folder / JOURNAL_NAME)  # what it says is in that lock
    _note_base(stage, lock, own)


def bring_records(stage: Stage) -> None:
    """Copy the committed records of the project into the stage: tests may look for them there. Raises
    DiagnosticError."""
    storage = stage.project.storage
    folder = storage.base / storage.cache / "replies"
    for path in sorted(folder.glob("??/*.json")):
        copy(storage.base, stage.root, path.relative_to(storage.base).as_posix())


def refuse_edits(opened: Opened, lock: Lock) -> None:
    """Raise DiagnosticError (exit 1, SB742) if an output of a promoted target holds bytes that no build wrote."""
    faults = []
    for target_id in sorted(own_ids(opened.project) & lock.targets.keys()):
        stanza = lock.targets[target_id]
        faults += [fault for path in stanza.outputs if (fault := _edit(opened, target_id, path, stanza))]
    if faults:
        raise DiagnosticError(*faults, exit_code=exit_codes.FINDING)


def _edit(opened: Opened, target_id: str, path: str, stanza: Stanza) -> Diagnostic | None:
    state = opened.project.files.state(path)
    if state is None or isinstance(state, Diagnostic):
        return state
    for sha256 in (state.sha256, state.lf_sha256):
        if sha256 == stanza.outputs[path].sha256 or opened.ours.contains(path, sha256):
            return None
    spec = opened.project.graph.targets[target_id].spec.path
    return Diagnostic(
        "SB742", f"{path} was changed by hand", Place(path), f"{target_id} is generated, and its source is {spec}",
        f"put the change into {spec}; `git checkout -- {path}` gives it up",
    )  # fmt: skip


def _good(root: Path, states: Mapping[str, OutputState]) -> list[str]:
    """Return the paths below `root` whose files are as `states` has them."""
    good = []
    for path, state in states.items():
        with contextlib.suppress(OSError):
            file = root / path
            executable = bool(file.stat().st_mode & 0o100)
            if bytes_digest(file.read_bytes()) == state.sha256 and executable == (state.mode == "755"):
                good.append(path)
    return good


def _lock(stage: Stage, lock: Lock, own: frozenset[str]) -> Lock:
    """Return the lock for the stage: the project's, but own stanzas as the stage has them where the project's did not
    change since."""
    state = LocalFolder(stage.storage.base, stage.storage.local)
    place = state.for_writing()
    staged = LockFile(stage.root).read() if stage.root.is_dir() else Lock()
    targets = dict(lock.targets)
    if isinstance(staged, Lock):
        staged = Journal(state).overlay(staged)[0]
        base = _base(place)
        for target_id in own & staged.targets.keys():
            if base.get(target_id, "") == _trace(lock, target_id):
                targets[target_id] = staged.targets[target_id]
    return replace(lock, targets=targets)


def _base(place: Path) -> dict[str, str | None]:
    try:
        found = json.loads((place / BASE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _note_base(stage: Stage, lock: Lock, own: frozenset[str]) -> None:
    base = {target_id: _trace(lock, target_id) for target_id in sorted(own)}
    path = f"{stage.storage.local}/{BASE_NAME}"
    replace_file(stage.storage.base, path, (json.dumps(base) + "\n").encode("utf-8"), mode=0o600)


def _trace(lock: Lock, target_id: str) -> str | None:
    return lock.targets[target_id].trace if target_id in lock.targets else None


def _interpreter(project: Project) -> str | None:
    """Return the interpreter setting for the stage: paths of the project's are not below the stage."""
    python = project.configuration.python
    environment = project.root / ".venv" / "bin" / "python"
    if python is None:
        return str(environment) if os.path.lexists(environment) else None
    return str(project.root / os.path.expanduser(python)) if "/" in python else python
