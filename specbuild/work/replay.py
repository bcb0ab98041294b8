"""One iteration rebuilt in a scratch folder from what its history keeps and the committed records; nothing is asked or
run.

The scratch folder is a small project of its own: kept specs and files, settings, copies of the records that the lock
reaches. Of the lock only its pins are used; all else is made again and compared with it.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from specbuild.canonical_json import Digest, Json, digest
from specbuild.chronicle import differences
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.files import ProjectFiles, normalised_text
from specbuild.disk.history import KeptIteration, history_folder, kept_input
from specbuild.disk.lock_file import LOCK_NAME
from specbuild.lock import Lock, lock_text
from specbuild.record import read_record
from specbuild.shape import Shaped
from specbuild.stanza import ReplyPin, Stanza, stanza_json
from specbuild.work.layout import names_in_evidence
from specbuild.work.load import Project, load
from specbuild.work.opened import Opened
from specbuild.work.reproduce import Remade, pins_of, remade
from specbuild.work.walk import Walk


class Replayed(NamedTuple):
    """An iteration made again: its outputs by target, how many requests were rendered, and every difference (SB735)."""

    number: int
    outputs: Mapping[str, tuple[Shaped, ...]]
    rendered: int
    diagnostics: tuple[Diagnostic, ...]


def replay(project: Project, kept: KeptIteration, *, to: Path | None = None) -> Replayed:
    """Rebuild an iteration of `project` and compare every hash. The rebuilt project stays in `to`, if that is given.

    Raises DiagnosticError if `to` is there and not empty, or can't be written.
    """
    if to is not None:
        return _Replay(project, kept, empty_folder(to)).run()
    with tempfile.TemporaryDirectory(prefix="specbuild-replay-") as scratch:
        return _Replay(project, kept, Path(scratch)).run()


class _Replay:
    def __init__(self, project: Project, kept: KeptIteration, scratch: Path) -> None:
        self._project = project
        self._iteration = kept.iteration
        self._lock = kept.lock
        self._scratch = scratch
        self._folder = f"{history_folder(project.configuration.outputs)}/iter{kept.iteration.number}"
        self._faults: list[Diagnostic] = []
        self._outputs: dict[str, tuple[Shaped, ...]] = {}
        self._rendered = 0

    def run(self) -> Replayed:
        try:
            self._lay_out()
            lost = {one for one, stanza in self._lock.targets.items() if not self._bring_records(one, stanza)}
            self._remake_all(lost)
            self._look_at_tree()
            self._leave()
        except OSError as error:
            raise DiagnosticError(
                Diagnostic(
                    "SB828", f"the disk refuses the replay: {error.strerror or error}", Place(str(self._scratch))
                )
            ) from None
        return Replayed(self._iteration.number, self._outputs, self._rendered, tuple(self._faults))

    def _lay_out(self) -> None:
        for path, sha256 in self._iteration.inputs.items():
            raw = kept_input(self._project.root, self._project.configuration.outputs, sha256)
            if isinstance(raw, Diagnostic):
                self._tell("", f"{path} can't be had: {raw.message}", raw.place, raw.why)
            else:
                self._write(path, raw)
        if "specbuild.toml" not in self._iteration.inputs:
            self._write("specbuild.toml", settings_text(self._iteration.settings).encode("utf-8"))

    def _bring_records(self, target_id: str, stanza: Stanza) -> bool:
        """Copy the turns that the stanza's pin reaches; False if one is damaged or gone."""
        if stanza.reply is None:
            self._tell(target_id, "its entry names no reply", Place(f"{self._folder}/{LOCK_NAME}"))
            return False
        named = [*names_in_evidence(stanza), name_of_pin(stanza.reply)]
        return False not in [self._bring_record(target_id, one) for one in named]  # each fault is told

    def _bring_record(self, target_id: str, name: str | None) -> bool:
        """Copy a record and the turns before it; False if one is damaged or gone."""
        files, folder = ProjectFiles(self._project.storage.base), f"{self._project.storage.cache}/replies"
        while name is not None:
            path = f"{folder}/{name[:2]}/{name}"
            raw = files.read(path)
            text = raw if isinstance(raw, Diagnostic) else normalised_text(raw, path)
            record = text if isinstance(text, Diagnostic) else read_record(text, path)
            if isinstance(text, Diagnostic) or isinstance(record, Diagnostic):
                fault = record if isinstance(record, Diagnostic) else text
                assert isinstance(fault, Diagnostic)
                self._tell(target_id, f"its record can't be used: {fault.message}", Place(path), fault.why)
                return False
            self._write(f"cache/replies/{name[:2]}/{name}", text.encode("utf-8"))
            name = f"{record.parent}.json" if record.parent is not None else None
        return True

    def _remake_all(self, lost: set[str]) -> None:
        project = load(self._scratch, {})
        for fault in project.errors:
            self._tell("", fault.message, fault.place, fault.why)
        if project.errors:
            return
        opened = Opened(project)
        walk = opened.walk(Lock())
        for target_id in self._lock.targets.keys() - project.graph.targets.keys():
            self._tell(target_id, "its spec is not among the inputs", Place(f"{self._folder}/{LOCK_NAME}"))
        for target_id in project.graph.order:
            locked = self._lock.targets.get(target_id)
            if locked is None:
                self._tell(target_id, "it has no entry in the lock", Place(f"{self._folder}/{LOCK_NAME}"))
                break  # its dependents can't be made, and the order is one of needs
            made = None if target_id in lost else self._remake(opened, walk, target_id, locked)
            # Where it failed, dependents are looked at with what the lock says: each fault is told of its own target.
            walk.learn(target_id, made.stanza if made else locked)
        opened.replies.close()

    def _remake(self, opened: Opened, walk: Walk, target_id: str, locked: Stanza) -> Remade | None:
        target = opened.project.graph.targets[target_id]
        generated = locked.origin == "generated" and not locked.revisions
        pinned = replace(pins_of(locked), origin=locked.origin, failed=locked.failed) if generated else locked
        try:
            made = remade(opened, walk, target, pinned)
        except DiagnosticError as error:
            made = error.diagnostics[0]
        if isinstance(made, Diagnostic):
            now = walk.components(target, locked)
            changed = _differences(locked, Stanza(now.inputs, now.shape, now.checks))
            why = f"what differs: {', '.join(changed)}" if changed else made.why
            self._tell(target_id, made.message, Place(target.spec.path), why)
            return None
        self._rendered += made.way == "request"
        self._outputs[target_id] = made.outputs
        parts = _parts(locked, made.stanza)
        if parts:
            changed = _differences(locked, made.stanza)
            why = f"what differs: {', '.join(changed)}" if changed else ""
            place = Place(f"{self._folder}/{LOCK_NAME}")
            self._tell(target_id, f"its entry in the lock differs: {', '.join(parts)}", place, why)
        for one in made.outputs:
            if self._iteration.package.get(one.path) != one.sha256:
                self._tell(target_id, f"{one.path} has another hash in the package", self._json_place)
        return made

    def _look_at_tree(self) -> None:
        """The package with what was made again must have the tree hash that the iteration names."""
        made: dict[str, Digest] = {one.path: one.sha256 for outputs in self._outputs.values() for one in outputs}
        tree = digest({**self._iteration.package, **made})
        if tree != self._iteration.tree:
            self._tell("", f"its package has the tree hash {tree}, not {self._iteration.tree}", self._json_place)

    def _leave(self) -> None:
        for outputs in self._outputs.values():
            for one in outputs:
                self._write(one.path, one.data)
                if one.mode == "755":
                    (self._scratch / one.path).chmod(0o755)
        self._write(LOCK_NAME, lock_text(self._lock).encode("utf-8"))

    @property
    def _json_place(self) -> Place:
        return Place(f"{self._folder}/iteration.json")

    def _write(self, path: str, raw: bytes) -> None:
        file = self._scratch / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(raw)

    def _tell(self, target_id: str, what: str, place: Place | None, why: str = "") -> None:
        of = (
            f"iteration {self._iteration.number}: {target_id}: "
            if target_id
            else f"iteration {self._iteration.number}: "
        )
        self._faults.append(Diagnostic("SB735", of + what, place, why, "bring it back from git's history"))


def name_of_pin(pin: ReplyPin) -> str:
    """Return the file name of the record that a stanza pins."""
    return f"{pin.key}.{pin.attempts}.{pin.sha256[:16]}.json"


def settings_text(settings: Mapping[str, Json]) -> str:
    """Return `Iteration.settings` as the text of a specbuild.toml; what is None is left out."""
    return "".join(f"{_toml(name)} = {_toml(value)}\n" for name, value in settings.items() if value is not None)


def _toml(value: Json) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_toml(name)} = {_toml(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)  # ASCII: also a valid TOML text, number or boolean


def _differences(locked: Stanza, now: Stanza) -> list[str]:
    """Return in words which components of `now` are not the locked ones."""
    return [f"{one.component} {one.field}".strip() for one in differences(locked, now)]


def _parts(locked: Stanza, made: Stanza) -> list[str]:
    before, after = stanza_json(locked), stanza_json(made)
    return [part for part in before if part not in ("evidence", "trace") and before[part] != after[part]]


def empty_folder(folder: Path) -> Path:
    """Make a folder that is not there yet, or take an empty one. Raises DiagnosticError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if next(folder.iterdir(), None) is None:
            return folder.resolve()
    except OSError as error:
        raise DiagnosticError(Diagnostic("SB828", f"the disk refuses {folder}", why=error.strerror or "")) from None
    hint = "name one that is not there yet"
    raise DiagnosticError(Diagnostic("SB738", f"the folder {folder} is not empty", Place(str(folder)), hint=hint))
