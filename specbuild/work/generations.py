"""How a target came to be what it is: every entry that the lock ever had for it, as git's history and the iterations
tell. Reads only, asks nobody.

A generation is one finished build that changed the entry. A merge makes none: it brings together what was built.
"""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.canonical_json import Json, bytes_digest, short_digest
from specbuild.chronicle import differences
from specbuild.components import request_values
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.git_past import Commit, commits_of, files_as_of, versions
from specbuild.disk.history import read_iterations
from specbuild.disk.lock_file import LOCK_NAME
from specbuild.lock import Lock
from specbuild.progress import Spent
from specbuild.spec_reader import read_spec
from specbuild.stanza import Stanza, stanza_from_json
from specbuild.why import Change, changes_of
from specbuild.work.as_built import OutputPair, built_outputs
from specbuild.work.conversation import pinned_turns
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import picked
from specbuild.work.spending import spent_on


class Generation(NamedTuple):
    """One build of a target. `number` counts from 1, the oldest; `commit` and `date` are "" for what is not committed.

    `spent` and `lines` are None where the records or outputs are not at hand; `iterations` hold this very entry; `id`
    is the target's of that time, "" if it is the present one. `is_present`: the lock holds it now; `same_as` is the
    first generation with this very entry, if it was gone back to, else 0.
    """

    number: int
    date: str
    commit: str
    subject: str
    stanza: Stanza
    iterations: tuple[int, ...] = ()
    spent: Spent | None = None
    lines: int | None = None
    id: str = ""
    is_present: bool = False
    same_as: int = 0

    @property
    def spec(self) -> str:
        """A digest of what the spec said, as far as the prompt shows it."""
        return short_digest(self.stanza.inputs.get("spec"))


class Compared(NamedTuple):
    """What changed from one generation to another: the components, and the outputs; `faults` say what is not at
    hand."""

    changes: tuple[Change, ...]
    outputs: tuple[OutputPair, ...]
    faults: tuple[Diagnostic, ...]


def generations_of(project: Project, selected: str) -> tuple[str, tuple[Generation, ...]]:
    """Return the id of the one target that is selected, and its generations, oldest first. Raises DiagnosticError."""
    opened = Opened(without_errors(project))
    lock = opened.lock()
    target_id = _the_one(project, lock, selected)
    past = _with_iterations(project, _past(project, lock, target_id), target_id)
    found = tuple(_measured(project, one, target_id, opened) for one in past)
    opened.replies.close()
    return target_id, found


def compared(project: Project, selected: str, numbers: tuple[int, int]) -> Compared:
    """Compare two generations of one target. Raises DiagnosticError (SB748: there is none of that number)."""
    target_id, found = generations_of(project, selected)
    by_number = {one.number: one for one in found}
    for number in numbers:
        if number not in by_number:
            why = f"it has {len(found)}" if found else "it was never built"
            what = f"{target_id} has no generation {number}"
            raise DiagnosticError(Diagnostic("SB748", what, why=why, hint=f"specbuild log {target_id}"))
    before, after = (by_number[one] for one in numbers)
    opened = Opened(project)
    pairs, faults = pairs_between(project, target_id, before, after, opened)
    changed = differences(before.stanza, after.stanza)
    old, new = (_spec_values(project, target_id, one, opened) if changed else {} for one in (before, after))
    opened.replies.close()
    unknown = {one.field: "unknown" for one in changed if one.component == "spec"}
    changes = changes_of(changed, values={**unknown, **new}, old_values=old)
    return Compared(changes, pairs, faults)


def entries_before(project: Project, lock: Lock) -> Mapping[str, Generation]:
    """Return, of every target that ever had other outputs, the last generation that had; its number is 0, and its
    commit the last one that held it."""
    place = project.storage
    commits = commits_of(place.base, posixpath.join(place.lock, LOCK_NAME))
    wanted = {one: [state.sha256 for state in stanza.outputs.values()] for one, stanza in lock.targets.items()}
    found: dict[str, Generation] = {}
    newest = {one.after: one for one in commits}
    for oid, raw in versions(place.base, (one.after for one in reversed(commits))):
        for target_id, text in _pieces(raw.decode("utf-8", "replace")):
            if target_id not in wanted or target_id in found or all(one in text for one in wanted[target_id]):
                continue
            stanza = _stanza(target_id, text)
            if stanza is not None and stanza.outputs:
                commit = newest[oid]
                found[target_id] = Generation(0, commit.date, commit.hash, commit.subject, stanza)
        if len(found) == len(wanted):
            break
    return found


def pairs_between(
    project: Project, target_id: str, before: Generation, after: Generation, opened: Opened
) -> tuple[tuple[OutputPair, ...], tuple[Diagnostic, ...]]:
    """Return the outputs that are not the same in two generations, and which are not at hand."""
    old, new = (_output_bytes(project, target_id, one, opened) for one in (before, after))
    pairs: list[OutputPair] = []
    faults: list[Diagnostic] = []
    for path in sorted({*before.stanza.outputs, *after.stanza.outputs}):
        was, now = before.stanza.outputs.get(path), after.stanza.outputs.get(path)
        if was == now:
            continue
        if (was and path not in old) or (now and path not in new):
            faults.append(_not_at_hand(path, target_id))
            continue
        state = was or now
        assert state is not None
        pairs.append(OutputPair(target_id, path, old.get(path, b""), new.get(path), state.mode, now and now.mode))
    return tuple(pairs), tuple(faults)


def _not_at_hand(path: str, target_id: str) -> Diagnostic:
    return Diagnostic(
        "SB749", f"{path} of {target_id} can't be compared: its bytes of that time are not at hand",
        why="neither git nor the replies of this clone hold them",
        hint="bring the records back from the history", severity="warning",
    )  # fmt: skip


def _the_one(project: Project, lock: Lock, selected: str) -> str:
    chosen = picked(project, lock, [selected], view="reading")
    if len(chosen) != 1:
        what = f"`{selected}` names {len(chosen)} targets; the generations of one are shown at a time"
        raise DiagnosticError(Diagnostic("SB747", what), exit_code=exit_codes.USAGE)
    return chosen[0]


def _past(project: Project, lock: Lock, target_id: str) -> list[Generation]:
    place = project.storage
    commits: Sequence[Commit] = commits_of(place.base, posixpath.join(place.lock, LOCK_NAME))
    found = _committed(place.base, commits, target_id)
    present = lock.targets.get(target_id)
    if present is not None and not _is_committed(place.base, commits, found, target_id, present):
        found.append(Generation(0, "", "", "", present))
    while found and (moved := _moved_from(place.base, commits, found[0], lock)):
        earlier_id, commits = moved
        before = [one._replace(id=earlier_id) for one in _committed(place.base, commits, earlier_id)]
        if before and before[-1].stanza.trace == found[0].stanza.trace:  # nothing but the id is another
            found.pop(0)
        found = before + found
    return _marked(found, present)


def _is_committed(
    base: Path, commits: Sequence[Commit], found: Sequence[Generation], target_id: str, present: Stanza
) -> bool:
    """Say if one of the generations `found` is the `present` one. The newest is it, or, where a merge took an older
    one's entry, that of the last commit."""
    if found and found[-1].stanza.trace == present.trace:
        return True
    if all(one.stanza.trace != present.trace for one in found):
        return False
    texts = (dict(_pieces(raw.decode("utf-8", "replace"))) for _, raw in versions(base, [commits[-1].after]))
    last = _stanza(target_id, next(texts, {}).get(target_id, ""))
    return last is not None and last.trace == present.trace


def _marked(found: Sequence[Generation], present: Stanza | None) -> list[Generation]:
    """Number the generations, say which is the present one, and which of them are the same."""
    first: dict[str, int] = {}
    last = {one.stanza.trace: number for number, one in enumerate(found, start=1)}
    marked = []
    for number, one in enumerate(found, start=1):
        same_as = first.setdefault(one.stanza.trace, number)
        is_present = present is not None and one.stanza.trace == present.trace and number == last[present.trace]
        marked.append(one._replace(number=number, is_present=is_present, same_as=0 if same_as == number else same_as))
    return marked


def _committed(base: Path, commits: Sequence[Commit], target_id: str) -> list[Generation]:
    """Return what `commits` hold of the generations of a target, under this id."""
    pieces: dict[str, str] = {}
    for oid, raw in versions(base, (oid for one in commits for oid in (one.before, one.after))):
        pieces[oid] = next((text for name, text in _pieces(raw.decode("utf-8", "replace")) if name == target_id), "")
    found: list[Generation] = []
    seen: set[str] = set()
    for one in commits:
        text = pieces.get(one.after, "")
        if not text or text == pieces.get(one.before):
            continue
        stanza = _stanza(target_id, text)
        if stanza is None or (found and found[-1].stanza.trace == stanza.trace):
            continue
        if one.is_merge and stanza.trace in seen:  # what a branch built comes in
            continue
        seen.add(stanza.trace)
        found.append(Generation(0, one.date, one.hash, one.subject, stanza))
    return found


def _moved_from(
    base: Path, commits: Sequence[Commit], first: Generation, lock: Lock
) -> tuple[str, Sequence[Commit]] | None:
    """Return the id that a target had before its `first` generation, and the commits of that time; None if it is no
    moved one. As a build adopts it: the entry went when this one came, and its spec said the same."""
    at = next((number for number, one in enumerate(commits) if one.hash == first.commit), len(commits))
    oids = [commits[at].before, commits[at].after] if at < len(commits) else [one.after for one in commits[-1:]]
    texts = {oid: dict(_pieces(raw.decode("utf-8", "replace"))) for oid, raw in versions(base, oids)}
    before = texts.get(oids[0], {}) if oids else {}
    stayed = texts.get(oids[1], {}).keys() if at < len(commits) else lock.targets.keys()
    for earlier_id in sorted(before.keys() - stayed):
        stanza = _stanza(earlier_id, before[earlier_id])
        if stanza is not None and stanza.reply and stanza.inputs.get("spec") == first.stanza.inputs.get("spec"):
            return earlier_id, commits[:at]
    return None


def _with_iterations(project: Project, past: Sequence[Generation], target_id: str) -> Iterator[Generation]:
    numbers: dict[str, list[int]] = {}
    for kept in read_iterations(project.root, project.configuration.outputs)[0]:
        stanza = kept.lock.targets.get(target_id)
        if stanza is not None:
            numbers.setdefault(stanza.trace, []).append(kept.iteration.number)
    return (one._replace(iterations=tuple(numbers.get(one.stanza.trace, ()))) for one in past)


def _measured(project: Project, one: Generation, target_id: str, opened: Opened) -> Generation:
    """Add what it took and how long its outputs are, where that is at hand."""
    pin = one.stanza.reply
    turns = pinned_turns(pin, opened.replies) if pin else ()
    service = project.personal.services.get(turns[0].service) if turns else None
    counted = any(turn.source and turn.source.usage.output is not None for turn in turns)
    spent = spent_on(turns, service.prices if service else None) if counted else None
    found = _output_bytes(project, target_id, one, opened)
    whole = bool(one.stanza.outputs) and found.keys() == one.stanza.outputs.keys()
    return one._replace(spent=spent, lines=sum(raw.count(b"\n") for raw in found.values()) if whole else None)


def _output_bytes(project: Project, target_id: str, one: Generation, opened: Opened) -> dict[str, bytes]:
    """Return the outputs of a generation by path, from the disk, git, or the pinned reply; only bytes of the right hash
    are believed."""
    wanted = {path: state.sha256 for path, state in one.stanza.outputs.items()}
    found: dict[str, bytes] = {}
    for path in wanted:
        raw = project.files.read(path)
        if isinstance(raw, bytes) and bytes_digest(raw) == wanted[path]:
            found[path] = raw
    missing = [path for path in wanted if path not in found]
    if missing and one.commit:
        for (_, path), raw in files_as_of(project.root, [(one.commit, path) for path in missing]).items():
            if bytes_digest(raw) == wanted[path]:
                found[path] = raw
    target = project.graph.targets.get(target_id)
    if found.keys() != wanted.keys() and target is not None and set(target.outputs) == set(wanted):
        for shaped in built_outputs(one.stanza, target, replies=opened.replies) or ():
            if bytes_digest(shaped.data) == wanted.get(shaped.path):
                found[shaped.path] = shaped.data
    return found


def _spec_values(project: Project, target_id: str, one: Generation, opened: Opened) -> dict[str, Json]:
    """Return the values of the spec that a generation answers, as far as they are at hand and are those by hash.

    The record has them, unless the spec was reworded since and the outputs carried over: then its file has.
    """
    wanted = one.stanza.inputs.get("spec")
    values: dict[str, Json] = {}
    for known in _spec_candidates(project, target_id, one, opened):
        if not isinstance(wanted, Mapping) or wanted.keys() <= values.keys():
            break
        values |= {field: value for field, value in known.items() if wanted.get(field) == short_digest(value)}
    return values


def _spec_candidates(
    project: Project, target_id: str, one: Generation, opened: Opened
) -> Iterator[Mapping[str, Json]]:
    pin = one.stanza.reply
    yield from (turn.spec for turn in (opened.replies.turns(pin.key) if pin else ())[:1])
    target = project.graph.targets.get(target_id)
    if target is not None:
        yield request_values(target.spec)
        place = (one.commit, target.spec.path)
        raw = files_as_of(project.root, [place]).get(place) if one.commit else None
        then = read_spec(raw, target.spec.path, target_id)[0] if raw is not None else None
        yield request_values(then) if then else {}


_ENTRY = re.compile(r'^  ("(?:[^"\\]|\\.)*"): \{$', re.MULTILINE)


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield the entries of a lock's text, as `lock_text` lays them out, without reading them."""
    for head in _ENTRY.finditer(text):
        end = text.find("\n  }", head.end())
        if end >= 0:
            yield json.loads(head[1]), text[head.end() : end]


def _stanza(target_id: str, text: str) -> Stanza | None:
    try:
        found = stanza_from_json(json.loads("{" + text + "}"), target_id=target_id)
    except ValueError:
        return None
    return found if isinstance(found, Stanza) else None
