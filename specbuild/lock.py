"""The lock: the stanzas of all targets as one text that git can merge, and back (FORMATS: Lock).

Text in, values or diagnostics out. Must not know where the file lies, nor what a component means.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from specbuild.canonical_json import CanonicalError, Json, canonical_json
from specbuild.diagnostic import Diagnostic, Place
from specbuild.json_parts import no_constant
from specbuild.pretty_json import pretty_json
from specbuild.stanza import OutputState as OutputState
from specbuild.stanza import ReplyPin as ReplyPin
from specbuild.stanza import Stanza as Stanza
from specbuild.stanza import stanza_from_json as stanza_from_json
from specbuild.stanza import stanza_json as stanza_json
from specbuild.stanza import trace_of as trace_of

LOCK_VERSION = 1


@dataclass(frozen=True, slots=True)
class Lock:
    """All stanzas by target id. A stanza that can't be believed is told in `conflicts` and stands unread in `unread`,
    so that writing the lock loses nothing.
    """

    targets: Mapping[str, Stanza] = field(default_factory=dict)
    conflicts: Mapping[str, Diagnostic] = field(default_factory=dict)
    unread: Mapping[str, Json] = field(default_factory=dict)


def read_lock(text: str, path: str = "specbuild.lock") -> Lock | Diagnostic:
    """Return the lock that `text` holds; an empty lock for "".

    A diagnostic (SB701 no lock, SB702 merge markers, SB703 another lock_version) where the whole can't be read. A
    stanza that is malformed (SB704) or whose trace is wrong (SB705) is a conflict of its own; the others stand.
    """
    if not text:
        return Lock()
    try:
        head = json.loads(text, object_pairs_hook=_object, parse_constant=no_constant)
    except RecursionError:
        return _unreadable(path, "its brackets are nested too deeply")
    except ValueError as error:
        return _conflict_markers(text, path) or _unreadable(path, str(error))
    if not isinstance(head, dict) or type(head.get("lock_version")) is not int:
        return _unreadable(path, "it has no lock_version")
    if head["lock_version"] != LOCK_VERSION:
        return _other_version(path, head["lock_version"])
    if head.keys() != {"lock_version", "targets"} or not isinstance(head["targets"], dict):
        return _unreadable(path, "its head is not lock_version and targets")
    try:
        return _lock(head["targets"], text, path)
    except CanonicalError as error:
        return _unreadable(path, f"it holds what no build writes ({error})")


def lock_text(lock: Lock) -> str:
    """Return the lock's one text: sorted, one space a level, every scalar on a line of its own, a newline at the end.

    Stanzas in conflict are written as they stood. `read_lock` of it gives an equal lock. Raises CanonicalError if a
    value has no JSON form.
    """
    stanzas: dict[str, Json] = {target_id: stanza_json(stanza) for target_id, stanza in lock.targets.items()}
    return pretty_json({"lock_version": LOCK_VERSION, "targets": {**lock.unread, **stanzas}})


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    # Two entries of one name would lose one of them without a word, as json keeps the last.
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {doubled!r} stands twice in one object")
    return found


def _lock(raw: dict[str, Json], text: str, path: str) -> Lock:
    targets: dict[str, Stanza] = {}
    conflicts: dict[str, Diagnostic] = {}
    canonical_json(list(raw))
    for target_id, value in raw.items():
        stanza = stanza_from_json(value, target_id=target_id)
        if isinstance(stanza, Stanza):
            targets[target_id] = stanza
        else:
            canonical_json(value)  # it must be possible to write it back
            conflicts[target_id] = replace(stanza, place=_stanza_place(text, target_id, path))
    return Lock(targets, conflicts, {target_id: raw[target_id] for target_id in conflicts})


def _stanza_place(text: str, target_id: str, path: str) -> Place:
    written = re.search(rf"^ *({re.escape(canonical_json(target_id))}) *:", text, re.MULTILINE)
    return Place(path, text.count("\n", 0, written.start(1)) + 1, 1) if written else Place(path)


_MARKER = re.compile(r"^(<<<<<<< |>>>>>>> |\|\|\|\|\|\|\| |=======$)", re.MULTILINE)


def _conflict_markers(text: str, path: str) -> Diagnostic | None:
    marker = _MARKER.search(text)
    if marker is None:
        return None
    return Diagnostic(
        "SB702",
        "the lock holds the marks of an unfinished merge",
        Place(path, text.count("\n", 0, marker.start()) + 1, 1),
        why="until they are settled nobody can say which outputs are right, so nothing is built",
        hint="git checkout --ours specbuild.lock (or --theirs), then specbuild build: known replies count",
    )


def _unreadable(path: str, fault: str) -> Diagnostic:
    return Diagnostic(
        "SB701",
        f"the lock can't be read: {fault}",
        Place(path),
        hint=f"bring back a good one, for example with: git checkout -- {path}",
    )


def _other_version(path: str, version: Json) -> Diagnostic:
    return Diagnostic(
        "SB703",
        f"the lock has lock_version {version}, and this specbuild reads {LOCK_VERSION}",
        Place(path),
        why="a newer specbuild wrote it; reading it in part could undo its work",
        hint="install the specbuild that wrote it, or a newer one",
    )
