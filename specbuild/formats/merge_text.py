"""What settling a merged lock came to: text for people, JSON for machines."""

from collections.abc import Sequence
from typing import Protocol

from specbuild.canonical_json import Json
from specbuild.decision import STATES, State
from specbuild.formats.cache_text import Healed
from specbuild.formats.text import table_text
from specbuild.lock import Lock
from specbuild.lock_merge import Side
from specbuild.styled_text import Span


class Settled(Protocol):
    """One target whose entry both sides changed."""

    @property
    def id(self) -> str: ...
    @property
    def side(self) -> Side: ...
    @property
    def state(self) -> State: ...


class Resolved(Protocol):
    """What settling a merge came to."""

    @property
    def entries(self) -> int: ...
    @property
    def targets(self) -> Sequence[Settled]: ...
    @property
    def written(self) -> Sequence[str]: ...
    @property
    def edited(self) -> Sequence[str]: ...
    @property
    def records(self) -> Healed: ...


def lock_seen_text(lock: Lock) -> list[Span]:
    """Return one line: how many entries there are, and how many can't be believed."""
    bad = len(lock.conflicts)
    told = f"{len(lock.targets)} {'entry' if len(lock.targets) == 1 else 'entries'}"
    return [Span(f"specbuild.lock: {told}"), *([Span(f", {bad} in conflict", "error")] if bad else []), Span("\n")]


def lock_seen_json(lock: Lock) -> Json:
    """Return the ids of entries that can be believed, and of those that can't."""
    return {"targets": sorted(lock.targets), "conflicts": sorted(lock.conflicts)}


def resolved_text(found: Resolved) -> list[Span]:
    """Return a row for each entry that both sides changed and each file that was touched, and what to do next."""
    if not found.entries and not found.targets:
        return [Span("nothing to settle: specbuild.lock is whole\n")]
    rows: list[list[str | Span]] = [
        [Span(one.side, "good" if one.state == "fresh" else "warning"), one.id, f"{one.state}: {STATES[one.state]}"]
        for one in found.targets
    ]
    rows += [[Span("written", "good"), path, "from its pinned reply"] for path in found.written]
    rows += [
        [Span("kept", "warning"), path, "no build wrote it: git merged it, or a person did"] for path in found.edited
    ]
    rows += [[Span("healed", "good"), name, f"from {source}"] for name, source in found.records.brought]
    rows += [[Span("lost", "error"), one.name, f"{one.named_by}: {one.why}"] for one in found.records.lost]
    number = f"{found.entries} {'entry' if found.entries == 1 else 'entries'}"
    return [
        *table_text(rows),
        Span("settled", "good"),
        Span(f": {number}, {len(found.targets)} of them changed on both sides\n"),
        Span("next: specbuild build, then git add specbuild.lock and what else was written\n"),
    ]


def resolved_json(found: Resolved) -> Json:
    """Return entries, targets with side and state, and the files that were touched."""
    return {
        "entries": found.entries,
        "targets": [{"id": one.id, "side": one.side, "state": one.state} for one in found.targets],
        "written": list(found.written),
        "edited": list(found.edited),
        "records": [{"name": name, "source": source} for name, source in found.records.brought],
        "lost": [{"name": one.name, "named_by": one.named_by, "why": one.why} for one in found.records.lost],
    }
