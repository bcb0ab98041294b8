"""The journal's lines: finished builds of targets that are not yet folded into the lock, as values ↔ text (FORMATS 5).

Text in, entries out, and back; truth = lock + journal. Must not know where the journal lies or when it is flushed.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from specbuild.canonical_json import CanonicalError, Digest, Json, canonical_json, text_digest
from specbuild.diagnostic import Diagnostic, Place
from specbuild.lock import Lock
from specbuild.stanza import Stanza, stanza_from_json, stanza_json


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One step of a target: `stanza` takes the place of the one whose trace is `before`.

    None stands for no stanza: `stanza` None, the target is gone; `before` None, there was none.
    """

    id: str
    stanza: Stanza | None
    before: Digest | None


def journal_line(entry: JournalEntry) -> str:
    """Return the entry's line, with its checksum in front and "\\n" behind. Raises CanonicalError."""
    stanza = None if entry.stanza is None else stanza_json(entry.stanza)
    text = canonical_json({"before": entry.before, "id": entry.id, "stanza": stanza})
    return f"{text_digest(text)} {text}\n"


def read_journal(text: str, path: str) -> tuple[tuple[JournalEntry, ...], tuple[Diagnostic, ...]]:
    """Return the entries of `text` in their order, and a warning SB716 for each line that is none.

    A last line without its newline was torn by a crash: its outputs were never written, it is left out without a word.
    """
    entries: list[JournalEntry] = []
    faults: list[Diagnostic] = []
    whole, _, _ = text.rpartition("\n")
    for number, line in enumerate(whole.split("\n") if whole else (), start=1):
        entry = _entry(line)
        if entry is not None:
            entries.append(entry)
        elif line:
            why = "its checksum or its stanza is wrong"
            hint = "build again: what it told is looked up anew"
            place = Place(path, number, 1)
            message = "a damaged journal line is left out"
            faults.append(Diagnostic("SB716", message, place, why, hint, severity="warning"))
    return tuple(entries), tuple(faults)


def overlay(lock: Lock, entries: Iterable[JournalEntry]) -> Lock:
    """Return the lock as it stands after `entries`.

    An entry counts only if the target's present stanza is the one it replaced or the one it brings: after `git
    checkout` of another branch's lock an old journal changes nothing. A target in conflict is left as it is. Applying
    twice is the same as once.
    """
    targets = dict(lock.targets)
    changed = False
    for entry in entries:
        if entry.id in lock.conflicts:
            continue
        present = targets.get(entry.id)
        trace = None if present is None else present.trace
        brought = None if entry.stanza is None else entry.stanza.trace
        if trace not in (entry.before, brought):
            continue
        changed = True
        if entry.stanza is None:
            targets.pop(entry.id, None)
        else:
            targets[entry.id] = entry.stanza
    return replace(lock, targets=targets) if changed else lock


def _entry(line: str) -> JournalEntry | None:
    checksum, _, text = line.partition(" ")
    try:
        if text_digest(text) != checksum:
            return None
        value: Json = json.loads(text)
    except (CanonicalError, ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or set(value) != {"before", "id", "stanza"}:
        return None
    target_id, before, raw = value["id"], value["before"], value["stanza"]
    if not isinstance(target_id, str) or not (before is None or isinstance(before, str)):
        return None
    stanza = None if raw is None else stanza_from_json(raw, target_id=target_id)
    if isinstance(stanza, Diagnostic):
        return None
    return JournalEntry(target_id, stanza, None if before is None else Digest(before))
