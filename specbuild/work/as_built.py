"""Outputs as they were built beside those that lie there: what `diff` shows. Known replies are the source; reads
only."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic, Place
from specbuild.disk.replies import Replies
from specbuild.shape import Shaped
from specbuild.stanza import OutputState, Stanza
from specbuild.target import Target
from specbuild.work.conversation import pinned_files
from specbuild.work.layout import known_outputs
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import picked


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


def as_built(project: Project, selected: Sequence[str] = (), *, exclude: Sequence[str] = ()) -> AsBuilt:
    """Compare the present outputs of the selected targets with what was built. Raises DiagnosticError."""
    opened = Opened(without_errors(project))
    lock = opened.lock()
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


def built_outputs(stanza: Stanza, target: Target, *, replies: Replies) -> tuple[Shaped, ...] | None:
    """Return the outputs that the stanza's pinned reply gives, with its modes; None if that is not at hand."""
    pinned = pinned_files(stanza, target, replies=replies)
    if pinned is None:
        return None
    return known_outputs(pinned.files, target, way=pinned.way, replies=replies, states=_states(stanza, target))


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
