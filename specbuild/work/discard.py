"""Records that nothing reaches leave the repository, and old entries the local store. Nothing that was paid for is
thrown away at once: what leaves the repository goes into the local store, and that forgets by age only."""

from collections.abc import Callable
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.local_store import LocalStore
from specbuild.disk.record_files import RecordFile, read_record_file, record_files, remove_record_files
from specbuild.disk.store_contents import StoreEntry, remove_entries, store_entries
from specbuild.record import Record, record_name, record_text
from specbuild.work.load import Project
from specbuild.work.reach import reach_of, with_turns_before
from specbuild.work.writing import Writing, writing

DAY_S = 86400.0


class Discarded(NamedTuple):
    """What left, or with `dry_run` would leave: committed records, and entries of the local store. `kept` counts the
    records that stay; `unproved` are files that nothing reaches and that are damaged: they are left to a person."""

    records: tuple[RecordFile, ...]
    entries: tuple[StoreEntry, ...]
    kept: int
    unproved: tuple[str, ...]


def discard(
    load_project: Callable[[], Project],
    *,
    older_than_days: float | None,
    now_s: float,
    dry_run: bool,
    waiting: Callable[[str], None],
) -> Discarded:
    """Remove the committed records that neither the lock nor an iteration names, nor a build of now would take; with
    `older_than_days` also what the local store has kept for longer.

    Raises DiagnosticError, before anything is removed, if it can't be said what is reached (SB725).
    """
    with writing(load_project, waiting=waiting) as run:
        reached = _reached(run)
        storage, store_folder = run.opened.project.storage, run.opened.store_folder
        records: list[tuple[RecordFile, Record]] = []
        unproved: list[str] = []
        kept = 0
        for file in record_files(storage.base, storage.cache):
            record = None if file.name in reached else read_record_file(storage.base, storage.cache, file.name)
            # A formatter's result and a review are found by their content: no pin tells who needs them.
            if isinstance(record, Record) and record.kind in ("reply", "output"):
                records.append((file, record))
                continue
            kept += 1
            if isinstance(record, Diagnostic):
                unproved.append(file.name)
        oldest_s = now_s - older_than_days * DAY_S if older_than_days is not None else None
        entries = tuple(
            one
            for one in (store_entries(store_folder) if oldest_s is not None else ())
            if oldest_s is not None and one.stored_at_s < oldest_s and not _is_reached(one, reached)
        )
        if not dry_run:
            remove_entries(store_folder, entries)
            _set_aside(LocalStore(store_folder), [record for _, record in records])
            remove_record_files(storage.base, storage.cache, [file.name for file, _ in records])
        return Discarded(tuple(file for file, _ in records), entries, kept, tuple(unproved))


def _reached(run: Writing) -> frozenset[str]:
    """Return the names of all records that are needed. Raises DiagnosticError where that can't be known."""
    project = run.opened.project
    reach = reach_of(project, run.lock)
    for fault in (*run.lock.conflicts.values(), *reach.faults):
        what = "it can't be said which records are needed, so none is removed"
        raise DiagnosticError(
            Diagnostic("SB725", what, fault.place or Place("specbuild.lock"), fault.message, fault.hint),
            exit_code=exit_codes.FINDING,
        )
    named = set(reach.named)
    walk = run.opened.walk(run.lock)
    for target_id in project.graph.order:  # a reply that the next build would find need not be pinned yet
        conversation = walk.step(target_id, look_ahead=True).conversation
        named.update(record_name(one) for one in (conversation.turns if conversation else ()))
    return with_turns_before(named, project)


def _is_reached(entry: StoreEntry, reached: frozenset[str]) -> bool:
    return entry.kind in ("record", "raw") and entry.name in reached


def _set_aside(store: LocalStore, records: list[Record]) -> None:
    pairs = [(f"record/{record_name(one)}", record_text(one).encode("utf-8")) for one in records]
    missing = [(key, text) for key, text in pairs if store.get(key) != text]
    if missing:
        store.put(missing)
    store.close()
