"""Committed records that are missing or damaged, brought back from what this clone still has of them: the local store,
or any version that git keeps. Each is proved before it is put in place. Nothing is asked or fetched."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from specbuild.diagnostic import Diagnostic
from specbuild.disk.git_objects import blobs, versions_below
from specbuild.disk.local_store import LocalStore
from specbuild.disk.record_files import read_record_file, record_of, record_path
from specbuild.record import Record
from specbuild.work.load import Project
from specbuild.work.opened import Opened
from specbuild.work.reach import reach_of
from specbuild.work.record_secrets import holds_a_secret
from specbuild.work.writing import writing

Source = Literal["the local store", "git"]


class Lost(NamedTuple):
    """A record that can't be had: its name, who names it, and why."""

    name: str
    named_by: str
    why: str


class Healed(NamedTuple):
    """The records that were brought back, each with where it came from, and those that could not be.

    `whole` is how many were there and good. `faults` are iterations that could not be asked what they name.
    """

    brought: Sequence[tuple[str, Source]] = ()
    lost: Sequence[Lost] = ()
    whole: int = 0
    faults: tuple[Diagnostic, ...] = ()


def heal(load_project: Callable[[], Project], *, allow_secret: bool = False, waiting: Callable[[str], None]) -> Healed:
    """Bring back every record that the lock or an iteration names and that is not there or damaged. Raises
    DiagnosticError if the lock can't be read or the disk refuses."""
    with writing(load_project, waiting=waiting) as run:
        reach = reach_of(run.opened.project, run.lock)
        return healed(run.opened, reach.named, allow_secret=allow_secret)._replace(faults=reach.faults)


def healed(opened: Opened, named: Mapping[str, str], *, allow_secret: bool = False) -> Healed:
    """Bring back the records `named` (name → who names it) with all turns before them. The mutex is held."""
    storage, sources = opened.project.storage, _Sources(opened)
    secrets = [one.key.reveal() for one in opened.project.personal.services.values() if one.key]
    brought: list[tuple[str, Source]] = []
    lost: list[Lost] = []
    seen: set[str] = set()
    waiting = dict(named)
    whole = 0
    while waiting:
        following: dict[str, str] = {}
        for name, who in waiting.items():
            seen.add(name)
            record = read_record_file(storage.base, storage.cache, name)
            if isinstance(record, Record):
                whole += 1
            else:
                found = sources.find(name)
                if found is None:
                    lost.append(Lost(name, who, "neither the local store nor git has it"))
                    continue
                record, source = found
                to_look_at = source == "the local store" and not allow_secret
                if to_look_at and holds_a_secret(record, secrets, was_committed=True):
                    lost.append(Lost(name, who, "it looks like it holds a secret; --allow-secret brings it back"))
                    continue
                opened.replies.commit(record)
                brought.append((name, source))
            if record.parent is not None and f"{record.parent}.json" not in seen:
                following[f"{record.parent}.json"] = who
        waiting = following
    return Healed(brought, lost, whole)


class _Sources:
    """Where a record may still be had; git is asked once, and only if the local store has not all."""

    def __init__(self, opened: Opened) -> None:
        self._storage = opened.project.storage
        self._store = LocalStore(opened.store_folder)

    def find(self, name: str) -> tuple[Record, Source] | None:
        raw = self._store.get(f"record/{name}")
        record = record_of(raw, name) if raw is not None else None
        if isinstance(record, Record):
            return record, "the local store"
        oids = self._versions.get(record_path(self._storage.cache, name), ())
        for raw in blobs(self._storage.base, oids).values():
            record = record_of(raw, name)
            if isinstance(record, Record):
                return record, "git"
        return None

    @cached_property
    def _versions(self) -> Mapping[str, Sequence[str]]:
        return versions_below(self._storage.base, f"{self._storage.cache}/replies")
