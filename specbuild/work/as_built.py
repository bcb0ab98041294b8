"""Outputs as they were built beside those that lie there: what `diff` shows. Known replies are the source; reads
only."""

import posixpath
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.git_objects import file_at
from specbuild.disk.lock_file import LOCK_NAME
from specbuild.disk.replies import Replies
from specbuild.languages import language_of_path
from specbuild.likeness import same_but_for_layout
from specbuild.lock import Lock, read_lock
from specbuild.public_names import public_names
from specbuild.shape import Shaped
from specbuild.stanza import OutputState, Stanza
from specbuild.target import Target
from specbuild.work.conversation import pinned_files
from specbuild.work.layout import known_outputs
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import picked
from specbuild.work.step import Step


class OutputPair(NamedTuple):
    """One output: its bytes as built and as they lie there (None: no file), and git's modes of both."""

    id: str
    path: str
    built: bytes
    present: bytes | None
    built_mode: str
    present_mode: str | None


class AsBuilt(NamedTuple):
    """The outputs that differ, and why some could not be compared."""

    differing: tuple[OutputPair, ...]
    faults: tuple[Diagnostic, ...]


class OfferedPair(NamedTuple):
    """The public names of one target as built and as they lie there, each with what dependents see of it."""

    id: str
    built: Mapping[str, str]
    present: Mapping[str, str]


class Offered(NamedTuple):
    """The targets whose public names differ, and why some could not be compared."""

    differing: tuple[OfferedPair, ...]
    faults: tuple[Diagnostic, ...]


def as_built(
    project: Project, selected: Sequence[str] = (), *, exclude: Sequence[str] = (), since: str | None = None
) -> AsBuilt:
    """Compare the present outputs of the selected targets with what was built; `since`: what was when git made that
    commit. Raises DiagnosticError."""
    opened = Opened(without_errors(project))
    lock = _lock(opened, since)
    chosen = picked(project, lock, selected, exclude=exclude, view="reading")
    differing: list[OutputPair] = []
    faults: list[Diagnostic] = []
    for target_id in chosen:
        target, stanza = project.graph.targets[target_id], lock.targets.get(target_id)
        if stanza is None or stanza.reply is None:
            continue
        built = built_outputs(stanza, target, replies=opened.replies)
        if built is None:
            faults.append(_lost(target_id, stanza))
            continue
        for one in built:
            pair = _pair(project, target_id, one)
            if isinstance(pair, Diagnostic):
                faults.append(pair)
            elif (pair.built, pair.built_mode) != (pair.present, pair.present_mode):
                differing.append(pair)
    faults += opened.replies.faults
    opened.replies.close()
    return AsBuilt(tuple(differing), tuple(faults))


def offered(
    project: Project, selected: Sequence[str] = (), *, exclude: Sequence[str] = (), since: str | None = None
) -> Offered:
    """Compare the public names of the selected Python targets likewise. Raises DiagnosticError."""
    opened = Opened(without_errors(project))
    lock = _lock(opened, since)
    differing: list[OfferedPair] = []
    faults: list[Diagnostic] = []
    for target_id in picked(project, opened.lock(), selected, exclude=exclude, view="reading"):
        target, stanza = project.graph.targets[target_id], lock.targets.get(target_id)
        if stanza is None or stanza.reply is None or target.language is None or target.language.name != "python":
            continue
        pinned = pinned_files(stanza, target, replies=opened.replies)
        if pinned is None:
            faults.append(_lost(target_id, stanza))
            continue
        built = public_names(pinned.files, language="python")
        present = public_names(_present_texts(project, target), language="python")
        if built is None or present is None:
            faults.append(_unreadable(target))
        elif built != present:
            differing.append(OfferedPair(target_id, built, present))
    faults += opened.replies.faults
    opened.replies.close()
    return Offered(tuple(differing), tuple(faults))


def _lock(opened: Opened, since: str | None) -> Lock:
    """Return the lock, or the one that git has in the commit `since`. Raises DiagnosticError."""
    if since is None:
        return opened.lock()
    storage = opened.project.storage
    path = posixpath.join(storage.lock, LOCK_NAME)
    raw = file_at(storage.base, since, path)
    if raw is None:
        what = f"git has no commit {since!r} here"
        raise DiagnosticError(Diagnostic("SB739", what, hint="name one that `git log` shows, such as HEAD"))
    found = read_lock(raw.decode("utf-8", "replace"), f"{since}:{path}")
    if isinstance(found, Diagnostic):
        raise DiagnosticError(found, exit_code=exit_codes.FINDING)
    return found


def _present_texts(project: Project, target: Target) -> dict[str, str]:
    found = {}
    for name, path in zip(target.names, target.outputs, strict=True):
        raw = project.files.read(path)
        if isinstance(raw, bytes):
            found[name] = raw.decode("utf-8", "replace")
    return found


def _unreadable(target: Target) -> Diagnostic:
    what = f"the public names of {target.id} can't be told: a file of it can't be read as Python"
    return Diagnostic("SB508", what, Place(target.outputs[0]), hint=f"specbuild verify {target.id}")


def built_outputs(stanza: Stanza, target: Target, *, replies: Replies) -> tuple[Shaped, ...] | None:
    """Return the outputs that the stanza's pinned reply gives, with its modes; None if that is not at hand."""
    pinned = pinned_files(stanza, target, replies=replies)
    if pinned is None:
        return None
    return known_outputs(pinned.files, target, way=pinned.way, replies=replies, states=_states(stanza, target))


def laid_out_anew(opened: Opened, step: Step) -> bool:
    """Tell whether all outputs that were changed by hand differ from what was built in their layout only.

    Texts are compared and nothing is run. False where the reply of the entry is not at hand.
    """
    target = step.target
    built = built_outputs(step.fit.stanza, target, replies=opened.replies) if step.fit else None
    texts = {one.path: one.data for one in built or ()}
    changed = [path for path, state in step.observation.paths.items() if state == "foreign"]
    for path in changed:
        present = opened.project.files.read(path)
        if isinstance(present, Diagnostic) or path not in texts:
            return False
        language = language_of_path(path, target.language) or target.language
        one, other = (raw.decode("utf-8", "replace").replace("\r\n", "\n") for raw in (texts[path], present))
        if not same_but_for_layout(one, other, language.name if language else ""):
            return False
    return bool(changed)


def _states(stanza: Stanza, target: Target) -> Mapping[str, OutputState]:
    """Return the stanza's outputs by name: its paths may be those of another folder, if the target has moved."""
    states = {}
    for name, path in zip(target.names, target.outputs, strict=True):
        same = [one for one in stanza.outputs if one in (path, name) or one.endswith(f"/{name}")]
        if same:
            states[name] = stanza.outputs[path if path in same else min(same, key=len)]
    return states


def _pair(project: Project, target_id: str, built: Shaped) -> OutputPair | Diagnostic:
    state = project.files.state(built.path)
    if state is None:
        return OutputPair(target_id, built.path, built.data, None, built.mode, None)
    if isinstance(state, Diagnostic):
        return state
    present = project.files.read(built.path)
    if isinstance(present, Diagnostic):
        return present
    return OutputPair(target_id, built.path, built.data, present, built.mode, "755" if state.executable else "644")


def _lost(target_id: str, stanza: Stanza) -> Diagnostic:
    assert stanza.reply is not None
    pin = stanza.reply
    name = f"cache/replies/{pin.key[:2]}/{pin.key}.{pin.attempts}.{pin.sha256[:16]}.json"
    return Diagnostic(
        "SB731", f"{target_id} can't be compared: its reply is not at hand", Place(name),
        hint="bring the record back from the history",
    )  # fmt: skip
